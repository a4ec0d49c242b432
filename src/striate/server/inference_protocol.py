"""The Open Inference Protocol, version 2, in JSON: what is read, and what is answered.

Source:
    https://github.com/kserve/open-inference-protocol
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.errors import Fault
from striate.errors.serving import (
    nothing_to_read,
    tensor_not_understood,
    too_many_items,
    unknown_fields,
    value_of_other_kind,
)
from striate.server.asking import base64_of, kind_of
from striate.server.faults import RequestError
from striate.server.limits import Limits
from striate.server.model import Answer, Item, Model


_FIELDS = ("id", "parameters", "inputs", "outputs")
_TENSOR_FIELDS = ("name", "shape", "datatype", "parameters", "data")
_OUTPUTS = ("probabilities", "class")
_PIXEL_AXES, _COLORS, _MOST_IN_A_BYTE = 4, 3, 255


def metadata(model: Model) -> dict[str, Any]:
    """Return what a network reads and answers. Where it reads pictures, one input of the three is sent."""
    numbers = {"name": "inputs", "datatype": "FP32", "shape": [-1, *model.axes]}
    inputs: list[dict[str, Any]] = [numbers]
    if model.reads == "pictures":
        inputs = [
            {"name": "pictures", "datatype": "BYTES", "shape": [-1]},
            {"name": "pixels", "datatype": "UINT8", "shape": [-1, -1, -1, _COLORS]},
            numbers,
        ]
    elif model.reads == "sentences":
        inputs = [{"name": "sentences", "datatype": "BYTES", "shape": [-1]}]
    return {
        "name": model.name,
        "versions": [model.version],
        "platform": "striate_bundle",
        "inputs": inputs,
        "outputs": [
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(model.bundle.classes)]},
            {"name": "class", "datatype": "BYTES", "shape": [-1]},
        ],
        "parameters": {"classes": list(model.bundle.classes)},
    }


def items_of(body: Mapping[str, Any], model: Model, limits: Limits) -> list[Item]:
    """Return what an inference request is to read.

    Raises:
        RequestError: Its one tensor is not there, or does not fit the network (400, 413, 422).
    """
    strange = [name for name in body if name not in _FIELDS]
    if strange:
        raise RequestError(400, unknown_fields(strange, _FIELDS))
    identity = body.get("id", "")
    if not isinstance(identity, str):
        raise RequestError(400, value_of_other_kind("id", kind_of(identity), "a string"))
    tensors = body.get("inputs")
    if not isinstance(tensors, list) or not all(isinstance(one, dict) for one in tensors):
        raise RequestError(
            400, value_of_other_kind("inputs", kind_of(tensors), "an array of objects")
        )
    known = {one["name"]: one for one in metadata(model)["inputs"]}
    if len(tensors) != 1:
        needed = f"one of {', '.join(known)}"
        raise RequestError(400, tensor_not_understood("inputs", f"{len(tensors)} came", needed))
    (tensor,) = tensors
    strange = [name for name in tensor if name not in _TENSOR_FIELDS]
    if strange:
        raise RequestError(400, unknown_fields(strange, _TENSOR_FIELDS, "inputs"))
    name = tensor.get("name")
    expected = known.get(name) if isinstance(name, str) else None
    if expected is None:
        raise RequestError(
            400, tensor_not_understood("inputs", f"the name {name!r} came", " or ".join(known))
        )
    if tensor.get("datatype") != expected["datatype"]:
        came = f"the datatype {tensor.get('datatype')!r} came"
        raise RequestError(
            400, tensor_not_understood(f"inputs, {name}", came, expected["datatype"])
        )
    shape = _shape(tensor.get("shape"), expected["shape"], f"inputs, {name}")
    if not shape[0]:
        raise RequestError(422, nothing_to_read("a tensor of one or more examples"))
    if shape[0] > limits.max_items:
        raise RequestError(413, too_many_items(shape[0], limits.max_items))
    if expected["datatype"] == "BYTES":
        return _texts(tensor, shape[0], name, is_picture=name == "pictures")
    values = _numbers(tensor.get("data"), shape, expected["datatype"], f"inputs, {name}")
    if len(shape) == _PIXEL_AXES and shape[1] * shape[2] > limits.max_pixels:
        needed = f"at most {limits.max_pixels:,} pixels a picture"
        raise RequestError(413, tensor_not_understood(f"inputs, {name}", f"{shape} came", needed))
    return [Item(f"{name} {number}", one) for number, one in enumerate(values, start=1)]


def _shape(came: object, expected: Sequence[int], where: str) -> list[int]:
    """Check a shape; of texts, a second axis of 1 place means nothing."""
    needed = f"the shape {list(expected)}, in which -1 is any number"
    if not isinstance(came, list) or not all(type(size) is int and size >= 0 for size in came):
        raise RequestError(400, tensor_not_understood(where, f"the shape {came!r} came", needed))
    shape = came[:1] if len(expected) == 1 and came[1:] == [1] else came
    fits = len(shape) == len(expected) and all(
        size == wanted or (wanted < 0 and size > 0) or axis == 0
        for axis, (size, wanted) in enumerate(zip(shape, expected, strict=True))
    )
    if not fits:
        raise RequestError(400, tensor_not_understood(where, f"the shape {came} came", needed))
    return shape


def _texts(tensor: Mapping[str, Any], count: int, name: str, *, is_picture: bool) -> list[Item]:
    data = tensor.get("data")
    where = f"inputs, {name}, data"
    if not isinstance(data, list):
        raise RequestError(400, value_of_other_kind(where, kind_of(data), "an array of strings"))
    texts = [text for one in data for text in (one if isinstance(one, list) else [one])]
    if len(texts) != count:
        raise RequestError(
            400, tensor_not_understood(where, f"{len(texts)} came", f"{count}, as the shape says")
        )
    faults: list[Fault] = []
    items = []
    for number, text in enumerate(texts, start=1):
        called = f"{name.removesuffix('s')} {number}"
        content = text if not is_picture or not isinstance(text, str) else base64_of(text)
        if not isinstance(text, str) or content is None:
            needed = "a string of base64" if is_picture else "a string"
            faults.append(value_of_other_kind(called, kind_of(text), needed))
        else:
            items.append(Item(called, content))
    if faults:
        raise RequestError(422, *faults)
    return items


def _numbers(data: object, shape: Sequence[int], datatype: str, where: str) -> NDArray[Any]:
    """Read the numbers of a tensor, nested as its shape says or in one row."""
    where = f"{where}, data"
    if not isinstance(data, list):
        raise RequestError(400, value_of_other_kind(where, kind_of(data), "an array of numbers"))
    try:
        values = np.asarray(data)
    except ValueError:
        values = np.asarray([None])
    is_whole = datatype == "UINT8"
    if values.dtype.kind not in ("iu" if is_whole else "iuf"):
        needed = "whole numbers of 0 to 255" if is_whole else "numbers"
        raise RequestError(400, tensor_not_understood(where, "something else came", needed))
    if values.size != prod(shape) or (values.ndim > 1 and list(values.shape) != list(shape)):
        came = f"{values.size:,} numbers of the shape {list(values.shape)} came"
        raise RequestError(400, tensor_not_understood(where, came, f"{prod(shape):,} as {shape}"))
    if is_whole and not bool(((values >= 0) & (values <= _MOST_IN_A_BYTE)).all()):
        raise RequestError(422, tensor_not_understood(where, "numbers outside came", "0 to 255"))
    with np.errstate(over="ignore"):
        made = values.reshape(shape).astype(np.uint8 if is_whole else np.float32)
    if not is_whole and not bool(np.isfinite(made).all()):
        raise RequestError(
            422, tensor_not_understood(where, "numbers that are not finite came", "finite numbers")
        )
    return made


def asked_outputs(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the tensors that are to be answered.

    Raises:
        RequestError: One of them does not exist (400).
    """
    asked = body.get("outputs")
    if asked is None:
        return _OUTPUTS
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise RequestError(
            400, value_of_other_kind("outputs", kind_of(asked), "an array of objects")
        )
    names = tuple(str(one.get("name")) for one in asked)
    strange = [name for name in names if name not in _OUTPUTS]
    if strange:
        raise RequestError(400, unknown_fields(strange, _OUTPUTS, "outputs"))
    return names or _OUTPUTS


def response(
    body: Mapping[str, Any], model: Model, outputs: Sequence[str], answers: Sequence[Answer]
) -> dict[str, Any]:
    """Return the answer of the protocol. A sentence without a word has the class "" and probabilities of 0."""
    classes = model.bundle.classes
    count = len(answers)
    made: dict[str, dict[str, Any]] = {
        "probabilities": {
            "name": "probabilities",
            "datatype": "FP32",
            "shape": [count, len(classes)],
            "data": [
                chance for answer in answers for chance in answer.chances or [0.0] * len(classes)
            ],
        },
        "class": {
            "name": "class",
            "datatype": "BYTES",
            "shape": [count],
            "data": [classes[answer.order[0]] if answer.order else "" for answer in answers],
        },
    }
    told: dict[str, Any] = {
        "model_name": model.name,
        "model_version": model.version,
        "outputs": [made[name] for name in outputs],
    }
    return told | ({"id": body["id"]} if "id" in body else {})
