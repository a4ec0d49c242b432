"""Programs that read a network as an ONNX graph: which there are, and what they have in common; torch is not loaded."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import final

import numpy as np
import safetensors.numpy

from striate.bench.files import CHECKED, EXAMPLES, Width
from striate.bench.serving import Answer, Job, Reading


@final
@dataclass(frozen=True, slots=True)
class GraphReader:
    """A program that reads networks, and learns nothing.

    Args:
        title: As people know it.
        widths: Of the products that it takes.
    """

    title: str
    widths: tuple[Width, ...]

    def width(self, asked: Width) -> Width:
        """Tell in which precision it joins a study: that of the study, or fp32 where it has not that one."""
        return asked if asked in self.widths else "fp32"


GRAPH_READERS: Mapping[str, GraphReader] = {
    "onnxruntime": GraphReader("ONNX Runtime", ("fp32", "int8")),
    "openvino": GraphReader("OpenVINO", ("fp32", "bf16", "int8")),
}
"""Each by the name of its package."""


def lacking(reader: str) -> list[str]:
    """Name the packages that a reader needs here, itself among them, and that are not installed."""
    return [package for package in (reader, "onnx") if find_spec(package) is None]


def graph_file(folder: Path, width: Width) -> Path:
    """Return where the graph of a workload lies; only int8 is written into it."""
    return folder / ("network-int8.onnx" if width == "int8" else "network.onnx")


class GraphWork(Reading):
    """A program at work on a graph from bytes, or numbers of words, to outputs and probabilities.

    Args:
        job: As `serving` hands it over.
    """

    package: str

    def __init__(self, job: Job) -> None:
        folder = Path(job["folder"])
        super().__init__(safetensors.numpy.load_file(folder / EXAMPLES)["images"], job)
        self.width, self.threads = job["width"], job["threads"]
        self.file = graph_file(folder, self.width)
        told = self.open()
        # The next batch may be written to the same place.
        parts = [self.read(self.following()).copy() for _ in range(0, CHECKED, self.batch)]
        outputs = np.concatenate(parts)
        self.facts: Answer = {
            self.package: version(self.package),
            "device": "CPU",
            "width": self.width,
            "outputs": outputs[:CHECKED].tolist(),
            **told,
        }

    @abstractmethod
    def open(self) -> Answer:
        """Load the graph for batches of one size, and tell what is worth knowing of it."""
