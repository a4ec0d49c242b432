"""Convolutions with any padding, and with a connection table."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import DataObject, data
from torch import Tensor

from one_row import as_array, as_tensor, example, module_for, run
from plain_numpy import Array, convolve, slopes
from strategies import connection_tables, convolutions, images
from striate.layers import ConnectionTable, Convolution, Sides
from striate.modules.convolutions import PartialConvolution
from striate.shapes import Image


MARKS = ConnectionTable(((True, False, True, False), (False, True, True, True)))
"""Two maps below, four maps; five pairs, the third map reads both."""

PARTIAL = (
    Convolution(4, (2, 3), connection_table=MARKS),
    Convolution(4, 3, (2, 1), Sides(1, 0, 2, 1), connection_table=MARKS),
    Convolution(4, 3, 2, "same", connection_table=MARKS, has_bias=False),
    Convolution(4, 2, 1, 1, (2, 1), connection_table=MARKS),
)
IMAGE = Image(2, 5, 6)


def kernels_of(layer: Convolution, weight: Array, channels: int) -> list[dict[int, Array]]:
    """The kernels of each map by the map below that they look at."""
    table = layer.connection_table
    if table is None:
        part, maps_a_part = channels // layer.groups, layer.maps // layer.groups
        return [
            {(number // maps_a_part) * part + one: weight[number, one] for one in range(part)}
            for number in range(layer.maps)
        ]
    stored = iter(weight)
    return [
        {below: next(stored) for below in range(channels) if table.marks[below][number]}
        for number in range(layer.maps)
    ]


def by_last_name(tensors: Mapping[str, Tensor]) -> dict[str, Array]:
    return {name.rpartition(".")[2]: as_array(one).copy() for name, one in tensors.items()}


@given(data())
def test_every_convolution_equals_loops_over_its_windows(draw: DataObject) -> None:
    image = draw.draw(images(largest=6))
    layer = draw.draw(convolutions(image))
    module = module_for(layer, image)
    state = by_last_name(dict(module.named_parameters()))
    assert ("bias" in state) == layer.has_bias
    kernels = kernels_of(layer, state["weight"], image.channels)
    values = example(image)
    expected = convolve(layer, values, kernels, state.get("bias"))
    np.testing.assert_allclose(run(module, values), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("layer", PARTIAL)
def test_the_gradients_of_a_partial_convolution_equal_central_differences(
    layer: Convolution,
) -> None:
    module = module_for(layer, IMAGE)
    values = example(IMAGE)
    source = as_tensor(values)[None].requires_grad_()
    output = module(source)
    weighing = np.random.default_rng(1).normal(size=output.shape[1:])
    (output[0] * as_tensor(weighing)).sum().backward()
    state = by_last_name(dict(module.named_parameters()))
    assert ("bias" in state) == layer.has_bias

    def loss(image: Array, weight: Array, bias: Array | None) -> float:
        made = convolve(layer, image, kernels_of(layer, weight, IMAGE.channels), bias)
        return float((made * weighing).sum())

    weight, bias = state["weight"], state.get("bias")
    expected = {"weight": slopes(lambda moved: loss(values, moved, bias), weight)}
    if bias is not None:
        expected["bias"] = slopes(lambda moved: loss(values, weight, moved), bias)
    gradients = {name: one.grad for name, one in module.named_parameters()}
    found = {name.rpartition(".")[2]: gradient for name, gradient in gradients.items()}
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        assert gradient is not None
        np.testing.assert_allclose(as_array(gradient), expected[name], rtol=1e-6, atol=1e-7)
    assert source.grad is not None
    seen = slopes(lambda moved: loss(moved, weight, bias), values)
    np.testing.assert_allclose(as_array(source.grad[0]), seen, rtol=1e-6, atol=1e-7)


@given(data())
def test_a_partial_convolution_holds_one_kernel_a_pair_and_one_bias_a_map(
    draw: DataObject,
) -> None:
    table = draw.draw(connection_tables(3, 5))
    module = module_for(Convolution(5, (2, 3), connection_table=table), Image(3, 4, 4))
    pairs = sum(map(sum, table.marks))
    shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    assert shapes == {"weight": (pairs, 2, 3), "bias": (5,)}
    assert sum(one.numel() for one in module.parameters()) == pairs * 6 + 5


def test_a_map_neither_sees_nor_teaches_a_map_that_it_does_not_read() -> None:
    module = module_for(PARTIAL[0], IMAGE)
    values = as_tensor(example(IMAGE))[None].requires_grad_()
    for number, below in ((0, 1), (1, 0), (3, 0)):
        (gradient,) = torch.autograd.grad(module(values)[:, number].sum(), values)
        assert gradient[:, below].eq(0).all()
        assert gradient[:, 1 - below].ne(0).any()


def test_the_full_weight_is_zero_where_maps_are_not_connected() -> None:
    module = module_for(PARTIAL[0], IMAGE)
    assert isinstance(module, PartialConvolution)
    filled = module.full_weight().ne(0).any(dim=(2, 3)).T.tolist()
    assert filled == [list(marks) for marks in MARKS.marks]


def test_the_kernels_of_a_saved_partial_convolution_fit_a_new_one() -> None:
    first, second = module_for(PARTIAL[1], IMAGE), module_for(PARTIAL[1], IMAGE)
    with torch.no_grad():
        for values in first.parameters():
            values.add_(1)
    second.load_state_dict(first.state_dict())
    np.testing.assert_array_equal(run(first, example(IMAGE)), run(second, example(IMAGE)))
