"""Requests that come together are read together.

While the network reads, items gather; when it is done, those that wait are read at once. Where fewer wait than the
last time, the rest of them is likely on its way, and is waited for: as long as one reading takes, at most, and no
longer than the window. So one client alone never waits, and neither do small networks, whose readings are short.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter
from typing import final

from striate.errors.serving import queue_full, reading_failed
from striate.server.faults import RequestError
from striate.server.limits import READ_AT_ONCE, Limits
from striate.server.model import Item, Model, Outcome


_LEAST_WINDOW = 0.001
"""Seconds: the clock of an event loop has no finer ticks."""

_FORGETS = 0.2
"""Share of the newest reading in the time that one item is thought to take."""


@final
@dataclass(slots=True, eq=False)
class _Request:
    future: "asyncio.Future[list[Outcome]]"
    missing: int
    outcomes: dict[int, Outcome] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class _Waiting:
    request: _Request
    place: int
    model: Model
    item: Item


@final
class Batcher:
    """Reads the items of all requests, one batch after the other, in a thread of its own.

    Args:
        limits: How many may wait, and how long.
        was_read: Is told the model, the size and the seconds of each batch.
    """

    def __init__(self, limits: Limits, was_read: Callable[[Model, int, float], None]) -> None:
        self._limits, self._was_read = limits, was_read
        self._waiting = deque[_Waiting]()
        self._expected, self._seconds, self._seconds_an_item = 1, 0.0, 0.0
        self._is_reading = False
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._thread = ThreadPoolExecutor(1, "reading")
        self._helpers = ThreadPoolExecutor(thread_name_prefix="decoding")

    @property
    def waiting(self) -> int:
        """Items that wait to be read."""
        return len(self._waiting)

    async def read(self, model: Model, items: Sequence[Item]) -> list[Outcome]:
        """Read the items of one request.

        Raises:
            RequestError: More are waiting than the server takes on (429), or reading failed (500).
        """
        loop = asyncio.get_running_loop()
        if len(self._waiting) + len(items) > self._limits.queue:
            fault = queue_full(len(self._waiting), self._limits.queue)
            raise RequestError(429, fault, retry_after=self.retry_after())
        request = _Request(loop.create_future(), len(items))
        self._waiting.extend(
            _Waiting(request, place, model, item) for place, item in enumerate(items)
        )
        self._look()
        return await request.future

    def retry_after(self) -> int:
        """Return the whole seconds after which what waits now will have been read."""
        return max(1, ceil(len(self._waiting) * self._seconds_an_item))

    def close(self) -> None:
        """End the threads, once what they read is read."""
        self._thread.shutdown()
        self._helpers.shutdown()

    def _look(self) -> None:
        """Begin to read, or to wait for others."""
        if self._is_reading or not self._waiting:
            return
        window = min(self._limits.window / 1000, self._seconds)
        is_enough = len(self._waiting) >= min(self._expected, READ_AT_ONCE)
        loop = asyncio.get_running_loop()
        if self._timer is None and not is_enough and window >= _LEAST_WINDOW:
            self._timer = loop.call_later(window, self._begin)
        elif self._timer is None or (is_enough and isinstance(self._timer, asyncio.TimerHandle)):
            # At the end of this turn of the loop: requests that came in it are read together.
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._timer = None
        batch: list[_Waiting] = []
        others: list[_Waiting] = []
        while self._waiting and len(batch) < READ_AT_ONCE:
            waiting = self._waiting.popleft()
            if waiting.request.future.done():  # whoever asked is gone
                continue
            is_alike = not batch or waiting.model is batch[0].model
            (batch if is_alike else others).append(waiting)
        self._waiting.extendleft(reversed(others))
        if not batch:
            return
        self._is_reading = True
        loop = asyncio.get_running_loop()
        self._thread.submit(self._read, loop, batch)

    def _read(self, loop: asyncio.AbstractEventLoop, batch: list[_Waiting]) -> None:
        began = perf_counter()
        found: list[Outcome] | Exception
        try:
            found = batch[0].model.read([waiting.item for waiting in batch], self._helpers)
        # Broad, because an error that ended this thread would leave every request without an answer.
        except Exception as error:
            found = error
        loop.call_soon_threadsafe(self._done, batch, found, perf_counter() - began)

    def _done(
        self, batch: list[_Waiting], found: list[Outcome] | Exception, seconds: float
    ) -> None:
        self._is_reading = False
        self._expected, self._seconds = len(batch), seconds
        self._seconds_an_item += _FORGETS * (seconds / len(batch) - self._seconds_an_item)
        self._was_read(batch[0].model, len(batch), seconds)
        for number, waiting in enumerate(batch):
            request = waiting.request
            if request.future.done():
                continue
            if isinstance(found, Exception):
                fault = reading_failed(type(found).__name__, " ".join(str(found).split()))
                request.future.set_exception(RequestError(500, fault, cause=found))
                continue
            request.outcomes[waiting.place] = found[number]
            request.missing -= 1
            if not request.missing:
                request.future.set_result(
                    [request.outcomes[place] for place in range(len(request.outcomes))]
                )
        self._look()
