"""One line that tells how far the reading of pictures has come, and leaves no trace."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from striate.cli.terminal import duration


if TYPE_CHECKING:
    from striate.data import PicturesRead


_WORDS = {"compare": "Comparing pictures with the cache", "read": "Reading pictures"}
# What is done sooner needs no line, and what has just begun cannot be foreseen.
_DELAY_SECONDS = 0.5
_EVERY_SECONDS = 0.1
# The terminal itself writes ^C behind the line: it must not go on to the next one.
_MARGIN = 5
_WHOLE_LINE = 2


class ReadingLine:
    """Shows the events of reading pictures where standard error is a terminal, and nothing elsewhere.

    Args:
        is_wanted: False where no line is to be shown, not even on a terminal.
    """

    def __init__(self, *, is_wanted: bool = True) -> None:
        self.out = Console(stderr=True, highlight=False)
        can_erase = self.out.is_terminal and not self.out.is_dumb_terminal
        self.is_shown = is_wanted and sys.stderr.isatty() and can_erase
        self.last: PicturesRead | None = None
        self.done_first = 0
        self.began = self.next = 0.0
        self.is_drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._erase()

    def show(self, event: "PicturesRead") -> None:
        """Show one event, if it is time, and take the line away after the last one."""
        if not self.is_shown:
            return
        now, last = time.monotonic(), self.last
        begins = last is None or event.doing != last.doing or event.done <= last.done
        if begins:
            self.began, self.done_first, self.next = now, event.done, now + _DELAY_SECONDS
        self.last = event
        if event.done == event.pictures:
            self._erase()
        elif now >= self.next and not begins:
            self.next = now + _EVERY_SECONDS
            self._draw(event, now)

    def _draw(self, event: "PicturesRead", now: float) -> None:
        left = event.pictures - event.done
        seconds = left * (now - self.began) / (event.done - self.done_first)
        text = Text(
            f"{_WORDS[event.doing]}: {event.done:,} of {event.pictures:,} "
            f"({100 * event.done // event.pictures} %), {duration(seconds)} left"
        )
        text.truncate(max(1, self.out.width - _MARGIN), overflow="ellipsis")
        with self.out:  # both at once, so that it does not flicker
            self._erase()
            self.out.print(text, end="", soft_wrap=True)
        self.is_drawn = True

    def _erase(self) -> None:
        if self.is_drawn:
            whole = (ControlType.ERASE_IN_LINE, _WHOLE_LINE)
            self.out.control(Control(ControlType.CARRIAGE_RETURN, whole))
            self.is_drawn = False
