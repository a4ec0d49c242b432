"""The kernel of chains of full layers beside torch's layers in double precision."""

from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor

import striate
from shaken_network import shaken
from striate import Activation, Add, Dropout, FullyConnected, Input, Row, Table
from striate.documents import document_of
from striate.kernels import Kernel
from striate.kernels.full_chain import KERNEL, MOST_WEIGHTS, does
from striate.layers import Function
from striate.modules import build
from striate.modules.chains import Chain, chain_row
from striate.modules.functions import apply
from striate.modules.rows import FlatLinear
from striate.recipe import Loss, Recipe
from striate.training.gradients import Backpropagation


FUNCTIONS: list[Function | None] = [None, "sigmoid", "ReLU"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def values_and_gradients(
    run: Callable[[Tensor], Tensor], modules: list[FlatLinear], values: Tensor
) -> list[Tensor]:
    values = values.detach().requires_grad_()
    parameters = [one for module in modules for one in module.parameters()]
    for one in parameters:
        one.grad = None
    out = run(values)
    out.backward(drawn(*out.shape, seed=1).to(out.dtype))  # type: ignore[no-untyped-call]
    return [out.detach(), *(one.grad for one in (values, *parameters) if one.grad is not None)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_is_the_layers_of_torch_in_double_precision(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 70), min_size=3, max_size=5))
    examples = data.draw(st.integers(1, 40))
    functions = [data.draw(st.sampled_from(FUNCTIONS)) for _ in sizes[1:]]
    modules = [
        FlatLinear(FullyConnected(units, has_bias=data.draw(st.booleans())), features)
        for features, units in pairwise(sizes)
    ]
    rows = list(zip(modules, functions, strict=True))
    values = drawn(examples, sizes[0])
    assert does(values)
    found = values_and_gradients(Chain(rows), modules, values)
    exact_modules = [deepcopy(one).double() for one in modules]

    def in_torch(values: Tensor) -> Tensor:
        for module, function in zip(exact_modules, functions, strict=True):
            values = module(values)
            values = values if function is None else apply(function, values)
        return values

    exact = values_and_gradients(in_torch, exact_modules, values.double())
    assert len(found) == len(exact)
    for one, other in zip(found, exact, strict=True):
        assert one.dtype == torch.float32
        assert float((one - other).abs().max()) <= 1e-5 * float(other.abs().max()) + 1e-7


def one_layer(function: Function, values: Tensor) -> tuple[Tensor, Tensor]:
    """Run a chain of two single units of weight 1, of which the first has no activation."""
    modules = [FlatLinear(FullyConnected(1, has_bias=False), 1) for _ in range(2)]
    with torch.no_grad():
        for module in modules:
            module.weight.fill_(1.0)
    values = values.view(-1, 1).requires_grad_()
    out = Chain([(modules[0], None), (modules[1], function)])(values)
    out.sum().backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    return out.detach().flatten(), values.grad.flatten()


def test_the_sigmoid_is_exact_to_few_places() -> None:
    values = torch.cat((torch.linspace(-80, 80, 100_001), torch.tensor([-1e30, 1e30])))
    out, slopes = one_layer("sigmoid", values.clone())
    exact = torch.sigmoid(values.double())
    assert ((out - exact).abs() <= 5e-7 * exact + 1e-38).all()
    assert float((slopes - exact * (1 - exact)).abs().max()) < 2e-7


@pytest.mark.parametrize("function", ["sigmoid", "ReLU"])
def test_what_is_not_a_number_stays_so(function: Function) -> None:
    out, _ = one_layer(function, torch.tensor([0.5, torch.nan, -1.0]))
    assert out.isnan().tolist() == [False, True, False]


def test_gradients_that_nobody_needs_are_left_out() -> None:
    network = striate.build(striate.load("mlp"))
    values = drawn(3, 2)
    network(values).sum().backward()
    assert values.grad is None
    assert all(one.grad is not None for one in network.parameters())
    with torch.no_grad():
        assert not network(values).requires_grad


def lengths(*rows: Row) -> list[int]:
    """Give how many rows run at a time."""
    return [len(steps) for _, steps in striate.build(Table((*rows,))).parts]


def test_which_rows_are_a_chain() -> None:
    start = Row("Input", Input.image(1, 4, 4))
    first, second = (Row(name, FullyConnected(8), "ReLU") for name in ("A", "B"))
    last = Row("Output", FullyConnected(10), "softmax")
    assert lengths(start, first, second, last) == [3]
    assert lengths(start, first, Row("D", Dropout(0.5)), second, last) == [1, 1, 2]
    assert lengths(start, Row("A", FullyConnected(8), "tanh"), second, last) == [1, 2]
    large = Row("A", FullyConnected(MOST_WEIGHTS // 16 + 1), "ReLU")
    assert lengths(start, large, Row("C", FullyConnected(4)), second, last) == [1, 3]
    assert lengths(start, last) == [1]
    both = Row("Both", Add(), reads=("A", "B"))
    assert lengths(start, first, second, both, last) == [1, 1, 1, 1]
    assert lengths(start, Row("A", FullyConnected(8)), Row("N", Activation("ReLU")), last) == [
        1,
        1,
        1,
    ]


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chain_row(torch.nn.Linear(2, 2), None) is None
    values = drawn(3, 2)
    assert does(values)
    assert not does(values.double())
    assert not does(values.to("meta"))
    with torch.autocast("cpu", torch.bfloat16):
        assert not does(values)
    network = striate.build(striate.load("mlp"))
    assert network.kernels == (KERNEL,)
    with_it = network(values)
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not does(values)
    torch.testing.assert_close(network(values), with_it)
    outputs = list(network.trace(values).values())
    torch.testing.assert_close(outputs[-1], with_it)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_loss_and_gradients_in_one_call_are_those_of_torch_in_double_precision(
    data: st.DataObject,
) -> None:
    is_binary = data.draw(st.booleans())
    units = 1 if is_binary else data.draw(st.integers(2, 40))
    activation = data.draw(st.sampled_from(FUNCTIONS[1:]))
    table = Table(
        (
            Row("in", Input.features(data.draw(st.integers(1, 40)))),
            Row("H", FullyConnected(data.draw(st.integers(1, 40)), has_bias=False), activation),
            Row("out", FullyConnected(units), "sigmoid" if is_binary else "softmax"),
        )
    )
    network = shaken(build(document_of(table)))
    exact = deepcopy(network).double()
    count = data.draw(st.integers(1, 40))
    inputs = drawn(count, network.walk.input.elements, seed=2)
    labels = torch.randint(0, max(units, 2), (count,), generator=torch.Generator().manual_seed(3))
    recipe = Recipe(loss="binary-cross-entropy" if is_binary else "cross-entropy")
    gradients = Backpropagation(network, recipe, inputs.device)
    assert gradients.whole is not None
    outcome = gradients(inputs, labels)
    scores = exact(inputs.double())
    if is_binary:
        chances = scores.squeeze(1).sigmoid()
        losses = -torch.where(labels == 1, chances, 1 - chances).log()
        wrong = (chances > 0.5) != (labels == 1)
    else:
        losses = -scores.log_softmax(1)[range(count), labels]
        wrong = scores.argmax(1) != labels
    losses.mean().backward()  # type: ignore[no-untyped-call]
    assert outcome.loss == outcome.own_loss
    assert outcome.loss == pytest.approx(float(losses.mean().detach()), rel=1e-5, abs=1e-6)
    assert outcome.errors == int(wrong.sum())
    for one, other in zip(network.parameters(), exact.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert (
            float((one.grad - other.grad).abs().max())
            <= 1e-5 * float(other.grad.abs().max()) + 1e-7
        )


def test_a_label_without_an_output_is_refused_as_torch_refuses_it() -> None:
    cases: list[tuple[int, Function, Loss, int]] = [
        (3, "softmax", "cross-entropy", 3),
        (3, "softmax", "cross-entropy", -1),
        (1, "sigmoid", "binary-cross-entropy", 2),
    ]
    for units, function, loss, label in cases:
        rows = (
            Row("in", Input.features(2)),
            Row("H", FullyConnected(2), "ReLU"),
            Row("out", FullyConnected(units), function),
        )
        network = build(document_of(Table(rows)))
        gradients = Backpropagation(network, Recipe(loss=loss), torch.device("cpu"))
        with pytest.raises(IndexError, match=f"none of the numbers of {units} outputs"):
            gradients(torch.zeros(2, 2), torch.tensor([0, label]))


def test_networks_with_more_than_a_chain_go_the_way_of_torch() -> None:
    rows = (
        Row("in", Input.features(2)),
        Row("H", FullyConnected(4), "ReLU"),
        Row("drop", Dropout(0.5)),
        Row("out", FullyConnected(2), "softmax"),
    )
    network = build(document_of(Table(rows)))
    assert Backpropagation(network, Recipe(), torch.device("cpu")).whole is None
    whole = build(document_of(Table((rows[0], rows[1], rows[3]))))
    recipe = Recipe(precision="bf16")
    assert Backpropagation(whole, recipe, torch.device("cpu")).whole is None
