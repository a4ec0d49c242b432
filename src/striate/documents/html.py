"""Tables in HTML, whether a page of its own or within Markdown."""

from html.parser import HTMLParser

from striate.documents.parts import Block, Grid, Parts, preformatted


_BLOCKS = {"p", "div", "li", "caption", "br", "tr", "ul", "ol", "section", "article", "figcaption"}
_TITLES = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SILENT = {"script", "style", "template"}


def split_html(text: str, first_line: int = 1, heading: str = "") -> Parts:
    """Split HTML into its tables, preformatted blocks, headings and prose.

    Args:
        text: A page, or a piece of one.
        first_line: Line of the document on which it begins.
        heading: The heading above it, until it has one of its own.
    """
    reader = _Reader(first_line, heading)
    reader.feed(text.removeprefix("\ufeff"))
    reader.close()
    reader.end_table()
    reader.end_prose()
    return Parts(
        None,
        reader.title,
        tuple(reader.grids),
        tuple(reader.blocks),
        "",
        tuple(reader.headings),
        tuple(reader.prose),
    )


class _Reader(HTMLParser):
    """Collects the parts of a page while its tags go by."""

    def __init__(self, first_line: int, heading: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines_above = first_line - 1
        self.title = ""
        self.heading = heading
        self.grids: list[Grid] = []
        self.blocks: list[Block] = []
        self.headings: list[int] = []
        self.prose: list[tuple[int, str]] = []
        self._words: list[str] = []
        self._words_line = first_line
        self._mark = ""
        self._silent = 0
        self._pre: list[str] | None = None
        self._pre_line = 0
        self._rows: list[tuple[int, list[str]]] | None = None
        self._table_line = 0
        self._cell: list[str] | None = None
        self._spans: dict[int, tuple[int, str]] = {}
        self._depth = 0
        self._width = 1
        self._height = 1

    @property
    def line(self) -> int:
        """Line of the document at which the parser stands."""
        return self.getpos()[0] + self._lines_above

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row, a cell or a block."""
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._begin_table()
        elif tag == "tr" and self._rows is not None and self._depth == 1:
            self._end_cell()
            self._end_row()
            self._rows.append((self.line, []))
        elif tag in {"td", "th"} and self._rows is not None and self._depth == 1:
            self._end_cell()
            if not self._rows:
                self._rows.append((self.line, []))
            spans = {name: value or "" for name, value in attrs}
            self._width = _span(spans.get("colspan", ""))
            self._height = _span(spans.get("rowspan", ""))
            self._place_spans()
            self._cell = []
        elif tag == "pre":
            self.end_prose()
            self._pre, self._pre_line = [], self.line
        elif self._cell is not None and tag in _BLOCKS:
            self._cell.append("; " if tag == "br" and "".join(self._cell).strip() else " ")
        elif tag in _BLOCKS or tag in _TITLES:
            self.end_prose()
            self._mark = "- " if tag == "li" else ""

    def handle_endtag(self, tag: str) -> None:
        """End what a tag began."""
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag == "table" and self._rows is not None:
            self._depth -= 1
            if self._depth == 0:
                self.end_table()
        elif tag in {"td", "th"} and self._depth == 1:
            self._end_cell()
        elif tag == "tr" and self._depth == 1:
            self._end_cell()
            self._end_row()
        elif tag == "pre" and self._pre is not None:
            lines = tuple("".join(self._pre).split("\n"))
            self.blocks.append(preformatted(self._pre_line, lines, self.heading))
            self._pre = None
        elif tag in _TITLES:
            words = " ".join("".join(self._words).split())
            if words:
                self.headings.append(self._words_line)
                self.heading = words
                self.title = self.title or words
            self.end_prose()
        elif tag in _BLOCKS:
            self.end_prose()

    def handle_data(self, data: str) -> None:
        """Keep the text of a cell, a block or the prose."""
        if self._silent:
            return
        if self._pre is not None:
            self._pre.append(data)
        elif self._cell is not None:
            self._cell.append(data)
        else:
            if not "".join(self._words).strip():
                self._words = []
                self._words_line = self.line
            self._words.append(data)

    def end_prose(self) -> None:
        """Keep the words so far as a line of prose."""
        words = " ".join("".join(self._words).split())
        if words:
            self.prose.append((self._words_line, f"{self._mark}{words}"))
            self._mark = ""
        self._words = []

    def end_table(self) -> None:
        """Keep the rows so far as a table."""
        self._end_cell()
        self._end_row()
        rows = [(line, tuple(cells)) for line, cells in self._rows or () if any(cells)]
        self._rows, self._depth = None, 0
        if rows:
            line, titles = rows[0]
            self.grids.append(Grid(self.heading, titles, line, tuple(rows[1:])))

    def _begin_table(self) -> None:
        if self._rows is None:
            self.end_prose()
            self._rows, self._spans, self._table_line = [], {}, self.line
        self._depth += 1

    def _end_cell(self) -> None:
        if self._cell is None or not self._rows:
            return
        text = " ".join("".join(self._cell).split())
        cells = self._rows[-1][1]
        for _ in range(self._width):
            if self._height > 1:
                self._spans[len(cells)] = (self._height - 1, text)
            cells.append(text)
        self._cell = None

    def _place_spans(self) -> None:
        """Repeat cells that reach down from a row above."""
        cells = self._rows[-1][1] if self._rows else []
        while len(cells) in self._spans:
            rows_left, text = self._spans.pop(len(cells))
            if rows_left > 1:
                self._spans[len(cells)] = (rows_left - 1, text)
            cells.append(text)

    def _end_row(self) -> None:
        if self._rows and self._rows[-1][1]:
            self._place_spans()


def _span(text: str) -> int:
    # A page may claim any width; no table of layers has a hundred columns.
    return min(max(int(text), 1), 100) if text.isdecimal() else 1
