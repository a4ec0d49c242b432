"""The differences of an experiment beside their margins: what a verdict rests on, in one look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from striate.pictures.fonts import wrapped
from striate.pictures.page import Page
from striate.pictures.plots import in_style
from striate.pictures.style import INK, LINES, QUIET, RULE, SMALL, TEXT


_WIDTH = 960
_AXIS_LEFT, _AXIS_WIDTH = 430, 400
_ROW = 74
_FOOT = 10
_COLORS = {"supported": LINES[2], "contradicted": LINES[1], "undecided": QUIET}
_AIR = 0.12


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """One comparison, as it is drawn.

    Args:
        says: What the claim says of it.
        found: The difference with its interval, in words.
        mean: Mean difference, or factor.
        low: Lower end of its interval.
        high: Upper end.
        bounds: Where the margin lies: one place, or two for a difference that shall be small.
        none: Where no difference lies: 0, or 1 for factors.
        direction: To which side of the margin the claim points.
        verdict: What follows.
        points: Differences of the single seeds.
    """

    says: str
    found: str
    mean: float
    low: float
    high: float
    bounds: tuple[float, ...]
    none: float
    direction: Literal["lower", "higher", "equal"]
    verdict: Literal["supported", "contradicted", "undecided"]
    points: tuple[float, ...] = ()


@in_style()
def draw_verdicts(differences: Sequence[Difference], title: str, notes: Sequence[str]) -> bytes:
    """Draw each difference with its interval on an axis of its own; where the claim holds is shaded.

    Args:
        differences: One a comparison, from the top.
        title: Of the picture.
        notes: Sentences below the title.

    Returns:
        A PNG.
    """
    page = Page(_WIDTH, _ROW * len(differences) + _FOOT, title, notes)
    for number, one in enumerate(differences):
        _draw(page, one, number * _ROW)
    return page.png()


def _draw(page: Page, one: Difference, y: float) -> None:
    color = _COLORS[one.verdict]
    lines = wrapped(one.says, _AXIS_LEFT - 30, TEXT)[:3]
    for at, line in enumerate(lines):
        page.write(0, y + 18 + 17 * at, line)
    ends = [one.low, one.high, one.none, *one.bounds, *one.points]
    low, high = min(ends), max(ends)
    air = _AIR * (high - low) or max(abs(low), 1.0)
    low, high = low - air, high + air
    axes = page.axes(_AXIS_LEFT, y + 8, _AXIS_WIDTH, 30)
    axes.set_xlim(low, high)
    axes.set_ylim(-1, 1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    held = {
        "lower": (low, one.bounds[0]),
        "higher": (one.bounds[0], high),
        "equal": (one.bounds[0], one.bounds[-1]),
    }[one.direction]
    axes.axvspan(*held, color="#eef4ee", linewidth=0)
    axes.axvline(one.none, color=RULE, linewidth=1)
    for bound in one.bounds:
        axes.axvline(bound, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.plot(one.points, [0.55] * len(one.points), "o", color=color, ms=3, alpha=0.5, mew=0)
    axes.plot([one.low, one.high], [-0.2, -0.2], color=color, linewidth=2.4)
    axes.plot([one.mean], [-0.2], "o", color=color, ms=6)
    page.write(_AXIS_LEFT, y + 54, one.found, size=SMALL, color=color)
    page.write(_AXIS_LEFT + _AXIS_WIDTH + 14, y + 28, one.verdict, color=color, bold=True)
