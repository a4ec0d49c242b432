"""The kernel of small convolutions beside torch's convolution in double precision."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor
from torch.nn import functional

from gradients import assert_close, drawn, values_and_gradients, with_threads
from strategies import connection_tables
from striate.kernels import Kernel
from striate.kernels.convolution import KERNELS, Connections, Convolution, does
from striate.kernels.lanes import Activation
from striate.layers import Convolution as Layer, Function
from striate.modules.convolutions import PaddedConvolution, PartialConvolution
from striate.modules.functions import ACTIVATIONS, apply
from striate.shapes import Image


FUNCTIONS: list[Function | None] = [None, "tanh", "scaled tanh", "ReLU"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    for kernel in KERNELS:
        compiled(kernel)


def in_torch(
    pairs: list[tuple[int, int]],
    maps_above: int,
    function: Function | None,
    maps: Tensor,
    kernels: Tensor,
    bias: Tensor | None = None,
) -> Tensor:
    full = kernels.new_zeros(maps_above, maps.shape[1], *kernels.shape[1:])
    above, below = (torch.tensor(ends) for ends in zip(*pairs, strict=True))
    full = full.index_put((above, below), kernels)
    return apply(function, functional.conv2d(maps, full, bias))


def in_kernel(
    pairs: list[tuple[int, int]],
    maps_above: int,
    activation: Activation,
    maps: Tensor,
    kernels: Tensor,
    bias: Tensor | None = None,
) -> Tensor:
    out: Tensor = Convolution.apply(  # type: ignore[no-untyped-call]
        maps, kernels, bias, Connections.of(pairs, maps_above), activation
    )
    return out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_is_the_convolution_of_torch_in_double_precision(data: st.DataObject) -> None:
    number = partial(st.integers, 1)
    above, below = data.draw(number(9)), data.draw(number(5))
    rows, columns = data.draw(number(4)), data.draw(number(7))
    height, width = data.draw(st.integers(rows, rows + 4)), data.draw(st.integers(columns, 36))
    table = data.draw(connection_tables(below, above))
    images = data.draw(st.integers(16, 50))
    function = data.draw(st.sampled_from(FUNCTIONS))
    tensors = [
        drawn(images, below, height, width, seed=2),
        drawn(len(table.pairs), rows, columns, seed=3) / (rows * columns * below) ** 0.5,
    ]
    if data.draw(st.booleans()):
        tensors.append(drawn(above, seed=4))
    pairs = list(table.pairs)
    exact = values_and_gradients(
        partial(in_torch, pairs, above, function), *(one.double() for one in tensors)
    )
    found = values_and_gradients(partial(in_kernel, pairs, above, ACTIVATIONS[function]), *tensors)
    assert_close(found, exact)


@pytest.mark.parametrize("images", [16, 23, 128])
def test_the_number_of_threads_changes_nothing(images: int) -> None:
    pairs = [(above, below) for above in range(5) for below in range(3) if above != below]
    tensors = drawn(images, 3, 11, 17), drawn(len(pairs), 5, 5), drawn(5)
    run = partial(in_kernel, pairs, 5, ACTIVATIONS["tanh"])
    outcomes = [
        with_threads(number, lambda: values_and_gradients(run, *tensors)) for number in (1, 2, 3)
    ]
    for outcome in outcomes[1:]:
        assert all(torch.equal(one, other) for one, other in zip(outcome, outcomes[0], strict=True))


def test_no_gradient_of_the_maps_is_made_where_nobody_needs_it() -> None:
    maps, kernels, pairs = drawn(16, 1, 4, 4), drawn(2, 3, 3), [(0, 0), (1, 0)]
    activation = ACTIVATIONS[None]
    found = values_and_gradients(partial(in_kernel, pairs, 2, activation, maps), kernels)
    of_all = values_and_gradients(partial(in_kernel, pairs, 2, activation), maps, kernels)
    assert len(found) == 2
    assert torch.equal(found[1], of_all[2])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_row_with_it_is_the_row_without(
    function: Function | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = PaddedConvolution(Layer(4, 3), Image(2, 8, 9), function)
    maps = drawn(21, 2, 8, 9)
    assert module.kernels == KERNELS
    assert does(maps)

    def run(maps: Tensor) -> tuple[Tensor, ...]:
        module.zero_grad()
        out = values_and_gradients(module, maps)
        gradients = [one.grad.clone() for one in module.parameters() if one.grad is not None]
        assert [one.shape for one in gradients] == [one.shape for one in module.parameters()]
        return (*out, *gradients)

    found = run(maps)
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    module = module.double()
    assert_close(found, run(maps.double()))


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image(2, 8, 8)
    for layer in (
        Layer(4, 3, stride=2),
        Layer(4, 3, padding=1),
        Layer(4, 3, dilation=2),
        Layer(4, 3, groups=2),
    ):
        assert PaddedConvolution(layer, image).kernels == ()
    assert PaddedConvolution(Layer(4, 3), Image(16, 8, 8)).kernels == KERNELS
    assert PaddedConvolution(Layer(4, 3), Image(17, 8, 8)).kernels == ()
    assert PaddedConvolution(Layer(4, 3), image, "sigmoid").kernels == ()
    assert PaddedConvolution(Layer(4, 3), image, "softmax").kernels == ()
    assert does(drawn(16, 2, 8, 8))
    assert not does(drawn(15, 2, 8, 8))
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not does(drawn(16, 2, 8, 8))


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
def test_a_partial_row_with_it_is_the_row_without(data: st.DataObject) -> None:
    table = data.draw(connection_tables(3, 5))
    layer = Layer(5, 3, connection_table=table)
    module = PartialConvolution(layer, table, Image(3, 7, 6), "scaled tanh")
    maps = drawn(16, 3, 7, 6)
    assert module.kernels == KERNELS
    found = values_and_gradients(module, maps)
    module = module.double()
    assert_close(found, values_and_gradients(module, maps.double()))
