"""`striate explain`: what a network does with one example, in numbers."""

import argparse
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.text import Text

from striate.cli.steps import backward_lines, forward_lines
from striate.cli.terminal import console, print_json
from striate.errors import ExplanationError
from striate.errors.explanation import no_data_to_explain
from striate.networks import load
from striate.recipe import Recipe


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate.documents import Document
    from striate.explanation import GradientStep
    from striate.modules import Network


HELP = "put into numbers what a network does with one example"
DESCRIPTION = (
    "Put into numbers what a network does with one training example. --step shows a forward and a "
    "backward pass of a fully connected network: inputs, weights, sums and values of every row, the "
    "loss, the factors of the chain rule, the gradients, and the weights after one step."
)

_WIDEST = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument(
        "network",
        help="a shipped name, a Markdown file (FILE#NAME), a bundle, or the folder of a run",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--step", action="store_true", help="one forward and one backward pass")
    parser.add_argument(
        "--data", help="a data set: see `striate data --help`; the document's own by default"
    )
    parser.add_argument(
        "--example", type=int, default=0, help="which training example, counted from 0 (0)"
    )
    parser.add_argument("--full", action="store_true", help="print wide matrices whole")
    parser.add_argument("--json", action="store_true", help="print JSON, with all numbers")


def run(arguments: argparse.Namespace) -> int:
    """Go one step and print it."""
    from striate.data import load_source
    from striate.explanation import explain_step, read_example

    document, network = _network(arguments.network)
    data = arguments.data or document.data
    if not data:
        raise ExplanationError(no_data_to_explain())
    source = load_source(data)
    values, label = read_example(document, source, arguments.example)
    step = explain_step(document, network, values, label)
    if arguments.json:
        print_json(
            {
                "network": document.name,
                "data": source.name,
                "example": arguments.example,
                "class": source.classes[label],
                **_plain(step),
            }
        )
        return 0
    out = console()
    width = min(out.width, _WIDEST)
    opening = (
        f"{document.name}: one step on example {arguments.example} of {source.name}, "
        f"which is of class {source.classes[label]}"
    )
    lines = [
        *forward_lines(step, width, full=arguments.full),
        *backward_lines(step, width, full=arguments.full),
    ]
    is_cut = any("..." in line for line in lines)
    for line in (*wrap(opening, width), "", *lines, *_closing(document.recipe, step, width)):
        out.print(Text(line))
    if is_cut:
        out.print(
            *wrap("--full prints what ... stands for; --json gives all digits.", width), sep="\n"
        )
    return 0


def _network(where: str) -> "tuple[Document, Network]":
    from striate.modules import build
    from striate.prediction.bundle import load_bundle

    if Path(where).is_dir():
        bundle = load_bundle(where)
        return bundle.document, bundle.network
    document = load(where)
    return document, build(document)


def _closing(recipe: Recipe, step: "GradientStep", width: int) -> list[str]:
    sentences = [f"With the new weights the loss of this example is {step.loss_after:.6g}."]
    moves_alone = recipe.optimizer == "sgd" or (
        recipe.optimizer == "nesterov" and recipe.momentum == 0
    )
    if not moves_alone or recipe.weight_decay:
        decay = f" with weight decay {recipe.weight_decay:g}" if recipe.weight_decay else ""
        sentences.append(
            f"This step follows the slope alone; {recipe.optimizer}{decay}, by which the recipe "
            "trains, makes another one of it."
        )
    return [line for sentence in sentences for line in wrap(sentence, width)]


def _plain(step: "GradientStep") -> dict[str, object]:
    return {
        "loss": step.loss,
        "loss_after": step.loss_after,
        "learning_rate": step.learning_rate,
        "forward": [
            {
                "name": row.name,
                "function": row.function,
                "inputs": _listed(row.inputs),
                "weights": _listed(row.weights),
                "biases": _listed(row.biases),
                "sums": _listed(row.sums),
                "values": _listed(row.values),
            }
            for row in step.forward
        ],
        "backward": [
            {
                "name": row.name,
                "loss_by_values": _listed(row.loss_by_values),
                "values_by_sums": _listed(row.values_by_sums),
                "loss_by_sums": _listed(row.loss_by_sums),
                "loss_by_weights": _listed(row.loss_by_weights),
                "loss_by_biases": _listed(row.loss_by_biases),
                "loss_by_inputs": _listed(row.loss_by_inputs),
                "new_weights": _listed(row.new_weights),
                "new_biases": _listed(row.new_biases),
            }
            for row in step.backward
        ],
    }


def _listed(numbers: "NDArray[np.float64] | None") -> list[object] | None:
    """Give numbers as lists; JSON has no word for infinity, which becomes null."""
    if numbers is None:
        return None
    import numpy as np

    told = numbers.astype(object)
    told[~np.isfinite(numbers)] = None
    listed: list[object] = told.tolist()
    return listed
