"""How a run is followed to its end, or to the Ctrl-C that stops it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from striate.cli.progress import JsonLines, Progress


if TYPE_CHECKING:
    from striate.training import Event, Run


def follow(
    run: "Run", progress: JsonLines | Progress, listen: "Callable[[Event], None] | None" = None
) -> int:
    """Show the events of a run, and give the exit code that its last one asks for.

    Args:
        run: The run.
        progress: What shows them.
        listen: Called with every event as well.
    """
    from striate.training import Finished, Interrupted

    with _stopping(run), progress:
        for event in run.events():
            if run.ranks.is_first:
                progress.show(event)
            if listen is not None:
                listen(event)
            match event:
                case Interrupted():
                    return 130
                case Finished():
                    return 0
                case _:
                    pass
    return 0


@contextmanager
def _stopping(run: "Run") -> Iterator[None]:
    """Let the first Ctrl-C ask the run to stop, and the second one end it at once."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        # Those of a group stop together, and may be told twice: by the terminal, and by what started them.
        if run.ranks.is_alone:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run.stop()

    before = signal.signal(signal.SIGINT, ask)
    terminated = signal.signal(signal.SIGTERM, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminated)
