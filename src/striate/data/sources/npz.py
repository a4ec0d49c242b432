"""Read arrays that numpy saved (.npz), and divide arrays that come without a test part."""

import sys
import zipfile
from collections.abc import Mapping, Sequence
from io import BufferedIOBase
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from striate.data.examples import Examples, Origin, Source
from striate.data.images.listing import choose_test, class_names
from striate.data.preprocessing.pixel_values import Scale, as_bytes, scale_of
from striate.data.sources.class_folders import DRAWN
from striate.data.user_files import MAX_BYTES, open_file
from striate.errors import DataError, Fault
from striate.errors.data import content_too_large, counts_differ, no_examples, sizes_differ
from striate.errors.datasets import (
    archive_not_npz,
    arrays_missing,
    images_not_bytes,
    label_no_index,
    labels_not_classes,
    scales_differ,
)


Array = npt.NDArray[Any]
Part = tuple[str, str]

# Names of images and labels, by what they are for.
TRAIN_PARTS: tuple[Part, ...] = (
    ("x_train", "y_train"),
    ("train_images", "train_labels"),
    ("train_x", "train_y"),
    ("images_train", "labels_train"),
)
TEST_PARTS: tuple[Part, ...] = (
    ("x_test", "y_test"),
    ("test_images", "test_labels"),
    ("test_x", "test_y"),
    ("images_test", "labels_test"),
)
VALIDATION_PARTS: tuple[Part, ...] = (
    ("x_val", "y_val"),
    ("x_valid", "y_valid"),
    ("val_images", "val_labels"),
    ("val_x", "val_y"),
)
WHOLE_PARTS: tuple[Part, ...] = (("images", "labels"), ("x", "y"), ("data", "labels"))

_GRAY, _COLOR = 1, 3
_LARGEST_LABEL = 65_535
_SURROGATES = range(0xD800, 0xE000)
_IMAGES, _IMAGES_WITH_CHANNELS, _ONE_HOT = 3, 4, 2


_NOTHING: Array = np.empty(0)


def read_npz(path: Path) -> Source:
    """Read an archive of arrays.

    Args:
        path: It holds x_train, y_train, x_test and y_test, and perhaps x_val and y_val; or images
            and labels alone. Images are bytes, or other numbers that are plainly of 0 to 255, of 0 to 1
            or of -1 to 1; gray or with 1 or 3 channels, last or second. Labels are indices, names, or
            a column of 0 and 1 for each class.

    Raises:
        DataError: It cannot be read, or arrays are missing or of another form; all faults are named.
    """
    return arrays_source(path.stem, str(path), _arrays(path))


def arrays_source(name: str, where: str, arrays: Mapping[str, Array]) -> Source:
    """Make a data set of arrays by their names, as `read_npz` does.

    Args:
        name: What the data set is called.
        where: Where the arrays come from, in messages.
        arrays: By name, in small letters.

    Raises:
        DataError: Arrays are missing or of another form; all faults are named.
    """
    train, test = _part(arrays, TRAIN_PARTS), _part(arrays, TEST_PARTS)
    whole = _part(arrays, WHOLE_PARTS)
    chosen = [train, test] if train and test else [whole or train or test]
    parts = [part for part in (*chosen, _part(arrays, VALIDATION_PARTS)) if part is not None]
    if chosen == [None]:
        raise DataError(arrays_missing(where, arrays))
    faults = [fault for part in parts for fault in _faults(where, arrays, part)]
    if faults:
        raise DataError(*faults)
    images, read_as = _pixels(where, arrays, [part[0] for part in parts])
    sizes = [pixels.shape[1:] for pixels in images]
    if any(size != sizes[0] for size in sizes):
        other = next(size for size in sizes if size != sizes[0])
        raise DataError(sizes_differ(where, sizes[0], other))
    classes, indices = _classes([arrays[part[1]] for part in parts], arrays.get("classes"))
    examples = [
        Examples(torch.from_numpy(pixels), torch.from_numpy(labels))
        for pixels, labels in zip(images, indices, strict=True)
    ]
    validation = examples[-1] if len(parts) > len(chosen) else None
    used = {name for part in parts for name in part} | {"classes"}
    unused = [array for array in arrays if array not in used]
    ignored = (f"arrays {', '.join(unused)}",) if unused else ()
    if len(chosen) == 1:
        return divide(name, classes, examples[0], validation, ignored, read_as)
    origin = Origin(
        f"by the arrays {parts[0][0]} and {parts[1][0]}", ignored=ignored, notes=read_as
    )
    return Source(name, classes, examples[0], examples[1], validation, origin)


def single_images(
    given: Mapping[str, Array],
) -> tuple[dict[str, npt.NDArray[np.uint8]], list[Fault]]:
    """Bring single images to bytes, as those of a data set are; the values of all of them tell the scale.

    Args:
        given: Each image by its name in messages: height x width, perhaps with channels last or first.

    Returns:
        Those that are images, each 1 x channels x height x width; and what is wrong with the others.
    """
    faults, scales = list[Fault](), dict[str, Scale]()
    for name, image in given.items():
        fault = _image_fault(name, image[np.newaxis])
        if fault is not None:
            faults.append(fault)
            continue
        try:
            scales[name] = scale_of(image, name)
        except DataError as error:
            faults += error.faults
    if not scales:
        return {}, faults
    scale = _common_scale("pictures", scales)
    if isinstance(scale, Fault):
        return {}, [*faults, scale]
    return {
        name: _channels_first(as_bytes(given[name][np.newaxis], scale)) for name in scales
    }, faults


def divide(
    name: str,
    classes: tuple[str, ...],
    examples: Examples,
    validation: Examples | None = None,
    ignored: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Source:
    """Make a data set of examples that come without a test part: a fifth of every class is it."""
    numbers = [str(index) for index in range(len(examples))]
    is_test = torch.tensor(choose_test(numbers, examples.labels.tolist()), dtype=torch.bool)
    train = Examples(examples.images[~is_test], examples.labels[~is_test])
    test = Examples(examples.images[is_test], examples.labels[is_test])
    origin = Origin(DRAWN, ignored=ignored, notes=notes, is_drawn=True)
    return Source(name, classes, train, test, validation, origin)


def numbered_classes(*parts: Examples) -> tuple[str, ...]:
    """Name classes by their index, from 0 to the largest label."""
    largest = max(int(part.labels.max()) for part in parts)
    return tuple(str(label) for label in range(largest + 1))


def read_arrays(folder: Path) -> dict[str, Array]:
    """Read the .npy files of a folder, by their names in small letters; none where two of them are no data set.

    Raises:
        DataError: A file of it cannot be read, or holds Python objects.
    """
    files = {path.stem.casefold(): path for path in sorted(folder.glob("*.npy"))}
    if not any(
        _part(dict.fromkeys(files, _NOTHING), parts) for parts in (TRAIN_PARTS, WHOLE_PARTS)
    ):
        return {}
    arrays: dict[str, Array] = {}
    for name, path in files.items():
        try:
            arrays[name] = np.load(path, allow_pickle=False)
        # Broad, as above: damaged bytes take numpy anywhere.
        except Exception as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise DataError(archive_not_npz(str(path), said.rstrip("."))) from error
    return arrays


def _arrays(path: Path) -> dict[str, Array]:
    where = str(path)
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                is_small = sum(member.file_size for member in members) <= MAX_BYTES
                arrays = {
                    member.filename.removesuffix(".npy").casefold(): _array(archive, member)
                    for member in members
                    if is_small and not member.is_dir()
                }
        # Broad, because damaged bytes take zipfile and numpy anywhere: encryption is a RuntimeError,
        # a packing that is not known NotImplementedError, and a header without its end SyntaxError.
        except Exception as error:
            problem = " ".join(str(error).split()) or type(error).__name__
            raise DataError(archive_not_npz(where, problem.rstrip("."))) from error
    if not is_small:
        raise DataError(content_too_large(where, MAX_BYTES))
    return arrays


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    """Read one array; nothing is allocated before its size is known to agree with its header.

    Raises:
        ValueError: It is no array, holds Python objects, or declares another size than it has.
    """
    if not member.filename.endswith(".npy"):
        return np.empty(0)
    with cast("BufferedIOBase", archive.open(member)) as file:
        shape, is_fortran, kind = _header(file)
        if kind.hasobject:
            message = f"{member.filename} holds Python objects"
            raise ValueError(message)
        needed = prod(shape) * max(kind.itemsize, 1)
        held = member.file_size - file.tell()
        content = bytearray(needed if needed == held else 0)
        if needed != held or file.readinto(content) != needed or file.read(1):
            size = "x".join(map(str, shape)) or "a single value"
            message = f"{member.filename} declares {size} of {kind}, and does not hold as much"
            raise ValueError(message)
    if not kind.itemsize:
        message = f"{member.filename} holds texts without a letter"
        raise ValueError(message)
    values = np.frombuffer(content, kind) if needed else np.empty(0, kind)
    if kind.kind == "U" and not _are_characters(values):
        message = f"{member.filename} holds texts of numbers that are no characters"
        raise ValueError(message)
    return values.reshape(shape, order="F" if is_fortran else "C")


def _are_characters(texts: Array) -> bool:
    """Whether all numbers in texts are characters, and none is half of one (a surrogate)."""
    codes = texts.view(np.dtype(np.uint32).newbyteorder(texts.dtype.byteorder))
    is_half = (codes >= _SURROGATES.start) & (codes < _SURROGATES.stop)
    return not (is_half | (codes > sys.maxunicode)).any()


def _header(file: BufferedIOBase) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        message = f"its arrays are of version {version[0]}.{version[1]} of the format"
        raise ValueError(message)
    shape, is_fortran, kind = read(file)
    if any(length < 0 for length in shape):
        message = f"an array declares {'x'.join(map(str, shape))}"
        raise ValueError(message)
    return shape, is_fortran, kind


def _part(arrays: Mapping[str, Array], known: tuple[Part, ...]) -> Part | None:
    return next((names for names in known if all(name in arrays for name in names)), None)


def _faults(where: str, arrays: Mapping[str, Array], part: Part) -> list[Fault]:
    images, labels = (arrays[name] for name in part)
    places = [f"{where}, {name}" for name in part]
    fault = _image_fault(places[0], images)
    faults = [] if fault is None else [fault]
    faults += _label_faults(places[1], labels)
    if not faults and len(images) != len(labels):
        faults.append(counts_differ(where, (part[0], len(images)), (part[1], len(labels))))
    return faults


def _image_fault(where: str, images: Array) -> Fault | None:
    is_image = images.dtype.kind in "uifb" and images.ndim in {_IMAGES, _IMAGES_WITH_CHANNELS}
    is_image = is_image and 0 not in images.shape[1:]
    if is_image and (images.ndim == _IMAGES or _channel_axis(images) is not None):
        return None
    return images_not_bytes(where, str(images.dtype), images.shape)


def _label_faults(where: str, labels: Array) -> list[Fault]:
    if labels.ndim == 0:
        return [labels_not_classes(where, str(labels.dtype), labels.shape)]
    if len(labels) == 0:
        return [no_examples(where)]
    if _plain_labels(labels) is not None:
        return []
    if labels.size == len(labels) and labels.dtype.kind in "iuf":
        numbers = labels.reshape(-1)
        wrong = np.flatnonzero(~_are_indices(numbers))
        return [label_no_index(where, int(wrong[0]), f"{numbers[wrong[0]]:g}", len(wrong))]
    return [labels_not_classes(where, str(labels.dtype), labels.shape)]


def _are_indices(numbers: Array) -> npt.NDArray[np.bool_]:
    """Return of each number whether it can be the index of a class; what is not finite cannot."""
    is_inside: npt.NDArray[np.bool_] = (numbers >= 0) & (numbers <= _LARGEST_LABEL)
    return is_inside & (
        np.trunc(np.where(is_inside, numbers, 0)) == np.where(is_inside, numbers, 0)
    )


def _plain_labels(labels: Array) -> Array | None:
    """Return one name or one whole number for each example; None where there is no such."""
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    if labels.ndim == _ONE_HOT and labels.shape[1] > 1:
        return labels.argmax(1) if _is_one_hot(labels) else None
    if labels.ndim > _ONE_HOT:
        return None
    flat = labels.reshape(-1)
    if flat.dtype.kind == "U" or not flat.size:
        return flat
    if flat.dtype.kind not in "iufb":
        return None
    return flat.astype(np.int64) if _are_indices(flat).all() else None


def _is_one_hot(labels: Array) -> bool:
    if labels.dtype.kind not in "iufb" or not len(labels):
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(1) == 1).all())


def _pixels(
    where: str, arrays: Mapping[str, Array], names: Sequence[str]
) -> tuple[list[npt.NDArray[np.uint8]], tuple[str, ...]]:
    """Return bytes, channels first, and how other numbers were read, in words.

    Raises:
        DataError: It is not plain what the numbers mean, or it is not the same in all arrays.
    """
    scales: dict[str, Scale] = {}
    faults: list[Fault] = []
    for name in names:
        try:
            scales[name] = scale_of(arrays[name], f"{where}, {name}")
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(*faults)
    scale = _common_scale(where, scales)
    if isinstance(scale, Fault):
        raise DataError(scale)
    read = [_channels_first(as_bytes(arrays[name], scale)) for name in names]
    return read, (scale.said,) if scale.said else ()


def _common_scale(where: str, scales: Mapping[str, Scale]) -> Scale | Fault:
    """Return what the numbers of all arrays mean, or report that they do not mean the same."""
    # An array of black images alone says nothing of its own.
    told = [scale for scale in scales.values() if scale.is_told]
    if len({scale.range for scale in told}) > 1:
        return scales_differ(where, [(name, str(scale)) for name, scale in scales.items()])
    return told[0] if told else next(iter(scales.values()))


def _channel_axis(images: Array) -> int | None:
    # Last comes first: that is how numpy, Pillow and Keras hold pictures.
    return next((axis for axis in (3, 1) if images.shape[axis] in {_GRAY, _COLOR}), None)


def _channels_first(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if images.ndim == _IMAGES:
        return images[:, np.newaxis]
    is_last = _channel_axis(images) == images.ndim - 1
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if is_last else images


def _classes(
    given: list[Array], names: Array | None
) -> tuple[tuple[str, ...], list[npt.NDArray[np.int64]]]:
    """Return the classes, and the labels as their indices."""
    labels = [found for array in given if (found := _plain_labels(array)) is not None]
    if any(flat.dtype.kind == "U" for flat in labels):
        classes = class_names(str(label) for flat in labels for label in flat.tolist())
        at = {name: index for index, name in enumerate(classes)}
        return classes, [np.array([at[str(label)] for label in flat.tolist()]) for flat in labels]
    widths = [array.shape[1] for array in given if array.ndim == _ONE_HOT]
    indices = [flat.astype(np.int64) for flat in labels]
    count = max([*widths, *(int(flat.max()) + 1 for flat in indices)])
    if names is not None and names.ndim == 1 and names.dtype.kind == "U" and len(names) >= count:
        return tuple(str(name) for name in names.tolist()), indices
    return tuple(str(index) for index in range(count)), indices
