"""Small networks in one call of a kernel, beside torch row by row."""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor

import striate
from shaken_network import shaken, shaken_shipped
from strategies import FUNCTIONS, convolutions, images, poolings, tables
from striate.documents import document_of
from striate.kernels import Kernel
from striate.kernels.processor import has_any
from striate.kernels.small_network import KERNEL, lanes
from striate.layers import (
    Convolution,
    Embedding,
    FullyConnected,
    Function,
    Input,
    ResponseNormalization,
)
from striate.modules import Network, build
from striate.runtime import InferenceForm, kernels_for
from striate.runtime.program import UnknownRowError, program_of
from striate.runtime.small_network import SmallNetwork
from striate.shapes import Words
from striate.table import Row, Table


SIZES = [1, 2, 7, 8, 15, 16, 17, 100]
"""Batches around those that the kernel takes at once: one, four, eight and sixteen examples."""

SMALL = ["lenet5", "lenet5-softmax", "mlp", "text-cnn", "text-cnn-multichannel"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def examples_for(network: Network, count: int) -> Tensor:
    shape, generator = network.walk.input, torch.Generator().manual_seed(1)
    if isinstance(shape, Words):
        layers = [row.layer for row in network.walk.table.rows]
        known = min([9, *(one.words for one in layers if isinstance(one, Embedding))])
        words = torch.randint(-1, known + 1, (count, shape.count), generator=generator)
        words[0] = 0  # a sentence of which nothing is known
        return words
    return torch.randn(count, *shape.axes, generator=generator)


def assert_same(network: Network, count: int) -> None:
    examples = examples_for(network, count)
    walk = network.walk
    words = 10**6 if isinstance(walk.input, Words) else None
    with torch.no_grad():
        by_torch = network(examples).double()
        exact = copy.deepcopy(network).double()(in_double(examples))
        program = program_of(network)
    ours = SmallNetwork(program, walk.input.axes, words, walk.total.multiply_adds)
    # Where large numbers cancel, torch's own sums are off as well.
    spread = (by_torch - exact).nan_to_num().abs().max()
    near = 1e-5 + 4 * float(spread)
    torch.testing.assert_close(ours(examples).double(), exact, rtol=1e-5, atol=near, equal_nan=True)


def in_double(examples: Tensor) -> Tensor:
    """Widen numbers; those of words stay."""
    return examples.double() if examples.is_floating_point() else examples


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("count", [1, 7])
def test_small_networks_give_the_same(name: str, count: int) -> None:
    network = shaken_shipped(name)
    assert kernels_for(network) == (KERNEL,)
    form, examples = InferenceForm(network), examples_for(network, count)
    with torch.no_grad():
        expected = network(examples)
    assert isinstance(form._made(), SmallNetwork)
    torch.testing.assert_close(form(examples), expected, rtol=1e-5, atol=1e-5)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_convolution_and_pooling_gives_the_same(drawn: st.DataObject) -> None:
    image = drawn.draw(images(12))
    rows = [Row("Input", Input(image))]
    functions = st.none() | st.sampled_from(FUNCTIONS)
    layer = drawn.draw(convolutions(image))
    rows.append(Row("C", layer, drawn.draw(functions)))
    below = layer.output(image)
    rows.append(Row("P", drawn.draw(poolings(below)), drawn.draw(functions)))
    rows.append(Row("F", FullyConnected(drawn.draw(st.integers(1, 40)))))
    network = shaken(build(document_of(Table(tuple(rows)))))
    try:
        program_of(network)
    except UnknownRowError:
        return
    assert_same(network, 2)


@given(tables())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_of_known_rows_gives_the_same(table: Table) -> None:
    network = shaken(build(document_of(table.without_heads)))
    if kernels_for(network):
        assert_same(network, 3)


def full_layers(inputs: int, *layers: tuple[int, Function | None]) -> Network:
    rows = [Row("Input", Input.features(inputs))]
    for at, (units, function) in enumerate(layers):
        rows.append(Row(f"F{at}", FullyConnected(units, has_bias=at != 1), function))
    return shaken(build(document_of(Table(tuple(rows)))))


def sparse_examples(count: int, inputs: int) -> Tensor:
    """Examples whose numbers are zero for the most part; some are zero in all of them, or in whole runs."""
    draws = torch.Generator().manual_seed(count)
    examples = torch.randn(count, inputs, generator=draws)
    examples[torch.rand(count, inputs, generator=draws) < 0.7] = 0
    examples[:, inputs // 3] = 0
    examples[:, inputs // 2 :][::3] = 0
    return examples


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("units", [5, 37, 150, 300])
def test_wide_full_layers_give_the_same(count: int, units: int) -> None:
    network = full_layers(67, (units, "ReLU"), (33, "softmax"), (10, None))
    examples = sparse_examples(count, 67)
    with torch.no_grad():
        expected = network(examples)
    torch.testing.assert_close(InferenceForm(network)(examples), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("function", [*FUNCTIONS, None])
@pytest.mark.parametrize("units", [(10, 16, 1), (16, 17, 3), (1, 2, 12)])
def test_narrow_full_layers_give_the_same(
    count: int, function: Function | None, units: tuple[int, int, int]
) -> None:
    one, two, three = units
    network = full_layers(5, (one, function), (two, function), (three, None))
    examples = sparse_examples(count, 5)
    with torch.no_grad():
        expected = network(examples)
    torch.testing.assert_close(InferenceForm(network)(examples), expected, rtol=1e-5, atol=1e-5)


def test_an_example_gives_the_same_in_any_batch() -> None:
    network, examples = build(striate.load("mlp")).eval(), sparse_examples(33, 2)
    form = InferenceForm(network)
    apart = torch.cat([form(one) for one in torch.split(examples, 1)])
    torch.testing.assert_close(form(examples), apart, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("distinct", [*range(10), 15, 16, 17, 56])
def test_words_that_come_again_are_told_apart(distinct: int) -> None:
    network = copy.deepcopy(shaken_shipped("text-cnn"))
    with torch.no_grad():  # another first number would tell them apart by itself
        network.get_parameter("Vectors.weight")[:, 0] = 1
    draws = torch.Generator().manual_seed(distinct)
    words = torch.randint(0, distinct + 1, (3, 64), generator=draws)
    words[0, 4 : 4 + distinct] = 1 + torch.arange(distinct)
    with torch.no_grad():
        expected = network(words)
    form = InferenceForm(network)
    torch.testing.assert_close(form(words), expected, rtol=1e-5, atol=1e-5)
    assert isinstance(form.now(), SmallNetwork)


@pytest.mark.parametrize("reach", [1, 2, 5])
@pytest.mark.parametrize("maps", [1, 3, 16, 21])
def test_windows_of_any_reach_give_the_same(reach: int, maps: int) -> None:
    rows = (
        Row("Input", Input(Words(count=5, padding=0))),
        Row("E", Embedding(words=9, dimensions=3)),
        Row("C", Convolution(maps, kernel=(reach, 3)), "ReLU"),
        Row("F", FullyConnected(4)),
    )
    assert_same(shaken(build(document_of(Table(rows)))), 40)


def test_weights_that_are_not_finite_are_left_to_torch() -> None:
    network = full_layers(3, (4, "tanh"), (2, None))
    form, examples = InferenceForm(network), torch.tensor([[0.0, 1.0, 2.0]])
    assert isinstance(form.now(), SmallNetwork)
    with torch.no_grad():
        network.F0.weight[0, 0] = float("inf")  # type: ignore[union-attr, operator]
        expected = network(examples)
    assert expected.isnan().any()
    torch.testing.assert_close(form(examples), expected, equal_nan=True)


def test_what_is_given_is_fp32_whatever_torch_takes_by_default() -> None:
    network, examples = build(striate.load("mlp")).eval(), sparse_examples(3, 2)
    form = InferenceForm(network)
    expected = form(examples)
    torch.set_default_dtype(torch.float64)
    try:
        found = form(examples)
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)


def test_rows_that_it_does_not_know_are_left_to_torch() -> None:
    assert KERNEL not in kernels_for(build(striate.load("fashion-cnn")))  # too large
    with pytest.raises(UnknownRowError):
        program_of(
            build(Table((Row("in", Input.image(4, 3, 3)), Row("N", ResponseNormalization(3)))))
        )


def test_batches_are_shared_among_threads() -> None:
    network = shaken(build(striate.load("lenet5")))
    form, examples = InferenceForm(network), examples_for(network, 33)
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(form(examples))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_callers_do_not_disturb_each_other() -> None:
    network = shaken(build(striate.load("lenet5")))
    form, examples = InferenceForm(network), examples_for(network, 64)
    expected = form(examples)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda at: form(examples[at : at + 1]), list(range(64)) * 4))
    assert torch.equal(torch.cat(found[:64]), expected)
    assert torch.equal(torch.cat(found[-64:]), expected)


def test_examples_of_another_kind_are_made_to_fit() -> None:
    network = shaken(build(striate.load("lenet5")))
    form, examples = InferenceForm(network), examples_for(network, 4)
    expected = form(examples)
    assert torch.equal(form(examples.double()), expected)
    assert torch.equal(form(examples.flip(0).flip(3).flip(3).flip(0)), expected)
    assert torch.equal(form(examples.transpose(2, 3).contiguous().transpose(2, 3)), expected)
    with pytest.raises(ValueError, match=r"\(1, 28, 28\) .* reads \(1, 32, 32\)"):
        form(torch.zeros(2, 1, 28, 28))


def test_a_word_beyond_the_vocabulary_is_refused() -> None:
    network = build(striate.load("text-cnn")).eval()
    words = torch.zeros(1, 64, dtype=torch.int64)
    words[0, 7] = 18_766
    with pytest.raises(IndexError, match="18766 of a network that knows 18765"):
        InferenceForm(network)(words)


def test_functions_are_those_of_torch_to_the_last_places() -> None:
    values = torch.cat([torch.linspace(-30, 30, 4001), torch.tensor([0.0, 1e-6, -1e-6, 1e-3])])
    for function, exact in (("tanh", torch.tanh), ("sigmoid", torch.sigmoid)):
        rows = (
            Row("Input", Input.features(len(values))),
            Row("A", striate.Activation(function)),  # type: ignore[arg-type]
            Row("F", FullyConnected(len(values), has_bias=False)),
        )
        network = build(document_of(Table(rows)))
        with torch.no_grad():
            network.F.weight.copy_(torch.eye(len(values)))  # type: ignore[union-attr, operator]
        walk = network.walk
        ours = SmallNetwork(program_of(network), walk.input.axes, None, 1)(values[None])[0]
        expected = exact(values.double())
        assert float(((ours - expected) / expected.abs().clamp(min=1e-30)).abs().max()) < 1e-6


def test_vectors_are_as_wide_as_the_registers_of_the_processor() -> None:
    expected = 16 if has_any("avx512_f", "avx512") else 8 if has_any("avx", "avx2") else 4
    assert lanes() == expected
