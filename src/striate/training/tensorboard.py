"""Events of a run as TensorBoard reads them, by its own library."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, final

from striate.errors import TrainingError
from striate.errors.training import no_tensorboard
from striate.training.events import Began, EpochEnded, Event, Finished


if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


@final
class EventLog:
    """Writes what a run measures into a folder below another one, an epoch a point.

    It is a listener: `striate.train(..., listen=EventLog("logs"))`. A run that goes on writes the epochs that follow.

    Args:
        folder: Where TensorBoard is to look; a run has a folder of its own below it, of the same name.

    Raises:
        TrainingError: The package tensorboard is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        if find_spec("tensorboard") is None:
            raise TrainingError(no_tensorboard())
        self.folder = Path(folder)
        self.writer: SummaryWriter | None = None

    def __call__(self, event: Event) -> None:
        """Write one event."""
        match event:
            case Began():
                self._begin(event)
            case EpochEnded():
                self._write(event)
            case Finished():
                self._finish(event)
            case _:
                pass

    def _begin(self, event: Began) -> None:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - of an extra

        # Epochs beyond those of the checkpoint were written by a process that was killed, and come again.
        place = self.folder / event.folder.resolve().name
        writer: SummaryWriter = SummaryWriter(str(place), purge_step=event.finished + 1)
        self.writer = writer

    def _write(self, event: EpochEnded) -> None:
        record = event.record
        figures = {
            "loss/training": record.training_loss,
            "error/training": record.training_error,
            "loss/validation": record.validation_loss,
            "error/validation": record.validation_error,
            "learning_rate": record.learning_rate,
            "examples_per_second": record.images_per_second,
            **{f"loss/{name}": loss for name, loss in record.head_losses.items()},
        }
        self._add(figures, record.epoch)

    def _finish(self, event: Finished) -> None:
        test = event.test
        figures = {"error/test": test.error, "error/test_balanced": test.balanced_error}
        self._add({**figures, "loss/test": test.loss}, event.epochs)
        if self.writer is not None:
            self.writer.close()

    def _add(self, figures: dict[str, float | None], epoch: int) -> None:
        if self.writer is None:
            return
        for name, value in figures.items():
            if value is not None:
                self.writer.add_scalar(name, value, epoch)
        self.writer.flush()
