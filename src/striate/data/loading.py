"""Decode listed pictures once: in parallel, to the network's size, into a file that is mapped to memory.

The file is found again by the SHA-256 of all that the pixels depend on: the bytes of every picture,
the size, and the preparation. A picture is read for that unless the index of its folder knows its
digest (`file_index`).
"""

import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from io import BytesIO
from itertools import chain
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch
from torch import Tensor

from striate.data.caching import keep_pixels, kept_pixels
from striate.data.decoding import MAX_FILE_BYTES, decode_upright, silence, stored_size
from striate.data.examples import Examples, Origin, Source
from striate.data.file_index import FileIndex, Look
from striate.data.fitting import fit_pictures, input_faults
from striate.data.listed_files import File
from striate.data.listing import SPLITS, Item, Listing
from striate.data.opening import problem
from striate.data.parallel import in_parallel
from striate.data.reading import Listener, told
from striate.data.windows import stored_image
from striate.errors import DataError, Fault
from striate.errors.data import unreadable_file
from striate.errors.datasets import (
    changed_while_read,
    more_faults,
    no_test_pictures,
    no_training_pictures,
    pictures_have_no_size,
)
from striate.errors.images import no_ink
from striate.files import cache_folder
from striate.memory import without_collections
from striate.preparation import Preparation
from striate.shapes import Image


# Goes up when the same bytes are decoded to other pixels than before.
FORMAT = 1

MOST_FAULTS = 20

# Handing an item from thread to thread takes as long as decoding a small picture, so that many small
# ones are handed together: as many as have these pixels, or are brought to as many bytes, for all that
# is computed of them stays in the processor's cache.
STRETCH_PIXELS = 2**18
STRETCH_FILES = 16
_FEW_SIZES = 3

_UNREADABLE = Look("", None)


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
    faults = list(listing.faults)
    if not faults and not listing.of("train"):
        faults.append(no_training_pictures(listing.where))
    if not faults and not listing.of("test"):
        faults.append(no_test_pictures(listing.where))
    if image is None:
        faults.append(pictures_have_no_size(listing.where))
    else:
        faults += input_faults(image, prepared, listing.where)
    if faults or image is None:
        raise DataError(*faults)
    pixels, origin = _pixels(listing, image, prepared, listen)
    labels = torch.tensor([item.label for item in listing.items], dtype=torch.int64)
    counts = [len(listing.of(split)) for split in SPLITS]
    train, validation, test = (
        Examples(*pair)
        for pair in zip(torch.split(pixels, counts), torch.split(labels, counts), strict=True)
    )
    given = validation if len(validation) else None
    return Source(listing.name, listing.classes, train, test, given, origin)


def read_item(item: Item) -> bytes:
    """Read the bytes of a picture, up to the first one that is too many.

    Raises:
        DataError: They cannot be read.
    """
    try:
        with item.opened() as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            # No more is asked for than there is: memory for all of it is taken first.
            return file.read(min(size, MAX_FILE_BYTES) + 1)
    except OSError as error:
        raise DataError(unreadable_file(item.where, problem(error))) from error


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
    looks = list(told(_looks(listing), "compare", len(items), listen))
    digests = [look.digest for look in looks]
    file = _cache_file(listing, stored, preparation, digests)
    sizes = sizes_in_words({look.size for look in looks if look.size is not None})
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
    return torch.from_numpy(pixels), Origin(listing.split, sizes, listing.ignored, place)


def _looks(listing: Listing) -> Iterator[Look]:
    """Look at every picture in order, and read those of which nothing is known."""
    with without_collections():
        pairs = [(item, _known(item, listing.index)) for item in listing.items]
    unknown = [item for item, look in pairs if look is None]
    stretches = (unknown[at : at + STRETCH_FILES] for at in range(0, len(unknown), STRETCH_FILES))
    read = chain.from_iterable(in_parallel(_look_at_all, stretches))
    for item, look in pairs:
        if look is not None:
            yield look
            continue
        fresh = next(read)
        if listing.index is not None and isinstance(item.opened, File) and fresh != _UNREADABLE:
            listing.index.learn(item.opened, fresh)
        yield fresh


def _known(item: Item, index: FileIndex | None) -> Look | None:
    return index.known(item.opened) if index and isinstance(item.opened, File) else None


def _look_at_all(items: Sequence[Item]) -> list[Look]:
    with silence:
        return list(map(_look, items))


def _look(item: Item) -> Look:
    try:
        content = read_item(item)
    except DataError:
        return _UNREADABLE  # said when it is decoded
    return Look(sha256(content).hexdigest(), stored_size(content))


def _cache_file(
    listing: Listing, image: Image, preparation: Preparation, digests: list[str]
) -> Path:
    # Only `digit` reads the box; low and high are applied later, to the bytes.
    fit = [preparation.fit, preparation.box if preparation.fit == "digit" else None]
    depends_on = [FORMAT, PIL.__version__, image.axes, fit, digests]
    key = sha256(json.dumps(depends_on).encode()).hexdigest()
    name = "".join(letter if letter.isalnum() else "-" for letter in listing.name)[:40]
    return cache_folder() / "pictures" / f"{name}-{image}-{key[:32]}.npy"


def _blocks(
    listing: Listing,
    image: Image,
    preparation: Preparation,
    looks: list[Look],
    listen: Listener | None,
) -> Iterator[bytes]:
    """Decode in order; after a fault only look for others, and raise them all at the end."""
    faults: list[Fault] = []
    least = stored_image(image, preparation).elements
    fitted = in_parallel(
        partial(_fitted, image, preparation), _stretches(listing.items, looks, least)
    )
    outcomes = chain.from_iterable(fitted)
    for outcome in told(outcomes, "read", len(looks), listen):
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


def _stretches(
    items: Sequence[Item], looks: Sequence[Look], least: int
) -> Iterator[list[tuple[Item, str]]]:
    """Part pictures, each with its digest, into stretches of about the same work.

    Args:
        items: The pictures.
        looks: What is known of them.
        least: What each counts for, however small it is: the bytes that it is brought to.
    """
    stretch: list[tuple[Item, str]] = []
    pixels = 0
    for item, look in zip(items, looks, strict=True):
        stretch.append((item, look.digest))
        pixels += max(least, prod(look.size)) if look.size else STRETCH_PIXELS
        if pixels >= STRETCH_PIXELS:
            yield stretch
            stretch, pixels = [], 0
    if stretch:
        yield stretch


def _fitted(
    image: Image, preparation: Preparation, stretch: Sequence[tuple[Item, str]]
) -> list[bytes | tuple[Fault, ...]]:
    with silence:
        decoded = [_decoded(item, digest) for item, digest in stretch]
    pictures = [one for one in decoded if not isinstance(one, tuple)]
    fitted = iter(fit_pictures(pictures, image, preparation))
    outcomes: list[bytes | tuple[Fault, ...]] = []
    for (item, _), one in zip(stretch, decoded, strict=True):
        pixels = None if isinstance(one, tuple) else next(fitted)
        if isinstance(one, tuple):
            outcomes.append(one)
        else:
            outcomes.append((no_ink(item.where),) if pixels is None else pixels.tobytes())
    return outcomes


def _decoded(item: Item, digest: str) -> PIL.Image.Image | tuple[Fault, ...]:
    try:
        content = read_item(item)
        picture = decode_upright(BytesIO(content), item.where)
    except DataError as error:
        return error.faults
    # The key was made from these bytes, and from no others.
    is_same = sha256(content).hexdigest() == digest
    return picture if is_same else (changed_while_read(item.where),)


def _fill(pixels: npt.NDArray[np.uint8], blocks: Iterator[bytes]) -> None:
    for index, block in enumerate(blocks):
        pixels[index] = np.frombuffer(block, np.uint8).reshape(pixels.shape[1:])
