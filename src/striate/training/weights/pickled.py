"""What a file that torch has pickled is made of, by its names alone: nothing is imported, and nothing is run."""

import pickletools
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO


_PICKLES_AHEAD = 3
"""A number, a version and the machine's sizes, which stand ahead of the objects where a file is no archive."""
_MOST = 64 * 2**20
"""Bytes of an archive's pickle that are looked through; those of tensors lie elsewhere in it."""


def named_objects(path: Path) -> list[str]:
    """Return the classes and functions that a file names, `module.name`, in the order of the file.

    Args:
        path: Of a file that torch.save has written, in either of its two forms. Of another, what can be read.
    """
    found: dict[str, None] = {}
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                inner = next(name for name in archive.namelist() if Path(name).name == "data.pkl")
                with archive.open(inner) as file:
                    found.update(dict.fromkeys(_globals(BytesIO(file.read(_MOST)))))
        else:
            with path.open("rb") as file:
                for _ in range(_PICKLES_AHEAD + 1):
                    found.update(dict.fromkeys(_globals(file)))
    except (OSError, ValueError, StopIteration, zipfile.BadZipFile, NotImplementedError):
        pass  # what has been read so far says enough, or nothing
    return list(found)


def _globals(file: IO[bytes]) -> Iterator[str]:
    texts: list[str] = []
    for operation, argument, _ in pickletools.genops(file):
        if operation.name == "GLOBAL":
            yield str(argument).replace(" ", ".", 1)
        elif operation.name == "STACK_GLOBAL" and len(texts) > 1:
            yield ".".join(texts[-2:])
        elif isinstance(argument, str):
            texts.append(argument)
