"""What a run tells while it goes on; whoever listens prints it, or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from striate.data import Summary
from striate.errors.fault import counted
from striate.notebook import picture_html, table_html
from striate.prediction.evaluation import Evaluation
from striate.training.history import EpochRecord, columns_of
from striate.training.results import Guessing


@final
@dataclass(frozen=True, slots=True)
class Began:
    """The run is set up.

    Args:
        folder: Its folder.
        images: Training images.
        held_out: Images kept for validation.
        steps: Steps an epoch.
        epochs: Epochs in all.
        finished: Epochs that were finished before, when the run is resumed.
        differences: What differs from the machine or versions that the run began with.
        data: What was understood of the data.
        remarks: What was changed or cut so that network and data fit together.
        heads: Names of the side heads, as the records of epochs have them.
        recipe: Every field in force, below who has said it: `flags`, `data`, `document` or `defaults`.
    """

    folder: Path
    images: int
    held_out: int
    steps: int
    epochs: int
    finished: int
    differences: tuple[str, ...]
    data: Summary
    remarks: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    recipe: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Stepped:
    """Some steps were done.

    Args:
        epoch: Epoch at hand, from 1.
        step: Steps done in it.
        steps: Its steps.
        loss: Mean loss of the epoch so far.
        error: Part of its images so far that was given a wrong class.
        images_per_second: Speed of the epoch so far.
        seconds_left: Until the last epoch ends, at this speed.
    """

    epoch: int
    step: int
    steps: int
    loss: float
    error: float
    images_per_second: float
    seconds_left: float


@final
@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch is finished; it is saved at the latest when the next save is due.

    Args:
        record: Its numbers.
        is_best: Whether it is the best so far.
    """

    record: EpochRecord
    is_best: bool


@final
@dataclass(frozen=True, slots=True)
class Interrupted:
    """The run was asked to stop, and has saved its state.

    Args:
        folder: From which it goes on.
        epoch: Epoch at hand, from 1.
        step: Steps done in it.
    """

    folder: Path
    epoch: int
    step: int


@final
@dataclass(frozen=True, slots=True, repr=False)
class Finished:
    """The run is done.

    Args:
        folder: Its folder.
        bundle: The trained network.
        best_epoch: Epoch of the best weights.
        epochs: Epochs that were done; fewer than planned where none was better for long.
        test: What the best weights give on the test images.
        seconds: Time spent on all epochs.
        guessing: The training loss beside that of guessing, if the network has learnt no more than that.
        records: What was measured of each epoch.
    """

    folder: Path
    bundle: Path
    best_epoch: int
    epochs: int
    test: Evaluation
    seconds: float
    guessing: Guessing | None = None
    records: tuple[EpochRecord, ...] = ()

    @property
    def history(self) -> dict[str, list[float | int | None]]:
        """What was measured of each epoch, a column a figure, as `pandas.DataFrame` takes it."""
        return columns_of(self.records)

    def __repr__(self) -> str:
        """Tell the error on the test, and where the bundle lies."""
        return f"<Finished after {counted(self.epochs, 'epoch')}: {repr(self.test)[1:-1]}; {self.bundle}>"

    def _repr_html_(self) -> str:
        columns = self.history
        table = table_html(tuple(columns), zip(*columns.values(), strict=True), repr(self)[1:-1])
        curves = self.folder / "curves.png"
        drawn = picture_html(curves.read_bytes(), "curves") if curves.is_file() else ""
        return f"{table}{drawn}{self.test._repr_html_()}"


Event = Began | Stepped | EpochEnded | Interrupted | Finished
