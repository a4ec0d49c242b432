"""Download a data set when a user asks for it: over https, checked by its SHA-256, whole or not at all."""

import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, final
from urllib.parse import urlsplit

from striate.data.sources import fashion
from striate.data.user_files import problem, read_unpacked
from striate.errors import DataError, Fault
from striate.errors.fetching import (
    address_not_secure,
    fetch_failed,
    fetched_file_differs,
    unknown_to_fetch,
)
from striate.system.files import make_private, write_durably


SCHEMES = ("https",)
TIMEOUT_SECONDS = 30.0
MAX_BYTES = 64 * 2**20


@final
class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """Follows only where the first address might have pointed as well."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse what is not encrypted."""
        _refuse_insecure(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(name: str, listen: Callable[[str], None] | None = None) -> Path:
    """Download a data set into the cache folder; files that are there already are kept.

    Args:
        name: `fashion-mnist`.
        listen: Called with a line about every file.

    Returns:
        The folder.

    Raises:
        DataError: The name is unknown, or files cannot be downloaded or are not the right ones;
            all of them are named, and what came whole is kept.
        OSError: The folder cannot be written.
    """
    if name != fashion.NAME:
        raise DataError(unknown_to_fetch(name, (fashion.NAME,)))
    folder = fashion.fetched_folder()
    make_private(folder)
    faults: list[Fault] = []
    for stem, digest in fashion.DIGESTS.items():
        file, address = folder / f"{stem}.gz", f"{fashion.ADDRESS}/{stem}.gz"
        if _is_whole(file, digest):
            said = f"{file}: already there."
        else:
            try:
                said = _fetch_file(address, file, digest)
            except DataError as error:
                faults += error.faults
                continue
        if listen is not None:
            listen(said)
    if faults:
        raise DataError(*faults)
    return folder


def _is_whole(file: Path, digest: str) -> bool:
    try:
        return sha256(read_unpacked(file)).hexdigest() == digest
    except DataError:
        return False


def _fetch_file(address: str, file: Path, digest: str) -> str:
    content = _downloaded(address)
    # Checked under a name of its own, so that no wrong file ever bears the right name.
    fresh = file.with_name(f".{file.name}.new")
    write_durably(fresh, content)
    try:
        if not _is_whole(fresh, digest):
            raise DataError(fetched_file_differs(address, len(content)))
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return f"{file}: {len(content):,} bytes, SHA-256 as expected."


def _downloaded(address: str) -> bytes:
    _refuse_insecure(address)
    opener = urllib.request.build_opener(_SecureRedirects)
    try:
        with opener.open(address, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.URLError as error:
        reason = error.reason if isinstance(error.reason, OSError) else OSError(str(error))
        raise DataError(fetch_failed(address, problem(reason))) from error
    except (OSError, HTTPException) as error:
        raise DataError(fetch_failed(address, str(error) or type(error).__name__)) from error
    if len(content) > MAX_BYTES:
        raise DataError(fetched_file_differs(address, len(content)))
    return content


def _refuse_insecure(address: str) -> None:
    if urlsplit(address).scheme not in SCHEMES:
        raise DataError(address_not_secure(address))
