"""The line while pictures are read: on a terminal alone, and gone when it is done or broken off."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path

import pytest

import striate
from picture_files import write_classes
from striate.cli import main
from striate.cli.reading_line import ReadingLine
from striate.data import PicturesRead


ERASE = "\r\x1b[2K"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What standard error is redirected to by each test itself: pytest takes it back before."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock."""
    seconds = [0.0]
    monkeypatch.setattr("striate.cli.reading_line.time.monotonic", lambda: seconds[0])

    def set_clock(now: float) -> None:
        seconds[0] = now

    return set_clock


def test_it_counts_and_foresees_and_is_taken_away_after_the_last_picture(
    terminal: Terminal, at: Callable[[float], None]
) -> None:
    with redirect_stderr(terminal), ReadingLine() as line:
        for seconds, done in ((0, 1), (0.4, 500), (10.0, 12_000), (10.05, 12_100)):
            at(seconds)
            line.show(PicturesRead("read", done, 50_000))
        first = "Reading pictures: 12,000 of 50,000 (24 %), 32 s left"
        assert terminal.getvalue() == first
        at(50.0)
        line.show(PicturesRead("read", 49_999, 50_000))
        second = "Reading pictures: 49,999 of 50,000 (99 %), 0 s left"
        assert terminal.getvalue() == f"{first}{ERASE}{second}"
        line.show(PicturesRead("read", 50_000, 50_000))
        assert terminal.getvalue() == f"{first}{ERASE}{second}{ERASE}"
    assert terminal.getvalue().endswith(f"{second}{ERASE}")


def test_every_pass_has_its_words_and_its_time(
    terminal: Terminal, at: Callable[[float], None]
) -> None:
    with redirect_stderr(terminal), ReadingLine() as line:
        line.show(PicturesRead("compare", 1, 9))
        at(1.0)
        line.show(PicturesRead("compare", 5, 9))
        assert terminal.getvalue() == "Comparing pictures with the cache: 5 of 9 (55 %), 1 s left"
        line.show(PicturesRead("read", 1, 9))
        at(2.0)
        line.show(PicturesRead("read", 2, 9))
        assert terminal.getvalue().endswith(f"{ERASE}Reading pictures: 2 of 9 (22 %), 7 s left")
        # Begun once more, where the folder of the cache cannot be written.
        line.show(PicturesRead("read", 1, 9))
        at(4.0)
        line.show(PicturesRead("read", 3, 9))
    assert terminal.getvalue().endswith(f"{ERASE}Reading pictures: 3 of 9 (33 %), 6 s left{ERASE}")


def test_what_is_done_soon_has_no_line(terminal: Terminal, at: Callable[[float], None]) -> None:
    with redirect_stderr(terminal), ReadingLine() as line:
        for done in range(1, 10):
            at(done / 20)
            line.show(PicturesRead("read", done, 9))
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("columns", "shown"), [(30, "Reading pictures: 12,000…"), (4, "…")])
def test_a_narrow_terminal_gets_what_fits_one_line(
    terminal: Terminal,
    at: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    shown: str,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with redirect_stderr(terminal), ReadingLine() as line:
        line.show(PicturesRead("read", 1, 50_000))
        at(9.0)
        line.show(PicturesRead("read", 12_000, 50_000))
    assert terminal.getvalue() == f"{shown}{ERASE}"


def test_an_error_finds_the_line_clean(terminal: Terminal, at: Callable[[float], None]) -> None:
    def read() -> None:
        with redirect_stderr(terminal), ReadingLine() as line:
            line.show(PicturesRead("read", 1, 9))
            at(9.0)
            line.show(PicturesRead("read", 2, 9))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert terminal.getvalue().endswith(f"left{ERASE}")


@pytest.mark.parametrize("reason", ["a pipe", "--json", "a dumb terminal"])
def test_elsewhere_there_is_no_line(
    terminal: Terminal, at: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    stream = StringIO() if reason == "a pipe" else terminal
    # Which makes rich take a pipe for a terminal.
    monkeypatch.setenv("FORCE_COLOR", "1")
    if reason == "a dumb terminal":
        monkeypatch.setenv("TERM", "dumb")
    with redirect_stderr(stream), ReadingLine(is_wanted=reason != "--json") as line:
        line.show(PicturesRead("read", 1, 9))
        at(9.0)
        line.show(PicturesRead("read", 2, 9))
    assert stream.getvalue() == ""


# Shows every event at once. With the word `stop`, Ctrl-C comes at the third picture that is read.
SCRIPT = """
import os, signal, sys
from striate.cli import main, reading_line
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
reading_line._DELAY_SECONDS = reading_line._EVERY_SECONDS = 0
show, stops = reading_line.ReadingLine.show, sys.argv.pop(1) == "stop"
def stopping(line, event):
    show(line, event)
    if stops and event.doing == "read" and event.done == 3:
        os.kill(os.getpid(), signal.SIGINT)
reading_line.ReadingLine.show = stopping
sys.exit(main())
"""


def on_terminal(words: list[str], cache: Path, ending: str = "go on") -> tuple[int, str, str]:
    """Run with standard error on a terminal; give the exit code, standard output and the terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "STRIATE_CACHE": str(cache)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, ending, *words],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
        text=True,
    ) as process:
        os.close(theirs)
        output, _ = process.communicate(timeout=120)
    # What a terminal holds for its reader is far more than these lines.
    written = b""
    with suppress(OSError):  # so Linux says that it is empty and nobody writes any more
        while part := os.read(ours, 4096):
            written += part
    os.close(ours)
    return process.returncode, output, written.decode()


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    return str(write_classes(tmp_path / "set", ["a", "b"], 12))


@pytest.fixture
def document(tmp_path: Path) -> str:
    rows = (
        striate.Row("in", striate.Input.image(3, 6, 8)),
        striate.Row("out", striate.FullyConnected(2), "softmax"),
    )
    file = tmp_path / "small.md"
    file.write_text(striate.write_document(striate.document_of(striate.Table(rows), "small")))
    return str(file)


def test_verbs_show_the_line_on_a_terminal_alone_and_leave_it_clean(
    pictures: str,
    document: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for pause in ("_DELAY_SECONDS", "_EVERY_SECONDS"):
        monkeypatch.setattr(f"striate.cli.reading_line.{pause}", 0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    run = str(tmp_path / "run")
    for words, passes in (
        (["train", document, "--data", pictures, "--epochs", "1", "--output", run], 2),
        (["train", "--resume", run, "--epochs", "2"], 1),
        (["evaluate", run, "--data", pictures], 1),
        (["data", "check", pictures], 1),
    ):
        terminal = Terminal()
        with redirect_stderr(terminal):
            assert main(words) == 0
        shown = terminal.getvalue()
        assert "24 (" not in capsys.readouterr().out
        assert shown.count(": 2 of 24 (8 %), ") == passes
        *lines, last = shown.split(ERASE)
        assert last == ""
        assert len(lines) == 22 * passes
        assert all(line.endswith(" left") for line in lines)
    terminal = Terminal()
    with redirect_stderr(terminal):
        assert main(["data", "check", pictures, "--json"]) == 0
    assert terminal.getvalue() == ""
    assert json.loads(capsys.readouterr().out)["is_sound"]


def test_ctrl_c_leaves_neither_the_line_nor_half_a_file(
    pictures: str, document: str, tmp_path: Path
) -> None:
    words = ["train", document, "--data", pictures, "--output", str(tmp_path / "run")]
    code, output, shown = on_terminal(words, tmp_path / "cache", "stop")
    assert (code, output) == (130, "")
    assert shown.endswith(f" left{ERASE}\x1b[31merror\x1b[0m: interrupted.\r\n")
    assert list((tmp_path / "cache" / "pictures").iterdir()) == []
    assert not (tmp_path / "run").exists()
