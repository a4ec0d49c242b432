"""Find the networks that stand in blocks in other forms than tables and Python code."""

from collections.abc import Iterator

from striate.documents.forms.caffe import is_caffe, read_caffe
from striate.documents.forms.darknet import is_darknet, read_darknet
from striate.documents.forms.lists import is_list, read_list
from striate.documents.forms.summaries import is_summary, read_summaries
from striate.documents.parts import Block, NetworkRead, Parts


def is_listing(text: str, ending: str) -> bool:
    """Whether a whole file is one listing, and no Markdown.

    Args:
        text: The file.
        ending: The ending of its name, with the dot.
    """
    if ending in {".cfg", ".prototxt"}:
        return True
    if ending not in {"", ".txt", ".log", ".out"}:
        return False
    lines = text.splitlines()
    return is_caffe(text, "") or is_darknet(text, "") or is_summary(lines) or is_list(lines)


def read_listings(parts: Parts) -> list[NetworkRead]:
    """Read every network of a document that is a definition, a printed summary or a list.

    Args:
        parts: The document.

    Returns:
        The networks, in the order of the text.
    """
    found: list[NetworkRead] = []
    for block in parts.blocks:
        found += _networks_of(block, parts)
    if not found:
        # A line of prose may be a list, and lines of prose a summary that was pasted without a fence.
        found = [
            read
            for block in _prose(parts)
            for read in _networks_of(block, parts)
            if not read.faults or is_summary(block.lines)
        ]
    return found


def _networks_of(block: Block, parts: Parts) -> Iterator[NetworkRead]:
    text = "\n".join(block.lines)
    info = block.info.partition(" ")[0]
    if info in {"python", "py", "python3", "codes"}:
        return
    if is_summary(block.lines):
        yield from read_summaries(block, _around(block, parts))
    elif is_caffe(text, info):
        yield read_caffe(block)
    elif is_darknet(text, info):
        yield read_darknet(block)
    elif is_list(block.lines):
        yield read_list(block, _around(block, parts))


def _around(block: Block, parts: Parts) -> str:
    """Give the text that may tell the input of a print: its section first, then all else."""
    section = [text for _, text in parts.section(block.line)]
    blocks = [line for other in parts.blocks if other is not block for line in other.lines]
    rest = [text for _, text in parts.prose]
    return "\n".join([*section, *blocks, *rest])


def _prose(parts: Parts) -> Iterator[Block]:
    """Give the lines of prose that may be a network: a summary pasted as it is, and each paragraph."""
    lines = dict(parts.prose)
    if is_summary(list(lines.values())):
        first, last = min(lines), max(lines)
        whole = tuple(lines.get(line, "") for line in range(first, last + 1))
        yield Block("", first - 1, whole, is_closed=True)
        return
    run: list[tuple[int, str]] = []
    for line, text in [*parts.prose, (-1, "")]:
        if text.strip() and run and line == run[-1][0] + 1:
            run.append((line, text))
            continue
        if run:
            yield Block("", run[0][0] - 1, tuple(words for _, words in run), is_closed=True)
        run = [(line, text)] if text.strip() else []
