"""Write which tests `./scripts/test --quick` leaves out: the slowest, until the others are done within 90 seconds on two cores.

./scripts/test -n 2 --junitxml=report.xml
.venv/bin/python scripts/slow_tests.py report.xml
"""

import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree


QUICK_SECONDS = 50.0
"""From the start to the end of the quick part, as the report adds it up. 90 are promised: what a slow test set up for others is
set up without it all the same, so that the part took 112 where the report said 80."""

PROCESSES = 2
"""That ran the tests of the report, and will run the quick part."""

LIST = Path(__file__).parents[1] / "tests" / "slow.txt"


def main() -> None:
    """Read a report, and write the list."""
    suite = next(ElementTree.parse(sys.argv[1]).iter("testsuite"))
    took: dict[str, float] = defaultdict(float)
    for case in suite.iter("testcase"):
        took[f"{case.get('classname')}.{case.get('name', '').partition('[')[0]}"] += float(
            case.get("time", 0)
        )
    # What the processes did beside the tests: they began, imported, collected and reported.
    around = float(suite.get("time", 0)) * PROCESSES - sum(took.values())
    rest, slow = sum(took.values()) + around, set[str]()
    for name in sorted(took, key=lambda name: -took[name]):
        if rest <= QUICK_SECONDS * PROCESSES:
            break
        rest -= took[name]
        slow.add(name)
    stays = {_file(name) for name in took.keys() - slow}
    lines = {_file(name) if _file(name) not in stays else name for name in slow}
    seconds = rest / PROCESSES
    head = (
        f"# Written by scripts/slow_tests.py: without these, {seconds:.0f} seconds of {PROCESSES} processes are left.\n"
        "# A line names a test, or a file of which all tests are slow.\n"
    )
    LIST.write_text(head + "".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
    print(f"{len(slow)} of {len(took)} tests are slow; the others took {seconds:.0f} seconds")


def _file(test: str) -> str:
    """Return the file of a test, which may stand in a class; an example in a docstring stands for itself."""
    parts = test.split(".")
    last = next(
        (at for at, part in enumerate(parts) if part.startswith("test_") and at > 0), len(parts)
    )
    return ".".join(parts[: last + 1])


if __name__ == "__main__":
    main()
