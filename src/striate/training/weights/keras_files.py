"""The weights of Keras's files, layer by layer, as torch's layers hold them.

This module needs the library `h5py`, of the extra `keras`; who imports it looks for that first.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.errors import TrainingError
from striate.errors.transfer import keras_layer_not_read


Values = NDArray[Any]

_ARCHIVED = "model.weights.h5"
_VARIABLES = "vars"
_NORM = ("weight", "bias", "running_mean", "running_var")
_NORM_NAMES = dict(zip(("gamma", "beta", "moving_mean", "moving_variance"), _NORM, strict=True))


def read_keras_weights(path: Path, where: str) -> tuple[dict[str, Tensor], bool]:
    """Read the weights of a network of Keras.

    Kernels come out as maps x channels x height x width, matrices as units x inputs; a full layer behind maps still
    reads them with the channels last.

    Args:
        path: A file `.keras`, `.weights.h5`, or `.h5`.
        where: What it is called, for messages.

    Returns:
        Tensors by name, as a state dict of torch has them; and whether the layers stand in the order of the network.
        If not, the layers of one kind do.

    Raises:
        TrainingError: A layer holds weights that are not understood.
        OSError, ValueError, KeyError: It is no such file.
    """
    names: list[str] = []
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = list(_layer_names(json.loads(archive.read("config.json"))))
            content: Any = io.BytesIO(archive.read(_ARCHIVED))
    else:
        content = path
    with h5py.File(content, "r") as file:
        root = file.get("model_weights", file)
        is_legacy = "layer_names" in root.attrs
        layers = [*(_legacy(root) if is_legacy else _variables(file))]
    if names:
        places = {name: place for place, name in enumerate(names)}
        layers.sort(key=lambda layer: places.get(layer.name, len(places)))
    found: dict[str, Tensor] = {}
    for layer in layers:
        tensors = _as_torch(layer)
        if tensors is None:
            shapes = ", ".join("x".join(map(str, one.shape)) for one in layer.values)
            raise TrainingError(keras_layer_not_read(where, layer.name, shapes))
        found |= {f"{layer.name}.{kind}": torch.from_numpy(one) for kind, one in tensors.items()}
    return found, bool(names) or is_legacy


@final
@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of one layer of Keras.

    Args:
        name: Its own.
        kind: Its class, or what else tells it; lower case.
        values: In the order of Keras.
        variables: Their names, where the file has them.
    """

    name: str
    kind: str
    values: list[Values]
    variables: tuple[str, ...] = ()


def _layer_names(config: Any) -> Iterator[str]:
    """Give the names of all layers of a model's configuration, those of models inside it too."""
    inner = config.get("config", {}) if isinstance(config, dict) else {}
    layers = inner.get("layers", ()) if isinstance(inner, dict) else ()
    for layer in layers:
        if isinstance(layer, dict):
            fields = layer.get("config")
            if isinstance(fields, dict) and "name" in fields:
                yield str(fields["name"])
            yield from _layer_names(layer)


def _legacy(root: Any) -> Iterator[_Layer]:
    """Read the form of Keras 2, which names layers and weights in their order."""
    for name in map(_text, root.attrs["layer_names"]):
        group = root[name]
        variables = tuple(map(_text, group.attrs["weight_names"]))
        if variables:
            values = [np.asarray(group[one], dtype=np.float32) for one in variables]
            yield _Layer(name, " ".join((name, *variables)).lower(), values, variables)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _variables(file: Any) -> Iterator[_Layer]:
    """Read the form of Keras 3: a group a layer, numbered by its class."""
    groups: list[Any] = []

    def note(_: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and item.name.endswith(f"/{_VARIABLES}") and len(item):
            groups.append(item)

    file.visititems(note)
    for group in sorted(groups, key=lambda group: _by_number(group.name)):
        if "/optimizer/" in group.name:
            continue
        values = [np.asarray(group[one], dtype=np.float32) for one in sorted(group, key=int)]
        place = group.name.split("/")[-2]
        yield _Layer(_text(group.attrs.get("name", place)), place, values)


def _by_number(name: str) -> list[tuple[str, int]]:
    """Sort `dense_2` ahead of `dense_10`, and behind `dense`."""
    found = (re.fullmatch(r"(.*?)(?:_(\d+))?", part) for part in name.split("/"))
    return [(one[1], int(one[2] or 0)) for one in found if one is not None]


def _as_torch(layer: _Layer) -> dict[str, Values] | None:
    """Give the weights of a layer their names and axes in torch; None where it is not known."""
    values = layer.values
    named = [_NORM_NAMES.get(one.rpartition("/")[2].partition(":")[0]) for one in layer.variables]
    if named and all(named):
        return {str(name): one for name, one in zip(named, values, strict=True)}
    first, *rest = values
    if len(values) == len(_NORM) and all(one.ndim == 1 for one in values):
        return dict(zip(_NORM, values, strict=True))
    if len(rest) > 1 or any(one.ndim != 1 for one in rest):
        return None
    match first.ndim:
        case 4 if "depthwise" in layer.kind:
            height, width, channels, times = first.shape
            kernels = first.transpose(2, 3, 0, 1).reshape(channels * times, 1, height, width)
        case 4:
            kernels = first.transpose(3, 2, 0, 1)
        case 2:
            kernels = first if "embedding" in layer.kind else first.T
        case 1 if rest:  # layer normalization
            kernels = first
        case _:
            return None
    found = {"weight": np.ascontiguousarray(kernels)}
    return found | ({"bias": rest[0]} if rest else {})
