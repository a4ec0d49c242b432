"""A folder that one process writes to at a time."""

import os
from contextlib import suppress
from pathlib import Path
from typing import final


try:
    import fcntl
except ImportError:  # Windows; there nothing keeps two runs apart
    fcntl = None  # type: ignore[assignment]


@final
class FolderLock:
    """Holds a folder for this process, until it is released or the process ends, however it ends.

    Args:
        folder: It exists.

    Raises:
        BlockingIOError: Another process, or another part of this one, holds it.
        OSError: The folder cannot be written to.
    """

    NAME = ".lock"

    def __init__(self, folder: Path) -> None:
        self.file = folder / self.NAME
        self._opened: int | None = None
        while self._opened is None:
            opened = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                if fcntl is not None:
                    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Who held it may have removed the file in the meantime; then this one holds nothing.
                if _is_same(opened, self.file):
                    self._opened = opened
            finally:
                if self._opened is None:
                    os.close(opened)

    def release(self) -> None:
        """Let the folder go, and take the file away that marks it."""
        if self._opened is not None:
            with suppress(OSError):
                self.file.unlink()
            os.close(self._opened)
            self._opened = None

    def __del__(self) -> None:
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None


def _is_same(opened: int, file: Path) -> bool:
    try:
        now = file.lstat()
    except FileNotFoundError:
        return False
    then = os.fstat(opened)
    return (then.st_dev, then.st_ino) == (now.st_dev, now.st_ino)
