"""In what two networks differ: their operations side by side, aligned by what they do."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import final

from striate.arithmetic import ReceptiveField, Walk
from striate.checking.operations import Operation, operations_of
from striate.layers import Add, Function, Multiply, Sides


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two operations differ.

    Args:
        of: What: kernel, maps, output, reads ...
        first: As the first network has it.
        second: As the second one has it.
    """

    of: str
    first: str
    second: str


@final
@dataclass(frozen=True, slots=True)
class Pair:
    """An operation of each network that stand beside each other.

    Args:
        first: That of the first network; None where only the second has one.
        second: That of the second network; None where only the first has one.
        differences: In what the two differ; nothing where one is missing.
    """

    first: Operation | None
    second: Operation | None
    differences: tuple[Difference, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both are there, and equal."""
        return self.first is not None and self.second is not None and not self.differences


@final
@dataclass(frozen=True, slots=True)
class Totals:
    """What a network costs without its side heads, and what one output sees.

    Args:
        parameters: Trained numbers.
        multiply_adds: Products of a weight and a value, for one example.
        field: Part of the input that one output sees; None for flat inputs.
    """

    parameters: int
    multiply_adds: int
    field: ReceptiveField | None


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """Two networks side by side.

    Args:
        pairs: All operations, those of the trunk first.
        first: What the first network costs.
        second: What the second network costs.
        left_to_loss: The function in which each one ends, and which is not compared, as a loss may take it over.
    """

    pairs: tuple[Pair, ...]
    first: Totals
    second: Totals
    left_to_loss: tuple[Function | None, Function | None]

    @property
    def is_same(self) -> bool:
        """Whether both networks compute the same."""
        return all(pair.is_same for pair in self.pairs)


_MOST_CELLS = 4_000_000
"""Pairs of operations that are compared with each other; what is longer is aligned by position."""


def compare(first: Walk, second: Walk, *, with_names: bool = False) -> Comparison:
    """Compare two networks whose tables have no faults.

    Args:
        first: The arithmetic on one table.
        second: The arithmetic on another.
        with_names: Whether rows of different names differ.
    """
    (left, left_end), (right, right_end) = operations_of(first), operations_of(second)
    places = _aligned(left, right)
    partner = {a: b for a, b in places if a is not None and b is not None}
    back = {b: a for a, b in partner.items()}
    pairs = []
    for a, b in places:
        one = None if a is None else left[a]
        other = None if b is None else right[b]
        differences: list[Difference] = []
        if one is not None and other is not None:
            differences = _differences(one, other)
            differences += _reading(one, other, left, right, (partner, back))
            if with_names and one.name != other.name:
                differences.append(Difference("name", one.name, other.name))
        pairs.append(Pair(one, other, tuple(differences)))
    return Comparison(tuple(pairs), _totals(first), _totals(second), (left_end, right_end))


def _totals(walk: Walk) -> Totals:
    last = walk.trunk[-1]
    return Totals(walk.total.parameters, walk.total.multiply_adds, last.field)


Places = list[tuple[int | None, int | None]]


def _aligned(left: Sequence[Operation], right: Sequence[Operation]) -> Places:
    """Align equal operations, as many as possible in their order, and between them those of one kind."""
    places: Places = []
    a = b = 0
    equal = _common([each.key for each in left], [each.key for each in right])
    for stop_a, stop_b in [*equal, (len(left), len(right))]:
        places += _by_kind(left, range(a, stop_a), right, range(b, stop_b))
        if stop_a < len(left) and stop_b < len(right):
            places.append((stop_a, stop_b))
        a, b = stop_a + 1, stop_b + 1
    return places


def _by_kind(
    left: Sequence[Operation], firsts: range, right: Sequence[Operation], seconds: range
) -> Places:
    """Align operations of one kind; those of the first network without one stand ahead of the second's."""
    places: Places = []
    a = b = 0
    same_kind = _common(
        [type(left[index].layer) for index in firsts],
        [type(right[index].layer) for index in seconds],
    )
    for stop_a, stop_b in [*same_kind, (len(firsts), len(seconds))]:
        places += [(firsts[index], None) for index in range(a, stop_a)]
        places += [(None, seconds[index]) for index in range(b, stop_b)]
        if stop_a < len(firsts) and stop_b < len(seconds):
            places.append((firsts[stop_a], seconds[stop_b]))
        a, b = stop_a + 1, stop_b + 1
    return places


def _common(left: Sequence[object], right: Sequence[object]) -> list[tuple[int, int]]:
    """Find a longest common subsequence: positions of equal things, rising in both."""
    begin = 0
    while begin < min(len(left), len(right)) and left[begin] == right[begin]:
        begin += 1
    end = 0
    while end < min(len(left), len(right)) - begin and left[-1 - end] == right[-1 - end]:
        end += 1
    ahead = [(index, index) for index in range(begin)]
    behind = [(len(left) - index, len(right) - index) for index in range(end, 0, -1)]
    inner_left, inner_right = left[begin : len(left) - end], right[begin : len(right) - end]
    if len(inner_left) * len(inner_right) > _MOST_CELLS:
        return [*ahead, *behind]
    return [
        *ahead,
        *((begin + a, begin + b) for a, b in _longest(inner_left, inner_right)),
        *behind,
    ]


def _longest(left: Sequence[object], right: Sequence[object]) -> list[tuple[int, int]]:
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for a in range(len(left) - 1, -1, -1):
        for b in range(len(right) - 1, -1, -1):
            if left[a] == right[b]:
                lengths[a][b] = lengths[a + 1][b + 1] + 1
            else:
                lengths[a][b] = max(lengths[a + 1][b], lengths[a][b + 1])
    found, a, b = [], 0, 0
    while a < len(left) and b < len(right):
        if left[a] == right[b]:
            found.append((a, b))
            a, b = a + 1, b + 1
        elif lengths[a + 1][b] >= lengths[a][b + 1]:
            a += 1
        else:
            b += 1
    return found


def _differences(one: Operation, other: Operation) -> list[Difference]:
    """Compare two operations: their kinds, or else the numbers of the one kind."""
    found = []
    if type(one.layer) is not type(other.layer):
        found.append(Difference("kind", one.layer.KIND, other.layer.KIND))
    else:
        for field in fields(one.layer):
            name = field.name
            values = getattr(one.layer, name), getattr(other.layer, name)
            if values[0] != values[1]:
                found.append(
                    Difference(_WORDS.get(name, name.replace("_", " ")), *map(shown, values))
                )
    if one.function != other.function:
        found.append(
            Difference("function", *(str(each.function or "none") for each in (one, other)))
        )
    if one.key[2] != other.key[2]:
        found.append(Difference("output", str(one.output), str(other.output)))
    if one.is_side != other.is_side:
        places = ("a side head" if each.is_side else "the trunk" for each in (one, other))
        found.append(Difference("place", *places))
    return found


_WORDS = {"has_bias": "bias", "has_scale": "scale", "has_offset": "offset", "shape": "size"}


def shown(value: object) -> str:
    """Write a number of a layer as a table does."""
    match value:
        case bool():
            return "yes" if value else "no"
        case (int(height), int(width)):
            return f"{height}x{width}"
        case Sides(top, bottom, left, right):
            return (
                str(top)
                if len({top, bottom, left, right}) == 1
                else f"{top}+{bottom}x{left}+{right}"
            )
        case None:
            return "none"
        case int() | float() | str():
            return str(value)
        case _ if hasattr(value, "axes"):
            return str(value)
        case _:
            # A table of connections, or drawings: too large for a line.
            return "its own"


def _reading(
    one: Operation,
    other: Operation,
    left: Sequence[Operation],
    right: Sequence[Operation],
    partners: tuple[dict[int, int], dict[int, int]],
) -> list[Difference]:
    """Compare what two operations read, where all of it stands beside something in the other network."""
    partner, back = partners
    is_beside = all(a in partner for a in one.reads) and all(b in back for b in other.reads)
    if not is_beside and len(one.reads) == len(other.reads):
        # What is missing in one of them is told in a line of its own; another number of branches is not.
        return []
    wanted = [partner.get(a) for a in one.reads]
    came: list[int | None] = list(other.reads)
    if isinstance(one.layer, Add | Multiply):
        wanted, came = sorted(wanted, key=_last), sorted(came, key=_last)
    if wanted == came:
        return []
    names = (
        ", ".join(left[a].name for a in one.reads),
        ", ".join(right[b].name for b in other.reads),
    )
    return [Difference("reads", *names)]


def _last(place: int | None) -> int:
    return -1 if place is None else place
