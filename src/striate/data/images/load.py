"""Decode listed pictures once: in parallel, to the network's size, into a file that is mapped to memory.

The file is found again by the SHA-256 of all that the pixels depend on: the bytes of every picture,
the size, and the preparation. A picture is read for that unless the index of its folder knows its
digest (`file_index`).
"""

import json
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from io import BytesIO
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch
from torch import Tensor

from striate.data.examples import Examples, Origin, Source
from striate.data.images.cache import keep_pixels, kept_pixels
from striate.data.images.decode import decode_upright, silence
from striate.data.images.manifest import Digests, Looks
from striate.data.images.parallel import in_parallel
from striate.data.images.progress import Listener, told
from striate.data.images.read import look_at, read_item
from striate.data.listing import Item, Items, Listing
from striate.data.preprocessing.crop import stored_image
from striate.data.preprocessing.resize import fit_pictures, input_faults
from striate.data.user_files import problem
from striate.errors import DataError, Fault
from striate.errors.datasets import (
    changed_while_read,
    more_faults,
    no_test_pictures,
    no_training_pictures,
    one_class,
    pictures_have_no_size,
)
from striate.errors.images import no_ink
from striate.preparation import Preparation
from striate.shapes import Image
from striate.system.files import cache_folder


# Goes up when the same bytes are decoded to other pixels than before.
FORMAT = 1

MOST_FAULTS = 20

# Handing an item from thread to thread takes as long as decoding a small picture, so that many small
# ones are handed together: as many as have these pixels, or are brought to as many bytes, for all that
# is computed of them stays in the processor's cache.
STRETCH_PIXELS = 2**18
STRETCH_FILES = 16
_FEW_SIZES = 3


def load_pictures(
    listing: Listing,
    image: Image | None,
    preparation: Preparation | None = None,
    listen: Listener | None = None,
) -> Source:
    """Bring listed pictures to one size.

    Args:
        listing: The pictures.
        image: The size: what the network reads.
        preparation: How a picture is brought to it.
        listen: Called after every picture that was compared with the cache, or decoded.

    Returns:
        The data set; its images lie in a file that is mapped to memory, where one can be written.

    Raises:
        DataError: The listing has faults, pictures cannot be decoded, or the size cannot be filled;
            all faults are named, of many pictures the first ones.
    """
    prepared = preparation or Preparation()
    faults = list(listing.faults) or training_faults(listing)
    counts = listing.items.counts()
    if image is None:
        faults.append(pictures_have_no_size(listing.where))
    else:
        faults += input_faults(image, prepared, listing.where)
    if faults or image is None:
        raise DataError(*faults)
    pixels, origin = _pixels(listing, image, prepared, listen)
    labels = torch.from_numpy(listing.items.labels)
    train, validation, test = (
        Examples(*pair)
        for pair in zip(torch.split(pixels, counts), torch.split(labels, counts), strict=True)
    )
    given = validation if len(validation) else None
    return Source(listing.name, listing.classes, train, test, given, origin)


def training_faults(listing: Listing) -> list[Fault]:
    """Report what keeps listed pictures from being trained on, and measured on afterwards."""
    train_count, _, test_count = listing.items.counts()
    if not train_count:
        return [no_training_pictures(listing.where)]
    if len(listing.classes) == 1:
        return [one_class(listing.where, listing.classes[0])]
    return [] if test_count else [no_test_pictures(listing.where)]


def sizes_in_words(sizes: set[tuple[int, int]]) -> str:
    """Say which sizes were met, width x height."""
    ordered = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    names = [f"{width}x{height}" for width, height in ordered]
    if len(names) <= _FEW_SIZES:
        return ", ".join(names)
    return f"{len(names):,}, from {names[0]} to {names[-1]}"


def _pixels(
    listing: Listing, image: Image, preparation: Preparation, listen: Listener | None
) -> tuple[Tensor, Origin]:
    stored = stored_image(image, preparation)
    items, shape = listing.items, (len(listing.items), *stored.axes)
    looks = look_at(items, listing.index, STRETCH_FILES, listen)
    file = _cache_file(listing, stored, preparation, looks.digests)
    sizes = sizes_in_words(looks.all_sizes())
    place, pixels = str(file), kept_pixels(file, shape)
    if pixels is None:
        blocks = partial(_blocks, listing, image, preparation, looks, listen)
        try:
            pixels = keep_pixels(file, shape, blocks())
        except OSError as error:
            place = f"none, the folder cannot be written: {problem(error)}"
            pixels = np.empty(shape, np.uint8)
            _fill(pixels, blocks())
    if listing.index is not None:
        listing.index.keep()
    return torch.from_numpy(pixels), Origin(
        listing.split, sizes, listing.ignored, place, listing.notes
    )


def _cache_file(listing: Listing, image: Image, preparation: Preparation, digests: Digests) -> Path:
    # Only `digit` reads the box; low and high are applied later, to the bytes.
    fit = [preparation.fit, preparation.box if preparation.fit == "digit" else None]
    depends_on = [FORMAT, PIL.__version__, image.axes, fit, len(digests)]
    key = sha256(json.dumps(depends_on).encode() + digests.tobytes()).hexdigest()
    name = "".join(letter if letter.isalnum() else "-" for letter in listing.name)[:40]
    return cache_folder() / "pictures" / f"{name}-{image}-{key[:32]}.npy"


def _blocks(
    listing: Listing,
    image: Image,
    preparation: Preparation,
    looks: Looks,
    listen: Listener | None,
) -> Iterator[bytes]:
    """Decode in order; after a fault only look for others, and raise them all at the end."""
    faults: list[Fault] = []
    least = stored_image(image, preparation).elements
    fitted = in_parallel(
        partial(_fitted, image, preparation), _stretches(listing.items, looks, least)
    )
    outcomes = chain.from_iterable(fitted)
    for outcome in told(outcomes, "read", len(listing.items), listen):
        if isinstance(outcome, bytes):
            yield b"" if faults else outcome
        else:
            faults += outcome
    if len(faults) > MOST_FAULTS:
        others = len(faults) - MOST_FAULTS
        faults = [*faults[:MOST_FAULTS], more_faults(listing.where, others)]
    if faults:
        # Where a system hides changes, a digest that is remembered may be the reason.
        if listing.index is not None:
            listing.index.drop()
        raise DataError(*faults)


def _stretches(items: Items, looks: Looks, least: int) -> Iterator[tuple[Items, Digests]]:
    """Part pictures, with their digests, into stretches of about the same work.

    Args:
        items: The pictures.
        looks: What is known of them.
        least: What each counts for, however small it is: the bytes that it is brought to.
    """
    pixels = np.maximum(looks.sizes.prod(axis=1, dtype=np.int64), least)
    pixels[looks.sizes[:, 0] == 0] = STRETCH_PIXELS
    begin = work = 0
    for end, more in enumerate(pixels.tolist(), start=1):
        work += more
        if work >= STRETCH_PIXELS or end == len(items):
            yield items[begin:end], looks.digests[begin:end]
            begin, work = end, 0


def _fitted(
    image: Image, preparation: Preparation, stretch: tuple[Items, Digests]
) -> list[bytes | tuple[Fault, ...]]:
    with silence:
        decoded = [_decoded(item, digest.tobytes()) for item, digest in zip(*stretch, strict=True)]
    pictures = [one for one in decoded if not isinstance(one, tuple)]
    fitted = iter(fit_pictures(pictures, image, preparation))
    outcomes: list[bytes | tuple[Fault, ...]] = []
    for item, one in zip(stretch[0], decoded, strict=True):
        pixels = None if isinstance(one, tuple) else next(fitted)
        if isinstance(one, tuple):
            outcomes.append(one)
        else:
            outcomes.append((no_ink(item.where),) if pixels is None else pixels.tobytes())
    return outcomes


def _decoded(item: Item, digest: bytes) -> PIL.Image.Image | tuple[Fault, ...]:
    try:
        content = read_item(item)
        picture = decode_upright(BytesIO(content), item.where)
    except DataError as error:
        return error.faults
    # The key was made from these bytes, and from no others.
    is_same = sha256(content).digest() == digest
    return picture if is_same else (changed_while_read(item.where),)


def _fill(pixels: npt.NDArray[np.uint8], blocks: Iterator[bytes]) -> None:
    for index, block in enumerate(blocks):
        pixels[index] = np.frombuffer(block, np.uint8).reshape(pixels.shape[1:])
