"""Gradients of weights in bf16 are sums over pairs of images, whatever the sizes are."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor, nn
from torch.nn.grad import conv2d_weight

import striate
from strategies import convolutions, images
from striate.kernels import Kernel, bf16_gradients
from striate.kernels.processor import multiplies_bf16_pairs
from striate.layers import Convolution, FullyConnected, Input, Sides
from striate.modules import build
from striate.recipe import Recipe
from striate.runtime import TrainingForm
from striate.runtime.learning_rows import Bf16Convolution, gains_by_kernel
from striate.shapes import Image
from striate.table import Row, Table


pytestmark = pytest.mark.skipif(
    not multiplies_bf16_pairs(), reason="the processor multiplies no bf16"
)


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(bf16_gradients.KERNEL)


def whole(shape: tuple[int, ...], seed: int) -> Tensor:
    """Small whole numbers, whose products and sums are exact in every precision."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-2, 3, shape, generator=generator).double()


@given(st.data(), st.integers(1, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_convolution_has_exact_gradients(drawn: st.DataObject, batch: int) -> None:
    image = drawn.draw(images(17))
    layer = drawn.draw(convolutions(image))
    pixels = drawn.draw(st.integers(0, 2)), drawn.draw(st.integers(0, 2))
    kernel, stride = layer.window.kernel, layer.window.stride
    weight = whole((layer.maps, image.channels // layer.groups, *kernel), 0)
    weight.requires_grad_()
    maps = whole((batch, *image.axes), 1)
    if any(k > n + 2 * p for k, n, p in zip(kernel, image.axes[1:], pixels, strict=True)):
        return
    bias = torch.zeros(layer.maps, dtype=torch.float64, requires_grad=True)
    out = torch.nn.functional.conv2d(maps, weight, bias, stride, pixels, 1, layer.groups)
    gradient = whole(tuple(out.shape), 2)
    expected = torch.autograd.grad(out, [weight, bias], gradient)
    found = bf16_gradients.differentiate(
        maps.bfloat16(), gradient.bfloat16(), weight.shape, stride=stride, padding=pixels
    )
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.equal(ours.double(), theirs)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    ("channels", "maps", "groups", "batch"),
    [(33, 65, 1, 9), (28, 32, 1, 2), (29, 16, 1, 1), (66, 48, 3, 40), (256, 256, 1, 8)],
)
def test_many_maps_on_several_threads(
    channels: int, maps: int, groups: int, batch: int, threads: int
) -> None:
    read, gradient = whole((batch, channels, 7, 7), 0), whole((batch, maps, 7, 7), 1)
    weight = torch.zeros(maps, channels // groups, 3, 3, dtype=torch.float64, requires_grad=True)
    out = torch.nn.functional.conv2d(read, weight, None, 1, 1, 1, groups)
    (expected,) = torch.autograd.grad(out, weight, gradient)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        ours, biases = bf16_gradients.differentiate(
            read.bfloat16(), gradient.bfloat16(), weight.shape, stride=(1, 1), padding=(1, 1)
        )
    finally:
        torch.set_num_threads(before)
    assert torch.equal(ours.double(), expected)
    assert torch.equal(biases.double(), gradient.sum((0, 2, 3)))


def test_a_row_learns_as_torch_does_and_its_weights_more_exactly() -> None:
    row = build(striate.load("fashion-cnn")).get_submodule("Conv5")
    assert isinstance(row, nn.Conv2d)
    faster = Bf16Convolution(row)
    maps = torch.randn(6, 256, 7, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    gradient = torch.randn(6, 256, 7, 7, generator=torch.Generator().manual_seed(1))

    def found() -> list[Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            assert faster._does(maps)
            out = faster(maps)
            learnt = torch.autograd.grad(out, [maps, *row.parameters()], gradient.to(out.dtype))
        return [out.detach(), *learnt]

    ours = found()
    with torch.autocast("cpu", torch.bfloat16):
        out = row(maps)
        learnt = torch.autograd.grad(out, [maps, *row.parameters()], gradient.to(out.dtype))
    theirs = [out.detach(), *learnt]
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    rounded = gradient.bfloat16().float()
    exact = conv2d_weight(maps.bfloat16().float(), row.weight.shape, rounded, 1, 1)  # type: ignore[no-untyped-call]
    for one, other, right in zip(
        ours[2:], theirs[2:], (exact, rounded.sum((0, 2, 3))), strict=True
    ):
        assert one.dtype == torch.float32
        assert (one - right).norm() < 1e-5 * right.norm()
        assert (other - right).norm() > (one - right).norm()


def test_where_the_kernel_is_not_made_for_it_torch_does_it() -> None:
    row = build(striate.load("fashion-cnn")).get_submodule("Conv5")
    assert isinstance(row, nn.Conv2d)
    maps, faster = torch.zeros(1, 256, 7, 7), Bf16Convolution(row)
    assert not faster._does(maps)  # in fp32
    with torch.autocast("cpu", torch.bfloat16):
        assert faster._does(maps)
        with torch.no_grad():
            assert not faster._does(maps)
        row.weight.requires_grad = False
        assert not faster._does(maps)


@pytest.mark.parametrize(
    ("layer", "gains"),
    [
        (Convolution(64, 3, padding=1), True),
        (Convolution(64, 1), False),
        (Convolution(64, 3, padding=2, dilation=2), False),
        (Convolution(64, 3, padding=Sides(1, 0, 1, 0)), False),
        (Convolution(64, 3, padding=1, groups=2), False),
    ],
)
def test_which_rows_gain(layer: Convolution, gains: bool) -> None:  # noqa: FBT001 - from a table
    assert gains_by_kernel(layer, Image(32, 14, 14)) == gains
    assert not gains_by_kernel(layer, Image(32, 19, 19))


def test_only_learning_in_bf16_asks_for_it() -> None:
    rows = (
        Row("Input", Input(Image(32, 14, 14))),
        Row("C", Convolution(64, 3, padding=1), "ReLU"),
        Row("F", FullyConnected(4)),
    )
    network = build(Table(rows))
    for precision in ("bf16", "fp32"):
        step = TrainingForm(network, Recipe(precision=precision))
        assert (bf16_gradients.KERNEL in step.kernels) == (precision == "bf16")
