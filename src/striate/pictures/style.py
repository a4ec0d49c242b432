"""How every picture looks: colors and sizes."""

from typing import Final


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
