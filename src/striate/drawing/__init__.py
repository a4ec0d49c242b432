"""A network drawn as papers draw it, from its table alone."""

from collections.abc import Iterator
from typing import Literal, assert_never, get_args

from striate.arithmetic import Walk
from striate.drawing.blocks import Block, blocks_of, described, is_straight
from striate.drawing.boxes import draw_boxes
from striate.drawing.figure import Figure, Item
from striate.drawing.graph import draw_graph
from striate.drawing.stack import draw_stack
from striate.drawing.words import Language
from striate.errors import DrawingError
from striate.errors.drawing import not_straight


Style = Literal["stack", "boxes", "graph"]
STYLES: tuple[Style, ...] = get_args(Style)

COLUMN = 252.0
"""Width of one column of a paper, in points: three and a half inches."""

LETTERS = 6.0
"""Size of letters in points: legible in print at one column's width."""

_MOST_SHEETS_IN_A_ROW = 9
"""Blocks up to which sheets of maps fit side by side."""


def draw(
    walk: Walk,
    title: str,
    *,
    style: Style | None = None,
    width: float = COLUMN,
    language: Language = "en",
) -> Figure:
    """Draw a network.

    Args:
        walk: The arithmetic on a table without faults.
        title: Of the drawing.
        style: `stack` draws sheets of maps, `boxes` solids, `graph` blocks with arrows. By itself a graph is drawn
            where rows have branches, else boxes where convolutions have two groups or rows are many, else a stack.
        width: Of the drawing in points; a graph is as wide as it needs.
        language: Of the words in it.

    Raises:
        DrawingError: The style cannot show branches, and the table has some.
    """
    blocks = blocks_of(walk, language, with_parts=True)
    chosen = style or _fitting(blocks)
    if chosen != "graph":
        whole = blocks_of(walk, language, with_parts=False)
        trunk = tuple(block for block in whole if not block.is_side)
        if not is_straight(trunk):
            raise DrawingError(not_straight(chosen, *_branch(trunk)))
        blocks = trunk
    items = tuple(_items(blocks, chosen, width))
    return Figure(items, title, described(blocks)).cropped()


def _items(blocks: tuple[Block, ...], style: Style, width: float) -> Iterator[Item]:
    match style:
        case "stack":
            return draw_stack(blocks, width, LETTERS)
        case "boxes":
            return draw_boxes(blocks, width, LETTERS)
        case "graph":
            return draw_graph(blocks, LETTERS)
        case _:
            assert_never(style)


def _fitting(blocks: tuple[Block, ...]) -> Style:
    if not is_straight(blocks):
        return "graph"
    has_towers = any(block.groups == 2 for block in blocks)  # noqa: PLR2004 - as in AlexNet
    return "boxes" if has_towers or len(blocks) > _MOST_SHEETS_IN_A_ROW else "stack"


def _branch(blocks: tuple[Block, ...]) -> tuple[str, list[str]]:
    """Name the first block that does not read the one before it alone, and what it reads."""
    for at, block in enumerate(blocks):
        if at and block.sources != (at - 1,):
            return block.name, [blocks[source].name for source in block.sources]
    message = "the blocks are straight"
    raise ValueError(message)


__all__ = ["COLUMN", "STYLES", "Figure", "Language", "Style", "draw"]
