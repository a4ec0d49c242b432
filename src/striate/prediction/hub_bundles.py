"""Bundles on Hugging Face's hub: `hf:owner/name`, or `hf:owner/name@revision`.

The hub's own library downloads them once and keeps them. All that a bundle holds is compared with its digests when it
is loaded, and no file of it is code.
"""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from striate.errors import BundleError
from striate.errors.hub import (
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


def folder_from_hub(name: str) -> Path:
    """Download a bundle, unless it lies here already.

    Args:
        name: `hf:owner/name`, or with `@revision` behind it: a branch, a tag or a commit.

    Returns:
        Its folder.

    Raises:
        BundleError: The library is missing, the hub does not give it, or it holds something else.
    """
    repository, _, revision = name.removeprefix(HUB).partition("@")
    checked_repository(repository)
    library = hub_library(name)
    try:
        folder = library.snapshot_download(
            repository,
            revision=revision or None,
            endpoint=hub_endpoint(),
            allow_patterns=list(HUB_FILES),
            library_name="striate",
        )
    # Broad, because the library raises what its own client of HTTP raises, which changes with its versions.
    except Exception as error:
        raise BundleError(repository_not_had(name, problem_of(error))) from error
    missing = [file for file in HUB_FILES[:3] if not (Path(folder) / file).is_file()]
    if missing:
        raise BundleError(repository_without_bundle(name, missing))
    return Path(folder)
