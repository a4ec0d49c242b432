"""How requests are gathered, without a network."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from striate.server.batching import Batcher
from striate.server.faults import RequestError
from striate.server.limits import READ_AT_ONCE, Limits
from striate.server.model import Answer, Item, Model, Outcome


class Echo:
    """Reads numbers: gives each one back, after some time."""

    def __init__(self, name: str, seconds: float = 0.0) -> None:
        self.name, self.seconds = name, seconds
        self.sizes: list[int] = []

    def read(self, items: Sequence[Item], _: ThreadPoolExecutor) -> list[Outcome]:
        self.sizes.append(len(items))
        time.sleep(self.seconds)
        if any(item.content == "broken" for item in items):
            message = "broken"
            raise ZeroDivisionError(message)
        return [Answer([float(str(item.content))], [0]) for item in items]


async def ask(batcher: Batcher, model: Echo, *numbers: int) -> list[float]:
    items = [Item(str(number), str(number)) for number in numbers]
    found = await batcher.read(cast("Model", model), items)
    return [one.chances[0] for one in found if isinstance(one, Answer)]


def batcher_of(limits: Limits | None = None) -> Batcher:
    return Batcher(limits or Limits(), lambda *_: None)


def test_each_gets_its_own_and_what_came_meanwhile_is_read_together() -> None:
    async def run() -> None:
        batcher, model, other = batcher_of(), Echo("a", 0.02), Echo("b")
        asked = [ask(batcher, model, number, -number) for number in range(50)]
        asked += [ask(batcher, other, 1000 + number) for number in range(5)]
        found = await asyncio.gather(*asked)
        assert found[:50] == [[number, -number] for number in range(50)]
        assert found[50:] == [[1000 + number] for number in range(5)]
        assert max(model.sizes) == READ_AT_ONCE
        assert sum(model.sizes) == 100
        assert len(model.sizes) < 5
        assert sum(other.sizes) == 5
        batcher.close()

    asyncio.run(run())


def test_a_full_queue_refuses_and_says_when_to_come_again() -> None:
    async def run() -> None:
        batcher, model = batcher_of(Limits(max_items=4, queue=4)), Echo("a", 0.05)
        first = asyncio.create_task(ask(batcher, model, 1))
        await asyncio.sleep(0.02)
        second = asyncio.create_task(ask(batcher, model, 2, 3, 4))
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as refused:
            await ask(batcher, model, 5, 6)
        assert refused.value.status == 429
        assert refused.value.retry_after == 1
        assert list(await asyncio.gather(first, second)) == [[1], [2, 3, 4]]
        assert await ask(batcher, model, 7) == [7]
        batcher.close()

    asyncio.run(run())


def test_an_error_reaches_whoever_asked_and_nobody_after_them() -> None:
    async def run() -> None:
        batcher, model = batcher_of(), Echo("a")
        with pytest.raises(RequestError) as failed:
            await batcher.read(cast("Model", model), [Item("x", "broken")])
        assert failed.value.status == 500
        assert isinstance(failed.value.cause, ZeroDivisionError)
        assert await ask(batcher, model, 1) == [1]
        batcher.close()

    asyncio.run(run())


def test_whoever_has_gone_is_not_read_for() -> None:
    async def run() -> None:
        batcher, model = batcher_of(), Echo("a", 0.03)
        first = asyncio.create_task(ask(batcher, model, 1))
        await asyncio.sleep(0.01)
        gone = asyncio.create_task(ask(batcher, model, 2))
        last = asyncio.create_task(ask(batcher, model, 3))
        await asyncio.sleep(0)
        gone.cancel()
        assert list(await asyncio.gather(first, last)) == [[1], [3]]
        assert model.sizes == [1, 1]
        batcher.close()

    asyncio.run(run())


def test_after_several_together_the_rest_is_waited_for() -> None:
    async def run() -> None:
        batcher, model = batcher_of(Limits(window=1000)), Echo("a", 0.2)
        await ask(batcher, model, 1, 2)
        one = asyncio.create_task(ask(batcher, model, 3))
        await asyncio.sleep(0.02)  # far less than a reading takes
        assert list(await asyncio.gather(one, ask(batcher, model, 4))) == [[3], [4]]
        assert model.sizes == [2, 2]
        batcher.close()

    asyncio.run(run())
