"""Do something again whenever a file changes, until Ctrl-C."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from striate.errors import UsageError
from striate.errors.documents import nothing_to_watch
from striate.networks import network_names
from striate.networks.gathering import files_of


_EVERY_SECONDS = 0.25

Stamps = dict[str, tuple[int, int, int] | None]


def watch(places: Sequence[str], act: Callable[[], object]) -> None:
    """Act at once, and again after each change. It does not return: Ctrl-C is an interruption.

    Args:
        places: Files, with or without `#NAME`, and folders; shipped networks do not change.
        act: What is done.

    Raises:
        UsageError: There is no file among the places.
    """
    paths = [Path(place.partition("#")[0]) for place in places if place not in network_names()]
    if not any(path.exists() for path in paths):
        raise UsageError(nothing_to_watch(places))
    while True:
        before = _stamps(paths)  # of before, so that a change during the check is one, too
        act()
        while _stamps(paths) == before:
            time.sleep(_EVERY_SECONDS)


def _stamps(paths: Sequence[Path]) -> Stamps:
    """Tell files apart by time, size and inode: an editor may replace them, or take them away for a moment."""
    return {str(file): _stamp(file) for path in paths for file in _files(path)}


def _files(path: Path) -> Iterator[Path]:
    yield from files_of(path) if path.is_dir() else (path,)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
