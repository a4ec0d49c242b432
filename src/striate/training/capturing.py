"""Steps are captured as a CUDA graph where launching them takes longer than their arithmetic."""

import os

from striate.errors import CaptureError
from striate.errors.capture import not_captured
from striate.modules import Width
from striate.training.captured import CudaGraph, Graph
from striate.training.loop import Trainer


SWITCH = "STRIATE_GRAPHS"
"""Variable of the environment; `off` has every operation launched by itself."""

_MOST_PRODUCTS: dict[Width, int] = {"fp32": 3 * 10**9, "bf16": 3 * 10**10}
"""Products of a batch, forward, up to which launches are taken to be what a step waits for.

A hypothesis that nobody has measured yet. Forward and back is some 100 launches in small networks, which
torch takes about 10 microseconds each to make: 1 ms a step. A product is two operations, and comes three times:
forward, for the gradient of the maps, and for that of the weights. A large card does 2 x 10^13 operations a
second in fp32 and 2 x 10^14 in bf16, a third of what its maker says. Then 1 ms is 3.3 x 10^9 and 3.3 x 10^10
products. Above that a graph would do no harm but for its memory, and would gain less and less.
"""


def capture_for(trainer: Trainer, graph: Graph | None = None) -> tuple[str, ...]:
    """Capture the steps of a run, if it learns on a card and its network is small.

    Args:
        trainer: The network, its examples and its recipe.
        graph: What captures; a CUDA graph when absent, on a card alone.

    Returns:
        What the user should know of it, in at most one line; none if all went well.
    """
    if os.environ.get(SWITCH) == "off" or not is_bound_by_launches(trainer):
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
    return products <= _MOST_PRODUCTS[trainer.differentiate.width]
