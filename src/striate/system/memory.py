"""How the process asks the system for memory."""

import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import ctypes


_TRIM_THRESHOLD, _TOP_PAD, _MOST_MAPPINGS = -1, -2, -4
"""Numbers of glibc's `mallopt`, from its malloc.h."""
_MOST_KEPT = 2**31 - 1
_ASKED_AT_ONCE = 64 * 2**20

_IN_HUGE_PAGES = 3 * 2**29
"""Bytes of memory to come; with what is asked for at once they are below what is kept."""
_HUGE_PAGE = 2 * 2**20
_MADV_HUGEPAGE = 14
"""Number of Linux's `madvise`."""


def keep_freed_memory() -> bool:
    """Let the process keep what it frees, up to 2 GiB, for what it allocates next.

    A step of training allocates the same hundreds of megabytes as the one before it. By default glibc
    gives each large block back to the system and asks for it again, and the system clears it page by
    page: a third of the time of AlexNet's step. What is asked for later comes in pages of 2 MiB where the
    system has them: a processor remembers the places of some thousand pages, which of 4 KiB are a few
    images.

    Returns:
        Whether it could be set; other libraries than glibc have no such switch.
    """
    import ctypes

    if not sys.platform.startswith("linux"):
        return False
    try:
        library = ctypes.CDLL(None)
        options = ((_MOST_MAPPINGS, 0), (_TRIM_THRESHOLD, _MOST_KEPT), (_TOP_PAD, _ASKED_AT_ONCE))
        done = [library.mallopt(number, value) == 1 for number, value in options]
        _ask_for_huge_pages(library)
    except AttributeError:
        return False
    return all(done)


def _ask_for_huge_pages(library: "ctypes.CDLL") -> None:
    """Have the heap grow, and name what it grew by before anything is written there."""
    import ctypes

    library.malloc.argtypes, library.malloc.restype = (ctypes.c_size_t,), ctypes.c_void_p
    library.free.argtypes, library.free.restype = (ctypes.c_void_p,), None
    library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    place = library.malloc(_IN_HUGE_PAGES)
    if place:  # a system that gives no memory before it is used refuses
        first = -(-place // _HUGE_PAGE) * _HUGE_PAGE
        library.madvise(first, _IN_HUGE_PAGES - _HUGE_PAGE, _MADV_HUGEPAGE)
        library.free(place)


_MEMORY_INFO = Path("/proc/meminfo")
_GROUP_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)


def available_memory() -> int | None:
    """Return how many bytes a process may still ask for; None where the system does not say.

    It is what Linux calls available, or less where a container has a limit of its own.
    """
    found = [_first_number(_MEMORY_INFO, r"MemAvailable:\s*(\d+) kB", 1024)]
    for limit, used in _GROUP_LIMITS:
        most, now = _first_number(limit, r"(\d+)"), _first_number(used, r"(\d+)")
        found += [] if most is None or now is None else [max(most - now, 0)]
    return min((number for number in found if number is not None), default=None)


def _first_number(path: Path, pattern: str, unit: int = 1) -> int | None:
    try:
        match = re.search(pattern, path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if match is None else int(match[1]) * unit


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep Python from looking for cycles, for as long as what is made has none and is meant to stay.

    It looks through all objects of the process whenever a quarter of them is new, torch's among them:
    as long as all else that listing pictures takes. Modules that are imported stay, too.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
