"""ONNX Runtime: one session with all of its optimisations of graphs, which are its default."""

from typing import Any, final

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from striate.bench.graphs import GraphWork
from striate.bench.serving import Answer


@final
class OnnxRuntimeWork(GraphWork):
    """A session that reads batches of one size."""

    package = "onnxruntime"

    def open(self) -> Answer:
        """Make the session."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.add_free_dimension_override_by_name("batch", self.batch)
        self.session = onnxruntime.InferenceSession(
            str(self.file), options, providers=["CPUExecutionProvider"]
        )
        return {}

    def read(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Read a batch, and name its classes."""
        outputs: NDArray[np.float32]
        outputs, probabilities = self.session.run(None, {"inputs": images})
        probabilities.argmax(1)
        return outputs
