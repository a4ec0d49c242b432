"""How runs of one recipe from several seeds are followed, and what they come to together."""

import math
from typing import TYPE_CHECKING

from striate.cli.console import console, escape, plain_table
from striate.cli.following import follow
from striate.cli.progress import JsonLines, Progress
from striate.cli.reading_line import ReadingLine
from striate.cli.terminal import duration, per_cent, print_json


if TYPE_CHECKING:
    from rich.console import Console

    from striate.training import SeedRuns, Seeds


def follow_seeds(seeds: "Seeds", *, as_json: bool) -> int:
    """Do the runs that are left, one after another, and tell what all of them came to."""
    line = ReadingLine(is_wanted=not as_json)
    left = seeds.runs(line.show)
    while True:
        with line:
            run = next(left, None)
        if run is None:
            break
        seed = run.document.recipe.seed
        place = seeds.seeds.index(seed)
        if as_json:
            print_json({"seed": seed, "run": str(run.folder.path)}, indent=None)
            shown: JsonLines | Progress = JsonLines()
        else:
            gap = "\n" if place else ""
            console().print(f"{gap}Seed {seed}: run {place + 1:,} of {len(seeds.seeds):,}")
            shown = Progress(is_first=not place, goes_on_with=seeds.folder)
        code = follow(run, shown)
        if code:
            return code
    found = seeds.result()
    if as_json:
        print_json({"folder": str(seeds.folder), **found.plain()}, indent=None)
        return 0
    out = console()
    out.print()
    print_seeds(out, found)
    out.print(f"Runs      {escape(str(seeds.folder))}", soft_wrap=True)
    return 0


def print_seeds(out: "Console", found: "SeedRuns") -> None:
    """Print a line a seed, and the mean of their errors with its interval."""
    numbers = ("seed", "epochs", "wrong", "test error", "balanced", "time")
    has_balanced = found.is_unbalanced
    shown = [name for name in numbers if has_balanced or name != "balanced"]
    table = plain_table(*shown, numbers=numbers)
    for one in found.outcomes:
        balanced = [_error(one.balanced_error)] if has_balanced else []
        table.add_row(
            str(one.seed),
            f"{len(one.history):,}",
            "-" if one.errors is None else f"{one.errors:,}",
            _error(one.test_error),
            *balanced,
            duration(one.seconds),
        )
    out.print(table)
    out.print()
    out.print(mean_of(found), soft_wrap=True)


def mean_of(found: "SeedRuns") -> str:
    """Tell the mean of the test errors with its interval."""
    from striate.prediction import mean_interval

    count = len(found.test_errors)
    if not count:
        return "No run is finished."
    said = f"Mean test error over {count:,} {'seed' if count == 1 else 'seeds'}: {per_cent(found.mean)}"
    said += _between(found.interval, ", 95 % interval (Student's t) ")
    if found.is_unbalanced:
        errors = found.balanced_errors
        mean = per_cent(math.fsum(errors) / len(errors))
        said += f"; mean over classes of different sizes: {mean}"
        said += _between(mean_interval(errors), ", ")
    return f"{said}."


def _between(interval: tuple[float, float] | None, words: str) -> str:
    if interval is None:
        return ""
    return f"{words}{100 * max(interval[0], 0.0):.2f} to {per_cent(interval[1])}"


def _error(error: float | None) -> str:
    return "-" if error is None else per_cent(error)
