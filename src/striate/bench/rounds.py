"""Taking turns: every worker once a round, in short blocks, so that drift meets them all."""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, final

from striate.bench.ratios import Ratio, paired_ratio


MOST_STEAL = 0.02
"""Share of processor time taken by other guests of the host, above which a pair is dropped."""

_COUNTERS = Path("/proc/stat")
_STEAL, _COUNTED = 7, 8

_LEAST_ROUNDS = 3
_PAUSE_SECONDS = 0.05
"""Between two blocks: threads that wait for more work spin for a while before they sleep."""

Measured = dict[str, Any]
Round = dict[str, Measured]
"""What each worker did in one round, by its name."""


class Turn(Protocol):
    """Something that works when it is its turn."""

    name: str

    def block(self, seconds: float) -> Measured:
        """Work for about so long, and tell what was done."""


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """How one worker compares with another.

    Args:
        ratio: Above 1 where the first one is faster; None if no pair was kept.
        dropped: Pairs left out because other guests of the host took too much of the machine.
    """

    ratio: Ratio | None
    dropped: int


def take_turns(
    workers: Sequence[Turn],
    rounds: int,
    seconds: float,
    listen: Callable[[Round], None] = lambda _: None,
    enough_seconds: float = math.inf,
) -> list[Round]:
    """Let workers work in turns, the order turned round each time: A B C, C B A, A B C.

    The first block after a pause may run faster, and a drift goes one way; with both orders neither
    helps anyone.

    Args:
        workers: Each has been prepared and warmed up.
        rounds: How many blocks each of them gets.
        seconds: Length of a block.
        listen: Called after every round.
        enough_seconds: After which no further round begins, once there are three.

    Returns:
        The rounds. Beside what the worker tells, a block has its share of stolen time (`steal`) and
        the load average after it (`load`).
    """
    done: list[Round] = []
    end = time.perf_counter() + enough_seconds
    for number in range(rounds):
        if number >= _LEAST_ROUNDS and time.perf_counter() > end:
            break
        order = workers if number % 2 == 0 else list(reversed(workers))
        blocks = {worker.name: _block(worker, seconds) for worker in order}
        done.append({worker.name: blocks[worker.name] for worker in workers})
        listen(done[-1])
    return done


def _block(worker: Turn, seconds: float) -> Measured:
    time.sleep(_PAUSE_SECONDS)
    before = read_ticks()
    measured = worker.block(seconds)
    steal = before.steal_until(read_ticks())
    return {**measured, "steal": round(steal, 4), "load": load_average()}


def compare(
    rounds: Sequence[Round], ours: str, theirs: str, speed: Callable[[Measured], float]
) -> Comparison:
    """Compare two workers over the rounds that both took part in.

    A pair is dropped where more than 2 % of either block was stolen.

    Args:
        rounds: As `take_turns` gives them.
        ours: Name of the first worker.
        theirs: Name of the second one.
        speed: What to compare, the larger the better.
    """
    pairs = [
        (blocks[ours], blocks[theirs]) for blocks in rounds if ours in blocks and theirs in blocks
    ]
    kept = [pair for pair in pairs if all(block["steal"] <= MOST_STEAL for block in pair)]
    dropped = len(pairs) - len(kept)
    if not kept:
        return Comparison(None, dropped)
    speeds = [(speed(mine), speed(other)) for mine, other in kept]
    ratio = paired_ratio([mine for mine, _ in speeds], [other for _, other in speeds])
    return Comparison(ratio, dropped)


def rate(block: Measured) -> float:
    """Give the examples a second of a block."""
    examples: float = block["examples"] / block["seconds"]
    return examples


@final
@dataclass(frozen=True, slots=True)
class Ticks:
    """Processor time since the machine started, of all its cores, in ticks of the kernel.

    Args:
        stolen: Time that the host gave to other guests.
        total: All time.
    """

    stolen: int
    total: int

    def steal_until(self, later: "Ticks") -> float:
        """Give the share of the time from here to a later reading that was stolen, 0 to 1."""
        total = later.total - self.total
        return (later.stolen - self.stolen) / total if total > 0 else 0.0


def read_ticks(counters: Path = _COUNTERS) -> Ticks:
    """Read the kernel's counters; both are 0 where the system has none.

    Args:
        counters: The file that holds them, in the form of Linux's proc(5).
    """
    try:
        first = counters.read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return Ticks(0, 0)
    # Time of guests of this machine is counted in the first columns already.
    columns = [int(word) for word in first.split()[1 : 1 + _COUNTED]]
    return Ticks(columns[_STEAL] if len(columns) == _COUNTED else 0, sum(columns))


def load_average() -> float | None:
    """Give the mean number of programs that wanted to run in the last minute; None if unknown."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
