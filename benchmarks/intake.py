"""How fast a folder of JPEG pictures becomes what a network reads: decoded once, and then from the cache."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image

import striate
from cases import INTAKES, ROOT, Intake
from striate.data import load_source
from striate.system.files import TICK_NS


_QUALITY = 90
_CLASSES = 10

_PROBE = """
import json, sys, time
import striate
from striate.data.compatibility import load_for

document = striate.load(sys.argv[1])
began = time.perf_counter()
source = load_for(document, sys.argv[2])
print(json.dumps({"pictures": len(source.train) + len(source.test), "seconds": time.perf_counter() - began}))
"""


def measure_intakes(networks: Sequence[str]) -> list[dict[str, Any]]:
    """Read a folder of pictures for each network, in fresh processes: with an empty cache, and again."""
    return [measure_intake(one) for one in INTAKES if one.network in networks]


def measure_intake(intake: Intake) -> dict[str, Any]:
    """Read a folder of pictures twice.

    Returns:
        Pictures a second of both times, and what they are of.
    """
    with tempfile.TemporaryDirectory(prefix="striate-intake-") as name:
        folder, cache = Path(name) / "pictures", Path(name) / "cache"
        paint(folder, intake)
        # What was just written is read again the next time, and pictures seldom were.
        time.sleep(TICK_NS / 1e9)
        once, cached = (_rate(intake.network, folder, cache) for _ in range(2))
    return {
        "network": intake.network,
        "pictures": intake.pictures,
        "width": intake.width,
        "height": intake.height,
        "once": once,
        "cached": cached,
    }


def paint(folder: Path, intake: Intake) -> None:
    """Write digits for a network of digits, and otherwise what compresses as photographs do."""
    draws = np.random.default_rng(0)
    is_of_digits = striate.load(intake.network).preparation.fit == "digit"
    digits = load_source("mnist").train.images if is_of_digits else None
    size = (intake.width, intake.height)
    for number in range(intake.pictures):
        pixels = _grainy(draws, size) if digits is None else digits[number, 0].numpy()
        file = folder / f"class {number % _CLASSES}" / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(pixels).resize(size).save(file, quality=_QUALITY)


def _grainy(draws: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Paint smooth colors with some grain."""
    coarse = PIL.Image.fromarray(draws.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize(size, PIL.Image.Resampling.BICUBIC))
    return np.clip(smooth + draws.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)


def _rate(network: str, folder: Path, cache: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STRIATE_CACHE": str(cache)}
    words = [sys.executable, "-c", _PROBE, network, str(folder)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return float(told["pictures"] / told["seconds"])
