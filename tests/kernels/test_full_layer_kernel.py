"""The kernel of full layers beside torch's product of matrices in double precision."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor
from torch.nn import functional

from gradients import assert_close, drawn, values_and_gradients, with_threads
from striate.kernels import Kernel
from striate.kernels.full_layer import KERNELS, FullLayer, does
from striate.kernels.lanes import side_by_side
from striate.layers import Convolution, FullyConnected, Function
from striate.modules.convolutions import PaddedConvolution
from striate.modules.functions import ACTIVATIONS, apply
from striate.modules.rows import FlatLinear
from striate.shapes import Image


FUNCTIONS: list[Function | None] = [None, "tanh", "scaled tanh", "ReLU"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    for kernel in KERNELS:
        compiled(kernel)


def in_kernel(
    function: Function | None, values: Tensor, weight: Tensor, bias: Tensor | None = None
) -> Tensor:
    out: Tensor = FullLayer.apply(  # type: ignore[no-untyped-call]
        values, weight, bias, ACTIVATIONS[function]
    )
    return out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_is_the_layer_of_torch_in_double_precision(data: st.DataObject) -> None:
    units, count = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 70))
    images = data.draw(st.integers(16, 70))
    function = data.draw(st.sampled_from(FUNCTIONS))
    tensors = [drawn(images, count), drawn(units, count, seed=2) / count**0.5]
    if data.draw(st.booleans()):
        tensors.append(drawn(units, seed=3))
    exact = values_and_gradients(
        lambda *tensors: apply(function, functional.linear(*tensors)),
        *(one.double() for one in tensors),
    )
    assert_close(values_and_gradients(partial(in_kernel, function), *tensors), exact)


@pytest.mark.parametrize("images", [16, 23, 128])
def test_the_number_of_threads_changes_nothing(images: int) -> None:
    tensors = drawn(images, 33), drawn(21, 33), drawn(21)
    run = partial(in_kernel, "tanh")
    outcomes = [
        with_threads(number, lambda: values_and_gradients(run, *tensors)) for number in (1, 2, 3)
    ]
    for outcome in outcomes[1:]:
        assert all(torch.equal(one, other) for one, other in zip(outcome, outcomes[0], strict=True))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("is_convolution", [False, True])
def test_a_row_with_it_is_the_row_without(
    function: Function | None, monkeypatch: pytest.MonkeyPatch, *, is_convolution: bool
) -> None:
    module: PaddedConvolution | FlatLinear
    if is_convolution:
        module = PaddedConvolution(Convolution(5, (3, 4)), Image(6, 3, 4), function)
    else:
        module = FlatLinear(FullyConnected(5), 72, function)
    maps = side_by_side(drawn(19, 6, 3, 4))
    assert module.kernels == KERNELS
    assert does(maps.flatten(1))
    found = values_and_gradients(module, maps)
    gradients = tuple(one.grad.clone() for one in module.parameters() if one.grad is not None)
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    module.zero_grad()
    module = module.double()
    exact = values_and_gradients(module, maps.double())
    assert_close(found, exact)
    assert_close(gradients, tuple(one.grad for one in module.parameters() if one.grad is not None))


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FlatLinear(FullyConnected(64), 4096).kernels == KERNELS
    assert FlatLinear(FullyConnected(64), 4097).kernels == ()
    assert FlatLinear(FullyConnected(64), 10, "sigmoid").kernels == ()
    values = drawn(16, 4)
    assert not does(values)  # to lay them side by side would take longer than it saves
    assert does(side_by_side(values))
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not does(side_by_side(values))
