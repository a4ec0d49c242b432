"""What a network sees, drawn: kernels, maps, fields, sums, tuning to angles, reasons for a class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.errors.fault import counted
from striate.pictures.fonts import shortened, width_of
from striate.pictures.page import Page, Pixels, rgb
from striate.pictures.signed import enlarged, signed_colors, signed_ramp
from striate.pictures.style import QUIET, RULE, SMALL, TEXT, VALIDATION, WRONG
from striate.pictures.tiles import Level, Values, tile, tile_size


_GAP = 12
_LINE = 16
_NARROWEST = 520
_WIDEST = 1200
_FOOT = 34
_COLORS = 3
_MOST_KERNELS = 256
_MOST_MAPS = 64
_HALF_TURN = 180.0
_MARKED_ANGLES = (0, 45, 90, 135, 180)


def draw_filters(weights: NDArray[np.float32], connected: NDArray[np.bool_], title: str) -> bytes:
    """Draw the kernels of a row: in color where they read red, green and blue, else a column for each channel.

    Shapes:
        weights: maps x channels x height x width
        connected: maps x channels

    Args:
        weights: The kernels.
        connected: Whether a map reads a channel; kernels that are not there are left white.
        title: Of the picture.

    Returns:
        A PNG.
    """
    _, channels, height, _ = weights.shape
    largest = float(np.abs(weights).max())
    if channels == _COLORS and height > 1:
        shown = weights[:_MOST_KERNELS]
        cells = [_in_color(kernel, largest) for kernel in shown]
        captions = [str(number) for number in range(len(shown))]
        return _sheet(cells, captions, title, _filter_notes(weights.shape, len(shown)), None)
    if channels == 1:
        shown = weights[:_MOST_KERNELS, 0]
        cells = [enlarged(signed_colors(kernel, largest), 56) for kernel in shown]
        captions = [str(number) for number in range(len(shown))]
        return _sheet(cells, captions, title, _filter_notes(weights.shape, len(shown)), largest)
    return _kernel_matrix(weights[:64, :64], connected[:64, :64], title, weights.shape, largest)


def _in_color(kernel: NDArray[np.float32], largest: float) -> Pixels:
    levels = 127.5 + 127.5 * kernel.transpose(1, 2, 0) / (largest or 1.0)
    return enlarged(np.rint(levels).astype(np.uint8), 56)


def _filter_notes(shape: tuple[int, ...], shown: int) -> list[str]:
    maps, channels, height, width = shape
    each = counted(channels, "channel")
    notes = [f"{counted(maps, 'map')}, {each} each, kernels of {height}x{width}"]
    if shown < maps:
        notes.append(f"the first {shown} of them")
    if channels == _COLORS:
        notes.append("red, green and blue as in the picture; grey is zero")
    return notes


def _kernel_matrix(
    weights: NDArray[np.float32],
    connected: NDArray[np.bool_],
    title: str,
    shape: tuple[int, ...],
    largest: float,
) -> bytes:
    """Draw a row of kernels for each map and a column for each channel, as LeNet-5's Table I is printed."""
    maps, channels, height, width = weights.shape
    side = max(height, width) * max(1, round(20 / max(height, width)))
    step, left = side + 3, 34
    notes = [
        f"{shape[0]:,} maps in rows, {shape[1]:,} channels in columns, kernels of {height}x{width}"
    ]
    if (maps, channels) != shape[:2]:
        notes.append(f"the first {maps} maps and {channels} channels")
    if not connected.all():
        count = int(connected.sum())
        notes.append(
            f"{count:,} of {connected.size:,} kernels are there; white places are not connected"
        )
    page = Page(max(left + channels * step, _NARROWEST), _LINE + maps * step + _FOOT, title, notes)
    for channel in range(channels):
        page.write(left + channel * step + side / 2, 10, str(channel), size=SMALL, align="center")
    for number in range(maps):
        page.write(
            left - 8, _LINE + number * step + side / 2 + 4, str(number), size=SMALL, align="right"
        )
        for channel in range(channels):
            if connected[number, channel]:
                pixels = enlarged(signed_colors(weights[number, channel], largest), side)
                page.paste(left + channel * step, _LINE + number * step, pixels, framed=True)
    _write_ramp(page, _LINE + maps * step + 14, largest, "weight")
    return page.png()


def _write_ramp(page: Page, y: int, largest: float, meaning: str) -> None:
    page.ramp(1, y, signed_ramp(), (f"{-largest:.3g}", f"{largest:.3g}"), meaning)


def _sheet(
    cells: Sequence[Pixels],
    captions: Sequence[str],
    title: str,
    notes: Sequence[str],
    largest: float | None,
    meaning: str = "weight",
) -> bytes:
    """Put cells of one size side by side, each over its caption."""
    height, width = cells[0].shape[:2]
    cell = max(width, round(max(width_of(caption, SMALL) for caption in captions))) + _GAP
    columns = max(1, min(len(cells), _WIDEST // cell))
    step = height + _LINE + _GAP
    rows = -(-len(cells) // columns)
    foot = 0 if largest is None else _FOOT
    page = Page(max(columns * cell - _GAP, _NARROWEST), rows * step - _GAP + foot, title, notes)
    for place, (pixels, caption) in enumerate(zip(cells, captions, strict=True)):
        x, y = place % columns * cell, place // columns * step
        page.paste(x, y, pixels, framed=True)
        page.write(x, y + height + 13, shortened(caption, cell - 4, SMALL), size=SMALL, color=QUIET)
    if largest is not None:
        _write_ramp(page, rows * step, largest, meaning)
    return page.png()


def draw_maps(maps: Values, title: str) -> bytes:
    """Draw the maps of a row for one picture, the strongest first; a vector becomes bars.

    Shapes:
        maps: maps x height x width, or units

    Args:
        maps: What the row gives.
        title: Of the picture.

    Returns:
        A PNG.
    """
    if maps.ndim == 1 or maps.shape[1:] == (1, 1):
        return _bars(maps.ravel(), title)
    strength = np.abs(maps).mean(axis=(1, 2))
    order = np.argsort(-strength, kind="stable")[:_MOST_MAPS]
    largest = float(np.abs(maps[np.isfinite(maps)]).max(initial=0.0))
    cells = [enlarged(signed_colors(maps[number], largest), 88) for number in order]
    captions = [
        f"{number}: {maps[number].min():.2f} to {maps[number].max():.2f}" for number in order
    ]
    count, height, width = maps.shape
    notes = [
        f"{count:,} maps of {height}x{width}; the strongest first, with smallest and largest value"
    ]
    notes += _left_out(len(order), count)
    silent = int((strength == 0).sum())
    if silent:
        notes.append(f"{silent:,} maps are zero everywhere")
    return _sheet(cells, captions, title, notes, largest, "value")


def _left_out(drawn: int, count: int) -> list[str]:
    """Say how many are drawn where they are not all."""
    return [f"{drawn:,} of them are drawn"] if drawn < count else []


def _bars(values: NDArray[np.float32], title: str) -> bytes:
    order = np.argsort(-np.abs(values), kind="stable")[:_MOST_MAPS]
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    notes = [f"{len(values):,} units, the strongest first", *_left_out(len(order), len(values))]
    page = Page(_NARROWEST, len(order) * _LINE, title, notes)
    zero, reach = 300, 200
    for place, number in enumerate(order):
        y = place * _LINE
        length = round(reach * abs(float(values[number])) / largest)
        page.write(60, y + 11, f"unit {number}", size=SMALL, color=QUIET)
        page.write(95 + 60, y + 11, f"{values[number]:.4f}", size=SMALL, align="center")
        if length:
            color = WRONG if values[number] > 0 else VALIDATION
            start = zero if values[number] > 0 else zero - length // 2
            width = length if values[number] > 0 else length // 2
            page.paste(start, y + 3, np.tile(rgb(color), (_LINE - 6, max(width, 1), 1)))
    return page.png()


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle on a picture, in pixels of it; below 0 it lies beyond the picture's edge."""

    top: int
    bottom: int
    left: int
    right: int


def draw_field(
    picture: Values,
    field: Frame,
    neighbours: Sequence[Frame],
    slopes: NDArray[np.float32],
    title: str,
    notes: Sequence[str],
    *,
    low: Level,
    high: Level,
) -> bytes:
    """Draw what a unit sees on the picture, to scale: its field, those of its neighbours, and what counts in it.

    Shapes:
        picture: channels x height x width
        slopes: height x width

    Args:
        picture: The numbers that the network read.
        field: What the unit sees.
        neighbours: What the units beside it see.
        slopes: How much its value changes with each pixel.
        title: Of the picture.
        notes: Sentences below the title.
        low: The number that is drawn black.
        high: The number that is drawn white.

    Returns:
        A PNG with two pictures side by side.
    """
    _, height, width = picture.shape
    size = tile_size(height, width, 320)
    scale = size[0] / height
    beyond = max(0, -min(field.top, field.left), field.bottom + 1 - height, field.right + 1 - width)
    edge = min(round(beyond * scale), 160) + 6
    page = Page(2 * (size[1] + 2 * edge) + _GAP, size[0] + 2 * edge + _LINE, title, notes)
    shown = tile(picture, size, low=low, high=high)
    page.paste(edge, edge, shown, framed=True)
    room = (size[0] + 2 * edge, size[1] + 2 * edge)
    _outline(page, edge, scale, neighbours, VALIDATION, room)
    _outline(page, edge, scale, [field], WRONG, room)
    second = size[1] + 2 * edge + _GAP
    faded = shown.astype(np.float64) * 0.35 + 255 * 0.65
    heat = _resized(slopes / (slopes.max() or 1.0), size)[..., None]
    over = faded * (1 - heat) + rgb(WRONG) * heat
    page.paste(second + edge, edge, np.rint(over).astype(np.uint8), framed=True)
    y = size[0] + 2 * edge + 12
    page.write(0, y, "what it can see, and its neighbours", size=SMALL, color=QUIET)
    page.write(second, y, "how much each pixel counts here", size=SMALL, color=QUIET)
    return page.png()


def _outline(
    page: Page, edge: int, scale: float, frames: Sequence[Frame], color: str, room: tuple[int, int]
) -> None:
    """Draw frames; a side that lies beyond the room, height x width, is drawn at its edge."""
    for frame in frames:
        ends = ((frame.top, frame.bottom, room[0]), (frame.left, frame.right, room[1]))
        (top, bottom), (left, right) = (_clipped(edge, scale, *one) for one in ends)
        wide, high = right - left, bottom - top
        for x, y, across, down in (
            (left, top, wide, 2),
            (left, bottom - 2, wide, 2),
            (left, top, 2, high),
            (right - 2, top, 2, high),
        ):
            page.paste(x, y, np.tile(rgb(color), (down, across, 1)))


def _clipped(edge: int, scale: float, first: int, last: int, room: int) -> tuple[int, int]:
    """Return where a frame begins and ends on the page, at least a line wide and within the room."""
    start = min(max(edge + round(first * scale), 0), room - 2)
    return start, max(min(edge + round((last + 1) * scale), room), start + 2)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reason:
    """What speaks for a class, by one method.

    Args:
        heading: The method, and the class.
        heat: height x width; above 0 speaks for the class, below 0 against it.
    """

    heading: str
    heat: NDArray[np.float32]


def draw_reasons(
    picture: Values,
    reasons: Sequence[Reason],
    title: str,
    notes: Sequence[str],
    *,
    low: Level,
    high: Level,
) -> bytes:
    """Draw a picture, and beside it which places of it speak for and against a class.

    Shapes:
        picture: channels x height x width

    Returns:
        A PNG: orange speaks for the class, blue against it.
    """
    _, height, width = picture.shape
    size = tile_size(height, width, 220)
    shown = tile(picture, size, low=low, high=high)
    cell = max(size[1], round(max(width_of(reason.heading, TEXT) for reason in reasons))) + _GAP
    columns = min(4, len(reasons) + 1)
    step = size[0] + _LINE + _GAP
    rows = -(-(len(reasons) + 1) // columns)
    page = Page(max(columns * cell - _GAP, _NARROWEST), rows * step, title, notes)
    page.write(0, 11, "picture as read")
    page.paste(0, _LINE, shown, framed=True)
    grey = np.repeat(shown.mean(axis=2, keepdims=True), 3, axis=2) * 0.5 + 127.5
    for place, reason in enumerate(reasons, 1):
        x, y = place % columns * cell, place // columns * step
        largest = float(np.abs(reason.heat).max()) or 1.0
        heat = _resized(reason.heat / largest, size)
        share = np.abs(heat)[..., None]
        over = grey * (1 - share) + signed_colors(np.sign(heat), 1.0) * share
        page.write(x, y + 11, reason.heading)
        page.paste(x, y + _LINE, np.rint(over).astype(np.uint8), framed=True)
    return page.png()


def _resized(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.NEAREST))


def draw_tuning(
    kernels: NDArray[np.float32],
    angles: NDArray[np.float64],
    responses: NDArray[np.float64],
    captions: Sequence[str],
    title: str,
    notes: Sequence[str],
) -> bytes:
    """Draw each filter beside the curve of its answers to bars of all angles.

    Shapes:
        kernels: filters x height x width
        responses: filters x angles

    Returns:
        A PNG.
    """
    count = min(len(kernels), _MOST_MAPS)
    notes = [*notes, *_left_out(count, len(kernels))]
    wide, high, columns = 190, 74, 5
    columns = min(columns, count)
    cell, step = 64 + wide + 2 * _GAP, high + 2 * _LINE + 2 * _GAP
    rows = -(-count // columns)
    page = Page(max(columns * cell - _GAP, _NARROWEST), rows * step, title, notes)
    largest = float(np.abs(kernels).max())
    top = float(responses.max()) or 1.0
    for number in range(count):
        x, y = number % columns * cell, number // columns * step
        page.paste(x, y + 4, enlarged(signed_colors(kernels[number], largest), 56), framed=True)
        closed = np.append(responses[number], responses[number][0]) / (top * 1.05)
        left = x + 64 + _GAP
        across = left + np.array([*angles, _HALF_TURN]) / _HALF_TURN * wide
        for angle in _MARKED_ANGLES:
            mark = left + angle / _HALF_TURN * wide
            page.line([(mark, y + high), (mark, y + high + 3)], RULE, 1)
            page.write(mark, y + high + 13, f"{angle}°", size=6, color=QUIET, align="center")
        page.line([(left, y + high), (left + wide, y + high)], RULE, 1)
        page.line(list(zip(across, y + high * (1 - closed), strict=True)), VALIDATION, 2)
        page.write(x, y + high + 2 * _LINE, captions[number], size=SMALL, color=QUIET)
    return page.png()
