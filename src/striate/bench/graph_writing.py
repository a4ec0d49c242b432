"""The network of a workload as an ONNX graph, from bytes or numbers of words to outputs and probabilities."""

from pathlib import Path
from typing import final

import safetensors.torch
import torch
from torch import Tensor, nn

from striate.bench.assignment import scale
from striate.bench.files import BUNDLE, EXAMPLES, Width
from striate.bench.graphs import graph_file
from striate.errors import TimingError
from striate.errors.bench import graph_not_written
from striate.export.exporting import onnx_of
from striate.export.quantizing import in_int8
from striate.modules import class_probabilities
from striate.prediction.bundle import Bundle, load_bundle


_CALIBRATED = 256


@final
class FromBytes(nn.Module):
    """Preparation, network and probabilities in one graph."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__()
        self.network, self.mean = bundle.network.eval(), bundle.mean
        self.preparation = bundle.document.preparation
        self.map_constant = bundle.document.recipe.map_constant

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read."""
        outputs = self.network(scale(images, self.preparation, self.mean))
        return outputs, class_probabilities(outputs, self.network.ending, self.map_constant)


def write_graph(folder: Path, width: Width, reader: str) -> None:
    """Write the graph of a workload, for batches of any size; it is kept if it is there already.

    In int8 products are quantised by ONNX Runtime on examples of the workload; others are chosen by who reads it.

    Args:
        folder: Of the workload.
        width: Of products.
        reader: Who asks for it, for the message.

    Raises:
        TimingError: torch cannot write the network so.
    """
    file = graph_file(folder, width)
    if file.exists():
        return
    images = safetensors.torch.load_file(folder / EXAMPLES)["images"][:_CALIBRATED]
    module = FromBytes(load_bundle(folder / BUNDLE)).eval()
    try:
        model = onnx_of(module, images[:2], ("outputs", "probabilities"))
    except (ImportError, RuntimeError, torch.onnx.OnnxExporterError) as error:
        problem = str(error).strip().partition("\n")[0] or type(error).__name__
        raise TimingError(graph_not_written(reader, problem)) from error
    if width == "int8":
        model = in_int8(model, images.numpy())
    file.write_bytes(model.SerializeToString())
