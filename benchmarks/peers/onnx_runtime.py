"""ONNX Runtime: one session with all of its optimisations of graphs, which are its default."""

import time

import numpy as np
import onnxruntime

from onnx_files import GraphJob
from striate.bench.files import CHECKED
from striate.bench.serving import Answer, Job, repeat, time_calls


def onnx_work(job: Job) -> "OnnxWork":
    """Set ONNX Runtime up for a job."""
    return OnnxWork(GraphJob(job))


class OnnxWork:
    """A session that reads batches of one size."""

    def __init__(self, given: GraphJob) -> None:
        self.given = given
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = given.threads
        self.session = onnxruntime.InferenceSession(
            str(given.file), options, providers=["CPUExecutionProvider"]
        )
        began = time.perf_counter()
        outputs = np.concatenate([self.read(batch) for batch in given.checked()])[:CHECKED]
        self.facts: Answer = {
            "onnxruntime": onnxruntime.__version__,
            "device": "CPU",
            "width": given.width,
            "outputs": outputs.tolist(),
            "first_step_seconds": time.perf_counter() - began,
        }

    def read(self, images: np.ndarray) -> np.ndarray:
        """Read a batch, and name its classes."""
        outputs, probabilities = self.session.run(None, {"images": images})
        probabilities.argmax(1)
        return outputs

    def block(self, seconds: float) -> Answer:
        """Read batches, or answer for single examples."""
        if self.given.is_single:
            return time_calls(self.read, self.given.following, seconds)
        return repeat(self._step, seconds, lambda: None)

    def _step(self) -> int:
        self.read(self.given.following())
        return self.given.batch
