"""The plot of the page: how many times as fast, a dot a peer, with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cases import Setup
from striate.bench.ratios import Ratio
from striate.pictures.page import Page
from striate.pictures.plots import in_style
from striate.pictures.style import INK, QUIET, RULE, SMALL, VALIDATION, WRONG


_COLORS = {"documented": VALIDATION, "tuned": WRONG}
_MARKS = {"documented": "o", "tuned": "D"}
_LEFT, _WIDTH, _RIGHT = 330, 470, 160
_LINE, _GAP, _HEAD, _FOOT = 21, 12, 22, 44
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@final
@dataclass(frozen=True, slots=True)
class Dot:
    """One comparison.

    Args:
        name: The peer.
        setup: How it was set up.
        ratio: Above 1 where Striate is faster.
    """

    name: str
    setup: Setup
    ratio: Ratio


@final
@dataclass(frozen=True, slots=True)
class Group:
    """The comparisons of one study.

    Args:
        title: Network, kind and width.
        dots: One a peer, at least one.
        target: Drawn as a line across those as documented; None without one.
    """

    title: str
    dots: Sequence[Dot]
    target: float | None


@in_style()
def draw_ratios(groups: Sequence[Group], title: str, notes: Sequence[str]) -> bytes:
    """Draw all comparisons on one logarithmic axis.

    Args:
        groups: In the order from top to bottom; at least one.
        title: Of the picture.
        notes: Below the title.

    Returns:
        A PNG.
    """
    heights = [_HEAD + _LINE * len(group.dots) + _GAP for group in groups]
    body = sum(heights)
    page = Page(_LEFT + _WIDTH + _RIGHT, body + _FOOT, title, notes)
    axes = page.axes(_LEFT, 0, _WIDTH, body)
    low, high = _limits([dot.ratio for group in groups for dot in group.dots])
    _set_axes(axes, low, high, body)
    y = 0
    for group, height in zip(groups, heights, strict=True):
        page.write(0, y + 14, group.title, bold=True)
        for number, dot in enumerate(group.dots):
            middle = y + _HEAD + _LINE * number + _LINE / 2
            _draw_dot(page, axes, dot, middle)
            if group.target is not None and dot.setup == "documented":
                half = _LINE / 2 - 2
                axes.plot(
                    [group.target] * 2, [middle - half, middle + half], color=INK, linewidth=1.4
                )
        y += height
        axes.axhline(y - _GAP / 2, color=RULE, linewidth=0.8)
    page.write(_LEFT + _WIDTH / 2, body + _FOOT - 2, "times as fast", color=QUIET, align="center")
    return page.png()


def _draw_dot(page: Page, axes: Axes, dot: Dot, middle: float) -> None:
    ratio, color = dot.ratio, _COLORS[dot.setup]
    axes.plot([ratio.low, ratio.high], [middle, middle], color=color, linewidth=2)
    axes.plot([ratio.median], [middle], _MARKS[dot.setup], color=color, markersize=6)
    page.write(_LEFT - 12, middle + 4, dot.name, color=QUIET, align="right")
    text = f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
    page.write(_LEFT + _WIDTH + 10, middle + 4, text, size=SMALL, color=color)


def _limits(ratios: Sequence[Ratio]) -> tuple[float, float]:
    low = min(0.8, *(ratio.low for ratio in ratios))
    high = max(1.25, *(ratio.high for ratio in ratios))
    return low / 1.15, high * 1.15


def _set_axes(axes: Axes, low: float, high: float, height: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(height, 0)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_yticks([])
    ticks = [tick for tick in _TICKS if low <= tick <= high and math.isfinite(tick)]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.axvline(1, color=INK, linewidth=1)
