"""Folders that are packed into one file (.zip, .tar): unpacked into the cache once, and read as folders."""

import os
import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from striate.data.images.cache import MOST_OF_DISK, digest_of, forget
from striate.data.user_files import open_file, problem
from striate.errors import DataError
from striate.errors.datasets import archive_names_unclear, archive_not_unpacked, archive_too_large
from striate.errors.system import cache_not_written
from striate.system.files import cache_folder, make_private, temporary_beside


SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

# Unpacked folders that are kept, but for those that were used within a day.
MOST_FOLDERS = 8
# Where an archive says that a name is UTF-8; and the code pages of Windows in which others are written.
_SAID_UTF_8 = 0x800
_CODE_PAGES = ("cp949", "cp932", "gbk", "big5", "cp866")

_DAY_NS = 24 * 60 * 60 * 10**9


def is_packed(path: Path) -> bool:
    """Whether a file is by its name a packed folder."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(path: Path) -> Path:
    """Unpack an archive into the cache, unless that was done before, and return the folder.

    It is known by its content, which is read again when its stamp is another. Folders that were not used
    for long are removed when another archive is unpacked.

    Raises:
        DataError: It cannot be read, is damaged or encrypted, holds paths that lead out of it, or would
            fill the disk.
    """
    where = str(path)
    unpacked = cache_folder() / "unpacked"
    place = sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    stem = path.name[: -len(next(end for end in SUFFIXES if path.name.lower().endswith(end)))]
    seal_file = unpacked / f"{place}.json"
    try:
        make_private(unpacked)
    except OSError as error:
        raise DataError(cache_not_written(str(unpacked), problem(error))) from error
    try:
        with open_file(path):
            digest = digest_of(path, seal_file)
        folder = unpacked / digest[:32] / (stem or "archive")
        if not folder.is_dir():
            try:
                _unpack_to(folder, path)
            except BaseException:
                seal_file.unlink(missing_ok=True)
                raise
        # The time of the last use, by which the oldest are told.
        os.utime(folder.parent)
    except OSError as error:
        raise DataError(archive_not_unpacked(where, problem(error))) from error
    return folder


def _unpack_to(folder: Path, path: Path) -> None:
    """Unpack an archive under a name of its own, which is changed when all is there."""
    unpacked = folder.parents[1]
    fresh = temporary_beside(unpacked / folder.parent.name)
    try:
        fresh.mkdir(mode=0o700)
        _unpack(path, str(path), fresh)
        make_private(folder.parent)
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # which another process may have made meanwhile
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    forget(unpacked, "[0-9a-f]*[0-9a-f]", MOST_FOLDERS, _DAY_NS)
    forget(unpacked, "*.json", MOST_FOLDERS, _DAY_NS)


def _name_members(archive: zipfile.ZipFile, where: str) -> None:
    """Read names that an archive does not say to be UTF-8: as that, or else as the letters of code page 437.

    Raises:
        DataError: They are of another code page, which the archive does not name.
    """
    unsaid = [
        member
        for member in archive.infolist()
        if not member.flag_bits & _SAID_UTF_8 and not member.filename.isascii()
    ]
    raw = [member.filename.encode("cp437") for member in unsaid]
    as_utf_8 = _decoded(raw, "utf-8")
    if as_utf_8 is not None:
        for member, name in zip(unsaid, as_utf_8, strict=True):
            member.filename = name
    elif not all(map(_is_of_letters, (member.filename for member in unsaid))):
        read = {page: names for page in _CODE_PAGES if (names := _decoded(raw, page))}
        readings = {
            page: names[0] for page, names in read.items() if all(map(_is_of_letters, names))
        }
        raise DataError(archive_names_unclear(where, unsaid[0].filename, readings))


def _decoded(names: Sequence[bytes], encoding: str) -> list[str] | None:
    try:
        return [name.decode(encoding) for name in names]
    except UnicodeDecodeError:
        return None


def _is_of_letters(name: str) -> bool:
    """Whether all signs beyond ASCII are letters, as in names; those of boxes and the like are not."""
    return all(sign.isascii() or sign.isalnum() for sign in name)


def _unpack(path: Path, where: str, folder: Path) -> None:
    is_zip = path.name.lower().endswith(".zip")
    try:
        with zipfile.ZipFile(path) if is_zip else tarfile.open(path) as archive:
            if isinstance(archive, zipfile.ZipFile):
                size = sum(member.file_size for member in archive.infolist())
            else:
                size = sum(member.size for member in archive)
            free = shutil.disk_usage(folder).free
            if size <= MOST_OF_DISK * free:
                if isinstance(archive, zipfile.ZipFile):
                    _name_members(archive, where)
                    archive.extractall(folder, archive.infolist())
                else:
                    archive.extractall(folder, filter="data")
    except (OSError, DataError):
        raise
    # Broad, because damaged bytes take both libraries anywhere, and encryption is a RuntimeError.
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise DataError(archive_not_unpacked(where, said)) from error
    if size > MOST_OF_DISK * free:
        raise DataError(archive_too_large(where, size, free))
