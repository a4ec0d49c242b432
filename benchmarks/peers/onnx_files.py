"""What ONNX Runtime and OpenVINO have in common: the graph, and the examples that it reads."""

from pathlib import Path

import numpy as np
import safetensors.numpy

from striate.bench.files import CHECKED, EXAMPLES
from striate.bench.serving import Job


class GraphJob:
    """A job for a program that reads ONNX files; torch is not loaded.

    Args:
        job: As the protocol hands it over.
    """

    def __init__(self, job: Job) -> None:
        folder = Path(job["folder"])
        self.batch, self.width, self.threads = job["batch"], job["width"], job["threads"]
        self.is_single = job["kind"] == "answering"
        mark = "-int8" if self.width == "int8" else ""
        self.file = folder / f"network-{self.batch}{mark}.onnx"
        self.images = safetensors.numpy.load_file(folder / EXAMPLES)["images"]
        self.at = 0

    def following(self) -> np.ndarray:
        """Walk round the examples, a batch at a time."""
        chunk = self.images[self.at : self.at + self.batch]
        self.at = (self.at + self.batch) % (len(self.images) // self.batch * self.batch)
        return chunk

    def checked(self) -> list[np.ndarray]:
        """Give as many batches as hold the examples that are compared."""
        count = -(-CHECKED // self.batch)
        return [self.images[at * self.batch : (at + 1) * self.batch] for at in range(count)]
