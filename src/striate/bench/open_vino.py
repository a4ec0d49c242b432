"""OpenVINO: compiled for throughput, with a queue of requests, or for the time of one answer."""

from importlib import import_module
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from striate.bench.graphs import GraphWork
from striate.bench.serving import Answer


_HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""What it multiplies in: by itself it takes bf16 where the processor has it. A quantised graph says so."""


@final
class OpenVinoWork(GraphWork):
    """A compiled model that reads batches of one size."""

    package = "openvino"

    def open(self) -> Answer:
        """Compile the model."""
        openvino = import_module("openvino")
        core = openvino.Core()
        model = core.read_model(str(self.file))
        model.reshape([self.batch, *self.images.shape[1:]])
        settings = {
            "PERFORMANCE_HINT": "LATENCY" if self.is_single else "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": _HINTS[self.width],
            "INFERENCE_NUM_THREADS": self.threads,
        }
        compiled = core.compile_model(model, "CPU", settings)
        self.request = compiled.create_infer_request()
        self.queue = openvino.AsyncInferQueue(compiled)
        self.queue.set_callback(_name_classes)
        return {"requests": len(self.queue)}

    def read(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Read a batch, and name its classes."""
        self.request.infer([images])
        _name_classes(self.request, None)
        outputs: NDArray[np.float32] = self.request.get_output_tensor(0).data
        return outputs

    def ask(self, images: NDArray[Any]) -> None:
        """Put a batch into the queue."""
        self.queue.start_async([images])

    def settle(self) -> None:
        """Wait until the queue is empty."""
        self.queue.wait_all()


def _name_classes(request: Any, _: object) -> None:
    request.get_output_tensor(1).data.argmax(1)
