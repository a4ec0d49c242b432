"""The kernel of trained subsampling beside torch's pooling in double precision."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor
from torch.nn import functional

from gradients import assert_close, drawn, values_and_gradients, with_threads
from striate.kernels import Kernel
from striate.kernels.lanes import side_by_side
from striate.kernels.subsampling import KERNELS, Subsampling, does
from striate.layers import Function, Subsampling as Layer
from striate.modules.functions import ACTIVATIONS, apply
from striate.modules.poolings import Subsample


FUNCTIONS: list[Function | None] = [None, "tanh", "scaled tanh", "ReLU"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    for kernel in KERNELS:
        compiled(kernel)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_is_the_mean_of_torch_in_double_precision(data: st.DataObject) -> None:
    number = partial(st.integers, 1)
    window = rows, columns = data.draw(number(3)), data.draw(number(4))
    height, width = data.draw(st.integers(rows, 9)), data.draw(st.integers(columns, 13))
    count, images = data.draw(number(5)), data.draw(st.integers(16, 50))
    function = data.draw(st.sampled_from(FUNCTIONS))
    share = data.draw(st.sampled_from([1.0, 1 / (rows * columns)]))
    tensors = drawn(images, count, height, width), drawn(count, seed=2), drawn(count, seed=3)

    def in_torch(maps: Tensor, gains: Tensor, biases: Tensor) -> Tensor:
        sums = functional.avg_pool2d(maps, window) * (rows * columns * share)
        return apply(function, sums * gains.view(-1, 1, 1) + biases.view(-1, 1, 1))

    def in_kernel(*tensors: Tensor) -> Tensor:
        out: Tensor = Subsampling.apply(  # type: ignore[no-untyped-call]
            *tensors, window, share, ACTIVATIONS[function]
        )
        return out

    exact = values_and_gradients(in_torch, *(one.double() for one in tensors))
    assert_close(values_and_gradients(in_kernel, *tensors), exact)


@pytest.mark.parametrize("images", [16, 23, 128])
def test_the_number_of_threads_changes_nothing(images: int) -> None:
    module = Subsample(Layer(2), 5, "tanh")
    maps = side_by_side(drawn(images, 5, 7, 6))

    def run() -> tuple[Tensor, ...]:
        module.zero_grad()
        found = values_and_gradients(module, maps)
        return (*found, *(one.grad for one in module.parameters() if one.grad is not None))

    outcomes = [with_threads(number, run) for number in (1, 2, 3)]
    for outcome in outcomes[1:]:
        assert all(torch.equal(one, other) for one, other in zip(outcome, outcomes[0], strict=True))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("layer", [Layer(2), Layer((3, 2)), Layer(2, reduction="mean")])
def test_a_row_with_it_is_the_row_without(
    layer: Layer, function: Function | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = Subsample(layer, 3, function)
    maps = side_by_side(drawn(19, 3, 7, 6))
    assert module.kernels == KERNELS
    assert does(maps)
    found = values_and_gradients(module, maps)
    gradients = tuple(one.grad.clone() for one in module.parameters() if one.grad is not None)
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    module.zero_grad()
    module = module.double()
    exact = values_and_gradients(module, maps.double())
    assert_close(found, exact)
    assert_close(gradients, tuple(one.grad for one in module.parameters() if one.grad is not None))


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Subsample(Layer(3, 2), 4).kernels == ()
    assert Subsample(Layer(2), 4, "sigmoid").kernels == ()
    maps = drawn(16, 2, 4, 4)
    assert not does(maps)  # to lay them side by side would take longer than it saves
    assert does(side_by_side(maps))
    assert not does(side_by_side(maps)[:15])
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not does(side_by_side(maps))
