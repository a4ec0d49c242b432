"""What a proof found: one record for each subject, from which docs/trust.md is written."""

import argparse
import json
import math
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from time import gmtime, monotonic, strftime
from typing import Any, TypeVar, final


ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "proofs.json"

Case = TypeVar("Case")


@final
@dataclass(slots=True)
class Record:
    """What came of one subject.

    Args:
        subject: Name of the proof.
        command: That does it again.
        seed: Of everything that is drawn.
        counts: What was done how often, by what it is called.
        failures: One line for each case that broke a promise.
        remarks: What is worth knowing beside the counts.
        planned: Cases that the whole proof has.
        tried: Cases of them that have been tried.
        commits: On which they were.
    """

    subject: str
    command: str
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    planned: int = 0
    tried: int = 0
    commits: list[str] = field(default_factory=list)

    @classmethod
    def begun(cls, subject: str, command: str, asked: argparse.Namespace) -> "Record":
        """Begin a record, or go on with that of a full proof which was stopped before its end.

        Args:
            subject: Name of the proof.
            command: That does it again.
            asked: The flags of the program.
        """
        kept: dict[str, Any] = read_records().get(subject, {})
        is_left = kept.get("tried", 0) < kept.get("planned", 0) and kept["seed"] == asked.seed
        if asked.full and is_left:
            return cls(**{one.name: kept[one.name] for one in fields(cls)})
        return cls(subject, command, asked.seed)

    def rest(self, cases: Sequence[Case], seconds: int) -> Iterator[Case]:
        """Give the cases that have not been tried, until the time is up. Others than those that were kept begin anew."""
        end = monotonic() + (seconds or math.inf)
        if self.planned != len(cases):
            self.planned, self.tried = len(cases), 0
            self.counts, self.failures, self.commits = {}, [], []
        while self.tried < self.planned and monotonic() < end:
            self.tried += 1
            yield cases[self.tried - 1]

    def count(self, name: str, number: int = 1) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + number

    def fail(self, line: str) -> None:
        """Note a case that broke a promise."""
        self.failures.append(line)
        print(f"FAILED {line}", file=sys.stderr, flush=True)

    def finish(self, *, is_full: bool) -> int:
        """Tell what came of it; the long part is kept in results/proofs.json.

        Returns:
            The exit code of the program.
        """
        for name, number in self.counts.items():
            print(f"{name}: {number:,}")
        for remark in self.remarks:
            print(remark)
        if self.tried < self.planned:
            print(f"tried: {self.tried:,} of {self.planned:,}; the same command goes on")
        print(f"failures: {len(self.failures)}", flush=True)
        if is_full:
            commit = machine()["commit"]
            self.commits += [] if commit in self.commits else [commit]
            keep(self)
        return 1 if self.failures else 0


def keep(record: Record) -> None:
    """Write a record among the others."""
    kept = read_records()
    kept[record.subject] = asdict(record) | machine()
    RESULTS.write_text(f"{json.dumps(kept, indent=1, sort_keys=True)}\n", encoding="utf-8")


def read_records() -> dict[str, dict[str, object]]:
    """Read all records by their subjects."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def machine() -> dict[str, str]:
    """Say on what a proof was done, and when."""
    import torch

    git = ["git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "commit": commit,
        "date": strftime("%Y-%m-%d", gmtime()),
        "torch": str(torch.__version__),
        "machine": f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, Python {platform.python_version()}",
    }


def arguments(description: str | None, **more: object) -> argparse.Namespace:
    """Read the flags that every proof has."""
    parser = argparse.ArgumentParser(description=description)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a small part, within seconds (default)")
    size.add_argument("--full", action="store_true", help="all of it; the record is kept")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seconds", type=int, default=0, help="stop after so long; the same command goes on"
    )
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()
