"""A trained network for phones and small machines: as a program of ExecuTorch, and as a file of LiteRT."""

import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from striate.errors import ExportError
from striate.errors.exporting import not_run_by_executorch
from striate.export.comparing import STORED_BATCH, Run
from striate.export.exporting import (
    Exported,
    check_libraries,
    check_place,
    compared,
    example_inputs,
    finished,
    probabilities_of,
    vocabulary_beside,
)
from striate.export.torch_programs import program_of
from striate.prediction import Bundle
from striate.system.files import write_durably


def export_executorch(bundle: Bundle, file: str | Path) -> Exported:
    """Write a bundle as a program of ExecuTorch, once it has given what `predict` gives.

    It reads inputs, a batch of up to eight, for its memory is laid out beforehand; XNNPACK multiplies.

    Args:
        bundle: A trained network.
        file: Where to; it ends in `.pte`.

    Raises:
        ExportError: The library is missing, or the program gives something else than `predict`.
    """
    place = Path(file)
    check_libraries(place, ("executorch",), "executorch")
    check_place(place, ".pte", *vocabulary_beside(bundle, place))
    lowering = import_module("executorch.exir")
    partitioner = import_module("executorch.backends.xnnpack.partition.xnnpack_partitioner")
    program = program_of(bundle, STORED_BATCH).run_decompositions(_WITHOUT_DEPTH)
    lowered = lowering.to_edge_transform_and_lower(
        program, partitioner=[partitioner.XnnpackPartitioner()]
    )
    content = bytes(lowered.to_executorch().buffer)
    runtime = import_module("executorch.runtime").Runtime.get()
    try:
        method = runtime.load_program(content).load_method("forward")
    except RuntimeError as error:
        raise ExportError(not_run_by_executorch(str(place), str(error))) from error

    def run(given: NDArray[Any]) -> NDArray[np.float32]:
        found: torch.Tensor = method.execute((torch.from_numpy(given),))[0]
        return found.numpy()

    comparison = compared(bundle, run, "inputs", place)
    write_durably(place, content)
    return finished(bundle, place, "inputs", comparison)


def _mean_over_depth(
    values: torch.Tensor, kernel: list[int], stride: list[int], *others: Any
) -> torch.Tensor:
    """Take means over the first of three axes alone, as local response normalization does, as means over two axes."""
    depth, height, width = kernel
    if (height, width) != (1, 1) or list(stride) != [1, 1, 1] or any(others[:1]):
        return NotImplemented
    flat = functional.avg_pool2d(values.flatten(3), (depth, 1), stride=1)
    return flat.reshape(*flat.shape[:3], *values.shape[3:])


_WITHOUT_DEPTH = {torch.ops.aten.avg_pool3d.default: _mean_over_depth}
"""ExecuTorch has no means over three axes."""


def export_litert(bundle: Bundle, file: str | Path) -> Exported:
    """Write a bundle as a file of LiteRT, TensorFlow Lite's, once it has given what `predict` gives.

    It reads inputs, one example at a time: the converter lays sizes out beforehand.

    Args:
        bundle: A trained network.
        file: Where to; it ends in `.tflite`.

    Raises:
        ExportError: A library is missing, or the file gives something else than `predict`.
    """
    place = Path(file)
    check_libraries(place, ("litert_torch", "ai_edge_litert"), "litert")
    check_place(place, ".tflite", *vocabulary_beside(bundle, place))
    with TemporaryDirectory() as folder:
        written = Path(folder) / "network.tflite"
        with redirect_stdout(sys.stderr):  # the converter tells of each of its steps
            convert = import_module("litert_torch").convert
            made = convert(probabilities_of(bundle), (example_inputs(bundle, 1),))
            made.export(str(written))
        comparison = compared(bundle, _litert_run(written), "inputs", place)
        write_durably(place, written.read_bytes())
    return finished(bundle, place, "inputs", comparison)


def _litert_run(file: Path) -> Run:
    reader = import_module("ai_edge_litert.interpreter").Interpreter(str(file))
    reader.allocate_tensors()
    (takes,), (gives,) = reader.get_input_details(), reader.get_output_details()

    def run(given: NDArray[Any]) -> NDArray[np.float32]:
        found = []
        for one in given:
            reader.set_tensor(takes["index"], one[None].astype(takes["dtype"]))
            reader.invoke()
            found.append(reader.get_tensor(gives["index"]))
        return np.concatenate(found)

    return run
