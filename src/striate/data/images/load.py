"""Decode listed pictures once: in parallel, to the network's size, into a file that is mapped to memory.

The file is found again by the SHA-256 of all that the pixels depend on: the bytes of every picture,
the size, and the preparation. A picture is read for that unless the index of its folder knows its
digest (`file_index`).
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from hashlib import sha256
from io import BytesIO
from itertools import chain
from math import prod
from pathlib import Path
from typing import final

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch
from torch import Tensor

from striate.data.examples import Examples, Origin, Source
from striate.data.images.cache import MOST_OF_DISK, keep, keep_pixels, kept_pixels
from striate.data.images.decode import Remark, decode_upright, has_colors, silence
from striate.data.images.listing import Item, Items, Listing
from striate.data.images.manifest import Digests, Manifest
from striate.data.images.parallel import in_parallel
from striate.data.images.progress import Listener, told
from striate.data.images.read import read_item, read_manifest
from striate.data.images.stream import PictureStream
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
    too_many_unusable,
)
from striate.errors.images import no_ink
from striate.errors.streams import cache_too_large, not_for_streams, pixels_too_large
from striate.preparation import Preparation
from striate.shapes import Image
from striate.system.files import cache_folder, cache_in_words, make_private
from striate.system.memory import available_memory


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
    *,
    is_to_train: bool = True,
    may_stream: bool = False,
) -> Source:
    """Bring listed pictures to one size.

    Args:
        listing: The pictures.
        image: The size: what the network reads.
        preparation: How a picture is brought to it.
        listen: Called after every picture that was compared with the cache, or decoded.
        is_to_train: Whether there have to be pictures to learn from, and not for the test alone.
        may_stream: Whether who asks reads pictures of a stream by their numbers.

    Returns:
        The data set; its images lie in a file that is mapped to memory, where one can be written. Of a stream
        nothing is decoded yet, and its examples number pictures.

    Raises:
        DataError: The listing has faults, pictures cannot be decoded, or the size cannot be filled;
            all faults are named, of many pictures the first ones.
    """
    prepared = preparation or Preparation()
    image = _checked(listing, image, prepared, is_to_train=is_to_train, may_stream=may_stream)
    if listing.is_stream:
        return _streamed(listing, image, prepared)
    usable, manifest, record, pixels, place = _decode(listing, image, prepared, listen, is_to_train)
    if listing.index is not None:
        listing.index.keep()
    counts = usable.items.counts()
    labels = torch.from_numpy(usable.items.labels)
    train, validation, test = (
        Examples(*pair)
        for pair in zip(torch.split(pixels, counts), torch.split(labels, counts), strict=True)
    )
    given = validation if len(validation) else None
    origin = Origin(
        listing.split,
        sizes_in_words(manifest.all_sizes()),
        (*listing.ignored, *record.ignored),
        place,
        (*listing.notes, *record.notes),
        listing.is_drawn,
        tuple(record.skipped.values()),
    )
    files = tuple(usable.items.names[len(labels) - len(test) :])
    source = Source(listing.name, listing.classes, train, test, given, origin)
    return replace(source, test_files=files)


def _checked(
    listing: Listing,
    image: Image | None,
    preparation: Preparation,
    *,
    is_to_train: bool,
    may_stream: bool,
) -> Image:
    """Give the size that pictures can be brought to.

    Raises:
        DataError: They cannot; all faults are named.
    """
    faults = _listing_faults(listing, is_to_train=is_to_train)
    if image is None:
        faults.append(pictures_have_no_size(listing.where))
    else:
        faults += input_faults(image, preparation, listing.where)
    if listing.is_stream and not may_stream:
        faults.append(not_for_streams(listing.where))
    if faults or image is None:
        raise DataError(*faults)
    return image


def _streamed(listing: Listing, image: Image, preparation: Preparation) -> Source:
    """Give the numbers of pictures, which are decoded when they are read."""
    counts, labels = listing.items.counts(), torch.from_numpy(listing.items.labels)
    numbers = torch.arange(len(labels)).unsqueeze(1)
    train, validation, test = (
        Examples(*pair)
        for pair in zip(torch.split(numbers, counts), torch.split(labels, counts), strict=True)
    )
    origin = Origin(
        listing.split,
        ignored=listing.ignored,
        cache="none: a stream, whose pictures are decoded whenever they are read",
        notes=listing.notes,
        is_drawn=listing.is_drawn,
    )
    return Source(
        listing.name,
        listing.classes,
        train,
        test,
        validation if len(validation) else None,
        origin,
        test_files=tuple(listing.items.names[len(labels) - len(test) :]),
        stream=PictureStream(listing, image, preparation),
    )


def _decode(
    listing: Listing,
    image: Image,
    preparation: Preparation,
    listen: Listener | None,
    is_to_train: bool,  # noqa: FBT001 - passed on
) -> tuple[Listing, Manifest, "_Record", Tensor, str]:
    """Decode what can be used, or find it in the cache.

    Returns:
        The pictures that can be used, what is known of them, what was found when they were decoded, their
        pixels, and where these are kept.
    """
    manifest = read_manifest(listing.items, listing.index, STRETCH_FILES, listen)
    file = _cache_file(listing, stored_image(image, preparation), preparation, manifest.digests)
    notes = file.with_name(f"{file.name}.found.json")
    record = _Record.of(notes)
    for _ in range(2):
        if len(record.skipped) > listing.skip * len(listing.items):
            raise DataError(*_too_many(listing, record.skipped))
        kept = np.delete(np.arange(len(listing.items)), list(record.skipped))
        usable = replace(listing, items=listing.items.chosen(kept)) if record.skipped else listing
        faults = _listing_faults(usable, is_to_train=is_to_train)
        if faults:
            raise DataError(*record.skipped.values(), *faults)
        known = manifest.chosen(kept) if record.skipped else manifest
        try:
            pixels, place = _pixels(usable, image, preparation, known, record, listen)
        except _UnusableError as unusable:
            # Once more, without them; another time it is known at once what is left out.
            more = {int(kept[place]): fault for place, fault in unusable.faults.items()}
            record = _Record(record.skipped | more)
            continue
        record.keep(notes)
        return usable, known, record, pixels, place
    raise DataError(*(changed_while_read(fault.where) for fault in record.skipped.values()))


def _listing_faults(listing: Listing, *, is_to_train: bool) -> list[Fault]:
    if listing.faults:
        return list(listing.faults)
    if is_to_train:
        return training_faults(listing)
    return [] if len(listing.items) else [no_test_pictures(listing.where)]


def _too_many(listing: Listing, skipped: Mapping[int, Fault]) -> list[Fault]:
    """Name the first pictures that cannot be used, and how many of them would be left out."""
    _forget(listing)
    faults = list(skipped.values())[:MOST_FAULTS]
    others = len(skipped) - len(faults)
    faults += [more_faults(listing.where, others)] if others else []
    total = len(listing.items)
    return [*faults, too_many_unusable(listing.where, len(skipped), total, listing.skip)]


def _forget(listing: Listing) -> None:
    """Forget the digests: where a system hides changes, one that is remembered may be the reason."""
    if listing.index is not None:
        listing.index.drop()


def training_faults(listing: Listing) -> list[Fault]:
    """Report what keeps listed pictures from being trained on, and measured on afterwards."""
    train_count, _, test_count = listing.items.counts()
    if not train_count:
        return [no_training_pictures(listing.where)]
    if len(listing.classes) == 1:
        return [one_class(listing.where, listing.classes[0])]
    return [] if test_count else [no_test_pictures(listing.where)]


def unusable_in_words(count: int) -> str:
    """Say how many pictures are left out because they cannot be decoded or fitted."""
    return f"pictures that cannot be used: {count:,}"


def sizes_in_words(sizes: set[tuple[int, int]]) -> str:
    """Say which sizes were met, width x height."""
    ordered = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    names = [f"{width}x{height}" for width, height in ordered]
    if len(names) <= _FEW_SIZES:
        return ", ".join(names)
    return f"{len(names):,}, from {names[0]} to {names[-1]}"


def _pixels(
    listing: Listing,
    image: Image,
    preparation: Preparation,
    manifest: Manifest,
    record: "_Record",
    listen: Listener | None,
) -> tuple[Tensor, str]:
    """Find the pixels in the cache, or decode them; and say where they are kept.

    Raises:
        _UnusableError: Pictures cannot be used; nothing is kept.
    """
    stored = stored_image(image, preparation)
    shape = (len(listing.items), *stored.axes)
    file = _cache_file(listing, stored, preparation, manifest.digests)
    place, pixels = str(file), kept_pixels(file, shape)
    if pixels is None:
        blocks = partial(_blocks, listing, image, preparation, manifest, record, listen)
        needed = prod(shape)
        try:
            make_private(file.parent)
            _check_room(listing.where, file, needed)
            pixels = keep_pixels(file, shape, blocks())
        except OSError as error:
            free = available_memory()
            if free is not None and needed > free:
                raise DataError(
                    pixels_too_large(listing.where, needed, free, problem(error))
                ) from error
            place = cache_in_words(problem(error))
            pixels = np.empty(shape, np.uint8)
            _fill(pixels, blocks())
    return torch.from_numpy(pixels), place


def _check_room(where: str, file: Path, needed: int) -> None:
    """Make sure that pixels fit on the disk before the first of them is written.

    Raises:
        DataError: They do not, or would leave less than a fifth of what is free.
    """
    free = shutil.disk_usage(file.parent).free
    if needed > MOST_OF_DISK * free:
        raise DataError(cache_too_large(where, needed, free))


class _UnusableError(Exception):
    """Some pictures of a listing cannot be used.

    Args:
        faults: What is wrong, by the places of the pictures in the listing.
    """

    def __init__(self, faults: dict[int, Fault]) -> None:
        super().__init__(f"{len(faults)} pictures")
        self.faults = faults


@final
@dataclass(slots=True)
class _Record:
    """What was found when pictures were decoded, kept beside their pixels.

    Args:
        skipped: What is wrong with pictures that are left out, by their places in the listing.
        remarks: What was done with pictures, and with how many.
    """

    skipped: dict[int, Fault] = field(default_factory=dict)
    remarks: Counter[Remark] = field(default_factory=Counter)

    @classmethod
    def of(cls, file: Path) -> "_Record":
        """Read what was found before; nothing where it is missing or damaged."""
        try:
            found = json.loads(file.read_bytes())
            skipped = {int(place): Fault(**fault) for place, fault in found["skipped"].items()}
            return cls(skipped, Counter(found["remarks"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def keep(self, file: Path) -> None:
        """Write what was found, if there is anything."""
        if not (self.skipped or self.remarks):
            return
        skipped = {str(place): asdict(fault) for place, fault in self.skipped.items()}
        written = json.dumps({"skipped": skipped, "remarks": self.remarks}).encode()
        with suppress(OSError):
            if not file.exists() or file.read_bytes() != written:
                keep(file, [written])

    @property
    def ignored(self) -> tuple[str, ...]:
        """How many were left out, in words."""
        return (unusable_in_words(len(self.skipped)),) if self.skipped else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done with pictures, in words."""
        return tuple(
            f"{words}: {self.remarks[kind]:,}"
            for kind, words in _DONE.items()
            if self.remarks[kind]
        )


_LOOKED_AT = (16, 16)
_DONE: dict[Remark, str] = {
    "colors": "pictures in color, of which the network reads shades of gray alone",
    "transparent": "pictures that are transparent in part, laid on white",
    "frames": "pictures of several frames or pages, of which the first is read",
    "numbers": "pictures of other numbers than bytes, brought to 0 to 255",
}


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
    manifest: Manifest,
    record: _Record,
    listen: Listener | None,
) -> Iterator[bytes]:
    """Decode in order; after a fault only look for others, and raise them all at the end."""
    faults: dict[int, Fault] = {}
    remarks: list[Remark] = []
    least = stored_image(image, preparation).elements
    fitted = in_parallel(
        partial(_fitted, image, preparation, remarks), _stretches(listing.items, manifest, least)
    )
    outcomes = told(chain.from_iterable(fitted), "read", len(listing.items), listen)
    for place, outcome in enumerate(outcomes):
        if isinstance(outcome, bytes):
            yield b"" if faults else outcome
        else:
            faults[place] = outcome[0]
    if faults:
        changed = [fault for fault in faults.values() if fault == changed_while_read(fault.where)]
        if changed:
            _forget(listing)
            raise DataError(*changed[:MOST_FAULTS])
        raise _UnusableError(faults)
    record.remarks = Counter(remarks)


def _stretches(items: Items, manifest: Manifest, least: int) -> Iterator[tuple[Items, Digests]]:
    """Part pictures, with their digests, into stretches of about the same work.

    Args:
        items: The pictures.
        manifest: What is known of them.
        least: What each counts for, however small it is: the bytes that it is brought to.
    """
    pixels = np.maximum(manifest.sizes.prod(axis=1, dtype=np.int64), least)
    pixels[manifest.sizes[:, 0] == 0] = STRETCH_PIXELS
    begin = work = 0
    for end, more in enumerate(pixels.tolist(), start=1):
        work += more
        if work >= STRETCH_PIXELS or end == len(items):
            yield items[begin:end], manifest.digests[begin:end]
            begin, work = end, 0


def _fitted(
    image: Image,
    preparation: Preparation,
    remarks: list[Remark],
    stretch: tuple[Items, Digests],
) -> list[bytes | tuple[Fault, ...]]:
    with silence:
        decoded = [
            _decoded(item, digest.tobytes(), remarks) for item, digest in zip(*stretch, strict=True)
        ]
    pictures = [one for one in decoded if not isinstance(one, tuple)]
    if image.channels == 1:
        # A small copy has colors where the picture has.
        small = (one.resize(_LOOKED_AT) for one in pictures if one.mode == "RGB")
        remarks += ["colors" for one in small if has_colors(np.asarray(one))]
    fitted = iter(fit_pictures(pictures, image, preparation))
    outcomes: list[bytes | tuple[Fault, ...]] = []
    for item, one in zip(stretch[0], decoded, strict=True):
        pixels = None if isinstance(one, tuple) else next(fitted)
        if isinstance(one, tuple):
            outcomes.append(one)
        else:
            outcomes.append((no_ink(item.where),) if pixels is None else pixels.tobytes())
    return outcomes


def _decoded(
    item: Item, digest: bytes, remarks: list[Remark]
) -> PIL.Image.Image | tuple[Fault, ...]:
    try:
        content = read_item(item)
        picture = decode_upright(BytesIO(content), item.where, remarks)
    except DataError as error:
        return error.faults
    # The key was made from these bytes, and from no others.
    is_same = sha256(content).digest() == digest
    return picture if is_same else (changed_while_read(item.where),)


def _fill(pixels: npt.NDArray[np.uint8], blocks: Iterator[bytes]) -> None:
    for index, block in enumerate(blocks):
        if block:  # There are none after a picture that cannot be used: all are looked at, and named at the end.
            pixels[index] = np.frombuffer(block, np.uint8).reshape(pixels.shape[1:])
