"""Measure how far exported networks are from `predict`, and write it into docs/export.md.

.venv/bin/python scripts/export_page.py [NETWORK ...]

LeNet-5 learns for an epoch, for its distances name one class for certain before; the others have drawn weights, from one
seed. What is measured is kept in results/export.json, and networks that are not
named keep what they had, as forms do whose libraries are not installed: they need not fit beside each other.
"""

import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

import striate
from striate.data import Vocabulary
from striate.errors import StriateError
from striate.export import exporting
from striate.export.comparing import compare
from striate.export.exporting import Exported, export_onnx
from striate.export.mobile import export_executorch, export_litert
from striate.export.openvino_models import export_openvino
from striate.export.torch_programs import export_torch
from striate.modules import build
from striate.networks import load
from striate.prediction import Bundle
from striate.training.inputs import with_words


ROOT = Path(__file__).parents[1]
RESULTS, PAGE = ROOT / "results/export.json", ROOT / "docs/export.md"
BEGIN, END = "<!-- numbers: written by scripts/export_page.py -->", "<!-- end of numbers -->"

EXAMPLES = {
    "lenet5": 200,
    "fashion-cnn": 200,
    "text-cnn": 200,
    "alexnet": 6,
    "googlenet": 6,
    "resnet18": 8,
}
"""Of the large networks few are read: each takes ten windows of a picture, or a thousand times the products."""
TARGETS = ("onnx, pixels", "onnx, inputs", "torch", "openvino", "executorch", "litert")
LIBRARIES = {"openvino": "openvino", "executorch": "executorch", "litert": "litert_torch"}
WORDS = 1_000


def main() -> None:
    """Measure the named networks, or all, and write results and page."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in sys.argv[1:] or EXAMPLES:
        kept[name] = kept.get(name, {}) | measured(name)
        write(kept)


def write(kept: dict[str, dict[str, object]]) -> None:
    """Write what was measured so far, and the page."""
    ordered = {name: kept[name] for name in EXAMPLES if name in kept}
    RESULTS.write_text(f"{json.dumps(ordered, indent=2)}\n", encoding="utf-8")
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table(ordered)}{END}{after}", encoding="utf-8")


def bundle_of(name: str) -> Bundle:
    """Make a bundle of a shipped network; no mean is subtracted where there are no training images."""
    if name == "lenet5":
        with TemporaryDirectory() as folder:
            done = striate.train(name, "mnist", Path(folder) / "run", epochs=1, progress=False)
            return striate.load_bundle(done.bundle)
    document, vocabulary = load(name), None
    if document.table.words is not None:
        vocabulary = Vocabulary(tuple(f"word{number}" for number in range(WORDS)))
        document = with_words(document, WORDS)
    document = replace(document, preparation=replace(document.preparation, subtract="nothing"))
    document = replace(document, table=document.table.without_heads, body="")
    torch.manual_seed(0)
    network = build(document).eval()
    with torch.no_grad():
        for values in network.parameters():
            if not values.any():  # where the recipe begins with zeros, all classes would be alike
                values.normal_(0, 0.1)
    output = document.sound_walk().trunk[-1].output
    classes = tuple(map(str, range(output.elements if output else 0)))
    return Bundle(document, network, classes, Path(name), None, vocabulary)


def measured(name: str) -> dict[str, object]:
    """Export a network in every form, and return the largest difference of a probability, or why there is none."""
    bundle, count = bundle_of(name), EXAMPLES[name]
    exporting.compare = lambda *given: compare(*given, count=count)  # type: ignore[attr-defined]
    found: dict[str, object] = {"examples": count}
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for target in TARGETS:
            if find_spec(LIBRARIES.get(target, "onnx")) is None:
                continue
            try:
                done = exported(bundle, target, place)
            except StriateError as error:
                found[target] = error.faults[0].came
                print(name, target, error, file=sys.stderr)
                continue
            found[target] = None if done is None else done.comparison.largest_difference
            print(name, target, found[target], flush=True)
    return found


def exported(bundle: Bundle, target: str, place: Path) -> Exported | None:
    """Export a network in one form; None where the form is not there."""
    reads_pictures = bundle.document.table.image is not None
    match target:
        case "onnx, pixels":
            return export_onnx(bundle, place / "a.onnx", "pixels") if reads_pictures else None
        case "onnx, inputs":
            return export_onnx(bundle, place / "b.onnx", "inputs")
        case "torch":
            return export_torch(bundle, place / "c.pt2")
        case "openvino":
            return export_openvino(bundle, place / "d.xml")
        case "executorch":
            return export_executorch(bundle, place / "e.pte")
        case _:
            return export_litert(bundle, place / "f.tflite")


def table(results: dict[str, dict[str, object]]) -> str:
    """Write the figures as a table of Markdown."""
    lines = [
        f"| network | examples | {' | '.join(TARGETS)} |",
        f"| --- {'| ---: ' * (1 + len(TARGETS))}|",
    ]
    for name, found in results.items():
        cells = (cell(found.get(target)) for target in TARGETS)
        lines.append(f"| {name} | {found['examples']} | {' | '.join(cells)} |")
    return "".join(f"{line}\n" for line in lines)


def cell(value: object) -> str:
    """Write one figure; results/export.json has the reason for what was refused."""
    return "-" if value is None else f"{value:.1e}" if isinstance(value, float) else "refused"


if __name__ == "__main__":
    main()
