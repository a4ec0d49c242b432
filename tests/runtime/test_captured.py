"""Steps that are captured learn what the same steps learn operation by operation.

There is no card here: `RecordedGraph` stands in for its graph.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from captured_networks import (
    DOCUMENTS,
    EPOCHS,
    FULL_BATCHES,
    assert_same,
    captured,
    learn,
    shipped,
    trainer_of,
)
from recorded_graph import RecordedGraph
from small_digits import write_small_digits
from striate.runtime import learning_rows
from striate.training import Began, Finished, learning, start
from striate.training.capturing import capture_for
from striate.training.loop import Trainer


@pytest.fixture(autouse=True)
def _as_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolve sentences as any maps, which is what a card does."""
    monkeypatch.setattr(learning_rows, "is_full_width", lambda *_: False)


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
    by_graph = trainer.form.captured
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


@pytest.mark.parametrize("name", ["C1.weight", "N1.running_mean"])
def test_a_network_that_was_moved_in_memory_is_not_the_graphs(name: str) -> None:
    document = DOCUMENTS["batch normalization and norms"]
    plain, (trainer, graph) = trainer_of(document), captured(document)
    module, _, attribute = name.partition(".")
    moved = getattr(trainer.network.get_submodule(module), attribute)
    moved.data = moved.data.clone()
    assert learn(trainer) == learn(plain)
    assert_same(trainer, plain)
    assert graph.replays == 1


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


def test_a_run_with_a_graph_ends_as_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = write_small_digits(tmp_path / "digits", 150, 50)
    document = shipped("lenet5", epochs=2, batch_size=32, validation=20)
    ends = {}
    for name, refusing in (("plain", ()), ("refused", ("No.",)), ("captured", None)):
        graph = RecordedGraph()

        def with_graph(
            trainer: Trainer, graph: RecordedGraph = graph, told: tuple[str, ...] | None = refusing
        ) -> tuple[str, ...]:
            return capture_for(trainer, graph) if told is None else told

        monkeypatch.setattr(learning, "capture_for", with_graph)
        run = start(document, digits, tmp_path / name)
        first, *_, last = run.events()
        assert isinstance(first, Began)
        assert isinstance(last, Finished)
        assert ("No." in first.remarks) == (name == "refused")
        assert bool(graph.replays) == run.trainer.is_captured == (name == "captured")
        ends[name] = run
    assert_same(ends["captured"].trainer, ends["plain"].trainer)
    assert_same(ends["refused"].trainer, ends["plain"].trainer)
