"""An exponential moving average of a network's weights, which is measured and bundled in their place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor, nn


_FIRST_STEPS = 10


@final
class WeightAverage:
    """The average of the weights after each step, the last ones foremost.

    Statistics of batch normalization are averaged as weights are: they belong to the averaged weights as those of a
    step belong to its weights. Counters are those of the last step.

    Args:
        network: Whose weights are averaged; they stay as they are.
        decay: Part of the average that is kept a step; in the first steps (1 + n) / (10 + n) after n of them, so that
            the numbers that the network began with are soon forgotten.

    Source:
        TensorFlow's ExponentialMovingAverage with num_updates, for the first steps.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network, self.decay = network, decay
        self.tensors = {name: one.detach().clone() for name, one in _state(network).items()}

    def update(self, steps: int) -> None:
        """Take in the weights after a step.

        Args:
            steps: Done so far, that one included.
        """
        decay = min(self.decay, (1 + steps) / (_FIRST_STEPS + steps))
        now = _state(self.network)
        with torch.no_grad():
            for name, average in self.tensors.items():
                if average.is_floating_point():
                    average.lerp_(now[name], 1 - decay)
                else:
                    average.copy_(now[name])

    def take(self, tensors: Mapping[str, Tensor]) -> None:
        """Go back to an average that was saved, or begin with weights."""
        with torch.no_grad():
            for name, average in self.tensors.items():
                average.copy_(tensors[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Have the network hold the average, and its own weights again afterwards."""
        own = {name: one.detach().clone() for name, one in _state(self.network).items()}
        self.network.load_state_dict(self.tensors)
        try:
            yield
        finally:
            self.network.load_state_dict(own)


def _state(network: nn.Module) -> dict[str, Tensor]:
    found: dict[str, Tensor] = network.state_dict()
    return found
