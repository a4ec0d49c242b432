"""Shells complete verbs, flags, values and names of networks."""

import shutil
import subprocess
from pathlib import Path

import pytest

from striate.cli import VERBS, main


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    file = tmp_path / "completion"
    file.write_text(capsys.readouterr().out)
    return file


def completed(script: Path, *words: str) -> set[str]:
    """Press the key behind some words, the last of which is begun."""
    given = " ".join(f"'{word}'" for word in words)
    ask = f'COMP_WORDS=({given}); COMP_CWORD={len(words) - 1}; _striate; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", f"source {script}; {ask}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_verbs_flags_values_and_networks_are_completed(script: Path) -> None:
    assert completed(script, "striate", "") == {*VERBS, "--help", "--version"}
    assert completed(script, "striate", "ser") == {"serve"}
    assert {"--epochs", "--seed"} <= completed(script, "striate", "train", "--")
    assert completed(script, "striate", "serve", "--token") == {"--token-file"}
    assert completed(script, "striate", "predict", "--weights", "") == {"best", "last"}
    assert completed(script, "striate", "train", "lenet5-s") == {"lenet5-softmax"}
    # Where nothing fits, bash goes on with names of files.
    assert completed(script, "striate", "predict", "run") == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_reads_its_script(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert all(verb in text for verb in VERBS)
    if shutil.which(shell):
        (tmp_path / "script").write_text(text)
        subprocess.run([shell, "-n", tmp_path / "script"], check=True, timeout=20)
