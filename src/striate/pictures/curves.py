"""Loss, error and learning rate over the epochs of a run."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import final

from striate.pictures.page import Page
from striate.pictures.panel import Line, Panel, draw_epochs, draw_panel
from striate.pictures.plots import in_style
from striate.pictures.scale import scale_from_zero, scale_of
from striate.pictures.style import BAR, LINES, QUIET, TRAINING, VALIDATION


_WIDTH = 960
_LOSS_HEIGHT = 230
_RATE_HEIGHT = 64
_HEAD = 30
_GAP = 24
_FOOT = 22
_FEW_EPOCHS = 5
"""Epochs up to which the losses between them are drawn as well."""


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
def draw_curves(
    history: Sequence[EpochPoint], title: str, course: Sequence[tuple[float, float]] = ()
) -> bytes:
    """Draw loss and error over the epochs, with the learning rate below on the same axis.

    Values that span more than a decade are drawn on a logarithmic axis. Validation is left out if
    there is none, and so is the error if it was never measured.

    Args:
        history: One point an epoch, in order.
        title: Of the picture.
        course: Training losses between the epochs, which are drawn where epochs are few: the number of epochs that
            were done, such as 0.25, and the mean loss since the point before.

    Returns:
        A PNG; of a run without epochs, one that says so.
    """
    if not history:
        return Page(_WIDTH // 2, 0, title, ["No epoch is finished."]).png()
    within = _within(history, course)
    panels = _panels(history, within)
    drawn = [panel for panel in panels if any(line.points for line in panel.lines)]
    height = sum(_HEAD + panel.height + _GAP for panel in drawn)
    page = Page(_WIDTH, height + _FOOT - _GAP, title, _notes(history, panels))
    _draw(page, drawn, (0 if within else history[0].epoch, history[-1].epoch))
    return page.png()


def _within(
    history: Sequence[EpochPoint], course: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """Give the course of the losses where there are too few epochs to show one."""
    if len(history) > _FEW_EPOCHS or history[0].epoch != 1:
        return ()
    return tuple((at, loss) for at, loss in course if math.isfinite(loss))


@in_style()
def draw_runs(runs: Mapping[str, Sequence[EpochPoint]], title: str) -> bytes:
    """Draw the losses and errors of several runs on the same axes; held-out ones where a run has any.

    Args:
        runs: The points of each run by its name; at most as many runs as there are colors for lines.
        title: Of the picture.

    Returns:
        A PNG; without epochs, one that says so.
    """
    points = [point for history in runs.values() for point in history]
    if not points:
        return Page(_WIDTH // 2, 0, title, ["No epoch is finished."]).png()
    letters = dict(zip(runs, ascii_uppercase, strict=False))
    panels = [
        Panel(
            "training loss",
            _of_runs(runs, letters, lambda p: p.training_loss),
            _LOSS_HEIGHT,
            scale_of,
            "{:.3g}",
        ),
        Panel(
            "error on held-out examples, or in training where there are none",
            _of_runs(runs, letters, _shown_error),
            _LOSS_HEIGHT,
            scale_of,
            "{:.3g} %",
        ),
    ]
    drawn = [panel for panel in panels if any(line.points for line in panel.lines)]
    height = sum(_HEAD + panel.height + _GAP for panel in drawn)
    notes = [f"{letter}: {name}" for name, letter in letters.items()]
    page = Page(_WIDTH, height + _FOOT - _GAP, title, notes)
    span = min(point.epoch for point in points), max(point.epoch for point in points)
    _draw(page, drawn, span)
    return page.png()


def _of_runs(
    runs: Mapping[str, Sequence[EpochPoint]],
    letters: Mapping[str, str],
    value_of: Callable[[EpochPoint], float | None],
) -> tuple[Line, ...]:
    colors = zip(runs.items(), LINES, strict=False)
    return tuple(
        _line(history, letters[name], color, value_of) for (name, history), color in colors
    )


def _shown_error(point: EpochPoint) -> float | None:
    is_held_out = point.validation_error is not None
    return _percent(point.validation_error if is_held_out else point.training_error)


def _draw(page: Page, panels: Sequence[Panel], span: tuple[int, int]) -> None:
    y = 0
    for panel in panels:
        draw_panel(page, panel, y + _HEAD, span)
        y += _HEAD + panel.height + _GAP
    draw_epochs(page, y - _GAP, span)


def _panels(
    history: Sequence[EpochPoint], within: tuple[tuple[float, float], ...] = ()
) -> list[Panel]:
    steps = (Line("", BAR, within, lost=0, is_thin=True),) if within else ()
    loss = (
        *steps,
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


def _best(history: Sequence[EpochPoint]) -> tuple[float, float] | None:
    line = _line(history, "", "", lambda point: _percent(point.validation_error))
    return min(line.points, key=lambda point: point[1], default=None)


def _notes(history: Sequence[EpochPoint], panels: Sequence[Panel]) -> list[str]:
    within = (
        "; light: the loss of training on the way"
        if any(line.is_thin for panel in panels for line in panel.lines)
        else ""
    )
    notes = ["1 epoch" if len(history) == 1 else f"{len(history):,} epochs"]
    best = _best(history)
    if best is not None:
        notes[0] += f"; lowest validation error {best[1]:.3g} %, in epoch {best[0]:.0f} (ring)"
    notes[0] += within
    lost = sum(line.lost for panel in panels for line in panel.lines)
    if lost:
        notes.append(f"values that are not finite, and so not drawn: {lost:,}")
    return notes
