"""Steps that are captured learn what the same steps learn operation by operation.

There is no card here: `RecordedGraph` stands in for its graph.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import striate
from recorded_graph import RecordedGraph, Recorder
from striate.data import Examples
from striate.documents import Document, document_of
from striate.layers import (
    Add,
    BatchNormalization,
    Convolution,
    Dropout,
    Embedding,
    FullyConnected,
    Input,
    MaxPooling,
    SideHead,
)
from striate.modules import Network, WordVectors, build
from striate.modules.convolutions import FullWidthConvolution
from striate.networks import network_names
from striate.recipe import Precision, Recipe
from striate.table import Row, Table
from striate.training import Began, Finished, run as run_module, start
from striate.training.captured import CapturedPass
from striate.training.capturing import SWITCH, capture_for, is_bound_by_launches, launches_of
from striate.training.gradients import Backpropagation
from striate.training.loop import Trainer


EXAMPLES, BATCH, EPOCHS = 20, 8, 3
FULL_BATCHES = EXAMPLES // BATCH * EPOCHS
REFUSED = (
    "Operations are launched one by one, which is slower. CUDA graph: torch cannot capture a step: "
    "operation not permitted when stream is capturing: {}. "
    "To leave this line out, set the variable STRIATE_GRAPHS to off."
)
RECIPE = {"epochs": EPOCHS, "batch_size": BATCH, "augmentation": (), "precision": "fp32"}


def shipped(name: str, **fields: Any) -> Document:
    document = striate.load(name)
    return replace(document, recipe=replace(document.recipe, **{**RECIPE, **fields}))


def of_table(rows: tuple[Row, ...], **fields: Any) -> Document:
    return replace(document_of(Table(rows), "small"), recipe=Recipe(**{**RECIPE, **fields}))


def text_cnn() -> Document:
    document = shipped("text-cnn-multichannel")
    rows = tuple(
        replace(row, layer=replace(row.layer, words=30))
        if isinstance(row.layer, Embedding)
        else row
        for row in document.table.rows
    )
    return replace(document, table=Table(rows))


DROPPED = (
    Row("in", Input.image(1, 6, 6)),
    Row("C1", Convolution(2, 3, padding="same"), "ReLU"),
    Row("D1", Dropout(0.5)),
    Row("C2", Convolution(2, 3, padding="same"), "ReLU"),
    Row("sum", Add(), reads=("C1", "C2")),
    Row("D2", Dropout(0.4)),
    Row("out", FullyConnected(3), "softmax"),
    Row("aux", SideHead(0.3), reads=("C1",)),
    Row("aux out", FullyConnected(3), "softmax"),
    Row("late", SideHead(0.2), reads=("C2",)),
    Row("late out", FullyConnected(3), "softmax"),
)
NORMALIZED = (
    Row("in", Input.image(1, 8, 8)),
    Row("C1", Convolution(4, 3, padding="same")),
    Row("N1", BatchNormalization(), "ReLU"),
    Row("S1", MaxPooling(2)),
    Row("hidden", FullyConnected(8, max_norm=0.5), "tanh"),
    Row("out", FullyConnected(3), "softmax"),
)

DOCUMENTS = {
    "mlp": shipped("mlp", momentum=0.9, weight_decay=0.01, schedule="one-cycle", warmup=0.3),
    "lenet5": shipped("lenet5"),
    "lenet5 by Muon": shipped("lenet5", optimizer="muon", weight_decay=0.1),
    "dropout and heads": of_table(DROPPED, optimizer="adamw", learning_rate=0.01),
    "samples of dropout": of_table(DROPPED, optimizer="sgd", momentum=0.9, dropout_samples=3),
    "batch normalization and norms": of_table(NORMALIZED, optimizer="nesterov", momentum=0.8),
    "in bf16": of_table(NORMALIZED, precision="bf16", learning_rate=0.1),
    "sentences": text_cnn(),
}


@pytest.fixture(autouse=True)
def _as_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolve sentences as any maps, which is what a card does."""
    monkeypatch.setattr(FullWidthConvolution, "forward", nn.Conv2d.forward)


def trainer_of(document: Document, seed: int = 0) -> Trainer:
    walk = document.sound_walk()
    shape = walk.input
    draws = torch.Generator().manual_seed(seed + 1)
    classes = max(walk.trunk[-1].output.elements, 2)  # type: ignore[union-attr]
    labels = torch.randint(0, classes, (EXAMPLES,), generator=draws)
    preparation = replace(document.preparation, subtract="nothing", margin=0)
    axes = getattr(shape, "axes", None) or (shape.count,)  # type: ignore[union-attr]
    inputs = torch.randint(0, 256, (EXAMPLES, *axes), dtype=torch.uint8, generator=draws)
    if any(isinstance(row.layer, Embedding) for row in document.table.rows):
        inputs = (inputs % 31).int()
    network = build(document)
    trainer = Trainer(network, Examples(inputs, labels), preparation, document.recipe)
    for module in network.modules():
        if isinstance(module, WordVectors):
            module.has_sparse_gradient = False  # as on a card
    return trainer


def captured(document: Document) -> tuple[Trainer, RecordedGraph]:
    trainer, graph = trainer_of(document), RecordedGraph()
    trainer.network.eval()  # as a network is that was tested
    assert capture_for(trainer, graph) == ()
    assert trainer.differentiate.captured is not None
    assert all(one.grad is None for one in trainer.network.parameters())
    return trainer, graph


def learn(trainer: Trainer, steps: int | None = None) -> list[float]:
    """Train to the end, or for some steps, and give all that was counted, step by step."""
    told: list[float] = []
    progress = trainer.progress
    if progress.epoch == progress.step == 0:
        torch.manual_seed(trainer.recipe.seed)  # one trainer learns after the other
    while progress.epoch < trainer.recipe.epochs:
        for _ in trainer.epoch():
            told += [progress.loss_sum, progress.errors, *progress.head_losses.values()]
            steps = None if steps is None else steps - 1
            if steps == 0:
                return told
        progress.epoch, progress.step = progress.epoch + 1, 0
    return told


def assert_same(one: Trainer, other: Trainer) -> None:
    """Compare what has been learnt, bit for bit: the operations were the same."""
    first, second = one.state(), other.state()
    assert first.keys() == second.keys()
    for name, values in first.items():
        assert torch.equal(values, second[name]), name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_captured_steps_learn_the_same(name: str) -> None:
    plain, (trainer, graph) = trainer_of(DOCUMENTS[name]), captured(DOCUMENTS[name])
    assert_same(plain, trainer)
    told, expected = learn(trainer), learn(plain)
    assert told == expected
    assert_same(trainer, plain)
    assert graph.replays == FULL_BATCHES + 1  # one before the first step, to compare


def test_what_is_tested_has_what_it_is_tested_for() -> None:
    trainer, graph = captured(DOCUMENTS["batch normalization and norms"])
    learn(trainer)
    counted = trainer.network.state_dict()["N1.num_batches_tracked"]
    assert counted == EPOCHS * trainer.steps
    assert trainer.limited
    names = {operation.function._schema.name for operation in graph.operations}
    assert {"aten::convolution", "aten::convolution_backward"} <= names
    low = captured(DOCUMENTS["in bf16"])[1]
    kinds = {one.dtype for operation in low.operations for one in operation.made if one is not None}
    assert torch.bfloat16 in kinds


def owns_gradients(trainer: Trainer) -> bool:
    by_graph = trainer.differentiate.captured
    assert by_graph is not None
    pairs = zip(by_graph.parameters, by_graph.gradients, strict=True)
    return all(parameter.grad is gradient for parameter, gradient in pairs)


def an_epoch(trainer: Trainer) -> Iterator[None]:
    trainer.progress.step = 0
    yield from trainer.epoch()


def test_gradients_of_a_smaller_batch_make_way_for_those_of_the_graph() -> None:
    trainer, _ = captured(DOCUMENTS["dropout and heads"])
    owned = [owns_gradients(trainer) for _ in range(2) for _ in an_epoch(trainer)]
    assert owned == [True, True, False] * 2


@pytest.mark.parametrize("name", ["dropout and heads", "batch normalization and norms"])
def test_a_run_goes_on_within_an_epoch(name: str) -> None:
    unbroken = trainer_of(DOCUMENTS[name])
    learn(unbroken)
    broken, _ = captured(DOCUMENTS[name])
    learn(broken, steps=4)
    state, progress = broken.state(), broken.progress
    assert (progress.epoch, progress.step) == (1, 1)
    again, graph = captured(DOCUMENTS[name])
    again.restore(state, progress)
    learn(again)
    assert_same(again, unbroken)
    assert graph.replays > 1


def test_a_graph_goes_on_from_a_state_that_is_put_back() -> None:
    trainer, _ = captured(DOCUMENTS["dropout and heads"])
    before = {name: values.clone() for name, values in trainer.state().items()}
    first = learn(trainer, steps=2)
    trainer.restore(before, type(trainer.progress)())
    assert learn(trainer, steps=2) == first


class Waiting(nn.Module):
    """Read a number on the host."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps if maps.sum().item() > 0 else maps * 2


class Picking(nn.Module):
    """Pick as many numbers as are above 0."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps + maps.nonzero().sum()


class Masking(nn.Module):
    """Pick by a mask."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps + maps[maps > 0].sum()


class Carrying(nn.Module):
    """Bring numbers of the host."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps * torch.tensor([2.0])


class Frozen(nn.Module):
    """Have Python count the batches."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, values: Tensor) -> Tensor:
        self.calls += 1
        return values * self.calls


def with_module(module: nn.Module) -> Trainer:
    trainer = trainer_of(DOCUMENTS["batch normalization and norms"])
    trainer.network.hidden.register_forward_hook(lambda _, __, values: module(values))  # type: ignore[union-attr]
    return trainer


@pytest.mark.parametrize(
    ("module", "operation"),
    [
        (Waiting, "aten::_local_scalar_dense"),
        (Picking, "aten::nonzero"),
        (Masking, "aten::index"),
        (Carrying, "aten::lift_fresh"),
    ],
)
def test_what_waits_for_the_card_goes_without_a_graph_and_says_so(
    module: type[nn.Module], operation: str
) -> None:
    trainer, plain = with_module(module()), with_module(module())
    assert capture_for(trainer, RecordedGraph()) == (REFUSED.format(operation),)
    assert trainer.differentiate.captured is None
    assert all(one.grad is None for one in trainer.network.parameters())
    assert learn(trainer) == learn(plain)
    assert_same(trainer, plain)


def test_a_graph_that_gives_something_else_is_not_used() -> None:
    trainer = with_module(Frozen())
    (line,) = capture_for(trainer, RecordedGraph())
    told = line.replace(line.split(" is ")[2].split("%")[0], "9", 1)
    assert told == (
        "Operations are launched one by one, which is slower. CUDA graph: a captured step is 9% away "
        "from the same step without a graph. To leave this line out, set the variable STRIATE_GRAPHS to off."
    )
    assert trainer.differentiate.captured is None


def test_a_graph_that_keeps_its_labels_or_loses_its_gradients_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def frozen(self: CapturedPass, inputs: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG001
        self.inputs.copy_(inputs)
        self.graph.replay()
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter.grad = gradient
        return self.figures

    def losing(self: CapturedPass, inputs: Tensor, labels: Tensor) -> Tensor:
        self.inputs.copy_(inputs)
        self.labels.copy_(labels)
        self.graph.replay()
        return self.figures

    for broken in (frozen, losing):
        monkeypatch.setattr(CapturedPass, "__call__", broken)
        assert len(capture_for(trainer_of(DOCUMENTS["lenet5"]), RecordedGraph())) == 1


@pytest.mark.parametrize(
    ("name", "precision", "is_bound"),
    [
        ("lenet5", "fp32", True),
        ("text-cnn-multichannel", "fp32", True),
        ("fashion-cnn", "fp32", False),
        ("fashion-cnn", "bf16", True),
        ("googlenet", "fp32", False),
        ("googlenet", "bf16", True),
        ("alexnet", "bf16", False),
    ],
)
def test_which_steps_wait_for_launches(name: str, precision: Precision, *, is_bound: bool) -> None:
    document = striate.load(name)
    recipe = replace(document.recipe, precision=precision)
    with torch.device("meta"):
        network = Network(document.sound_walk())
        examples = Examples(torch.zeros(1000, 1), torch.zeros(1000))
    trainer = Trainer(network, examples, replace(document.preparation, subtract="nothing"), recipe)
    assert is_bound_by_launches(trainer) == is_bound


def test_large_networks_and_processors_go_without(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, graph = trainer_of(DOCUMENTS["lenet5"]), RecordedGraph()
    assert capture_for(trainer) == ()
    assert trainer.differentiate.captured is None
    monkeypatch.setenv(SWITCH, "off")
    assert capture_for(trainer, graph) == ()
    monkeypatch.delenv(SWITCH)
    trainer.network.walk = striate.load("vgg16").sound_walk()
    assert capture_for(trainer, graph) == ()
    assert trainer.differentiate.captured is None
    assert not graph.operations


def test_a_run_with_a_graph_ends_as_one_without(
    small_digits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = shipped("lenet5", epochs=2, batch_size=64, validation=200)
    ends = {}
    for name, refusing in (("plain", ()), ("refused", ("No.",)), ("captured", None)):
        graph = RecordedGraph()

        def with_graph(
            trainer: Trainer, graph: RecordedGraph = graph, told: tuple[str, ...] | None = refusing
        ) -> tuple[str, ...]:
            return capture_for(trainer, graph) if told is None else told

        monkeypatch.setattr(run_module, "capture_for", with_graph)
        run = start(document, small_digits, tmp_path / name)
        first, *_, last = run.events()
        assert isinstance(first, Began)
        assert isinstance(last, Finished)
        assert first.remarks[-len(refusing or ()) :] == refusing or not refusing
        assert bool(graph.replays) == run.trainer.is_captured == (name == "captured")
        ends[name] = run
    assert_same(ends["captured"].trainer, ends["plain"].trainer)
    assert_same(ends["refused"].trainer, ends["plain"].trainer)


@pytest.mark.parametrize("name", network_names())
def test_no_shipped_network_waits_for_the_card_within_a_pass(name: str) -> None:
    """Tensors of the meta device hold no numbers, and take the ways of a card through all modules."""
    document = striate.load(name)
    walk = document.sound_walk()
    with torch.device("meta"):
        network = Network(walk).train()
    network.dropout_samples = document.recipe.dropout_samples
    step = Backpropagation(network, document.recipe, torch.device("meta"))
    axes = getattr(walk.input, "axes", None) or (walk.input.count,)  # type: ignore[union-attr]
    kind = torch.float32 if len(axes) == 3 or name == "mlp" else torch.int32
    inputs = torch.zeros(2, *axes, dtype=kind, device="meta")
    labels = torch.zeros(2, dtype=torch.int64, device="meta")
    with Recorder() as recorder:
        step._differentiate(inputs, labels)
    assert 1 / 3 < len(recorder.launches) / launches_of(network) < 3
    assert all(one.grad is not None for one in network.parameters())
