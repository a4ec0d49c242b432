"""The kernel of maximum pooling beside torch's, and beside loops in numpy."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor
from torch.nn import functional

from one_row import example, module_for
from plain_numpy import pool
from strategies import images, poolings
from striate.kernels import Kernel
from striate.kernels.max_pool import KERNEL, does
from striate.layers import MaxPooling, Sides
from striate.runtime.rows import FasterMaxPooling
from striate.shapes import Image


MAPS = 70  # more than a block of 64, so that a rest is left


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def pooling(layer: MaxPooling, image: Image) -> FasterMaxPooling:
    return FasterMaxPooling(layer, image, (module_for(layer, image),))


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def run(pool_maps: Callable[[Tensor], Tensor], maps: Tensor) -> tuple[Tensor, Tensor]:
    """Give the values, and a gradient of whole numbers, whose sums are exact."""
    maps = maps.detach().requires_grad_()
    out = pool_maps(maps)
    weights = torch.arange(out.numel()).remainder(7).view(out.shape).to(out.dtype)
    out.backward(weights)  # type: ignore[no-untyped-call]
    assert maps.grad is not None
    return out.detach(), maps.grad


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_is_loops_over_windows(data: st.DataObject) -> None:
    small = data.draw(images(largest=7))
    layer = data.draw(poolings(small).filter(lambda one: isinstance(one, MaxPooling)))
    assert isinstance(layer, MaxPooling)
    image = Image(MAPS, small.height, small.width)
    module = pooling(layer, image)
    values = example(image).astype(np.float32)
    maps = torch.from_numpy(values)[None]
    assert does(maps, module.axes) == (layer.window.dilation == (1, 1))
    np.testing.assert_array_equal(module(maps)[0].numpy(), pool(layer, values.astype(np.float64)))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("maps", [16, MAPS, 192])
@pytest.mark.parametrize(
    ("layer", "padding"),
    [
        (MaxPooling(3, 2), 0),
        (MaxPooling(3, 2, rounding="ceil"), 0),
        (MaxPooling(3, 1, 1), 1),
        (MaxPooling(2), 0),
        (MaxPooling((2, 3), 1), 0),
        (MaxPooling(2, 3), 0),
        (MaxPooling(5, 2, 2), 2),
    ],
)
def test_values_and_gradients_are_torchs(
    layer: MaxPooling, padding: int, maps: int, kind: torch.dtype
) -> None:
    # Few values, so that windows hold several that are largest: the first of them counts.
    values = drawn(2, maps, 9, 11).mul(2).round().to(kind)
    module = pooling(layer, Image(maps, 9, 11))

    def of_torch(one: Tensor) -> Tensor:
        window, is_ceil = layer.window, layer.window.rounding == "ceil"
        return functional.max_pool2d(one, window.kernel, window.stride, padding, ceil_mode=is_ceil)

    assert does(values, module.axes)
    for one, other in zip(run(module, values), run(of_torch, values), strict=True):
        assert one.dtype == kind
        assert torch.equal(one, other)


def test_padding_may_differ_from_side_to_side() -> None:
    layer = MaxPooling(3, 2, Sides(0, 1, 1, 0), rounding="ceil")
    image = Image(16, 6, 7)
    values = drawn(2, *image.axes)
    module = pooling(layer, image)
    assert does(values, module.axes)
    padded = run(
        lambda one: functional.max_pool2d(
            functional.pad(one, (1, 0, 0, 1), value=-torch.inf), 3, 2, ceil_mode=True
        ),
        values,
    )
    for one, other in zip(run(module, values), padded, strict=True):
        assert torch.equal(one, other)


def test_the_number_of_threads_changes_nothing() -> None:
    values = drawn(3, 32, 9, 9)
    module = pooling(MaxPooling(3, 1, 1), Image(32, 9, 9))
    weights = drawn(3, 32, 9, 9).flip(0)
    threads, gradients = torch.get_num_threads(), []
    try:
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            maps = values.clone().requires_grad_()
            module(maps).backward(weights)  # type: ignore[no-untyped-call]
            assert maps.grad is not None
            gradients.append(maps.grad)
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(one, gradients[0]) for one in gradients)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_what_is_not_finite_is_kept_as_torch_keeps_it(kind: torch.dtype) -> None:
    values = torch.full((1, 16, 2, 6), -torch.inf, dtype=kind)
    values[0, :, 0, 0] = torch.nan
    values[0, :, 1, 1] = 5
    values[0, :, 1, 4] = torch.nan
    module = pooling(MaxPooling(2), Image(16, 2, 6))
    (out, gradient), (expected, of_torch) = (
        run(one, values) for one in (module, lambda one: functional.max_pool2d(one, 2))
    )
    assert torch.equal(out.nan_to_num(7), expected.nan_to_num(7))
    assert out[0, 0, 0].isnan().tolist() == [True, False, True]
    assert torch.equal(gradient, of_torch)


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image(16, 20, 20)
    axes = MaxPooling(2).window.axes(image)
    values = drawn(1, *image.axes)
    assert does(values, axes)
    assert not does(values.double(), axes)
    assert not does(values[:, :15], axes)
    assert not does(values.to("meta"), axes)
    assert not does(values, MaxPooling(2, 1, dilation=2).window.axes(image))
    assert does(values, MaxPooling(16).window.axes(image))
    assert not does(values, MaxPooling((16, 17)).window.axes(image))
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not does(values, axes)
