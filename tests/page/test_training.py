"""A run is shown while it trains: what its folder holds, epoch by epoch, and nothing in the folder is touched."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import striate
from striate.errors import SeeingError, TrainingError
from striate.page import RunWatch, Session
from striate.training import EpochEnded, Event, Run, run as story, start


def begun(folder: Path, preparation: striate.Preparation | None = None) -> Run:
    """Set up a run of two short epochs."""
    draws = np.random.default_rng(1)
    pictures, labels = draws.integers(0, 256, (60, 12, 12), np.uint8), np.arange(60) % 3
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 12, 12)),
            striate.Row("C1", striate.Convolution(2, kernel=5, stride=3), "ReLU"),
            striate.Row("Output", striate.FullyConnected(3), "softmax"),
        )
    )
    document = striate.document_of(table, "tiny", preparation)
    recipe = replace(document.recipe, epochs=2, batch_size=20, validation=15)
    data = {"train": (pictures, labels), "test": (pictures[:9], labels[:9])}
    return start(replace(document, recipe=recipe), data, folder)


def until_epoch_ended(events: Iterator[Event]) -> None:
    next(event for event in events if isinstance(event, EpochEnded))


def test_a_run_is_shown_as_it_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "_SAVE_SHARE", 1e9)  # after each epoch, however short
    folder = tmp_path / "run"
    run = begun(folder)
    events, trained = run.events(), run.trainer.network
    next(events)
    watch = RunWatch(folder)
    assert RunWatch.is_run(folder)
    session = Session(watch.bundle(), run=watch)
    shown = session.answer()["record"]["training"]
    assert (shown["goes_on"], shown["epochs"], shown["history"]) == (True, 2, [])
    assert session.training(shown["stamp"]) == {}

    until_epoch_ended(events)
    after = session.training(shown["stamp"])["record"]["training"]
    assert [record["epoch"] for record in after["history"]] == [1]
    assert after["stamp"] == after["shown"] != shown["stamp"]
    assert_same(session, trained)

    # Who has changed something keeps it until all is put back.
    session.set_number("C1", "bias", 0, 7.0)
    before = {name: values.clone() for name, values in trained.state_dict().items()}
    until_epoch_ended(events)
    waiting = session.training(after["stamp"])["record"]["training"]
    assert len(waiting["history"]) == 2
    assert waiting["shown"] == after["stamp"] != waiting["stamp"]
    assert float(session.bundle.network.C1.bias[0].detach()) == 7  # type: ignore[index, union-attr]
    session.reset()
    session.training(waiting["stamp"])
    assert_same(session, trained)
    assert any(
        not torch.equal(before[name], values) for name, values in trained.state_dict().items()
    )

    for _ in events:
        pass
    ended = session.training(waiting["stamp"])["record"]["training"]
    assert ended["goes_on"] is False
    best = striate.load_bundle(folder)
    assert session.bundle.classes == best.classes == ("0", "1", "2")
    assert_same(session, best.network)
    assert not list(folder.glob("*.tmp"))


def assert_same(session: Session, network: torch.nn.Module) -> None:
    found = session.bundle.network.state_dict()
    for name, values in network.state_dict().items():
        assert torch.equal(found[name], values), name


def test_a_run_that_subtracts_a_mean_is_shown_when_it_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = begun(folder, striate.Preparation(subtract="channel-mean"))
    with pytest.raises(TrainingError) as caught:
        RunWatch(folder).bundle()
    assert str(caught.value) == (
        f"{folder}: the mean of its training images, which its network subtracts, is written down when it ends.\n"
        "  Needed: a run that has ended, or was interrupted by Ctrl-C.\n"
        "  Fix: wait for its end; its curves are in curves.png."
    )
    run.folder.release()


def test_a_network_of_no_run_has_no_training(tmp_path: Path) -> None:
    run = begun(tmp_path / "run")
    session = Session(RunWatch(tmp_path / "run").bundle())
    with pytest.raises(SeeingError, match=r"^training: the page has nothing of this name\."):
        session.training("")
    run.folder.release()
