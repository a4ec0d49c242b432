"""How long the command line takes to answer."""

import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import final


COMMANDS = (("--help",), ("list",), ("check", "lenet5"))

_PROBE = """
import contextlib, io, sys
from striate.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(sys.argv[1:])
sys.exit(10 if "torch" in sys.modules else 0)
"""
_WITH_TORCH = 10


@final
@dataclass(frozen=True, slots=True)
class Start:
    """How one command starts.

    Args:
        command: Its words behind `striate`.
        seconds: From its call to its end, the median.
        loads_torch: Whether torch was imported on the way.
    """

    command: str
    seconds: float
    loads_torch: bool


def measure_starts(times: int = 5) -> list[Start]:
    """Run each command some times, as a process of its own."""
    found = []
    for words in COMMANDS:
        seconds = median(_run("-m", "striate", *words)[0] for _ in range(times))
        _, code = _run("-c", _PROBE, *words)
        found.append(Start(" ".join(words), seconds, code == _WITH_TORCH))
    return found


def _run(*arguments: str) -> tuple[float, int]:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return time.perf_counter() - began, done.returncode
