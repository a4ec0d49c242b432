"""`striate draw`: a network as papers draw it."""

import argparse
from pathlib import Path
from typing import get_args

from striate.cli.console import console
from striate.cli.network_flags import add_network, asked_network
from striate.cli.terminal import print_json
from striate.drawing import COLUMN, DETAILS, STYLES, Figure, Language, draw, letters
from striate.errors import DrawingError
from striate.errors.drawing import unknown_ending, width_out_of_range
from striate.system.files import write_durably


HELP = "draw a network as papers do: SVG, PNG, PDF, TeX or Graphviz"
DESCRIPTION = (
    "Draw a network from its table alone, to scale: sheets of maps as LeNet-5 was drawn, boxes as AlexNet was, "
    "or a graph as GoogLeNet was. The ending of the file says what is written."
)

ENDINGS = (".svg", ".png", ".pdf", ".tex", ".dot")
_POINTS_PER_CENTIMETRE = 72 / 2.54
_NARROWEST, _WIDEST = 4, 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help=f"file to write, ending in {', '.join(ENDINGS)}; the network's name with .svg where it is absent",
    )
    parser.add_argument("--style", choices=STYLES, help="by itself the one that suits the network")
    parser.add_argument(
        "--detail",
        choices=DETAILS,
        help="of a graph: everything, a line a block, or each kind of module drawn once; by itself the most that fits a"
        " page",
    )
    parser.add_argument(
        "--width",
        type=float,
        metavar="CM",
        default=COLUMN / _POINTS_PER_CENTIMETRE,
        help="width of a stack or of boxes, in centimetres (8.9: one column of a paper)",
    )
    parser.add_argument(
        "--language",
        choices=get_args(Language),
        help="of the words in the drawing; by itself that of the document",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Draw and write one file; a document with faults is an error."""
    document = asked_network(arguments)
    language = arguments.language or document.language
    file = arguments.output or Path(f"{document.name}.svg")
    faults = []
    if file.suffix.lower() not in ENDINGS:
        faults.append(unknown_ending(str(file), list(ENDINGS)))
    if not _NARROWEST <= arguments.width <= _WIDEST:
        faults.append(width_out_of_range(f"{arguments.width:g}"))
    if faults:
        raise DrawingError(*faults)
    walk = document.sound_walk()
    title = document.heading
    if file.suffix.lower() == ".dot":
        from striate.drawing.graphviz import write_graphviz

        content: str | bytes = write_graphviz(walk, title, language)
        size = smallest = None
        missing = ""
    else:
        figure = draw(
            walk,
            title,
            style=arguments.style,
            detail=arguments.detail,
            width=arguments.width * _POINTS_PER_CENTIMETRE,
            language=language,
        )
        content, size = _written(figure, file.suffix.lower()), figure.size
        smallest = letters(figure)
        missing = _without_font(figure, file.suffix.lower())
    write_durably(file, content)
    if arguments.json:
        print_json(
            {
                "file": str(file),
                "size_in_points": size,
                "smallest_letters_in_points": smallest,
                "letters_without_font": missing,
            }
        )
        return 0
    extent = "" if size is None or smallest is None else f", {_extent(size, smallest)}"
    console().print(f"{file}{extent}", markup=False)
    if missing:
        console().print(
            f"No installed font has {missing[:20]}: they are boxes in the picture. A package such as fonts-noto-cjk"
            " has them; .svg needs none.",
            markup=False,
        )
    return 0


def _extent(size: tuple[float, float], smallest: float) -> str:
    """Say how large a drawing is, and how small its letters are there and in one column."""
    across, down = (f"{side / _POINTS_PER_CENTIMETRE:.1f}" for side in size)
    in_column = smallest * COLUMN / size[0]
    said = f"{across} x {down} cm, letters from {smallest:.1f} pt"
    return said if in_column >= smallest else f"{said} ({in_column:.1f} pt in one column of 8.9 cm)"


def _without_font(figure: Figure, ending: str) -> str:
    """Give the letters that a picture shows as boxes; the reader of an SVG or TeX file has fonts of its own."""
    if ending not in {".png", ".pdf"}:
        return ""
    from striate.drawing.raster import letters_without_font

    return letters_without_font(figure)


def _written(figure: Figure, ending: str) -> str | bytes:
    match ending:
        case ".svg":
            from striate.drawing.svg import write_svg

            return write_svg(figure)
        case ".tex":
            from striate.drawing.tikz import write_tikz

            return write_tikz(figure)
        case ".pdf":
            from striate.drawing.pdf import write_pdf

            return write_pdf(figure)
        case _:
            from striate.drawing.raster import write_png

            return write_png(figure)
