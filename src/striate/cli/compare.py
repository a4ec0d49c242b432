"""`striate compare`: runs beside each other, and whether chance alone would make one better."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table as Grid

from striate.cli.console import console, escape, plain_table
from striate.cli.seeds import mean_of
from striate.cli.terminal import duration, per_cent, print_json
from striate.errors import TrainingError
from striate.errors.training import one_run_to_compare, runs_beside_seeds
from striate.system.files import write_durably


if TYPE_CHECKING:
    from striate.training import SeedRuns
    from striate.training.comparison import Paired, PairedSeeds, RunOutcome


HELP = "put runs beside each other: errors, times, and a paired test"
DESCRIPTION = (
    "Put runs beside each other: error on held-out examples and on the test with its 95 % interval, epochs and time. "
    "Each run is compared with the first one on the same test examples, by McNemar's exact test; folders of "
    "runs from several seeds by the differences of the same seeds."
)

_CLEAR = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="folders of runs, or of `train --seeds`"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE.png", help="draw the curves of all runs"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read, compare and print."""
    from striate.training.comparison import compare_runs, read_outcomes
    from striate.training.seeds import are_seeds, read_seed_runs

    folders = list(dict.fromkeys(arguments.runs))
    many = [read_seed_runs(folder) for folder in folders if are_seeds(folder)]
    alone = [folder for folder in folders if not are_seeds(folder)]
    if len(folders) == 1 and not many:
        raise TrainingError(one_run_to_compare(str(folders[0])))
    if many and alone:
        raise TrainingError(runs_beside_seeds(str(alone[0]), str(many[0].folder)))
    outcomes = read_outcomes(alone) if alone else [run for one in many for run in one.outcomes]
    pairs = [compare_runs(outcomes[0], other) for other in outcomes[1:]] if alone else []
    paired = _paired_seeds(many)
    left_out = _draw(outcomes, arguments.output) if arguments.output and outcomes else 0
    if arguments.json:
        shown: dict[str, object] = {
            "runs": [_plain(run) for run in outcomes],
            "pairs": [*map(_plain_pair, pairs), *map(_plain_pair, paired)],
        }
        means = [{"folder": str(one.folder), **one.plain()} for one in many]
        print_json(shown | ({"seeds": means} if many else {}))
        return 0
    out = console()
    out.print(_table(outcomes))
    out.print()
    for one in many:
        out.print(escape(f"{one.folder}: {mean_of(one)}"), soft_wrap=True)
    for said in (*map(_told, pairs), *map(_told_of_seeds, paired)):
        out.print(escape(said), soft_wrap=True)
    if arguments.output:
        out.print(f"\nCurves  {escape(str(arguments.output))}", soft_wrap=True)
    if left_out:
        out.print(f"The last {left_out:,} runs are not drawn: more lines cannot be told apart.")
    return 0


def _paired_seeds(many: "Sequence[SeedRuns]") -> "list[PairedSeeds]":
    from striate.training.comparison import compare_seeds

    return [
        compare_seeds(many[0].folder, many[0].outcomes, other.folder, other.outcomes)
        for other in many[1:]
    ]


def _told_of_seeds(pair: "PairedSeeds") -> str:
    if pair.interval is None:
        return f"{pair.other} beside {pair.first}: not compared, for {pair.reason}."
    low, high = pair.interval
    verdict = "no clear difference"
    if low > 0 or high < 0:
        verdict = "better" if high < 0 else "worse"
    return (
        f"{pair.other} beside {pair.first}: mean difference {100 * pair.difference:+.2f} points over {pair.seeds:,} "
        f"seeds, 95 % interval (Student's t, seed by seed) {100 * low:+.2f} to {100 * high:+.2f}: {verdict}."
    )


def _draw(outcomes: "Sequence[RunOutcome]", file: Path) -> int:
    """Draw the curves, and return how many runs had no room."""
    from striate.pictures import draw_runs
    from striate.pictures.style import LINES
    from striate.training.results import points_of

    drawn = outcomes[: len(LINES)]
    points = {str(outcome.folder): points_of(outcome.history) for outcome in drawn}
    write_durably(file, draw_runs(points, "Runs beside each other"))
    return len(outcomes) - len(drawn)


def _table(outcomes: "Sequence[RunOutcome]") -> Grid:
    numbers = ("seed", "epochs", "held out", "test", "time")
    table = plain_table("run", "network", "data", *numbers, "95 % interval", numbers=numbers)
    for outcome in outcomes:
        interval = outcome.interval
        done, planned = len(outcome.history), outcome.epochs
        table.add_row(
            escape(str(outcome.folder)),
            escape(outcome.network),
            escape(outcome.data),
            str(outcome.seed),
            f"{done:,}" if done == planned else f"{done:,} of {planned:,}",
            "-" if outcome.held_out_error is None else per_cent(outcome.held_out_error),
            "-" if outcome.test_error is None else per_cent(outcome.test_error),
            duration(outcome.seconds),
            "-" if interval is None else f"{100 * interval[0]:.2f} to {per_cent(interval[1])}",
        )
    return table


def _told(pair: "Paired") -> str:
    if pair.chance is None:
        return f"{pair.other} beside {pair.first}: not compared, for {pair.reason}."
    alone = f"{pair.other_alone:,} wrong in it alone, {pair.first_alone:,} in the first alone"
    verdict = "a difference that chance makes often"
    if pair.chance < _CLEAR:
        is_better = pair.other_alone < pair.first_alone
        verdict = f"{'better' if is_better else 'worse'}, and seldom by chance"
    return f"{pair.other} beside {pair.first}: {alone}; p = {pair.chance:.3g}: {verdict}."


def _plain(outcome: "RunOutcome") -> dict[str, object]:
    return {
        "run": str(outcome.folder),
        "network": outcome.network,
        "data": outcome.data,
        "seed": outcome.seed,
        "epochs": len(outcome.history),
        "planned_epochs": outcome.epochs,
        "held_out_error": outcome.held_out_error,
        "test_examples": None if outcome.predictions is None else len(outcome.predictions),
        "test_errors": outcome.errors,
        "test_error": outcome.test_error,
        "interval": outcome.interval and list(outcome.interval),
        "seconds": outcome.seconds,
    }


def _plain_pair(pair: "Paired | PairedSeeds") -> dict[str, object]:
    return {**asdict(pair), "first": str(pair.first), "other": str(pair.other)}
