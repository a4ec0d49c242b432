"""`striate see`: what a network sees, in pictures and in numbers."""

import argparse
from dataclasses import replace
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli import see_many
from striate.cli.bundles import bundle_of
from striate.cli.console import console
from striate.cli.data_flags import add_data_flags, given_flags
from striate.cli.network_flags import add_network, given_input
from striate.cli.terminal import print_json, print_notes
from striate.errors import DataError, Fault, SeeingError
from striate.errors.seeing import (
    file_for_folder,
    flag_without_data,
    flags_not_heeded,
    flags_without_look,
    no_picture_for_page,
    no_picture_to_see,
    no_such_class,
    no_vocabulary,
    not_for_page,
    nothing_to_see,
    row_beside_sentences,
    rows_without_page,
    seed_without_climb,
    umap_without_embedding,
    unit_not_understood,
)
from striate.system.files import write_durably


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from striate.prediction import Bundle
    from striate.see.gallery import Look, Shown


HELP = "draw what a network sees: filters, maps, fields, sums, reasons for a class"
DESCRIPTION = (
    "Draw the filters of a network and how they are tuned to angles; with a picture, also the maps of every row, "
    "what a unit sees of the picture, how its value comes about, and which places speak for a class. "
    "Without training, a shipped network or a document has fresh weights."
)


_COLORS_LEFT_OUT = "The picture is in color and the network reads grey: its colors are left out."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser, "a bundle, the folder of a run, a shipped name, or a file (FILE#NAME)")
    parser.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="pictures to look at; sentences, for a network of sentences",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where to write (NAME-see)"
    )
    _add_other_pictures(parser)
    parser.add_argument(
        "--rows",
        metavar="ROW,ROW",
        help="with --page: rows whose maps and weights come first where the file has not room for all",
    )
    parser.add_argument(
        "--unit",
        metavar="ROW:MAP,Y,X",
        help="the unit to take apart, counted from 0, such as C3:7,1,2; by itself the strongest one of the last "
        "convolution or pooling whose maps have places, else of the first full layer",
    )
    parser.add_argument(
        "--row",
        help="the row that Grad-CAM looks at, by itself the last one whose maps have places; with --top-patches the row "
        "of the maps, by itself every one with kernels; with --maximise the row of the units, by itself the last one",
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


def _add_other_pictures(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that ask for something else than the usual pictures."""
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE.html",
        help="write one page that works from the disk instead: a click on a value shows its sum, its field and its path",
    )
    parser.add_argument(
        "--top-patches",
        action="store_true",
        help="the patches of a data set that excite each map most, in a picture and a table; of sentences, the phrases",
    )
    parser.add_argument(
        "--embedding",
        action="store_true",
        help="where examples of a data set lie behind the last hidden row (or --row), by principal components",
    )
    parser.add_argument(
        "--umap",
        action="store_true",
        help="with --embedding: by UMAP, which keeps near what is near (pip install 'striate[umap]')",
    )
    parser.add_argument(
        "--maximise",
        action="store_true",
        help="pictures that excite the units of a row as strongly as can be, climbed to from noise",
    )
    parser.add_argument(
        "--film",
        type=Path,
        metavar="FILE.gif",
        help="the kernels of the first row epoch by epoch, of a run that was trained with --film: a .gif or an .apng",
    )
    parser.add_argument(
        "--data",
        help="with --top-patches or --embedding: a data set, see `striate data --help`; by default that of the run. Its test part, or "
        "all of it where it names none",
    )
    add_data_flags(parser)
    parser.add_argument(
        "--seed", type=int, help="with --maximise: start of the noise that it begins with (0)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw, write, and name the files."""
    bundle = bundle_of(arguments.network, arguments.weights, given_input(arguments))
    is_trained = Path(arguments.network).is_dir()
    if not (is_trained or arguments.json):
        console().print(
            "Fresh weights: this network has learnt nothing yet.", markup=False, soft_wrap=True
        )
    if not arguments.json:
        print_notes(bundle.remarks)
    asked = _asked(arguments)
    if asked is not None:
        see_many.refuse_others(arguments, asked)
        chosen = None if arguments.unit is None else _unit(arguments.unit)
        if asked == "--film":
            return _write_film(bundle, arguments)
        match asked:
            case "--top-patches":
                shown = see_many.top_patches(bundle, arguments)
            case "--embedding":
                shown = see_many.embedded(bundle, arguments)
            case _:
                shown = see_many.climbed(bundle, arguments, chosen)
        return _write(bundle, arguments, (("", one) for one in shown), is_trained=is_trained)
    reads_words = bundle.document.table.words is not None
    _refuse_unfit(bundle, arguments, reads_words=reads_words)
    if arguments.page is not None:
        return _write_page(bundle, arguments, is_trained=is_trained)
    chosen = None if arguments.unit is None else _unit(arguments.unit)
    wanted = () if arguments.class_name is None else (_class(bundle, arguments.class_name),)
    about = {
        "--unit": arguments.unit,
        "--row": arguments.row,
        "--class": arguments.class_name,
    }
    given = [flag for flag, value in about.items() if value is not None]
    if given and not arguments.pictures:
        raise SeeingError(flags_without_look(given, "sentence" if reads_words else "picture"))
    if reads_words and arguments.row is not None:
        raise SeeingError(row_beside_sentences(bundle.document.name))
    files = _all(bundle, arguments, chosen, wanted)
    return _write(bundle, arguments, files, is_trained=is_trained)


def _refuse_unfit(bundle: "Bundle", arguments: argparse.Namespace, *, reads_words: bool) -> None:
    """Name what was given and cannot be looked at: by this network, or without what it belongs to.

    Raises:
        SeeingError: There is some.
    """
    if reads_words and (arguments.pictures or arguments.page) and bundle.vocabulary is None:
        raise SeeingError(no_vocabulary(bundle.document.name))
    if reads_words and arguments.pictures:
        from striate.see.looks import refuse_no_sentences

        refuse_no_sentences(bundle, arguments.pictures)
    _refuse_data(arguments)
    if arguments.seed is not None:
        raise SeeingError(seed_without_climb())
    if arguments.umap:
        raise SeeingError(umap_without_embedding())
    reads_nothing_shown = bundle.document.table.image is None and not reads_words
    if (arguments.pictures or arguments.page) and reads_nothing_shown:
        raise SeeingError(no_picture_to_see(bundle.document.name))
    if arguments.rows is not None and arguments.page is None:
        raise SeeingError(rows_without_page())


def _refuse_data(arguments: argparse.Namespace) -> None:
    """Name the flags about a data set where none is looked at."""
    about_data = ["--data"] if arguments.data is not None else []
    untaken = [flag_without_data(flag) for flag in (*about_data, *given_flags(arguments))]
    if untaken:
        raise SeeingError(*untaken)


def _asked(arguments: argparse.Namespace) -> str | None:
    """Give the flag that asks for something else than the usual pictures.

    Raises:
        SeeingError: There are two, or a flag is for one that is not there.
    """
    flags = {
        "--page": arguments.page is not None,
        "--top-patches": arguments.top_patches,
        "--embedding": arguments.embedding,
        "--maximise": arguments.maximise,
        "--film": arguments.film is not None,
    }
    given = [flag for flag, is_given in flags.items() if is_given]
    if len(given) > 1:
        raise SeeingError(flags_not_heeded(given[0], given[1:]))
    return given[0] if given and given != ["--page"] else None


def _write(
    bundle: "Bundle",
    arguments: argparse.Namespace,
    files: "Iterable[tuple[str, Shown]]",
    *,
    is_trained: bool,
) -> int:
    """Write files into the folder of the output, and name each; a unit that was asked for is told behind them."""
    folder = arguments.output or Path(f"{bundle.document.name}-see")
    _refuse_file(folder)
    written, units = [], []
    for part, shown in files:
        place = folder / part / shown.name
        place.parent.mkdir(parents=True, exist_ok=True)
        write_durably(place, shown.content)
        written.append({"file": str(place), "shows": shown.says})
        if not arguments.json:
            console().print(f"{place}  {shown.says}", markup=False, soft_wrap=True)
            if shown.name == "unit.txt" and arguments.unit is not None:
                units.append(shown.content.decode())
    if not written:
        raise SeeingError(nothing_to_see(bundle.document.name))
    others = _others([Path(one["file"]) for one in written])
    if arguments.json:
        print_json(
            {
                "network": bundle.document.name,
                "is_trained": is_trained,
                "remarks": [*bundle.remarks, *others],
                "files": written,
            }
        )
    else:
        print_notes(others)
    for unit in units:
        console().print(f"\n{unit}", markup=False, soft_wrap=True, end="")
    return 0


def _refuse_file(folder: Path) -> None:
    """Refuse a new folder that is named as a file is.

    Raises:
        SeeingError: It is.
    """
    kind, _ = guess_type(folder.name)
    if kind is not None and not folder.exists():
        raise SeeingError(file_for_folder(str(folder), kind, str(folder.with_suffix(""))))


def _others(written: "Sequence[Path]") -> tuple[str, ...]:
    """Name the files beside those that were written: of another picture, they would be taken for this one's."""
    told = []
    for folder in dict.fromkeys(file.parent for file in written):
        own = {file.name for file in written if file.parent == folder}
        names = sorted(
            one.name for one in folder.iterdir() if one.is_file() and one.name not in own
        )
        told += [others_in_folder(str(folder), names)] if names else []
    return tuple(told)


def others_in_folder(folder: str, names: list[str], shown: int = 5) -> str:
    """Say which files of a folder are of another look than those that were just written into it."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return f"In {folder}, and not of this look: {', '.join(names[:shown])}{more}."


def _write_film(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    kind = see_many.kind_of_film(arguments.film)
    content = see_many.film(bundle, arguments, kind)
    write_durably(arguments.film, content)
    if arguments.json:
        print_json(
            {"network": bundle.document.name, "file": str(arguments.film), "bytes": len(content)}
        )
    else:
        console().print(
            f"{arguments.film}  {len(content) / 1e6:.1f} MB", markup=False, soft_wrap=True
        )
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
        [look_at(bundle, given) for given in arguments.pictures],
        bundle.classes,
        bundle.document.heading,
        map_constant=bundle.document.recipe.map_constant,
        rows=_rows(arguments.rows),
    )
    content = text.encode()
    write_durably(arguments.page, content)
    if arguments.json:
        said = {
            "network": bundle.document.name,
            "is_trained": is_trained,
            "remarks": bundle.remarks,
        }
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
    """Give every file with the folder that it belongs to: that of its picture, or none.

    What is asked of pictures comes first, so that nothing is written where it cannot be had.
    """
    from striate.see.gallery import show_network

    of_each = _sentences if bundle.document.table.words is not None else _pictures
    yield from of_each(bundle, arguments, chosen, wanted)
    title = bundle.document.heading
    constant = bundle.document.recipe.map_constant
    files = show_network(bundle.network, title, bundle.classes, constant)
    yield from (("", shown) for shown in files)


def _pictures(
    bundle: "Bundle",
    arguments: argparse.Namespace,
    chosen: tuple[str, int, tuple[int, int]] | None,
    wanted: tuple[int, ...],
) -> "Iterator[tuple[str, Shown]]":
    """Give the files of each picture, once all pictures have been read."""
    from striate.modules import preferences
    from striate.see.gallery import show_picture

    pictures = [Path(picture) for picture in arguments.pictures]
    for number, (picture, look) in enumerate(_looks(bundle, pictures), 1):
        if look.remark and not arguments.json:
            console().print(f"{picture}: {look.remark}", markup=False, soft_wrap=True)
        scores = preferences(bundle.network(look.inputs).detach(), bundle.network.ending)
        first = int(scores[0].argmax())
        classes = tuple(dict.fromkeys((first, *wanted)))
        part = picture.stem if len(pictures) > 1 else ""
        if len({one.stem for one in pictures}) < len(pictures):
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
        yield from [(part, shown) for shown in files]


def _looks(bundle: "Bundle", pictures: "Sequence[Path]") -> "list[tuple[Path, Look]]":
    """Read all pictures; those that cannot be read are named together.

    Raises:
        DataError: There are some.
    """
    looks: list[tuple[Path, Look]] = []
    faults: list[Fault] = []
    for picture in pictures:
        try:
            looks.append((picture, _look(bundle, picture)))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(*faults)
    return looks


def _sentences(
    bundle: "Bundle",
    arguments: argparse.Namespace,
    chosen: tuple[str, int, tuple[int, int]] | None,
    wanted: tuple[int, ...],
) -> "Iterator[tuple[str, Shown]]":
    """Give the files of each sentence."""
    from striate.modules import preferences
    from striate.see.telling import read_sentence, show_sentence

    sentences: list[str] = arguments.pictures
    for number, text in enumerate(sentences, 1):
        vocabulary = bundle.vocabulary
        if vocabulary is None:
            continue
        sentence = read_sentence(text, bundle.document, bundle.network, vocabulary)
        scores = preferences(bundle.network(sentence.inputs).detach(), bundle.network.ending)
        classes = tuple(dict.fromkeys((int(scores[0].argmax()), *wanted)))
        files = show_sentence(
            bundle.network,
            sentence,
            vocabulary,
            bundle.classes,
            classes,
            chosen=chosen,
            map_constant=bundle.document.recipe.map_constant,
        )
        yield from [(str(number) if len(sentences) > 1 else "", shown) for shown in files]


def _rows(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _look(bundle: "Bundle", picture: Path) -> "Look":
    from striate.data import decode_picture
    from striate.data.images.decode import has_colors
    from striate.see.looks import look_at

    look = look_at(bundle, picture)
    is_grey = bundle.network.walk.input.axes[0] == 1
    if is_grey and has_colors(decode_picture(picture)):
        return replace(look, remark=_COLORS_LEFT_OUT)
    return look


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
