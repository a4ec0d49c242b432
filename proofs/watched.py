"""Runs commands of Striate in processes whose operations on files are counted, recorded, failed, or the last they do."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from tempfile import gettempdir
from typing import final


SOURCE = Path(__file__).with_name("operations.c")
_SECONDS = 120


class How(IntEnum):
    """What becomes of the operation that is aimed at; the numbers are those of operations.c."""

    WATCH = 0
    KILL_BEFORE = 1
    KILL_WITHIN = 2
    KILL_AFTER = 3
    FAIL = 4
    FAIL_FROM = 5


@final
@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Args:
        code: Its exit code; minus the signal that killed it.
        told: What it printed.
        operations: On files of the watched folder; -1 where it was killed.
    """

    code: int
    told: str
    operations: int

    @property
    def is_named(self) -> bool:
        """Whether it did what was asked, or said in words of ours why not."""
        return self.code in {0, 1, 2} and "Traceback" not in self.told


@final
@dataclass(frozen=True, slots=True)
class Aim:
    """What is watched, and what is done to it.

    Args:
        folder: Operations on what lies in it count.
        at: Number of the operation, from 1.
        how: What becomes of it.
        error: Of an operation that fails, as `errno` names it.
        every: That each so-manieth operation fails.
        log: File that the operations are written to.
    """

    folder: Path
    at: int = 0
    how: How = How.WATCH
    error: int = 0
    every: int = 0
    log: Path | None = None


def preloaded(module: str) -> ctypes.CDLL:
    """Give the library that stands between this process and its files; start the process anew where it does not yet."""
    library = (
        Path(gettempdir()) / f"striate-operations-{os.getuid()}-{SOURCE.stat().st_mtime_ns}.so"
    )
    if not library.exists():
        made = library.with_suffix(f".{os.getpid()}")
        compiler = os.environ.get("CC", "cc")
        subprocess.run(
            [compiler, "-O1", "-shared", "-fPIC", "-w", SOURCE, "-o", made, "-ldl"], check=True
        )
        made.rename(library)
    if str(library) not in os.environ.get("LD_PRELOAD", ""):
        os.environ.update(LD_PRELOAD=str(library), OMP_NUM_THREADS="1")
        os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])
    found = ctypes.CDLL(str(library))
    found.operations_count.restype = ctypes.c_long
    found.operations_begin.argtypes = (
        *(ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.c_int),
        *(ctypes.c_long, ctypes.c_char_p),
    )
    return found


@final
class Runner:
    """Forks a process for each command, once torch is loaded, so that a run begins within milliseconds.

    Args:
        library: As `preloaded` gives it.
        place: Folder to work in.
    """

    def __init__(self, library: ctypes.CDLL, place: Path) -> None:
        self.library, self.place = library, place
        self._told = place.parent / f"{place.name}.told"

    def striate(self, words: Sequence[str | Path], aim: Aim | None = None) -> Ended:
        """Run a command line."""
        from striate.cli import main

        return self.call(lambda: main([str(word) for word in words]), aim)

    def call(self, work: Callable[[], int], aim: Aim | None = None) -> Ended:
        """Do some work in a process of its own, with nothing of it left in this one."""
        counts, tell = os.pipe()
        child = os.fork()
        if child == 0:
            self._work(work, aim, tell)
        os.close(tell)
        status = self._wait(child)
        told = self._told.read_text("utf-8", "replace")
        counted = os.read(counts, 32)
        os.close(counts)
        return Ended(os.waitstatus_to_exitcode(status), told, int(counted or -1))

    def _work(self, work: Callable[[], int], aim: Aim | None, tell: int) -> None:
        code = 99
        try:
            out = os.open(self._told, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            for stream in (1, 2):
                os.dup2(out, stream)
            os.chdir(self.place)
            if aim is not None:
                self.library.operations_begin(
                    *(os.fsencode(aim.folder), aim.at, aim.how, aim.error, aim.every),
                    b"" if aim.log is None else os.fsencode(aim.log),
                )
            code = work()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 2
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            count = self.library.operations_count()
            self.library.operations_begin(b"", 0, 0, 0, 0, b"")
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(tell, str(count).encode())
            os._exit(code)

    def _wait(self, child: int) -> int:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status
            time.sleep(0.002)
        os.kill(child, signal.SIGALRM)
        return os.waitpid(child, 0)[1]
