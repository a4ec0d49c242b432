"""The live table of a run: a line an epoch, and below it where the epoch at hand stands."""

import json
import sys
from dataclasses import asdict
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.markup import escape
from rich.text import Text

from striate.cli.terminal import console, per_cent


if TYPE_CHECKING:
    from striate.training import Began, EpochEnded, Event, Finished, Interrupted, Stepped


_SHOWN = ("first-batch.png", "curves.png", "confusion.png", "mistakes.png", "mistakes.txt")


class Progress:
    """Shows the events of a run. In a pipe there is a plain line an epoch and nothing that moves."""

    def __init__(self) -> None:
        self.out = console()
        self.live = Live(console=self.out, refresh_per_second=8, transient=True)
        self.has_validation = False

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
        self.has_validation = event.held_out > 0
        held = f", {event.held_out:,} held out" if event.held_out else ""
        self.out.print(
            f"{event.images:,} training {event.examples}{held}; {event.epochs} epochs of {event.steps:,} "
            f"steps; run in {escape(str(event.folder))}"
        )
        for remark in event.remarks:
            self.out.print(escape(remark), soft_wrap=True)
        if event.finished:
            self.out.print(f"{event.finished} epochs are done already.")
        for difference in event.differences:
            self.out.print(
                f"[yellow]note[/] {escape(difference)}: the numbers may differ from an unbroken run's."
            )
        headings = ["epoch", "rate", "loss", "error"]
        headings += ["held out", "error"] if self.has_validation else []
        self.out.print(Text(_line([*headings, "images/s", "time"]), style="dim"))

    def _stepped(self, event: "Stepped") -> None:
        share = event.step / event.steps
        filled = round(20 * share)
        self.live.update(
            Text(
                f"{event.epoch:>5}  {'━' * filled}{'╌' * (20 - filled)} {event.step:,}/{event.steps:,}"
                f"  loss {event.loss:.4f}  error {per_cent(event.error)}"
                f"  {event.images_per_second:,.0f}/s  {_time(event.seconds_left)} left",
                no_wrap=True,
                overflow="ellipsis",
            )
        )

    def _ended(self, event: "EpochEnded") -> None:
        record = event.record
        cells = [
            str(record.epoch),
            f"{record.learning_rate:.2g}",
            f"{record.training_loss:.4f}",
            per_cent(record.training_error),
        ]
        if record.validation_loss is not None and record.validation_error is not None:
            cells += [f"{record.validation_loss:.4f}", per_cent(record.validation_error)]
        cells += [f"{record.images_per_second:,.0f}", _time(record.seconds)]
        best = " best" if event.is_best and self.has_validation else ""
        self.out.print(f"{_line(cells)}[green]{best}[/]")

    def _interrupted(self, event: "Interrupted") -> None:
        self.live.stop()
        self.out.print(
            f"Stopped and saved in epoch {event.epoch}, after step {event.step:,}.\n"
            f"Go on with: striate train --resume {escape(str(event.folder))}",
            soft_wrap=True,
        )

    def _finished(self, event: "Finished") -> None:
        self.live.stop()
        test = event.test
        low, high = test.interval
        self.out.print(
            f"\nTest error [bold]{per_cent(test.error)}[/]: {test.errors:,} of {test.examples:,} "
            f"wrong; 95 % interval {100 * low:.2f} to {per_cent(high)}. "
            f"Training took {_time(event.seconds)}."
        )
        folder = escape(str(event.folder))
        there = [name for name in _SHOWN if (event.folder / name).exists()]
        self.out.print(
            f"Bundle    {escape(str(event.bundle))}\nPictures  {folder}/{'  '.join(there)}",
            soft_wrap=True,
        )


class JsonLines:
    """Prints one line of JSON an epoch, and one at the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        sys.stdout.flush()

    def show(self, event: "Event") -> None:
        """Print one event, if it is an end of something."""
        from striate.training import EpochEnded, Finished, Interrupted

        match event:
            case EpochEnded():
                self._print({**asdict(event.record), "is_best": event.is_best})
            case Interrupted():
                self._print({"interrupted": str(event.folder), "epoch": event.epoch})
            case Finished():
                test = event.test
                self._print(
                    {
                        "bundle": str(event.bundle),
                        "best_epoch": event.best_epoch,
                        "test_examples": test.examples,
                        "test_errors": test.errors,
                        "test_error": test.error,
                        "interval": list(test.interval),
                        "seconds": event.seconds,
                    }
                )
            case _:
                pass

    def _print(self, values: dict[str, object]) -> None:
        sys.stdout.write(f"{json.dumps(values)}\n")
        sys.stdout.flush()


def _line(cells: list[str]) -> str:
    return " ".join(cell.rjust(8) for cell in cells)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02} h"
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"
