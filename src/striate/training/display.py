"""How a run that a script began tells how it goes: in a terminal, in a notebook, or not at all."""

import sys
from types import TracebackType
from typing import Any, Self, final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from striate.notebook import is_notebook, table_html
from striate.training.events import Began, EpochEnded, Event, Stepped
from striate.training.history import EpochRecord


@final
class Display:
    """Shows the events of a run.

    In a terminal there is a line an epoch on standard error, with one below it that moves; in a notebook a table
    that grows; elsewhere the lines alone.

    Args:
        is_wanted: Whether anything is shown; None shows it in a terminal and in a notebook alone.
    """

    def __init__(self, *, is_wanted: bool | None) -> None:
        self.out = Console(stderr=True, highlight=False, emoji=False, markup=False)
        self.in_notebook = is_notebook()
        can_be_seen = self.in_notebook or self.out.is_terminal
        self.is_shown = can_be_seen if is_wanted is None else is_wanted
        self.live = Live(console=self.out, refresh_per_second=8, transient=True)
        self.epochs = 1
        self.records: list[EpochRecord] = []
        self.cell: Any = None

    def __enter__(self) -> Self:
        if self.is_shown and self.in_notebook:
            self.cell = sys.modules["IPython"].display.display(_Html(""), display_id=True)
        elif self.is_shown and self.out.is_terminal:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        if not self.is_shown:
            return
        match event:
            case Began():
                self.epochs = event.epochs
                for line in (*event.data.lines(), *event.remarks):
                    self._say(line)
            case Stepped():
                self._step(event)
            case EpochEnded():
                self._end(event.record)
            case _:
                pass

    def _say(self, line: str) -> None:
        if self.cell is None:
            self.out.print(line, soft_wrap=True)

    def _step(self, event: Stepped) -> None:
        now = (
            f"epoch {event.epoch} of {self.epochs}, step {event.step:,} of {event.steps:,}: loss {event.loss:.4f}, "
            f"error {100 * event.error:.2f} %, {event.images_per_second:,.0f} examples/s, "
            f"{event.seconds_left:.0f} s left"
        )
        if self.cell is not None:
            self.cell.update(_Html(self._table(now)))
        else:
            self.live.update(Text(now, no_wrap=True, overflow="ellipsis"))

    def _end(self, record: EpochRecord) -> None:
        self.records.append(record)
        if self.cell is not None:
            self.cell.update(_Html(self._table(f"epoch {record.epoch} of {self.epochs}")))
            return
        held_out = record.validation_error
        self._say(
            f"epoch {record.epoch} of {self.epochs}: loss {record.training_loss:.4f}, "
            f"error {100 * record.training_error:.2f} %"
            + ("" if held_out is None else f", held out {100 * held_out:.2f} %")
            + f", {record.seconds:.1f} s"
        )

    def _table(self, caption: str) -> str:
        headings = ("Epoch", "Loss", "Error", "Held out", "Seconds")
        cells = (
            (
                record.epoch,
                record.training_loss,
                f"{100 * record.training_error:.2f} %",
                "" if record.validation_error is None else f"{100 * record.validation_error:.2f} %",
                round(record.seconds, 1),
            )
            for record in self.records
        )
        return table_html(headings, cells, caption)


@final
class _Html:
    """HTML as a notebook draws it.

    Args:
        text: The HTML.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return self.text
