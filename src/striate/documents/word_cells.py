"""From the cells of one row of words to its layer."""

from typing import cast

from striate.documents.cells import read_pair, read_whole
from striate.documents.row_cells import RowCells
from striate.layers import Embedding, Input, Vectors
from striate.shapes import Words


def read_sentence(cells: RowCells) -> Input | None:
    """Read how many words come in; None means that a fault was found."""
    count = cells.need("Size", "Sentence", read_whole)
    padding = cells.option("padding", read_whole, 0)
    return None if count is None else Input(Words(count, padding))


def read_embedding(cells: RowCells) -> Embedding | None:
    """Read how many words have a vector, and how long it is; None means that a fault was found."""
    words = cells.need_option("words", "Embedding", read_whole)
    dimensions = cells.option("dimensions", _whole_or_none, None)
    vectors: Vectors = cells.option("vectors", _vectors, "random")
    if dimensions is None:
        size = cells.need("Size", "Embedding", read_pair)
        dimensions = None if size is None else size[1]
    if words is None or dimensions is None:
        return None
    return Embedding(words, dimensions, vectors)


# A layer checks its own words when it is made, so they pass here as they are written.
def _vectors(word: str) -> Vectors:
    return cast("Vectors", word)


def _whole_or_none(text: str) -> int | None:
    return read_whole(text)
