"""How the numbers of a network begin."""

import math
from collections.abc import Callable
from typing import assert_never

import torch
from torch import Tensor, nn

from striate.modules.convolutions import PartialConvolution
from striate.modules.embedding import Embedding
from striate.modules.network import Network
from striate.modules.pointwise import Scaling, ValuePReLU
from striate.modules.poolings import Subsampling
from striate.modules.radial_basis import RadialBasis
from striate.recipe import Initialization
from striate.system.randomness import own_random_state
from striate.table import Start


_Drawn = (
    nn.Conv2d
    | nn.ConvTranspose2d
    | nn.Linear
    | PartialConvolution
    | Subsampling
    | RadialBasis
    | Embedding
)

_CONSTANT = (
    nn.modules.batchnorm._BatchNorm | nn.LayerNorm | nn.GroupNorm | nn.PReLU | ValuePReLU | Scaling
)
"""Modules whose numbers begin with the same in every network, whatever the seed: 1, 0, a slope, or a factor."""


def initialize(network: Network, rule: Initialization, seed: int) -> None:
    """Draw all numbers of a network anew.

    Args:
        network: The network, on the CPU; its numbers are replaced. A row that says how its numbers
            begin is drawn so, whatever the rule.
        rule: `pytorch` draws as torch's layers do. `lecun-1998` draws every number, biases too,
            evenly from within 2.4 / fan-in of the unit that it feeds. `glorot-2010` and `he-2015` draw
            weights by fan-in and fan-out, or by fan-in, and begin with biases of 0; word vectors have
            no fan-in and stay as torch draws them, with these three. `kim-2014` draws kernels from
            within 0.01 and word vectors from within 0.25, and starts the biases and the last row at 0.
        seed: Start of the draw; torch's own random state is left as it was.

    Source:
        LeCun et al. 1998, appendix A: the bound falls with the fan-in, not with its root. Glorot and
        Bengio 2010, equation 16. He et al. 2015, equation 10. Kim's code for Kim 2014,
        `conv_net_classes.py` and `process_data.py`.
    """
    with own_random_state():
        torch.manual_seed(seed)
        for step in network.steps:
            for module in network.get_submodule(step.child).modules():
                if isinstance(module, _Drawn):
                    module.reset_parameters()
                    if step.start is not None:
                        _begin(module, step.start)
                    else:
                        _draw(module, rule, is_last=module is network.last)
                elif not isinstance(module, _CONSTANT) and [*module.parameters(recurse=False)]:
                    message = f"how the numbers of {type(module).__name__} begin is not said"
                    raise TypeError(message)


def _draw(module: nn.Module, rule: Initialization, *, is_last: bool) -> None:
    match rule:
        case "pytorch":
            pass
        case "lecun-1998":
            if not isinstance(module, Embedding):
                _draw_within(module, 2.4)
        case "glorot-2010":
            if not isinstance(module, Embedding):
                _draw_scaled(module, lambda fan_in, fan_out: (6 / (fan_in + fan_out)) ** 0.5)
        case "he-2015":
            if not isinstance(module, Embedding):
                _draw_scaled(module, lambda fan_in, _: (2 / fan_in) ** 0.5, is_normal=True)
        case "kim-2014":
            _draw_as_kim(module, is_last=is_last)
        case _:
            assert_never(rule)


def _begin(module: nn.Module, start: Start) -> None:
    """Draw a module's weights, and set its biases, as its row says."""
    with torch.no_grad():
        # Word vectors that stay as they are are no parameters.
        vectors = [("weight", module.weight)] if isinstance(module, Embedding) else None
        for name, values in vectors or module.named_parameters():
            if name == "bias":
                values.fill_(start.bias)
                continue
            match start.distribution:
                case "normal":
                    values.normal_(0, start.scale)
                case "uniform":
                    values.uniform_(-start.scale, start.scale)
                case "zero":
                    values.zero_()


def _draw_as_kim(module: nn.Module, *, is_last: bool) -> None:
    with torch.no_grad():
        match module:
            case Embedding():
                module.weight.uniform_(-0.25, 0.25)
            case nn.Conv2d() | nn.ConvTranspose2d() | PartialConvolution():
                module.weight.uniform_(-0.01, 0.01)
                if module.bias is not None:
                    module.bias.zero_()
            case nn.Linear() if is_last:
                for values in module.parameters():
                    values.zero_()
            case _:
                pass


def _draw_within(module: nn.Module, reach: float) -> None:
    """Draw a module's numbers from within reach / fan-in."""
    with torch.no_grad():
        for name, values in module.named_parameters():
            bound = reach / _fan_in(module, name)
            values.uniform_(-1, 1).mul_(bound.view(-1, *[1] * (values.dim() - 1)))


def _draw_scaled(
    module: nn.Module, scale: Callable[[Tensor, Tensor], Tensor], *, is_normal: bool = False
) -> None:
    """Draw weights from within a bound, or with a deviation, by the fans; biases are 0."""
    with torch.no_grad():
        for name, values in module.named_parameters():
            if name == "bias":
                values.zero_()
                continue
            drawn = values.normal_() if is_normal else values.uniform_(-1, 1)
            by = scale(_fan_in(module, name).float(), _fan_out(module))
            drawn.mul_(by.view(-1, *[1] * (values.dim() - 1)))


def _fan_out(module: nn.Module) -> Tensor:
    """Count the units that one value below feeds, on average over the values below."""
    match module:
        case PartialConvolution():
            return torch.tensor(len(module.weight) / module.channels * module.kernel_cells)
        case Subsampling():
            return torch.tensor(1.0)
        case nn.Conv2d():
            cells = math.prod(module.kernel_size)
            return torch.tensor(float(module.out_channels // module.groups * cells))
        case nn.ConvTranspose2d():
            return torch.tensor(float(math.prod(module.weight.shape[1:])))
        case nn.Linear():
            return torch.tensor(float(module.out_features))
        case _:
            message = f"{type(module).__name__} has no fan-out"
            raise TypeError(message)


def _fan_in(module: nn.Module, name: str) -> Tensor:
    """Count what the units fed by a parameter read: one number, or one along its first axis."""
    match module:
        case PartialConvolution():
            return module.kernel_fan_in if name == "weight" else module.fan_in
        case Subsampling():
            return torch.tensor([module.fan_in])
        case nn.Conv2d():
            return torch.tensor([math.prod(module.weight.shape[1:])])
        case nn.ConvTranspose2d():
            # On average over the outputs: each value below goes into every cell of its kernels.
            cells = math.prod(module.kernel_size) / math.prod(module.stride)
            return torch.tensor([max(module.in_channels // module.groups * cells, 1.0)])
        case nn.Linear():
            return torch.tensor([module.in_features])
        case _:
            message = f"{type(module).__name__} has no fan-in"
            raise TypeError(message)
