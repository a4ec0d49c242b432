"""A trained network as a model of OpenVINO."""

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from striate.export.exporting import (
    Exported,
    Start,
    check_libraries,
    check_place,
    compared,
    finished,
    onnx_content,
    vocabulary_beside,
)
from striate.prediction import Bundle
from striate.system.files import write_durably


if TYPE_CHECKING:
    from striate.export.comparing import Run


def export_openvino(bundle: Bundle, file: str | Path, start: Start = "inputs") -> Exported:
    """Write a bundle as a model of OpenVINO, once it has given what `predict` gives.

    Args:
        bundle: A trained network.
        file: Where to; it ends in `.xml`, and the weights lie beside it in `.bin`.
        start: What it reads, as `export_onnx` has it. OpenVINO has no numbers of double precision, without which some
            bytes of a resized picture are rounded to their neighbours.

    Raises:
        ExportError: A library is missing, or it gives something else than `predict`.
    """
    place = Path(file)
    check_libraries(place, ("onnx", "openvino"), "openvino")
    check_place(place, ".xml", place.with_suffix(".bin"), *vocabulary_beside(bundle, place))
    openvino = import_module("openvino")
    content, chosen = onnx_content(bundle, start)
    with TemporaryDirectory() as folder:
        before = Path(folder) / "network.onnx"
        before.write_bytes(content)
        made = Path(folder) / "network.xml"
        # Not its `convert_model`, which tells its makers that it was used.
        network = openvino.Core().read_model(before)
        openvino.save_model(network, made, compress_to_fp16=False)
        comparison = compared(bundle, _run(openvino, made), chosen, place)
        weights = place.with_suffix(".bin")
        write_durably(weights, made.with_suffix(".bin").read_bytes())
        write_durably(place, made.read_bytes())
    return finished(bundle, place, chosen, comparison, weights)


def _run(openvino: Any, file: Path) -> "Run":
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(file, "CPU", settings)

    def run(given: NDArray[Any]) -> Any:
        return compiled(given)[0]

    return run
