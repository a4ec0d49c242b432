"""The way back to one value and one shared weight, beside autograd and finite differences."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.documents import read_networks
from striate.errors import SeeingError
from striate.modules import Network, build, loss_function
from striate.networks import load
from striate.see import gradient_lines, unit_gradient


TABLE = """# Back

| Layer | Type | Maps | Kernel | Stride | Padding | Groups | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | | | | 11x9 |
| C1 | Convolution | 4 | 3x3 | 2 | 1 | | tanh | |
| C2 | Convolution | 6 | 2x3 | 1 | 2 | 2 | ReLU | |
| M1 | Max pooling | | 2x2 | 2 | | | | |
| F1 | Fully connected | | | | | | sigmoid | 5 |
| Out | Fully connected | | | | | | softmax | 3 |
"""


@pytest.fixture(scope="module")
def network() -> Network:
    (document,) = read_networks(TABLE, "back.md")
    torch.manual_seed(8)
    return build(document).eval()


@pytest.fixture(scope="module")
def example() -> Tensor:
    return torch.randn(1, 2, 11, 9, generator=torch.Generator().manual_seed(9))


RECIPE = load("lenet5-softmax").recipe


def loss_of(network: Network, example: Tensor, label: int) -> Tensor:
    return loss_function(RECIPE)(network(example), torch.tensor([label])).sum()


@pytest.mark.parametrize("row", ["C1", "C2", "F1", "Out"])
def test_the_slope_of_a_weight_is_that_of_autograd(
    network: Network, example: Tensor, row: str
) -> None:
    wide = copy.deepcopy(network).double()
    torch.autograd.backward(loss_of(wide, example.double(), 1))
    slopes = wide.get_submodule(row).get_parameter("weight").grad
    assert slopes is not None
    found = unit_gradient(network, example, 1, RECIPE, row)
    assert found.weight is not None
    place = found.weight.place
    if (
        row == "C2"
    ):  # of two groups; the second half of the maps reads the second half of the channels
        place = (place[0] % 2, *place[1:])
    expected = float(slopes[(found.unit.map_number, *place)])
    assert found.weight.gradient == pytest.approx(expected, rel=1e-9)
    assert found.by_sum == pytest.approx(found.by_value * found.slope, rel=1e-5)


def test_the_slope_of_a_weight_is_that_of_finite_differences(
    network: Network, example: Tensor
) -> None:
    found = unit_gradient(network, example, 2, RECIPE, "C1", (3, 2, 1), (1, 0, 2))
    assert found.weight is not None
    losses = []
    for step in (1e-5, -1e-5):
        moved = copy.deepcopy(network).double()
        with torch.no_grad():
            moved.get_submodule("C1").get_parameter("weight")[3, 1, 0, 2] += step
        losses.append(float(loss_of(moved, example.double(), 2).detach()))
    assert found.weight.gradient == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-5)


MODULES = """# Modules

| Layer | Type | Maps | Kernel | Activation | Size | #1x1 | #3x3 reduce | #3x3 | #5x5 reduce | #5x5 | Pool proj |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | 6x5 | | | | | | |
| C | Convolution | 4 | 3x3 | | | | | | | | |
| A | Activation | | | tanh | | | | | | | |
| I | Inception | | | ReLU | | 3 | 2 | 4 | 1 | 2 | 2 |
| Out | Fully connected | | | softmax | 3 | | | | | | |
"""


@pytest.mark.parametrize("number", [0, 4, 8, 10])
def test_an_inception_module_and_a_function_are_gone_back_through_like_convolutions(
    number: int,
) -> None:
    (document,) = read_networks(MODULES, "modules.md")
    torch.manual_seed(2)
    network = build(document).eval()
    example = torch.randn(1, 2, 6, 5)
    wide = copy.deepcopy(network).double()
    torch.autograd.backward(loss_of(wide, example.double(), 1))
    branch, first = {0: ("n1x1", 0), 4: ("n3x3", 3), 8: ("n5x5", 7), 10: ("pool_projection", 9)}[
        number
    ]
    values = wide.trace(example.double())["I"][0, number].detach().numpy()
    at = np.unravel_index(int(values.argmax()), values.shape)
    found = unit_gradient(network, example, 1, RECIPE, "I", (number, int(at[0]), int(at[1])))
    assert found.weight is not None
    slopes = wide.get_submodule(f"I.{branch}").get_parameter("weight").grad
    assert slopes is not None
    assert found.weight.gradient == pytest.approx(
        float(slopes[(number - first, *found.weight.place)]), rel=1e-9
    )
    assert found.by_sum == pytest.approx(found.by_value * found.slope, rel=1e-9)
    # Behind a function of its own, the slope by the sum is the slope by what the row before gave.
    function = unit_gradient(network, example, 1, RECIPE, "A", (number % 4, 1, 1))
    before = unit_gradient(network, example, 1, RECIPE, "C", (number % 4, 1, 1))
    assert 0 < abs(function.by_sum) < abs(function.by_value)
    assert function.by_sum == pytest.approx(function.by_value * function.slope, rel=1e-5)
    assert function.by_sum == pytest.approx(before.by_value, rel=1e-9)


def test_the_slope_of_a_value_moves_the_loss(network: Network, example: Tensor) -> None:
    found = unit_gradient(network, example, 0, RECIPE, "M1", (2, 1, 1))
    losses = []
    for step in (1e-4, -1e-4):
        moved = copy.deepcopy(network).double()

        def push(_module: object, _read: object, given: Tensor, step: float = step) -> Tensor:
            given = given.clone()
            given[0, 2, 1, 1] += step
            return given

        moved.get_submodule("M1").register_forward_hook(push)
        losses.append(float(loss_of(moved, example.double(), 0).detach()))
    assert found.by_value == pytest.approx((losses[0] - losses[1]) / 2e-4, rel=1e-5, abs=1e-9)
    assert found.weight is None


def test_a_connection_table_leaves_out_what_is_not_read() -> None:
    document = load("lenet5-softmax")
    network = build(document).eval()
    example = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(10))
    found = unit_gradient(network, example, 3, document.recipe, "C3", (0, 4, 4))
    assert found.weight is not None
    assert found.weight.place[0] in {0, 1, 2}  # map 0 of C3 reads the first three maps of S2
    with pytest.raises(SeeingError) as caught:
        unit_gradient(network, example, 3, document.recipe, "C3", (0, 4, 4), (5, 0, 0))
    assert str(caught.value) == (
        "C3: the map has no weight 5,0,0.\n"
        "  Needed: a channel that the map reads, a row and a column: 0 to 5 and 0 to 4 and 0 to 4.\n"
        "  Fix: count from 0, or leave --weight out for the weight with the steepest slope."
    )


def test_the_lines_tell_the_chain_rule(network: Network, example: Tensor) -> None:
    found = unit_gradient(network, example, 1, RECIPE, "C2")
    lines = gradient_lines(found)
    assert lines[0] == f"loss L = {found.loss:.6g}"
    assert lines[3].startswith("dL/dz = dL/da x da/dz = ")
    places = found.weight.products.size if found.weight else 0
    assert lines[5].startswith(f"{places} places share w[channel ")
    told = [line for line in lines if line.startswith("  row ")]
    assert found.weight is not None
    assert len(told) == min(12, np.count_nonzero(found.weight.products))
    rest = sum(float(line.split()[-1]) for line in lines if " more, which add " in line)
    added = sum(float(line.split()[-1]) for line in told) + rest
    assert added == pytest.approx(float(lines[-1].split()[-1]), rel=1e-3, abs=1e-5)


def test_the_network_is_left_as_it_was(network: Network, example: Tensor) -> None:
    unit_gradient(network, example, 1, RECIPE, "C1")
    assert all(values.grad is None for values in network.parameters())
    assert np.isfinite(unit_gradient(network, example, 1, replace(RECIPE), "Out").loss)
