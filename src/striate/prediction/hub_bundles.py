"""Bundles on Hugging Face's hub: `hf:owner/name`, or `hf:owner/name@revision`.

The hub's own library downloads them once and keeps them. All that a bundle holds is compared with its digests when it
is loaded, and no file of it is code.
"""

import os
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from socket import gaierror
from typing import Any

from striate.errors import BundleError
from striate.errors.fault import listed
from striate.errors.hub import (
    hub_not_reached,
    library_for_hub,
    not_a_repository,
    repository_not_had,
    repository_without_bundle,
)


HUB = "hf:"

HUB_FILES = ("network.md", "config.json", "model.safetensors", "last.safetensors", "vocabulary.txt")
"""Files of a bundle there; the README.md is the hub's card, so that the document has a name of its own."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def hub_library(where: str) -> Any:
    """Return the hub's library.

    Raises:
        BundleError: It is not installed.
    """
    try:
        return import_module("huggingface_hub")
    except ImportError as error:
        raise BundleError(library_for_hub(where)) from error


def checked_repository(name: str) -> str:
    """Return a name as it is, where a repository can have it.

    Raises:
        BundleError: None can.
    """
    if _REPOSITORY.fullmatch(name) is None:
        raise BundleError(not_a_repository(name))
    return name


def hub_endpoint() -> str | None:
    """Return the hub's address where HF_ENDPOINT names another than the usual one."""
    return os.environ.get("HF_ENDPOINT") or None


def problem_of(error: Exception) -> str:
    """Return the first line of what the hub's library says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def is_unreachable(error: BaseException | None) -> bool:
    """Whether the hub's library got no answer; what it raises then has another error of the system behind it."""
    chain = []
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    if any(getattr(one, "response", None) is not None for one in chain):
        return False
    # Its LocalEntryNotFoundError is a FileNotFoundError: nothing was kept here, and nobody could be asked.
    silent = (ConnectionError, TimeoutError, FileNotFoundError, gaierror)
    return any(isinstance(one, silent) for one in chain)


def folder_from_hub(name: str) -> Path:
    """Download a bundle, unless it lies here already.

    Args:
        name: `hf:owner/name`, or with `@revision` behind it: a branch, a tag or a commit.

    Returns:
        Its folder.

    Raises:
        BundleError: The library is missing, the hub does not give it, or it holds something else.
    """
    folder = _downloaded(name, HUB_FILES)
    missing = _missing(folder)
    if missing:
        raise BundleError(repository_without_bundle(name, missing))
    return folder


def weights_from_hub(name: str) -> Path:
    """Download the weights of a repository: a bundle, or what other libraries keep there.

    Args:
        name: `hf:owner/name`, or with `@revision` behind it.

    Returns:
        The folder of a bundle, or a file of weights.

    Raises:
        BundleError: The library is missing, the hub does not give it, or it holds no weights.
    """
    folder = _downloaded(name, HUB_FILES)
    if not _missing(folder):
        return folder
    for file in _WEIGHTS:
        if not (folder / file).is_file():
            folder = _downloaded(name, (file,))
        if (folder / file).is_file():
            return folder / file
    raise BundleError(repository_without_bundle(name, [listed(_WEIGHTS)]))


_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""Where libraries keep the weights of a network there, the safer form first."""


def _missing(folder: Path) -> list[str]:
    return [file for file in HUB_FILES[:3] if not (folder / file).is_file()]


def _downloaded(name: str, files: Iterable[str]) -> Path:
    repository, _, revision = name.removeprefix(HUB).partition("@")
    checked_repository(repository)
    library = hub_library(name)
    try:
        folder = library.snapshot_download(
            repository,
            revision=revision or None,
            endpoint=hub_endpoint(),
            allow_patterns=list(files),
            library_name="striate",
        )
    # Broad, because the library raises what its own client of HTTP raises, which changes with its versions.
    except Exception as error:
        told = hub_not_reached if is_unreachable(error) else repository_not_had
        raise BundleError(told(name, problem_of(error))) from error
    return Path(folder)
