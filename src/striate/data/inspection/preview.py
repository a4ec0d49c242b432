"""A few training images, as a network reads them."""

from io import BytesIO
from typing import assert_never

import torch

from striate.data.examples import Examples, Source
from striate.data.images.decode import decode_open
from striate.data.images.listing import Listing
from striate.data.images.read import read_item
from striate.data.preprocessing.crop import central
from striate.data.preprocessing.inputs import fit_examples, stored_shape
from striate.data.preprocessing.resize import fit_picture
from striate.errors import DataError, Fault
from striate.errors.datasets import not_to_be_drawn
from striate.preparation import Preparation
from striate.shapes import Features, Image


# What pictures of all sizes are brought to where no network says.
SHOWN = Image(3, 96, 96)


def sample(
    found: Source | Listing, image: Image | None, preparation: Preparation, count: int, seed: int
) -> tuple[Examples, tuple[Fault, ...]]:
    """Choose training images, and bring them to a network's input; a picture that cannot be used is left out.

    Args:
        found: The data set.
        image: The input; the images' own size, or SHOWN for pictures in files, when absent.
        preparation: How they are brought to it.
        count: How many, at most.
        seed: Start of the random choice.

    Returns:
        The images, and what is wrong with pictures that were met and left out.

    Raises:
        DataError: No picture can be used; the faults of the first ones are named.
    """
    left_out: tuple[Fault, ...] = ()
    match found:
        case Source():
            chosen = _chosen(len(found.train), count, seed)
            part = Examples(found.train.images[chosen], found.train.labels[chosen])
            if image is None:
                return part, ()
            part = fit_examples(part, image, preparation)
        case Listing():
            part, left_out = _decoded(found, image or SHOWN, preparation, count, seed)
        case _:
            assert_never(found)
    return Examples(central(part.images, preparation), part.labels), left_out


def drawing_faults(found: Source | Listing) -> list[Fault]:
    """Report examples that are no pictures, and so cannot be drawn."""
    if not isinstance(found, Source):
        return []
    if found.texts:
        return [not_to_be_drawn(found.name, "sentences")]
    is_flat = isinstance(stored_shape(found.train), Features)
    return [not_to_be_drawn(found.name, "vectors")] if is_flat else []


def _decoded(
    listing: Listing, image: Image, preparation: Preparation, count: int, seed: int
) -> tuple[Examples, tuple[Fault, ...]]:
    items = listing.items.of("train")
    pictures: list[torch.Tensor] = []
    labels: list[int] = []
    faults: list[Fault] = []
    for index in _chosen(len(items), _TIMES_TRIED * count, seed).tolist():
        if len(pictures) == count:
            break
        item = items[index]
        try:
            pixels = decode_open(BytesIO(read_item(item)), item.where)
            pictures.append(fit_picture(pixels, image, preparation, item.where))
        except DataError as error:
            faults += error.faults
        else:
            labels.append(item.label)
    if not pictures:
        raise DataError(*faults[:_MOST_FAULTS])
    return Examples(torch.stack(pictures), torch.tensor(labels)), tuple(faults)


_MOST_FAULTS = 20
_TIMES_TRIED = 4
"""Times as many pictures as are shown that are tried, where some cannot be used."""


def _chosen(total: int, count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(total, generator=generator)[:count]
