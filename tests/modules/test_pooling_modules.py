"""Pooling with any padding, LeNet-5's subsampling, and global pooling."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import DataObject, data
from torch import nn

from one_row import as_array, as_tensor, example, module_for, run
from plain_numpy import Array, pool, slopes, subsample
from strategies import images, poolings
from striate.layers import (
    AveragePooling,
    GlobalPooling,
    LpPooling,
    MaxPooling,
    Sides,
    Subsampling,
)
from striate.modules.poolings import max_pooling, split_pooling_padding
from striate.shapes import Image


IMAGE = Image(2, 5, 6)


@given(data())
def test_every_pooling_equals_loops_over_its_windows(draw: DataObject) -> None:
    image = draw.draw(images(largest=7))
    layer = draw.draw(poolings(image))
    module = module_for(layer, image)
    values = example(image)
    if isinstance(layer, Subsampling):
        gain, bias = (as_array(module.state_dict()[name]) for name in ("weight", "bias"))
        expected = subsample(layer, values, gain, bias)
    else:
        with np.errstate(invalid="ignore"):
            expected = pool(layer, values)
    np.testing.assert_allclose(run(module, values), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "layer",
    [
        MaxPooling(3, 2, Sides(0, 1, 1, 0), rounding="ceil"),
        MaxPooling(2, 1, dilation=2),
        MaxPooling((3, 2), 1, "same"),
        AveragePooling(3, 2, Sides(0, 1, 1, 0), "ceil", "inside"),
        AveragePooling(3, 2, Sides(0, 1, 1, 0), "ceil", "window"),
        AveragePooling(3, 2, 1, "ceil", "inside"),
        AveragePooling((2, 3), 1, "same", divisor="inside"),
        LpPooling(2, p=2),
        LpPooling((2, 3), 2, Sides(0, 1, 1, 0), "ceil", p=4),
        LpPooling(3, 1, "same", p=2),
    ],
)
def test_the_gradients_of_a_pooling_equal_central_differences(
    layer: MaxPooling | AveragePooling | LpPooling,
) -> None:
    values = example(IMAGE)
    source = as_tensor(values)[None].requires_grad_()
    output = module_for(layer, IMAGE)(source)
    weighing = np.random.default_rng(1).normal(size=output.shape[1:])
    (output[0] * as_tensor(weighing)).sum().backward()
    expected = slopes(lambda moved: float((pool(layer, moved) * weighing).sum()), values)
    assert source.grad is not None
    np.testing.assert_allclose(as_array(source.grad[0]), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("layer", [Subsampling(2), Subsampling((2, 3), 1, "mean")])
def test_the_gradients_of_a_subsampling_equal_central_differences(layer: Subsampling) -> None:
    values = example(IMAGE)
    source = as_tensor(values)[None].requires_grad_()
    module = module_for(layer, IMAGE)
    output = module(source)
    weighing = np.random.default_rng(1).normal(size=output.shape[1:])
    (output[0] * as_tensor(weighing)).sum().backward()
    numbers = {name: as_array(one).copy() for name, one in module.named_parameters()}
    gain, bias = numbers["weight"], numbers["bias"]

    def loss(image: Array, gain: Array, bias: Array) -> float:
        return float((subsample(layer, image, gain, bias) * weighing).sum())

    expected = {
        "weight": slopes(lambda moved: loss(values, moved, bias), gain),
        "bias": slopes(lambda moved: loss(values, gain, moved), bias),
    }
    for name, one in module.named_parameters():
        assert one.grad is not None
        np.testing.assert_allclose(as_array(one.grad), expected[name], rtol=1e-6, atol=1e-7)
    seen = slopes(lambda moved: loss(moved, gain, bias), values)
    assert source.grad is not None
    np.testing.assert_allclose(as_array(source.grad[0]), seen, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("layer", "value"), [(Subsampling(2), 4), (Subsampling(2, reduction="mean"), 1)]
)
def test_a_subsampling_adds_up_and_takes_the_mean_only_if_told_to(
    layer: Subsampling, value: int
) -> None:
    module = module_for(layer, Image(1, 2, 2))
    with torch.no_grad():
        for numbers, filled in zip(module.parameters(), (3.0, 0.5), strict=True):
            numbers.fill_(filled)
    assert run(module, np.ones((1, 2, 2))).item() == 3 * value + 0.5


def test_tensorflow_divides_by_the_cells_inside_and_pytorch_by_the_window() -> None:
    ones = np.ones((1, 3, 3))
    inside = module_for(AveragePooling(2, 1, "same", divisor="inside"), Image(1, 3, 3))
    window = module_for(AveragePooling(2, 1, "same"), Image(1, 3, 3))
    assert run(inside, ones).tolist() == np.ones((1, 3, 3)).tolist()
    assert run(window, ones).tolist() == [[[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 0.25]]]


def test_a_partial_last_window_is_divided_by_the_cells_that_it_has() -> None:
    module = module_for(AveragePooling(2, 2, rounding="ceil"), Image(1, 3, 3))
    assert run(module, np.ones((1, 3, 3))).tolist() == np.ones((1, 2, 2)).tolist()


def test_an_lp_pooling_takes_the_root_of_a_sum_and_not_of_a_mean() -> None:
    values = np.array([[[3.0, 0], [0, -4]]])
    assert run(module_for(LpPooling(2, p=2), Image(1, 2, 2)), values).item() == 5
    ones = np.ones((1, 2, 2))
    assert run(module_for(LpPooling(2, p=1), Image(1, 2, 2)), ones).item() == 4


def test_an_lp_pooling_of_odd_p_keeps_signs_and_has_no_root_below_zero() -> None:
    module = module_for(LpPooling((1, 2), p=3), Image(1, 1, 4))
    found = run(module, np.array([[[2.0, -1, 1, -2]]]))
    assert found[0, 0, 0] == pytest.approx(7 ** (1 / 3))  # 8 - 1, where a norm would have 8 + 1
    assert np.isnan(found[0, 0, 1])


def test_a_window_of_zeros_has_no_gradient_and_breaks_none() -> None:
    source = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    module_for(LpPooling(2, p=2), Image(1, 2, 2))(source).sum().backward()
    assert source.grad is not None
    assert source.grad.tolist() == np.zeros((1, 1, 2, 2)).tolist()


def test_a_window_that_would_start_in_the_padding_behind_the_image_is_dropped() -> None:
    values = np.arange(16.0).reshape(1, 4, 4)
    sides = Sides(0, 1, 0, 1)
    largest = module_for(MaxPooling(2, 2, sides, rounding="ceil"), Image(1, 4, 4))
    mean = module_for(AveragePooling(2, 2, sides, "ceil"), Image(1, 4, 4))
    assert run(largest, values).tolist() == [[[5, 7], [13, 15]]]
    assert run(mean, values).tolist() == [[[2.5, 4.5], [10.5, 12.5]]]


def test_padding_never_wins_a_max_pooling() -> None:
    values = -np.arange(1.0, 10.0).reshape(1, 3, 3)
    for padding in (1, Sides(1, 0, 0, 1)):
        pooled = run(module_for(MaxPooling(2, 1, padding), Image(1, 3, 3)), values)
        assert pooled.max() == -1
        assert pooled.min() >= -9


def test_a_dilated_max_pooling_may_be_padded_by_more_than_half_its_kernel() -> None:
    layer = MaxPooling(2, 1, "same", dilation=3)
    values = example(Image(1, 5, 5))
    module = module_for(layer, Image(1, 5, 5))
    np.testing.assert_array_equal(run(module, values), pool(layer, values))


def test_no_gradient_leaves_the_map_through_a_window_that_touches_only_padding() -> None:
    image = Image(3, 3, 3)
    layer = MaxPooling(2, 1, 1, dilation=4)
    _, ends = split_pooling_padding(layer.window, image)
    assert ends is not None
    module = nn.Sequential(nn.ConstantPad2d(ends, -torch.inf), max_pooling(layer, image))
    maps = torch.randn(1, *image.axes, requires_grad=True)
    (gradient,) = torch.autograd.grad(module(maps)[0, 0].sum(), maps)
    assert gradient.eq(0).all()


def test_global_pooling_keeps_one_value_a_map() -> None:
    values = example(IMAGE)
    mean = run(module_for(GlobalPooling("average"), IMAGE), values)
    largest = run(module_for(GlobalPooling("max"), IMAGE), values)
    np.testing.assert_allclose(mean, [one.sum() / 30 for one in values], rtol=1e-12)
    np.testing.assert_array_equal(largest, [max(one.ravel()) for one in values])
