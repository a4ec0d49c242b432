"""Steps are captured as a CUDA graph where launching them takes longer than their arithmetic."""

import os

from torch import nn

from striate.errors import CaptureError
from striate.errors.capture import not_captured
from striate.runtime import Width
from striate.runtime.cuda_graph import CudaGraph, Graph
from striate.training.loop import Trainer


SWITCH = "STRIATE_GRAPHS"
"""Variable of the environment; `off` has every operation launched by itself."""

_LAUNCHES_A_PARAMETER = 5
"""Operations of a pass forward and back for every tensor of weights or biases, within a factor of three."""

_PRODUCTS_A_LAUNCH: dict[Width, int] = {"fp32": 3 * 10**7, "bf16": 3 * 10**8}
"""Products of a batch, forward, that a card does in the time of one launch.

A hypothesis that nobody has measured yet. torch takes about 10 microseconds to launch an operation, the way back
with its engine included. A large card does 2 x 10^13 operations a second in fp32 and 2 x 10^14 in bf16, a third
of what its maker says: 2 x 10^8 and 2 x 10^9 in that time. A product is two operations, and comes three
times: forward, for the gradient of the maps, and for that of the weights. A slower card has less to gain, and
nothing to lose but memory.
"""


def capture_for(trainer: Trainer, graph: Graph | None = None) -> tuple[str, ...]:
    """Capture the steps of a run, if it learns on a card and its network is small.

    Args:
        trainer: The network, its examples and its recipe.
        graph: What captures; a CUDA graph when absent, on a card alone.

    Returns:
        What the user should know of it, in at most one line; none if all went well.
    """
    is_in_parts = trainer.gathering is not None  # a graph is of batches of one size
    if os.environ.get(SWITCH) == "off" or is_in_parts or not is_bound_by_launches(trainer):
        return ()
    if graph is None:
        if trainer.device.type != "cuda":
            return ()
        graph = CudaGraph(trainer.device)
    try:
        trainer.capture(graph)
    except CaptureError as error:
        return (not_captured(error.faults[0]),)
    return ()


def is_bound_by_launches(trainer: Trainer) -> bool:
    """Tell whether a step waits for its operations to be launched, and not for their arithmetic."""
    batch = min(trainer.recipe.batch_size, len(trainer.examples))
    products = trainer.network.walk.total.multiply_adds * batch
    launches = launches_of(trainer.network)
    return products <= launches * _PRODUCTS_A_LAUNCH[trainer.form.width]


def launches_of(network: nn.Module) -> int:
    """Estimate how many operations a pass forward and back launches."""
    return _LAUNCHES_A_PARAMETER * len(list(network.parameters()))
