"""The table of a run: a column for every side head, in terminals of every width."""

from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from striate.cli.epoch_table import BEST, EpochTable
from striate.cli.progress import Progress
from striate.data import load_source, summarize
from striate.training import Began, EpochEnded, EpochRecord


HEADS = ("aux1", "aux2")
RECORD = EpochRecord(
    epoch=3,
    learning_rate=0.0096,
    training_loss=2.34567,
    training_error=0.5432,
    validation_loss=2.5,
    validation_error=1.0,
    images=12_345,
    seconds=3599.0,
    head_losses={"aux1": 6.90776, "aux2": 12.5},
)


def table(width: int | None, heads: tuple[str, ...] = HEADS) -> EpochTable:
    return EpochTable(heads, has_validation=True, width=width)


def test_a_pipe_gets_all_columns_in_full_width() -> None:
    found = table(None)
    assert found.left_out == []
    assert found.headings() == (
        "   epoch     rate     loss    error     aux1     aux2 held out    error images/s      time"
    )
    assert found.line(RECORD) == (
        "       3   0.0096   2.3457  54.32 %   6.9078  12.5000   2.5000 100.00 %        3 59:59 min"
    )


def test_a_network_without_heads_has_no_columns_for_them() -> None:
    assert table(80, ()).headings().split() == (
        ["epoch", "rate", "loss", "error", "held", "out", "error", "images/s", "time"]
    )
    plain = EpochTable(width=80)
    assert plain.headings().split() == ["epoch", "rate", "loss", "error", "images/s", "time"]
    assert plain.line(RECORD).split() == [
        "3",
        "0.0096",
        "2.3457",
        "54.32",
        "%",
        "3",
        "59:59",
        "min",
    ]


def test_two_heads_fit_80_columns() -> None:
    found = table(80)
    assert found.left_out == ["images/s"]
    assert found.headings() == (
        "epoch    rate    loss    error    aux1    aux2 held out    error      time"
    )
    assert found.line(RECORD) == (
        "    3  0.0096  2.3457  54.32 %  6.9078 12.5000   2.5000 100.00 % 59:59 min"
    )


@pytest.mark.parametrize("width", [36, 40, 50, 60, 70, 79, 80, 100, 160])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_lines_fit_every_terminal_with_the_mark_of_the_best(width: int, count: int) -> None:
    heads = tuple(f"보조 {at}, a head with a long name {at}" for at in range(count))
    record = EpochRecord(9, 0.1, 2.0, 0.5, 2.0, 0.5, 9, 9.0, dict.fromkeys(heads, 2.0))
    found = table(width, heads)
    for line in (found.headings(), found.line(record)):
        assert cell_len(f"{line}{BEST}") <= width
        assert cell_len(line) == cell_len(found.headings())


def test_what_matters_least_leaves_first() -> None:
    order: list[str] = []
    for width in range(100, 0, -1):
        order += [one for one in table(width).left_out if one not in order]
    assert order == ["images/s", "rate", "aux2", "aux1", "time", "error"]
    assert table(1).headings() == "epoch    loss held out    error"


def test_long_names_are_told_apart_by_their_ends() -> None:
    heads = ("auxiliary classifier 1", "auxiliary classifier 2")
    assert "aux…r 1 aux…r 2" in table(80, heads).headings()


def shown(width: int, *, is_terminal: bool) -> list[str]:
    """What is printed of a run with two heads and held-out images, and of its third epoch."""
    progress, text = Progress(), StringIO()
    progress.out = Console(
        file=text, width=width, highlight=False, force_terminal=is_terminal, color_system=None
    )
    data = summarize(load_source("xor"))
    progress.show(Began(Path("run"), 9, 3, 1, 5, 0, (), data, (), HEADS))
    progress.show(EpochEnded(RECORD, is_best=True))
    return text.getvalue().splitlines()


def test_a_run_tells_what_its_terminal_has_no_room_for() -> None:
    note, headings, line = shown(64, is_terminal=True)[-3:]
    assert note == "Too narrow for rate, aux2, images/s; metrics.csv holds all."
    assert headings == "epoch    loss    error    aux1 held out    error      time"
    assert line == "    3  2.3457  54.32 %  6.9078   2.5000 100.00 % 59:59 min best"


def test_a_pipe_has_room_for_all() -> None:
    headings, line = shown(60, is_terminal=False)[-2:]
    assert headings == table(None).headings()
    assert line == f"{table(None).line(RECORD)}{BEST}"
