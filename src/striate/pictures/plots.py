"""The only settings of matplotlib, which draws lines on axes and writes PDF; it is loaded for nothing else."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import matplotlib.style

from striate.pictures.style import FONT, QUIET, RULE, SMALL


_SETTINGS: Final = {
    "axes.axisbelow": True,
    "axes.edgecolor": RULE,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": [FONT],
    "font.size": SMALL,
    "grid.color": "#e8e8e8",
    "grid.linewidth": 0.8,
    "pdf.fonttype": 42,  # letters stay letters, which can be searched for and edited
    "lines.solid_capstyle": "round",
    "text.parse_math": False,  # a class may be called $5
    "xtick.color": RULE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "ytick.left": False,
}


@contextmanager
def in_style() -> Iterator[None]:
    """Draw by these settings and no others, and leave the caller's as they were."""
    fonts = logging.getLogger("matplotlib.font_manager")
    fonts.addFilter(_is_not_about_weight)
    try:
        with matplotlib.style.context(_SETTINGS, after_reset=True), warnings.catch_warnings():
            # A box for a character that no installed font has is said by the box itself.
            warnings.filterwarnings("ignore", message="(?s)Glyph .* missing from")
            yield
    finally:
        fonts.removeFilter(_is_not_about_weight)


def _is_not_about_weight(record: logging.LogRecord) -> bool:
    # A family for other scripts may have no bold; the next weight will do.
    return "font weight" not in str(record.msg)
