"""What code says of its examples: data sets that it loads by name, and the sizes that their pictures are brought to."""

from dataclasses import dataclass
from typing import final

from striate.documents.code.maps import Maps
from striate.documents.code.values import BatchSize, Call, Layout, Unknown, Value
from striate.documents.data_sets import DataSet, data_set_named
from striate.errors import RecipeError
from striate.preparation import Preparation
from striate.shapes import Image, Shape


Size = tuple[int, int, int]

_SIZED = {"Resize", "Scale", "CenterCrop", "RandomCrop", "RandomResizedCrop", "RandomSizedCrop"}
# What changes the size of pictures, or may, in a way that is not worked out.
_OPEN = {"Pad", "FiveCrop", "TenCrop", "Lambda", "RandomRotation", "LinearTransformation"}
_COUNTS = {"mnist": 60_000, "fashion-mnist": 60_000, "cifar-10": 50_000, "cifar-100": 50_000}


@final
@dataclass(frozen=True, slots=True)
class Transform:
    """What a transform of pictures does to their sizes.

    Args:
        size: Height and width that they are brought to; None if they stay.
        channels: Maps that they are brought to; None if they stay.
        is_open: Whether it is not known what they are brought to.
    """

    size: tuple[int, int] | None = None
    channels: int | None = None
    is_open: bool = False

    def then(self, other: "Transform") -> "Transform":
        """Return what both do, one after the other."""
        size, is_open = self.size, self.is_open
        if other.size is not None:
            size, is_open = other.size, False
        channels = self.channels if other.channels is None else other.channels
        return Transform(size, channels, is_open or other.is_open)


@final
class Pictures:
    """Remembers which data sets a program loads, and as what their pictures come."""

    def __init__(self) -> None:
        self.sizes: dict[Size | None, tuple[DataSet, int]] = {}
        """Sizes of the pictures of each loaded data set; None for one whose sizes are not known."""
        self._transforms: dict[int, tuple[Value, Transform]] = {}
        self._values: dict[Preparation | None, int] = {}

    def note(self, path: str, call: Call, line: int) -> Value:
        """Read a call of torchvision; NotImplemented if it is not about data sets and transforms."""
        name = path.rpartition(".")[2]
        if ".transforms." in path:
            made = Unknown(name, line)
            if name == "Normalize":
                self._values.setdefault(_normalized(call), line)
            self._transforms[id(made)] = (made, self._transform(name, call))
            return made
        data_set = data_set_named(name) if ".datasets." in path else None
        if data_set is not None:
            self._load(data_set, call, line)
        elif ".datasets." in path:
            self.sizes.setdefault(None, (DataSet(name, name, 0, ()), line))
        return NotImplemented

    def known(self) -> tuple[Size, DataSet, int] | None:
        """Return the one size that all loaded pictures have, with its data set and line; None if there is none."""
        if len(self.sizes) != 1:
            return None
        ((size, (data_set, line)),) = self.sizes.items()
        return None if size is None else (size, data_set, line)

    def values(self, shape: Shape | None) -> tuple[Preparation | None, int, str]:
        """Return what transforms make of bytes, and its line; or why it is not taken, if there are any.

        Args:
            shape: What the network reads.
        """
        if not self._values:
            return None, 0, ""
        (made, line), *others = self._values.items()
        channels = shape.channels if isinstance(shape, Image) else 1
        why = ""
        if others:
            why = f"there is another one on line {others[0][1]}"
        elif made is None:
            why = "its numbers are not known, or none that mean and std can be"
        elif len(made.mean) not in {1, channels}:
            why = f"it has {len(made.mean)} numbers, and the input {shape}"
        if why:
            text = f"Normalize is not taken, for {why}: write `mean:` and `std:` below `input:` in front matter."
            return None, line, text
        return made, line, ""

    def _load(self, data_set: DataSet, call: Call, line: int) -> None:
        given = [*call.args, *call.kwargs.values()]
        found = [self._transforms[id(one)][1] for one in given if id(one) in self._transforms]
        plain = str | int | float | bool | None
        is_open = bool(call.spread) or any(
            not isinstance(one, plain) and id(one) not in self._transforms
            for one in (*call.args[1:], call.kwargs.get("transform"))
        )
        size = data_set.size
        transform = found[0] if len(found) == 1 else Transform()
        if size is not None:
            size = (transform.channels or size[0], *(transform.size or size[1:]))
        if is_open or transform.is_open:
            size = None
        self.sizes.setdefault(size, (data_set, line))

    def _transform(self, name: str, call: Call) -> Transform:
        if name == "Compose":
            steps = call.args[0] if call.args else call.kwargs.get("transforms")
            made = Transform()
            if not isinstance(steps, list | tuple) or call.spread:
                return Transform(is_open=True)
            for step in steps:
                known = self._transforms.get(id(step))
                made = made.then(known[1] if known else Transform(is_open=True))
            return made
        if name in _SIZED:
            size = call.args[0] if call.args else call.kwargs.get("size")
            size = (size, size) if isinstance(size, int) else size
            match size:
                case (int(height), int(width)) | [int(height), int(width)]:
                    return Transform((height, width))
                case _:
                    return Transform(is_open=True)
        if name == "Grayscale":
            channels = call.args[0] if call.args else call.kwargs.get("num_output_channels", 1)
            return (
                Transform(channels=channels)
                if isinstance(channels, int)
                else Transform(is_open=True)
            )
        return Transform(is_open=name in _OPEN)


def _normalized(call: Call) -> Preparation | None:
    """Return the values of bytes that Normalize gives; None if they are not known."""
    names = dict(zip(("mean", "std", "inplace"), call.args, strict=False)) | call.kwargs
    mean, std = (
        [one] if isinstance(one, int | float) else one
        for one in (names.get("mean"), names.get("std"))
    )
    if call.spread or not isinstance(mean, list | tuple) or not isinstance(std, list | tuple):
        return None
    try:
        return Preparation(mean=tuple(mean), std=tuple(std))
    except RecipeError:
        return None


def keras_data_set(path: str) -> DataSet | None:
    """Find the data set that a call of Keras loads: `keras.datasets.mnist.load_data`."""
    parts = path.split(".")
    if parts[-1] != "load_data" or "datasets" not in parts:
        return None
    return data_set_named(parts[-2])


def arrays_of(data_set: DataSet, maps: Maps, layout: Layout, line: int) -> Value:
    """Return what Keras loads: the pictures and classes of a training set and of a test set."""
    if data_set.size is None:
        return Unknown(f"{data_set.name}.load_data()", line)
    channels, height, width = data_set.size
    axes: tuple[int, ...] = (height, width)
    if channels > 1:
        axes = (channels, *axes) if layout == "first" else (*axes, channels)
    made = []
    for count in (_COUNTS[data_set.name], 10_000):
        pictures = maps.input(axes, layout, line)
        pictures.is_example = pictures.node.is_example = True
        pictures.node.batch = BatchSize(count)
        made.append((pictures, Unknown("load_data()", line)))
    return tuple(made)
