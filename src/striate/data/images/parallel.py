"""Do the same with many pictures at the same time, and give the outcomes in order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar


THREADS = min(32, os.cpu_count() or 1)

# Items a thread that are handed out before their turn, so that the others go on where one is held up.
AHEAD = 16

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def in_parallel(
    do: Callable[[_Given], _Made], items: Iterable[_Given]
) -> Generator[_Made, None, None]:
    """Do something with every item, and give the outcomes in order.

    Threads are enough, for Pillow lets others run while it works. Few items are under way at a time, so
    that outcomes do not pile up, and an interruption waits for those alone that have begun.
    """
    with ThreadPoolExecutor(THREADS) as threads:
        under_way: deque[Future[_Made]] = deque()
        try:
            for item in items:
                under_way.append(threads.submit(do, item))
                if len(under_way) > AHEAD * THREADS:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)
