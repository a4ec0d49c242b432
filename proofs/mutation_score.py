"""Plants one small fault at a time in a copy of the program, and counts how many the tests see.

    python -m proofs.mutation_score [--full] [--only ROOM] [--each N]

Takes `pip install cosmic-ray coverage`. The operators of the first make the faults: another comparison, sign, number,
truth value, an exception of another kind, a loop that does nothing. A seeded sample of each room is tried, each fault
with the tests that run its line: of those that are named for the room, and of the quick part of all. What is run at
import is tried with all that are named for the room. A fault that no test sees is listed with its line. Faults that
no test could see, for they change nothing, count as unseen, and so do lines that only another process runs.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, and draws nothing that a network learns from
from typing import Any, Final, final

from proofs.covering import Coverage, cover
from proofs.records import ROOT, Record, arguments


ROOMS: Final = {
    "arithmetic": (("arithmetic",), ("tests/layers", "tests/checking")),
    "checking": (("checking",), ("tests/checking", "tests/cli/test_check_alone.py")),
    "guard": (("runtime/guard.py",), ("tests/runtime", "tests/modules")),
    "data": (("data/sources", "data/inspection"), ("tests/data",)),
}
"""Where faults are planted, below src/striate, and which tests have to see them."""

# Types in annotations are joined by `|`; without its decorator no class of data can be imported; and
# the last ones want to be told names.
_UNFIT = ("BitOr", "RemoveDecorator", "Variable")
_SECONDS = 900
_QUICK = ("--quick", "tests")
_ALL_ROOMS = "tests/architecture/test_frozen_data.py"
_LEFT_OUT = (".git", ".venv", "runs", "site", "*.pyc", "node_modules", ".mypy_cache", ".ruff_cache")


@final
@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Args:
        file: Where it is, below src/striate.
        operator: Of cosmic-ray.
        place: Line and column.
        operator: Of cosmic-ray.
        occurrence: Which of the faults in the file that the operator makes.
    """

    file: str
    place: tuple[int, int]
    operator: str
    occurrence: int

    def text(self, before: str) -> str:
        """Give the file with the fault in it."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        operator: Any = get_operator(self.operator)()
        after: str | None = mutate_code(before, operator, self.occurrence)
        return before if after is None else after


def main() -> int:
    """Try a sample of each room."""
    given = arguments(__doc__, only="", each=60)
    rooms = {room: parts for room, parts in ROOMS.items() if given.only in {"", room}}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        named = sorted({test for _, tests in rooms.values() for test in tests})
        covered = cover(copy, Path(folder), [named, _QUICK])
        if covered is None:
            message = "tests fail without a fault"
            raise SystemExit(message)
        return max(
            _tried(given, room, places, tests, copy, covered)
            for room, (places, tests) in rooms.items()
        )


def _tried(
    given: argparse.Namespace,
    room: str,
    places: tuple[str, ...],
    tests: tuple[str, ...],
    copy: Path,
    covered: Coverage,
) -> int:
    """Try a sample of one room, and return the exit code."""
    command = f"python -m proofs.mutation_score --full --only {room} --each {given.each}"
    record = Record.begun(f"mutation score: {room}", command, given)
    chosen = sample(mutants(places), given.each if given.full else 1, Random(given.seed))
    for mutant in record.rest(chosen, given.seconds):
        _try(record, mutant, copy, tests, covered)
    tried = record.tried - record.counts.get("without a fault", 0)
    missed = 100 * len(record.failures) / max(tried, 1)
    record.remarks = [f"score: {100 - missed:.0f} % of {tried}"]
    return record.finish(is_full=given.full)


def mutants(places: tuple[str, ...]) -> Iterator[Mutant]:
    """Give every fault that can be planted in some files."""
    try:
        from cosmic_ray.ast import ast_nodes, get_ast_from_path
        from cosmic_ray.plugins import get_operator, operator_names
    except ImportError:
        message = "cosmic-ray is not installed: pip install cosmic-ray"
        raise SystemExit(message) from None
    source = ROOT / "src" / "striate"
    for place in places:
        files = (
            [source / place] if place.endswith(".py") else sorted((source / place).rglob("*.py"))
        )
        for file in files:
            nodes = list(ast_nodes(get_ast_from_path(file)))
            for name in sorted(operator_names()):
                if any(word in name for word in _UNFIT):
                    continue
                operator = get_operator(name)()
                places_of = (at for node in nodes for at in operator.mutation_positions(node))
                for occurrence, (start, _) in enumerate(places_of):
                    where = file.relative_to(source).as_posix()
                    yield Mutant(where, tuple(start), name, occurrence)


def sample(found: Iterable[Mutant], number: int, random: Random) -> list[Mutant]:
    """Draw places, and one of the faults of each: a sum can be changed in more ways than a comparison."""
    by_place: dict[tuple[str, tuple[int, int]], list[Mutant]] = {}
    for mutant in found:
        by_place.setdefault((mutant.file, mutant.place), []).append(mutant)
    drawn = random.sample(sorted(by_place), min(number, len(by_place)))
    return [random.choice(by_place[place]) for place in drawn]


def _try(
    record: Record, mutant: Mutant, copy: Path, tests: tuple[str, ...], covered: Coverage
) -> None:
    """Plant a fault, run the tests that meet it, and take it out again."""
    place = copy / "src" / "striate" / mutant.file
    before = place.read_text(encoding="utf-8")
    after = mutant.text(before)
    if ast.dump(ast.parse(before)) == ast.dump(ast.parse(after)):
        record.count("without a fault")
        return
    lines = _lines_of(ast.parse(before), mutant.place[0])
    chosen = covered.tests_of(mutant.file, lines)
    place.write_text(after, encoding="utf-8")
    try:
        if chosen and not _passes(copy, chosen):
            record.count("seen by tests that run the line")
        elif covered.is_at_import(mutant.file, lines) and not _passes(copy, (*tests, _ALL_ROOMS)):
            record.count("seen at import")
        else:
            changed = [
                f"{number}: {one.strip()} -> {other.strip()}"
                for number, (one, other) in enumerate(
                    zip(before.splitlines(), after.splitlines(), strict=False), start=1
                )
                if one != other
            ]
            met = f"{len(chosen)} tests run it" if chosen else "no test runs it"
            record.fail(f"{mutant.file}, line {'; '.join(changed[:2])} ({met})")
    finally:
        place.write_text(before, encoding="utf-8")


def _lines_of(tree: ast.Module, line: int) -> range:
    """Return the lines of the smallest statement that a line is of: coverage.py names the first of them."""
    spans = [
        range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
    ]
    return min((span for span in spans if line in span), key=len, default=range(line, line + 1))


def _passes(copy: Path, tests: Sequence[str]) -> bool:
    chosen = copy / "chosen-tests.txt"
    chosen.write_text("\n".join(tests), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    path = os.pathsep.join((str(copy / "src"), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        done = subprocess.run(
            [*command, f"@{chosen}"],
            cwd=copy,
            env=environment,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
