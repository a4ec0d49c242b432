"""`striate page` from its first line to Ctrl-C."""

import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from striate.cli import main
from striate.cli.page import shown_live


ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "examples/digits/two-16-bit.png"


def test_the_page_is_there_until_ctrl_c(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []

    def visit() -> None:
        said = ""
        while (found := re.search(r"http://127\.0\.0\.1:\d+/[\w-]+/", said)) is None:
            time.sleep(0.05)
            said += capsys.readouterr().out
        seen.append(said)
        seen.append(urlopen(found.group(), timeout=20).read().decode())
        os.kill(os.getpid(), signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert main(["page", "lenet5", str(PICTURE)]) == 0
    visitor.join()
    assert "Fresh weights" in seen[0]
    assert "two-16-bit.png" in seen[1]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_named(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["page", "lenet5", f"--port={port}"]) == 2
    assert capsys.readouterr().err == (
        f"error: --port: it is {port}.\n"
        "  Needed: a number from 0 to 65535; 0 takes a free one.\n"
        "  Fix: leave it out, or name another.\n"
    )


def test_a_run_has_a_page_while_it_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stands for Python, whose start takes seconds: it tells what it was asked, and when it was ended.
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\n"
        f'echo "$@" OMP_NUM_THREADS=$OMP_NUM_THREADS >{tmp_path}/asked\n'
        f"trap 'echo ended >{tmp_path}/ended; exit' TERM\n"
        'echo "http://127.0.0.1:1/word/  (Ctrl-C ends it)"\n'
        "while :; do sleep 0.05; done\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with shown_live(tmp_path / "run", as_json=True):
        assert json.loads(capsys.readouterr().out) == {"page": "http://127.0.0.1:1/word/"}
        assert not (tmp_path / "ended").exists()
    asked = (tmp_path / "asked").read_text()
    assert asked == f"-m striate page {tmp_path}/run OMP_NUM_THREADS=1\n"
    assert (tmp_path / "ended").read_text() == "ended\n"
