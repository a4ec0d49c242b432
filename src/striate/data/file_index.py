"""Remember what was read in the files of a folder, so that an unchanged folder is only listed.

Content is the truth, but to read all of it is most of what a start takes. Git has the same trouble, and
this is its index: what was read is believed for as long as the file has the size, the times and the
inode of then. A clock ticks, and a write within the tick of the one before leaves all of them as they
are; so a file that changed shortly before it was listed is not remembered, and is read the next time.
"""

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import time_ns
from typing import Any, NamedTuple, final

from striate.data.caching import keep
from striate.data.listed_files import File
from striate.files import cache_folder


# Goes up when what is written means something else than before.
FORMAT = 1

# The coarsest clock of a file system in use: FAT's.
TICK_NS = 2 * 10**9

# Indices of folders, of which the one that was written least recently goes first.
MOST_FOLDERS = 64


@final
class Look(NamedTuple):
    """What is known of a file from its bytes.

    Args:
        digest: Their SHA-256 in hexadecimal; empty where they are not those of a picture, and were
            not all read.
        size: Width and height of the picture in pixels; None where its head does not tell.
    """

    digest: str
    size: tuple[int, int] | None


NO_PICTURE = Look("", None)

# The numbers of the stamp, the digest, width and height if they are known: flat, which is read fastest.
_Entry = list[Any]


@final
class FileIndex:
    """What is known of the files of one folder; to be made before the folder is listed.

    It is read from the cache, and empty where the cache has none, or one that is damaged or of another
    version. Processes that write it at the same time replace each other's: the last one stays, and each
    is right.

    Args:
        folder: Where the names of its files begin.
    """

    def __init__(self, folder: Path) -> None:
        place = str(folder.resolve()).encode("utf-8", "surrogateescape")
        self._file = cache_folder() / "folders" / f"{sha256(place).hexdigest()[:32]}.json"
        self._began = time_ns()
        self._before = _read(self._file)
        self._now: dict[str, _Entry] = {}

    def known(self, file: File) -> Look | None:
        """Tell what was read in a file; None where it is new, or may have changed since."""
        entry = self._before.get(file.name)
        if entry is None:
            return None
        length, written, changed, inode, digest, size = entry
        if (length, written, changed, inode) != file.stamp:
            return None
        self._now[file.name] = entry
        return Look(digest, size and (size[0], size[1]))

    def learn(self, file: File, look: Look) -> None:
        """Remember what was read in a file, unless a change of it might not show."""
        if file.stamp is None:
            return
        _, written, changed, _ = file.stamp
        if max(written, changed) + TICK_NS < self._began:
            self._now[file.name] = [*file.stamp, look.digest, look.size]

    def keep(self) -> None:
        """Write what is known of the files that were asked for, if any of it is news.

        Where that cannot be done, files are read again the next time.
        """
        if self._now == self._before:
            return
        body = json.dumps(self._now).encode()
        with suppress(OSError):
            keep(self._file, [_seal(body), body])
            _forget(self._file.parent)

    def drop(self) -> None:
        """Let everything be read the next time."""
        with suppress(OSError):
            self._file.unlink()


def _read(file: Path) -> dict[str, _Entry]:
    try:
        seal, body = file.read_bytes().split(b"\n", 1)
    except (OSError, ValueError):
        return {}
    entries: dict[str, _Entry] = json.loads(body) if seal + b"\n" == _seal(body) else {}
    return entries


def _seal(body: bytes) -> bytes:
    """Give the line before the entries, by which damage and other versions are told."""
    return f"striate folder {FORMAT} {sha256(body).hexdigest()}\n".encode()


def _forget(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-MOST_FOLDERS]:
        file.unlink(missing_ok=True)
