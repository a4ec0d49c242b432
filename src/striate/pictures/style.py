"""How every picture looks: colors, sizes, and the only settings of matplotlib."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import matplotlib.style


PIXELS_PER_INCH: Final = 100
POINTS_PER_INCH: Final = 72
MARGIN: Final = 24

# Sizes of text in points.
TITLE: Final = 13.0
TEXT: Final = 9.5
SMALL: Final = 8.5

# Grey, blue and orange differ in lightness too, so that they differ on a black and white print.
INK: Final = "#222222"
QUIET: Final = "#666666"
RULE: Final = "#d4d4d4"
TRAINING: Final = "#828282"
VALIDATION: Final = "#12487f"
WRONG: Final = "#a8480c"
BAR: Final = "#b8b8b8"

# Of M. Okabe and K. Ito, told apart by the color-blind; their yellow is too light for a line on white.
LINES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#222222", "#E69F00", "#56B4E9")

# From the lightest to the darkest; no part of it is as light as an empty cell.
MISTAKE_RAMP: Final = ("#fde3c8", "#f2a65a", "#d1691f", "#7a2f08")
# The diagonal goes from the one to the other with the share of a class that is right.
EMPTY_CELL: Final = "#f6f6f6"
RIGHT_CELL: Final = "#b0b0b0"

# Ships with matplotlib, so that a text has the same width on every machine.
FONT: Final = "DejaVu Sans"

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
