"""Gives Striate files that nobody would write, 10,000 of each kind: `python -m proofs.fuzzing --full`.

Each must be read, or end in a fault with a name: no other exception, no crash of the process, no case of more than ten
seconds of the processor or of more than 2 GiB of memory, and no command for a terminal in what is told. The first files are
those that come with Striate and its tests; they are changed as `mutations` says. `--coverage` has atheris, where it is
installed, choose what is changed next by what a change has reached.
"""

import mmap
import os
import re
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from tempfile import TemporaryDirectory
from typing import final

from proofs.mutations import mutated, shaken_json
from proofs.records import ROOT, Record, arguments
from proofs.subjects import SUBJECTS, Subject


_CASES, _QUICK = 10_000, 25
_SECONDS, _BYTES = 10, 2 * 2**30
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def main() -> int:
    """Try all subjects, or those that are asked for."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    asked = arguments(__doc__, cases=0, only="", coverage=0)
    count = asked.cases or (_CASES if asked.full else _QUICK)
    names = asked.only.split(",") if asked.only else list(SUBJECTS)
    failed = 0
    with TemporaryDirectory(prefix="striate-fuzzing-") as folder:
        os.environ.update(STRIATE_CACHE=f"{folder}/cache", STRIATE_KERNELS="off")
        for name in names:
            command = f"python -m proofs.fuzzing --full --only {name!r}"
            record = Record.begun(f"fuzzing: {name}", command, asked)
            place = Path(folder) / name.replace(" ", "-")
            place.mkdir()
            trial = Trial(name, SUBJECTS[name](place), place, record)
            if asked.coverage:
                trial.cover(asked.coverage, asked.seed)
            else:
                trial.run(count, asked.seed, asked.seconds)
            print(f"== {name}")
            failed |= record.finish(is_full=asked.full)
    return failed


@final
@dataclass
class Trial:
    """Cases of one subject, in processes of their own, so that one that dies is seen and named."""

    name: str
    subject: Subject
    place: Path
    record: Record

    def run(self, count: int, seed: int, seconds: int) -> None:
        """Try so many cases; a process that dies takes only its own case with it."""
        record, shared = self.record, mmap.mmap(-1, 8 * 4)
        cases = record.rest(range(count), seconds)
        first = next(cases, count)
        while first < count:
            child = os.fork()
            if child == 0:
                self._work(first, cases, seed, shared)
            status = os.waitpid(child, 0)[1]
            at = struct.unpack("<q", shared[:8])[0]
            record.tried = at + 1
            if status == 0:
                break
            code = os.waitstatus_to_exitcode(status)
            why = "more than its time" if code == -signal.SIGPROF else f"exit {code}"
            record.fail(
                f"{self.name}, case {at}: the process ended: {why}; kept as {self._keep(at, seed)}"
            )
            first = next(cases, count)
        read, named = struct.unpack("<qq", shared[8:24])
        told = self.place / "failures.txt"
        if told.exists():
            for line in told.read_text("utf-8").splitlines():
                record.fail(line)
        record.counts["cases"] = record.tried
        record.count("read", read)
        record.count("faults with a name", named)
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        largest = "MiB of the largest process"
        record.counts[largest] = max(used, record.counts.get(largest, 0))

    def _case(self, number: int, seed: int) -> bytes:
        draw = Random(f"{self.name}, {seed}, {number}")
        content = draw.choice(self.subject.seeds)
        change = shaken_json if self.subject.is_json else mutated
        return change(content, self.subject.seeds, draw)

    def _keep(self, number: int, seed: int) -> Path:
        folder = ROOT / "proofs" / "found"
        folder.mkdir(exist_ok=True)
        file = folder / f"{self.name.replace(' ', '-')}-{seed}-{number}"
        file.write_bytes(self._case(number, seed))
        return file.relative_to(ROOT)

    def _work(self, first: int, others: Iterator[int], seed: int, shared: mmap.mmap) -> None:
        code = 1
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(quiet, stream)
            held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (held + _BYTES, held + _BYTES))
            for number in chain((first,), others):
                struct.pack_into("<q", shared, 0, number)
                at = {"read": 8, "named": 16}.get(self._try(number, seed), 24)
                struct.pack_into("<q", shared, at, struct.unpack_from("<q", shared, at)[0] + 1)
            code = 0
        finally:
            os._exit(code)

    def _try(self, number: int, seed: int) -> str:
        content = self._case(number, seed)
        # Not caught by Python, so that a loop in C ends as well.
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)
        try:
            return judged(self.subject.read, content)
        except BaseException as error:
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
            ours = [frame for frame in frames if "striate" in frame.filename]
            inner = f", by {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
            with (self.place / "failures.txt").open("a", encoding="utf-8") as file:
                told = (
                    " ".join(str(error).split())[:160].encode("ascii", "backslashreplace").decode()
                )
                file.write(
                    f"{self.name}, case {number}: {type(error).__name__} at {place}{inner}: {told}; kept as {self._keep(number, seed)}\n"
                )
            return "failed"

    def cover(self, runs: int, seed: int) -> None:
        """Have atheris choose the changes, by what they reach in Striate."""
        import atheris

        corpus = self.place / "corpus"
        corpus.mkdir()
        for number, content in enumerate(self.subject.seeds):
            (corpus / str(number)).write_bytes(content)

        def one(content: bytes) -> None:
            judged(self.subject.read, content)

        child = os.fork()
        if child == 0:
            atheris.instrument_all()
            atheris.Setup(
                [
                    "proofs",
                    f"-runs={runs}",
                    f"-seed={seed}",
                    "-max_len=65536",
                    f"-timeout={_SECONDS}",
                    "-rss_limit_mb=4096",
                    f"-artifact_prefix={self.place}/",
                    str(corpus),
                ],
                one,
            )
            atheris.Fuzz()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.record.count("cases chosen by coverage", runs)
        if code:
            self.record.fail(f"{self.name}: atheris ended with {code}")


def judged(read: Callable[[bytes], object], content: bytes) -> str:
    """Read a case, and tell what came of it.

    Raises:
        BaseException: What was raised is no fault with a name, or its words would steer a terminal.
    """
    from striate.cli.terminal import visible
    from striate.errors import StriateError

    try:
        read(content)
    except StriateError as error:
        told = visible(str(error), is_name=False)
        if _STEERING.search(told):
            raise ValueError(told) from error
        return "named"
    return "read"


if __name__ == "__main__":
    sys.exit(main())
