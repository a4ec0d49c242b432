"""A ReLU behind the pooling changes no number, forward or back."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from striate.kernels import Kernel, max_pool
from striate.layers import Add, Convolution, FullyConnected, Input, MaxPooling, SideHead
from striate.modules import Network, build
from striate.recipe import Recipe
from striate.runtime import TrainingForm
from striate.shapes import Image
from striate.table import Row, Table


INPUT = Row("Input", Input(Image(3, 11, 11)))
LARGE = Convolution(64, 3, padding=1)
END = Row("F", FullyConnected(4))


def pooled(*rows: Row) -> list[int]:
    """The rows, counted in parts, that are done as one."""
    parts = TrainingForm(build(Table((INPUT, *rows))), Recipe())._parts or ()
    return [len(part.steps) for part in parts if len(part.steps) > 1]


def gradients(network: Network, run: Callable[[Tensor], Tensor], examples: Tensor) -> list[Tensor]:
    values = examples.clone().requires_grad_()
    out = run(values)
    weights = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)
    return [out, *torch.autograd.grad((out * weights).sum(), [values, *network.parameters()])]


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("kernels", [(), (max_pool.KERNEL,)])
def test_outputs_and_gradients_are_the_same_to_the_bit(
    kernel: int, kernels: tuple[Kernel, ...], compiled: Callable[[Kernel], None]
) -> None:
    for one in kernels:
        compiled(one)
    network = build(Table((INPUT, Row("C", LARGE, "ReLU"), Row("P", MaxPooling(kernel, 2)), END)))
    examples = torch.randn(3, 3, 11, 11, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        network.get_parameter("C.bias").sub_(0.5)  # so that in many windows nothing is above 0

    for ours, theirs in zip(
        gradients(network, TrainingForm(network, Recipe()), examples),
        gradients(network, network, examples),
        strict=True,
    ):
        assert torch.equal(ours, theirs)


def test_only_a_pooling_that_alone_reads_rectified_maps_is_taken() -> None:
    pool = Row("P", MaxPooling(2, 2))
    assert pooled(Row("C", LARGE, "ReLU"), pool, END) == [2]
    assert pooled(Row("C", LARGE, "tanh"), pool, END) == []
    assert pooled(Row("C", LARGE, "ReLU"), Row("P", MaxPooling(2, 2), "tanh"), END) == []
    both = Row("D", Convolution(64, 2, stride=2), reads=("C",))
    joined = Row("J", Add(), reads=("P", "D"))
    assert pooled(Row("C", LARGE, "ReLU"), pool, both, joined, END) == []


def test_what_a_side_head_reads_is_there() -> None:
    head = (Row("Head", SideHead(0.3), reads=("C",)), Row("G", FullyConnected(4)))
    rows = (Row("C", LARGE, "ReLU"), Row("P", MaxPooling(2, 2)), END, *head)
    assert pooled(*rows) == []
    network = build(Table((INPUT, *rows)))
    out, heads = TrainingForm(network, Recipe()).forward_with_heads(torch.ones(2, 3, 11, 11))
    assert out.shape == heads["Head"].shape == (2, 4)
