"""Write the README's table of computed, published and measured numbers; `--check` only compares."""

import json
import sys
from pathlib import Path

from striate import check, load, network_names


README = Path(__file__).parent.parent / "README.md"
RESULTS = README.parent / "results"
BEGIN, END = "<!-- numbers: written by scripts/readme.py -->", "<!-- end of numbers -->"

PUBLISHED_ERRORS = {"lenet5": "0.95 %, distorted 0.8 %"}
"""Test errors that the sources print, which no table of layers holds."""


def numbers() -> str:
    """Give the table, one row a network."""
    lines = [
        "| network | parameters | published | connections | published | test error | published |",
        "| --- | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    for name in network_names():
        report = check(load(name))
        total, claims = report.walk.total, report.document.table.totals
        lines.append(
            f"| [{name}](src/striate/networks/{name}.md) | {total.parameters:,} "
            f"| {claims.parameters or '-'} | {total.connections:,} | {claims.connections or '-'} "
            f"| {measured(name)} | {PUBLISHED_ERRORS.get(name, '-')} |"
        )
    return "\n".join(lines)


def measured(name: str) -> str:
    """Describe the measured error of a network, from its file of results."""
    found = []
    for file in sorted(RESULTS.glob(f"{name}-*.json")):
        outcome = json.loads(file.read_text(encoding="utf-8"))
        if outcome["network"] != name or "interval_per_cent" not in outcome:
            continue
        low, high = outcome["interval_per_cent"]
        runs, of = len(outcome["runs"]), "folds" if "folds" in outcome else "seeds"
        label = f", {outcome['label']}" if outcome.get("label") else ""
        mean = f"mean of {runs} {of}" if runs > 1 else "one seed"
        found.append(
            f"{outcome['mean_error_per_cent']:.2f} % on {outcome['data']}{label}, {mean} "
            f"({low:.2f} to {high:.2f} %)"
        )
    return "; ".join(found) or "-"


def main() -> int:
    """Write the table, or compare it."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    fresh = f"{before}{BEGIN}\n{numbers()}\n{END}{rest.split(END)[1]}"
    if "--check" in sys.argv:
        return 0 if fresh == text else 1
    README.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
