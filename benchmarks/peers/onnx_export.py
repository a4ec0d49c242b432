"""Write the network of a workload as ONNX: from bytes to outputs and probabilities.

    python benchmarks/peers/onnx_export.py FOLDER BATCH [int8]

The graph is that of the plain PyTorch peer, with the preparation ahead of it and the softmax behind.
With `int8` its products are quantised by ONNX Runtime on examples of the workload.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import safetensors.numpy
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)
from torch import Tensor, nn

from striate.bench.assignment import scale, take_up
from striate.bench.baseline import plain_network
from striate.bench.files import EXAMPLES


_CALIBRATED = 256


class FromBytes(nn.Module):
    """Preparation, network and probabilities in one graph."""

    def __init__(self, folder: Path, batch: int) -> None:
        super().__init__()
        self.given = take_up(
            {
                "folder": str(folder),
                "kind": "reading",
                "batch": batch,
                "width": "fp32",
                "threads": torch.get_num_threads(),
                "device": "cpu",
            }
        )
        self.network = plain_network(self.given).eval()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read."""
        given = self.given
        outputs = self.network(scale(images, given.document.preparation, given.mean))
        constant = given.document.recipe.map_constant
        if self.network.ending == "distances":
            rubbish = torch.full_like(outputs[:, :1], -constant)
            return outputs, torch.softmax(torch.cat((-outputs, rubbish), 1), 1)[:, :-1]
        return outputs, torch.softmax(outputs, 1)


class Examples(CalibrationDataReader):
    """Batches of the workload, to measure the ranges of values on."""

    def __init__(self, images: np.ndarray, batch: int) -> None:
        count = max(min(_CALIBRATED, len(images)) // batch, 1)
        self.batches = iter([images[at * batch : (at + 1) * batch] for at in range(count)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Give the next batch."""
        batch = next(self.batches, None)
        return None if batch is None else {"images": batch}


def export(folder: Path, batch: int) -> Path:
    """Write the graph in fp32, for batches of one size; it is kept if it is there already."""
    file = folder / f"network-{batch}.onnx"
    if not file.exists():
        module = FromBytes(folder, batch)
        program = torch.onnx.export(
            module,
            (module.given.images[:batch],),
            input_names=["images"],
            output_names=["outputs", "probabilities"],
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        if program is None:
            message = "torch exported nothing"
            raise RuntimeError(message)
        program.save(str(file))
        onnx.checker.check_model(str(file))
    return file


def quantize(folder: Path, batch: int) -> Path:
    """Write the graph with products of int8, both for weights and for what they weigh."""
    file = folder / f"network-{batch}-int8.onnx"
    prepared = folder / f"network-{batch}-prepared.onnx"
    quant_pre_process(str(export(folder, batch)), str(prepared))
    images = safetensors.numpy.load_file(folder / EXAMPLES)["images"]
    quantize_static(
        str(prepared),
        str(file),
        Examples(images, batch),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Gemm", "MatMul"],
    )
    return file


if __name__ == "__main__":
    place, size = Path(sys.argv[1]), int(sys.argv[2])
    if "int8" in sys.argv[3:]:
        quantize(place, size)
    else:
        export(place, size)
