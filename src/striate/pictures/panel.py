"""One quantity over the epochs, each line named at its right end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from striate.pictures.page import Page
from striate.pictures.scale import Scale
from striate.pictures.style import INK, QUIET, SMALL


_LEFT = 66
_WIDTH = 744
_LABEL_GAP = 14
_LABEL_DISTANCE = 17.0
_HEADING_RISE = 14
_HALF_LETTER = 4
_MOST_MARKED = 40

Span = tuple[int, int]


@final
@dataclass(frozen=True, slots=True)
class Line:
    """The values of one quantity.

    Args:
        name: Written at the right end of the line, with the last value; empty for neither.
        color: Of the line and its name.
        points: Epoch and value; all values are finite.
        lost: Number of values that are not.
        is_thin: It is drawn without marks: it only shows the way between the points of another one.
    """

    name: str
    color: str
    points: tuple[tuple[float, float], ...]
    lost: int
    is_thin: bool = False


@final
@dataclass(frozen=True, slots=True)
class Panel:
    """Lines on one axis.

    Args:
        heading: What the values are.
        lines: At least one of them has a point.
        height: In pixels.
        scale_of: Chooses the axis for all values.
        form: How a value is written, for `str.format`.
        ring: A point to mark.
    """

    heading: str
    lines: tuple[Line, ...]
    height: int
    scale_of: Callable[[Sequence[float]], Scale]
    form: str
    ring: tuple[float, float] | None = None


def draw_panel(page: Page, panel: Panel, y: int, span: Span) -> None:
    """Draw a panel whose upper edge is at y; the span is the first and the last epoch."""
    axes = page.axes(_LEFT, y, _WIDTH, panel.height)
    scale = panel.scale_of([value for line in panel.lines for _, value in line.points])
    _set_axes(axes, scale, panel.form, span)
    heading = f"{panel.heading}, logarithmic axis" if scale.is_log else panel.heading
    page.write(0, y - _HEADING_RISE, heading, color=QUIET)
    is_marked = span[1] - span[0] < _MOST_MARKED
    for line in panel.lines:
        axes.plot(
            [epoch for epoch, _ in line.points],
            [scale.place(value) for _, value in line.points],
            color=line.color,
            linewidth=1.0 if line.is_thin else 1.6,
            marker="o" if not line.is_thin and (is_marked or len(line.points) == 1) else "",
            markersize=4,
            clip_on=False,
        )
    if panel.ring:
        epoch, value = panel.ring
        axes.plot([epoch], [scale.place(value)], "o", mfc="none", mec=INK, ms=9, clip_on=False)
    _write_ends(page, panel, scale, y)


def draw_epochs(page: Page, y: int, span: Span) -> None:
    """Number the epochs below the last panel, whose lower edge is at y."""
    first, last = span
    low, high = _limits(span)
    for epoch in MaxNLocator(nbins=12, integer=True).tick_values(first, last):
        if first <= epoch <= last:
            x = _LEFT + (epoch - low) / (high - low) * _WIDTH
            page.write(x, y + 18, f"{epoch:.0f}", size=SMALL, color=QUIET, align="center")
    page.write(_LEFT + _WIDTH + _LABEL_GAP, y + 18, "epoch", color=QUIET)


def _limits(span: Span) -> tuple[float, float]:
    air = 0.012 * (span[1] - span[0]) or 0.5
    return span[0] - air, span[1] + air


def _set_axes(axes: Axes, scale: Scale, form: str, span: Span) -> None:
    axes.set_xlim(*_limits(span))
    axes.set_yscale("log" if scale.is_log else "linear")
    axes.set_ylim(scale.low, scale.high)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xticks([])
    written = ["0" if mark == scale.zero else form.format(mark) for mark in scale.marks]
    axes.set_yticks(scale.marks, written)


def _apart(places: Sequence[float]) -> list[float]:
    """Move labels apart, from the top down: those that would overlap form a block around their mean."""
    blocks: list[list[float]] = []
    for place in places:
        blocks.append([place])
        while len(blocks) > 1 and _top(blocks[-1]) - _top(blocks[-2]) < _LABEL_DISTANCE * len(
            blocks[-2]
        ):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return [
        _top(block) + _LABEL_DISTANCE * number for block in blocks for number in range(len(block))
    ]


def _top(block: Sequence[float]) -> float:
    return sum(block) / len(block) - _LABEL_DISTANCE * (len(block) - 1) / 2


def _write_ends(page: Page, panel: Panel, scale: Scale, y: int) -> None:
    ends = [(line, line.points[-1][1]) for line in panel.lines if line.name and line.points]
    ends.sort(key=lambda end: end[1], reverse=True)
    places = [y + panel.height * (1 - scale.fraction(value)) for _, value in ends]
    for (line, value), place in zip(ends, _apart(places), strict=True):
        text = f"{line.name} {panel.form.format(value)}"
        page.write(_LEFT + _WIDTH + _LABEL_GAP, place + _HALF_LETTER, text, color=line.color)
