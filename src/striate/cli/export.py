"""`striate export`: a trained network as one file that other runtimes read."""

import argparse
from pathlib import Path

from striate.cli.terminal import console, print_json


HELP = "write a trained network as an ONNX file that gives what `predict` gives"
DESCRIPTION = (
    "Write the network of a run as one ONNX file, from the pixels of a picture of any size to the probabilities of "
    "the classes: resizing, cutting, views and numbers of the bytes are in it. It is compared with predict on 200 "
    "drawn examples before it takes its place."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("bundle", type=Path, help="a bundle, or the folder of a run")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.onnx", required=True)
    parser.add_argument(
        "--from",
        dest="start",
        choices=("pixels", "inputs"),
        help="what the file reads: pixels, height x width x 3 bytes, or inputs, what the network itself reads in "
        "batches of any size; pixels where it can be",
    )
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="of the best or the last epoch"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Export, and say how the file did."""
    from striate.export import export_onnx
    from striate.prediction import load_bundle

    bundle = load_bundle(arguments.bundle, arguments.weights)
    done = export_onnx(bundle, arguments.output, arguments.start)
    found = done.comparison
    if arguments.json:
        print_json(
            {
                "file": str(done.file),
                "reads": done.start,
                "examples": found.examples,
                "largest_difference": found.largest_difference,
                "other_classes": found.other_classes,
                "beside": [str(file) for file in done.beside],
            }
        )
        return 0
    reads = (
        "the pixels of one picture, height x width x 3 bytes of red, green and blue"
        if done.start == "pixels"
        else f"batches of {bundle.network.walk.input}, as bundle.prepare gives them"
        if bundle.vocabulary is None
        else f"batches of {bundle.network.walk.input}, numbers of the words in {done.beside[1].name}"
    )
    console().print(f"{done.file}  reads {reads}", markup=False, soft_wrap=True)
    console().print(
        f"As predict on {found.examples} examples: the largest difference of a probability is "
        f"{found.largest_difference:.1e}, all classes are the same.",
        markup=False,
        soft_wrap=True,
    )
    for file in done.beside:
        console().print(str(file), markup=False, soft_wrap=True)
    return 0
