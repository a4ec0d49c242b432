"""Images side by side in memory, and the activation behind the sums of kernels."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

from gradients import drawn, values_and_gradients
from striate.kernels import Kernel
from striate.kernels.full_layer import KERNEL, FullLayer
from striate.kernels.lanes import (
    KERNEL as LAYING,
    Activation,
    are_side_by_side,
    room_side_by_side,
    side_by_side,
    stride_of,
    suits,
)


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)
    compiled(LAYING)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    images=st.integers(1, 70),
    axes=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    is_turned=st.booleans(),
)
def test_images_are_laid_side_by_side(images: int, axes: list[int], *, is_turned: bool) -> None:
    values = drawn(images, *axes)
    if is_turned:
        values = values.flip(0).transpose(0, 1).contiguous().transpose(0, 1)
    laid = side_by_side(values)
    assert torch.equal(laid, values)
    assert laid.stride(0) == 1
    assert are_side_by_side(laid)
    assert are_side_by_side(room_side_by_side(images, *axes))
    if images % 16 == 0:
        assert side_by_side(laid) is laid


def test_a_rest_of_the_last_vector_is_zero() -> None:
    images = 16 + 5
    longer = room_side_by_side(32, 3)
    longer.fill_(torch.nan)
    part = longer[:images]
    part.copy_(drawn(images, 3))
    laid = side_by_side(part)
    assert torch.equal(laid, part)
    assert not laid.as_strided((32, 3), laid.stride())[images:].any()


def test_an_odd_number_of_lines_of_the_cache_lies_between_two_values() -> None:
    assert [stride_of(images) // 16 for images in (1, 16, 17, 32, 33, 128)] == [1, 1, 3, 3, 3, 9]


def test_other_orders_are_known_as_such() -> None:
    assert not are_side_by_side(drawn(16, 4, 3, 3))
    assert not are_side_by_side(drawn(4, 3, 3, 32).movedim(3, 0))  # no odd number of lines
    room = room_side_by_side(48, 4, 3, 3)
    assert are_side_by_side(room)
    assert not are_side_by_side(room[1:])  # begins in the middle of a line
    assert not are_side_by_side(room.transpose(2, 3))
    assert not are_side_by_side(room[:16])
    assert are_side_by_side(room.flatten(1))


def test_what_suits() -> None:
    values = drawn(16, 3)
    assert suits(values)
    assert not suits(values[:15])
    assert not suits(values.double())
    assert not suits(values.to("meta"))
    with torch.autocast("cpu", torch.bfloat16):
        assert not suits(values)


def activated(activation: Activation, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """A layer whose one weight is 1 leaves the activation alone."""
    one = torch.ones(1, 1)
    return values_and_gradients(
        lambda laid: FullLayer.apply(laid, one, None, activation),  # type: ignore[no-untyped-call]
        values.view(-1, 1),
    )


@pytest.mark.parametrize(("amplitude", "slope"), [(1.0, 1.0), (1.7159, 2 / 3)])
def test_the_hyperbolic_tangent_is_exact_to_few_places(amplitude: float, slope: float) -> None:
    powers = torch.logspace(-30, 1.5, 40_000)
    values = torch.cat((-powers, torch.zeros(1), powers, torch.linspace(-12, 12, 200_000)))
    out, gradient = activated(Activation(1, amplitude, slope), values)
    exact = values.double().requires_grad_()
    amplitude, slope = (float(torch.tensor(one)) for one in (amplitude, slope))  # as single numbers
    squashed = amplitude * torch.tanh(slope * exact)
    weights = drawn(len(values), 1, seed=1).double().flatten()
    (slopes,) = torch.autograd.grad(squashed, exact, weights)
    error = (out.double().flatten() - squashed.detach()).abs()
    assert float((error / squashed.detach().abs().clamp(min=1e-37)).max()) < 5e-7
    assert float(out.abs().max()) <= amplitude
    assert float((gradient.double().flatten() - slopes).abs().max()) < 4e-6
    assert not (gradient.flatten() * weights < 0).any()


def test_relu_and_none() -> None:
    values = torch.cat((drawn(100), torch.tensor([0.0, -0.0])))
    for kind, plain in ((0, torch.clone), (2, torch.relu)):
        out, gradient = activated(Activation(kind), values)
        expected, slopes = values_and_gradients(plain, values.view(-1, 1))
        assert torch.equal(out, expected)
        assert torch.equal(gradient, slopes)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_what_is_not_a_number_stays_so(kind: int) -> None:
    values = torch.zeros(20)
    values[3] = torch.nan
    out, _ = activated(Activation(kind), values)
    assert out.flatten().isnan().tolist() == [index == 3 for index in range(20)]
