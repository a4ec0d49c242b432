"""What tensors of the code stand for that are no maps: numbers that are trained, and a normalisation on its way."""

from dataclasses import dataclass
from typing import Literal, final

from striate.documents.code.values import LayerValue, Map


@final
@dataclass(frozen=True, slots=True)
class Filled:
    """A tensor of one number, with a place for each map: `1e-6 * torch.ones(dim)`.

    Args:
        sizes: Its sizes; all but one of them are 1.
        number: What it holds.
    """

    sizes: tuple[int, ...]
    number: float


@final
@dataclass(frozen=True, slots=True)
class Single:
    """One example of several, whose sizes code asks for: `x[0].shape[0]`.

    Args:
        value: All of them.
    """

    value: Map


@final
@dataclass(frozen=True, slots=True)
class Weight:
    """Numbers that are trained, in sizes that a view gives them: `self.gamma[:, None, None]`.

    Args:
        layer: What holds them.
        sizes: Their sizes.
    """

    layer: LayerValue
    sizes: tuple[int, ...]


Stage = Literal["mean", "centred", "squared", "variance", "shifted", "deviation"]


@final
@dataclass(frozen=True, slots=True)
class Standardizing:
    """A normalisation over the maps on its way: `(x - x.mean(1)) / sqrt(var + eps)`.

    Args:
        value: The maps as they were.
        stage: How far it has come.
        epsilon: What is added to the variance.
    """

    value: Map
    stage: Stage
    epsilon: float = 0.0
