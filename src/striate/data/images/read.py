"""Make the manifest of listed pictures: read those of which nothing is known."""

import os
from hashlib import sha256
from itertools import chain, islice, repeat

import numpy as np

from striate.data.images.decode import MAX_FILE_BYTES, silence, stored_size
from striate.data.images.index import FileIndex
from striate.data.images.listing import Item, Items
from striate.data.images.manifest import READ, Entry, Manifest
from striate.data.images.parallel import in_parallel
from striate.data.images.progress import Listener, told
from striate.data.user_files import problem
from striate.errors import DataError
from striate.errors.data import unreadable_file


def read_manifest(
    items: Items, index: FileIndex | None, together: int, listen: Listener | None = None
) -> Manifest:
    """Find out what is in some pictures, reading only those that changed since they were last read.

    Args:
        items: The pictures.
        index: What is known of their files, which learns what is read; None where they are none.
        together: How many are handed to a thread at a time.
        listen: Called after every picture.
    """
    manifest = (
        Manifest.unknown(len(items)) if index is None else index.manifest.chosen(items.numbers)
    )
    unknown = np.flatnonzero(manifest.kinds != READ)
    stretches = (
        items.chosen(unknown[at : at + together]) for at in range(0, len(unknown), together)
    )
    read = chain.from_iterable(in_parallel(_read_all, stretches))
    known = len(items) - len(unknown)
    outcomes = told(chain(repeat(None, known), read), "compare", len(items), listen)
    for _ in islice(outcomes, known):
        pass
    for at, entry in zip(unknown.tolist(), outcomes, strict=True):
        manifest.record(at, entry)
        if index is not None:
            index.manifest.record(items.numbers[at], entry)
    return manifest


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


def _read_all(items: Items) -> list[Entry | None]:
    with silence:
        return list(map(_read_entry, items))


def _read_entry(item: Item) -> Entry | None:
    try:
        content = read_item(item)
    except DataError:
        return None  # said when it is decoded
    return Entry(sha256(content).digest(), stored_size(content))
