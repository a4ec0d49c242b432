"""Find the networks that stand in blocks in other forms than tables and Python code.

The reader of a form is loaded where a block of that form is met.
"""

from collections.abc import Iterator

from striate.documents.forms.outlines import paragraphs
from striate.documents.forms.recognition import is_caffe, is_darknet, is_summary, may_hold_list
from striate.documents.parts import Block, NetworkRead, Parts
from striate.errors import DocumentError
from striate.errors.forms import too_many_listings
from striate.shapes import Shape


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
    if lines and lines[0].rstrip() == "---":
        return False  # front matter stands on top of Markdown alone
    if is_caffe(text, "") or is_darknet(text, "") or is_summary(lines):
        return True
    if not may_hold_list(text):
        return False
    from striate.documents.forms.lists import is_list

    return is_list(lines)


def read_listings(parts: Parts, given: Shape | None = None, *, is_alone: bool) -> list[NetworkRead]:
    """Read every network of a document that is a definition, a printed summary or a list.

    Args:
        parts: The document.
        given: What comes in, where a form does not say it.
        is_alone: Whether no table and no code of it is a network. Only then are its sentences and points
            looked through for one: beside a table they tell of it.

    Returns:
        The networks, in the order of the text.
    """
    found = _bounded(read for block in parts.blocks for read in _networks_of(block, parts, given))
    if found:
        return found
    if any(is_summary([text]) for _, text in parts.prose):
        return _bounded(_networks_of(_whole(parts), parts, given))
    if not is_alone:
        return []
    lists = _bounded(
        read for block in paragraphs(parts.prose) for read in _networks_of(block, parts, given)
    )
    # A sentence with arrows in it is no list, nor is it a list with faults.
    complete = [read for read in lists if not read.faults]
    return complete or [read for read in lists if len(read.table.rows) > len(read.faults)]


_MOST_NETWORKS = 200
_MOST_ROWS = 20_000


def _bounded(networks: Iterator[NetworkRead]) -> list[NetworkRead]:
    """Return networks as long as there are no more of them, and of their rows, than anybody writes.

    Raises:
        DocumentError: There are more.
    """
    found: list[NetworkRead] = []
    rows = 0
    for read in networks:
        found.append(read)
        rows += len(read.table.rows)
        if len(found) > _MOST_NETWORKS or rows > _MOST_ROWS:
            raise DocumentError(too_many_listings(_MOST_NETWORKS, _MOST_ROWS, read.line))
    return found


def _networks_of(block: Block, parts: Parts, given: Shape | None) -> Iterator[NetworkRead]:
    text = "\n".join(block.lines)
    info = block.info.partition(" ")[0]
    if info in {"python", "py", "python3", "codes"}:
        return
    if is_summary(block.lines):
        from striate.documents.forms.summaries import read_summaries

        yield from read_summaries(block, _around(block, parts), given)
    elif is_caffe(text, info):
        from striate.documents.forms.caffe import read_caffe

        yield read_caffe(block, given)
    elif is_darknet(text, info):
        from striate.documents.forms.darknet import read_darknet

        yield read_darknet(block, given)
    elif may_hold_list(text):
        from striate.documents.forms.lists import is_list, read_lists

        if is_list(block.lines):
            yield from read_lists(block, _around(block, parts), given)


def _around(block: Block, parts: Parts) -> str:
    """Give the text that may tell the input of a print: its section first, then all else."""
    section = [text for _, text in parts.section(block.line)]
    blocks = [line for other in parts.blocks if other is not block for line in other.lines]
    rest = [text for _, text in parts.prose]
    return "\n".join([*section, *blocks, *rest])


def _whole(parts: Parts) -> Block:
    """Give all prose as one block: a summary that was pasted as it is."""
    lines = dict(parts.prose)
    first, last = min(lines), max(lines)
    whole = tuple(lines.get(line, "") for line in range(first, last + 1))
    return Block("", first - 1, whole, is_closed=True)
