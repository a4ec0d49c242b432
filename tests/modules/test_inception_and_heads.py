"""GoogLeNet's module beside its branches in numpy, and side heads beside a network without them."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from one_row import example
from plain_numpy import Array, convolve, pool, slopes
from striate.arithmetic import walk
from striate.documents import document_of
from striate.layers import (
    Convolution,
    FullyConnected,
    Inception,
    Input,
    MaxPooling,
    SideHead,
)
from striate.modules import Network, build
from striate.shapes import Image
from striate.table import Row, Start, Table


MODULE = Inception(2, 3, 4, 1, 2, 3)
IMAGE = Image(2, 6, 5)


def state_of(network: Network) -> dict[str, Array]:
    return {name: one.double().numpy() for name, one in network.state_dict().items()}


def by_hand(values: Array, state: Mapping[str, Array]) -> Array:
    """Each branch by itself, with a ReLU behind every convolution, and the maps in a row."""

    def convolution(name: str, below: Array, kernel: int) -> Array:
        weight, bias = state[f"module_a.{name}.weight"], state[f"module_a.{name}.bias"]
        layer = Convolution(len(weight), kernel, padding=kernel // 2)
        kernels = [dict(enumerate(one)) for one in weight]
        return np.maximum(convolve(layer, below, kernels, bias), 0)

    pooled = pool(MaxPooling(3, 1, 1), values)
    return np.concatenate(
        [
            convolution("n1x1", values, 1),
            convolution("n3x3", convolution("n3x3_reduce", values, 1), 3),
            convolution("n5x5", convolution("n5x5_reduce", values, 1), 5),
            convolution("pool_projection", pooled, 1),
        ]
    )


def test_an_inception_module_is_its_branches_side_by_side() -> None:
    table = Table((Row("Input", Input(IMAGE)), Row("module a", MODULE, "ReLU")))
    network = Network(walk(table))
    values = example(IMAGE)
    with torch.no_grad():
        found = network.double()(torch.from_numpy(values).unsqueeze(0))[0]
    assert np.allclose(found.numpy(), by_hand(values, state_of(network)).ravel())


def test_the_gradients_of_an_inception_module_are_its_slopes() -> None:
    image, module = Image(2, 4, 3), Inception(1, 2, 2, 1, 2, 1)
    network = Network(walk(Table((Row("Input", Input(image)), Row("module a", module, "ReLU")))))
    random = np.random.default_rng(2)
    state = {
        name: random.normal(size=one.shape) for name, one in network.double().state_dict().items()
    }
    network.load_state_dict({name: torch.from_numpy(one) for name, one in state.items()})
    values, factors = example(image), random.normal(size=(6, 4, 3))

    inputs = torch.from_numpy(values).unsqueeze(0).requires_grad_()
    outputs = network(inputs)[0]
    assert np.allclose(outputs.detach().numpy(), by_hand(values, state).ravel())
    assert 0 < int((outputs == 0).sum()) < len(outputs)  # some are cut off by their ReLU

    # One number in which every output has a part of its own.
    def mixed(name: str, moved: Array) -> float:
        given = {"values": values[np.newaxis], **state, name: moved}
        return float((factors * by_hand(given["values"][0], given)).sum())

    (outputs * torch.from_numpy(factors.ravel())).sum().backward()
    gradients = {"values": inputs.grad}
    gradients |= {name: one.grad for name, one in network.named_parameters()}
    assert set(gradients) == {"values", *state}
    for name, at in {"values": values[np.newaxis], **state}.items():
        found = gradients[name]
        assert found is not None
        expected = slopes(partial(mixed, name), at)
        assert expected.any()
        assert np.allclose(found.numpy(), expected, rtol=1e-6, atol=1e-7)


def test_branches_of_no_maps_are_left_out() -> None:
    layer = Inception(n3x3=4)
    assert [[name for name, _ in branch] for branch in layer.branches] == [["n3x3"]]
    assert layer.output(IMAGE) == Image(4, 6, 5)
    assert layer.cost(IMAGE) == Convolution(4, 3, padding=1).cost(IMAGE)


def headed(*heads: Row) -> Table:
    rows = (
        Row("Input", Input(IMAGE)),
        Row("C", Convolution(3, 3), "ReLU"),
        Row("D", Convolution(2, 2), "ReLU"),
        Row("Output", FullyConnected(4), "softmax"),
    )
    return Table((*rows, *heads))


HEADS = (
    Row("aux1", SideHead(0.3), reads=("C",)),
    Row("aux1 output", FullyConnected(4), "softmax"),
    Row("aux2", SideHead(0.5), reads=("D",)),
    Row("aux2 hidden", FullyConnected(5), "tanh"),
    Row("aux2 output", FullyConnected(4), "softmax"),
)


def test_side_heads_give_outputs_by_name_and_change_nothing_else() -> None:
    examples = torch.randn(3, *IMAGE.axes, generator=torch.Generator().manual_seed(0))
    bare, network = build(headed()), build(headed(*HEADS))
    network.load_state_dict(bare.state_dict(), strict=False)
    assert torch.equal(network(examples), bare(examples))
    main, heads = network.forward_with_heads(examples)
    assert torch.equal(main, bare(examples))
    assert list(heads) == ["aux1", "aux2"]
    traced = network.trace(examples)
    assert torch.equal(heads["aux1"], traced["aux1 output"])
    assert torch.equal(heads["aux2"], traced["aux2 output"])
    assert network.head_weights == {"aux1": 0.3, "aux2": 0.5}
    hidden = network.get_submodule("aux2_hidden")
    assert isinstance(hidden, nn.Linear)
    sums = functional.linear(traced["D"].flatten(1), hidden.weight, hidden.bias)
    assert torch.allclose(traced["aux2 hidden"], torch.tanh(sums))


def test_side_heads_are_no_part_of_the_totals() -> None:
    bare, walked = walk(headed()), walk(headed(*HEADS))
    assert walked.total == bare.total
    added = 4 * (3 * 4 * 3 + 1) + 5 * (2 * 3 * 2 + 1) + 4 * (5 + 1)
    assert walked.total_with_heads.parameters == bare.total.parameters + added


def test_a_row_begins_as_it_says_and_the_others_as_the_rule_says() -> None:
    table = Table(
        (
            Row("Input", Input(IMAGE)),
            Row("N", Convolution(64, 3), "ReLU", start=Start("normal", 0.03, 1.0)),
            Row("U", Convolution(64, 3), "ReLU", start=Start("uniform", 0.01)),
            Row("M", MODULE, "ReLU", start=Start("normal", 0.5, 0.2)),
            Row("Z", FullyConnected(4), "softmax", start=Start("zero")),
        )
    )
    network = build(document_of(table))
    state = network.state_dict()
    assert abs(float(state["N.weight"].std()) - 0.03) < 0.003
    assert set(state["N.bias"].tolist()) == {1.0}
    assert float(state["U.weight"].abs().max()) <= 0.01
    assert abs(float(state["U.weight"].std()) - 0.01 / 3**0.5) < 0.0005
    assert set(state["U.bias"].tolist()) == {0.0}
    assert torch.equal(state["M.n5x5.bias"], torch.full((2,), 0.2))
    assert not state["Z.weight"].any()
    assert not state["Z.bias"].any()
