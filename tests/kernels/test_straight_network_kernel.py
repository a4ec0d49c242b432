"""A straight network in one call beside double precision, and beside torch's engine."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor

import striate
from gradients import with_threads
from shaken_network import shaken
from strategies import connection_tables
from striate import (
    Activation,
    Add,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Input,
    MaxPooling,
    RadialBasis,
    Row,
    Subsampling,
    Table,
)
from striate.documents import document_of
from striate.kernels import Kernel, straight_network
from striate.kernels.straight_network import KERNEL
from striate.layers import Function
from striate.modules import Network, build, loss_function
from striate.recipe import Loss, Recipe
from striate.runtime import Outcome, TrainingForm
from striate.runtime.guard import SlowerWarning
from striate.runtime.one_call import one_call_step


CPU = torch.device("cpu")
STRAIGHT = ["lenet5", "lenet5-softmax", "mlp"]
FUNCTIONS: list[Function | None] = [None, "tanh", "scaled tanh", "ReLU", "sigmoid"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the functions of kernels that are called."""
    made: list[str] = []
    call = Kernel.__call__

    def noted(kernel: Kernel, function: str, *values: object) -> None:
        made.append(function)
        call(kernel, function, *values)

    monkeypatch.setattr(Kernel, "__call__", noted)
    return made


def is_straight(network: Network) -> bool:
    return TrainingForm(network, Recipe()).kernels == (KERNEL,)


def batch(network: Network, count: int, classes: int = 10) -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(4)
    examples = torch.randn(count, *network.walk.input.axes, generator=draws)
    return examples, torch.randint(0, classes, (count,), generator=draws)


def taken(outputs: Tensor, loss: Loss) -> Tensor:
    """Tell what each example is taken for."""
    if loss == "binary-cross-entropy":
        return (outputs.squeeze(1) > 0).long()
    return outputs.argmin(1) if loss in {"map", "distance"} else outputs.argmax(1)


def assert_is_exact(network: Network, recipe: Recipe, examples: Tensor, labels: Tensor) -> Outcome:
    """Compare a step's loss, errors and gradients with those of torch's engine in double precision."""
    exact = deepcopy(network).double()
    outcome = TrainingForm(network, recipe).backward(examples, labels)
    outputs = exact(examples.double())
    loss = loss_function(recipe)(outputs, labels).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert outcome.loss == outcome.own_loss == pytest.approx(float(loss.detach()), rel=1e-5)
    assert outcome.errors == int((taken(outputs, recipe.loss) != labels).sum())
    found = [one.grad for one in network.parameters() if one.grad is not None]
    expected = [one.grad for one in exact.parameters() if one.grad is not None]
    assert [one.shape for one in found] == [one.shape for one in network.parameters()]
    largest = max(float(one.norm()) for one in expected)
    for one, other in zip(found, expected, strict=True):
        # Of a single number, sums of both signs may leave little.
        assert float((one - other).norm()) <= 1e-5 * float(other.norm()) + 1e-7 * largest
    return outcome


@pytest.mark.parametrize("name", STRAIGHT)
@pytest.mark.parametrize("count", [1, 15, 16, 50, 128])
def test_a_step_is_that_of_double_precision(name: str, count: int, calls: list[str]) -> None:
    document = striate.load(name)
    network = shaken(build(document))
    assert TrainingForm(network, document.recipe).kernels == (KERNEL,)
    classes = 2 if network.ending == "one score" else 10
    assert_is_exact(network, document.recipe, *batch(network, count, classes))
    assert calls == ["learn"]


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


@pytest.mark.parametrize("function", FUNCTIONS[1:])
def test_what_is_not_a_number_stays_so(function: Function) -> None:
    assert math.isnan(with_one_unit(function, math.nan).loss)


@st.composite
def maps_rows(draw: st.DrawFn) -> list[Row]:
    """Give rows of maps: their kernels of all shapes, up to rows that take several parts of sums."""
    number = partial(st.integers, 1)
    channels, height, width = draw(number(3)), draw(st.integers(9, 12)), draw(st.integers(16, 40))
    first = Convolution(draw(number(5)), (draw(number(3)), draw(number(6))))
    second = (draw(number(3)), draw(number(5)))
    maps = draw(number(6))
    table = draw(st.none() | connection_tables(first.maps, maps))
    return [
        Row("in", Input.image(channels, height, width)),
        Row("C1", replace(first, has_bias=draw(st.booleans())), draw(st.sampled_from(FUNCTIONS))),
        Row(
            "S2",
            Subsampling(
                (draw(number(2)), draw(number(2))), reduction=draw(st.sampled_from(["sum", "mean"]))
            ),
            draw(st.sampled_from(FUNCTIONS)),
        ),
        Row(
            "C3",
            Convolution(maps, second, connection_table=table),
            draw(st.sampled_from(FUNCTIONS)),
        ),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_steps_of_all_rows_and_losses_are_those_of_double_precision(data: st.DataObject) -> None:
    features = st.just([Row("in", Input.features(data.draw(st.integers(1, 40))))])
    rows = data.draw(maps_rows() | features)
    has_bias, function = data.draw(st.booleans()), data.draw(st.sampled_from(FUNCTIONS))
    rows.append(
        Row("F", FullyConnected(data.draw(st.integers(1, 40)), has_bias=has_bias), function)
    )
    loss: Loss = data.draw(
        st.sampled_from(["cross-entropy", "binary-cross-entropy", "map", "distance"])
    )
    classes = 2 if loss == "binary-cross-entropy" else data.draw(st.integers(2, 7))
    if loss in {"map", "distance"}:
        rows.append(Row("out", RadialBasis(classes)))
    elif loss == "binary-cross-entropy":
        rows.append(Row("out", FullyConnected(1), "sigmoid"))
    else:
        rows.append(Row("out", FullyConnected(classes), "softmax"))
    network = shaken(build(document_of(Table(tuple(rows)))))
    count = data.draw(st.integers(1, 70))
    recipe = Recipe(loss=loss, map_constant=3.0)
    assert TrainingForm(network, recipe).kernels == (KERNEL,)
    assert_is_exact(network, recipe, *batch(network, count, classes))


@pytest.mark.parametrize("count", [16, 33, 128])
def test_the_number_of_threads_changes_nothing(count: int) -> None:
    document = striate.load("lenet5")
    network = shaken(build(document))
    learn = TrainingForm(network, document.recipe).backward
    examples, labels = batch(network, count)

    def step() -> tuple[Tensor, ...]:
        outcome = learn(examples, labels)
        gradients = [one.grad.clone() for one in network.parameters() if one.grad is not None]
        return (torch.tensor([outcome.loss, outcome.errors]), *gradients)

    first = with_threads(1, step)
    for threads in (2, 3, 2):
        assert all(map(torch.equal, with_threads(threads, step), first))


@pytest.mark.parametrize(
    ("name", "label", "outputs"), [("lenet5", -1, 10), ("lenet5", 10, 10), ("mlp", 2, 1)]
)
def test_a_label_without_an_output_is_refused(name: str, label: int, outputs: int) -> None:
    document = striate.load(name)
    network = build(document)
    examples, labels = batch(network, 40, 2)
    labels[37] = label
    with pytest.raises(IndexError, match=f"none of the numbers of {outputs} outputs"):
        TrainingForm(network, document.recipe).backward(examples, labels)


def test_labels_are_one_an_image() -> None:
    document = striate.load("lenet5")
    network = build(document)
    examples, labels = batch(network, 16)
    learn = TrainingForm(network, document.recipe).backward
    for wrong in (labels[:15], labels.int(), labels.unsqueeze(1)):
        with pytest.raises(ValueError, match="16 examples have labels of shape"):
            learn(examples, wrong)
    strided = torch.stack((labels, labels + 20), 1)[:, 0]
    assert learn(examples, strided) == learn(examples, labels)


def test_what_is_not_a_number_is_told() -> None:
    document = striate.load("lenet5")
    network = build(document)
    examples, labels = batch(network, 40)
    examples[39, 0, 31, 31] = torch.nan
    outcome = TrainingForm(network, document.recipe).backward(examples, labels)
    assert outcome.loss != outcome.loss


@pytest.mark.parametrize("axes", [(1, 12, 12), (1, 29, 29), (1, 36, 36), (2, 32, 32), (1, 1024)])
def test_examples_of_another_size_never_reach_the_kernel(
    axes: tuple[int, ...], calls: list[str]
) -> None:
    document = striate.load("lenet5")
    learn = TrainingForm(build(document), document.recipe).backward
    with pytest.raises(RuntimeError):
        learn(torch.zeros(16, *axes), torch.zeros(16, dtype=torch.int64))
    assert "learn" not in calls


def test_weights_in_another_order_of_memory_go_by_the_engine(calls: list[str]) -> None:
    document = striate.load("lenet5-softmax")
    network = shaken(build(document))
    weight = network.get_parameter("C5.weight")
    weight.data = weight.data.to(memory_format=torch.channels_last)
    assert_is_exact(network, document.recipe, *batch(network, 20))
    assert "learn" not in calls


def test_a_step_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    network, recipe = shaken(build(striate.load("mlp"))), striate.load("mlp").recipe
    step = one_call_step(network, recipe)
    assert step is not None
    values = torch.ones(3, 2)
    assert step.does(values)
    assert not step.does(values.double())
    assert not step.does(values.to("meta"))
    assert not step.does(values[:, :1])
    assert not step.does(values[:0])
    assert not step.does(values.clone().requires_grad_())
    network.get_parameter("H1.weight").requires_grad = False
    assert one_call_step(network, recipe) is None
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not step.does(values)


def test_doubles_go_by_the_engine(calls: list[str]) -> None:
    document = striate.load("lenet5")
    network = build(document).double()
    examples, labels = batch(network, 16)
    with pytest.warns(SlowerWarning, match=r"C1.weight is torch.float64"):
        TrainingForm(network, document.recipe).backward(examples.double(), labels)
    assert "learn" not in calls


def test_only_networks_without_other_rows_are_straight() -> None:
    assert all(is_straight(build(striate.load(name))) for name in STRAIGHT)
    first = (Row("in", Input.image(1, 12, 12)), Row("C", Convolution(3, 5), "ReLU"))
    last = (Row("flat", Flatten()), Row("out", FullyConnected(4), "softmax"))
    assert is_straight(build(document_of(Table((*first, *last)))))
    both = Row("J", Add(), reads=("C", "C2"))
    twin = Row("C2", Convolution(3, 5), reads=("in",))
    assert not is_straight(build(document_of(Table((*first, twin, both, *last)))))
    large = Row("L", FullyConnected(straight_network.MOST_WEIGHTS // 192 + 1), "ReLU")
    for row in (
        large,
        Row("D", Dropout(0.5)),
        Row("P", MaxPooling(2)),
        Row("A", Activation("ReLU")),
        Row("S", Subsampling(2), "softmax"),
        Row("C2", Convolution(3, 3, padding=1)),
    ):
        assert not is_straight(build(document_of(Table((*first, row, *last)))))
    assert not is_straight(build(striate.load("fashion-cnn")))


def test_networks_of_too_many_values_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(striate.load("lenet5"))
    values = 1024 + 4704 + 1176 + 1600 + 400 + 120 + 84 + 10
    for most, fits in ((values, True), (values - 1, False)):
        monkeypatch.setattr(straight_network, "MOST_VALUES", most)
        assert is_straight(network) == fits


def test_a_frozen_row_and_half_the_width_go_by_the_engine() -> None:
    document = striate.load("lenet5")
    recipe = replace(document.recipe, precision="bf16")
    assert TrainingForm(build(document), recipe).kernels != (KERNEL,)
    network = build(document)
    network.get_parameter("C1.weight").requires_grad = False
    assert TrainingForm(network, document.recipe).kernels != (KERNEL,)


def test_the_network_itself_can_still_be_differentiated() -> None:
    document = striate.load("lenet5")
    network = shaken(build(document))
    images, labels = batch(network, 16)
    TrainingForm(network, document.recipe).backward(images, labels)
    images.requires_grad_()
    (of_images,) = torch.autograd.grad(network(images).sum(), images)
    assert float(of_images.abs().sum()) > 0
