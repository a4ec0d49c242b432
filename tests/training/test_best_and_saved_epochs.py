"""Which epoch is the best, and after which epochs a run is saved."""

from dataclasses import replace
from pathlib import Path

import pytest

import striate
from striate.training import EpochEnded, EpochRecord, start
from striate.training.run import Run


def begun(folder: Path, epochs: int = 5, **fields: object) -> Run:
    mlp = striate.load("mlp")
    recipe = replace(mlp.recipe, epochs=epochs, **fields)  # type: ignore[arg-type]
    return start(replace(mlp, recipe=recipe), "xor", folder / "run")


def record(epoch: int, loss: float | None, error: float | None) -> EpochRecord:
    return EpochRecord(epoch, 0.1, 1.0, 0.5, loss, error, 4, 1.0)


@pytest.mark.parametrize(
    ("loss", "error", "is_better"),
    [
        (0.9, 0.1, True),  # fewer errors count more than a larger loss
        (0.4, 0.2, True),  # as many errors: the smaller loss
        (0.5, 0.2, False),  # the same: the earlier epoch stays
        (0.6, 0.2, False),
        (0.1, 0.3, False),
    ],
)
def test_the_best_epoch_has_the_fewest_errors_then_the_smallest_loss_then_comes_first(
    tmp_path: Path,
    loss: float,
    error: float,
    is_better: bool,  # noqa: FBT001 - a case
) -> None:
    run = begun(tmp_path)
    assert run._is_best(record(1, 0.5, 0.2))
    run.trainer.progress.history = [record(1, 0.5, 0.2)]
    run.trainer.progress.best_epoch = 1
    assert run._is_best(record(2, loss, error)) is is_better
    assert run._is_best(record(2, None, None))  # nothing to choose by: the last one
    run.folder.release()


def test_of_epochs_that_are_all_alike_the_first_is_the_best(tmp_path: Path) -> None:
    # A step that is lost in rounding changes no weight.
    run = begun(tmp_path, learning_rate=1e-30, validation=1)
    ended = [event for event in run.events() if isinstance(event, EpochEnded)]
    assert len({event.record.validation_loss for event in ended}) == 1
    assert [event.is_best for event in ended] == [True, False, False, False, False]


@pytest.mark.parametrize(("share", "saved"), [(0.0, [0, 5]), (1e9, [0, 1, 2, 3, 4, 5])])
def test_short_epochs_are_not_saved_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, saved: list[int]
) -> None:
    monkeypatch.setattr("striate.training.run._SAVE_SHARE", share)
    epochs: list[int] = []
    save = Run._save

    def noted(run: Run) -> None:
        epochs.append(run.trainer.progress.epoch)
        save(run)

    monkeypatch.setattr(Run, "_save", noted)
    run = begun(tmp_path)
    run.save_seconds = 1e-9  # as if the beginning had been saved in some time
    list(run.events())
    assert epochs == saved
