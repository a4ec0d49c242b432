"""What each column of a table holds: decided by its heading and by its cells together."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from striate.documents.parts import Grid
from striate.documents.table.text import is_empty, plain, read_count, read_size
from striate.documents.table.words import Role, ops_in, roles_of


@final
@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Args:
        roles: What each column holds; None for one that is not understood.
        unread: Headings that are not understood.
        inferred: (heading, role) of columns whose cells decided.
    """

    roles: tuple[Role | None, ...]
    unread: tuple[str, ...] = ()
    inferred: tuple[tuple[str, Role], ...] = ()

    def has(self, *roles: Role) -> bool:
        """Whether a column of one of these roles is there."""
        return any(role in self.roles for role in roles)


def columns_of(grid: Grid) -> Columns:
    """Decide what each column of a table holds."""
    roles: list[Role | None] = []
    unread: list[str] = []
    inferred: list[tuple[str, Role]] = []
    taken: set[Role] = set()
    cells = _by_column(grid)
    meanings = [roles_of(title) for title in grid.titles]
    counting = [
        at
        for at, one in enumerate(meanings)
        if "maps" in one and not _KERNEL.search(plain(grid.titles[at]))
    ]
    for at, (title, meant, column) in enumerate(zip(grid.titles, meanings, cells, strict=True)):
        possible = meant
        if (
            "kernel" in possible
            and _KERNEL.search(plain(title))
            and any(one != at for one in counting)
        ):
            # Beside a column of filters, one of kernels holds their sizes.
            possible = tuple(role for role in possible if role != "maps")
        role = _role(possible, column, taken)
        if role is None and not possible:
            role = _by_cells(
                column, taken, has_layer=any("layer" in one or "type" in one for one in meanings)
            )
            if role is not None:
                inferred.append((plain(title), role))
        if role is None and not all(is_empty(cell) for cell in column):
            unread.append(plain(title))
        if role is not None and role not in {"details", "note", "ignored", "measure"}:
            taken.add(role)
        roles.append(role)
    return Columns(tuple(roles), tuple(unread), tuple(inferred))


_KERNEL = re.compile(r"kernel|커널|カーネル|kern(?![a-z])|window|卷积核", re.IGNORECASE)


def _by_column(grid: Grid) -> list[list[str]]:
    return [
        [cells[at] for _, cells in grid.lines if at < len(cells)] for at in range(len(grid.titles))
    ]


def _role(possible: Sequence[Role], column: list[str], taken: set[Role]) -> Role | None:
    """Choose among the roles of a heading by the cells below it."""
    filled = [plain(cell) for cell in column if not is_empty(cell)]
    for role in possible:
        if role in taken and role not in {"details", "note", "measure"}:
            if (
                role == "layer"
                and "type" not in taken
                and _share(filled, lambda cell: bool(ops_in(cell))) > 0.4
            ):
                return "type"
            continue
        if _suits(role, filled, possible):
            return role
    left = [role for role in possible if role not in taken and role in {"kernel", "maps", "units"}]
    if left and filled:
        return left[0]
    if "parameters" in possible and filled and "details" not in taken:
        # `Parameters` over words is what others call details.
        return "details"
    if possible and possible[0] == "layer" and "type" not in taken:
        return "type"
    return None


def _suits(role: Role, filled: list[str], possible: Sequence[Role]) -> bool:
    if not filled:
        return True
    sized = _share(filled, lambda cell: bool(re.search(r"\d\s*x\s*\d|\(\s*\d+\s*,\s*\d+", cell)))
    whole = _share(
        filled, lambda cell: bool(re.fullmatch(r"[\d,]+(?:\s*\([^)]*\))?(?:\s*\S{0,12})?", cell))
    )
    match role:
        case "kernel":
            return len(possible) == 1 or sized > 0.3 or not whole
        case "maps":
            return len(possible) == 1 or whole > 0.3 or sized <= 0.3
        case "parameters" | "weights" | "biases":
            return _share(filled, lambda cell: read_count(cell) is not None or is_empty(cell)) > 0.5
        case "activation":
            return whole < 0.5 and sized < 0.3
        case "neurons":
            return _share(filled, lambda cell: read_count(cell) is not None) > 0.6
        case "units":
            return whole > 0.3
        case "output" | "size":
            return _share(filled, lambda cell: read_size(cell) is not None) > 0.4
        case "input":
            return _share(filled, lambda cell: read_size(cell) is not None) > 0.5
        case "from":
            return True
        case "number":
            return _share(filled, lambda cell: bool(ops_in(cell)) and len(cell) > 6) < 0.5
        case "repeats":
            return _share(filled, lambda cell: bool(re.fullmatch(r"[x×]?\s*\d{1,2}", cell))) > 0.5
        case _:
            return True


def _share(cells: list[str], test: Callable[[str], bool]) -> float:
    return sum(bool(test(cell)) for cell in cells) / len(cells) if cells else 0.0


def _by_cells(column: list[str], taken: set[Role], *, has_layer: bool) -> Role | None:
    """Decide by the cells alone, where the heading says nothing."""
    filled = [plain(cell) for cell in column if not is_empty(cell)]
    if not filled:
        return "ignored"
    if _share(filled, lambda cell: bool(ops_in(cell))) > 0.6:
        if "layer" not in taken and not has_layer:
            return "layer"
        if "type" not in taken:
            return "type"
    if (
        "output" not in taken
        and _share(
            filled,
            lambda cell: bool(
                re.fullmatch(
                    r"[(\[]?(?:none|-1|n)?[\s,]*\d+(?:\s*[x,]\s*\d+){2}\s*[)\]]?",
                    cell,
                    re.IGNORECASE,
                )
            ),
        )
        > 0.6
    ):
        return "output"
    return None
