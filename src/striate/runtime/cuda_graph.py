"""A pass forward and back that is written down once and then given to the card as a whole."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, final

import torch
from torch import Tensor, nn

from striate.errors import CaptureError
from striate.errors.capture import capture_refused, captured_differs
from striate.system.randomness import own_random_state


Batch = tuple[Tensor, Tensor]
"""Inputs as the network reads them, and the numbers of the classes, int64."""

Pass = Callable[[Tensor, Tensor], Tensor]
"""From a batch to figures of it in one tensor; it leaves the gradients in the parameters."""

_TOLERANCE = 0.1
"""Between a captured pass and the same one operation by operation, in parts of the figures and of the
gradient's length. Should libraries choose another way for the same sum, gradients in bf16 differ by up to 5 %;
labels, inputs or dropout of another batch make a difference of the gradient's own size."""

_WARM_UPS = 3
"""Passes ahead of a capture, as torch's manual has it: libraries set themselves up in the first ones."""


class Graph(Protocol):
    """Work of a device that is written down without being done, and done as often as it is asked for."""

    def warm_up(self, work: Callable[[], Tensor]) -> None:
        """Do work once as it will be captured, for what is made on its first run.

        Raises:
            RuntimeError: It waits for the device, which a graph cannot.
        """

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        """Write down what a function asks of the device.

        Returns:
            What it gives: a tensor with no numbers yet. `replay` fills it, and all others that the
            function made and somebody still holds.

        Raises:
            RuntimeError: It cannot be written down.
        """

    def replay(self) -> None:
        """Do the work that was captured, with what now stands in the tensors that it reads."""


@final
class CudaGraph:
    """torch's CUDA graph.

    Dropout draws in a replay what it would have drawn without the graph: torch writes seed and place of the
    device's default generator into two tensors ahead of each replay, and then moves the generator on by
    all that the graph draws (Note [CUDA Graph-safe RNG states] in ATen/cuda/CUDAGeneratorImpl.h). The
    default generator is known to every graph, so that nothing is registered here. `set_rng_state` and
    `manual_seed` change the same object, so that a resumed run needs no new graph.

    Args:
        device: A card.

    Source:
        torch's manual, CUDA semantics, whole-network capture.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.graph = torch.cuda.CUDAGraph()
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def warm_up(self, work: Callable[[], Tensor]) -> None:
        """Work on the stream of the capture; a wait for the card is an error there.

        A wait within a capture would break it off, and leave torch's allocator as if it still went on.
        """
        mode = torch.cuda.get_sync_debug_mode()
        with self._aside():
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # torch calls the mode a prototype, once in a process
                torch.cuda.set_sync_debug_mode("error")
            try:
                work()
            finally:
                torch.cuda.set_sync_debug_mode(mode)

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        """Capture, with all memory in a pool of the graph's own."""
        with self._aside(), torch.cuda.graph(self.graph, stream=self.stream):
            return work()

    def replay(self) -> None:
        """Launch the graph on the stream at hand."""
        self.graph.replay()

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Leave the stream at hand for that of the capture, and come back even where a capture fails.

        `torch.cuda.graph` does not come back by itself if it cannot end the capture.
        """
        with torch.cuda.device(self.device):
            here = torch.cuda.current_stream()
            self.stream.wait_stream(here)
            try:
                with torch.cuda.stream(self.stream):
                    yield
            finally:
                here.wait_stream(self.stream)


@final
class CapturedPass:
    """A pass over batches of one size.

    A graph reads and writes the same memory each time. So each batch is copied to where the graph reads, and
    the gradients stay where it writes; who sets them to None in between does them no harm. A network whose
    numbers were brought to another place is no longer the graph's.

    Args:
        run: The pass, operation by operation.
        network: Where it leaves gradients.
        batch: The first batch, of the size of all others.
        graph: What captures.

    Raises:
        RuntimeError: The pass cannot be captured.
    """

    def __init__(self, run: Pass, network: nn.Module, batch: Batch, graph: Graph) -> None:
        self.parameters, self.graph = tuple(network.parameters()), graph
        self.numbers = (*self.parameters, *network.buffers())
        self.places = self._places()
        self.inputs, self.labels = (tensor.clone() for tensor in batch)
        for _ in range(_WARM_UPS):
            graph.warm_up(self._work(run))
        forget_gradients(self.parameters)  # so that the graph makes its own, in its own memory
        self.figures = graph.capture(self._work(run))
        self.gradients = [parameter.grad for parameter in self.parameters]

    def _work(self, run: Pass) -> Callable[[], Tensor]:
        return lambda: run(self.inputs, self.labels)

    def does(self, inputs: Tensor) -> bool:
        """Tell whether a batch is of the size that was captured; the last one of an epoch may be smaller."""
        return inputs.shape == self.inputs.shape and self._places() == self.places

    def _places(self) -> list[int]:
        return [values.data_ptr() for values in self.numbers]

    def __call__(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Give the figures of a batch, until the next one, and leave its gradients in the parameters."""
        self.inputs.copy_(inputs)
        self.labels.copy_(labels)
        self.graph.replay()
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter.grad = gradient
        return self.figures


def capture(
    run: Pass, network: nn.Module, batches: tuple[Batch, Batch], graph: Graph
) -> CapturedPass:
    """Capture a pass, and make sure that it gives what it gives operation by operation.

    The network, the random state and the gradients are afterwards as they were before, or None.

    Args:
        run: The pass.
        network: Where it leaves gradients, and perhaps counts batches.
        batches: One to capture with, and one with other examples to compare on: what was frozen of the
            first one shows in the second.
        graph: What captures.

    Raises:
        CaptureError: It cannot be captured, or gives something else.
    """
    first, second = batches
    parameters = tuple(network.parameters())
    try:
        with as_it_was(network):
            captured = CapturedPass(run, network, first, graph)
        with as_it_was(network):
            expected = _flat(run(*second), parameters)
        forget_gradients(parameters)  # or those of the eager pass could be taken for the graph's
        with as_it_was(network):
            found = _flat(captured(*second), parameters)
    except RuntimeError as error:  # torch's word for all that it refuses, want of memory included
        raise CaptureError(capture_refused(str(error))) from error
    finally:
        forget_gradients(parameters)
    apart = max(_distance(ours, theirs) for ours, theirs in zip(found, expected, strict=True))
    if not apart <= _TOLERANCE:
        raise CaptureError(captured_differs(apart, _TOLERANCE))
    return captured


def forget_gradients(parameters: Sequence[Tensor]) -> None:
    """Set gradients to None, as `zero_grad` does, without its hooks."""
    for parameter in parameters:
        parameter.grad = None


@contextmanager
def as_it_was(network: nn.Module) -> Iterator[None]:
    """Put running statistics and random numbers back to where they are now; no other thread draws meanwhile."""
    devices = {values.device for values in network.parameters() if values.device.type == "cuda"}
    kept = [values.clone() for values in network.buffers()]
    with own_random_state(), torch.random.fork_rng(devices):
        try:
            yield
        finally:
            for buffer, values in zip(network.buffers(), kept, strict=True):
                buffer.copy_(values)


def _flat(figures: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Copy figures, and all gradients as one vector."""
    gradients = (
        torch.zeros_like(values) if values.grad is None else values.grad for values in parameters
    )
    return figures.clone(), torch.cat([values.to_dense().flatten() for values in gradients])


def _distance(found: Tensor, expected: Tensor) -> float:
    """Give how far two vectors are apart, in parts of the length of one."""
    return float(torch.linalg.vector_norm(found - expected) / torch.linalg.vector_norm(expected))
