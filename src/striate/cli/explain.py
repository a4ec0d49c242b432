"""`striate explain`: what a network does with one example, in numbers."""

import argparse
from typing import TYPE_CHECKING

from rich.text import Text

from striate.cli.bundles import bundle_of
from striate.cli.console import console
from striate.cli.network_flags import add_language, add_network, given_input
from striate.cli.report import left_in_english
from striate.cli.steps import backward_lines, folded, forward_lines
from striate.cli.terminal import print_json, print_note
from striate.errors import ExplanationError
from striate.errors.explanation import (
    flag_without_row,
    full_is_for_steps,
    no_data_to_explain,
    numbers_not_understood,
)
from striate.errors.words import Words
from striate.recipe import Recipe


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from striate.data import Source
    from striate.explanation import GradientStep
    from striate.prediction import Bundle


HELP = "put into numbers what a network does with one example"
DESCRIPTION = (
    "Put into numbers what a network does with one training example. --step shows a forward and a "
    "backward pass of a fully connected network: inputs, weights, sums and values of every row, the "
    "loss, the factors of the chain rule, the gradients, and the weights after one step. --row shows one value of any "
    "row, convolutions too: what it is made of, and the chain rule from the loss back to it and to a weight behind it."
)

_WIDEST = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(
        parser, "a shipped name, a Markdown file (FILE#NAME), a bundle, or the folder of a run"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--step", action="store_true", help="one forward and one backward pass")
    what.add_argument(
        "--row",
        metavar="ROW",
        help="one value of a row, forward and back, and one weight behind it",
    )
    parser.add_argument(
        "--unit",
        metavar="MAP,Y,X",
        help="with --row: the value, counted from 0; by itself the one with the steepest slope",
    )
    parser.add_argument(
        "--weight",
        metavar="CHANNEL,Y,X",
        help="with --row: the weight in the map's kernel, or the input's number of a full layer; by itself the one with "
        "the steepest slope",
    )
    parser.add_argument(
        "--data", help="a data set: see `striate data --help`; the document's own by default"
    )
    parser.add_argument(
        "--example", type=int, default=0, help="which training example, counted from 0 (0)"
    )
    add_language(parser, "of what is printed")
    parser.add_argument("--full", action="store_true", help="print wide matrices whole")
    parser.add_argument("--json", action="store_true", help="print JSON, with all numbers")


def run(arguments: argparse.Namespace) -> int:
    """Go one step and print it."""
    from striate.data import load_source
    from striate.explanation import explain_step, read_example

    bundle = bundle_of(arguments.network, given=given_input(arguments))
    document, network = bundle.document, bundle.network
    data = arguments.data or document.data
    if not data:
        raise ExplanationError(no_data_to_explain())
    source = load_source(data)
    inputs, label = read_example(
        document, source, arguments.example, bundle.mean, bundle.vocabulary
    )
    if arguments.row is not None:
        return _run_row(arguments, bundle, (inputs, label), source)
    for flag in ("unit", "weight"):
        if getattr(arguments, flag) is not None:
            raise ExplanationError(flag_without_row(f"--{flag}"))
    values = inputs.flatten().double().numpy()
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
    out, words = console(), Words(arguments.language or document.language)
    width = min(out.width, _WIDEST)
    opening = words.sentence(
        f"{document.name}: one step on example {arguments.example} of {source.name}, "
        f"which is of class {source.classes[label]}"
    )
    lines = [
        *forward_lines(step, width, full=arguments.full, words=words),
        *backward_lines(step, width, full=arguments.full, words=words),
    ]
    closings = _closings(document.recipe, step)
    is_cut = any("..." in line for line in lines)
    rest = ["--full prints what ... stands for; --json gives all digits."] * is_cut
    told = [line for text in (*closings, *rest) for line in folded(words.sentence(text), width)]
    for line in (*folded(opening, width), "", *lines, *told):
        out.print(Text(line))
    for line in left_in_english(words):
        print_note(line)
    return 0


def _run_row(
    arguments: argparse.Namespace,
    bundle: "Bundle",
    example: "tuple[Tensor, int]",
    source: "Source",
) -> int:
    """Explain one value of a row and one weight behind it."""
    from striate.see import as_lines, gradient_lines, unit_gradient

    if arguments.full:
        raise ExplanationError(full_is_for_steps())
    (inputs, label), document = example, bundle.document
    unit = None if arguments.unit is None else _numbers("--unit", arguments.unit, {1, 3})
    weight = None if arguments.weight is None else _numbers("--weight", arguments.weight, {1, 3})
    place = None if unit is None else (unit[0], *_place(unit[1:]))
    found = unit_gradient(
        bundle.network, inputs, label, document.recipe, arguments.row, place, weight
    )
    if arguments.json:
        shared = found.weight
        print_json(
            {
                "network": document.name,
                "data": source.name,
                "example": arguments.example,
                "class": source.classes[label],
                "row": found.unit.row,
                "unit": [found.unit.map_number, *found.unit.place],
                "sum": found.unit.total,
                "value": found.unit.value,
                "loss": found.loss,
                "loss_by_value": found.by_value,
                "value_by_sum": found.slope,
                "loss_by_sum": found.by_sum,
                "weight": None
                if shared is None
                else {
                    "place": list(shared.place),
                    "products": _listed(shared.products),
                    "loss_by_weight": shared.gradient,
                },
            }
        )
        return 0
    out, said = console(), Words(arguments.language or document.language)
    opening = (
        f"{document.name}: {arguments.row} on example {arguments.example} of {source.name}, "
        f"which is of class {source.classes[label]}"
    )
    sentence, words = _sentence(bundle, source, arguments, found.unit.place)
    lines = [*as_lines(found.unit, words=words), "", *gradient_lines(found)]
    for line in (said.sentence(opening), *sentence, "", *(_said(said, line) for line in lines)):
        out.print(Text(line))
    for line in left_in_english(said):
        print_note(line)
    return 0


def _said(words: Words, line: str) -> str:
    """Say a line, which stays as far in as it is."""
    text = line.lstrip()
    return line[: len(line) - len(text)] + words.sentence(text)


def _sentence(
    bundle: "Bundle", source: "Source", arguments: argparse.Namespace, place: tuple[int, int]
) -> tuple[list[str], tuple[str, ...]]:
    """Give the sentence of the example, and the words that the unit sees; nothing for other networks."""
    if bundle.vocabulary is None:
        return [], ()
    from striate.see.telling import read_sentence, words_of

    text = source.texts[int(source.train.images[arguments.example])]
    sentence = read_sentence(text, bundle.document, bundle.network, bundle.vocabulary)
    return [text], words_of(bundle.network, sentence, arguments.row, place)


def _place(numbers: tuple[int, ...]) -> tuple[int, int]:
    return (numbers[0], numbers[1]) if numbers else (0, 0)


def _numbers(flag: str, text: str, counts: set[int]) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in counts or not all(part.isdecimal() for part in parts):
        raise ExplanationError(numbers_not_understood(flag, text))
    return tuple(map(int, parts))


def _closings(recipe: Recipe, step: "GradientStep") -> list[str]:
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
    return sentences


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
