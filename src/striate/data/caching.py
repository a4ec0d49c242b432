"""The folder in which downloads and decoded pictures are kept; all of it can be made again."""

import os
from pathlib import Path


VARIABLE = "STRIATE_CACHE"


def cache_folder() -> Path:
    """Give the folder: STRIATE_CACHE, or `striate` in XDG_CACHE_HOME or in `~/.cache`."""
    own = os.environ.get(VARIABLE)
    if own:
        return Path(own).expanduser().absolute()
    users = os.environ.get("XDG_CACHE_HOME")
    # A path that is not absolute is to be ignored, says the XDG Base Directory Specification.
    if users and Path(users).is_absolute():
        return Path(users) / "striate"
    return Path.home() / ".cache" / "striate"
