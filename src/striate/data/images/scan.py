"""Which files lie in a folder and in those below it, and what tells whether one has changed.

A folder may hold a hundred thousand files, and an object for each would take longer to make than the
system takes to tell of it. So a listing is columns, and a `File` is made of them where one is opened.
"""

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import IO, final

import numpy as np
import numpy.typing as npt

from striate.data.user_files import open_file


# Size in bytes, times of change of the content and of the entry in nanoseconds, inode.
Stamp = tuple[int, int, int, int]
Stamps = npt.NDArray[np.int64]

# Of what the system did not tell of, as of a link to nowhere.
UNTOLD: Stamp = (-1, 0, 0, 0)

# What systems leave in folders.
SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "icon\r"})

_ALL_BITS = 2**64 - 1

_NAME: Callable[[os.DirEntry[str]], str] = attrgetter("name")
_stamp: Callable[[os.stat_result], Stamp] = attrgetter(
    "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino"
)


@final
@dataclass(frozen=True, slots=True)
class File:
    """A file that can be opened.

    Args:
        where: Its path, to open it by and to name it in messages.
    """

    where: str

    def __call__(self) -> IO[bytes]:
        """Open it for reading.

        Raises:
            DataError: It is gone, is no file, or may not be read.
        """
        return open_file(Path(self.where))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """The files of a folder and of all folders in it, as they were when it was listed.

    They are numbered in the order of their names, folder by folder: the files of `a` come before
    those of `a b`.

    Args:
        above: What stands before the name of a file in its path.
        names: Path of each file below the folder, parted by `/` on every system.
        places: Path of each folder that was listed, without a `/` behind it.
        place_of: Number of the folder that each file lies in.
        stamps: Files x 4. Other than before where a file was written, replaced or exchanged; UNTOLD
            where the system did not tell.
    """

    above: str
    names: list[str]
    places: list[str]
    place_of: npt.NDArray[np.intp]
    stamps: Stamps

    def __len__(self) -> int:
        """Number of files."""
        return len(self.names)

    def file(self, number: int) -> File:
        """Give one file."""
        return File(self.above + self.names[number].replace("/", os.sep))


@final
@dataclass(slots=True)
class _Walk:
    """Files that were listed so far."""

    left_out: Counter[str]
    names: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    numbers: list[npt.NDArray[np.intp]] = field(default_factory=list)
    stamps: list[Stamps] = field(default_factory=list)

    def enter(self, folder: Path, above: str, around: frozenset[Path]) -> None:
        """List a folder, and those in it between its files.

        Args:
            folder: Where it is.
            above: What its files bear before their names: nothing, or a path with `/` behind it.
            around: The folders that it lies in, without links.
        """
        place = folder.resolve()
        if place in around:
            self.left_out["links to a folder that they lie in"] += 1
            return
        number = len(self.places)
        self.places.append(above[:-1])
        files, stamps, folders = _listed(folder, self.left_out)
        begin = 0
        for name in folders:
            end = bisect_left(files, name)
            self._take(number, [above + one for one in files[begin:end]], stamps[begin:end])
            self.enter(folder / name, f"{above}{name}/", around | {place})
            begin = end
        self._take(number, [above + one for one in files[begin:]], stamps[begin:])

    def _take(self, place: int, names: list[str], stamps: Stamps) -> None:
        self.names += names
        self.numbers.append(np.full(len(names), place))
        self.stamps.append(stamps)


def list_files(folder: Path, left_out: Counter[str]) -> Files:
    """List the files of a folder and of all folders in it.

    Args:
        folder: Links in it are followed, unless they lead to a folder that they lie in.
        left_out: Counts what is passed over, by reason.

    Raises:
        OSError: A folder cannot be listed.
    """
    walk = _Walk(left_out)
    walk.enter(folder, "", frozenset())
    place_of, stamps = np.concatenate(walk.numbers), np.concatenate(walk.stamps)
    above = str(folder / "file").removesuffix("file")
    return Files(above, walk.names, walk.places, place_of, stamps)


def ending(name: str) -> str:
    """Give what a file's name ends in, from its last dot on, in small letters.

    Examples:
        >>> ending("Cat.v2.PNG"), ending("cat"), ending("cat.")
        ('.png', '', '')
    """
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def _listed(folder: Path, left_out: Counter[str]) -> tuple[list[str], Stamps, list[str]]:
    """Give the files of one folder and their stamps, and the folders in it, both in order."""
    files: list[os.DirEntry[str]] = []
    folders: list[str] = []
    with _opened(folder) as opened, os.scandir(opened) as entries:
        for entry in sorted(entries, key=_NAME):
            name = entry.name
            if name.casefold() in SYSTEM_NAMES:
                left_out[name.strip()] += 1
            elif name.startswith("."):
                left_out["hidden"] += 1
            elif entry.is_dir():
                folders.append(name)
            else:
                files.append(entry)
        stamps = _stamps(files)
    return list(map(_NAME, files)), stamps, folders


@contextmanager
def _opened(folder: Path) -> Iterator[Path | int]:
    """Open a folder, so that what is asked of its files need not find it again each time."""
    if os.scandir not in os.supports_fd:
        yield folder
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _stamps(files: Sequence[os.DirEntry[str]]) -> Stamps:
    stamps: list[Stamp] = []
    for file in files:
        try:
            stamps.append(_stamp(file.stat()))
        except OSError:
            stamps.append(UNTOLD)
    numbers = chain.from_iterable(stamps)
    try:
        flat = np.fromiter(numbers, np.int64, len(stamps) * len(UNTOLD))
    except OverflowError:
        # Inodes of some systems have 64 bits and no sign, and years behind 2262 have more.
        cut = (number & _ALL_BITS for number in chain.from_iterable(stamps))
        flat = np.fromiter(cut, np.uint64, len(stamps) * len(UNTOLD)).view(np.int64)
    return flat.reshape(-1, len(UNTOLD))
