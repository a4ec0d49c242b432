"""What a run measured, epoch by epoch, and its two files."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import final

from striate.files import write_durably


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
    """

    epoch: int
    learning_rate: float
    training_loss: float
    training_error: float
    validation_loss: float | None
    validation_error: float | None
    images: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        """Images trained on a second."""
        return self.images / self.seconds if self.seconds else 0.0


def write_history(folder: Path, history: Sequence[EpochRecord]) -> None:
    """Write `metrics.csv` and `metrics.jsonl`, one line an epoch.

    Both are written whole from the records that the checkpoint holds, so that a resumed run never
    repeats or loses a line.
    """
    records = [asdict(record) for record in history]
    names = [item.name for item in fields(EpochRecord)]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    write_durably(folder / "metrics.csv", text.getvalue())
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    write_durably(folder / "metrics.jsonl", lines)
