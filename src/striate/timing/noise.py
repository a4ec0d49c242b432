"""What else the machine did while something was measured."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import final


MOST_STEAL = 0.02
"""Share of processor time taken by other guests of the host, above which a pair is dropped."""

_COUNTERS = Path("/proc/stat")
_STEAL, _COUNTED = 7, 8


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
