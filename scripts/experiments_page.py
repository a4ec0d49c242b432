"""Write the list of measures, and of the shipped experiments with what was found, into docs/experiments.md."""

import sys
from pathlib import Path

from striate.experiments import experiment_names, load_experiment
from striate.experiments.measures.kinds import MEASURES


PAGE = Path("docs/experiments.md")
_ARGUMENTS = {"": "", "row": ": ROW", "row or all": " or : ROW", "number": ": NUMBER"}


def written(page: str) -> str:
    """Return the page with both lists as they are now."""
    head = page.partition("## Measures\n")[0]
    lines = ["## Measures", "", "| measure | what it says | exact |", "| --- | --- | --- |"]
    for name, kind in MEASURES.items():
        exact = (
            "yes" if list(MEASURES).index(name) < list(MEASURES).index("gradient error") else "-"
        )
        lines.append(f"| `{name}`{_ARGUMENTS[kind.argument]} | {kind.says} | {exact} |")
    lines += ["", "## The claims of the notes", ""]
    lines += ["| # | experiment | claim | verdict | budget, seeds | seconds |"]
    lines += ["| ---: | --- | --- | --- | --- | ---: |"]
    for name in experiment_names():
        one = load_experiment(name)
        found = dict(one.found)
        link = f"[{name}](../src/striate/experiments/{name}.md)"
        spent = ", ".join(
            told for told in (found.get("budget", "-"), found.get("seeds", "")) if told
        )
        spent = "exact" if found.get("budget") == "exact" else spent
        lines.append(
            f"| {one.number} | {link} | {one.claim} | {found.get('verdict', 'not asked yet')} | {spent} | "
            f"{found.get('seconds', '-')} |"
        )
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    now = PAGE.read_text(encoding="utf-8")
    wanted = written(now)
    if "--check" in sys.argv:
        sys.exit(0 if now == wanted else 1)
    PAGE.write_text(wanted, encoding="utf-8")
