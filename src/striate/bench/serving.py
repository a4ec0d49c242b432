"""The side of a worker: one process, one program to be measured, one JSON line in, one out.

    {"do": "prepare", "job": {...}}     ->  {"facts": {...}}: it is built, and has run once; again, and
                                            it is built anew in the same process
    {"do": "block", "seconds": 2.0}     ->  what was done in about that time
    {"do": "end"}                       ->  {"peak_bytes": ...}, and the process ends

Anything that goes wrong is answered with {"error": "..."}. Nothing here needs torch, so that programs
that do without it can be measured.
"""

import json
import os
import sys
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO, TypeVar


Job = Mapping[str, Any]
Answer = dict[str, Any]
_Example = TypeVar("_Example")

_STATUS = Path("/proc/self/status")
_KIBI = 1024


class Work(Protocol):
    """A program that is ready to be measured."""

    facts: Answer
    """What is worth writing down: versions, device, outputs to compare."""

    def block(self, seconds: float) -> Answer:
        """Work for about so long, whole steps only, and tell what was done."""


class Reading(ABC):
    """A program that reads examples, a batch after the other, or one after the other.

    Args:
        images: Of the workload.
        job: Its kind and its batch.
    """

    facts: Answer

    def __init__(self, images: Any, job: Job) -> None:
        self.images, self.batch = images, job["batch"]
        self.is_single = job["kind"] == "answering"
        self._first = 0

    @abstractmethod
    def read(self, images: Any) -> Any:
        """Read a batch, name its classes, and return the outputs."""

    def ask(self, images: Any) -> None:
        """Have a batch read, perhaps later."""
        self.read(images)

    def settle(self) -> None:  # noqa: B027 - nothing to wait for where batches are read at once
        """Wait until everything that was asked for is read."""

    def following(self) -> Any:
        """Walk round the examples, a batch at a time."""
        chunk = self.images[self._first : self._first + self.batch]
        self._first = (self._first + self.batch) % (len(self.images) // self.batch * self.batch)
        return chunk

    def block(self, seconds: float) -> Answer:
        """Read batches, or answer for single examples."""
        if self.is_single:
            return time_calls(self.read, self.following, seconds)
        return repeat(self._step, seconds, self.settle)

    def _step(self) -> int:
        self.ask(self.following())
        return self.batch


def serve(prepare: Callable[[Job], Work]) -> int:
    """Answer the lines of standard input until the end is asked for.

    Args:
        prepare: Builds the program for a job, and runs it once.

    Returns:
        The exit code of the process.
    """
    began = time.perf_counter()
    answers = _own_output()
    work: Work | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            match asked["do"], work:
                case "prepare", _:
                    began = began if work is None else time.perf_counter()
                    work = prepare(asked["job"])
                    ready = {"ready_seconds": time.perf_counter() - began}
                    _send(answers, {"facts": {**work.facts, **ready}})
                case "block", current if current is not None:
                    _send(answers, current.block(asked["seconds"]))
                case "end", _:
                    _send(answers, {"peak_bytes": peak_bytes()})
                    return 0
                case other, _:
                    _send(answers, {"error": f"{other} was asked for at the wrong time"})
        except Exception as error:
            traceback.print_exc()
            _send(answers, {"error": f"{type(error).__name__}: {error}"})
            return 1
    return 1


def _own_output() -> TextIO:
    """Keep standard output for answers, and send what libraries print to the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _send(answers: TextIO, answer: Answer) -> None:
    answers.write(f"{json.dumps(answer)}\n")
    answers.flush()


def peak_bytes() -> int | None:
    """Give the most memory that this process has held so far; None where the system does not tell.

    Not by getrusage: on Linux its figure begins with that of the process which started this one.
    """
    try:
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.startswith("VmHWM:")]
    return _KIBI * int(found[0][1]) if found else None


def repeat(step: Callable[[], int], seconds: float, settle: Callable[[], None]) -> Answer:
    """Take steps until the time is over.

    Args:
        step: Takes at least one step, and tells how many examples it took.
        seconds: From the first step to the end of the last one, at least.
        settle: Waits until everything that was asked for is done.

    Returns:
        The examples, and the seconds that they took.
    """
    settle()
    examples, began = 0, time.perf_counter()
    while True:
        examples += step()
        if time.perf_counter() - began >= seconds:
            settle()
            return {"examples": examples, "seconds": time.perf_counter() - began}


def time_calls(
    call: Callable[[_Example], object], following: Callable[[], _Example], seconds: float
) -> Answer:
    """Call again and again, one call behind the other, and time each.

    The clock starts when the example is there: to cut one out of many takes torch five times as long as
    numpy, a tenth of an answer of the smallest networks, and is no part of it.

    Args:
        call: Reads one example, and returns when its classes are known.
        following: Gives the next example.
        seconds: From the first call to the end of the last one, at least.

    Returns:
        How many calls there were, and percentiles of their times in seconds.
    """
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        example = following()
        began = time.perf_counter()
        call(example)
        times.append(time.perf_counter() - began)
    times.sort()
    return {
        "calls": len(times),
        **{
            f"p{share}": times[min(len(times) * share // 100, len(times) - 1)]
            for share in (50, 90, 99)
        },
    }
