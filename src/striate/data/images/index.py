"""Remember what was read in the files of a folder, so that an unchanged folder is only listed.

Content is the truth, but to read all of it is most of what a start takes. Git has the same trouble, and
this is its index: what was read is believed for as long as the file has the size, the times and the
inode of then. A clock ticks, and a write within the tick of the one before leaves all of them as they
are; so a file that changed shortly before it was listed is not remembered, and is read the next time.
"""

import json
from base64 import b64decode, b64encode
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import compress
from pathlib import Path
from time import time_ns
from typing import Any, final

import numpy as np
import numpy.typing as npt

from striate.data.images.cache import forget, keep
from striate.data.images.manifest import DIGEST_BYTES, NO_PICTURE, Manifest
from striate.data.images.scan import UNTOLD, Files, Stamps, list_files
from striate.system.files import TICK_NS, cache_folder


# Goes up when what is written means something else than before.
FORMAT = 2

# Indices of folders, of which the one that was written least recently goes first.
MOST_FOLDERS = 64

# Stands between names, and in none of them.
_BETWEEN = "//"

_STAMP, _SIZE, _BYTE = np.dtype("<i8"), np.dtype("<i4"), np.dtype("u1")


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Files as they were at some time, and what was known of each."""

    names: list[str]
    stamps: Stamps
    manifest: Manifest


@final
class FileIndex:
    """The files of a folder, and what is known of them.

    What was known before is read from the cache, which may have nothing, or what is damaged or of another
    version. Processes that write it at the same time replace each other's: the last one stays, and each
    is right.

    Args:
        folder: It is listed with all that is in it.
        left_out: Counts what is passed over, by reason.

    Attributes:
        files: What was listed.
        manifest: What is known of each file; to be added to by whoever reads one.

    Raises:
        OSError: A folder cannot be listed.
    """

    def __init__(self, folder: Path, left_out: Counter[str]) -> None:
        place = str(folder.resolve()).encode("utf-8", "surrogateescape")
        self._file = cache_folder() / "folders" / f"{sha256(place).hexdigest()[:32]}.json"
        # Before the files are listed: what is written from now on is to be read again.
        self._began = time_ns()
        self.files = list_files(folder, left_out)
        self._seal, before = _read(self._file)
        self.manifest = _recalled(self.files, before)
        self._is_as_before = self.files.names == before.names and self.manifest.kinds.all()

    def keep(self) -> None:
        """Write what is known, if any of it is news, but not where a change might not show.

        Where that cannot be done, files are read again the next time.
        """
        if self._is_as_before:
            return
        stamps, kinds = self.files.stamps, self.manifest.kinds
        last = stamps[:, 1:3].max(axis=1)
        is_kept = (kinds >= NO_PICTURE) & (stamps[:, 0] != UNTOLD[0])
        is_kept &= last < self._began - TICK_NS
        names = list(compress(self.files.names, is_kept))
        body = _packed(
            _Entries(names, stamps[is_kept], self.manifest.chosen(np.flatnonzero(is_kept)))
        )
        if not names or _seal(body) == self._seal:
            return
        with suppress(OSError):
            keep(self._file, [_seal(body), body])
            forget(self._file.parent, "*.json", MOST_FOLDERS)

    def drop(self) -> None:
        """Let everything be read the next time."""
        with suppress(OSError):
            self._file.unlink()


def _recalled(files: Files, before: _Entries) -> Manifest:
    """Give what is known of files that have not changed."""
    if files.names == before.names:
        numbers = np.arange(len(files))
    else:
        places = {name: number for number, name in enumerate(before.names)}
        numbers = np.array([places.get(name, -1) for name in files.names], np.intp)
    at = np.flatnonzero(numbers >= 0)
    at = at[(files.stamps[at] == before.stamps[numbers[at]]).all(axis=1)]
    manifest = Manifest.unknown(len(files))
    manifest.update(at, before.manifest.chosen(numbers[at]))
    return manifest


def _packed(entries: _Entries) -> bytes:
    manifest = entries.manifest
    columns = {
        "names": _BETWEEN.join(entries.names),
        "stamps": _text(entries.stamps.astype(_STAMP)),
        "kinds": _text(manifest.kinds),
        "digests": _text(manifest.digests),
        "sizes": _text(manifest.sizes.astype(_SIZE)),
    }
    # Names that are no Unicode have halves of characters.
    return json.dumps(columns, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _text(numbers: npt.NDArray[Any]) -> str:
    return b64encode(numbers.tobytes()).decode()


def _read(file: Path) -> tuple[bytes, _Entries]:
    """Give the seal and the entries of an index; without it, none."""
    try:
        with file.open("rb") as opened:
            seal, body = opened.readline(), opened.read()
    except OSError:
        seal, body = b"", b""
    if seal != _seal(body):
        return b"", _Entries([], np.empty((0, len(UNTOLD)), np.int64), Manifest.unknown(0))
    columns: dict[str, str] = json.loads(body)
    stamps, digests, sizes = (
        _numbers(columns[name], kind).reshape(-1, width)
        for name, kind, width in (
            ("stamps", _STAMP, len(UNTOLD)),
            ("digests", _BYTE, DIGEST_BYTES),
            ("sizes", _SIZE, 2),
        )
    )
    manifest = Manifest(_numbers(columns["kinds"], _BYTE), digests, sizes)
    return seal, _Entries(columns["names"].split(_BETWEEN), stamps, manifest)


def _numbers(text: str, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(b64decode(text), kind)


def _seal(body: bytes) -> bytes:
    """Give the line before the entries, by which damage and other versions are told."""
    return f"striate folder {FORMAT} {sha256(body).hexdigest()}\n".encode()
