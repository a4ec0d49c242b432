"""`striate diff`: two networks side by side, whatever each is written as."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from rich.table import Table as Grid

from striate.arithmetic import Walk
from striate.checking.differences import Comparison, Pair, Totals, compare
from striate.checking.operations import Operation
from striate.cli.console import console, escape, plain_table
from striate.cli.report import left_in_english
from striate.cli.terminal import print_json, print_note
from striate.documents import Document, read_input
from striate.documents.schema import entry_of
from striate.documents.vocabulary import korean_kind
from striate.errors import DocumentError
from striate.errors.words import Language, Words
from striate.networks import load
from striate.shapes import Shape


NAME = "diff"
HELP = "compare two networks row by row, in whatever forms they are written"
DESCRIPTION = (
    "Compare what two networks compute: rows, shapes, parameters, multiply-adds and the receptive field. Each may be a "
    "shipped name or a file of any form, such as your code and the table of a paper. Rows are aligned by what "
    "they do, and different ways of writing the same are equal. Exit code 0 if both are the same, 1 if they differ."
)

_SAME, _DIFFERENT = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    for name in ("first", "second"):
        parser.add_argument(name, help="a shipped name, or a file of any form (FILE#NAME)")
    parser.add_argument("--names", action="store_true", help="compare the names of rows, too")
    parser.add_argument(
        "--input",
        metavar="3x32x32",
        help="what comes in, for a network that does not say it; that of the other one if absent",
    )
    parser.add_argument(
        "--language",
        choices=get_args(Language),
        help="of what is said: en or ko (that of the documents; ko where both are Korean)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compare and print; a document with faults is an error that names its file."""
    places = (arguments.first, arguments.second)
    documents = _load(places, arguments.input)
    walks = _sound_walks(places, documents)
    found = compare(*walks, with_names=arguments.names)
    if arguments.json:
        print_json(_plain(found, places, documents))
    else:
        are_korean = all(document.language == "ko" for document in documents)
        words = Words(arguments.language or ("ko" if are_korean else "en"))
        _print(found, places, words)
        for place, document in zip(places, documents, strict=True):
            for remark in document.remarks:
                print_note(f"{place}, {words.remark(remark)}")
        for line in left_in_english(words):
            print_note(line)
    return _SAME if found.is_same else _DIFFERENT


def _load(places: Sequence[str], given: str | None) -> list[Document]:
    """Load both; one that cannot be computed is tried with the given input, or else with the other's."""
    shape: Shape | None = None if given is None else read_input(given)
    documents = [_loaded(place, shape) for place in places]
    inputs = [_input_of(document) for document in documents]
    for index, place in enumerate(places):
        known = shape or inputs[1 - index]
        if inputs[index] is None and known is not None:
            tried = load(place, known)
            documents[index] = documents[index] if _input_of(tried) is None else tried
    return documents


def _loaded(place: str, given: Shape | None) -> Document:
    """Load a network; one that is not there without an input, with the given one."""
    try:
        return load(place)
    except DocumentError:
        if given is None:
            raise
        return load(place, given)


def _input_of(document: Document) -> Shape | None:
    """Return what comes into a network without faults."""
    try:
        return document.sound_walk().input
    except DocumentError:
        return None


def _sound_walks(places: Sequence[str], documents: Sequence[Document]) -> list[Walk]:
    """Return the arithmetic on both; the faults of both are told together, with the file of each."""
    walks, faults = [], []
    for place, document in zip(places, documents, strict=True):
        try:
            walks.append(document.sound_walk())
        except DocumentError as error:
            faults += [
                replace(fault, where=f"{place}, {fault.where}" if fault.where else place)
                for fault in error.faults
            ]
    if faults:
        raise DocumentError(*faults)
    return walks


def _print(found: Comparison, places: Sequence[str], words: Words) -> None:
    out = console()
    out.print(_rows(found.pairs, places, words))
    out.print()
    out.print(_totals(found, places, words))
    out.print()
    first, second = (str(end or words("no function")) for end in found.left_to_loss)
    if first != second:
        out.print(
            words(
                "The first ends in {}, the second in {}; this is not compared, for a loss may take it over.",
                *(first, second),
            ),
            soft_wrap=True,
        )
    if found.is_same:
        out.print(f"[green]{words('Both compute the same.')}[/]")
        return
    out.print(f"[red]{_counted(found.pairs, words)}[/]")


def _counted(pairs: Sequence[Pair], words: Words) -> str:
    """Say how many rows differ, and how many stand in one network alone."""
    beside = sum(pair.first is not None and pair.second is not None for pair in pairs)
    same = sum(pair.is_same for pair in pairs)
    first = sum(pair.second is None for pair in pairs)
    second = sum(pair.first is None for pair in pairs)
    return words(
        "{} rows are the same, {} differ, {} are in the first alone, {} in the second alone.",
        *(f"{count:,}" for count in (same, beside - same, first, second)),
    )


def _rows(pairs: Sequence[Pair], places: Sequence[str], words: Words) -> Grid:
    table = plain_table("", *map(escape, places), words("what differs"))
    for pair in pairs:
        mark = "=" if pair.is_same else "<" if pair.second is None else ">"
        if pair.differences:
            mark = "~"
        told = "; ".join(
            f"{words(each.of)} {each.first} | {each.second}" for each in pair.differences
        )
        cells = (_told(pair.first, words), _told(pair.second, words), told)
        table.add_row(mark, *map(escape, cells), style="" if pair.is_same else "red")
    return table


def _told(operation: Operation | None, words: Words) -> str:
    if operation is None:
        return ""
    kind = entry_of(operation.layer)[0]
    shown = korean_kind(kind) if words.language == "ko" else operation.layer.KIND
    return f"{operation.name}  {shown}  {operation.output}"


def _totals(found: Comparison, places: Sequence[str], words: Words) -> Grid:
    table = plain_table(words("in all"), *map(escape, places), numbers=tuple(map(escape, places)))
    for name, first, second in zip(
        ("parameters", "multiply-adds", "one output sees"),
        _figures(found.first),
        _figures(found.second),
        strict=True,
    ):
        table.add_row(words(name), first, second, style="" if first == second else "red")
    return table


def _figures(totals: Totals) -> tuple[str, str, str]:
    field = "-" if totals.field is None else str(totals.field)
    return f"{totals.parameters:,}", f"{totals.multiply_adds:,}", field


def _plain(
    found: Comparison, places: Sequence[str], documents: Sequence[Document]
) -> dict[str, object]:
    return {
        "is_same": found.is_same,
        **{
            side: {
                "network": place,
                "parameters": totals.parameters,
                "multiply_adds": totals.multiply_adds,
                "receptive_field": totals.field
                and [totals.field.height.size, totals.field.width.size],
                "left_to_loss": end and str(end),
                "remarks": [Words().remark(remark) for remark in document.remarks],
            }
            for side, place, totals, end, document in zip(
                ("first", "second"),
                places,
                (found.first, found.second),
                found.left_to_loss,
                documents,
                strict=True,
            )
        },
        "rows": [
            {
                "is_same": pair.is_same,
                "first": _plain_operation(pair.first),
                "second": _plain_operation(pair.second),
                "differences": [
                    {"of": each.of, "first": each.first, "second": each.second}
                    for each in pair.differences
                ],
            }
            for pair in found.pairs
        ],
    }


def _plain_operation(operation: Operation | None) -> dict[str, object] | None:
    if operation is None:
        return None
    return {
        "name": operation.name,
        "line": operation.line,
        "kind": operation.layer.KIND,
        "output": list(operation.output.axes),
        "parameters": operation.cost.parameters,
        "multiply_adds": operation.cost.multiply_adds,
    }
