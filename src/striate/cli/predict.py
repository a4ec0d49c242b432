"""`striate predict`: what pictures show, and what sentences say."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table as Grid

from striate.cli.bundle_flags import add_bundle_flags
from striate.cli.console import console, escape, plain_table
from striate.cli.terminal import print_error, print_json, print_notes
from striate.errors import DataError
from striate.errors.fault import in_a_list
from striate.errors.texts import column_for_pictures


if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.prediction.bundle import Bundle
    from striate.prediction.predictions import Prediction


HELP = "name what pictures show, or what sentences say"
DESCRIPTION = (
    "Name the likeliest classes of pictures of any size and mode, of all pictures in a folder, or of "
    "sentences. A broken or huge file is named and refused, the others are predicted; the exit code is then 2."
)

_STANDARD_INPUT = "-"
_REMARKS_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("bundle", type=Path, help="a bundle, or the folder of a run")
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="pictures, or folders of them; or sentences, files of sentences (.csv, .tsv, .json, .jsonl, "
        ".parquet, or .txt of one a line), - for lines from standard input",
    )
    parser.add_argument(
        "--column",
        "--columns",
        dest="columns",
        metavar="HEADING",
        help="heading of the sentences in a table, where it does not tell itself",
    )
    parser.add_argument("--top", type=int, default=3, help="classes named an input (3)")
    add_bundle_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict and print."""
    from striate.prediction.bundle import load_bundle

    bundle = load_bundle(arguments.bundle, arguments.weights, arguments.device)
    if not arguments.json:
        print_notes(bundle.remarks)
    if bundle.vocabulary is not None:
        return _sentences(bundle, arguments)
    return _pictures(bundle, arguments)


def _pictures(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    from striate.prediction.predictions import predict

    if arguments.columns is not None:
        raise DataError(column_for_pictures(arguments.columns))
    outcome = predict(bundle, arguments.inputs, arguments.top, arguments.precision)
    if arguments.json:
        made = [
            {
                "file": found.name,
                "classes": _named(found.classes),
                "remark": found.remark or None,
            }
            for found in outcome.made
        ]
        refused = [asdict(fault) for fault in outcome.refused]
        beside = {"left_out": outcome.left_out, "remarks": bundle.remarks}
        print_json({"predictions": made, "refused": refused, **beside})
    elif outcome.made:
        console().print(_table("file", [(found.name, found.classes) for found in outcome.made]))
        _print_unlike(outcome.made)
    if not arguments.json:
        for said in outcome.left_out:
            console().print(f"[dim]left out: {escape(said)}[/]", soft_wrap=True)
        for fault in outcome.refused:
            print_error(str(fault))
    return 2 if outcome.refused else 0


def _print_unlike(made: "Sequence[Prediction]") -> None:
    unlike = [found for found in made if found.remark]
    for found in unlike[:_REMARKS_SHOWN]:
        told = f"{escape(found.name)} is {escape(found.remark)}."
        console().print(f"[yellow]note[/] {told}", soft_wrap=True)
    if len(unlike) > _REMARKS_SHOWN:
        more = len(unlike) - _REMARKS_SHOWN
        console().print(f"[yellow]note[/] So are {more:,} more; --json names all.")


def _sentences(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    from striate.prediction.predictions import predict_sentences

    sentences = [line for given in arguments.inputs for line in _lines(given, arguments.columns)]
    outcome = predict_sentences(bundle, sentences, arguments.top, arguments.precision)
    if arguments.json:
        made = [{**asdict(one), "classes": _named(one.classes)} for one in outcome]
        print_json({"predictions": made, "remarks": bundle.remarks})
        return 0
    out = console()
    if outcome:
        out.print(_table("sentence", [(one.sentence, one.classes) for one in outcome]))
    empty = sum(not one.classes for one in outcome)
    if empty:
        noun = "sentence has no word and gets" if empty == 1 else "sentences have no word and get"
        out.print(f"{empty:,} {noun} no class.")
    for one in outcome:
        if one.unknown:
            words = escape(", ".join(one.unknown))
            out.print(f"[dim]never seen in training: {words}[/]", soft_wrap=True)
        if one.left_out:
            out.print(f"[dim]words left out at the end of a long sentence: {one.left_out}[/]")
    return 0


def _lines(given: str, columns: str | None) -> list[str]:
    """Return the sentences that one argument stands for: those of a file, of standard input, or itself."""
    from striate.data import read_sentences, text_format

    if given == _STANDARD_INPUT:
        return [line.strip() for line in sys.stdin.read().split("\n") if line.strip()]
    is_file = bool(text_format(Path(given))) and not any(map(str.isspace, Path(given).name))
    # A folder is named as such when it is read, and not taken for a sentence.
    if is_file or Path(given).exists():
        return read_sentences(Path(given), columns)
    return [given]


def _table(heading: str, made: list[tuple[str, tuple[tuple[str, float], ...]]]) -> Grid:
    table = plain_table(heading, "class", "score", "then")
    for of, classes in made:
        if not classes:
            table.add_row(escape(of), "-", "-", "")
            continue
        (name, score), *others = classes
        then = ", ".join(f"{in_a_list(other)} {chance:.4f}" for other, chance in others)
        table.add_row(escape(of), f"[bold]{escape(name)}[/]", f"{score:.4f}", escape(then))
    return table


def _named(classes: tuple[tuple[str, float], ...]) -> list[dict[str, object]]:
    return [{"name": name, "score": score} for name, score in classes]
