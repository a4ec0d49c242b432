"""Two Striates in turns, one of an earlier revision: `against_revision.py REV [NETWORK ...]`.

Both train, read many examples and answer for single ones, by the same files. The median of the paired ratios is told with
its 95 % interval: above 1, this one is faster.
"""

import argparse
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from cases import CASES, OURS, ROOT
from findings import written
from striate.bench.files import Kind
from striate.bench.study import Plan, Program, Study, compared, own_programs
from striate.bench.workload import lay_out_workload
from striate.errors import TimingError
from striate.system.devices import available_cores


KINDS: tuple[Kind, ...] = ("training", "reading", "answering")
BEFORE = "before"


def program(name: str, place: Path) -> Program:
    """Return the Striate of a folder as a program to be measured."""
    return replace(own_programs()[OURS], name=name, environment={"PYTHONPATH": str(place / "src")})


def main() -> None:
    """Compare, and print a line for each network and kind of work."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("revision")
    parser.add_argument("networks", nargs="*", help="those of `cases.py` when absent")
    parser.add_argument("--pairs", type=int, default=5, help="turns of each (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn, at least a step (2)")
    parser.add_argument("--threads", type=int, default=available_cores())
    arguments = parser.parse_args()
    plan = Plan(arguments.pairs, arguments.seconds, arguments.threads)
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory(prefix="striate-before-") as name:
        folder = Path(name)
        before = folder / BEFORE
        subprocess.run([*git, "add", "--detach", "-q", str(before), arguments.revision], check=True)
        try:
            for case in CASES:
                if arguments.networks and case.network not in arguments.networks:
                    continue
                for kind in KINDS:
                    batch = case.batch if kind == "training" else case.reading_batch
                    workload = lay_out_workload(case.document, folder, batch)
                    study = Study(workload, kind, case.own_width, plan, folder)
                    try:
                        raw = study.run(program(OURS, ROOT), [program(BEFORE, before)])
                        ratio = compared(raw, BEFORE).ratio
                        told = "all pairs dropped" if ratio is None else written(ratio)
                    except (TimingError, KeyError) as error:
                        told = f"not measured: {study.failures or error}"
                    print(f"{case.network}, {kind}: {told}", flush=True)
        finally:
            subprocess.run([*git, "remove", "--force", str(before)], check=True)


if __name__ == "__main__":
    main()
