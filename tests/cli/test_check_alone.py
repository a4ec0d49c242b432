"""`striate check` as people start it: without torch, and into programs that stop reading."""

import os
import subprocess
import sys
from pathlib import Path


FORMS = Path(__file__).parents[1] / "documents" / "forms"
WITHOUT_TORCH = (
    "import sys; sys.modules['torch'] = sys.modules['numpy'] = None; "
    "from striate.cli import main; sys.exit(main(['check', *sys.argv[1:]]))"
)


def test_tables_prints_and_definitions_are_checked_without_torch(tmp_path: Path) -> None:
    table = tmp_path / "a.md"
    table.write_text(
        "| Layer | Output | Params |\n|---|---|---|\n| Input | 8x8x1 | 0 |\n| Conv 3x3 | 6x6x2 | 20 |\n| Dense | 3 | 219 |\n",
        encoding="utf-8",
    )
    files = [str(table), *(str(file) for file in sorted(FORMS.iterdir()) if file.is_file())]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *files, "--format", "github"],
        capture_output=True,
        text=True,
        check=False,
    )
    # One of the forms holds a wrong claim; what loads torch ends in a fault of the program.
    assert (done.returncode, done.stderr) == (1, "")


def test_a_pipe_that_is_closed_ends_a_check_without_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "striate", "check", "lenet5", "--arithmetic"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
