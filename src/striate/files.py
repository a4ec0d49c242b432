"""Write a file so that a crash leaves the old one or the new one, never a part."""

import os
from pathlib import Path


def write_durably(path: Path, content: bytes | str) -> None:
    """Replace a file in one step.

    The content goes to a temporary name in the same folder, is flushed to the disk, and takes the
    file's name only then; the folder is flushed last, so that the new name survives a power cut.

    Args:
        path: The file; its folder exists.
        content: Bytes, or a text written as UTF-8.

    Raises:
        OSError: The disk is full or the folder cannot be written; the old file is untouched.

    Windows has no way to flush a folder; there the last step is left out.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "nt":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
