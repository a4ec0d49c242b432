"""How the process asks the system for memory."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


_TRIM_THRESHOLD, _TOP_PAD, _MOST_MAPPINGS = -1, -2, -4
"""Numbers of glibc's `mallopt`, from its malloc.h."""
_MOST_KEPT = 2**31 - 1
_ASKED_AT_ONCE = 64 * 2**20


def keep_freed_memory() -> bool:
    """Let the process keep what it frees, up to 2 GiB, for what it allocates next.

    A step of training allocates the same hundreds of megabytes as the one before it. By default glibc
    gives each large block back to the system and asks for it again, and the system clears it page by
    page: a third of the time of AlexNet's step.

    Returns:
        Whether it could be set; other libraries than glibc have no such switch.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        set_option = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    options = ((_MOST_MAPPINGS, 0), (_TRIM_THRESHOLD, _MOST_KEPT), (_TOP_PAD, _ASKED_AT_ONCE))
    done = [set_option(number, value) == 1 for number, value in options]
    return all(done)


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep Python from looking for cycles, for as long as what is made has none and is meant to stay.

    It looks through all objects of the process whenever a quarter of them is new, torch's among them:
    as long as all else that listing pictures takes.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
