"""A network in smaller numbers: fp16, or int8 whose ranges were measured on examples; and what that costs."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data import fit_for_reading, hold_out, standardize
from striate.data.compatibility import load_for
from striate.data.preprocessing.crop import central
from striate.data.sources.in_memory import Data
from striate.export.comparing import Run, onnx_run
from striate.prediction import Bundle
from striate.prediction.evaluation import with_classes_of


if TYPE_CHECKING:
    import onnx


Precision = Literal["fp32", "fp16", "int8"]

_PRODUCTS = ("Conv", "Gemm", "MatMul")
_CALIBRATED = 256
_MEASURED = 2000
_AT_ONCE = 32
_TURNS = 11
_FASTER_TURNS = 9
"""Of the turns must be faster before a network is called faster: by chance alone that many are in 1 of 30 measurements."""


@final
@dataclass(frozen=True, slots=True)
class Cost:
    """What smaller numbers cost and bring, on test examples of the data.

    Args:
        examples: Of the test that both read.
        errors_before: Of them wrong in fp32.
        errors: Of them wrong in smaller numbers.
        other_classes: Of them that get another class.
        size: Bytes of the network, as a share of those in fp32.
        speed: Examples a second here by ONNX Runtime on one thread, as a multiple of fp32's: the median of pairs of turns.
        turns: In which both read the same batch, one behind the other.
        faster_turns: Of them in which smaller numbers were faster.
    """

    examples: int
    errors_before: int
    errors: int
    other_classes: int
    size: float
    speed: float
    turns: int
    faster_turns: int

    @property
    def is_smaller(self) -> bool:
        """Whether the network takes fewer bytes than in fp32."""
        return self.size < 1

    @property
    def is_faster(self) -> bool:
        """Whether it was faster than in fp32 in more turns than chance would give."""
        return self.faster_turns >= _FASTER_TURNS

    @property
    def loss(self) -> float:
        """The share of the examples by which more are wrong than before; below 0 where fewer are."""
        return (self.errors - self.errors_before) / max(1, self.examples)


@final
@dataclass(frozen=True, slots=True)
class Examples:
    """What ranges and errors are measured on, as the network reads it.

    Args:
        calibration: From the data's validation part, or held out of the training part.
        test: Of the test part.
        labels: Numbers of the test's classes.
    """

    calibration: NDArray[np.float32]
    test: NDArray[np.float32]
    labels: NDArray[np.int64]


def examples_of(bundle: Bundle, data: Data) -> Examples:
    """Read examples of a data set, the central view of each.

    Raises:
        DataError: The data does not suit the network, or has classes that it does not know.
    """
    document = bundle.document
    source = with_classes_of(bundle, load_for(document, data), data)
    held = source.validation
    if held is None:
        count = max(1, min(_CALIBRATED, len(source.train) // 5))
        _, held = hold_out(source.train, count, document.recipe.seed)
    shape = document.sound_walk().input
    parts = []
    for part, most in ((held, _CALIBRATED), (source.test, _MEASURED)):
        fitted = fit_for_reading(part, shape, document.preparation)
        chosen = torch.arange(min(most, len(fitted))) * len(fitted) // min(most, len(fitted))
        view = fitted.images[chosen]
        if document.table.image is not None:
            view = central(view, document.preparation)
        mean = None if bundle.mean is None else bundle.mean.cpu()
        parts.append((standardize(view, document.preparation, mean), fitted.labels[chosen]))
    (calibration, _), (test, labels) = parts
    return Examples(calibration.numpy(), test.numpy(), labels.numpy())


def in_smaller_numbers(
    model: "onnx.ModelProto", precision: Precision, examples: Examples
) -> "onnx.ModelProto":
    """Return a network from inputs to probabilities, both in fp32, whose products are of smaller numbers.

    Args:
        model: In fp32.
        precision: `fp16`; or `int8`, of convolutions and fully connected rows, a scale for each map.
        examples: The ranges of int8 are measured on some of them.
    """
    if precision == "fp16":
        from onnxruntime.transformers.float16 import (  # type: ignore[import-untyped]
            convert_float_to_float16,
        )
        from onnxruntime.transformers.onnx_model import OnnxModel  # type: ignore[import-untyped]

        made = OnnxModel(convert_float_to_float16(model, keep_io_types=True))
        made.topological_sort()  # what it casts stands behind what reads it
        return made.model
    return in_int8(model, examples.calibration)


def in_int8(model: "onnx.ModelProto", calibration: NDArray[Any]) -> "onnx.ModelProto":
    """Return a network whose products are of int8, by ONNX Runtime's quantizer, a scale for each map.

    Sums, means and functions between the products stay in fp32: in int8 they lose much, and are not faster.

    Args:
        model: In fp32.
        calibration: What the network reads, to measure the ranges of values on.
    """
    import onnx
    from onnxruntime.quantization import quantize_static  # type: ignore[import-untyped]

    root, given = logging.getLogger(), onnx.ModelProto()
    given.CopyFrom(model)  # it moves the numbers of what it is given into files
    with TemporaryDirectory() as folder:
        written = Path(folder) / "int8.onnx"
        reader = _Calibration(model.graph.input[0].name, calibration)
        # It advises, by the root's log, to merge rows first; torch's exporter has done so.
        level, root.level = root.level, logging.ERROR
        try:
            quantize_static(
                given, written, reader, per_channel=True, op_types_to_quantize=_PRODUCTS
            )
        finally:
            root.setLevel(level)
        return onnx.load(written)


@final
class _Calibration:
    """Gives examples to ONNX Runtime's quantizer, a batch at a time."""

    def __init__(self, name: str, inputs: NDArray[Any]) -> None:
        self._batches: Iterator[dict[str, Any]] = iter(
            {name: inputs[start : start + _AT_ONCE]} for start in range(0, len(inputs), _AT_ONCE)
        )

    def get_next(self) -> dict[str, Any] | None:
        """Return the next batch, or None at the end."""
        return next(self._batches, None)


def cost_of(before: bytes, after: bytes, examples: Examples) -> Cost:
    """Read the test by both files, in turns, and compare.

    Args:
        before: The network in fp32.
        after: The same in smaller numbers.
        examples: Their test is read.
    """
    # The processor's time of one thread: what else the machine does then does not count.
    runs = onnx_run(before, threads=1), onnx_run(after, threads=1)
    classes = [
        np.concatenate(
            [
                run(examples.test[start : start + _AT_ONCE]).argmax(1)
                for start in range(0, len(examples.test), _AT_ONCE)
            ]
        )
        for run in runs
    ]
    batch = examples.test[:_AT_ONCE]
    times = np.array([[_seconds(run, batch) for run in runs] for _ in range(_TURNS)])
    gains = times[:, 0] / times[:, 1]
    wrong = [int((found != examples.labels).sum()) for found in classes]
    return Cost(
        examples=len(examples.labels),
        errors_before=wrong[0],
        errors=wrong[1],
        other_classes=int((classes[0] != classes[1]).sum()),
        size=len(after) / len(before),
        speed=float(np.median(gains)),
        turns=_TURNS,
        faster_turns=int((gains > 1).sum()),
    )


def _seconds(run: Run, inputs: NDArray[np.float32]) -> float:
    began = thread_time()
    run(inputs)
    return thread_time() - began
