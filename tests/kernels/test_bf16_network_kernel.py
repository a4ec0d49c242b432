"""Rows in bf16 by one call: exactly torch's where nothing is rounded, and as near where all is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor

import striate
from shaken_network import shaken
from strategies import convolutions, images
from striate.kernels import Kernel
from striate.kernels.bf16_network import KERNEL
from striate.kernels.processor import multiplies_bf16_pairs
from striate.layers import (
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    Input,
    MaxPooling,
)
from striate.modules import Network, build
from striate.runtime import InferenceForm, bf16_rows, kernels_for
from striate.runtime.bf16_network import Bf16Network
from striate.runtime.large_network import LargeNetwork
from striate.runtime.program import UnknownRowError
from striate.shapes import Image
from striate.table import Row, Table


pytestmark = pytest.mark.skipif(
    not multiplies_bf16_pairs(), reason="the processor multiplies no bf16"
)


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def of_whole_numbers(*rows: Row) -> Network:
    """A network whose products and sums are small whole numbers, which bf16 holds exactly."""
    network, generator = build(Table(rows)).eval(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for one in network.parameters():
            one.copy_(torch.randint(-1, 2, one.shape, generator=generator))
    return network


def whole_examples(network: Network, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(-2, 3, (count, *network.walk.input.axes), generator=generator).float()


def ours_of(network: Network) -> Bf16Network:
    with torch.no_grad():
        return Bf16Network(network)


def assert_exact(network: Network, count: int = 3) -> None:
    examples = whole_examples(network, count)
    with torch.no_grad():
        expected = network.double()(examples.double()).float()
    torch.testing.assert_close(ours_of(network.float())(examples), expected, rtol=0, atol=0)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_convolution_gives_the_same_sums(drawn: st.DataObject) -> None:
    image = drawn.draw(images(33))
    layer = replace(drawn.draw(convolutions(image)), connection_table=None, dilation=(1, 1))
    ending: Function | None = "ReLU" if drawn.draw(st.booleans()) else None
    network = of_whole_numbers(
        Row("Input", Input(image)),
        Row("C", layer, ending),
        Row("F", FullyConnected(drawn.draw(st.integers(1, 40)))),
    )
    assert_exact(network, drawn.draw(st.integers(1, 4)))


@given(
    st.integers(1, 70),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(5, 17),
    st.integers(5, 17),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_number_of_maps_is_pooled_the_same(
    maps: int, kernel: int, stride: int, height: int, width: int
) -> None:
    rectified = Row("C", Convolution(maps, 1), "ReLU")
    for before in ((), (rectified,)):
        assert_pooled(before, Image(maps, height, width), kernel, stride)


def assert_pooled(before: tuple[Row, ...], image: Image, kernel: int, stride: int) -> None:
    network = of_whole_numbers(
        Row("Input", Input(image)),
        *before,
        Row("P", MaxPooling((kernel, kernel), (stride, stride))),
        Row("Flatten", Flatten()),
        Row("Dropout", Dropout(0.5)),
        Row("F", FullyConnected(7)),
    )
    assert_exact(network)


@pytest.mark.parametrize("maps", [1, 15, 16, 17, 31, 32, 33, 64, 65])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_groups_and_panels_that_are_not_full(maps: int, groups: int) -> None:
    network = of_whole_numbers(
        Row("Input", Input(Image(3 * groups, 6, 16))),
        Row("C1", Convolution(maps * groups, 3, padding=1, groups=groups), "ReLU"),
        Row("F", FullyConnected(5)),
    )
    assert_exact(network)


def test_full_layers_read_maps_in_the_order_of_the_table() -> None:
    network = of_whole_numbers(
        Row("Input", Input(Image(3, 2, 4))),
        Row("F1", FullyConnected(40), "ReLU"),
        Row("F2", FullyConnected(33), "ReLU"),
        Row("F3", FullyConnected(9)),
    )
    assert_exact(network)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_fashion_cnn_is_as_near_to_double_precision_as_torch(threads: int, count: int) -> None:
    network = shaken(build(striate.load("fashion-cnn")))
    examples = torch.randn(count, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        ours = ours_of(network)(examples)
    finally:
        torch.set_num_threads(before)
    with torch.no_grad():
        theirs = LargeNetwork(network, torch.bfloat16)(examples)
        exact = network.double()(examples.double())
    largest = exact.abs().max()
    # Both round every row; neither is nearer by much.
    assert (ours - exact).abs().max() <= 2 * (theirs - exact).abs().max() + 1e-3 * largest


def test_two_networks_in_turns_keep_their_own_zeros() -> None:
    image = Row("Input", Input(Image(2, 9, 9)))
    one = of_whole_numbers(
        image, Row("C", Convolution(8, 3, padding=1)), Row("F", FullyConnected(4))
    )
    other = of_whole_numbers(
        image, Row("C", Convolution(8, 5, padding=2)), Row("F", FullyConnected(4))
    )
    for network in (one, other, one):
        assert_exact(network, 1)
    first, second = ours_of(one), ours_of(other)
    examples = whole_examples(one, 1)
    expected = first(examples), second(examples)
    for _ in range(2):
        assert torch.equal(first(examples), expected[0])
        assert torch.equal(second(examples), expected[1])


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("ending", ["ReLU", None])
def test_what_is_not_a_number_comes_out(sign: float, ending: Function | None) -> None:
    network = of_whole_numbers(
        Row("Input", Input(Image(1, 4, 4))),
        Row("C", Convolution(4, 1), ending),
        Row("P", MaxPooling((2, 2), (2, 2))),
        Row("F", FullyConnected(3)),
    )
    with torch.no_grad():
        for one in network.parameters():
            one.fill_(1.0)
    examples = torch.ones(1, 1, 4, 4)
    examples[0, 0, 1, 2] = torch.copysign(torch.tensor(torch.nan), torch.tensor(sign))
    assert ours_of(network)(examples).isnan().all()


def test_other_examples_are_refused() -> None:
    network = ours_of(build(striate.load("fashion-cnn")).eval())
    with pytest.raises(
        ValueError, match=r"\(1, 12, 12\) came to a network that reads \(1, 28, 28\)"
    ):
        network(torch.zeros(2, 1, 12, 12))


UNKNOWN = {
    "a function": (Row("C", Convolution(4, 3), "tanh"), Row("F", FullyConnected(3))),
    "a function of scores": (Row("C", Convolution(4, 3)), Row("F", FullyConnected(3), "sigmoid")),
    "scores that are rectified": (Row("C", Convolution(4, 3)), Row("F", FullyConnected(3), "ReLU")),
    "a dilation": (Row("C", Convolution(4, 3, dilation=2)), Row("F", FullyConnected(3))),
    "a padded pooling": (Row("P", MaxPooling(3, 2, padding=1)), Row("F", FullyConnected(3))),
    "a partial window": (
        Row("P", MaxPooling(2, 2, rounding="ceil")),
        Row("F", FullyConnected(3)),
    ),
    "no scores": (Row("C", Convolution(4, 3)),),
}


@pytest.mark.parametrize("rows", UNKNOWN.values(), ids=UNKNOWN)
def test_other_rows_are_left_to_torch(rows: tuple[Row, ...]) -> None:
    network = build(Table((Row("Input", Input(Image(1, 9, 9))), *rows))).eval()
    with pytest.raises(UnknownRowError):
        ours_of(network)


def test_too_many_flat_weights_are_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(striate.load("fashion-cnn")).eval()
    ours_of(network)
    monkeypatch.setattr(bf16_rows, "_MOST_FLAT", 100_000)
    with pytest.raises(UnknownRowError):
        ours_of(network)


def test_the_form_takes_it_and_follows_the_weights() -> None:
    network = build(striate.load("fashion-cnn")).eval()
    assert kernels_for(network) == (KERNEL,)
    assert kernels_for(network, "fp32") == ()
    form, examples = InferenceForm(network), torch.randn(2, 1, 28, 28)
    assert isinstance(form.now(), Bf16Network)
    before = form(examples)
    with torch.no_grad():
        next(iter(network.parameters())).mul_(2)
    assert not torch.equal(form(examples), before)
