"""Files of the cache, among them decoded pixels that are mapped to memory; all can be made again.

What is found in the cache is not believed as it lies there, for a disk, another program or a person may have
changed it. Beside the pixels stand the SHA-256 of their blocks, and the stamp that the file had when they
were last compared; they are compared again whenever the stamp is another one.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from itertools import chain
from pathlib import Path
from time import time_ns
from typing import final

import numpy as np
import numpy.typing as npt

from striate.system.files import TICK_NS, make_private, remove, temporary_beside


# Of the free bytes of the disk, the part that may be filled.
MOST_OF_DISK = 0.8

# Bytes of a block, each with a digest of its own.
BLOCK_BYTES = 2**24


@final
@dataclass(frozen=True, slots=True)
class _Seal:
    """What is known of a file of pixels.

    Args:
        digests: SHA-256 of its blocks, in hexadecimal.
        stamp: Size, times of change of the content and of the entry in nanoseconds, and inode, when
            the digests were compared.
        compared: When that was, in nanoseconds.
    """

    digests: list[str]
    stamp: list[int]
    compared: int

    @classmethod
    def read(cls, file: Path) -> "_Seal | None":
        """Read what was written; None where it is missing or damaged."""
        try:
            return cls(**json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def is_believed(self, stamp: list[int]) -> bool:
        """Whether a file that has this stamp now is still the one whose digests were compared."""
        # A change within the tick of the clock before the comparison would leave the stamp as it is.
        return self.stamp == stamp and max(stamp[1:3]) < self.compared - TICK_NS


def kept_pixels(file: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint8] | None:
    """Map a file of pixels to memory.

    Returns:
        The pixels; what is written to them stays in memory. None where the file is missing, is not
        whole, has another shape, or holds other bytes than were written.
    """
    try:
        pixels = np.lib.format.open_memmap(file, mode="c")
        if pixels.shape != shape or pixels.dtype != np.uint8 or not _is_as_written(file):
            return None
    except (OSError, ValueError):
        return None
    return pixels


def keep_pixels(
    file: Path, shape: tuple[int, ...], blocks: Iterator[bytes]
) -> npt.NDArray[np.uint8]:
    """Write a file of pixels, whole or not at all, and map it to memory.

    Args:
        file: Its folder is made where it is missing.
        shape: Of all pixels.
        blocks: Their bytes, in order. What they raise ends the writing, and nothing is kept.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    header = BytesIO()
    layout = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, layout)
    digests: list[str] = []
    # Written, not mapped: on a full disk a mapping ends the process, and a write says so.
    keep(file, _digested(chain([header.getvalue()], blocks), digests))
    _write_seal(file, digests)
    pixels = kept_pixels(file, shape)
    if pixels is None:
        message = "it was removed as soon as it was written"
        raise OSError(message)
    return pixels


def _digested(blocks: Iterable[bytes], digests: list[str]) -> Iterator[bytes]:
    """Give blocks on, and note the digest of each BLOCK_BYTES of them."""
    digest, filled = sha256(), 0
    for block in blocks:
        begin = 0
        while begin < len(block):
            part = memoryview(block)[begin : begin + BLOCK_BYTES - filled]
            digest.update(part)
            begin, filled = begin + len(part), filled + len(part)
            if filled == BLOCK_BYTES:
                digests.append(digest.hexdigest())
                digest, filled = sha256(), 0
        yield block
    if filled:
        digests.append(digest.hexdigest())


def _seal_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _write_seal(file: Path, digests: list[str], seal_file: Path | None = None) -> None:
    seal = _Seal(digests, _stamp(file), time_ns())
    keep(seal_file or _seal_file(file), [json.dumps(asdict(seal)).encode()])


def _is_as_written(file: Path) -> bool:
    """Compare a file with its digests, unless its stamp says that this was done before."""
    seal = _Seal.read(_seal_file(file))
    if seal is None:
        return False
    if seal.is_believed(_stamp(file)):
        return True
    digests = _digests(file)
    if digests != seal.digests:
        return False
    with suppress(OSError):
        _write_seal(file, digests)
    return True


def digest_of(file: Path, seal_file: Path) -> str:
    """Return one digest for the content of a file, which is read only if its stamp is another than before.

    Args:
        file: Any file.
        seal_file: In the cache; keeps the digests of its blocks with the stamp.

    Raises:
        OSError: The file cannot be read.
    """
    seal = _Seal.read(seal_file)
    if seal is None or not seal.is_believed(_stamp(file)):
        digests = _digests(file)
        with suppress(OSError):
            _write_seal(file, digests, seal_file)
    else:
        digests = seal.digests
    return sha256(" ".join(digests).encode()).hexdigest()


def _digests(file: Path) -> list[str]:
    """Return the digests of the blocks of a file."""
    digests: list[str] = []
    with file.open("rb") as opened:
        for _ in _digested(iter(lambda: opened.read(BLOCK_BYTES), b""), digests):
            pass
    return digests


def _stamp(file: Path) -> list[int]:
    told = file.stat()
    return [told.st_size, told.st_mtime_ns, told.st_ctime_ns, told.st_ino]


def keep(file: Path, blocks: Iterable[bytes]) -> None:
    """Write a file of the cache, whole or not at all.

    Args:
        file: Its folder is made where it is missing.
        blocks: Its bytes, in order. What they raise ends the writing, and nothing is kept.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    make_private(file.parent)
    temporary = temporary_beside(file)
    try:
        with temporary.open("wb") as output:
            for block in blocks:
                output.write(block)
            output.flush()
            os.fsync(output.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def forget(folder: Path, pattern: str, most: int, unused_ns: int = 0) -> None:
    """Remove files, or folders, of the cache: those whose time of change is oldest, above a number of them.

    Args:
        folder: Where they lie.
        pattern: Of their names.
        most: How many stay.
        unused_ns: Nanoseconds for which one must have been left alone before it goes.
    """
    times = {path: path.stat().st_mtime_ns for path in folder.glob(pattern)}
    for path in sorted(times, key=times.__getitem__)[:-most]:
        if time_ns() - times[path] >= unused_ns:
            remove(path)
