"""A network drawn as papers draw it, from its table alone."""

from collections.abc import Iterator
from typing import Literal, assert_never, get_args

from striate.arithmetic import Walk
from striate.drawing.blocks import Block, blocks_of, described, is_straight
from striate.drawing.boxes import draw_boxes
from striate.drawing.figure import MARGIN, Figure, Item, Text, bounds
from striate.drawing.graph import draw_graph, full_labels
from striate.drawing.modules import draw_lines, draw_modules
from striate.drawing.stack import draw_stack
from striate.drawing.words import Language
from striate.errors import DrawingError
from striate.errors.drawing import detail_without_graph, not_straight


Style = Literal["stack", "boxes", "graph"]
STYLES: tuple[Style, ...] = get_args(Style)

Detail = Literal["full", "lines", "modules"]
Items = tuple[Item, ...]
DETAILS: tuple[Detail, ...] = get_args(Detail)

COLUMN = 252.0
"""Width of one column of a paper, in points: three and a half inches."""

PAGE = (505.0, 680.0)
"""Width and height of a page's text, in points."""

LETTERS = (6.0, 5.75, 5.5, 5.25, 5.0)
"""Sizes of letters in points: the first with which a drawing is not wider than was asked for, else the last."""

_TRIES = 3

_MOST_SHEETS_IN_A_ROW = 9
"""Blocks up to which sheets of maps fit side by side."""


def draw(
    walk: Walk,
    title: str,
    *,
    style: Style | None = None,
    detail: Detail | None = None,
    width: float = COLUMN,
    language: Language = "en",
) -> Figure:
    """Draw a network.

    Args:
        walk: The arithmetic on a table without faults.
        title: Of the drawing.
        style: `stack` draws sheets of maps, `boxes` solids, `graph` blocks with arrows. By itself a graph is drawn
            where rows have branches, else boxes where convolutions have two groups or rows are many, else a stack.
        detail: Of a graph: `full` has name, operation and size of each block, `lines` one line each, and `modules`
            draws modules that come again once. By itself the first of these with which a graph fits a page.
        width: Of the drawing in points; a graph is as wide as it needs.
        language: Of the words in it.

    Raises:
        DrawingError: The style cannot show branches, and the table has some; or it is no graph, and a detail is given.
    """
    blocks = blocks_of(walk, language, with_parts=True)
    chosen = style or _fitting(blocks)
    if chosen == "graph":
        items = _graph(blocks, detail, language)
    else:
        if detail is not None:
            raise DrawingError(detail_without_graph(detail, chosen))
        whole = blocks_of(walk, language, with_parts=False)
        blocks = tuple(block for block in whole if not block.is_side)
        if not is_straight(blocks):
            raise DrawingError(not_straight(chosen, *_branch(blocks)))
        items = _in_width(blocks, chosen, width)
    return Figure(items, title, described(blocks)).cropped()


def _graph(blocks: tuple[Block, ...], detail: Detail | None, language: Language) -> Items:
    """Draw a graph with a detail, or with the most with which it fits a page."""
    items: Items = ()
    for each in (detail,) if detail else DETAILS:
        items = tuple(_detailed(blocks, each, language))
        left, top, right, bottom = bounds(items)
        if right - left <= PAGE[0] and bottom - top <= PAGE[1]:
            break
    return items


def _detailed(blocks: tuple[Block, ...], detail: Detail, language: Language) -> Iterator[Item]:
    match detail:
        case "full":
            return draw_graph(blocks, full_labels(blocks), LETTERS[0])
        case "lines":
            return draw_lines(blocks, LETTERS[0], language)
        case "modules":
            return draw_modules(blocks, LETTERS[0], language)
        case _:
            assert_never(detail)


def _in_width(blocks: tuple[Block, ...], style: Literal["stack", "boxes"], width: float) -> Items:
    """Draw in a width: where the texts need more, they become a little smaller, then a stack has more lines."""
    room = width - 2 * MARGIN
    drawn: list[tuple[float, Items]] = []
    for lines in range(1, len(blocks) + 1 if style == "stack" else 2):
        for size in LETTERS:
            target = room
            for _ in range(_TRIES):  # texts at both ends reach out of what is drawn
                if style == "stack":
                    items = tuple(draw_stack(blocks, target, size, lines))
                else:
                    items = tuple(draw_boxes(blocks, target, size))
                left, _, right, _ = bounds(items)
                if right - left <= room + 0.01:
                    return items
                drawn.append((right - left, items))
                target -= right - left - room
    return min(drawn, key=lambda each: round(each[0]))[1]


def _fitting(blocks: tuple[Block, ...]) -> Style:
    if not is_straight(blocks):
        return "graph"
    has_towers = any(block.groups == 2 for block in blocks)  # noqa: PLR2004 - as in AlexNet
    return "boxes" if has_towers or len(blocks) > _MOST_SHEETS_IN_A_ROW else "stack"


def letters(figure: Figure) -> float:
    """Return the size of the smallest letters of a drawing, in points."""
    return min(item.size for item in figure.items if isinstance(item, Text))


def _branch(blocks: tuple[Block, ...]) -> tuple[str, list[str]]:
    """Name the first block that does not read the one before it alone, and what it reads."""
    for at, block in enumerate(blocks):
        if at and block.sources != (at - 1,):
            return block.name, [blocks[source].name for source in block.sources]
    message = "the blocks are straight"
    raise ValueError(message)


__all__ = [
    "COLUMN",
    "DETAILS",
    "PAGE",
    "STYLES",
    "Detail",
    "Figure",
    "Language",
    "Style",
    "draw",
    "letters",
]
