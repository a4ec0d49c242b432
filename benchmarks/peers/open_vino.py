"""OpenVINO: compiled for throughput, with a queue of requests, or for the time of one answer."""

import time

import numpy as np
import openvino

from onnx_files import GraphJob
from striate.bench.files import CHECKED
from striate.bench.serving import Answer, Job, repeat, time_calls


# What it multiplies in: by itself it takes bf16 where the processor has it. A quantised graph says so.
_HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}


def openvino_work(job: Job) -> "OpenVinoWork":
    """Set OpenVINO up for a job."""
    return OpenVinoWork(GraphJob(job))


class OpenVinoWork:
    """A compiled model that reads batches of one size."""

    def __init__(self, given: GraphJob) -> None:
        self.given = given
        core = openvino.Core()
        self.model = core.compile_model(
            str(given.file),
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY" if given.is_single else "THROUGHPUT",
                "INFERENCE_PRECISION_HINT": _HINTS[given.width],
                "INFERENCE_NUM_THREADS": given.threads,
            },
        )
        began = time.perf_counter()
        outputs = np.concatenate([self.model([one])[0] for one in given.checked()])[:CHECKED]
        self.request = self.model.create_infer_request()
        self.queue = openvino.AsyncInferQueue(self.model)
        self.queue.set_callback(_name_classes)
        self.facts: Answer = {
            "openvino": openvino.__version__,
            "device": "CPU",
            "width": given.width,
            "outputs": outputs.tolist(),
            "requests": len(self.queue),
            "first_step_seconds": time.perf_counter() - began,
        }

    def block(self, seconds: float) -> Answer:
        """Read batches, or answer for single examples."""
        if self.given.is_single:
            return time_calls(self._answer, self.given.following, seconds)
        return repeat(self._step, seconds, self.queue.wait_all)

    def _answer(self, images: np.ndarray) -> None:
        self.request.infer([images])
        _name_classes(self.request, None)

    def _step(self) -> int:
        self.queue.start_async([self.given.following()])
        return self.given.batch


def _name_classes(request: openvino.InferRequest, _: object) -> None:
    request.get_output_tensor(1).data.argmax(1)
