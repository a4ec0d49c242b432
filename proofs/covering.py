"""Which tests run which lines: a plugin of pytest that writes it down, and what reads it.

The context of coverage.py is the name of the running test; what is run while nothing is, as at import, has none.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

import pytest


_SECONDS: Final = "STRIATE_SECONDS_OF_TESTS"
_seconds: Final[dict[str, float]] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let what is run from here on be the test's."""
    from coverage import Coverage

    tracer = Coverage.current()
    if tracer is not None:
        tracer.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        if tracer is not None:
            tracer.switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up how long each test takes."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration


def pytest_unconfigure() -> None:
    """Write how long the tests took."""
    Path(os.environ[_SECONDS]).write_text(json.dumps(_seconds), encoding="utf-8")


@final
@dataclass(slots=True)
class Coverage:
    """The tests that run each line of a source tree.

    Args:
        by_line: Tests, by file below the tree and line.
        at_import: Lines that are run while no test is.
        seconds: How long each test takes.
    """

    by_line: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    at_import: set[tuple[str, int]] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests_of(self, file: str, lines: range) -> list[str]:
        """Return the tests that run any of some lines of a file, the quickest first."""
        found = {test for line in lines for test in self.by_line.get((file, line), ())}
        return sorted(found, key=lambda test: self.seconds.get(test, 0.0))

    def is_at_import(self, file: str, lines: range) -> bool:
        """Whether a line is run by more than its tests: then any test may see what becomes of it."""
        return any((file, line) in self.at_import for line in lines)


def cover(copy: Path, folder: Path, runs: Sequence[Sequence[str]]) -> Coverage | None:
    """Run tests of a copy of the program, and note which lines each runs.

    Args:
        copy: Root of the copy.
        folder: For what is written meanwhile.
        runs: Words for pytest, a process each.

    Returns:
        None where a test fails.
    """
    covered = Coverage()
    source = copy / "src" / "striate"
    for number, words in enumerate(runs):
        data, seconds = folder / f"lines-{number}", folder / f"seconds-{number}.json"
        command = [sys.executable, "-m", "coverage", "run", f"--data-file={data}"]
        command += [f"--source={source}", "-m", "pytest", "-q", "-x", "-n", "0"]
        command += ["-p", "no:cacheprovider", "-p", "proofs.covering", *words]
        path = os.pathsep.join((str(copy / "src"), str(copy), os.environ.get("PYTHONPATH", "")))
        environment = os.environ | {"PYTHONPATH": path, _SECONDS: str(seconds)}
        done = subprocess.run(command, cwd=copy, env=environment, check=False, capture_output=True)
        if done.returncode != 0:
            print(done.stdout.decode(errors="replace")[-4000:], file=sys.stderr)
            return None
        covered.seconds |= json.loads(seconds.read_text("utf-8"))
        _add(covered, data, source)
    return covered


def _add(covered: Coverage, data: Path, source: Path) -> None:
    from coverage import CoverageData

    found = CoverageData(str(data))
    found.read()
    for file in found.measured_files():
        name = Path(file).resolve().relative_to(source.resolve()).as_posix()
        for line, tests in found.contexts_by_lineno(file).items():
            covered.by_line.setdefault((name, line), set()).update(filter(None, tests))
            if "" in tests:
                covered.at_import.add((name, line))
