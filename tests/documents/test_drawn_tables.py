"""Tables drawn with signs are the table that Markdown would hold."""

from collections.abc import Callable, Sequence
from time import process_time

import pytest

from striate.documents import read_networks
from striate.documents.forms.drawn_tables import with_drawn_tables
from striate.documents.markdown import split
from striate.errors import NoNetworkError


ROWS = (
    ("Layer", "Type", "Output"),
    ("Input", "image", "1x28x28"),
    ("C1", "conv 5x5, 6 filters", "6x24x24"),
    ("P2", "max pooling 2x2", "6x12x12"),
    ("F3", "fully connected 10", "10"),
)
Rows = Sequence[tuple[str, ...]]


def _padded(rows: Rows) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]


def markdown(rows: Rows) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def org(rows: Rows) -> str:
    lines = [f"| {' | '.join(row)} |" for row in _padded(rows)]
    return "\n".join([lines[0], "|" + "+".join("-" * 8 for _ in rows[0]) + "|", *lines[1:]])


def restructured(rows: Rows) -> str:
    """Give a grid whose cells are folded at blanks."""
    width = 12
    border = "+" + "+".join("-" * width for _ in rows[0]) + "+"
    lines = [border]
    for row in rows:
        folded = [_folded(cell, width - 2) for cell in row]
        for at in range(max(map(len, folded))):
            cells = [(part[at] if at < len(part) else "").ljust(width - 2) for part in folded]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append(border)
    lines[lines.index(border, 1)] = border.replace("-", "=")
    return "\n".join(lines)


def _folded(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def pretty(rows: Rows) -> str:
    padded = _padded(rows)
    border = "+" + "+".join("-" * (len(cell) + 2) for cell in padded[0]) + "+"
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([border, lines[0], border, *lines[1:], border])


def boxes(rows: Rows) -> str:
    padded = _padded(rows)
    bars = ["─" * (len(cell) + 2) for cell in padded[0]]
    lines = [f"│ {' │ '.join(row)} │" for row in padded]
    top, middle, bottom = (
        f"{left}{joint.join(bars)}{right}" for left, joint, right in ("┌┬┐", "├┼┤", "└┴┘")
    )
    return "\n".join(["```", top, lines[0], middle, *lines[1:], bottom, "```"])


def rules(rows: Rows) -> str:
    padded = _padded(rows)
    rule = "  ".join("=" * len(cell) for cell in padded[0])
    lines = ["  ".join(row).rstrip() for row in padded]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def pandoc(rows: Rows) -> str:
    padded = _padded(rows)
    lines = ["  ".join(row).rstrip() for row in padded]
    return "\n".join([lines[0], "  ".join("-" * len(cell) for cell in padded[0]), *lines[1:]])


@pytest.mark.parametrize("draw", [org, restructured, pretty, boxes, rules, pandoc])
@pytest.mark.parametrize("ending", ["md", "rst", "txt"])
def test_a_drawn_table_is_read_as_one_of_markdown(draw: Callable[[Rows], str], ending: str) -> None:
    (plain,) = read_networks(f"# Net\n\n{markdown(ROWS)}\n", "net.md")
    text = f"# Net\n\nSee below.\n\n{draw(ROWS)}\n\nThat is all.\n"
    (drawn,) = read_networks(text, f"net.{ending}")
    assert [(row.name, row.layer, row.claims) for row in drawn.table.rows] == [
        (row.name, row.layer, row.claims) for row in plain.table.rows
    ]
    assert drawn.walk.total == plain.walk.total
    assert drawn.walk.total.parameters == 5 * 5 * 6 + 6 + 6 * 12 * 12 * 10 + 10
    c1 = drawn.table.rows[1].line
    assert c1 is not None
    assert text.splitlines()[c1 - 1].find("C1") >= 0


def test_columns_under_rules_are_as_wide_as_they_are_seen() -> None:
    text = (
        "=====  ==============  ========\n"
        "층     종류            출력\n"
        "=====  ==============  ========\n"
        "입력   이미지          1x28x28\n"
        "C1     합성곱 5x5, 6   6x24x24\n"
        "출력   완전연결 10     10\n"
        "=====  ==============  ========\n"
    )
    (network,) = read_networks(text, "net.rst")
    assert network.walk.total.parameters == 156 + 34570


def test_a_table_of_markdown_in_code_stays_no_network() -> None:
    with pytest.raises(NoNetworkError):
        read_networks(f"```\n{markdown(ROWS)}\n```\n", "net.md")


def test_boxes_around_words_are_no_table() -> None:
    with pytest.raises(NoNetworkError):
        read_networks("+------+\n| conv |\n+------+\n| pool |\n+------+\n", "net.md")


@pytest.mark.parametrize(
    "line",
    [
        "|" + "-" * 50000 + "x",
        "+" + "-+" * 50000 + "x",
        "-- " * 50000 + "x",
        "+--+--+\n| a | b |\n\n" * 5000,
        "a  b\n--  --\nc  d\n\n" * 5000,
    ],
    ids=["border", "joints", "rule", "grids", "rules"],
)
def test_lines_that_are_nearly_tables_are_read_in_linear_time(line: str) -> None:
    start = process_time()
    with_drawn_tables(split(line))
    assert process_time() - start < 3
