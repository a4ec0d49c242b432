"""How a file is replaced, so that a crash leaves the old one or the new one, and where a cache lies."""

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


def cache_folder() -> Path:
    """Give the folder of what can be made again: downloads, decoded pictures, compiled kernels.

    It is STRIATE_CACHE, or `striate` in XDG_CACHE_HOME or in `~/.cache`.
    """
    own = os.environ.get("STRIATE_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    users = os.environ.get("XDG_CACHE_HOME")
    # A path that is not absolute is to be ignored, says the XDG Base Directory Specification.
    if users and Path(users).is_absolute():
        return Path(users) / "striate"
    return Path.home() / ".cache" / "striate"
