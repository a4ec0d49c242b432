"""A step in numbers equals autograd, torch's own SGD, and central differences."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.data import load_source
from striate.documents import Document, document_of
from striate.errors import DocumentError, ExplanationError, RecipeError
from striate.explanation import GradientStep, explain_step, read_example
from striate.explanation.formulas import Array
from striate.layers import (
    Activation,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    Input,
    Layer,
)
from striate.modules import Network, build, loss_function
from striate.networks import load
from striate.table import Row, Table


RATE = 0.3
HIDDEN: tuple[Function | None, ...] = ("tanh", "sigmoid", "ReLU", "scaled tanh", None)
ENDINGS: dict[str, tuple[tuple[Layer, Function | None], ...]] = {
    "softmax": ((FullyConnected(3), "softmax"),),
    "plain scores": ((FullyConnected(3, has_bias=False), None),),
    "a row of softmax": ((FullyConnected(3), None), (Activation("softmax"), None)),
    "one sigmoid": ((FullyConnected(1), "sigmoid"),),
}


@dataclass
class Case:
    document: Document
    network: Network
    values: Array
    label: int

    @property
    def step(self) -> GradientStep:
        return explain_step(self.document, self.network, self.values, self.label)

    def loss(self, values: Tensor | None = None) -> Tensor:
        inputs = torch.from_numpy(self.values) if values is None else values
        outputs = self.network(inputs[None])
        return loss_function(self.document.recipe)(outputs, torch.tensor([self.label]))[0]


def case_of(hidden: tuple[Function | None, ...], ending: str, seed: int) -> Case:
    """A network of random widths and numbers, in double precision."""
    random = np.random.default_rng(seed)
    layers: list[tuple[Layer, Function | None]] = [
        (FullyConnected(int(random.integers(1, 6)), has_bias=bool(random.integers(2))), function)
        for function in hidden
    ]
    layers += ENDINGS[ending]
    rows = [Row(f"F{at}", layer, function) for at, (layer, function) in enumerate(layers)]
    width = int(random.integers(1, 5))
    document = document_of(Table((Row("Input", Input.features(width)), *rows)))
    document = replace(document, recipe=replace(document.recipe, learning_rate=RATE))
    network = build(document).double()
    with torch.no_grad():
        for numbers in network.parameters():
            numbers.copy_(torch.from_numpy(random.normal(size=numbers.shape)))
    label = int(random.integers(2 if ending == "one sigmoid" else 3))
    return Case(document, network, random.normal(size=width), label)


CASES = [
    *[
        ((function,) * depth, ending)
        for function, depth, ending in product(HIDDEN, (1, 3), ENDINGS)
    ],
    *[((), ending) for ending in ENDINGS],
    (HIDDEN, "softmax"),
    (HIDDEN, "one sigmoid"),
]


@pytest.fixture(params=CASES, ids=lambda case: f"{'-'.join(map(str, case[0]))}, {case[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    hidden, ending = request.param
    return case_of(hidden, ending, CASES.index(request.param))


def slopes(function: Callable[[Array], float], at: Array) -> Array:
    """Central differences, one number at a time."""
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-6
        found[place] = (function(at + step) - function(at - step)) / 2e-6
    return found


def same(found: Array | None, expected: Tensor | None) -> None:
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_the_values_and_the_loss_are_those_of_the_network(case: Case) -> None:
    step = case.step
    trace = case.network.trace(torch.from_numpy(case.values)[None])
    *below, last = step.forward
    for row in below:
        same(row.values, trace[row.name][0])
    # torch's last row leaves its sigmoid or softmax to the loss.
    same(last.sums, trace[last.name][0])
    assert step.loss == pytest.approx(case.loss().item(), rel=1e-9)
    for row, above in zip(step.forward, step.forward[1:], strict=False):
        assert above.inputs is row.values


def test_the_gradients_are_those_of_autograd(case: Case) -> None:
    step = case.step
    inputs = torch.from_numpy(case.values)[None].requires_grad_()
    trace = case.network.trace(inputs)
    outputs = list(trace.values())[-1]
    loss = loss_function(case.document.recipe)(outputs, torch.tensor([case.label]))[0]
    names = list(trace)
    values = torch.autograd.grad(loss, [inputs, *trace.values()], retain_graph=True)
    loss.backward()  # type: ignore[no-untyped-call]
    found = {row.name: row for row in step.backward}
    same(found[names[0]].loss_by_inputs, values[0][0])
    for name, slope in zip(names[:-1], values[1:-1], strict=True):
        same(found[name].loss_by_values, slope[0])
    same(found[names[-1]].loss_by_sums, values[-1][0])
    for name, row in found.items():
        module = case.network.get_submodule(name)
        for numbers, slopes_of in (
            ("weight", row.loss_by_weights),
            ("bias", row.loss_by_biases),
        ):
            parameter = getattr(module, numbers, None)
            same(slopes_of, None if parameter is None else parameter.grad)


def test_the_gradients_are_central_differences_of_the_loss(case: Case) -> None:
    step = case.step

    def loss_with(parameter: Tensor, numbers: Array) -> float:
        kept = parameter.detach().clone()
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(numbers))
            loss = case.loss().item()
            parameter.copy_(kept)
        return loss

    for row in step.backward:
        module = case.network.get_submodule(row.name)
        for name, found in (("weight", row.loss_by_weights), ("bias", row.loss_by_biases)):
            if found is None:
                continue
            parameter = module.get_parameter(name)
            expected = slopes(
                lambda numbers, parameter=parameter: loss_with(parameter, numbers),  # type: ignore[misc]
                parameter.detach().numpy().copy(),
            )
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    expected = slopes(lambda values: case.loss(torch.from_numpy(values)).item(), case.values)
    np.testing.assert_allclose(step.backward[-1].loss_by_inputs, expected, rtol=1e-5, atol=1e-7)


def test_the_factors_of_the_chain_rule_multiply_to_dl_dz(case: Case) -> None:
    for row in case.step.backward:
        if row.values_by_sums.ndim == 1:
            product_ = row.loss_by_values * row.values_by_sums
        else:
            product_ = row.values_by_sums.T @ row.loss_by_values
        np.testing.assert_allclose(row.loss_by_sums, product_, rtol=1e-9, atol=1e-12)


def test_the_new_weights_are_those_of_torchs_sgd(case: Case) -> None:
    step = case.step
    before = [numbers.detach().clone() for numbers in case.network.parameters()]
    optimizer = torch.optim.SGD(case.network.parameters(), RATE)
    case.loss().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    for row in step.backward:
        module = case.network.get_submodule(row.name)
        same(row.new_weights, getattr(module, "weight", None))
        same(row.new_biases, getattr(module, "bias", None))
    assert step.loss_after == pytest.approx(case.loss().item(), rel=1e-9)
    assert any(
        not torch.equal(then, now)
        for then, now in zip(before, case.network.parameters(), strict=True)
    )


def test_a_step_leaves_the_network_as_it_was() -> None:
    case = case_of(("tanh",), "softmax", 1)
    before = {name: one.clone() for name, one in case.network.state_dict().items()}
    assert case.step.backward[0].new_weights is not None
    for name, values in case.network.state_dict().items():
        assert torch.equal(values, before[name])


@pytest.mark.parametrize(("score", "label"), [(800.0, 0), (-800.0, 1), (-800.0, 0), (800.0, 1)])
def test_a_score_beyond_all_doubt_has_a_finite_loss(score: float, label: int) -> None:
    case = case_of((), "one sigmoid", 0)
    with torch.no_grad():
        weight, bias = case.network.parameters()
        weight.zero_()
        bias.fill_(score)
    step = replace(case, label=label).step
    is_wrong = (score > 0) != (label == 1)
    assert step.loss == (800 if is_wrong else 0)
    assert step.backward[0].loss_by_sums.tolist() == [np.sign(score) if is_wrong else 0]


def test_maps_are_read_as_one_flat_vector() -> None:
    rows = (
        Row("Input", Input.image(1, 28, 28)),
        Row("Flat", Flatten()),
        Row("Output", FullyConnected(10), "softmax"),
    )
    document = document_of(Table(rows))
    network, source = build(document), load_source("mnist")
    inputs, label = read_example(document, source, 3)
    assert inputs.shape == (1, 1, 28, 28)
    assert (float(inputs.min()), float(inputs.max())) == (0, 1)
    assert label == int(source.train.labels[3])
    step = explain_step(document, network, inputs.flatten().double().numpy(), label)
    flat = step.backward[-1]
    assert (flat.name, flat.loss_by_weights, flat.new_biases) == ("Flat", None, None)
    images = inputs.requires_grad_()
    loss = loss_function(document.recipe)(network(images), torch.tensor([label]))[0]
    (slope,) = torch.autograd.grad(loss, images)
    np.testing.assert_allclose(flat.loss_by_inputs, slope.flatten().numpy(), rtol=1e-3, atol=1e-6)


def test_the_example_of_xor_is_read_as_the_network_reads_it() -> None:
    inputs, label = read_example(load("mlp"), load_source("xor"), 2)
    assert (inputs.tolist(), label) == ([[1.0, 0.0]], 1)


@pytest.mark.parametrize("index", [-1, 4])
def test_an_example_that_is_not_there_is_named(index: int) -> None:
    with pytest.raises(ExplanationError, match=f"{index} is none of the 4 training examples"):
        read_example(load("mlp"), load_source("xor"), index)


def refused(rows: tuple[Row, ...]) -> str:
    document = document_of(Table((Row("Input", Input.image(1, 4, 4)), *rows)), "net")
    with pytest.raises(ExplanationError) as caught:
        explain_step(document, build(document), np.zeros(16), 0)
    return str(caught.value)


def test_every_row_that_is_not_explained_is_named() -> None:
    end = Row("Output", FullyConnected(2), "softmax")
    assert "a step through C1, Drop, Soft cannot be shown." in refused(
        (
            Row("C1", Convolution(2, 3), "ReLU"),
            Row("F2", FullyConnected(4), "ReLU"),
            Row("Drop", Dropout(0.5)),
            Row("Soft", FullyConnected(4), "softmax"),
            end,
        )
    )


def test_a_table_whose_last_row_has_no_loss_is_refused() -> None:
    rows = (Row("Input", Input.features(2)), Row("F", FullyConnected(2), "tanh"))
    document = document_of(Table(rows))
    with pytest.raises(RecipeError, match="the last row gives tanh values"):
        explain_step(document, build(document), np.zeros(2), 0)


def test_a_document_with_faults_is_refused() -> None:
    document = document_of(Table((Row("Input", Input.features(2)), Row("C", Convolution(1, 3)))))
    with pytest.raises(DocumentError):
        explain_step(document, build(load("mlp")), np.zeros(2), 0)
