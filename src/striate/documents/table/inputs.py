"""What comes into a network: by a row, a size, a sentence, or by arithmetic."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from striate.documents.table.axes import IMAGE_AXES, PLANE_AXES
from striate.documents.table.claims import Line, Order
from striate.documents.table.lines import Draft
from striate.documents.table.phrases import CONVOLUTIONS, MAIN, WINDOWED
from striate.documents.table.prose import Habits
from striate.documents.table.text import Size
from striate.shapes import Features, Image, Shape


class _Known(NamedTuple):
    """An input as far as it is known; None for what is silent."""

    channels: int | None
    height: int | None
    width: int | None
    cost: float
    where: str


def inputs_of(
    draft: Draft, habits: Habits, order: Order, given: Shape | None
) -> Iterator[tuple[Shape, float, str]]:
    """Give what may come in, each with a cost and with where it is said.

    Args:
        draft: The table.
        habits: What sentences say.
        order: Where sizes of three numbers have their maps.
        given: What the user says, which is not doubted.
    """
    if given is not None:
        yield given, 0.0, "the input that was given"
        return
    vector = _vector(draft)
    if vector is not None:
        yield vector
        return
    seen: set[Shape] = set()
    for known in _known(draft, habits, order)[:8]:
        if known.height is None or known.width is None:
            continue
        for maps, cost, where in _with_channels(known, draft, habits, order):
            shape = Image(maps, known.height, known.width)
            if (
                shape not in seen
                and 0 < maps <= 10**5
                and min(shape.axes) > 0
                and max(shape.axes) <= 10**5
            ):
                seen.add(shape)
                yield shape, cost, where


def likely_inputs(draft: Draft, order: Order) -> tuple[str, ...]:
    """Give the inputs from which the size that the first row claims comes: padded, and not.

    Nothing is given where the first row claims no size, or is no convolution with a kernel and a stride.
    """
    line = draft.lines[0] if draft.lines else None
    first = line.steps[0] if line is not None and line.steps else None
    if line is None or line.output is None or first is None or first.op not in CONVOLUTIONS:
        return ()
    if len(line.output.numbers) < PLANE_AXES:
        return ()
    plane, said = _plane(line.output, order), first.said[0]
    proven = _kernels_by_count(line, line.output, order)
    if "kernel" in said and "stride" in said:
        kernel, stride = said["kernel"], said["stride"]
    elif not {"kernel", "stride"} & set(said) and len(proven) == 1:
        ((maps_in, kernel),), stride = proven, (1, 1)
        said = {"maps in": maps_in, **said}
    else:
        return ()
    sides = list(zip(plane, kernel, stride, strict=True))
    padded = "x".join(str(side * stride) for side, _, stride in sides)
    plain = "x".join(str((side - 1) * stride + kernel) for side, kernel, stride in sides)
    known = draft.first.channels if draft.first is not None else None
    maps = said.get("maps in") or draft.first_maps or known or "CHANNELS"
    return tuple(f"{maps}x{one}" for one in dict.fromkeys((padded, plain)))


def _vector(draft: Draft) -> tuple[Shape, float, str] | None:
    """Read an input of one number ahead of a full layer: a vector."""
    if not draft.lines or not _reads_vectors(draft.lines[0]):
        return None
    has_row = draft.first is not None or draft.first_size is not None
    size = draft.first_size if has_row else draft.lines[0].input
    where = f"line {draft.first_line}" if has_row else f"what row {draft.lines[0].name} reads"
    if has_row and (
        draft.first_maps is not None
        or (draft.first is not None and draft.first.channels is not None)
    ):
        return None
    return (
        (Features(size.numbers[0]), 0.0, where)
        if size is not None and len(size.numbers) == 1
        else None
    )


def _known(draft: Draft, habits: Habits, order: Order) -> list[_Known]:
    """Gather what rows, sizes and sentences say, and solve for the size where none does."""
    sentences = [
        _Known(one.channels, one.height, one.width, 0.2 * rank, f"the sentence in line {one.line}")
        for rank, one in enumerate(habits.inputs)
    ]
    sized = [one for one in sentences if one.height is not None]
    own = _own(draft, order)
    if own is None:
        return sized or _by_arithmetic(draft, order, habits)
    if own.height is not None:
        return [own]
    if sized:
        return [own._replace(height=sized[0].height, width=sized[0].width)]
    return [one._replace(channels=own.channels) for one in _by_arithmetic(draft, order, habits)]


def _own(draft: Draft, order: Order) -> _Known | None:
    """Read the input from its own row, or from the size that the first row reads."""
    if draft.first is None and draft.first_size is None:
        size = draft.lines[0].input if draft.lines else None
        if size is None or len(size.numbers) == 1:
            return None
        return _of_size(size, order, f"what row {draft.lines[0].name} reads")
    where = f"line {draft.first_line}"
    said = draft.first
    known = _Known(None, None, None, 0.0, where)
    if said is not None:
        known = _Known(said.channels, said.height, said.width, 0.0, where)
    if draft.first_size is None:
        return known._replace(channels=draft.first_maps or known.channels)
    # `227x227x3` counts its channels by itself; a 1 in a column of maps beside it is one picture.
    sized = _of_size(draft.first_size, order, where)
    return sized._replace(channels=sized.channels or draft.first_maps or known.channels)


def _of_size(size: Size, order: Order, where: str) -> _Known:
    match size.numbers:
        case (a, b, c):
            is_first = size.order == "maps first" or (not size.order and order == "maps first")
            return _Known(*((a, b, c) if is_first else (c, a, b)), 0.0, where)
        case (a, b):
            deep, rest = divmod(size.stated or 0, max(a * b, 1))
            return _Known(deep if deep and not rest else None, a, b, 0.0, where)
        case (a,):
            return _Known(None, a, a, 0.0, where)
        case _:
            return _Known(None, None, None, 0.0, where)


def _with_channels(
    known: _Known, draft: Draft, habits: Habits, order: Order
) -> list[tuple[int, float, str]]:
    """Give the channels of an input: as said with it, in a sentence, or as the first parameters allow."""
    if known.channels is not None:
        return [(known.channels, known.cost, known.where)]
    said = next((one for one in habits.inputs if one.channels is not None), None)
    if said is not None and said.channels is not None:
        return [(said.channels, known.cost, f"{known.where} and the sentence in line {said.line}")]
    return _channels(draft, order, known.cost, known.where)


def _reads_vectors(line: Line) -> bool:
    return any(step.op == "dense" for step in line.steps) and not any(
        step.op in WINDOWED for step in line.steps
    )


def _channels(draft: Draft, order: Order, cost: float, where: str) -> list[tuple[int, float, str]]:
    """Give the channels that the parameters of the first convolution leave possible."""
    for line in draft.lines[:3]:
        said = [
            one["maps in"]
            for step in line.steps
            if step.op in CONVOLUTIONS
            for one in step.said
            if "maps in" in one
        ]
        if said:
            return [(said[0], cost, f"{where}, and maps that row {line.name} reads")]
        if line.input is not None and len(line.input.numbers) == IMAGE_AXES:
            return [(line.input.numbers[0 if order == "maps first" else 2], cost, where)]
        if line.parameters and any(step.op in CONVOLUTIONS for step in line.steps):
            told = f"{where}, and the {line.parameters} parameters of row {line.name}"
            return [(maps, cost + 0.1 * rank, told) for rank, maps in enumerate((3, 1, 4, 2))]
        if _reads_vectors(line):
            if line.parameters:
                told = f"{where}, and the {line.parameters} parameters of row {line.name}"
                return [(maps, cost + 0.1 * rank, told) for rank, maps in enumerate((1, 3))]
            return [(1, cost, f"{where}: one map, for full layers alone follow")]
    return []


def _by_arithmetic(draft: Draft, order: Order, habits: Habits) -> list[_Known]:
    """Solve for the size of an input that nothing names, from what comes out of the first line."""
    if not draft.lines:
        return []
    line = draft.lines[0]
    size = line.output
    first = line.steps[0] if line.steps else None
    if (
        size is None
        or first is None
        or first.op not in CONVOLUTIONS
        or len(size.numbers) < PLANE_AXES
        # Normalisation and functions leave the size as it is.
        or any(step.op in MAIN for step in line.steps[1:])
    ):
        return []
    height, width = _plane(size, order)
    where = f"what comes out of row {line.name}"
    style = _style(draft, order)
    found: list[_Known] = []
    for said in first.said:
        if said.get("stride", (1, 1)) != (1, 1):
            continue
        padding = said.get("padding", habits.padding)
        told = where
        if padding is None and style == "mixed":
            continue
        if padding is None and style:
            padding = style
            told += f"; its other convolutions are {style}"
        if padding is None:
            found += _without_padding(line, size, order, said.get("kernel") or habits.kernel)
            continue
        if padding == "same":
            found.append(_Known(None, height, width, 0.0, told))
            continue
        pixels = 0 if padding == "valid" else padding
        kernel = said.get("kernel") or habits.kernel
        kernels = [(None, kernel)] if kernel else _kernels_by_count(line, size, order)
        for maps, (tall, wide) in kernels if isinstance(pixels, int) else ():
            sides = (height + tall - 1 - 2 * pixels, width + wide - 1 - 2 * pixels)
            found.append(_Known(maps, *sides, 0.0, told))
    return found


_USUAL_SIDE = 4
"""What divides the sides of nearly all pictures that networks read: 28, 32, 96, 224."""


def _without_padding(
    line: Line, size: Size, order: Order, kernel: tuple[int, int] | None
) -> Iterator[_Known]:
    """Give the input from which a first size comes without padding, where that is a picture's and the size is not.

    Of 26x26 behind a kernel of 3x3 it is 28x28; of 28x28 nothing can be told, for padded it would come from itself.
    """
    height, width = _plane(size, order)
    kernels = [(None, kernel)] if kernel else _kernels_by_count(line, size, order)
    for maps, (tall, wide) in kernels:
        sides = (height + tall - 1, width + wide - 1)
        is_usual = not any(side % _USUAL_SIDE for side in sides)
        if is_usual and height % _USUAL_SIDE and width % _USUAL_SIDE:
            why = (
                f"what comes out of row {line.name}, without padding as is usual where none is said"
            )
            yield _Known(maps, *sides, 0.0, why)


def _plane(size: Size, order: Order) -> tuple[int, ...]:
    """Return the height and the width of a printed size."""
    is_first = size.order == "maps first" or (not size.order and order == "maps first")
    return size.numbers[1:] if is_first and len(size.numbers) == IMAGE_AXES else size.numbers[:2]


_LEAST_ALIKE = 1
_MOST_LOST = 10
"""Pixels that the largest usual kernel takes off without padding."""


def _style(draft: Draft, order: Order) -> str:
    """Return the padding of all convolutions below the first, as their sizes show it; nothing if none does."""
    padded = plain = 0
    for above, line in pairwise(draft.lines):
        steps = [step for step in line.steps if step.op in WINDOWED]
        if (
            len(steps) != 1
            or steps[0].op not in CONVOLUTIONS
            or not above.output
            or not line.output
        ):
            continue
        if min(len(above.output.numbers), len(line.output.numbers)) < PLANE_AXES:
            continue
        came, out = _plane(above.output, order), _plane(line.output, order)
        lost = {one - two for one, two in zip(came, out, strict=True)}
        kernels = {said["kernel"] for said in steps[0].said if "kernel" in said}
        if lost == {0}:
            padded += (1, 1) not in kernels
        elif len(lost) == 1 and 0 < min(lost) <= _MOST_LOST:
            plain += not kernels or (min(lost) + 1,) * 2 in kernels
    if padded >= _LEAST_ALIKE and not plain:
        return "same"
    if padded >= _LEAST_ALIKE:
        return "mixed"
    return "valid" if plain >= _LEAST_ALIKE else ""


def _kernels_by_count(
    line: Line, size: Size, order: Order
) -> list[tuple[int | None, tuple[int, int]]]:
    """Return the maps that come in and the square kernels that the parameters of a first line prove."""
    trained = [step for step in line.steps if step.op not in {"activation", "dropout"}]
    if len(size.numbers) != IMAGE_AXES or not line.parameters or len(trained) > 1:
        return []
    digits = line.parameters.replace(",", "")
    is_first = size.order == "maps first" or (not size.order and order == "maps first")
    maps = size.numbers[0 if is_first else -1]
    return [
        (channels, (side, side))
        for channels in (3, 1)
        for side in (3, 5, 7, 11, 9)
        if digits in {str(maps * (channels * side * side + 1)), str(maps * channels * side * side)}
    ]
