"""`striate train --find-rate`: the range test of learning rates, as a table and a picture."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli.console import console, escape, plain_table
from striate.cli.terminal import print_json
from striate.system.files import write_durably


if TYPE_CHECKING:
    from striate.training.rate_search import RateSearch


_LINES = 13


def print_search(found: "RateSearch", file: Path, *, as_json: bool) -> None:
    """Write the picture of a range test, and print what it found."""
    if found.rates:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durably(file, found.png())
    if as_json:
        print_json(
            {
                "rates": list(found.rates),
                "losses": list(found.losses),
                "smoothed": list(found.smoothed),
                "suggestion": found.suggestion,
                "stated": found.stated,
                "picture": str(file) if found.rates else None,
            }
        )
        return
    out = console()
    numbers = ("rate", "loss", "smoothed")
    table = plain_table(*numbers, "", numbers=numbers)
    count = len(found.rates)
    shown = {round(line * (count - 1) / (_LINES - 1)) for line in range(_LINES)} if count else set()
    for step in sorted(shown | ({found.best} if found.best is not None else set())):
        figures = found.losses[step], found.smoothed[step]
        mark = "[green]least[/]" if step == found.best else ""
        table.add_row(f"{found.rates[step]:.2g}", *(f"{one:.4f}" for one in figures), mark)
    out.print(table)
    out.print()
    out.print(
        f"{found.rule} The recipe's rate is {found.stated:g} ({found.optimizer}).", soft_wrap=True
    )
    if found.rates:
        out.print(f"Picture   {escape(str(file))}", soft_wrap=True)


def picture_of(arguments: argparse.Namespace, name: str) -> Path:
    """Choose where the picture goes: --output, or beside the runs."""
    given: Path | None = arguments.output
    return given if given is not None else Path("runs") / f"{name}-rates.png"
