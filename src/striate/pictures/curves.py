"""Loss, error and learning rate over the epochs of a run."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from striate.pictures.page import Page
from striate.pictures.panel import Line, Panel, draw_epochs, draw_panel
from striate.pictures.scale import scale_from_zero, scale_of
from striate.pictures.style import QUIET, TRAINING, VALIDATION, in_style


_WIDTH = 960
_LOSS_HEIGHT = 230
_RATE_HEIGHT = 64
_HEAD = 30
_GAP = 24
_FOOT = 22


@final
@dataclass(frozen=True, slots=True)
class EpochPoint:
    """What is known after one epoch.

    Args:
        epoch: Its number, counted from 1.
        training_loss: Mean over the epoch.
        training_error: Fraction of the training examples, 0 to 1; None if it was not measured.
        validation_loss: Mean over the validation examples; None without them.
        validation_error: Fraction of the validation examples, 0 to 1; None without them.
        learning_rate: Step size of the epoch.
    """

    epoch: int
    training_loss: float
    training_error: float | None
    validation_loss: float | None
    validation_error: float | None
    learning_rate: float


@in_style()
def draw_curves(history: Sequence[EpochPoint], title: str) -> bytes:
    """Draw loss and error over the epochs, with the learning rate below on the same axis.

    Values that span more than a decade are drawn on a logarithmic axis. Validation is left out if
    there is none, and so is the error if it was never measured.

    Args:
        history: One point an epoch, in order.
        title: Of the picture.

    Returns:
        A PNG; of a run without epochs, one that says so.
    """
    if not history:
        return Page(_WIDTH // 2, 0, title, ["No epoch is finished."]).png()
    panels = _panels(history)
    drawn = [panel for panel in panels if any(line.points for line in panel.lines)]
    height = sum(_HEAD + panel.height + _GAP for panel in drawn)
    page = Page(_WIDTH, height + _FOOT - _GAP, title, _notes(history, panels))
    span = history[0].epoch, history[-1].epoch
    y = 0
    for panel in drawn:
        draw_panel(page, panel, y + _HEAD, span)
        y += _HEAD + panel.height + _GAP
    draw_epochs(page, y - _GAP, span)
    return page.png()


def _panels(history: Sequence[EpochPoint]) -> list[Panel]:
    loss = (
        _line(history, "training", TRAINING, lambda point: point.training_loss),
        _line(history, "validation", VALIDATION, lambda point: point.validation_loss),
    )
    best = _best(history)
    error = (
        _line(history, "training", TRAINING, lambda point: _percent(point.training_error)),
        _line(history, "validation", VALIDATION, lambda point: _percent(point.validation_error)),
    )
    rate = (_line(history, "", QUIET, lambda point: point.learning_rate),)
    return [
        Panel("loss", loss, _LOSS_HEIGHT, scale_of, "{:.3g}"),
        Panel("error", error, _LOSS_HEIGHT, scale_of, "{:.3g} %", ring=best),
        Panel("learning rate", rate, _RATE_HEIGHT, scale_from_zero, "{:.3g}"),
    ]


def _line(
    history: Sequence[EpochPoint],
    name: str,
    color: str,
    value_of: Callable[[EpochPoint], float | None],
) -> Line:
    values = [(point.epoch, value_of(point)) for point in history]
    points = [(epoch, value) for epoch, value in values if value is not None]
    finite = tuple((epoch, value) for epoch, value in points if math.isfinite(value))
    return Line(name, color, finite, lost=len(points) - len(finite))


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def _best(history: Sequence[EpochPoint]) -> tuple[int, float] | None:
    line = _line(history, "", "", lambda point: _percent(point.validation_error))
    return min(line.points, key=lambda point: point[1], default=None)


def _notes(history: Sequence[EpochPoint], panels: Sequence[Panel]) -> list[str]:
    notes = ["1 epoch" if len(history) == 1 else f"{len(history):,} epochs"]
    best = _best(history)
    if best is not None:
        notes[0] += f"; lowest validation error {best[1]:.3g} %, in epoch {best[0]} (ring)"
    lost = sum(line.lost for panel in panels for line in panel.lines)
    if lost:
        notes.append(f"values that are not finite, and so not drawn: {lost:,}")
    return notes
