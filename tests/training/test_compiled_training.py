"""LeNet-5 trained by kernels, beside LeNet-5 trained by torch."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

import striate
from gradients import assert_close
from striate.kernels import (
    Kernel,
    convolution,
    full_layer,
    lanes,
    straight_network,
    subsampling,
)
from striate.kernels.kernel import SWITCH
from striate.modules import Network, build, loss_function
from striate.training import EpochEnded, Event, Interrupted, resume, start
from striate.training.checkpoint import load_checkpoint


LENET5 = striate.load("lenet5")
KERNELS = (lanes.KERNEL, convolution.KERNEL, subsampling.KERNEL, full_layer.KERNEL)


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.compiling._LEAST_PRODUCTS", 0)
    for kernel in (*KERNELS, straight_network.KERNEL):
        compiled(kernel)


def step(network: Network, images: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
    """Give the distances, and the gradients of all numbers."""
    network.zero_grad()
    distances = network(images)
    loss = loss_function(LENET5.recipe)(distances, labels).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [one.grad for one in network.parameters() if one.grad is not None]
    return (distances.detach(), *(one.clone() for one in gradients))


@pytest.mark.parametrize("images", [16, 37, 128])
def test_a_step_is_that_of_torch_in_double_precision(
    images: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build(LENET5)
    assert network.kernels == KERNELS
    generator = torch.Generator().manual_seed(images)
    pixels = torch.rand(images, 1, 32, 32, generator=generator)
    labels = torch.randint(0, 10, (images,), generator=generator)
    found = step(network, pixels, labels)
    calls: list[str] = []
    whole = Kernel.__call__

    def noted(kernel: Kernel, function: str, *values: Tensor | float | None) -> None:
        calls.append(function)
        whole(kernel, function, *values)

    monkeypatch.setattr(Kernel, "__call__", noted)
    assert all(map(torch.equal, step(network, pixels, labels), found))
    forward = ["convolve", "subsample", "convolve", "subsample", "weigh", "weigh"]
    assert [name for name in calls if name != "lay"] == [*forward, *["differentiate"] * 6]
    monkeypatch.setenv(SWITCH, "off")
    assert_close(found, step(copy.deepcopy(network).double(), pixels.double(), labels))


def test_a_network_with_kernels_travels() -> None:
    network = build(LENET5)
    images = torch.rand(16, 1, 32, 32)
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert torch.equal(other(images), network(images))


def train(
    data: str, folder: Path, stop_in: int | None = None
) -> tuple[list[float], dict[str, Tensor]]:
    """Give the loss of each epoch, and the last state."""
    recipe = replace(LENET5.recipe, epochs=3, batch_size=50, validation=130)
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
    return losses, load_checkpoint(folder / "checkpoint.safetensors")[0]


def test_a_run_ends_as_one_of_torch(
    small_digits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses, numbers = train(small_digits, tmp_path / "on")
    again = train(small_digits, tmp_path / "again")
    stopped = train(small_digits, tmp_path / "stopped", stop_in=2)
    for other in (again, stopped):
        assert other[0] == losses
        assert all(torch.equal(one, numbers[name]) for name, one in other[1].items())
    monkeypatch.setenv(SWITCH, "off")
    plain, _ = train(small_digits, tmp_path / "off")
    assert plain != losses  # they do round in other ways
    assert losses == pytest.approx(plain, rel=2e-3)
