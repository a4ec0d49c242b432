"""What each column of a table holds: decided by its heading and by its cells together."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, final

from striate.documents.parts import Grid
from striate.documents.patterns import pattern_of
from striate.documents.table.axes import PLANE_AXES, axes_in
from striate.documents.table.numbers import MAIN
from striate.documents.table.text import (
    Size,
    is_empty,
    plain,
    read_count,
    read_size,
    unit_of_heading,
)
from striate.documents.table.words import SIZES, Role, ops_in, roles_of


FEW: Final = 0.3
"""Part of the cells below which a form of cell is an exception, and above which it is a habit."""

HALF: Final = 0.5

MOST: Final = 0.6
"""Part of the cells that must be of a form where nothing else says what a column holds."""

_BATCH_AXES = 4
"""Numbers of the size of maps that begins with the number of examples."""

_OFTEN = 16
"""A larger number in a column that counts something counts no repetitions."""

_LONGEST_NUMBER = 6
"""Longest word that still may number a row, where it also is a word for a layer: `conv1`."""

_COUNTED: Final[tuple[Role, ...]] = ("parameters", "weights", "biases", "operations", "neurons")
_MANY: Final[tuple[Role, ...]] = ("details", "note", "measure")
"""What several columns may hold."""


@final
@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Args:
        roles: What each column holds; None for one that is not understood.
        unread: Headings that are not understood.
        axes: The order in which the sizes of a column are written, where its heading or a sentence says so.
        units: What a column counts in, where its heading says so: K, M or G.
        turned: The heading or the sentence by which widths stand ahead of heights; empty where none does.
        batches: The number of examples with which all sizes of a column begin.
    """

    roles: tuple[Role | None, ...] = ()
    unread: tuple[str, ...] = ()
    axes: Mapping[Role, str] = field(default_factory=dict)
    units: Mapping[Role, str] = field(default_factory=dict)
    turned: str = ""
    batches: Mapping[Role, int] = field(default_factory=dict)

    def has(self, *roles: Role) -> bool:
        """Whether a column of one of these roles is there."""
        return any(role in self.roles for role in roles)

    def size(self, role: Role, text: str) -> Size | None:
        """Read a size of a column, in the order of its axes."""
        came = _FROM_TO.search(plain(text))
        if came:
            text = plain(text)[: came.start()] if role == "input" else plain(text)[came.end() :]
        size = read_size(text, self.axes.get(role, ""))
        if (
            size is None
            or size.numbers[0] != self.batches.get(role)
            or len(size.numbers) < PLANE_AXES
        ):
            return size
        return Size(size.numbers[1:], size.text, size.order)

    def count(self, role: Role, text: str) -> str | None:
        """Read a count of a column, in its unit."""
        return read_count(text, self.units.get(role, ""))

    def in_order(self, axes: str, said: str) -> "Columns":
        """Take the order of sizes from a sentence, for the columns whose heading says none."""
        silent = [role for role in SIZES if role not in self.axes] if axes else []
        if not silent:
            return self
        turned = self.turned or (said if _is_width_first(axes) else "")
        return replace(self, axes={**self.axes, **dict.fromkeys(silent, axes)}, turned=turned)


def unknown_cells(grid: Grid, columns: Columns, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the cells of a line that stand in columns which are not understood, each below its heading."""
    for title, role, text in zip(grid.titles, columns.roles, texts, strict=False):
        if role is None and not is_empty(text):
            yield plain(title), plain(text)


@lru_cache(maxsize=64)
def columns_of(grid: Grid) -> Columns:
    """Decide what each column of a table holds; several ask it of one table."""
    roles: list[Role | None] = []
    unread: list[str] = []
    taken: set[Role] = set()
    axes: dict[Role, str] = {}
    units: dict[Role, str] = {}
    batches: dict[Role, int] = {}
    turned = ""
    cells = _by_column(grid)
    meanings = [roles_of(title) for title in grid.titles]
    counting = [
        at
        for at, meant in enumerate(meanings)
        if "maps" in meant and not _KERNEL.search(plain(grid.titles[at]))
    ]
    named = {role for meant in meanings for role in meant}
    for at, (title, column) in enumerate(zip(grid.titles, cells, strict=True)):
        possible = _possible(at, meanings, cells, counting, plain(title))
        unit = unit_of_heading(title)
        role = _role(possible, column, taken, unit)
        if role is None:
            role = _by_cells(column, taken, named)
        if role is None and not all(is_empty(cell) for cell in column):
            unread.append(plain(title))
        if role is not None and role not in {*_MANY, "ignored"}:
            taken.add(role)
        batch = _batch_of(column) if role in SIZES else None
        if role is not None and batch is not None:
            batches[role] = batch
        if role in SIZES and axes_in(title):
            axes[role] = axes_in(title)
            if _is_width_first(axes[role]):
                turned = turned or f"the heading {plain(title)!r}"
        if role in _COUNTED and unit:
            units[role] = unit
        roles.append(role)
    sums = [at for at, title in enumerate(grid.titles) if roles[at] is None and _is_total(title)]
    if {"weights", "biases"} <= taken and len(sums) == 1:
        roles[sums[0]] = "parameters"
        unread.remove(plain(grid.titles[sums[0]]))
    roles = _naming(_counting(roles, cells), cells)
    return Columns(tuple(roles), tuple(unread), axes, units, turned, batches)


def _possible(
    at: int,
    meanings: list[tuple[Role, ...]],
    cells: list[list[str]],
    counting: list[int],
    title: str,
) -> tuple[Role, ...]:
    """Give what a heading may mean beside the other columns, by the form of its cells."""
    meant, column = meanings[at], cells[at]
    if "kernel" in meant and _KERNEL.search(title) and (set(counting) - {at} or _are_sides(column)):
        # Beside a column of filters, one of kernels holds their sizes; so do small numbers.
        return tuple(role for role in meant if role != "maps")
    if "output" in meant and _counts_maps(at, meanings, cells):
        return ("maps",)
    if meant == ("size",) and _share(column, lambda cell: bool(_WORDED.search(plain(cell)))) > HALF:
        # `32 3x3 filters` and `3x3, stride 2` say of layers what no size does.
        return ("details",)
    return ("output",) if meant[:1] == ("maps",) and _are_sizes(column) else meant


def _is_total(title: str) -> bool:
    return [op for _, _, op in ops_in(plain(title).strip(" :."))] == ["total"]


def _naming(roles: list[Role | None], cells: list[list[str]]) -> list[Role | None]:
    """Take notes for what rows do where they name the layers, and no other column does: `処理` over layers."""

    def names(at: int) -> float:
        filled = [plain(cell) for cell in cells[at] if not is_empty(cell)]
        return _share(filled, lambda cell: any(op in MAIN for _, _, op in ops_in(cell)))

    told: tuple[Role, ...] = ("layer", "type", "details")
    if any(role in told and names(at) > FEW for at, role in enumerate(roles)):
        return roles
    notes = [at for at, role in enumerate(roles) if role == "note" and names(at) > HALF]
    if len(notes) != 1:
        return roles
    meant: Role = "details" if "type" in roles else "type"
    return [meant if at == notes[0] else role for at, role in enumerate(roles)]


_MOST_CHANNELS = 4
"""Maps that pictures have, and sides of pictures have not."""


def _counting(roles: list[Role | None], cells: list[list[str]]) -> list[Role | None]:
    """Take columns of what comes in and out for counts of maps where they hold single numbers that begin with channels."""
    if {"maps", "maps in"} & set(roles) or not {"input", "output"} <= set(roles):
        return roles
    came, out = (
        [plain(cell) for cell in cells[roles.index(role)] if not is_empty(cell)]
        for role in SIZES[1::-1]
    )
    if not came or not all(cell.replace(",", "").isdecimal() for cell in (*came, *out)):
        return roles
    if int(came[0].replace(",", "")) > _MOST_CHANNELS:
        return roles
    meant: dict[Role | None, Role] = {"input": "maps in", "output": "maps"}
    return [meant.get(role, role) for role in roles]


def _batch_of(column: list[str]) -> int | None:
    """Return the number of examples ahead of all sizes of a column: 16 of `(16, 3, 32, 32)` and `(16, 10)`."""
    sizes = [size.numbers for cell in column if (size := read_size(cell)) is not None]
    if not any(len(numbers) == _BATCH_AXES for numbers in sizes):
        return None
    first = {numbers[0] for numbers in sizes}
    return first.pop() if len(first) == 1 and all(len(one) % 2 == 0 for one in sizes) else None


def _is_width_first(axes: str) -> bool:
    return axes.find("W") < axes.find("H")


_WIDEST = 11
"""Side of the largest usual kernel."""


def _are_sides(column: list[str]) -> bool:
    """Whether a column holds single numbers that are sides of kernels, and no counts of them."""
    filled = [plain(cell) for cell in column if not is_empty(cell)]
    return bool(filled) and all(cell.isdecimal() and int(cell) <= _WIDEST for cell in filled)


def _are_sizes(column: list[str]) -> bool:
    """Whether a column whose heading names maps holds their sizes: `특징 맵` over 20x56x56."""
    filled = [plain(cell) for cell in column if not is_empty(cell)]
    return _share(filled, lambda cell: bool(_MAPS_SIZED.fullmatch(cell))) > HALF


def _counts_maps(at: int, meanings: list[tuple[Role, ...]], cells: list[list[str]]) -> bool:
    """Whether a column of what comes out holds counts, and another one the sizes: `Out | Output size`."""

    def share(place: int, pattern: re.Pattern[str]) -> float:
        filled = [plain(cell) for cell in cells[place] if not is_empty(cell)]
        return _share(filled, lambda cell: bool(pattern.fullmatch(cell)))

    others = [place for place, meant in enumerate(meanings) if "output" in meant and place != at]
    counts = pattern_of(r"[\d,]+")
    return share(at, counts) == 1 and any(share(place, _PLANE) > HALF for place in others)


_PLANE = pattern_of(r"[(\[]?\s*\d+(?:\s*[x,]\s*\d+)+\s*[)\]]?")
_KERNEL = pattern_of(r"kernel|커널|カーネル|kern(?![a-z])|window|卷积核", re.IGNORECASE)


def _by_column(grid: Grid) -> list[list[str]]:
    return [
        [cells[at] for _, cells in grid.lines if at < len(cells)] for at in range(len(grid.titles))
    ]


def _role(possible: Sequence[Role], column: list[str], taken: set[Role], unit: str) -> Role | None:
    """Choose among the roles of a heading by the cells below it."""
    filled = [plain(cell) for cell in column if not is_empty(cell)]
    names_layers = _share(filled, lambda cell: bool(ops_in(cell)))
    for role in possible:
        if role in taken and role not in _MANY:
            if role == "layer" and "type" not in taken and names_layers > HALF - 0.1:
                return "type"
            continue
        if _suits(role, filled, possible, unit):
            return role
    left = [role for role in possible if role not in taken and role in {"kernel", "maps", "units"}]
    if left and filled:
        return left[0]
    if {"parameters", "operations"} & set(possible) and filled:
        # `Parameters` over words is what others call details, and `연산` what they call a layer.
        does = _share(filled, lambda cell: any(op in MAIN for _, _, op in ops_in(cell)))
        if does > HALF and "type" not in taken:
            return "type"
        return "details" if "details" not in taken else None
    if possible and possible[0] == "layer" and "type" not in taken:
        return "type"
    return None


_SIZED = pattern_of(r"\d\s*[x@]\s*\d|\(\s*\d+\s*,\s*\d+")
_WHOLE = pattern_of(r"[\d,]+(?:\s*\([^)]*\))?(?:\s*[^\s@]{0,12})?")


def _suits(role: Role, filled: list[str], possible: Sequence[Role], unit: str) -> bool:
    """Whether the cells of a column are such as one of this role has."""
    if not filled:
        return True
    sized = _share(filled, lambda cell: bool(_SIZED.search(cell)))
    whole = _share(filled, lambda cell: bool(_WHOLE.fullmatch(cell)))
    match role:
        case "stride" | "padding":
            return _share(filled, lambda cell: bool(ops_in(cell))) < HALF
        case "kernel":
            return len(possible) == 1 or sized > FEW or not whole
        case "maps":
            return len(possible) == 1 or sized <= FEW or whole >= sized
        case "parameters" | "weights" | "biases" | "operations" | "connections":
            return _share(filled, lambda cell: read_count(cell, unit) is not None) > HALF
        case "activation":
            return whole < HALF and sized < FEW
        case "neurons":
            return _share(filled, lambda cell: read_count(cell, unit) is not None) > MOST
        case "units":
            return whole > FEW
        case "output" | "size":
            return _share(filled, lambda cell: read_size(cell) is not None) > HALF - 0.1
        case "input":
            return _share(filled, lambda cell: read_size(cell) is not None) > HALF
        case "from":
            return _share(filled, lambda cell: bool(_SIZED.search(cell))) < HALF
        case "number":
            return _share(filled, _is_long_layer) < HALF
        case "repeats":
            counted = [re.fullmatch(r"[x×]?\s*(\d{1,2})", cell) for cell in filled]
            return sum(one is not None and int(one[1]) <= _OFTEN for one in counted) > HALF * len(
                filled
            )
        case _:
            return True


def _is_long_layer(cell: str) -> bool:
    return bool(ops_in(cell)) and len(cell) > _LONGEST_NUMBER


def _share(cells: list[str], test: Callable[[str], bool]) -> float:
    return sum(bool(test(cell)) for cell in cells) / len(cells) if cells else 0.0


_FROM_TO = pattern_of(
    r"(?<=[\d)\]])\s*(?:→|⇒|->|=>|(?<=\s)to(?=\s)|(?<=\s)bis(?=\s))\s*(?=[(\[]?\d+\s*[x,@])",
    re.IGNORECASE,
)
"""Stands between what comes in and what comes out: `32x32 to 16x16`."""

_CHANGE = pattern_of(r"\d+\s*(?:→|⇒|->|=>)\s*\d+")
"""Maps, or values, that come in and that come out."""

_WORDED = pattern_of(r"\d[^\W\d]{0,3}\s*[,;-]?\s*[^\W\d]{4,}|[^\W\d]{4,}\s*\d")

_NAMED = pattern_of(r"(?<![^\W_])[a-z_]+\s*(?:[=:]\s*[\d(\[]|=\s*[a-z])", re.IGNORECASE)
"""What columns of any heading hold of layers: `units=64`, `Kernel=3, Stride=1`."""

_MAPS_SIZED = pattern_of(
    r"[(\[]?(?:none|-1|n)?[\s,]*\d+(?:\s*[x,@]\s*\d+){2}\s*[)\]]?", re.IGNORECASE
)


def _names_layer(cell: str) -> bool:
    """Whether a cell names a layer; one that holds numbers by name begins with it: `Conv2d(3, 8, padding=1)`."""
    ops = ops_in(cell)
    return bool(ops) and (not _NAMED.search(cell) or (ops[0][0] == 0 and not _NAMED.match(cell)))


def _by_cells(column: list[str], taken: set[Role], named: set[Role]) -> Role | None:
    """Decide by the cells alone, where the heading says nothing: what other headings name is theirs."""
    filled = [plain(cell) for cell in column if not is_empty(cell)]
    if not filled:
        return "ignored"
    if _share(filled, _names_layer) > MOST:
        names: tuple[Role, ...] = ("layer", "type")
        for role in names:
            if role not in taken | named:
                return role
    if (
        "maps" not in taken | named
        and _share(filled, lambda cell: bool(_CHANGE.fullmatch(cell))) > HALF
    ):
        return "maps"
    if _share(filled, lambda cell: bool(_NAMED.search(cell))) > HALF:
        return "details"
    is_sized = _share(filled, lambda cell: bool(_MAPS_SIZED.fullmatch(cell))) > MOST
    return "output" if is_sized and "output" not in taken else None
