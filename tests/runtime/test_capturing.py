"""Which steps are captured, and what becomes of those that cannot be."""

import re
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

import striate
from captured_networks import (
    DOCUMENTS,
    assert_same,
    learn,
    trainer_of,
)
from recorded_graph import RecordedGraph, Recorder
from striate.data import Examples
from striate.errors.capture import capture_refused, captured_differs, not_captured
from striate.modules import Network
from striate.networks import network_names
from striate.recipe import Precision
from striate.runtime import TrainingForm
from striate.runtime.cuda_graph import CapturedPass
from striate.training.capturing import SWITCH, capture_for, is_bound_by_launches, launches_of
from striate.training.loop import Trainer


pytestmark = pytest.mark.filterwarnings("ignore::striate.runtime.guard.SlowerWarning")

REFUSED = (
    "Operations are launched one by one, which is slower. CUDA graph: torch cannot capture a step: "
    "operation not permitted when stream is capturing: {}. "
    "To leave this line out, set the variable STRIATE_GRAPHS to off."
)


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
    assert trainer.form.captured is None
    assert all(one.grad is None for one in trainer.network.parameters())
    assert learn(trainer) == learn(plain)
    assert_same(trainer, plain)


def test_a_graph_that_gives_something_else_is_not_used() -> None:
    trainer = with_module(Frozen())
    (line,) = capture_for(trainer, RecordedGraph())
    assert re.sub(r"\d+\.\d%", "31.2%", line) == not_captured(captured_differs(0.312, 0.1))
    assert trainer.form.captured is None


def test_the_words_of_what_is_not_captured() -> None:
    several = "CUDA error: operation not permitted.\nCompile with TORCH_USE_CUDA_DSA."
    assert str(capture_refused(several)) == (
        "CUDA graph: torch cannot capture a step: CUDA error: operation not permitted.\n"
        "  Needed: a step that never waits for the card, and memory for its graph.\n"
        "  Fix: set the variable STRIATE_GRAPHS to off."
    )
    assert capture_refused("").came == "torch cannot capture a step: it says nothing."
    assert str(captured_differs(0.312, 0.1)) == (
        "CUDA graph: a captured step is 31.2% away from the same step without a graph.\n"
        "  Needed: at most 10.0%.\n"
        "  Fix: set the variable STRIATE_GRAPHS to off."
    )
    assert not_captured(captured_differs(0.312, 0.1)) == (
        "Operations are launched one by one, which is slower. CUDA graph: a captured step is 31.2% away "
        "from the same step without a graph. To leave this line out, set the variable STRIATE_GRAPHS to off."
    )


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
    assert trainer.form.captured is None
    monkeypatch.setenv(SWITCH, "off")
    assert capture_for(trainer, graph) == ()
    monkeypatch.delenv(SWITCH)
    trainer.network.walk = striate.load("vgg16").sound_walk()
    assert capture_for(trainer, graph) == ()
    assert trainer.form.captured is None
    assert not graph.operations


@pytest.mark.parametrize("name", network_names())
def test_no_shipped_network_waits_for_the_card_within_a_pass(name: str) -> None:
    """Tensors of the meta device hold no numbers, and take the ways of a card through all modules."""
    document = striate.load(name)
    walk = document.sound_walk()
    with torch.device("meta"):
        network = Network(walk).train()
    network.dropout_samples = document.recipe.dropout_samples
    step = TrainingForm(network, document.recipe)
    axes = getattr(walk.input, "axes", None) or (walk.input.count,)  # type: ignore[union-attr]
    kind = torch.float32 if len(axes) == 3 or name == "mlp" else torch.int32
    inputs = torch.zeros(2, *axes, dtype=kind, device="meta")
    labels = torch.zeros(2, dtype=torch.int64, device="meta")
    with Recorder() as recorder:
        step._differentiate(inputs, labels)
    assert 1 / 3 < len(recorder.launches) / launches_of(network) < 3
    assert all(one.grad is not None for one in network.parameters())
