"""`predictions.csv`: what a network gave each test example, one a line, to follow mistakes and to compare runs."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from striate.errors import BundleError
from striate.errors.evaluation import not_predictions
from striate.system.files import write_durably


if TYPE_CHECKING:
    from striate.prediction.evaluation import Evaluation


_HEADINGS = ("position", "name", "true", "predicted", "score", "margin")


@final
@dataclass(frozen=True, slots=True)
class Predicted:
    """What a network gave one example.

    Args:
        position: In the test, counted from 0.
        name: Its file below the folder of the data, or its sentence; empty where it has none.
        true: Name of its class.
        predicted: Name of the class that it was given.
        score: Probability of that class.
        margin: By how much that is more than the probability of the next class.
    """

    position: int
    name: str
    true: str
    predicted: str
    score: float
    margin: float


def predicted_examples(evaluation: "Evaluation") -> Iterator[Predicted]:
    """Give what each example was taken for, in the order of the test."""
    classes = evaluation.classes
    columns = (evaluation.labels, evaluation.predictions, evaluation.scores, evaluation.margins)
    for position, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        label, predicted, score, margin = row
        name = evaluation.names[position] if evaluation.names else ""
        yield Predicted(position, name, classes[label], classes[predicted], score, margin)


def mistakes(evaluation: "Evaluation") -> list[Predicted]:
    """List the examples that were given a wrong class, the surest first."""
    wrong = [found for found in predicted_examples(evaluation) if found.true != found.predicted]
    return sorted(wrong, key=lambda found: (-found.score, found.position))


def write_predictions(file: Path, evaluation: "Evaluation") -> None:
    """Write what each example was taken for.

    Args:
        file: New, or written by this function.
        evaluation: What was measured.

    Raises:
        BundleError: The file is there, and holds something else.
    """
    if file.exists() and not _is_ours(file):
        raise BundleError(not_predictions(str(file)))
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_HEADINGS)
    for found in predicted_examples(evaluation):
        numbers = f"{found.score:.6f}", f"{found.margin:.6f}"
        rows.writerow((found.position, found.name, found.true, found.predicted, *numbers))
    write_durably(file, as_written(text.getvalue()))


def as_written(name: str) -> str:
    """Return a name as a file of predictions holds it: those that are no Unicode have halves of characters."""
    return name.encode("utf-8", "backslashreplace").decode()


def read_predictions(file: Path) -> tuple[Predicted, ...]:
    """Read what `write_predictions` wrote.

    Raises:
        BundleError: It is something else.
        OSError: It is not there.
    """
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = csv.reader(opened)
            if tuple(next(rows, ())) != _HEADINGS:
                raise BundleError(not_predictions(str(file)))
            return tuple(
                Predicted(int(position), name, true, predicted, float(score), float(margin))
                for position, name, true, predicted, score, margin in rows
            )
    except (ValueError, csv.Error) as error:
        raise BundleError(not_predictions(str(file))) from error


def _is_ours(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return tuple(next(csv.reader(opened), ())) == _HEADINGS
    except (UnicodeDecodeError, csv.Error):
        return False
