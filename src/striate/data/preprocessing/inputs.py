"""Bring stored images to the size and the values that a network reads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import pad

from striate.data.examples import Examples, Shards, Stream
from striate.data.preprocessing.crop import stored_image
from striate.data.preprocessing.resize import digit_faults, scaling
from striate.errors import DataError, Fault
from striate.errors.evaluation import (
    network_reads_images,
    network_reads_no_images,
    vectors_of_other_length,
)
from striate.errors.images import (
    channels_do_not_convert,
    images_larger_than_input,
)
from striate.preparation import Preparation
from striate.shapes import Features, Image, Shape, Words


_GRAY, _COLOR = 1, 3

# Values converted at a time: 4 MiB as float32, which stays in the processor's cache.
_CHUNK = 2**20

# Bytes of images that are fitted once and kept. Fitting costs far less than a step of a network
# that reads images of such sizes, so that what it saves is small; the 12 GB that MNIST takes for
# AlexNet may be more than there is.
KEPT_BYTES = 2**30


@final
@dataclass(frozen=True, slots=True, eq=False)
class FittedImages:
    """Images of a network's input size and its margin, of which only those that are read exist.

    Args:
        stored: The images as they came: bytes, examples first. They may lie in a file that is mapped
            to memory.
        axes: Of one fitted image.
        fit: Gives fitted images for stored ones; each result depends on its own image alone.
        stream: What decodes them, where the stored ones are numbers of pictures.
    """

    stored: Tensor
    axes: tuple[int, ...]
    fit: Callable[[Tensor], Tensor]
    stream: Stream | None = None

    def __len__(self) -> int:
        """Number of images."""
        return len(self.stored)

    def __getitem__(self, chosen: slice | Tensor) -> Tensor:
        """Fit some images, and give them as indexing a tensor of all of them would."""
        return self.fit(self.stored[chosen])

    def announce(self, chosen: Tensor) -> None:
        """Say what is read next, which a stream begins to decode."""
        if self.stream is not None:
            self.stream.announce(self.stored[chosen])

    @property
    def shards(self) -> Shards | None:
        """Where each lies, in a stream of shards."""
        return None if self.stream is None else self.stream.shards_of(self.stored)

    @property
    def shape(self) -> torch.Size:
        """Examples x channels x height + margin x width + margin."""
        return torch.Size((len(self), *self.axes))

    @property
    def device(self) -> torch.device:
        """Where fitted images lie."""
        return self.stored.device


@final
@dataclass(frozen=True, slots=True, eq=False)
class FittedExamples:
    """Examples whose images are fitted when they are read.

    Args:
        images: As a network reads them.
        labels: Index of the class of each image, int64.
    """

    images: FittedImages
    labels: Tensor

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.labels)

    def on(self, device: str) -> "FittedExamples":
        """Stay where they are: what is read is put on a device then."""
        del device
        return self


# What a network trains on and is measured on. Who reads it takes a part at a time, by a slice or by
# a tensor of indices.
ReadImages = Tensor | FittedImages
ReadExamples = Examples | FittedExamples


def fit_examples(examples: Examples, shape: Shape, preparation: Preparation) -> Examples:
    """Bring stored images to the network's input, and leave the margin around it.

    Flat vectors have to be of its length already.

    `digit` takes them for centered digits already and pads them with background, as MNIST's 28x28
    become 32x32; an odd rest goes below and to the right. `resize` and `crop` scale them.

    Args:
        examples: Images of any one size, or vectors.
        shape: What the network reads.
        preparation: How images are fitted.

    Returns:
        The same examples with images of the input's size and its margin; the same object if nothing
        changes.

    Raises:
        DataError: `misfits` finds something.
    """
    faults = misfits(examples, shape, preparation)
    if faults:
        raise DataError(*faults)
    stored = stored_shape(examples)
    if not isinstance(shape, Image) or not isinstance(stored, Image):
        return examples
    image = stored_image(shape, preparation)
    if stored == image:
        return examples
    return Examples(_fitted(examples.images, image, preparation), examples.labels)


def fit_for_reading(examples: Examples, shape: Shape, preparation: Preparation) -> ReadExamples:
    """Bring stored images to the network's input as `fit_examples` does: many when they are read.

    Args:
        examples: Images of any one size, or vectors.
        shape: What the network reads.
        preparation: How images are fitted.

    Returns:
        The same bytes either way; above KEPT_BYTES of them, those that are read are made each time.

    Raises:
        DataError: `misfits` finds something.
    """
    stored = stored_shape(examples)
    if isinstance(shape, Image) and isinstance(stored, Image):
        image = stored_image(shape, preparation)
        faults = misfits(examples, shape, preparation)
        if not faults and stored != image and len(examples) * image.elements > KEPT_BYTES:
            fit = partial(_fitted, image=image, preparation=preparation)
            return FittedExamples(FittedImages(examples.images, image.axes, fit), examples.labels)
    return fit_examples(examples, shape, preparation)


def streamed(examples: Examples, stream: Stream) -> FittedExamples:
    """Give the pictures that examples number, each decoded when it is read."""
    return FittedExamples(
        FittedImages(examples.images, stream.axes, stream, stream), examples.labels
    )


def stored_shape(examples: Examples) -> Shape:
    """Give the shape of one stored example."""
    axes = examples.images.shape[1:]
    return Features(*axes) if len(axes) == 1 else Image(*axes)


def misfits(examples: Examples, shape: Shape, preparation: Preparation) -> list[Fault]:
    """Name everything that keeps examples from being brought to a network's input.

    Sentences are no matter of this: `kind_faults` asks for them.

    Args:
        examples: Images of any one size, or vectors.
        shape: What the network reads.
        preparation: Whether images are resized, or padded as digits.
    """
    match stored_shape(examples), shape:
        case Image() as stored, Image() as image:
            return _image_misfits(stored, stored_image(image, preparation), preparation)
        case Features() as stored, Features() as vector:
            same = stored == vector
            return [] if same else [vectors_of_other_length(stored.count, vector.count)]
        case Features() as stored, Image():
            return [network_reads_images(str(shape), stored.count)]
        case Features(), Words():
            return []
        case _:
            return [network_reads_no_images("input")]


def _image_misfits(stored: Image, image: Image, preparation: Preparation) -> list[Fault]:
    is_digit = preparation.fit == "digit"
    faults = digit_faults(image, preparation, "images") if is_digit else []
    if is_digit and (stored.height > image.height or stored.width > image.width):
        faults.append(images_larger_than_input("images", str(stored), str(image)))
    if stored.channels != image.channels and {stored.channels, image.channels} != {_GRAY, _COLOR}:
        is_turned = stored.height == image.channels
        faults.append(
            channels_do_not_convert(
                "images", stored.channels, image.channels, stand_first=is_turned
            )
        )
    return faults


def _fitted(images: Tensor, image: Image, preparation: Preparation) -> Tensor:
    fitted = images.new_empty((len(images), *image.axes))
    step = max(1, _CHUNK // max(images.shape[1:].numel(), image.elements))
    for start in range(0, len(images), step):
        chunk = images[start : start + step]
        if images.shape[1] == _COLOR and image.channels == _GRAY:
            chunk = _luma(chunk)
        # Gray is repeated for the three colors as it is assigned.
        fitted[start : start + step] = _sized(chunk, image, preparation)
    return fitted


def _luma(images: Tensor) -> Tensor:
    # ITU-R 601-2 in the fixed point of Pillow's convert("L").
    red, green, blue = images.int().unbind(1)
    gray = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    return gray.unsqueeze(1).to(torch.uint8)


def _padded(images: Tensor, image: Image) -> Tensor:
    rows, columns = image.height - images.shape[2], image.width - images.shape[3]
    return pad(images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


def _sized(images: Tensor, image: Image, preparation: Preparation) -> Tensor:
    if preparation.fit == "digit":
        return _padded(images, image)
    height, width, (top, left) = scaling(images.shape[2], images.shape[3], image, preparation)
    resized = _resized(images, height, width)
    # Negative room is cut off: `crop` has some, and `letterbox` fills what it leaves.
    below, right = image.height - height + top, image.width - width + left
    return pad(resized, (-left, right, -top, below))


def _resized(images: Tensor, height: int, width: int) -> Tensor:
    """Resize within one level of Pillow, which rounds between the two passes, and far faster.

    Not by torch's `interpolate`: with antialias, it fills a result of width 1 from one row alone
    (2.13).
    """
    rows = _shares(images.shape[2], height)
    columns = _shares(images.shape[3], width)
    return (rows @ images.float() @ columns.T).round_().to(torch.uint8)


def _shares(length: int, target: int) -> Tensor:
    """Give the share of each pixel in each pixel of the result, target x length.

    The bilinear filter is a triangle, as wide to each side as a pixel of the coarser grid.
    """
    scale = length / target
    centers = (torch.arange(target) + 0.5) * scale
    pixels = torch.arange(length) + 0.5
    triangle = (1 - (pixels - centers[:, None]).abs() / max(scale, 1)).clamp_(min=0)
    return triangle / triangle.sum(1, keepdim=True)
