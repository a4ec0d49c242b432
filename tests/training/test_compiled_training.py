"""LeNet-5 trained by kernels, beside LeNet-5 trained by torch."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

import striate
from finished_runs import end_of
from small_digits import write_small_digits
from striate.kernels import Kernel, straight_network
from striate.kernels.kernel import SWITCH
from striate.training import EpochEnded, Event, Interrupted, resume, start


LENET5 = striate.load("lenet5")


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.kernels.choice._LEAST_PRODUCTS", 0)
    compiled(straight_network.KERNEL)


def train(
    data: Path, folder: Path, stop_in: int | None = None
) -> tuple[list[float], dict[str, Tensor]]:
    """Give the loss of each epoch, and the last state."""
    recipe = replace(LENET5.recipe, epochs=3, batch_size=20, validation=30)
    run = start(replace(LENET5, recipe=recipe), data, folder)
    events: list[Event] = []
    for event in run.events():
        events.append(event)
        if isinstance(event, EpochEnded) and event.record.epoch == stop_in:
            run.stop()
    if stop_in is not None:
        assert isinstance(events[-1], Interrupted)
        events += resume(folder).events()
    losses = [event.record.training_loss for event in events if isinstance(event, EpochEnded)]
    return losses, end_of(folder)


def test_a_run_ends_as_one_of_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = write_small_digits(tmp_path / "digits", 140, 50)
    losses, numbers = train(digits, tmp_path / "on")
    again = train(digits, tmp_path / "again")
    stopped = train(digits, tmp_path / "stopped", stop_in=2)
    for other in (again, stopped):
        assert other[0] == losses
        assert all(torch.equal(one, numbers[name]) for name, one in other[1].items())
    monkeypatch.setenv(SWITCH, "off")
    plain, _ = train(digits, tmp_path / "off")
    assert plain != losses  # they do round in other ways
    assert losses == pytest.approx(plain, rel=2e-3)
