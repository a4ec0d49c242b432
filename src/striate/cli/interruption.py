"""What an interruption does while modules are imported. It imports next to nothing itself."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


INTERRUPTED = 130


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process where it is interrupted while modules are imported.

    Nothing is open then that must be closed, and an exception could be lost in the middle of a library's start.
    Where a program has a way of its own with interruptions, it keeps it.
    """
    is_plain = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if is_plain:
        signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        if is_plain:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"error: interrupted.\n")
    os._exit(INTERRUPTED)
