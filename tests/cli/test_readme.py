"""The README shows what the program does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from striate.cli import main


ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_numbers_is_what_the_script_writes() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/readme.py", "--check"], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, "run scripts/readme.py"


def test_every_file_that_is_linked_exists() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) > 8
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_lines_of_check_are_those_that_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "lenet5"])
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = README.split("$ striate check lenet5\n")[1].split("```")[0].splitlines()
    assert [line for line in shown if line.strip() != "..." and line not in printed] == []


def test_the_finding_shown_is_the_one_that_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "src/striate/networks/lenet5.md").read_text(encoding="utf-8")
    file = tmp_path / "my-lenet.md"
    file.write_text(text.replace("28x28", "29x29"), encoding="utf-8")
    main(["check", str(file)])
    shown = README.split("$ striate check my-lenet.md\n")[1].split("```")[0]
    assert shown in capsys.readouterr().out


def test_the_python_example_runs(
    tmp_path: Path, small_digits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = README.split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 25
    picture = ROOT / "examples/digits/two-16-bit.png"
    code = code.replace('"mnist"', repr(small_digits)).replace(
        "examples/digits/two-16-bit.png", str(picture)
    )
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "runs/small-1/bundle/model.safetensors").exists()
