"""How a file is replaced, so that a crash leaves the old one or the new one, and where a cache lies."""

import errno
import os
import re
from contextlib import suppress
from pathlib import Path

from striate.errors import CacheError
from striate.errors.system import no_cache_folder


# The coarsest clock of a file system in use: FAT's.
TICK_NS = 2 * 10**9


def write_durably(path: Path, content: bytes | str, mode: int | None = None) -> None:
    """Replace a file in one step.

    The content goes to a temporary name in the same folder, is flushed to the disk, and takes the
    file's name only then; the folder is flushed last, so that the new name survives a power cut. What a
    process that was killed on the way has left there is removed by the next one.

    Args:
        path: The file; its folder exists.
        content: Bytes, or a text written as UTF-8.
        mode: Permissions of the file; those that the process gives new files when absent.

    Raises:
        OSError: The disk is full or the folder cannot be written; the old file is untouched.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = temporary_beside(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a write that fails does not name its file
        temporary.unlink(missing_ok=True)
        raise
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def temporary_beside(path: Path) -> Path:
    """Return a path for what will take the place of another when it is whole.

    What processes of this machine left under such names when they were killed is removed.

    Raises:
        OSError: The path has no name, as `/`, so that it can only be a folder.
    """
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    for remains in path.parent.glob(f".*.{_machine()}.*.tmp"):
        number = remains.name.split(".")[-2]
        if os.name != "nt" and number.isdigit() and not _is_alive(int(number)):
            with suppress(OSError):  # it is another user's
                remove(remains)
    return path.with_name(f".{path.name}.{_machine()}.{os.getpid()}.tmp")


def meant_by(path: str) -> str:
    """Give the name that is to take the place of another: of a temporary one the file's, of any other itself."""
    node = re.escape(_machine())
    found = re.fullmatch(rf"\.(.+)\.{node}\.\d+\.tmp", Path(path).name, re.DOTALL)
    return str(Path(path).with_name(found[1])) if found else path


def _machine() -> str:
    import platform

    return platform.node()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir():
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk; Windows has no way to do that."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
"""Numbers of Linux's `renameat2`, from its fs.h and fcntl.h."""


def exchange(one: Path, other: Path) -> bool:
    """Have two folders, or two files, change names in one step.

    Returns:
        Whether it was done: the system may have no such call, or the disk may not know it.
    """
    import ctypes

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    places = (os.fsencode(one), os.fsencode(other))
    done: int = rename(_AT_FDCWD, places[0], _AT_FDCWD, places[1], _RENAME_EXCHANGE)
    return done == 0


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner alone, whatever the umask is.

    Raises:
        OSError: The folder cannot be made.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private(folder.parent)
    try:
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None


def cache_in_words(problem: str = "") -> str:
    """Return the path of the cache, or say that there is none and why.

    Args:
        problem: Why it could not be written, where that is known.
    """
    folder = cache_folder()
    try:
        make_private(folder)
        problem = problem or ("" if os.access(folder, os.W_OK) else os.strerror(errno.EACCES))
    except OSError as error:
        problem = error.strerror or str(error)
    said = f"none, the folder {folder} cannot be written: {problem}; set STRIATE_CACHE to another"
    return said if problem else str(folder)


def cache_folder() -> Path:
    """Give the folder of what can be made again: downloads, decoded pictures, compiled kernels.

    It is STRIATE_CACHE, or `striate` in XDG_CACHE_HOME or in `~/.cache`.

    Raises:
        CacheError: No variable names it, and the user has no home.
    """
    own = os.environ.get("STRIATE_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    users = os.environ.get("XDG_CACHE_HOME")
    # A path that is not absolute is to be ignored, says the XDG Base Directory Specification.
    if users and Path(users).is_absolute():
        return Path(users) / "striate"
    try:
        return Path.home() / ".cache" / "striate"
    except RuntimeError as error:
        raise CacheError(no_cache_folder()) from error
