"""The quick part of each proof: a few real kills, crash states, failing files, and files that nobody would write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="operations on files are watched by LD_PRELOAD")
@pytest.mark.parametrize("proof", ["kills", "crash_states", "faults", "fuzzing", "sanitizers"])
def test_the_quick_part_finds_nothing(proof: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"proofs.{proof}", "--quick"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["failures: 0"], done.stdout + done.stderr
    assert done.returncode == 0
