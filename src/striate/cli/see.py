"""`striate see`: what a network sees, in pictures and in numbers."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli.bundle_flags import add_bundle_flags
from striate.cli.terminal import console, print_json
from striate.errors import SeeingError
from striate.errors.seeing import no_such_class, unit_not_understood
from striate.files import write_durably


if TYPE_CHECKING:
    from striate.show import Look


NAME = "see"
HELP = "draw what a network sees: filters, maps, fields, sums, reasons for a class"
DESCRIPTION = (
    "Draw the filters of a network and how they are tuned to angles; with a picture, also the maps of every row, "
    "what a unit sees of the picture, how its value comes about, and which places speak for a class. "
    "Without training, a shipped network or a document has fresh weights."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument(
        "network",
        help="a bundle, the folder of a run, a shipped name, or a file (FILE#NAME)",
    )
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE", help="pictures to look at")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where to write (NAME-see)")
    parser.add_argument(
        "--unit",
        metavar="ROW:MAP,Y,X",
        help="the unit to take apart, counted from 0, such as C3:7,1,2; by itself the strongest one of the last row "
        "whose maps have places",
    )
    parser.add_argument("--row", help="the row that Grad-CAM looks at; by itself the last one whose maps have places")
    parser.add_argument("--class", dest="class_name", metavar="CLASS", help="the class to give reasons for, beside the predicted one")
    parser.add_argument("--json", action="store_true", help="print JSON, with all numbers of the unit")
    add_bundle_flags(parser)
