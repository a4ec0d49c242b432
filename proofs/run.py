"""Does all proofs in their full length, and writes docs/trust.md from what they found: `python -m proofs.run`.

`--page` writes the page alone. Hours on two cores; each proof can also be done by itself, and keeps its own record.
"""

import os
import subprocess
import sys

from proofs.records import ROOT, read_records


PROOFS = ("kills", "crash_states", "faults", "fuzzing", "sanitizers", "mutation_score")
BEGIN, END = "<!-- figures: written by proofs.run -->", "<!-- end of figures -->"
PAGES = {
    "docs/trust.md": ("subject", "what was done", "failures", "command, seed", "commit, date"),
    "docs/trust.ko.md": ("대상", "한 일", "실패", "명령, 시드", "커밋, 날짜"),
}


def main() -> int:
    """Run the proofs one after the other, then write the pages."""
    code = 0
    if "--page" not in sys.argv[1:]:
        for proof in PROOFS:
            done = subprocess.run(
                [sys.executable, "-m", f"proofs.{proof}", "--full"],
                cwd=ROOT,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                check=False,
            )
            code |= done.returncode
    for page, headings in PAGES.items():
        place = ROOT / page
        before, rest = place.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        place.write_text(f"{before}{BEGIN}\n\n{figures(headings)}\n{END}{after}", encoding="utf-8")
    return code


def figures(headings: tuple[str, ...]) -> str:
    """Write the table of what was found. Beside no failures stands the share that they stay below at 95 %."""
    lines = [f"| {' | '.join(headings)} |", f"| {' | '.join('---' for _ in headings)} |"]
    for subject, told in sorted(read_records().items()):
        counts: dict[str, int] = told["counts"]  # type: ignore[assignment]
        remarks: list[str] = told["remarks"]  # type: ignore[assignment]
        done = "; ".join([*(f"{name}: {number:,}" for name, number in counts.items()), *remarks])
        trials, tried, planned = trials_of(counts), told.get("tried", 0), told.get("planned", 0)
        if tried != planned:
            done += f"; {tried:,} of {planned:,} cases so far"
        commits = ", ".join(told.get("commits") or [told["commit"]])  # type: ignore[arg-type]
        failures = len(told["failures"])  # type: ignore[arg-type]
        bound = f" (below {300 / trials:.2g} %)" if trials and not failures else ""
        lines.append(
            f"| {subject} | {done} | {failures}{bound} | `{told['command']}`, {told['seed']} | {commits}, {told['date']} |"
        )
    return "\n".join(lines) + "\n"


def trials_of(counts: dict[str, int]) -> int:
    """Give the number of independent trials of a record: cases, kills, failing operations or different states."""
    names = ("cases", "kills:", "failing operations:", "different states:")
    return sum(number for name, number in counts.items() if name.startswith(names))


if __name__ == "__main__":
    sys.exit(main())
