"""Write which tests `./scripts/test --quick` leaves out: the slowest, until the others take half a minute.

./scripts/test --junitxml=report.xml
.venv/bin/python scripts/slow_tests.py report.xml
"""

import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree


QUICK_SECONDS = 30.0
"""Of all tests that stay, as reported; finding the tests and loading torch takes longer than that."""

LIST = Path(__file__).parents[1] / "tests" / "slow.txt"


def main() -> None:
    """Read a report, and write the list."""
    took: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
        took[f"{case.get('classname')}.{case.get('name', '').partition('[')[0]}"] += float(
            case.get("time", 0)
        )
    rest, slow = sum(took.values()), []
    for name in sorted(took, key=lambda name: -took[name]):
        if rest <= QUICK_SECONDS:
            break
        rest -= took[name]
        slow.append(name)
    head = (
        f"# Written by scripts/slow_tests.py: without these, the tests took {rest:.0f} seconds.\n"
    )
    LIST.write_text(head + "".join(f"{name}\n" for name in sorted(slow)), encoding="utf-8")
    print(f"{len(slow)} of {len(took)} tests are slow; the others take {rest:.0f} seconds")


if __name__ == "__main__":
    main()
