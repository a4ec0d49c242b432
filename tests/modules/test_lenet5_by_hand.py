"""LeNet-5 as a whole, against the formulas of its paper written in numpy."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import striate
from plain_numpy import Array
from striate.modules import Network, build, loss_function


READ_BY_C3 = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""LeCun et al. 1998, Table I, column by column."""


def squash(sums: Array) -> Array:
    return 1.7159 * np.tanh(2 * sums / 3)


def correlate(maps: Array, kernel: Array) -> Array:
    """Slide a 5x5 kernel over one map."""
    height, width = maps.shape[0] - 4, maps.shape[1] - 4
    total = np.zeros((height, width))
    for y in range(5):
        for x in range(5):
            total += kernel[y, x] * maps[y : y + height, x : x + width]
    return total


def add_fours(maps: Array) -> Array:
    return maps[:, ::2, ::2] + maps[:, ::2, 1::2] + maps[:, 1::2, ::2] + maps[:, 1::2, 1::2]


def lenet5(image: Array, numbers: dict[str, Array]) -> Iterator[Array]:
    """The output of every row."""
    c1 = np.stack([correlate(image, kernel[0]) for kernel in numbers["C1.weight"]])
    yield (c1 := squash(c1 + numbers["C1.bias"][:, None, None]))
    s2 = numbers["S2.weight"][:, None, None] * add_fours(c1)
    yield (s2 := squash(s2 + numbers["S2.bias"][:, None, None]))
    kernels = iter(numbers["C3.weight"])
    c3 = np.stack(
        [sum((correlate(s2[map_], next(kernels)) for map_ in read), np.zeros((10, 10)))
         for read in READ_BY_C3]
    )  # fmt: skip
    yield (c3 := squash(c3 + numbers["C3.bias"][:, None, None]))
    s4 = numbers["S4.weight"][:, None, None] * add_fours(c3)
    yield (s4 := squash(s4 + numbers["S4.bias"][:, None, None]))
    c5 = np.array([(kernel * s4).sum() for kernel in numbers["C5.weight"]])
    yield (c5 := squash(c5 + numbers["C5.bias"]))
    yield (f6 := squash(numbers["F6.weight"] @ c5 + numbers["F6.bias"]))
    yield np.array([((f6 - code) ** 2).sum() for code in numbers["Output.codes"]])


def enlarged(network: Network) -> Network:
    """With numbers so large that the squashing bends what passes."""
    with torch.no_grad():
        for values in network.parameters():
            values.mul_(4)
    return network


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_every_row_of_lenet5_gives_what_the_papers_formulas_give(precision: torch.dtype) -> None:
    network = enlarged(build(striate.load("lenet5"))).to(precision)
    numbers = {name: values.double().numpy() for name, values in network.state_dict().items()}
    images = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 1.275 - 0.1
    trace = network.trace(images.to(precision))
    tolerance = 1e-5 if precision is torch.float32 else 1e-11
    for position, image in enumerate(images.double().numpy()):
        rows = lenet5(image[0], numbers)
        for (row, found), expected in zip(trace.items(), rows, strict=True):
            values = found[position].detach().double().numpy().reshape(expected.shape)
            np.testing.assert_allclose(
                values, expected, rtol=tolerance, atol=tolerance * abs(expected).max(), err_msg=row
            )


@pytest.fixture(scope="module")
def double_lenet5() -> Network:
    return enlarged(build(striate.load("lenet5"))).double()


@pytest.mark.parametrize("row", ["C1", "S2", "C3", "S4", "C5", "F6"])
def test_the_gradients_of_lenet5_equal_central_differences(
    double_lenet5: Network, row: str
) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(2, 1, 32, 32, dtype=torch.float64, generator=generator)
    labels = torch.tensor([3, 8])
    measure = loss_function(striate.load("lenet5").recipe)

    def loss() -> Tensor:
        return measure(double_lenet5(images), labels).mean()

    parameters = list(double_lenet5.get_submodule(row).parameters())
    gradients = torch.autograd.grad(loss(), parameters)
    for values, gradient in zip(parameters, gradients, strict=True):
        places = torch.randint(values.numel(), (4,), generator=generator).tolist()
        expected = [difference(loss, values, place) for place in places]
        found = [gradient.flatten()[place].item() for place in places]
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-8)
        assert any(found)


def difference(
    loss: Callable[[], Tensor], values: nn.Parameter, place: int, step: float = 1e-5
) -> float:
    flat = values.detach().view(-1)
    before = flat[place].item()
    ends = []
    with torch.no_grad():
        for moved in (before + step, before - step):
            flat[place] = moved
            ends.append(loss().item())
        flat[place] = before
    return (ends[0] - ends[1]) / (2 * step)
