"""The log of a server: a line of JSON for each event, without anything that a request holds."""

import json
import logging
from datetime import UTC, datetime
from typing import IO, Literal, final


Level = Literal["info", "error"]


@final
class Log:
    """Writes events to a stream.

    Args:
        stream: Where to; None keeps silent.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream

    def write(self, event: str, level: Level = "info", **told: object) -> None:
        """Write an event.

        Args:
            event: Its name.
            level: How bad it is.
            told: What else is known of it; what is None is left out.
        """
        if self._stream is None:
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        known = {name: value for name, value in told.items() if value is not None}
        line = json.dumps(
            {"time": time, "level": level, "event": event, **known}, ensure_ascii=True
        )
        self._stream.write(f"{line}\n")
        self._stream.flush()


@final
class Handler(logging.Handler):
    """Hands what uvicorn and asyncio log to the log of the server; tracebacks become the name of the error."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        kind = record.exc_info[0] if record.exc_info else None
        self._log.write(
            "server",
            level="error",
            logger=record.name,
            message=record.getMessage(),
            problem=None if kind is None else kind.__name__,
        )
