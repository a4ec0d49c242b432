"""Read arrays that numpy saved (.npz), and divide arrays that come without a test part."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from striate.data.examples import Examples, Origin, Source
from striate.data.listing import choose_test, class_names
from striate.data.sources.class_folders import DRAWN
from striate.data.user_files import MAX_BYTES, open_file
from striate.errors import DataError, Fault
from striate.errors.data import content_too_large, counts_differ, no_examples, sizes_differ
from striate.errors.datasets import (
    archive_not_npz,
    arrays_missing,
    images_not_bytes,
    labels_not_classes,
)


Array = npt.NDArray[Any]
Part = tuple[str, str]

# Names of images and labels, by what they are for.
TRAIN_PARTS: tuple[Part, ...] = (("x_train", "y_train"), ("train_images", "train_labels"))
TEST_PARTS: tuple[Part, ...] = (("x_test", "y_test"), ("test_images", "test_labels"))
VALIDATION_PARTS: tuple[Part, ...] = (
    ("x_val", "y_val"),
    ("x_valid", "y_valid"),
    ("val_images", "val_labels"),
)
WHOLE_PARTS: tuple[Part, ...] = (("images", "labels"), ("x", "y"))

_GRAY, _COLOR = 1, 3
_LARGEST_LABEL = 65_535


def read_npz(path: Path) -> Source:
    """Read an archive of arrays.

    Args:
        path: It holds x_train, y_train, x_test and y_test, and perhaps x_val and y_val; or images
            and labels alone. Images are uint8, gray or with 1 or 3 channels, last or second;
            labels are indices or names.

    Raises:
        DataError: It cannot be read, or arrays are missing or of another form; all faults are named.
    """
    arrays = _arrays(path)
    train, test = _part(arrays, TRAIN_PARTS), _part(arrays, TEST_PARTS)
    whole = _part(arrays, WHOLE_PARTS)
    chosen = [train, test] if train and test else [whole or train]
    parts = [one for one in (*chosen, _part(arrays, VALIDATION_PARTS)) if one is not None]
    if chosen == [None]:
        raise DataError(arrays_missing(str(path), arrays))
    faults = [fault for part in parts for fault in _faults(path, arrays, part)]
    if faults:
        raise DataError(*faults)
    images = [_channels_first(arrays[names[0]]) for names in parts]
    sizes = [one.shape[1:] for one in images]
    if any(size != sizes[0] for size in sizes):
        other = next(size for size in sizes if size != sizes[0])
        raise DataError(sizes_differ(str(path), sizes[0], other))
    labels = [arrays[names[1]].reshape(-1) for names in parts]
    classes, indices = _classes(labels, arrays.get("classes"))
    examples = [
        Examples(torch.from_numpy(one), torch.from_numpy(at))
        for one, at in zip(images, indices, strict=True)
    ]
    validation = examples[-1] if len(parts) > len(chosen) else None
    if len(chosen) == 1:
        return divide(path.stem, classes, examples[0], validation)
    origin = Origin(f"by the arrays {parts[0][0]} and {parts[1][0]}")
    return Source(path.stem, classes, examples[0], examples[1], validation, origin)


def divide(
    name: str, classes: tuple[str, ...], examples: Examples, validation: Examples | None = None
) -> Source:
    """Make a data set of examples that come without a test part: a fifth of every class is it."""
    numbers = [str(index) for index in range(len(examples))]
    is_test = torch.tensor(choose_test(numbers, examples.labels.tolist()), dtype=torch.bool)
    train = Examples(examples.images[~is_test], examples.labels[~is_test])
    test = Examples(examples.images[is_test], examples.labels[is_test])
    return Source(name, classes, train, test, validation, Origin(DRAWN))


def numbered_classes(*parts: Examples) -> tuple[str, ...]:
    """Name classes by their index, from 0 to the largest label."""
    largest = max(int(part.labels.max()) for part in parts)
    return tuple(str(label) for label in range(largest + 1))


def _arrays(path: Path) -> dict[str, Array]:
    where = str(path)
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
                    raise DataError(content_too_large(where, MAX_BYTES))
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                return {name.casefold(): arrays[name] for name in arrays.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            problem = " ".join(str(error).split()) or type(error).__name__
            raise DataError(archive_not_npz(where, problem.rstrip("."))) from error


def _part(arrays: Mapping[str, Array], known: tuple[Part, ...]) -> Part | None:
    return next((names for names in known if all(name in arrays for name in names)), None)


def _faults(path: Path, arrays: Mapping[str, Array], part: Part) -> list[Fault]:
    images, labels = (arrays[name] for name in part)
    faults = []
    where = [f"{path}, {name}" for name in part]
    is_image = images.dtype == np.uint8 and images.ndim in {3, 4} and 0 not in images.shape[1:]
    if not is_image or (images.ndim == 4 and _channel_axis(images) is None):  # noqa: PLR2004
        faults.append(images_not_bytes(where[0], str(images.dtype), images.shape))
    is_flat = labels.ndim == 1 or (labels.ndim == 2 and labels.shape[1] == 1)  # noqa: PLR2004
    if not is_flat or not (labels.dtype.kind == "U" or _are_indices(labels)):
        faults.append(labels_not_classes(where[1], str(labels.dtype), labels.shape))
    if len(labels) == 0:
        faults.append(no_examples(where[1]))
    if not faults and len(images) != len(labels):
        faults.append(counts_differ(str(path), (part[0], len(images)), (part[1], len(labels))))
    return faults


def _are_indices(labels: Array) -> bool:
    if labels.dtype.kind not in "iu":
        return False
    return not labels.size or (int(labels.min()) >= 0 and int(labels.max()) <= _LARGEST_LABEL)


def _channel_axis(images: Array) -> int | None:
    # Last comes first: that is how numpy, Pillow and Keras hold pictures.
    return next((axis for axis in (3, 1) if images.shape[axis] in {_GRAY, _COLOR}), None)


def _channels_first(images: Array) -> npt.NDArray[np.uint8]:
    if images.ndim == 3:  # noqa: PLR2004
        return images[:, np.newaxis]
    is_last = _channel_axis(images) == 3  # noqa: PLR2004
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if is_last else images


def _classes(
    labels: list[Array], names: Array | None
) -> tuple[tuple[str, ...], list[npt.NDArray[np.int64]]]:
    """Give the classes, and the labels as their indices."""
    if any(one.dtype.kind == "U" for one in labels):
        classes = class_names(str(label) for one in labels for label in one.tolist())
        at = {name: index for index, name in enumerate(classes)}
        return classes, [np.array([at[str(label)] for label in one.tolist()]) for one in labels]
    indices = [one.astype(np.int64) for one in labels]
    count = max(int(one.max()) for one in indices) + 1
    if names is not None and names.ndim == 1 and names.dtype.kind == "U" and len(names) >= count:
        return tuple(str(name) for name in names.tolist()), indices
    return tuple(str(index) for index in range(count)), indices
