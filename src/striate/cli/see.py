"""`striate see`: what a network sees, in pictures and in numbers."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli.bundles import bundle_of
from striate.cli.terminal import console, print_json
from striate.errors import SeeingError
from striate.errors.seeing import (
    no_picture_for_page,
    no_picture_to_see,
    no_such_class,
    not_for_page,
    nothing_to_see,
    unit_not_understood,
)
from striate.system.files import write_durably


if TYPE_CHECKING:
    from collections.abc import Iterator

    from striate.prediction import Bundle
    from striate.see.gallery import Shown


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
    parser.add_argument(
        "pictures", nargs="*", type=Path, metavar="PICTURE", help="pictures to look at"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where to write (NAME-see)"
    )
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE.html",
        help="write one page that works from the disk instead: a click on a value shows its sum, its field and its path",
    )
    parser.add_argument(
        "--unit",
        metavar="ROW:MAP,Y,X",
        help="the unit to take apart, counted from 0, such as C3:7,1,2; by itself the strongest one of the last row "
        "whose maps have places",
    )
    parser.add_argument(
        "--row",
        help="the row that Grad-CAM looks at; by itself the last one whose maps have places",
    )
    parser.add_argument(
        "--class",
        dest="class_name",
        metavar="CLASS",
        help="the class to give reasons for, beside the predicted one",
    )
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="of the best or the last epoch"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Draw, write, and name the files."""
    bundle = bundle_of(arguments.network, arguments.weights)
    is_trained = Path(arguments.network).is_dir()
    if not (is_trained or arguments.json):
        console().print(
            "Fresh weights: this network has learnt nothing yet.", markup=False, soft_wrap=True
        )
    if (arguments.pictures or arguments.page) and bundle.document.table.image is None:
        raise SeeingError(no_picture_to_see(bundle.document.name))
    if arguments.page is not None:
        return _write_page(bundle, arguments, is_trained=is_trained)
    chosen = None if arguments.unit is None else _unit(arguments.unit)
    wanted = () if arguments.class_name is None else (_class(bundle, arguments.class_name),)
    folder = arguments.output or Path(f"{bundle.document.name}-see")
    written = []
    for part, shown in _all(bundle, arguments, chosen, wanted):
        place = folder / part / shown.name
        place.parent.mkdir(parents=True, exist_ok=True)
        write_durably(place, shown.content)
        written.append({"file": str(place), "shows": shown.says})
        if not arguments.json:
            console().print(f"{place}  {shown.says}", markup=False, soft_wrap=True)
            if shown.name == "unit.txt":
                console().print(f"\n{shown.content.decode()}", markup=False, soft_wrap=True)
    if not written:
        raise SeeingError(nothing_to_see(bundle.document.name))
    if arguments.json:
        print_json({"network": bundle.document.name, "is_trained": is_trained, "files": written})
    return 0


def _write_page(bundle: "Bundle", arguments: argparse.Namespace, *, is_trained: bool) -> int:
    from striate.see.looks import look_at
    from striate.see.page import look_page

    asked = {
        "-o": arguments.output,
        "--unit": arguments.unit,
        "--row": arguments.row,
        "--class": arguments.class_name,
    }
    unused = [flag for flag, value in asked.items() if value is not None]
    if unused:
        raise SeeingError(not_for_page(unused))
    if not arguments.pictures:
        raise SeeingError(no_picture_for_page(str(arguments.page)))
    text = look_page(
        bundle.network,
        [look_at(bundle, picture) for picture in arguments.pictures],
        bundle.classes,
        bundle.document.title or bundle.document.name,
        map_constant=bundle.document.recipe.map_constant,
    )
    content = text.encode()
    write_durably(arguments.page, content)
    if arguments.json:
        said = {"network": bundle.document.name, "is_trained": is_trained}
        print_json({**said, "file": str(arguments.page), "bytes": len(content)})
    else:
        console().print(
            f"{arguments.page}  {len(content) / 1e6:.1f} MB", markup=False, soft_wrap=True
        )
    return 0


def _all(
    bundle: "Bundle",
    arguments: argparse.Namespace,
    chosen: tuple[str, int, tuple[int, int]] | None,
    wanted: tuple[int, ...],
) -> "Iterator[tuple[str, Shown]]":
    """Give every file with the folder that it belongs to: that of its picture, or none."""
    from striate.modules import preferences
    from striate.see.gallery import show_network, show_picture
    from striate.see.looks import look_at

    title = bundle.document.title or bundle.document.name
    yield from (("", shown) for shown in show_network(bundle.network, title))
    for number, picture in enumerate(arguments.pictures, 1):
        look = look_at(bundle, picture)
        scores = preferences(bundle.network(look.inputs).detach(), bundle.network.ending)
        first = int(scores[0].argmax())
        classes = tuple(dict.fromkeys((first, *wanted)))
        part = picture.stem if len(arguments.pictures) > 1 else ""
        if len({one.stem for one in arguments.pictures}) < len(arguments.pictures):
            part = f"{number}-{part}"
        files = show_picture(
            bundle.network,
            look,
            bundle.classes,
            classes,
            chosen=chosen,
            cam_row=arguments.row,
            map_constant=bundle.document.recipe.map_constant,
        )
        yield from ((part, shown) for shown in files)


def _unit(text: str) -> tuple[str, int, tuple[int, int]]:
    """Read a unit: a row, a map, and a place if it has one."""
    row, colon, numbers = text.rpartition(":")
    parts = numbers.split(",")
    if not colon or len(parts) not in {1, 3} or not all(part.strip().isdecimal() for part in parts):
        raise SeeingError(unit_not_understood(text))
    number, *place = (int(part) for part in parts)
    return row, number, (place[0], place[1]) if place else (0, 0)


def _class(bundle: "Bundle", name: str) -> int:
    if name not in bundle.classes:
        raise SeeingError(no_such_class(name, list(bundle.classes)))
    return bundle.classes.index(name)
