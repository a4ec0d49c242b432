"""The live table of a run: a line an epoch, and below it where the epoch at hand stands."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path
from textwrap import wrap
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.text import Text

from striate.cli.console import console, escape
from striate.cli.epoch_table import BEST, EpochTable
from striate.cli.terminal import duration, per_cent, print_json
from striate.errors.fault import counted, typed


if TYPE_CHECKING:
    from striate.training import Began, EpochEnded, Event, Finished, Interrupted, Stepped
    from striate.training.results import Guessing


_MOST_LINES = 100
_SHOWN = ("first-batch.png", "curves.png", "confusion.png", "mistakes.png", "mistakes.txt")


class Progress:
    """Shows the events of a run. In a pipe there is a plain line an epoch and nothing that moves.

    Args:
        is_first: Whether it tells what was understood of data and network, which is the same for other seeds.
        goes_on_with: What `--resume` is to be given, if that is not the run's own folder.
    """

    def __init__(self, *, is_first: bool = True, goes_on_with: Path | None = None) -> None:
        self.is_first, self.goes_on_with = is_first, goes_on_with
        self.out = console()
        self.live = Live(console=self.out, refresh_per_second=8, transient=True)
        self.table = EpochTable()
        self.epochs = self.every = 1

    def __enter__(self) -> Self:
        if self.out.is_terminal:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.stop()

    def show(self, event: "Event") -> None:
        """Show one event."""
        from striate.training import Began, EpochEnded, Finished, Interrupted, Stepped

        match event:
            case Began():
                self._began(event)
            case Stepped():
                self._stepped(event)
            case EpochEnded():
                self._ended(event)
            case Interrupted():
                self._interrupted(event)
            case Finished():
                self._finished(event)

    def _began(self, event: "Began") -> None:
        width = self.out.width if self.out.is_terminal else None
        self.table = EpochTable(event.heads, has_validation=event.held_out > 0, width=width)
        self.epochs, self.every = event.epochs, _interval(event.epochs)
        for line in event.data.lines() if self.is_first else ():
            self.out.print(escape(line), soft_wrap=True)
        held = f", {event.held_out:,} held out" if event.held_out else ""
        self.out.print(
            f"{event.images:,} training {event.data.noun}{held}; {counted(event.epochs, 'epoch')} of "
            f"{counted(event.steps, 'step')}; run in {escape(str(event.folder))}"
        )
        for line in recipe_lines(event.recipe, self.out.width) if self.is_first else ():
            self.out.print(escape(line), soft_wrap=True)
        for remark in event.remarks if self.is_first else ():
            self.out.print(escape(remark), soft_wrap=True)
        if event.finished:
            done = "1 epoch is" if event.finished == 1 else f"{event.finished:,} epochs are"
            self.out.print(f"{done} done already.")
        if self.every > 1:
            self.out.print(f"Every {self.every:,}th epoch is shown; metrics.csv holds all.")
        for difference in event.differences:
            self.out.print(
                f"[yellow]note[/] {escape(difference)}: the numbers may differ from an unbroken run's."
            )
        if self.table.left_out:
            left_out = escape(", ".join(self.table.left_out))
            self.out.print(f"Too narrow for {left_out}; metrics.csv holds all.", soft_wrap=True)
        self.out.print(Text(self.table.headings(), style="dim"), soft_wrap=True)

    def _stepped(self, event: "Stepped") -> None:
        # Epochs of one step each are one long epoch to the eye.
        done, of = (event.step, event.steps) if event.steps > 1 else (event.epoch, self.epochs)
        filled = round(20 * done / of)
        self.live.update(
            Text(
                f"{event.epoch:>5}  {'━' * filled}{'╌' * (20 - filled)} {done:,}/{of:,}"
                f"  loss {event.loss:.4f}  error {per_cent(event.error)}"
                f"  {event.images_per_second:,.0f}/s  {duration(event.seconds_left)} left",
                no_wrap=True,
                overflow="ellipsis",
            )
        )

    def _ended(self, event: "EpochEnded") -> None:
        record = event.record
        if record.epoch % self.every and record.epoch not in {1, self.epochs}:
            return
        best = BEST if event.is_best and self.table.has_validation else ""
        self.out.print(f"{self.table.line(record)}[green]{best}[/]", soft_wrap=True)

    def _interrupted(self, event: "Interrupted") -> None:
        self.live.stop()
        self.out.print(
            f"Stopped and saved in epoch {event.epoch}, after step {event.step:,}.\n"
            f"Go on with: striate train --resume {escape(typed(str(self.goes_on_with or event.folder)))}",
            soft_wrap=True,
        )

    def _finished(self, event: "Finished") -> None:
        self.live.stop()
        test = event.test
        low, high = test.interval
        self.out.print(
            f"\nTest error [bold]{per_cent(test.error)}[/]: {test.errors:,} of {test.examples:,} "
            f"wrong; 95 % interval {100 * low:.2f} to {per_cent(high)}. "
            f"Training took {duration(event.seconds)}."
        )
        if event.epochs < self.epochs:
            self.out.print(
                f"Ended after {event.epochs:,} of {self.epochs:,} epochs: none was better than epoch "
                f"{event.best_epoch:,} for as many as early_stopping waits.",
                soft_wrap=True,
            )
        if test.is_unbalanced:
            mean = per_cent(test.balanced_error)
            self.out.print(f"Classes are of different sizes: the mean of their errors is {mean}.")
        if event.guessing is not None:
            self.out.print(f"[yellow]note[/] {_told(event.guessing)}", soft_wrap=True)
        names = [name for name in _SHOWN if (event.folder / name).exists()]
        self.out.print(
            f"Bundle    {escape(str(event.bundle))}\n"
            f"Pictures  {escape(str(event.folder))}/{'  '.join(names)}",
            soft_wrap=True,
        )


def _told(guessing: "Guessing") -> str:
    loss, guessed = f"{guessing.loss:.4g}", f"{guessing.guessing_loss:.4g}"
    if guessing.is_early:
        return (
            f"The training loss has ended at {loss}, and that of guessing is {guessed}. "
            f"{counted(guessing.steps, 'step')} in {counted(guessing.epochs, 'epoch')} are too few to say why: train for "
            "more epochs."
        )
    if guessing.is_worse and guessing.is_falling:
        return (
            f"The training loss has fallen from {guessing.first_loss:.4g} to {loss}, which is still above that of "
            f"guessing, {guessed}. Train for more epochs."
        )
    if guessing.is_worse:
        return (
            f"The training loss has ended at {loss}, above that of guessing, {guessed}: the steps were too "
            "large. Try a smaller learning rate, or a longer warm-up."
        )
    return (
        f"The training loss has stayed at {loss}, near that of guessing, {guessed}: a plateau. "
        "Try more epochs, another learning rate, or another seed."
    )


class JsonLines:
    """Prints one line of JSON about the data, one an epoch, and one at the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        sys.stdout.flush()

    def show(self, event: "Event") -> None:
        """Print one event, if it is the beginning or an end of something."""
        from striate.training import Began, EpochEnded, Finished, Interrupted

        match event:
            case Began():
                print_json({"data": event.data.plain(), "recipe": event.recipe}, indent=None)
            case EpochEnded():
                print_json({**asdict(event.record), "is_best": event.is_best}, indent=None)
            case Interrupted():
                print_json({"interrupted": str(event.folder), "epoch": event.epoch}, indent=None)
            case Finished():
                test = event.test
                print_json(
                    {
                        "bundle": str(event.bundle),
                        "best_epoch": event.best_epoch,
                        "epochs": event.epochs,
                        "test_examples": test.examples,
                        "test_errors": test.errors,
                        "test_error": test.error,
                        "interval": list(test.interval),
                        "balanced_error": test.balanced_error,
                        "seconds": event.seconds,
                        "guessing_loss": event.guessing and event.guessing.guessing_loss,
                        "training_loss": event.guessing and event.guessing.loss,
                    },
                    indent=None,
                )
            case _:
                pass


def recipe_lines(recipe: Mapping[str, Mapping[str, object]], width: int) -> Iterator[str]:
    """Write the recipe in force, a paragraph for each who has said a part of it."""
    heading = "Recipe"
    for origin, values in recipe.items():
        if values:
            told = ", ".join(f"{name} {_in_words(value)}" for name, value in values.items())
            begin = f"{heading:<10}{origin}: "
            yield from wrap(told, max(width, 40), initial_indent=begin, subsequent_indent=" " * 10)
            heading = ""


def _in_words(value: object) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {weight:g}" for name, weight in value.items())
    text = str(value) or "none"
    return f"'{text}'" if "," in text or " " in text else text


def _interval(epochs: int) -> int:
    """Choose which epochs get a line: each one, or every 2nd, 5th, 10th ..., for 100 lines at most."""
    intervals = (digit * 10**zeros for zeros in count() for digit in (1, 2, 5))
    return next(one for one in intervals if epochs <= _MOST_LINES * one)
