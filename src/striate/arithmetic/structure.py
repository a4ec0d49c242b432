"""How the rows of a table hang together: what each reads, and every fault in that."""

from collections import deque
from collections.abc import Iterator
from itertools import accumulate

from striate.errors import Fault
from striate.errors.tables import (
    duplicate_row,
    empty_table,
    first_row_is_not_input,
    same_identifier,
    second_input,
    side_head_without_source,
    source_below,
    unknown_source,
    unread_row,
)
from striate.layers import Input, SideHead
from striate.table import Row, Table, Unreadable


_SUGGESTED = 100
"""Names of rows, the last ones above, among which a name that fails is looked for."""


def reads(table: Table) -> tuple[tuple[int, ...], ...]:
    """Resolve what each row reads to positions of rows above it; names that fail are left out.

    Args:
        table: Any table, faulty ones too.

    Returns:
        One tuple of row positions a row.
    """
    positions: dict[str, int] = {}
    resolved = []
    for index, row in enumerate(table.rows):
        if row.reads:
            resolved.append(tuple(positions[name] for name in row.reads if name in positions))
        else:
            resolved.append(() if index == 0 else (index - 1,))
        positions.setdefault(row.name, index)
    return tuple(resolved)


def structure_faults(table: Table) -> Iterator[Fault]:
    """Report names that fail, inputs and side heads out of place, and rows that nothing reads."""
    if not table.rows:
        yield empty_table()
        return
    first = table.rows[0]
    if not isinstance(first.layer, Input | Unreadable):
        yield first_row_is_not_input(first.name, first.line)
    names = {row.name for row in table.rows}
    seen: dict[str, Row] = {}
    identifiers: dict[str, Row] = {}
    above: deque[str] = deque(maxlen=_SUGGESTED)
    unknown = 0
    for index, row in enumerate(table.rows):
        if index and isinstance(row.layer, Input):
            yield second_input(row.name, row.line)
        if isinstance(row.layer, SideHead) and not row.reads:
            yield side_head_without_source(row.name, row.line)
        for name in row.reads:
            if name not in names:
                # Comparing names takes time: of many faults, the first ones get all their suggestions.
                suggested = tuple(above) if unknown < _SUGGESTED else tuple(above)[-2:]
                unknown += 1
                yield unknown_source(row.name, name, suggested, row.line)
            elif name not in seen:
                yield source_below(row.name, name, row.line)
        if row.name in seen:
            yield duplicate_row(row.name, row.line, seen[row.name].line)
        elif row.identifier in identifiers:
            other = identifiers[row.identifier].name
            yield same_identifier(row.name, other, row.identifier, row.line)
        if row.name not in seen:
            above.append(row.name)
        seen.setdefault(row.name, row)
        identifiers.setdefault(row.identifier, row)
    yield from _unread(table)


def _unread(table: Table) -> Iterator[Fault]:
    resolved = reads(table)
    # A wrong From would also leave the row it meant unread: one fault is enough for both.
    if any(len(found) < len(row.reads) for row, found in zip(table.rows, resolved, strict=True)):
        return
    used = {source for sources in resolved for source in sources}
    ends = set(accumulate(len(part) for part in table.parts))
    above: set[str] = set()
    for index, row in enumerate(table.rows):
        if index + 1 not in ends and index not in used and row.name not in above:
            yield unread_row(row.name, row.line)
        above.add(row.name)
