"""The kernel of chains of full layers beside torch's layers in double precision."""

import math
from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor

import striate
from shaken_network import shaken
from striate import Add, Dropout, FullyConnected, Input, Row, Table
from striate.documents import document_of
from striate.kernels import Kernel
from striate.kernels.full_chain import KERNEL, MOST_WEIGHTS
from striate.layers import Function
from striate.modules import build
from striate.recipe import Loss, Recipe
from striate.runtime import Outcome, TrainingForm
from striate.runtime.one_call import one_call_step


FUNCTIONS: list[Function | None] = [None, "sigmoid", "ReLU"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def with_one_unit(function: Function, value: float) -> Outcome:
    """Take a step of a network with one hidden unit whose weights are 1 and that sees one value."""
    rows = (
        Row("in", Input.features(1)),
        Row("H", FullyConnected(1, has_bias=False), function),
        Row("out", FullyConnected(1, has_bias=False), "sigmoid"),
    )
    network = build(document_of(Table(rows)))
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(1.0)
    form = TrainingForm(network, Recipe(loss="binary-cross-entropy"))
    assert form.kernels == (KERNEL,)
    return form.backward(torch.tensor([[value]]), torch.tensor([1]))


@pytest.mark.parametrize("value", [-1e30, -80.0, -3.0, 0.0, 0.7, 80.0, 1e30])
def test_the_sigmoid_is_exact_to_few_places(value: float) -> None:
    hidden = torch.sigmoid(torch.tensor(value, dtype=torch.float64))
    assert with_one_unit("sigmoid", value).loss == pytest.approx(
        float(torch.nn.functional.softplus(-hidden)), rel=1e-6
    )


@pytest.mark.parametrize("function", ["sigmoid", "ReLU"])
def test_what_is_not_a_number_stays_so(function: Function) -> None:
    assert math.isnan(with_one_unit(function, math.nan).loss)


def in_one_call(*rows: Row) -> bool:
    return KERNEL in TrainingForm(build(document_of(Table(rows))), Recipe()).kernels


def test_which_networks_are_a_chain() -> None:
    start = Row("Input", Input.features(16))
    first, second = (Row(name, FullyConnected(8), "ReLU") for name in ("A", "B"))
    last = Row("Output", FullyConnected(10), "softmax")
    assert in_one_call(start, first, second, last)
    assert in_one_call(start, last)
    assert not in_one_call(start, first, Row("D", Dropout(0.5)), second, last)
    assert not in_one_call(start, Row("A", FullyConnected(8), "tanh"), second, last)
    large = Row("A", FullyConnected(MOST_WEIGHTS // 16 + 1), "ReLU")
    assert not in_one_call(start, large, second, last)
    both = Row("Both", Add(), reads=("A", "B"))
    assert not in_one_call(start, first, second, both, last)


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    network = shaken(build(striate.load("mlp")))
    step = one_call_step(network, striate.load("mlp").recipe)
    assert step is not None
    values = drawn(3, 2)
    assert step.does(values)
    assert not step.does(values.double())
    assert not step.does(values.to("meta"))
    assert not step.does(values[:, :1])
    assert not step.does(values[:0])
    assert not step.does(values.requires_grad_())
    network.get_parameter("H1.weight").requires_grad = False
    assert one_call_step(network, striate.load("mlp").recipe) is None
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not step.does(drawn(3, 2))


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
    form = TrainingForm(network, recipe)
    assert form.kernels == (KERNEL,)
    outcome = form.backward(inputs, labels)
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
        form = TrainingForm(network, Recipe(loss=loss))
        with pytest.raises(IndexError, match=f"none of the numbers of {units} outputs"):
            form.backward(torch.zeros(2, 2), torch.tensor([0, label]))


def test_products_of_bf16_go_the_way_of_torch() -> None:
    network = build(striate.load("mlp"))
    recipe = Recipe(loss="binary-cross-entropy", precision="bf16")
    assert TrainingForm(network, recipe).kernels == ()
