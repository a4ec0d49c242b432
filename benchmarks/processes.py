"""Work as processes of their own: what they are given, what they took, and where it is written down."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


ROOT = Path(__file__).parents[1]
NETWORKS = Path(__file__).parent / "networks"


def environment(cache: Path | None = None, **more: str) -> dict[str, str]:
    """Return the variables of a process that imports this Striate, on one thread, perhaps with a cache of its own."""
    own = {} if cache is None else {"STRIATE_CACHE": str(cache)}
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", **own, **more}


def took(words: Sequence[object], log: Path, variables: Mapping[str, str]) -> dict[str, float]:
    """Run a program to its end, and return its seconds, of the clock and of the processor, and its most memory.

    Args:
        words: What is typed.
        log: File for what it prints; its end is shown if the program fails, which ends this one.
        variables: Of its environment.
    """
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            list(map(str, words)), env=variables, stdout=sink, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(map(str, words))}\n{log.read_text(encoding='utf-8')[-2000:]}")
    return {
        "wall_s": round(time.monotonic() - began, 2),
        "processor_s": round(usage.ru_utime + usage.ru_stime, 2),
        "memory_mb": round(usage.ru_maxrss / 1024, 1),
    }


def recorded(name: str) -> dict[str, Any]:
    """Read what was measured before, empty where nothing was."""
    file = ROOT / "results" / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def record(name: str, **found: object) -> None:
    """Write something down beside what was measured before."""
    text = json.dumps({**recorded(name), **found}, indent=1)
    (ROOT / "results" / f"{name}.json").write_text(f"{text}\n", "utf-8")
