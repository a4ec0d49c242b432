"""Files of the cache, among them decoded pixels that are mapped to memory; all can be made again.

What is found in the cache is not believed as it lies there, for a disk, another program or a person may have
changed it. Beside the pixels stand the SHA-256 of their blocks, and the stamp that the file had when they
were last compared; they are compared again whenever the stamp is another one.
"""

import json
import os
import platform
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

from striate.system.files import TICK_NS, make_private


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


def _write_seal(file: Path, digests: list[str]) -> None:
    seal = _Seal(digests, _stamp(file), time_ns())
    keep(_seal_file(file), [json.dumps(asdict(seal)).encode()])


def _is_as_written(file: Path) -> bool:
    """Compare a file with its digests, unless its stamp says that this was done before."""
    try:
        seal = _Seal(**json.loads(_seal_file(file).read_bytes()))
        stamp = _stamp(file)
        # A change within the tick of the clock before the comparison would leave the stamp as it is.
        if seal.stamp == stamp and max(stamp[1:3]) < seal.compared - TICK_NS:
            return True
    except (OSError, ValueError, TypeError):
        return False
    digests: list[str] = []
    with file.open("rb") as opened:
        for _ in _digested(iter(lambda: opened.read(BLOCK_BYTES), b""), digests):
            pass
    if digests != seal.digests:
        return False
    with suppress(OSError):
        _write_seal(file, digests)
    return True


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
    _remove_remains(file.parent)
    temporary = file.with_name(f".{file.name}.{platform.node()}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as output:
            for block in blocks:
                output.write(block)
            output.flush()
            os.fsync(output.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_remains(folder: Path) -> None:
    """Remove what processes of this machine left behind when they were killed."""
    for path in folder.glob(f".*.{platform.node()}.*.tmp"):
        number = path.name.split(".")[-2]
        if os.name != "nt" and number.isdigit() and not _is_alive(int(number)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
