"""The torch module of one layer, what pads or flattens ahead of it included, in double precision."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from striate.arithmetic import walk
from striate.layers import Input, Layer
from striate.modules.rows import module_of, padding_of, reads_flat
from striate.shapes import Shape
from striate.table import Row, Table


def module_for(layer: Layer, shape: Shape) -> nn.Module:
    walked = walk(Table((Row("Input", Input(shape)), Row("Row", layer))))
    assert not walked.faults
    torch.manual_seed(0)
    report = walked.reports[1]
    parts: list[nn.Module] = [nn.Flatten()] if reads_flat(report) and len(shape.axes) > 1 else []
    padding = padding_of(report)
    parts += [] if padding is None else [padding]
    module = module_of(report, None)
    return (nn.Sequential(*parts, module) if parts else module).double()


def example(shape: Shape, seed: int = 0) -> NDArray[np.float64]:
    """Values of which no two are alike, some of them below zero."""
    return np.random.default_rng(seed).normal(size=shape.axes)


def run(module: nn.Module, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a module gives for one example, in a batch with another one."""
    with torch.no_grad():
        outputs: Tensor = module(torch.stack([as_tensor(values), as_tensor(-values)]))
    return as_array(outputs[0])


def as_tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values)


def as_array(tensor: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = tensor.detach().numpy()
    return found
