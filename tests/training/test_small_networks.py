"""A small network learns the same with its steps in C++ as with torch's."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

import striate
from striate.data import Examples
from striate.errors import TrainingError
from striate.kernels import Kernel, descent, small_network, straight_network
from striate.kernels.kernel import SWITCH
from striate.training.compiling import choose_for_run
from striate.training.loop import Trainer


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(straight_network.KERNEL)
    compiled(descent.KERNEL)


def trainer(epochs: int = 5, count: int = 40, rate: float = 1.0) -> Trainer:
    document = striate.load("mlp")
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 2), dtype=torch.uint8, generator=generator)
    labels = (images[:, 0] > images[:, 1]).long()
    recipe = replace(document.recipe, batch_size=8, momentum=0.9, epochs=epochs, learning_rate=rate)
    network = striate.build(document)
    return Trainer(network, Examples(images, labels), document.preparation, recipe)


def learn(one: Trainer, epochs: int) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Give the sums of losses of some epochs, and the state after them."""
    losses = []
    for _ in range(epochs):
        for _ in one.epoch():
            pass
        progress = one.progress
        losses.append(progress.loss_sum)
        progress.epoch, progress.step, progress.loss_sum = progress.epoch + 1, 0, 0.0
    return losses, {name: values.clone() for name, values in one.state().items()}


def test_losses_and_state_are_those_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trainer().kernels == (straight_network.KERNEL, descent.KERNEL)
    losses, state = learn(trainer(), 5)
    again = learn(trainer(), 5)
    assert again[0] == losses
    assert all(torch.equal(again[1][name], values) for name, values in state.items())
    monkeypatch.setenv(SWITCH, "off")
    plain_losses, plain_state = learn(trainer(), 5)
    assert losses == pytest.approx(plain_losses, rel=1e-5)
    assert state.keys() == plain_state.keys()
    for name, values in state.items():
        torch.testing.assert_close(values, plain_state[name], rtol=1e-3, atol=1e-5)


def test_a_restored_state_goes_on_bit_for_bit() -> None:
    whole = trainer()
    learn(whole, 2)
    other = trainer()
    _, half = learn(other, 1)
    resumed = trainer()
    resumed.restore(half, other.progress)
    learn(resumed, 1)
    for name, values in whole.state().items():
        assert torch.equal(resumed.state()[name], values), name


def test_a_loss_that_is_not_finite_leaves_the_weights() -> None:
    one = trainer()
    with torch.no_grad():
        one.network.get_parameter("H2.bias")[3] = torch.nan
    before = {name: values.clone() for name, values in one.state().items()}
    with pytest.raises(TrainingError, match=r"epoch 1"):
        learn(one, 1)
    assert all(
        torch.equal(one.state()[name].nan_to_num(7), values.nan_to_num(7))
        for name, values in before.items()
    )


def test_many_steps_are_worth_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Kernel, ...]] = []

    def compile_all(kernels: tuple[Kernel, ...]) -> tuple[str, ...]:
        asked.append(kernels)
        return ("line",)

    monkeypatch.setattr("striate.kernels.choice.compile_all", compile_all)
    monkeypatch.setenv(SWITCH, "on")
    short, long = trainer(epochs=1999), trainer(epochs=2000)
    assert choose_for_run(short) == ()
    assert short.kernel_choice.names == frozenset()
    assert choose_for_run(long) == ("line",)
    assert asked == [(straight_network.KERNEL, descent.KERNEL, small_network.KERNEL)]
    assert long.kernel_choice.names == frozenset(("straight_network", "descent", "small_network"))
