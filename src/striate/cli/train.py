"""`striate train`: a recipe from the document, every field open to a flag, a live table."""

import argparse
import os
import re
from contextlib import nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args, get_origin, get_type_hints

from striate.cli.data_flags import DATA_FLAGS, add_data_flags, with_flags
from striate.cli.find_rate import picture_of, print_search
from striate.cli.following import follow
from striate.cli.page import shown_live
from striate.cli.progress import JsonLines, Progress
from striate.cli.reading_line import ReadingLine
from striate.cli.seeds import follow_seeds
from striate.documents import Document, read_input
from striate.documents.front_matter import recipe_with, record_of
from striate.errors import RankError, RecipeError, TrainingError
from striate.errors.ranks import not_among_processes, restarted_without_output
from striate.errors.training import (
    beside_rate_search,
    epochs_of_seeds,
    flags_beside_seeds,
    flags_on_resume,
    nothing_to_train,
)
from striate.fine_tuning import text_of_rows
from striate.recipe import Recipe
from striate.system.torchrun import RESTARTS, started_together


if TYPE_CHECKING:
    from striate.system.ranks import Ranks
    from striate.training import Run
    from striate.training.tensorboard import EventLog


HELP = "train a network, or go on with an interrupted run"
DESCRIPTION = (
    "Train a network by the recipe of its document; every field of the recipe can be set by a flag. "
    "Ctrl-C finishes the step, saves, and exits with 130; --resume RUN goes on from there, and --resume RUN "
    "--epochs N until another epoch."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags: its own, and one for each field of the recipe."""
    parser.add_argument(
        "network",
        nargs="?",
        help="a shipped name, or a Markdown file (FILE#NAME); chosen by the data when absent",
    )
    parser.add_argument(
        "--data", help="a data set: see `striate data --help`; the document's own by default"
    )
    add_data_flags(parser)
    parser.add_argument("--output", type=Path, help="folder of the run; runs/NETWORK-N by default")
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with an interrupted run, or, with --epochs, beyond its end",
    )
    parser.add_argument(
        "--vectors",
        type=Path,
        metavar="FILE",
        help="word vectors of word2vec or GloVe, for networks that begin with such",
    )
    _add_beginning(parser)
    _add_ways(parser)
    _add_machine_flags(parser)
    parser.add_argument(
        "--page",
        action="store_true",
        help="show the run live in the browser as long as it trains; `striate page RUN` does so at any time",
    )
    parser.add_argument(
        "--film",
        action="store_true",
        help="keep the kernels of the first row after each epoch, for `striate see RUN --film FILE.gif`",
    )
    parser.add_argument(
        "--tensorboard",
        type=Path,
        metavar="FOLDER",
        help="write events for TensorBoard below this folder (pip install 'striate[tensorboard]')",
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON an epoch")
    _add_recipe_flags(parser)


def _add_ways(parser: argparse.ArgumentParser) -> None:
    """Declare what is done instead of one training: several, or a search for the rate."""
    parser.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help="train N times, from the recipe's seed and those that follow it: a folder of runs, the mean of their "
        "test errors and its interval",
    )
    parser.add_argument(
        "--find-rate",
        action="store_true",
        help="train nothing: try learning rates from 1e-6 to 10 in 100 steps, and draw the losses into --output "
        "FILE.png, or runs/NETWORK-rates.png",
    )


def _add_recipe_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("recipe", "fields of the document's recipe")
    texts, kinds = _field_texts(), get_type_hints(Recipe)
    for item in fields(Recipe):
        kind = kinds[item.name]
        choices = "|".join(get_args(kind)) if get_origin(kind) is Literal else str(kind)
        choices = kind.__name__ if kind in {int, float} else choices
        choices = {tuple: "LIST", str: "ROWS"}.get(get_origin(kind) or kind, choices)
        choices = "EPOCHS" if item.name == "milestones" else choices
        choices = "balanced|LIST" if item.name == "class_weights" else choices
        group.add_argument(
            f"--{item.name.replace('_', '-')}",
            dest=f"recipe_{item.name}",
            # Rows may be named by several flags; of another field the last one would hide the first.
            action="append" if kind is str else "store",
            metavar=choices.upper() if choices in {"int", "float"} else choices,
            help=texts.get(item.name, "").replace("%", "%%"),
        )


def _add_machine_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=int,
        help="processor threads; torch's choice by default, 1 on a machine that is busy",
    )
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="train in N processes of this machine that share each batch, as torchrun starts them",
    )
    parser.add_argument(
        "--device", metavar="NAME", help="where to train: cpu (the default), cuda or cuda:1"
    )


def _add_beginning(parser: argparse.ArgumentParser) -> None:
    """Declare what a network reads, and what it begins with."""
    parser.add_argument(
        "--input",
        metavar="3x32x32",
        help="what comes in, for a network that does not say it; else that of the data",
    )
    parser.add_argument(
        "--from",
        dest="weights",
        metavar="WEIGHTS",
        help="begin with the weights of a run or bundle, of hf:owner/name, or of a file .safetensors, .npz, .pth, "
        ".onnx, .keras or .h5: rows matched by name, else by order and shape",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, and tell how it goes."""
    if arguments.processes is not None and arguments.processes != 1:
        from striate.cli.processes import run_in_processes

        return run_in_processes(arguments.processes, arguments.threads, arguments.words)
    from striate.system.ranks import join_ranks, leave_ranks

    try:
        return _run(arguments, join_ranks())
    finally:
        leave_ranks()


def _run(arguments: argparse.Namespace, ranks: "Ranks") -> int:
    from striate import training
    from striate.system.devices import PROCESSOR

    flags = {
        item.name: text_of_rows(value) if isinstance(value, list) else value
        for item in fields(Recipe)
        if (value := getattr(arguments, f"recipe_{item.name}")) is not None
    }
    ranks.agreed(
        lambda: _log_of(arguments)
    )  # or what is missing would be named behind a run that has begun
    restarted = ranks.agreed(lambda: _restarted(arguments))
    if restarted is not None:
        arguments.resume, flags = restarted, {}
    if arguments.resume is not None:
        return _go_on(arguments, flags, ranks, is_restarted=restarted is not None)
    document, reasons, data = ranks.agreed(lambda: _prepared(arguments, flags, ranks))
    given = {
        "vectors": arguments.vectors,
        "device": arguments.device or PROCESSOR,
        "weights": arguments.weights,
        "film": arguments.film,
    }
    if arguments.find_rate:
        return _find_rate(document, data, arguments)
    if arguments.seeds is not None:
        if arguments.page:
            raise TrainingError(flags_beside_seeds("--page"))
        _refuse_log(arguments)
        seeds = training.start_seeds(document, data, arguments.seeds, arguments.output, **given)
        seeds.remarks = reasons
        return follow_seeds(seeds, as_json=arguments.json)
    with ReadingLine(is_wanted=ranks.is_first and not arguments.json) as line:
        run = training.start(document, data, arguments.output, listen=line.show, **given)
    run.remarks = (*reasons, *run.remarks)
    return _follow(run, arguments)


def _prepared(
    arguments: argparse.Namespace, flags: dict[str, str], ranks: "Ranks"
) -> tuple[Document, tuple[str, ...], str]:
    """Read the network and its recipe, and name the data."""
    from striate import training

    several = [f"--{name}" for name in ("seeds", "find-rate") if vars(arguments)[_field(name)]]
    if several and not ranks.is_alone:
        raise RankError(not_among_processes(" and ".join(several), ranks.count))
    data = arguments.data
    if arguments.network is None and not data:
        raise TrainingError(nothing_to_train())
    if arguments.network is None:
        document, reasons = training.choose_network(with_flags(data, arguments), flags)
    else:
        shape = None if arguments.input is None else read_input(arguments.input)
        named = with_flags(data, arguments) if data else None
        document, reasons = training.load_for_data(arguments.network, named, shape)
        data = data or document.data
    if not data:
        raise TrainingError(nothing_to_train())
    document.sound_walk()
    document = replace(
        document,
        recipe=_with_flags(document, flags),
        given_fields=frozenset(flags),
        recipe_line=0,
        training_faults=document.training_faults_beside(flags),
    )
    training.settle_process(arguments.threads)
    return document, reasons, with_flags(data, arguments)


def _field(flag: str) -> str:
    return flag.replace("-", "_")


def _restarted(arguments: argparse.Namespace) -> Path | None:
    """Give the folder of a run that torchrun has started again, and that goes on from its checkpoint."""
    if os.environ.get(RESTARTS, "0") == "0" or started_together() == 1 or arguments.resume:
        return None
    if arguments.output is None:
        raise TrainingError(restarted_without_output())
    has_saved = (arguments.output / "checkpoint.safetensors").is_file()
    return arguments.output if has_saved else None


def _find_rate(document: Document, data: str, arguments: argparse.Namespace) -> int:
    """Look for the learning rate of a training, and leave nothing but a picture."""
    from striate.system.devices import PROCESSOR
    from striate.training.rate_search import find_rate

    others = [
        f"--{name}" for name in ("seeds", "page", "film", "tensorboard") if getattr(arguments, name)
    ]
    if others:
        raise TrainingError(beside_rate_search(" and ".join(others)))
    with ReadingLine(is_wanted=not arguments.json) as line:
        found = find_rate(
            document,
            data,
            vectors=arguments.vectors,
            weights=arguments.weights,
            device=arguments.device or PROCESSOR,
            listen=line.show,
        )
    print_search(found, picture_of(arguments, document.name), as_json=arguments.json)
    return 0


def _go_on(
    arguments: argparse.Namespace, flags: dict[str, str], ranks: "Ranks", *, is_restarted: bool
) -> int:
    """Go on with a run, or with what is left of runs from several seeds."""
    from striate import training
    from striate.training.seeds import are_seeds

    def asked() -> int | None:
        epochs = flags.pop("epochs", None)
        if not is_restarted:  # by torchrun, with the flags that the run began with
            _refuse_others(arguments, flags)
        if are_seeds(arguments.resume) and not ranks.is_alone:
            raise RankError(not_among_processes("a folder of --seeds", ranks.count))
        return None if epochs is None else _with_flags(None, {"epochs": epochs}).epochs

    until = ranks.agreed(asked)
    training.settle_process()
    if are_seeds(arguments.resume):
        if until is not None:
            raise TrainingError(epochs_of_seeds(str(arguments.resume)))
        if arguments.page:
            raise TrainingError(flags_beside_seeds("--page"))
        _refuse_log(arguments)
        return follow_seeds(training.resume_seeds(arguments.resume), as_json=arguments.json)
    with ReadingLine(is_wanted=ranks.is_first and not arguments.json) as line:
        run = training.resume(arguments.resume, line.show, epochs=until)
    return _follow(run, arguments)


def _refuse_others(arguments: argparse.Namespace, flags: dict[str, str]) -> None:
    """Name all that was given beside --resume, for a run goes on as it was begun."""
    own = (
        "network",
        "data",
        *DATA_FLAGS,
        "input",
        "output",
        "vectors",
        "weights",
        "threads",
        "device",
        "seeds",
    )
    given = [f"--{name.replace('_', '-')}" for name in flags]
    given += [
        {"network": "the network", "weights": "--from"}.get(name, f"--{name}")
        for name in own
        if getattr(arguments, name) is not None
    ]
    given += ["--film"] if arguments.film else []
    given += ["--find-rate"] if arguments.find_rate else []
    if given:
        raise TrainingError(flags_on_resume(", ".join(given)))


def _with_flags(document: Document | None, flags: dict[str, str]) -> Recipe:
    """Lay flags over the recipe of a document, or over none; every wrong one is named."""
    try:
        if document is None:
            return record_of(Recipe, flags, "the recipe")
        return recipe_with(document, flags)
    except RecipeError as error:
        named = [replace(one, where=f"--{one.where.replace('_', '-')}") for one in error.faults]
        raise RecipeError(*named) from None


def _follow(run: "Run", arguments: argparse.Namespace) -> int:
    as_json, is_first = arguments.json, run.ranks.is_first
    has_page = arguments.page and is_first
    page = shown_live(run.folder.path, as_json=as_json) if has_page else nullcontext()
    with page:
        return follow(
            run,
            JsonLines() if as_json else Progress(),
            _log_of(arguments) if is_first else None,
        )


def _refuse_log(arguments: argparse.Namespace) -> None:
    if arguments.tensorboard is not None:
        raise TrainingError(flags_beside_seeds("--tensorboard"))


def _log_of(arguments: argparse.Namespace) -> "EventLog | None":
    """Make what writes for TensorBoard, before anything is begun."""
    if arguments.tensorboard is None:
        return None
    from striate.training.tensorboard import EventLog

    return EventLog(arguments.tensorboard)


def _field_texts() -> dict[str, str]:
    """Take the help of each flag from the docstring of the recipe, where it is written once."""
    entries = re.findall(
        r"^ {8}(\w+): (.*?)(?=^ {8}\w+: |^\s*$)", Recipe.__doc__ or "", re.MULTILINE | re.DOTALL
    )
    return {name: " ".join(text.split()).replace("`", "") for name, text in entries}
