"""What a run measured, epoch by epoch, and its two files."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, final

from striate.errors import TrainingError
from striate.errors.training import unreadable_metrics
from striate.system.files import write_durably


@final
@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One pass over the training images.

    Args:
        epoch: Counted from 1.
        learning_rate: Of its last step.
        training_loss: Mean over the images as they were trained on.
        training_error: Part of them that was given a wrong class.
        validation_loss: Mean over the held-out images; None if there are none.
        validation_error: Part of them that was given a wrong class; None if there are none.
        images: Images trained on.
        seconds: Time of the pass, validation included.
        head_losses: Mean loss of each side head, by its name, before it is weighted.
    """

    epoch: int
    learning_rate: float
    training_loss: float
    training_error: float
    validation_loss: float | None
    validation_error: float | None
    images: int
    seconds: float
    head_losses: dict[str, float] = field(default_factory=dict)

    @property
    def images_per_second(self) -> float:
        """Images trained on a second."""
        return self.images / self.seconds if self.seconds else 0.0


def write_history(folder: Path, history: Sequence[EpochRecord]) -> None:
    """Write `metrics.csv` and `metrics.jsonl`, one line an epoch.

    Both are written whole from the records that the checkpoint holds, so that a resumed run never
    repeats or loses a line.
    """
    records = [plain_record(record) for record in history]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    write_durably(folder / "metrics.csv", text.getvalue())
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    write_durably(folder / "metrics.jsonl", lines)


def read_history(folder: Path) -> tuple[EpochRecord, ...]:
    """Read the records that `write_history` wrote; none where no epoch is finished.

    Raises:
        TrainingError: The file is damaged.
    """
    file = folder / "metrics.jsonl"
    if not file.is_file():
        return ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return tuple(_record(json.loads(line)) for line in lines)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TrainingError(unreadable_metrics(str(file), repr(error))) from error


def _record(plain: dict[str, Any]) -> EpochRecord:
    names = {item.name for item in fields(EpochRecord)}
    heads = {name.removesuffix("_loss"): plain[name] for name in plain if name not in names}
    return EpochRecord(**{name: plain[name] for name in plain if name in names}, head_losses=heads)


def columns_of(history: Sequence[EpochRecord]) -> dict[str, list[float | int | None]]:
    """Return the records of epochs as columns, each by its name, as `pandas.DataFrame` takes them."""
    lines = [plain_record(record) for record in history]
    return {name: [line[name] for line in lines] for name in (lines[0] if lines else {})}


def plain_record(record: EpochRecord) -> dict[str, float | int | None]:
    """Return a record as one line, the loss of each side head in a column of its own."""
    plain = asdict(record)
    heads: dict[str, float] = plain.pop("head_losses")
    return plain | {f"{name}_loss": loss for name, loss in heads.items()}
