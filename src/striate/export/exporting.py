"""Write a trained network as one ONNX file that gives the probabilities of `predict`."""

import errno
import json
import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, final

import torch
from torch import Tensor, nn

from striate.data.preprocessing.crop import stored_image
from striate.data.preprocessing.resize import input_faults
from striate.data.sources.in_memory import Data
from striate.documents import write_document
from striate.errors import ExportError
from striate.errors.arguments import need
from striate.errors.exporting import (
    differs_from_predict,
    library_for_export,
    lost_too_much,
    neither_smaller_nor_faster,
    no_calibration,
    no_pixels_into_features,
    others_beside_export,
    sentences_in_fp32,
    suffix_of_export,
)
from striate.errors.recipes import field_not_finite
from striate.export.comparing import Comparison, Run, compare, onnx_run
from striate.export.digits import DigitReader, digits_model
from striate.export.pixels import OPSET, pixels_model
from striate.export.quantizing import (
    Cost,
    Precision,
    cost_of,
    examples_of,
    in_smaller_numbers,
)
from striate.modules import Network, class_probabilities
from striate.prediction import Bundle
from striate.prediction.bundle import VOCABULARY, bundle_of
from striate.system.files import write_durably
from striate.version import __version__


if TYPE_CHECKING:
    import onnx


Start = Literal["pixels", "inputs"]
"""What the file reads: the pixels of a picture of any size, or what the network itself reads."""

TOLERANCE = 1e-4
"""How far a probability may be from that of `predict`."""

LOSS = 0.01
"""Share of the test by which more may be wrong in smaller numbers."""

_NEEDED = ("onnx", "onnxruntime")


@final
@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Args:
        file: The network.
        start: What it reads.
        comparison: How it did beside `predict`.
        beside: The other files.
        cost: What smaller numbers cost, where they were asked for.
    """

    file: Path
    start: Start
    comparison: Comparison
    beside: tuple[Path, ...]
    cost: Cost | None = None


@final
class Probabilities(nn.Module):
    """A network and the probabilities that its outputs stand for."""

    def __init__(self, network: Network, map_constant: float) -> None:
        super().__init__()
        self.network, self.map_constant = network, map_constant

    def forward(self, inputs: Tensor) -> Tensor:
        """Return probabilities, batch x classes."""
        return class_probabilities(self.network(inputs), self.network.ending, self.map_constant)


def export_onnx(
    bundle: Bundle | str | Path,
    file: str | Path,
    start: Start | None = None,
    precision: Precision = "fp32",
    data: Data | None = None,
    loss: float = LOSS,
    *,
    takes_no_gain: bool = False,
) -> Exported:
    """Write a bundle as an ONNX file, once it has given what `predict` gives.

    From pixels the file holds the whole way of `predict`: gray, resizing, cutting or filling, views, and the mean.
    Names of the classes, the document and the preparation stand in its metadata.

    Shapes:
        picture: height x width x 3, bytes of red, green and blue, upright and on white; for `pixels`
        inputs: batch x the network's input, as `bundle.prepare` gives it; int64 numbers of words; for `inputs`
        probabilities: 1 or batch x classes

    Args:
        bundle: A trained network, or the folder that it lies in.
        file: Where to; it ends in `.onnx`. What stood there stays until the new one has been compared.
        start: What the file reads; pixels where the network reads pictures.
        precision: Of products: `fp32`, `fp16` or `int8`; the last two of networks of pictures and vectors.
        data: What smaller numbers are measured on: ranges on its validation part, errors on its test.
        loss: By how much more of the test may be wrong in smaller numbers, from 0 to 1.
        takes_no_gain: Whether smaller numbers are written though the network is neither smaller nor faster by them.

    Raises:
        ExportError: A library is missing, the file cannot be written so, it gives something else than `predict`, or
            smaller numbers lose too much, or bring nothing.
        DataError: The data does not suit the network.
    """
    need("file", file, (str, Path), "a path that ends in .onnx")
    bundle, place = bundle_of(bundle), Path(file)
    check_libraries(place, _NEEDED)
    check_place(place, ".onnx", *vocabulary_beside(bundle, place))
    if not isfinite(loss):
        raise ExportError(field_not_finite("loss", loss))
    chosen = _chosen(bundle, start)
    plain = _network_model(bundle)
    content = _whole(bundle, plain, chosen).SerializeToString()
    comparison = compared(bundle, onnx_run(content), chosen, place)
    cost = None
    if precision != "fp32":
        smaller, cost = _in_smaller_numbers(bundle, place, plain, precision, data)
        _check_cost(place, precision, cost, loss, takes_no_gain=takes_no_gain)
        content = _whole(bundle, smaller, chosen).SerializeToString()
    write_durably(place, content)
    return finished(bundle, place, chosen, comparison, cost=cost)


def onnx_content(bundle: Bundle, start: Start | None) -> tuple[bytes, Start]:
    """Return a bundle as ONNX, and what it reads.

    Raises:
        ExportError: It cannot be written so.
    """
    chosen = _chosen(bundle, start)
    return _model(bundle, chosen).SerializeToString(), chosen


def _chosen(bundle: Bundle, start: Start | None) -> Start:
    chosen: Start = start or ("pixels" if _reads_pixels(bundle) else "inputs")
    if chosen == "pixels":
        _check_pixels(bundle)
    return chosen


def _in_smaller_numbers(
    bundle: Bundle, place: Path, plain: "onnx.ModelProto", precision: Precision, data: Data | None
) -> "tuple[onnx.ModelProto, Cost]":
    """Return the network in smaller numbers, and what it costs."""
    if bundle.vocabulary is not None:
        raise ExportError(sentences_in_fp32(bundle.document.name, precision))
    if data is None:
        raise ExportError(no_calibration(str(place)))
    examples = examples_of(bundle, data)
    before = plain.SerializeToString()
    smaller = in_smaller_numbers(plain, precision, examples)
    return smaller, cost_of(before, smaller.SerializeToString(), examples)


def _check_cost(
    place: Path, precision: Precision, cost: Cost, loss: float, *, takes_no_gain: bool
) -> None:
    """See that smaller numbers lose little, and bring something.

    Raises:
        ExportError: They do not.
    """
    faults = []
    if not cost.loss <= loss:
        before, after = cost.errors_before / cost.examples, cost.errors / cost.examples
        faults.append(lost_too_much(str(place), precision, before, after, loss))
    if not (cost.is_smaller or cost.is_faster or takes_no_gain):
        faults.append(neither_smaller_nor_faster(str(place), precision, cost.size, cost.speed))
    if faults:
        raise ExportError(*faults)


def compared(bundle: Bundle, run: Run, start: Start, place: Path) -> Comparison:
    """Compare what was made with `predict`.

    Raises:
        ExportError: It gives something else.
    """
    comparison = compare(bundle, run, start)
    if not comparison.largest_difference <= TOLERANCE or comparison.other_classes:
        raise ExportError(
            differs_from_predict(
                str(place), comparison.largest_difference, comparison.other_classes, TOLERANCE
            )
        )
    return comparison


def finished(
    bundle: Bundle,
    place: Path,
    start: Start,
    comparison: Comparison,
    *others: Path,
    cost: Cost | None = None,
) -> Exported:
    """Write the report, and the vocabulary of a network of sentences, beside what was exported."""
    beside = [*others, _report(place)]
    report = {"file": place.name, "reads": start, "striate": __version__, **asdict(comparison)}
    if cost is not None:
        report["cost"] = asdict(cost)
    write_durably(beside[-1], f"{json.dumps(report, indent=2, ensure_ascii=False)}\n")
    if bundle.vocabulary is not None:
        beside.append(place.with_name(f"{place.stem}-{VOCABULARY}"))
        write_durably(beside[-1], bundle.vocabulary.text())
    return Exported(place, start, comparison, tuple(beside), cost)


def check_libraries(place: Path, needed: Iterable[str], extra: str = "export") -> None:
    """See that the libraries of an extra are there.

    Raises:
        ExportError: One of them is missing.
    """
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise ExportError(library_for_export(str(place), missing, extra))


def check_place(place: Path, suffix: str, *others: Path) -> None:
    """See, before anything is made, that what is exported can take its place.

    Args:
        place: The exported file.
        suffix: What its name ends in.
        others: Files that are written beside it and its report.

    Raises:
        ExportError: Its name ends in something else, or files of others lie beside it.
        OSError: Its folder is not there, or cannot be written into, or a folder has its name.
    """
    if place.suffix != suffix:
        raise ExportError(suffix_of_export(str(place), suffix))
    check_folder(place.parent, place)
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
    check_beside(place, *others)


def check_beside(place: Path, *others: Path) -> None:
    """Refuse to replace files beside the exported one, unless an export of that name has left its report there.

    Raises:
        ExportError: There are some.
    """
    report = _report(place)
    if _is_report(report):
        return
    found = [file.name for file in (*others, report) if file.exists()]
    if found:
        raise ExportError(others_beside_export(str(place), found))


def check_folder(folder: Path, place: Path) -> None:
    """See that a file can be made in a folder.

    Raises:
        OSError: It cannot.
    """
    number = errno.ENOENT if not folder.exists() else errno.ENOTDIR if not folder.is_dir() else 0
    if not number and not os.access(folder, os.W_OK):
        number = errno.EACCES
    if number:
        raise OSError(number, os.strerror(number), str(place))


def _report(place: Path) -> Path:
    """Name the report of an export by the whole name of its file, for one network may be exported in many forms."""
    return place.with_name(f"{place.name}.json")


def _is_report(file: Path) -> bool:
    """Return whether a file is the report of an export."""
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and "striate" in told


def vocabulary_beside(bundle: Bundle, place: Path) -> list[Path]:
    """Return where the vocabulary of a network of sentences is written, unless it stands there; nothing for other networks."""
    words = bundle.vocabulary
    if words is None or not place.name:
        return []
    file = place.with_name(f"{place.stem}-{VOCABULARY}")
    is_there = file.is_file() and file.read_bytes() == words.text().encode()
    return [] if is_there else [file]


def _reads_pixels(bundle: Bundle) -> bool:
    image, preparation = bundle.document.table.image, bundle.document.preparation
    return image is not None and not input_faults(image, preparation, bundle.document.name)


def _check_pixels(bundle: Bundle) -> None:
    name, image = bundle.document.name, bundle.document.table.image
    if image is None:
        raise ExportError(no_pixels_into_features(name))
    faults = input_faults(image, bundle.document.preparation, name)
    if faults:
        raise ExportError(*faults)


def _model(bundle: Bundle, start: Start) -> "onnx.ModelProto":
    """Return the whole model in fp32."""
    return _whole(bundle, _network_model(bundle), start)


def _whole(bundle: Bundle, network: "onnx.ModelProto", start: Start) -> "onnx.ModelProto":
    """Return a network with the way to it and its metadata."""
    import onnx
    import onnx.inliner

    model = onnx.ModelProto()
    model.CopyFrom(network)
    if start == "pixels":
        # Not every runtime knows functions that a file brings along.
        model = onnx.inliner.inline_local_functions(_behind_pixels(bundle, model))
    document = bundle.document
    reads_words = document.table.words is not None
    preparation = asdict(document.text) if reads_words else document.preparation.as_json()
    told = {
        "classes": json.dumps(bundle.classes, ensure_ascii=False),
        "document": write_document(document),
        "preparation": json.dumps(preparation),
        "input": str(document.table.input),
        "striate": __version__,
    }
    onnx.helper.set_model_props(model, told)
    model.producer_name, model.producer_version = "striate", __version__
    onnx.checker.check_model(model, full_check=True)
    return model


def probabilities_of(bundle: Bundle) -> Probabilities:
    """Return what is exported of a bundle from its inputs on."""
    return Probabilities(bundle.network, bundle.document.recipe.map_constant).eval()


def example_inputs(bundle: Bundle, count: int = 2) -> Tensor:
    """Return inputs of nothing, of the kind and on the device that the network reads."""
    number = torch.float32 if bundle.document.table.words is None else torch.int64
    device = next(bundle.network.parameters()).device
    return torch.zeros(count, *bundle.network.walk.input.axes, dtype=number, device=device)


def _network_model(bundle: Bundle) -> "onnx.ModelProto":
    """Return the network alone, from its inputs to probabilities, for any number of examples."""
    return onnx_of(probabilities_of(bundle), example_inputs(bundle), ("probabilities",))


def onnx_of(module: nn.Module, examples: Tensor, outputs: Sequence[str]) -> "onnx.ModelProto":
    """Return a module as a graph in ONNX that reads `inputs`, any number of examples at once.

    Args:
        module: What is written, not in training mode.
        examples: A few of what it reads.
        outputs: Their names.
    """
    import onnx

    names = ("inputs", *outputs)
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        # The exporter without a compiler is the one that needs no further library; it says that it is the older.
        warnings.simplefilter("ignore")
        written = Path(folder) / "network.onnx"
        torch.onnx.export(
            module,
            (examples,),
            written,
            dynamo=False,
            opset_version=OPSET,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: "batch"} for name in names},
        )
        return onnx.load(written)


def _behind_pixels(bundle: Bundle, network: "onnx.ModelProto") -> "onnx.ModelProto":
    """Join the way from pixels, the network, and the mean over the views."""
    import onnx
    import onnx.compose
    import onnx.parser

    document, image = bundle.document, bundle.document.table.image
    if image is None:
        message = "pixels are read into images alone"
        raise TypeError(message)
    mean, views = None if bundle.mean is None else bundle.mean.cpu(), document.recipe.views
    if document.preparation.fit == "digit":
        field = stored_image(image, document.preparation)
        reader = DigitReader(field, document.preparation, views, mean)
        before = digits_model(reader, OPSET)
    else:
        values = None if mean is None else mean.numpy()
        before = pixels_model(image, document.preparation, views, values)
    network.ir_version = before.ir_version
    named = onnx.compose.add_prefix(network, "network/")
    whole = onnx.compose.merge_models(
        before, named, io_map=[("prepared", "network/inputs")], name=document.name
    )
    count = len(bundle.classes)
    after = onnx.parser.parse_model(
        f'<ir_version: {before.ir_version}, opset_import: ["" : {OPSET}]>\n'
        f"views (float[views, {count}] each) => (float[1, {count}] probabilities)\n"
        "{ across = Constant <value = int64[1] {0}> () probabilities = ReduceMean <keepdims = 1> (each, across) }"
    )
    return onnx.compose.merge_models(whole, after, io_map=[("network/probabilities", "each")])
