"""Models as PyTorch prints them, `(0): Conv2d(3, 32, kernel_size=(3, 3))` a line: they are tables of a layer a line."""

from collections.abc import Iterator
from dataclasses import replace

from striate.documents.parts import Block, Grid, Parts
from striate.documents.patterns import pattern_of


_ROOT = pattern_of(r"\s*(?:Out\[\d+\]:\s*)?(?P<kind>[A-Z]\w*)\(\s*")
_MODULE = pattern_of(r"\s*\((?P<name>\w+)\): (?P<kind>[A-Z]\w*)\((?P<rest>.*)")
_SAYS_NOTHING = pattern_of(
    r",?\s*(?:eps=1e-05|momentum=0\.1|affine=True|track_running_stats=True|inplace=\w+|dilation=(?:1|\(1, 1\))|padding=(?:0|\(0, 0\))"
    r"|ceil_mode=False|bias=True|start_dim=1|end_dim=-1|dim=-?1|approximate='none')(?=\s*[,)])"
)
"""What a print repeats of the usual values."""

_HIDDEN = ("Conv", "MaxPool", "AvgPool")
"""Layers that stand by themselves in a class: which of them its forward pass uses, and how often, no print shows."""


def with_printed_modules(parts: Parts) -> Parts:
    """Return a document whose printed models are tables, as far as a print tells how their layers follow one another.

    Args:
        parts: The document; prints are looked for in its blocks, and a text without any may be one as a whole.
    """
    grids: list[Grid] = []
    blocks: list[Block] = []
    is_bare = not (parts.blocks or parts.grids or parts.front_matter)
    whole = [Block("", 0, tuple(parts.body.split("\n")), is_closed=True)] if is_bare else []
    for block in (*parts.blocks, *whole):
        rows = list(_rows(block)) if "): " in "\n".join(block.lines) else []
        if len(rows) > 1:
            grids.append(Grid(block.heading, ("Module", "Layer type"), rows[0][0], tuple(rows)))
        else:
            blocks.append(block)
    if not grids:
        return parts
    return replace(
        parts,
        grids=tuple(sorted([*parts.grids, *grids], key=lambda grid: grid.line)),
        blocks=tuple(blocks),
    )


def _rows(block: Block) -> Iterator[tuple[int, tuple[str, str]]]:
    """Give the layers of a print with their places; nothing for one that holds blocks of its own classes."""
    above: list[str] = []
    root = ""
    found: list[tuple[int, tuple[str, str]]] = []
    for line, text in enumerate(block.lines, block.line + 1):
        module, opened = _MODULE.fullmatch(text.rstrip()), _ROOT.fullmatch(text)
        if not text.strip() or (not root and text.lstrip().startswith((">>>", "In ["))):
            continue
        if not root:
            root = opened["kind"] if opened else ""
            if not opened:
                return
        elif text.strip() == ")":
            above = above[:-1]
        elif module is None:
            return
        elif module["rest"]:
            if not above and root != "Sequential" and module["kind"].startswith(_HIDDEN):
                return
            told = (
                _SAYS_NOTHING.sub("", f"{module['kind']}({module['rest']}")
                .replace("(, ", "(")
                .replace("negative_slope=", "")
            )
            found.append((line, (".".join([*above, module["name"]]), told)))
        elif module["kind"] == "Sequential":
            above.append(module["name"])
        else:
            return
    yield from found


__all__ = ["with_printed_modules"]
