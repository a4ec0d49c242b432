"""Which files lie in a folder and in those below it, and what tells whether one has changed."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO, final

from striate.data.opening import open_file


# Size in bytes, times of change of the content and of the entry in nanoseconds, inode.
Stamp = tuple[int, int, int, int]

# What systems leave in folders.
SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "icon\r"})

# Entries of the working folder bear this before their names, and paths do not.
_HERE = f"{os.curdir}{os.sep}"


@final
@dataclass(frozen=True, slots=True)
class File:
    """A file as it was when its folder was listed.

    Args:
        name: Its path below the folder, parted by `/` on every system.
        where: Its path, to open it by and to name it in messages.
        stamp: Other than before where the file was written, replaced or exchanged; None where the
            system did not tell, as of a link to nowhere.
    """

    name: str
    where: str
    stamp: Stamp | None

    def __call__(self) -> IO[bytes]:
        """Open it for reading.

        Raises:
            DataError: It is gone, is no file, or may not be read.
        """
        return open_file(Path(self.where))


def list_files(folder: Path, left_out: Counter[str]) -> Iterator[File]:
    """List the files of a folder and of all folders in it, in the order of their names.

    Args:
        folder: Links in it are followed, unless they lead to a folder that they lie in.
        left_out: Counts what is passed over, by reason.

    Raises:
        OSError: A folder cannot be listed.
    """
    yield from _listed(folder, "", left_out, frozenset())


def ending(name: str) -> str:
    """Give what a file's name ends in, from its last dot on, in small letters.

    Examples:
        >>> ending("Cat.v2.PNG"), ending("cat"), ending("cat.")
        ('.png', '', '')
    """
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def _listed(
    folder: Path, above: str, left_out: Counter[str], around: frozenset[Path]
) -> Iterator[File]:
    place = folder.resolve()
    if place in around:
        left_out["links to a folder that they lie in"] += 1
        return
    with os.scandir(folder) as entries:
        in_order = sorted(entries, key=attrgetter("name"))
    for entry in in_order:
        name = entry.name
        if name.casefold() in SYSTEM_NAMES:
            left_out[name.strip()] += 1
        elif name.startswith("."):
            left_out["hidden"] += 1
        elif entry.is_dir():
            yield from _listed(Path(entry.path), f"{above}{name}/", left_out, around | {place})
        else:
            yield File(above + name, entry.path.removeprefix(_HERE), _stamp(entry))


def _stamp(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        status = entry.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
