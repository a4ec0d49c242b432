"""Plants one small fault at a time in a copy of the program, and counts how many the tests see.

    python -m proofs.mutation_score [--full] [--only ROOM] [--each N]

Takes `pip install cosmic-ray`, whose operators make the faults: another comparison, sign, number, truth value, an
exception of another kind, a loop that does nothing. A seeded sample of each room is tried, with the tests that are
named for it, and what they do not see with the quick part of all tests; a fault that no test sees is listed with its
line. Faults that no test could see, for they change nothing, count as unseen.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, and draws nothing that a network learns from
from typing import Any, Final, final

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
    code = 0
    for room, (places, tests) in ROOMS.items():
        if given.only in {"", room}:
            command = f"python -m proofs.mutation_score --full --only {room} --each {given.each}"
            record = Record.begun(f"mutation score: {room}", command, given)
            chosen = sample(mutants(places), given.each if given.full else 1, Random(given.seed))
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder, "copy")
                shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
                if not _passes(copy, tests):
                    message = f"{room}: its tests fail without a fault"
                    raise SystemExit(message)
                for mutant in record.rest(chosen, given.seconds):
                    _try(record, mutant, copy, tests)
            tried = record.tried - record.counts.get("without a fault", 0)
            missed = 100 * len(record.failures) / max(tried, 1)
            record.remarks = [f"score: {100 - missed:.0f} % of {tried}"]
            code |= record.finish(is_full=given.full)
    return code


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


def _try(record: Record, mutant: Mutant, copy: Path, tests: tuple[str, ...]) -> None:
    """Plant a fault, run the tests, and take it out again."""
    place = copy / "src" / "striate" / mutant.file
    before = place.read_text(encoding="utf-8")
    after = mutant.text(before)
    if ast.dump(ast.parse(before)) == ast.dump(ast.parse(after)):
        record.count("without a fault")
        return
    place.write_text(after, encoding="utf-8")
    try:
        if not _passes(copy, tests):
            record.count("seen")
        elif not _passes(copy, _QUICK):
            record.count("seen by tests of other rooms")
        else:
            changed = [
                f"{number}: {one.strip()} -> {other.strip()}"
                for number, (one, other) in enumerate(
                    zip(before.splitlines(), after.splitlines(), strict=False), start=1
                )
                if one != other
            ]
            record.fail(f"{mutant.file}, line {'; '.join(changed[:2])}")
    finally:
        place.write_text(before, encoding="utf-8")


def _passes(copy: Path, tests: tuple[str, ...]) -> bool:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    path = os.pathsep.join((str(copy / "src"), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
