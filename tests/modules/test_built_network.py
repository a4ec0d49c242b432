"""A table at work: its children, its branches, and what it keeps."""

import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import striate
from striate.layers import (
    Activation,
    Add,
    Concat,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Input,
    MaxPooling,
    RadialBasis,
)
from striate.modules import Network, build
from striate.table import Row, Table


@pytest.fixture(scope="module")
def lenet5() -> Network:
    return build(striate.load("lenet5"))


def test_children_bear_the_names_of_the_rows(lenet5: Any) -> None:
    names = [step.child for step in lenet5.steps]
    assert names == ["C1", "S2", "C3", "S4", "C5", "F6", "Output"]
    assert lenet5.C3.weight.shape == (60, 5, 5)
    assert lenet5.C5.weight.shape == (120, 16, 5, 5)
    assert lenet5.S2.bias.shape == (6,)


@pytest.mark.parametrize(("name", "numbers"), [("lenet5", 60_000), ("lenet5-softmax", 60_850)])
def test_a_network_trains_as_many_numbers_as_its_document_says(name: str, numbers: int) -> None:
    network = build(striate.load(name))
    assert sum(values.numel() for values in network.parameters()) == numbers


def test_a_network_says_what_its_last_row_gives(lenet5: Network) -> None:
    assert lenet5.ending == "distances"
    assert build(striate.load("lenet5-softmax")).ending == "scores"


def test_the_trace_has_every_row_and_ends_in_what_forward_gives(lenet5: Network) -> None:
    images = torch.randn(2, 1, 32, 32)
    trace = lenet5.trace(images)
    sizes = {row: tuple(values.shape[1:]) for row, values in trace.items()}
    assert sizes == {
        "C1": (6, 28, 28),
        "S2": (6, 14, 14),
        "C3": (16, 10, 10),
        "S4": (16, 5, 5),
        "C5": (120, 1, 1),
        "F6": (84,),
        "Output": (10,),
    }
    assert torch.equal(trace["Output"], lenet5(images))


@pytest.mark.parametrize("beside", [True, False])
def test_a_softmax_in_the_last_row_is_left_to_the_loss(*, beside: bool) -> None:
    rows = (
        (Row("F", FullyConnected(3), "softmax"),)
        if beside
        else (Row("F", FullyConnected(3)), Row("Softmax", Activation("softmax")))
    )
    network = build(Table((Row("Input", Input.features(4)), *rows)))
    examples = torch.randn(5, 4)
    scores = functional.linear(examples, *network.get_submodule("F").parameters())
    torch.testing.assert_close(network(examples), scores)
    torch.testing.assert_close(list(network.trace(examples).values())[-1], scores)


def test_a_softmax_in_a_row_above_is_taken() -> None:
    rows = (Row("A", FullyConnected(3), "softmax"), Row("B", FullyConnected(2)))
    network = build(Table((Row("Input", Input.features(4)), *rows)))
    sums = network.trace(torch.randn(5, 4))["A"].sum(dim=1)
    torch.testing.assert_close(sums, torch.ones(5))


BRANCHES = Table(
    (
        Row("Input", Input.image(2, 6, 6)),
        Row("a", Convolution(3, 3, padding="same"), "tanh"),
        Row("b", Convolution(3, 1), "ReLU", reads=("Input",)),
        Row("twice", Add(), "sigmoid", reads=("a", "b", "a")),
        Row("wide", Concat(), reads=("twice", "a", "Input")),
        Row("small", MaxPooling(2)),
        Row("left", FullyConnected(4), "tanh"),
        Row("right", FullyConnected(5), reads=("wide",)),
        Row("values", Concat(), reads=("right", "left")),
        Row("Output", FullyConnected(3), "softmax"),
    )
)


def by_hand(network: Any, image: Tensor) -> Tensor:
    a = torch.tanh(functional.conv2d(image, network.a.weight, network.a.bias, padding=1))
    b = torch.relu(functional.conv2d(image, network.b.weight, network.b.bias))
    wide = torch.cat([torch.sigmoid(2 * a + b), a, image], dim=1)
    small = functional.max_pool2d(wide, 2).reshape(len(image), -1)
    left = torch.tanh(functional.linear(small, network.left.weight, network.left.bias))
    flat = wide.reshape(len(image), -1)
    right = functional.linear(flat, network.right.weight, network.right.bias)
    values = torch.cat([right, left], dim=1)
    return functional.linear(values, network.Output.weight, network.Output.bias)


def test_branches_equal_the_same_function_written_by_hand() -> None:
    network = build(BRANCHES).double()
    image = torch.randn(3, 2, 6, 6, dtype=torch.float64)
    torch.testing.assert_close(network(image), by_hand(network, image))
    gradients = torch.autograd.grad(network(image).square().sum(), list(network.parameters()))
    expected = torch.autograd.grad(
        by_hand(network, image).square().sum(), list(network.parameters())
    )
    for found, wanted in zip(gradients, expected, strict=True):
        torch.testing.assert_close(found, wanted)


class Alive:
    """Says, whenever a row is run, which rows' outputs have not been dropped yet."""

    def __init__(self, network: Network) -> None:
        self.outputs: dict[str, weakref.ref[Tensor]] = {}
        self.seen: dict[str, set[str]] = {}
        for name, child in network.named_children():
            child.register_forward_pre_hook(self._look(name))
            child.register_forward_hook(self._keep(name))

    def _look(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def look(_module: nn.Module, _inputs: tuple[Tensor, ...]) -> None:
            self.seen[name] = {row for row, output in self.outputs.items() if output() is not None}

        return look

    def _keep(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self.outputs[name] = weakref.ref(output)

        return keep


def test_forward_drops_an_output_when_no_row_below_reads_it() -> None:
    names = ("a", "b", "c", "d", "e")
    rows = [Row(name, FullyConnected(4)) for name in names]
    table = Table(
        (
            Row("Input", Input.features(4)),
            *rows,
            Row("sum", Add(), reads=("e", "b")),
            Row("Output", FullyConnected(2)),
        )
    )
    network = build(table)
    alive = Alive(network)
    with torch.no_grad():
        network(torch.randn(2, 4))
    assert alive.seen == {
        "a": set(),
        "b": {"a"},
        "c": {"b"},
        "d": {"b", "c"},
        "e": {"b", "d"},
        "sum": {"b", "e"},
        "Output": {"sum"},
    }
    with torch.no_grad():
        kept = network.trace(torch.randn(2, 4))
    assert alive.seen["Output"] == {*names, "sum"}
    assert len(kept) == 7


@pytest.mark.parametrize(
    ("row", "attribute"),
    [
        ("inception (3a)", "inception_3a"),
        ("conv 1 / 2", "conv_1_2"),
        ("출력", "출력"),
        ("합성곱 층 1", "합성곱_층_1"),
        ("1x1", "row_1x1"),
        ("class", "row_class"),
        ("_private", "private"),
        ("C.1", "C_1"),
    ],
)
def test_every_name_becomes_an_attribute(row: str, attribute: str) -> None:
    table = Table((Row("Input", Input.features(4)), Row(row, FullyConnected(3))))
    network = build(table)
    assert getattr(network, attribute).weight.shape == (3, 4)
    assert set(network.state_dict()) == {f"{attribute}.weight", f"{attribute}.bias"}
    assert set(network.trace(torch.zeros(1, 4))) == {row}


TAKEN = ("forward", "train", "steps", "ending", "trace", "run", "children", "type", "training")


def test_a_name_that_a_module_uses_itself_gets_an_underscore() -> None:
    rows = (*TAKEN, "weight", "row forward", "Train")
    table = Table(
        (Row("Input", Input.features(4)), *(Row(name, FullyConnected(4)) for name in rows))
    )
    network = build(table, seed=1)
    children = [name for name, _ in network.named_children()]
    assert children == [*(f"{name}_" for name in TAKEN), "weight", "row_forward", "Train"]
    network.train()
    assert network.training
    assert list(network.trace(torch.zeros(1, 4))) == list(rows)
    plain = Table(
        (
            Row("Input", Input.features(4)),
            *(Row(f"F{number}", FullyConnected(4)) for number in range(len(rows))),
        )
    )
    examples = torch.randn(2, 4)
    assert torch.equal(network(examples), build(plain, seed=1)(examples))
    again = build(table, seed=2)
    again.load_state_dict(network.state_dict())
    assert torch.equal(again(examples), network(examples))


def test_no_attribute_of_a_module_keeps_a_row_from_being_built() -> None:
    names = {name for name in dir(nn.Module()) if not name.startswith("_")}
    rows = (Row(name, Flatten()) for name in sorted(names))
    table = Table((Row("Input", Input.features(4)), *rows, Row("Output", FullyConnected(2))))
    assert build(table)(torch.zeros(1, 4)).shape == (1, 2)


def test_dropout_acts_in_training_only() -> None:
    rows = (Row("drop", Dropout(0.5)), Row("sum", Flatten()))
    network = build(Table((Row("Input", Input.features(1000)), *rows)))
    ones = torch.ones(1, 1000)
    kept = network.train()(ones)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(network.eval()(ones), ones)


def test_distances_may_read_maps() -> None:
    table = Table(
        (
            Row("Input", Input.image(1, 4, 4)),
            Row("C", Convolution(3, 3)),
            Row("Output", RadialBasis(5)),
        )
    )
    network = build(table)
    image = torch.randn(2, 1, 4, 4)
    maps = network.trace(image)["C"].reshape(2, 1, 12)
    expected = (maps - network.get_buffer("Output.codes")).square().sum(dim=2)
    torch.testing.assert_close(network(image), expected)
