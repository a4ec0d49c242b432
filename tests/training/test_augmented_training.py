"""The training loop meets augmented images, and everything else sees the images as they are."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

import striate
from striate.augmentation.kinds import Flip, Rotate, Shift
from striate.augmentation.transforms import Augmenter
from striate.data import standardize
from striate.modules import build
from striate.recipe import Recipe
from striate.runtime.guard import SlowerWarning
from striate.training import start
from striate.training.checkpoint import Progress
from striate.training.loop import Trainer
from striate.training.run import Run


AUGMENTATION = (Shift(2), Rotate(10))


@pytest.fixture
def run(tmp_path: Path, small_digits: str) -> Run:
    document = striate.load("lenet5")
    recipe = replace(document.recipe, augmentation=AUGMENTATION, batch_size=100, seed=4, epochs=2)
    return start(replace(document, recipe=recipe), small_digits, tmp_path / "run")


def trainer_of(run: Run, recipe: Recipe) -> Trainer:
    network = build(replace(run.document, recipe=recipe))
    return Trainer(network, run.trainer.examples, run.document.preparation, recipe)


def test_a_step_reads_augmented_images(run: Run) -> None:
    trainer = run.trainer
    read: list[torch.Tensor] = []

    def note(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        read.append(inputs[0].clone())

    with trainer.network.register_forward_pre_hook(note), warnings.catch_warnings():
        warnings.simplefilter("ignore", SlowerWarning)  # a hook is heard by the plain network
        next(trainer.epoch())
    order = torch.randperm(1200, generator=torch.Generator().manual_seed(4 * 1_000_003))[:100]
    plain = trainer.examples.images[order].float()
    expected = Augmenter(AUGMENTATION, 4, (32, 32), trainer.examples.images)(plain, order, 0)
    assert torch.equal(read[0], standardize(expected, run.document.preparation))
    shown = trainer.batch(epoch=0, step=0)
    assert torch.equal(shown.images, expected)
    assert torch.equal(shown.labels, trainer.examples.labels[order])


def test_images_change_from_epoch_to_epoch_and_the_stored_ones_do_not(run: Run) -> None:
    trainer = run.trainer
    stored = trainer.examples.images[:].clone()
    first = trainer.batch(epoch=0, step=0)
    assert first.images.shape == (100, 1, 32, 32)
    seen = []
    for epoch in (0, 1):
        order = torch.randperm(1200, generator=torch.Generator().manual_seed(4 * 1_000_003 + epoch))
        images = [trainer.batch(epoch, step).images for step in range(trainer.steps)]
        seen.append(torch.cat(images)[order.argsort()])
    is_alike = (seen[0] == seen[1]).flatten(1).all(1)
    assert not bool(is_alike.any())
    for event in run.events():
        if isinstance(event, striate.training.EpochEnded):
            break
    assert torch.equal(trainer.examples.images[:], stored)
    again = trainer.batch(epoch=0, step=0)
    assert torch.equal(again.images, first.images)


def test_an_image_is_augmented_alike_in_small_and_large_batches(run: Run) -> None:
    seen = []
    for size in (100, 7):
        trainer = trainer_of(run, replace(run.document.recipe, batch_size=size))
        batches = [trainer.batch(1, step).images for step in range(trainer.steps)]
        seen.append(torch.cat(batches))
    assert torch.equal(*seen)


def test_a_run_that_goes_on_from_a_checkpoint_ends_bit_for_bit_the_same(run: Run) -> None:
    recipe = replace(run.document.recipe, batch_size=300, augmentation=(*AUGMENTATION, Flip()))
    unbroken = trainer_of(run, recipe)
    for epoch in range(2):
        for _ in unbroken.epoch():
            pass
        unbroken.progress = Progress(epoch=epoch + 1)
    broken = trainer_of(run, recipe)
    steps = broken.epoch()
    next(steps)
    next(steps)
    state = {name: values.clone() for name, values in broken.state().items()}
    resumed = trainer_of(run, recipe)
    resumed.restore(state, Progress(step=2))
    for epoch in range(2):
        for _ in resumed.epoch():
            pass
        resumed.progress = Progress(epoch=epoch + 1)
    for name, values in unbroken.state().items():
        assert torch.equal(resumed.state()[name], values), name


def test_held_out_and_test_images_stay_as_they_are(tmp_path: Path, small_digits: str) -> None:
    document = striate.load("lenet5")
    runs = [
        start(
            replace(document, recipe=replace(document.recipe, validation=50, augmentation=kinds)),
            small_digits,
            tmp_path / str(len(kinds)),
        )
        for kinds in ((), AUGMENTATION)
    ]
    for run in runs:
        assert torch.equal(run.held_out.images[:], runs[0].held_out.images[:])
        assert torch.equal(run.test.images[:], runs[0].test.images[:])
    # The same weights, as the first ones do not hang on augmentation.
    assert runs[0].measure(runs[0].test).loss == runs[1].measure(runs[1].test).loss
