"""The loss of a network whose learning rate grows from step to step, over that rate."""

import math
from collections.abc import Sequence

from matplotlib.ticker import NullLocator

from striate.pictures.page import Page
from striate.pictures.plots import in_style
from striate.pictures.scale import scale_of
from striate.pictures.style import BAR, INK, QUIET, SMALL, TRAINING, VALIDATION


_WIDTH, _HEIGHT = 760, 300
_LEFT, _HEAD, _FOOT = 66, 30, 46
_LABEL = 14


@in_style()
def draw_rates(
    rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float],
    suggestion: float | None,
    title: str,
    rule: str,
) -> bytes:
    """Draw the loss of each step over its learning rate, on a logarithmic axis.

    Args:
        rates: One a step, rising.
        losses: Of each step's batch, finite.
        smoothed: The same, averaged.
        suggestion: The rate to begin with; none is marked when absent.
        title: Of the picture.
        rule: How the suggestion was found, below the title.

    Returns:
        A PNG.
    """
    page = Page(_WIDTH, _HEAD + _HEIGHT + _FOOT, title, [rule])
    axes = page.axes(_LEFT, _HEAD, _WIDTH - _LEFT, _HEIGHT)
    scale = scale_of([*losses, *smoothed])
    axes.set_xscale("log")
    axes.set_xlim(rates[0] / 1.3, rates[-1] * 1.3)
    axes.set_yscale("log" if scale.is_log else "linear")
    axes.set_ylim(scale.low, scale.high)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks(scale.marks, [f"{mark:.3g}" for mark in scale.marks])
    axes.set_xticks([])
    axes.xaxis.set_minor_locator(NullLocator())
    heading = "training loss, logarithmic axis" if scale.is_log else "training loss"
    page.write(0, _HEAD - _LABEL, f"{heading}; light: of each step, dark: smoothed", color=QUIET)
    axes.plot(rates, [scale.place(one) for one in losses], color=BAR, linewidth=1.0)
    axes.plot(rates, [scale.place(one) for one in smoothed], color=TRAINING, linewidth=2.0)
    low, high = math.log10(rates[0] / 1.3), math.log10(rates[-1] * 1.3)

    def across(rate: float) -> float:
        return _LEFT + (math.log10(rate) - low) / (high - low) * (_WIDTH - _LEFT)

    for power in range(math.ceil(low), math.floor(high) + 1):
        x = across(10.0**power)
        page.write(
            x, _HEAD + _HEIGHT + 18, f"{10.0**power:g}", size=SMALL, color=QUIET, align="center"
        )
    if suggestion is not None:
        axes.axvline(suggestion, color=VALIDATION, linewidth=1.6)
        page.write(
            across(suggestion) + 5, _HEAD + 16, f"{suggestion:.2g}", color=VALIDATION, bold=True
        )
    middle = _LEFT + (_WIDTH - _LEFT) / 2
    page.write(middle, _HEAD + _HEIGHT + 38, "learning rate", color=INK, align="center")
    return page.png()
