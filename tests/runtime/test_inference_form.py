"""Networks made ready to be read give what the networks themselves give."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

import striate
from shaken_network import shaken
from strategies import tables
from striate.documents import document_of
from striate.layers import Embedding, FullyConnected
from striate.modules import Network, build
from striate.recipe import Precision
from striate.runtime import InferenceForm
from striate.runtime.guard import SlowerWarning
from striate.shapes import Words


NETWORKS = sorted(set(striate.network_names()) - {"vgg16"})  # whose weights take half a gigabyte


WIDE = 4096
"""Units of flat rows whose weights take longer to draw than all else; some of them do the same."""


def built(name: str) -> Network:
    """A shipped network of which no number is zero; rows that begin with zeros would hide the others."""
    document = striate.load(name)
    table = document.table.without_heads
    rows = tuple(
        replace(row, layer=replace(row.layer, units=64))
        if isinstance(row.layer, FullyConnected) and row.layer.units == WIDE
        else row
        for row in table.rows
    )
    return shaken(build(replace(document, table=replace(table, rows=rows))))


def examples_for(network: Network, count: int) -> Tensor:
    shape, generator = network.walk.input, torch.Generator().manual_seed(1)
    if isinstance(shape, Words):
        numbers = torch.zeros(count, shape.count, dtype=torch.int64)
        filled = shape.room // 2 + 1
        begin = shape.padding
        layers = [row.layer for row in network.walk.table.rows]
        known = min([20, *(one.words for one in layers if isinstance(one, Embedding))])
        drawn = torch.randint(0, known + 1, (count, filled), generator=generator)
        numbers[:, begin : begin + filled] = drawn
        return numbers
    return torch.randn(count, *shape.axes, generator=generator)


def outputs(network: Network, examples: Tensor) -> Tensor:
    with torch.no_grad():
        given: Tensor = network(examples)
    return given


def distance(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference, as a part of the largest output."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_networks_give_the_same(name: str) -> None:
    network = built(name)
    examples = examples_for(network, 2)
    expected = outputs(network, examples)
    assert distance(InferenceForm(network, "fp32")(examples), expected) < 1e-5
    lower = InferenceForm(network, "bf16")(examples)
    assert distance(lower, expected) < 2e-2
    assert torch.equal(lower.argmax(1), expected.argmax(1))


@pytest.mark.parametrize("name", ["fashion-cnn", "lenet5-softmax"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_blocks_of_a_batch_are_put_together_in_order(name: str, precision: Precision) -> None:
    network = built(name)
    form, examples = InferenceForm(network, precision), examples_for(network, 35)
    apart = torch.cat([form(one) for one in torch.split(examples, 1)])
    assert distance(form(examples), apart) < (1e-5 if precision == "fp32" else 2e-2)


@given(tables())
def test_any_table_gives_the_same(table: striate.Table) -> None:
    network = shaken(build(document_of(table.without_heads)))
    examples = examples_for(network, 3)
    with torch.no_grad():
        rows = network.trace(examples)
    expected = list(rows.values())[-1].flatten(1)
    # Where large numbers cancel, what is left is as uncertain as they are.
    largest = max(float(one.abs().nan_to_num(0, 0).max()) for one in rows.values())
    ours = InferenceForm(network, "fp32")(examples)
    room = 1e-5 * max(1.0, largest)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=room, equal_nan=True)


@given(tables())
@settings(max_examples=20)
def test_any_table_can_be_read_with_products_of_bf16(table: striate.Table) -> None:
    network = shaken(build(document_of(table.without_heads)))
    ours = InferenceForm(network, "bf16")(examples_for(network, 3))
    assert ours.dtype == torch.float32
    assert ours.shape == outputs(network, examples_for(network, 3)).shape


def test_a_step_of_training_is_seen() -> None:
    network = built("lenet5-softmax")
    form, examples = InferenceForm(network, "fp32"), examples_for(network, 4)
    before = form(examples)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    network.train()
    network(examples).square().sum().backward()
    optimizer.step()
    after = form(examples)
    assert network.training  # as it was
    assert not torch.allclose(after, before, atol=1e-3)
    assert distance(after, outputs(network.eval(), examples)) < 1e-5


def test_another_state_a_new_parameter_and_another_width_are_seen() -> None:
    network, other = built("lenet5-softmax"), build(striate.load("lenet5-softmax"), seed=7).eval()
    form, examples = InferenceForm(network, "fp32"), examples_for(network, 4)
    form(examples)
    network.load_state_dict(other.state_dict())
    assert distance(form(examples), outputs(other, examples)) < 1e-5
    network.F6.weight = torch.nn.Parameter(2 * network.F6.weight.detach())  # type: ignore[union-attr, operator]
    assert distance(form(examples), outputs(network, examples)) < 1e-5
    network.double()
    wide = examples.double()
    with pytest.warns(SlowerWarning, match=r"C1.weight is torch.float64"):
        read = form(wide)
    assert distance(read, outputs(network, wide)) < 1e-13


def test_weights_made_in_inference_mode_are_read_anew_each_time() -> None:
    with torch.inference_mode():
        network = built("mlp")
        form, examples = InferenceForm(network, "fp32"), examples_for(network, 2)
        form(examples)
        network.H1.bias.add_(1)  # type: ignore[union-attr, operator]
        assert distance(form(examples), outputs(network, examples)) < 1e-5


def test_other_weights_that_come_to_the_place_of_those_before_are_seen() -> None:
    network = built("mlp")
    form, examples = InferenceForm(network, "fp32"), examples_for(network, 2)
    weight = network.get_parameter("H2.weight")
    form(examples)
    for _ in range(200):  # what is freed in between is soon given out again
        weight.data = torch.zeros(1)
        weight.data = torch.randn(10, 10)
        assert distance(form(examples), outputs(network, examples)) < 1e-5


def test_examples_that_learn_are_read_as_others() -> None:
    network = built("mlp")
    examples = examples_for(network, 2).requires_grad_()
    assert not InferenceForm(network)(examples).requires_grad


@pytest.mark.parametrize("threads", [1, 2])
def test_any_number_of_threads_gives_the_same(threads: int) -> None:
    network = built("fashion-cnn")
    examples = examples_for(network, 5)
    expected = outputs(network, examples)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert distance(InferenceForm(network, "fp32")(examples), expected) < 1e-5
    finally:
        torch.set_num_threads(before)


def test_auto_is_what_training_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = built("fashion-cnn"), built("lenet5")
    for able in (True, False):
        monkeypatch.setattr(
            "striate.runtime.precision.multiplies_bf16", lambda _, is_able=able: is_able
        )
        assert InferenceForm(large).width == ("bf16" if able else "fp32")
        assert InferenceForm(small).width == "fp32"
        assert InferenceForm(large, "fp32").width == "fp32"


def test_without_onednn_torch_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    network = built("fashion-cnn")
    examples = examples_for(network, 2)
    expected = outputs(network, examples)
    monkeypatch.setattr("striate.runtime.products._is_laid_out_by_onednn", lambda _: False)
    assert distance(InferenceForm(network, "fp32")(examples), expected) < 1e-5
    assert distance(InferenceForm(network, "bf16")(examples), expected) < 2e-2
