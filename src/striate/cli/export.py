"""`striate export`: a trained network as files that other runtimes read."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli.console import console
from striate.cli.terminal import per_cent, print_json, print_notes
from striate.errors import ExportError, UsageError
from striate.errors.exporting import flags_of_onnx, no_core_ml, no_decoder


if TYPE_CHECKING:
    from striate.export import Exported
    from striate.prediction import Bundle


HELP = "write a trained network for other runtimes, which gives what `predict` gives"
DESCRIPTION = (
    "Write the network of a run as one ONNX file, from the pixels of a picture of any size to the probabilities of "
    "the classes: resizing, cutting, views and numbers of the bytes are in it. It is compared with predict on 200 "
    "drawn examples before it takes its place. --to torch writes a program of torch.export, and a file of plain torch "
    "that needs nothing of Striate; --to openvino a model of OpenVINO; --to web a folder with a page that reads pictures "
    "in a browser without a network; --to executorch and --to litert what phones read."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("bundle", help="a bundle, or the folder of a run")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PLACE",
        required=True,
        help="NAME.onnx, NAME.pt2 for torch, NAME.xml for openvino, NAME.pte for executorch, NAME.tflite for litert, or a "
        "folder for web",
    )
    forms = (*_WRITERS, "coreml")
    parser.add_argument("--to", choices=forms, default="onnx", help="the form (onnx)")
    parser.add_argument(
        "--from",
        dest="start",
        choices=("bytes", "pixels", "inputs"),
        help="what the file reads: bytes of a file, where ONNX Runtime decodes them, pixels, height x width x 3 bytes, or inputs, what the network itself reads in "
        "batches of any size; pixels where it can be, inputs for openvino and what phones read",
    )
    parser.add_argument(
        "--precision",
        choices=("fp32", "fp16", "int8"),
        default="fp32",
        help="of the products of onnx; ranges of int8 are measured on the validation part of the data (fp32)",
    )
    parser.add_argument(
        "--data", help="what smaller numbers are measured on; by default the data of the run"
    )
    parser.add_argument(
        "--loss",
        type=float,
        metavar="POINTS",
        help="by how many points of per cent more of the test may be wrong in smaller numbers (1)",
    )
    parser.add_argument(
        "--take-no-gain",
        action="store_true",
        help="write smaller numbers even where the network is neither smaller nor faster by them",
    )
    parser.add_argument(
        "--runtime",
        type=Path,
        metavar="FOLDER",
        help="for web: an installation of the npm package onnxruntime-web; nothing is fetched",
    )
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="of the best or the last epoch"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Export, and say how the file did."""
    from striate.prediction import load_bundle

    if arguments.to == "coreml":
        raise ExportError(no_core_ml())
    _check_flags(arguments)
    if arguments.start == "bytes":
        raise ExportError(no_decoder())
    bundle = load_bundle(arguments.bundle, arguments.weights)
    done = _WRITERS[arguments.to](bundle, arguments)
    if arguments.json:
        print_json({**_plain(done), "remarks": bundle.remarks})
        return 0
    print_notes(bundle.remarks)
    _tell(bundle, done)
    return 0


def _check_flags(arguments: argparse.Namespace) -> None:
    """See that no flag is given that the form does not heed."""
    heeded = {
        "--from": arguments.to in {"onnx", "openvino"} or arguments.start is None,
        "--precision": arguments.to == "onnx" or arguments.precision == "fp32",
        "--data": arguments.precision != "fp32" or arguments.data is None,
        "--loss": arguments.precision != "fp32" or arguments.loss is None,
        "--take-no-gain": arguments.precision != "fp32" or not arguments.take_no_gain,
        "--runtime": arguments.to == "web" or arguments.runtime is None,
    }
    unheeded = [flag for flag, is_heeded in heeded.items() if not is_heeded]
    if unheeded:
        raise UsageError(flags_of_onnx(unheeded, arguments.to, arguments.precision))


def _onnx(bundle: "Bundle", arguments: argparse.Namespace) -> "Exported":
    from striate.export import export_onnx
    from striate.export.exporting import LOSS
    from striate.prediction.held_out import data_of_run

    data = None
    if arguments.precision != "fp32":
        data = arguments.data or data_of_run(Path(arguments.bundle))
    loss = LOSS if arguments.loss is None else arguments.loss / 100
    return export_onnx(
        bundle,
        arguments.output,
        arguments.start,
        arguments.precision,
        data,
        loss,
        takes_no_gain=arguments.take_no_gain,
    )


def _torch(bundle: "Bundle", arguments: argparse.Namespace) -> "Exported":
    from striate.export.torch_programs import export_torch

    return export_torch(bundle, arguments.output)


def _openvino(bundle: "Bundle", arguments: argparse.Namespace) -> "Exported":
    from striate.export.openvino_models import export_openvino

    return export_openvino(bundle, arguments.output, arguments.start or "inputs")


def _web(bundle: "Bundle", arguments: argparse.Namespace) -> "Exported":
    from striate.export.web import export_web

    return export_web(bundle, arguments.output, arguments.runtime)


def _executorch(bundle: "Bundle", arguments: argparse.Namespace) -> "Exported":
    from striate.export.mobile import export_executorch

    return export_executorch(bundle, arguments.output)


def _litert(bundle: "Bundle", arguments: argparse.Namespace) -> "Exported":
    from striate.export.mobile import export_litert

    return export_litert(bundle, arguments.output)


_WRITERS: dict[str, Callable[["Bundle", argparse.Namespace], "Exported"]] = {
    "onnx": _onnx,
    "torch": _torch,
    "openvino": _openvino,
    "web": _web,
    "executorch": _executorch,
    "litert": _litert,
}


def _plain(done: "Exported") -> dict[str, object]:
    found = done.comparison
    return {
        "file": str(done.file),
        "reads": done.start,
        "examples": found.examples,
        "largest_difference": found.largest_difference,
        "other_classes": found.other_classes,
        "beside": [str(file) for file in done.beside],
        "cost": None if done.cost is None else {**asdict(done.cost), "loss": done.cost.loss},
    }


def _tell(bundle: "Bundle", done: "Exported") -> None:
    found = done.comparison
    reads = (
        "the pixels of one picture, height x width x 3 bytes of red, green and blue"
        if done.start == "pixels"
        else f"batches of {bundle.network.walk.input}, as bundle.prepare gives them"
        if bundle.vocabulary is None
        else f"batches of {bundle.network.walk.input}, numbers of the words in {done.beside[-1].name}"
    )
    lines = [
        f"{done.file}  reads {reads}",
        (
            f"{'As predict' if done.cost is None else 'In fp32 as predict'} on {found.examples} examples: the largest difference of a probability is "
            f"{found.largest_difference:.1e}, all classes are the same."
        ),
        *map(str, done.beside),
    ]
    cost = done.cost
    if cost is not None:
        lines.append(
            f"In smaller numbers {per_cent(cost.errors / cost.examples)} of {cost.examples:,} test examples are wrong, "
            f"{per_cent(cost.errors_before / cost.examples)} in fp32, and {cost.other_classes:,} get another class; "
            f"{cost.size:.2f} times the bytes ({'smaller' if cost.is_smaller else 'not smaller'}), {cost.speed:.2f} "
            f"times the speed here ({'faster' if cost.is_faster else 'not faster'}: {cost.faster_turns} of {cost.turns} turns)."
        )
    for line in lines:
        console().print(line, markup=False, soft_wrap=True)
