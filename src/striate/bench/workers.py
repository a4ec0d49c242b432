"""The side that asks: worker processes which stay, and work when it is their turn."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Self, final

from striate.errors import TimingError
from striate.errors.bench import worker_failed, worker_too_slow


_LAST_LINES = 12
_PATIENCE_SECONDS = 300.0


@final
class Worker:
    """A process that is measured. Leaving its context ends it.

    Args:
        name: What it is called.
        command: Its program and arguments.
        log: File for what it prints.
        environment: Variables that it gets besides those of this process.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name, self.log = name, log
        self.patience_seconds, self.has_given_up = _PATIENCE_SECONDS, False
        self.began = time.perf_counter()
        with log.open("w", encoding="utf-8") as file:
            self.process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ, **environment},
            )

    def __enter__(self) -> Self:
        """Give the worker itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def prepare(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Have the program built and run once.

        Args:
            job: What is to be measured.

        Returns:
            Its facts, and `start_seconds` since the process was started.

        Raises:
            TimingError: It cannot.
        """
        facts: dict[str, Any] = self.ask({"do": "prepare", "job": dict(job)})["facts"]
        return {**facts, "start_seconds": time.perf_counter() - self.began}

    def block(self, seconds: float) -> dict[str, Any]:
        """Have it work for about so long.

        Raises:
            TimingError: It failed.
        """
        return self.ask({"do": "block", "seconds": seconds})

    def end(self) -> dict[str, Any]:
        """Have it tell its memory, and end.

        Raises:
            TimingError: It failed.
        """
        return self.ask({"do": "end"})

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Send a line and wait for the answer, as long as `patience_seconds`.

        Raises:
            TimingError: The answer is an error, there is none in time, or the process is gone.
        """
        asked_pipe, answers = self.process.stdin, self.process.stdout
        if asked_pipe is None or answers is None:
            message = "a worker has pipes"
            raise RuntimeError(message)
        alarm = Timer(self.patience_seconds, self._give_up)
        alarm.start()
        try:
            asked_pipe.write(f"{json.dumps(asked)}\n")
            asked_pipe.flush()
            line = answers.readline()
        except OSError:
            line = ""
        finally:
            alarm.cancel()
        if self.has_given_up:
            raise TimingError(worker_too_slow(self.name, asked["do"], self.patience_seconds))
        if not line:
            raise TimingError(worker_failed(self.name, "the process has ended", self._last_lines()))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise TimingError(worker_failed(self.name, answer["error"], self._last_lines()))
        return answer

    def _give_up(self) -> None:
        self.has_given_up = True
        self.process.kill()

    def _last_lines(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])
