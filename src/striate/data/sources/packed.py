"""Folders that are packed into one file (.zip, .tar): unpacked into the cache once, and read as folders."""

import shutil
import tarfile
import zipfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from striate.data.user_files import open_file, problem
from striate.errors import DataError
from striate.errors.datasets import archive_not_unpacked, archive_too_large
from striate.system.files import cache_folder, make_private


SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

# Of the free bytes of the disk, the part that may be filled.
_MOST_OF_DISK = 0.8


def is_packed(path: Path) -> bool:
    """Whether a file is by its name a packed folder."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(path: Path) -> Path:
    """Unpack an archive into the cache, unless that was done before, and return the folder.

    It is told by its place, size and time, so that an archive that was replaced is unpacked anew.

    Raises:
        DataError: It cannot be read, is damaged or encrypted, holds paths that lead out of it, or would
            fill the disk.
    """
    where = str(path)
    with open_file(path):
        told = path.stat()
    key = sha256(
        f"{path.resolve()} {told.st_size} {told.st_mtime_ns}".encode("utf-8", "surrogateescape")
    )
    stem = path.name[: -len(next(end for end in SUFFIXES if path.name.lower().endswith(end)))]
    folder = cache_folder() / "unpacked" / key.hexdigest()[:32] / (stem or "archive")
    if folder.is_dir():
        return folder
    try:
        make_private(folder.parent)
        # Under a name of its own, so that what was unpacked in part never bears the right name.
        fresh = Path(mkdtemp(dir=folder.parent))
        try:
            _unpack(path, where, fresh)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        if not folder.is_dir():  # which another process may have made meanwhile
            raise DataError(archive_not_unpacked(where, problem(error))) from error
    return folder


def _unpack(path: Path, where: str, folder: Path) -> None:
    is_zip = path.name.lower().endswith(".zip")
    try:
        with zipfile.ZipFile(path) if is_zip else tarfile.open(path) as archive:
            if isinstance(archive, zipfile.ZipFile):
                size = sum(member.file_size for member in archive.infolist())
            else:
                size = sum(member.size for member in archive)
            free = shutil.disk_usage(folder).free
            if size <= _MOST_OF_DISK * free:
                if isinstance(archive, zipfile.ZipFile):
                    archive.extractall(folder)
                else:
                    archive.extractall(folder, filter="data")
    except OSError:
        raise
    # Broad, because damaged bytes take both libraries anywhere, and encryption is a RuntimeError.
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise DataError(archive_not_unpacked(where, said)) from error
    if size > _MOST_OF_DISK * free:
        raise DataError(archive_too_large(where, size, free))
    for left in folder.rglob("__MACOSX"):
        with suppress(OSError):
            shutil.rmtree(left)
