"""Response and batch normalisation beside loops in numpy, and beside torch's own."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from torch import nn

from one_row import as_array, as_tensor, example, module_for, run
from plain_numpy import slopes
from strategies import images, response_normalizations
from striate.layers import BatchNormalization, ResponseNormalization
from striate.shapes import Features, Image


Array = NDArray[np.float64]


def normalized(layer: ResponseNormalization, maps: Array) -> Array:
    """The formula, one value at a time."""
    channels, height, width = maps.shape
    out = np.zeros_like(maps)
    half, group = layer.size // 2, channels // layer.groups
    for i, y, x in np.ndindex(maps.shape):
        if layer.region == "across":
            first = i // group * group
            near = range(max(first, i - half), min(first + group, i + half + 1))
            squares = sum(maps[j, y, x] ** 2 for j in near)
            count = layer.size
        else:
            rows = range(max(0, y - half), min(height, y + half + 1))
            columns = range(max(0, x - half), min(width, x + half + 1))
            squares = sum(maps[i, row, column] ** 2 for row in rows for column in columns)
            count = layer.size**2
        weight = layer.alpha / count if layer.is_divided else layer.alpha
        out[i, y, x] = maps[i, y, x] / (layer.k + weight * squares) ** layer.beta
    return out


@settings(max_examples=40)
@given(data=st.data(), image=images(5))
def test_response_normalisation_is_its_formula(data: st.DataObject, image: Image) -> None:
    layer = data.draw(response_normalizations(image.channels))
    values = example(image)
    assert np.allclose(run(module_for(layer, image), values), normalized(layer, values))


@pytest.mark.parametrize(
    "layer",
    [
        ResponseNormalization(5, 0.5, 0.75, 2.0, is_divided=False),
        ResponseNormalization(3, 0.5, 0.75, 1.0, groups=2),
        ResponseNormalization(3, 0.7, 1.3, 1.0),
        ResponseNormalization(3, 0.7, 0.75, 1.0, region="within"),
    ],
)
def test_the_gradient_of_response_normalisation_is_the_slope(layer: ResponseNormalization) -> None:
    image = Image(6, 3, 2)
    module = module_for(layer, image)
    values = example(image)
    weights = np.random.default_rng(1).normal(size=image.axes)
    given_values = as_tensor(values).unsqueeze(0).requires_grad_()
    (module(given_values)[0] * as_tensor(weights)).sum().backward()
    assert given_values.grad is not None
    expected = slopes(lambda at: float((normalized(layer, at) * weights).sum()), values)
    assert np.allclose(as_array(given_values.grad[0]), expected, atol=1e-7)


def test_response_normalisation_is_torchs_with_a_divided_alpha() -> None:
    image = Image(96, 4, 4)
    values = torch.from_numpy(example(image)).unsqueeze(0)
    own = module_for(ResponseNormalization(5, 1e-4, 0.75, 2.0), image)
    assert torch.allclose(own(values), nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0)(values))
    # As printed in 2012, alpha is not divided: five times as much for torch.
    printed = module_for(ResponseNormalization(5, 1e-4, 0.75, 2.0, is_divided=False), image)
    assert torch.allclose(printed(values), nn.LocalResponseNorm(5, 5e-4, 0.75, 2.0)(values))


def test_response_normalisation_is_the_same_in_either_memory_order() -> None:
    module = module_for(ResponseNormalization(5, 1.0, 0.75, 1.0), Image(7, 3, 3)).float()
    values = torch.randn(2, 7, 3, 3, generator=torch.Generator().manual_seed(0))
    apart = values.to(memory_format=torch.channels_last)
    assert torch.allclose(module(values), module(apart))


@pytest.mark.parametrize("shape", [Image(3, 4, 5), Features(6)])
def test_batch_normalisation_is_its_formula(shape: Image | Features) -> None:
    module = module_for(BatchNormalization(epsilon=0.01, momentum=0.25), shape)
    batch = np.random.default_rng(0).normal(2, 3, size=(8, *shape.axes))
    axes = (0, 2, 3) if isinstance(shape, Image) else (0,)
    mean, variance = batch.mean(axes), batch.var(axes)
    spread = (slice(None), *(None for _ in axes[1:]))

    def scaled(values: Array, by_mean: Array, by_variance: Array) -> Array:
        return (values - by_mean[spread]) / np.sqrt(by_variance[spread] + 0.01)

    learned = module.train()(torch.from_numpy(batch))
    assert np.allclose(as_array(learned), scaled(batch, mean, variance))
    # A quarter of the kept numbers, 0 and 1 at first, is replaced; the kept variance is unbiased.
    count = batch.size // len(mean)
    kept = 0.75 + 0.25 * variance * count / (count - 1)
    later = module.eval()(torch.from_numpy(batch))
    assert np.allclose(as_array(later), scaled(batch, 0.25 * mean, kept))
