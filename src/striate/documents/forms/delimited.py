"""Tables of comma-, semicolon- or tab-separated values, as spreadsheets save them."""

import csv
import io

from striate.documents.parts import Grid, Parts


_DELIMITERS = ",;\t|"


def split_delimited(text: str) -> Parts:
    """Split a file of separated values: one table, its first filled line the headings.

    Args:
        text: The file; the delimiter is the one that parts most lines alike.

    Returns:
        Parts with one table, or without one in an empty file.
    """
    rows: list[tuple[int, tuple[str, ...]]] = []
    source = text.removeprefix("\ufeff")
    lines = source.splitlines(keepends=True)
    begin = 0
    if lines and lines[0].casefold().startswith("sep="):
        # Spreadsheets say the delimiter in a line of its own.
        delimiter, begin = lines[0].strip()[4:5] or ",", 1
    else:
        delimiter = _delimiter(lines[:50])
    reader = csv.reader(io.StringIO("".join(lines[begin:]), newline=""), delimiter=delimiter)
    last = begin
    try:
        for cells in reader:
            line, last = last + 1, reader.line_num + begin
            if any(cell.strip() for cell in cells):
                rows.append((line, tuple(" ".join(cell.split()) for cell in cells)))
    except csv.Error:
        # A cell longer than the module takes is no cell of a table of layers.
        rows = []
    if not rows:
        return Parts(None, "", (), (), "")
    grid = Grid("", rows[0][1], rows[0][0], tuple(rows[1:]))
    return Parts(None, "", (grid,), (), "")


def _delimiter(lines: list[str]) -> str:
    """Find the character that parts most lines into the same number of cells, more than one."""

    def fitness(delimiter: str) -> tuple[int, int]:
        widths = [
            len(cells)
            for cells in csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
            if cells
        ]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual), usual) if usual > 1 else (0, 0)

    try:
        return max(_DELIMITERS, key=fitness)
    except csv.Error:
        return ","
