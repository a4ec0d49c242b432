"""The cells of one row: read once each, every fault kept, no cell passed over in silence."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from striate.documents.cells import EMPTY, read_options
from striate.documents.vocabulary import Column
from striate.errors import Fault
from striate.errors.documents import (
    meaningless_cell,
    missing_cell,
    missing_option,
    unknown_option,
    unreadable_cell,
)


T = TypeVar("T")


class RowCells:
    """The cells of one row on their way to a layer.

    Args:
        name: The row's name, for messages.
        line: Its line in the document.
        cells: Its text by column; empty cells may be left out.
    """

    def __init__(self, name: str, line: int, cells: Mapping[Column, str]) -> None:
        self.name = name
        self.line = line
        self.faults: list[Fault] = []
        self._cells = {column: text for column, text in cells.items() if text not in EMPTY}
        self._unread = dict(self._cells)
        self._options: dict[str, str] = self.get("Options", read_options) or {}

    def text(self, column: Column) -> str:
        """Give a cell as written, or nothing."""
        self._unread.pop(column, None)
        return self._cells.get(column, "")

    def has(self, column: Column) -> bool:
        """Tell whether a cell is filled in."""
        return column in self._cells

    def get(self, column: Column, read: Callable[[str], T]) -> T | None:
        """Read a cell; None if it is empty, or if it cannot be read, which is then a fault."""
        text = self.text(column)
        if not text:
            return None
        try:
            return read(text)
        except ValueError as error:
            fault = unreadable_cell(self.name, column, text, str(error), self.line)
            # The cell may be read twice: for the layer, and for what its row claims.
            self.faults += [] if fault in self.faults else [fault]
            return None

    def need(self, column: Column, kind: str, read: Callable[[str], T]) -> T | None:
        """Read a cell that must be filled in; None means that a fault was found."""
        if not self.has(column):
            self.faults.append(missing_cell(self.name, column, kind, self.line))
        return self.get(column, read)

    def option(self, name: str, read: Callable[[str], T], default: T) -> T:
        """Read one of the row's options, or give its default."""
        text = self._options.pop(name, None)
        if text is None:
            return default
        try:
            return read(text)
        except ValueError as error:
            where = f"Options, {name}"
            self.faults.append(unreadable_cell(self.name, where, text, str(error), self.line))
            return default

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """Read one of the row's options, if it is given."""
        read_or_none: Callable[[str], T | None] = read
        return self.option(name, read_or_none, None)

    def need_option(self, name: str, kind: str, read: Callable[[str], T]) -> T | None:
        """Read an option that the row cannot do without; None means that a fault was found."""
        if name not in self._options:
            self.faults.append(missing_option(self.name, name, kind, self.line))
        return self.optional(name, read)

    def close(self, kind: str, options: tuple[str, ...]) -> None:
        """Report every cell and option that nothing has read: it would have no effect."""
        self.faults += [
            meaningless_cell(self.name, column, text, kind, self.line)
            for column, text in self._unread.items()
        ]
        self.faults += [
            unknown_option(self.name, name, kind, options, self.line) for name in self._options
        ]
