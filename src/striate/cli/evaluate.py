"""`striate evaluate`: error with its interval, a line a class, and who is taken for whom."""

import argparse
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table as Grid

from striate.cli.bundle_flags import add_bundle_flags
from striate.cli.console import console, escape, plain_table
from striate.cli.data_flags import add_data_flags, given_flags, with_flags
from striate.cli.reading_line import ReadingLine
from striate.cli.terminal import per_cent, print_json
from striate.errors import DataError
from striate.errors.evaluation import flag_of_no_data, no_data_to_measure_on


if TYPE_CHECKING:
    from striate.prediction.evaluation import Evaluation


HELP = "measure a trained network on test images"
DESCRIPTION = (
    "Measure a trained network on the test images of a data set: the error with its 95 % interval "
    "(Wilson), a line for each class, and how often each class is taken for each other."
)

_WIDEST_CONFUSION = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("bundle", type=Path, help="a bundle, or the folder of a run")
    parser.add_argument(
        "--data",
        help="a data set: see `striate data --help`; by default that of the run. Of other data than the "
        "run's, all examples are measured on where it names none for the test",
    )
    add_data_flags(parser)
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="write a CSV of what each example was taken for, with score and margin",
    )
    add_bundle_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from striate.prediction.bundle import load_bundle
    from striate.prediction.evaluation import evaluate
    from striate.prediction.held_out import data_of_run, is_same_data
    from striate.prediction.prediction_files import write_predictions

    bundle = load_bundle(arguments.bundle, arguments.weights, arguments.device)
    own = data_of_run(arguments.bundle)
    if arguments.data is None and given_flags(arguments):
        raise DataError(*map(flag_of_no_data, given_flags(arguments)))
    if arguments.data is None and own is None:
        raise DataError(no_data_to_measure_on(str(arguments.bundle)))
    data = own or "" if arguments.data is None else with_flags(arguments.data, arguments)
    is_other = own is not None and not is_same_data(data, own)
    with ReadingLine(is_wanted=not arguments.json) as line:
        result = evaluate(bundle, data, line.show, arguments.precision, all_if_drawn=is_other)
    if arguments.predictions is not None:
        write_predictions(arguments.predictions, result)
    if arguments.json:
        print_json(_plain(result))
        return 0
    low, high = result.interval
    part = f"all {result.examples:,}" if result.is_of_all else "the test"
    noun = "images" if bundle.vocabulary is None else "sentences"
    out = console()
    for remark in result.remarks:
        out.print(escape(remark), soft_wrap=True)
    out.print(
        f"[bold]{escape(bundle.document.name)}[/] on {part} {noun} of {escape(data)}: "
        f"[bold]{per_cent(result.error)}[/] wrong ({result.errors:,} of {result.examples:,}); "
        f"95 % interval {100 * low:.2f} to {per_cent(high)}; loss {result.loss:.4f}; "
        f"products of {result.width}{' by OpenVINO' if result.engine == 'openvino' else ''}.\n",
        soft_wrap=True,
    )
    if result.is_unbalanced:
        out.print(
            f"Classes are of different sizes: the mean of their errors is {per_cent(result.balanced_error)}.\n"
        )
    out.print(_classes(result, noun))
    out.print("\nRows: the class it is. Columns: the class it was given.\n")
    if len(result.classes) <= _WIDEST_CONFUSION:
        out.print(_confusion(result))
    else:
        out.print(f"[dim]{len(result.classes)} classes are too many to print; see --json.[/]")
    if arguments.predictions is not None:
        out.print(f"\nPredictions  {escape(str(arguments.predictions))}", soft_wrap=True)
    return 0


def _classes(result: "Evaluation", noun: str) -> Grid:
    headings = (noun, "wrong", "error", "recall", "precision")
    table = plain_table("class", *headings, numbers=headings)
    for one in result.by_class:
        table.add_row(
            escape(one.name),
            f"{one.examples:,}",
            f"{one.examples - one.found:,}",
            _share(1 - one.recall),
            _share(one.recall),
            _share(one.precision),
        )
    return table


def _confusion(result: "Evaluation") -> Grid:
    table = plain_table("", *map(escape, result.classes), numbers=result.classes)
    for index, (name, counts) in enumerate(zip(result.classes, result.confusion, strict=True)):
        cells = [
            f"[dim]{count}[/]" if column == index else str(count) if count else "·"
            for column, count in enumerate(counts)
        ]
        table.add_row(escape(name), *cells)
    return table


def _share(value: float) -> str:
    return "-" if math.isnan(value) else per_cent(value)


def _plain(result: "Evaluation") -> dict[str, object]:
    from striate.prediction.prediction_files import mistakes

    return {
        "examples": result.examples,
        "errors": result.errors,
        "error": result.error,
        "interval": list(result.interval),
        "balanced_error": result.balanced_error,
        "loss": result.loss,
        "precision": result.width,
        "engine": result.engine,
        "remarks": list(result.remarks),
        "classes": [
            {
                "name": one.name,
                "examples": one.examples,
                "found": one.found,
                "claimed": one.claimed,
                "recall": None if math.isnan(one.recall) else one.recall,
                "precision": None if math.isnan(one.precision) else one.precision,
            }
            for one in result.by_class
        ],
        "confusion": [list(row) for row in result.confusion],
        "mistakes": [asdict(wrong) for wrong in mistakes(result)],
    }
