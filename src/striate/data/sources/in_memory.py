"""Data that a program holds already: arrays, tensors, a torch Dataset, a mapping of splits, a pandas frame."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch.utils.data import Dataset

from striate.data.examples import Source
from striate.data.images.listing import Listing, Split
from striate.data.sources.frames import picture_frame
from striate.data.sources.npz import Array, arrays_source
from striate.data.sources.split_names import plain_split
from striate.data.sources.texts import frame_source, lists_source
from striate.errors import DataError
from striate.errors.datasets import (
    data_in_memory_gone,
    data_of_other_kind,
    dataset_of_other_items,
    dataset_of_several_sizes,
    parts_of_no_split,
)


Data: TypeAlias = object
"""Names and paths, and all that `source_of` takes; whatever else comes gets a fault by its kind."""

IN_MEMORY = "(in memory)"
"""What run.yaml says of data that is no file."""

_PAIR = 2
_ROLES = {
    "train": ("x_train", "y_train"),
    "validation": ("x_val", "y_val"),
    "test": ("x_test", "y_test"),
}


def data_name(data: Data) -> str:
    """Return what stands for data where it can only be named: its name or path, or that it is none."""
    return str(data) if isinstance(data, str | Path) else IN_MEMORY


def source_of(data: Data) -> Source | Listing:
    """Make a data set of what a program holds.

    Args:
        data: A data set that is loaded already; a pair of images and labels (arrays, tensors or lists);
            or of sentences and labels; two such pairs, for training and for the test; a torch `Dataset` of
            images; a mapping of names such as `x_train`, or of splits to pairs or Datasets; or a pandas
            frame of sentences, images or paths of pictures, and their classes. Images are as `read_npz` takes them.

    Raises:
        DataError: It is of another kind, or its parts do not go together; all faults are named.
    """
    if isinstance(data, Source | Listing):
        return data
    if isinstance(data, str):
        raise DataError(data_in_memory_gone())
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        return picture_frame(data) or frame_source(data)
    sentences = _sentences(data)
    if sentences:
        return lists_source(sentences)
    classes: Sequence[str] = ()
    if isinstance(data, Mapping):
        arrays = _of_mapping(data)
        classes = next((names for part in data.values() if (names := _classes(part))), ())
    else:
        pairs = _pairs(data)
        arrays = dict(zip(("x", "y"), pairs[0], strict=True))
        if len(pairs) == _PAIR:
            arrays = _named("train", pairs[0]) | _named("test", pairs[1])
        classes = _classes(data)
    if classes:
        arrays.setdefault("classes", np.array([str(name) for name in classes]))
    return arrays_source("arrays", "data", arrays)


def _sentences(data: Data) -> list[tuple[Split, list[object], list[object]]]:
    """Return sentences and their labels for each split; nothing where data holds something else."""
    parts: list[tuple[Split | None, Any]]
    if isinstance(data, Mapping):
        parts = [(plain_split(str(name)), pair) for name, pair in data.items()]
    elif isinstance(data, tuple | list) and len(data) == _PAIR and all(map(_are_texts, data)):
        parts = [("train", data[0]), ("test", data[1])]
    else:
        parts = [("train", data)]
    if not all(split is not None and _are_texts(pair) for split, pair in parts):
        return []
    return [(split, _listed(pair[0]), _listed(pair[1])) for split, pair in parts if split]


def _are_texts(pair: object) -> bool:
    """Whether something is a pair of sentences and their labels."""
    if not isinstance(pair, tuple | list) or len(pair) != _PAIR:
        return False
    texts = pair[0]
    is_list = isinstance(texts, list | tuple | np.ndarray) or hasattr(texts, "tolist")
    return is_list and len(texts) > 0 and isinstance(_listed(texts)[0], str)


def _listed(values: Any) -> list[object]:
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _named(split: str, pair: Sequence[Array]) -> dict[str, Array]:
    return dict(zip(_ROLES[split], pair, strict=True))


def _of_mapping(data: Mapping[Any, Any]) -> dict[str, Array]:
    splits = {name: plain_split(str(name)) for name in data}
    if any(splits.values()) and not all(splits.values()):
        raise DataError(
            parts_of_no_split([str(name) for name, split in splits.items() if not split])
        )
    if not any(splits.values()):
        return {str(name).casefold(): _array(values) for name, values in data.items()}
    found = {split: _pair(data[name]) for name, split in splits.items() if split}
    if "test" not in found and "validation" in found:
        found["test"] = found.pop("validation")
    arrays: dict[str, Array] = {}
    for split, pair in found.items():
        arrays |= _named(split, pair)
    return arrays


def _pairs(data: Data) -> list[tuple[Array, Array]]:
    """Return one pair of images and labels, or two."""
    is_two = (
        isinstance(data, tuple | list)
        and len(data) == _PAIR
        and all(isinstance(part, tuple | Dataset) for part in data)
        and all(isinstance(part, Dataset) or len(part) == _PAIR for part in data)
    )
    return (
        [_pair(part) for part in data]
        if is_two and isinstance(data, tuple | list)
        else [_pair(data)]
    )


def _pair(data: Data) -> tuple[Array, Array]:
    if isinstance(data, Dataset):
        return _of_dataset(data)
    if isinstance(data, tuple | list) and len(data) == _PAIR:
        return _array(data[0]), _array(data[1])
    raise DataError(data_of_other_kind(type(data).__name__))


def _of_dataset(data: Dataset[Any]) -> tuple[Array, Array]:
    """Read all items of a Dataset."""
    count = len(data) if hasattr(data, "__len__") else None
    if count is None:
        raise DataError(dataset_of_other_items("it has no length."))
    images, labels = [], []
    for number in range(count):
        item = data[number]
        if not isinstance(item, tuple | list) or len(item) != _PAIR:
            raise DataError(dataset_of_other_items(f"item {number:,} is a {type(item).__name__}."))
        images.append(_array(item[0]))
        labels.append(_array(item[1]))
    sizes = {"x".join(map(str, image.shape)) for image in images}
    if len(sizes) > 1:
        raise DataError(dataset_of_several_sizes(sorted(sizes)))
    return np.array(images), np.array(labels)


def _array(values: object) -> Array:
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().numpy()
    if isinstance(values, str | bytes | Mapping) or values is None:
        raise DataError(data_of_other_kind(type(values).__name__))
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:
        raise DataError(data_of_other_kind(type(values).__name__)) from error


def _classes(data: object) -> Sequence[str]:
    """Return the names of classes that a Dataset bears, as those of others' libraries do."""
    names = getattr(data, "classes", ())
    return list(names) if isinstance(names, Iterable) and not isinstance(names, str) else ()
