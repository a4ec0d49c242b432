"""Files of the cache, among them decoded pixels that are mapped to memory; all can be made again."""

import os
import platform
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt


def kept_pixels(file: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint8] | None:
    """Map a file of pixels to memory.

    Returns:
        The pixels; what is written to them stays in memory. None where the file is missing, is not
        whole, or has another shape.
    """
    try:
        pixels = np.lib.format.open_memmap(file, mode="c")
    except (OSError, ValueError):
        return None
    return pixels if pixels.shape == shape and pixels.dtype == np.uint8 else None


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
    # Written, not mapped: on a full disk a mapping ends the process, and a write says so.
    keep(file, chain([header.getvalue()], blocks))
    pixels = kept_pixels(file, shape)
    if pixels is None:
        message = "it was removed as soon as it was written"
        raise OSError(message)
    return pixels


def keep(file: Path, blocks: Iterable[bytes]) -> None:
    """Write a file of the cache, whole or not at all.

    Args:
        file: Its folder is made where it is missing.
        blocks: Its bytes, in order. What they raise ends the writing, and nothing is kept.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
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
