"""`striate predict`: what pictures show."""

import argparse
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape

from striate.cli.terminal import console, plain_table, print_error, print_json
from striate.errors.fault import in_a_list


NAME = "predict"
HELP = "name what pictures show"
DESCRIPTION = (
    "Name the likeliest classes of PNG or JPEG pictures of any size and mode. A broken or huge file "
    "is named and refused, the others are predicted; the exit code is then 2."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("bundle", type=Path, help="a bundle, or the folder of a run")
    parser.add_argument("images", type=Path, nargs="+", help="PNG or JPEG files")
    parser.add_argument("--top", type=int, default=3, help="classes named a picture (3)")
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="of the best or the last epoch"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Predict and print."""
    from striate.bundles import load_bundle
    from striate.prediction import predict

    bundle = load_bundle(arguments.bundle, arguments.weights)
    outcome = predict(bundle, arguments.images, arguments.top)
    if arguments.json:
        made = [
            {
                "file": str(one.file),
                "classes": [{"name": name, "score": score} for name, score in one.classes],
            }
            for one in outcome.made
        ]
        print_json({"predictions": made, "refused": [asdict(one) for one in outcome.refused]})
    elif outcome.made:
        table = plain_table("file", "class", "score", "then")
        for one in outcome.made:
            (name, score), *others = one.classes
            then = ", ".join(f"{in_a_list(other)} {chance:.4f}" for other, chance in others)
            table.add_row(
                escape(str(one.file)), f"[bold]{escape(name)}[/]", f"{score:.4f}", escape(then)
            )
        console().print(table)
    if not arguments.json:
        for fault in outcome.refused:
            print_error(str(fault))
    return 2 if outcome.refused else 0
