"""Make the pictures of docs/gallery.md: run the commands that stand in it, and keep what it names, small.

    ./.venv/bin/python scripts/gallery.py

Takes some minutes: it trains LeNet-5 for two epochs. The page says of each picture which file it comes from.
"""

import os
import re
import shlex
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from striate.cli import main
from striate.system.files import write_durably


ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "gallery.md"
DIGIT = ROOT / "examples" / "digits" / "five-transparent.png"

COMMAND = re.compile(r"^\$ striate (.*)$", re.MULTILINE)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\) <!-- (.+) -->")
CODE = re.compile(r"^```python\n# (\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_COLORS = 96
_WIDEST = 1100
_SCENES, _SIDE, _SUN = 12, 48, 30


def run_page(page: str, folder: Path) -> None:
    """Run every command of a page in a folder.

    Raises:
        SystemExit: A command failed.
    """
    for name, code in CODE.findall(page):
        (folder / name).write_text(code, encoding="utf-8")
    shutil.copy(DIGIT, folder / "five.png")
    paint_scenes(folder / "scenes")
    os.chdir(folder)
    for command in COMMAND.findall(page):
        print(f"$ striate {command}", flush=True)
        if main(shlex.split(command)):
            sys.exit(f"failed: striate {command}")


def paint_scenes(folder: Path) -> None:
    """Paint two classes of small landscapes: with a house, and with a sun."""
    random = np.random.default_rng(4)
    for kind in ("house", "sun"):
        (folder / kind).mkdir(parents=True)
        for number in range(_SCENES):
            scene = np.empty((_SIDE, _SIDE, 3))
            horizon = random.integers(24, 32)
            scene[:horizon] = np.array([120, 170, 230]) * random.uniform(0.7, 1.1)
            scene[horizon:] = np.array([80, 150, 60]) * random.uniform(0.7, 1.1)
            left, top = random.integers(4, 28), random.integers(4, 12)
            if kind == "house":
                scene[horizon - 14 : horizon + 4, left : left + 16] = (190, 70, 50)
                scene[horizon - 8 : horizon - 2, left + 5 : left + 10] = (240, 230, 160)
            else:
                down, across = np.mgrid[:_SIDE, :_SIDE]
                scene[(down - top - 4) ** 2 + (across - left - 6) ** 2 < _SUN] = (250, 220, 90)
            scene += random.normal(0, 6, scene.shape)
            pixels = np.clip(scene, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / kind / f"{number}.png")


def keep_pictures(page: str, made: Path, docs: Path) -> int:
    """Write the pictures that a page names beside it, with few colors, and return the bytes of all.

    Args:
        page: The page.
        made: Folder in which its commands were run.
        docs: Folder of the page.
    """
    total = 0
    for place, source in PICTURE.findall(page):
        (file,) = made.glob(source)
        content = file.read_bytes() if file.suffix == ".gif" else small(file)
        (docs / place).parent.mkdir(parents=True, exist_ok=True)
        write_durably(docs / place, content)
        total += len(content)
    return total


def small(file: Path) -> bytes:
    """Return a picture with few colors, no wider than a page."""
    picture = Image.open(file).convert("RGB")
    if picture.width > _WIDEST:
        height = round(picture.height * _WIDEST / picture.width)
        picture = picture.resize((_WIDEST, height), Image.Resampling.LANCZOS)
    content = BytesIO()
    picture.quantize(_COLORS, dither=Image.Dither.NONE).save(content, format="PNG", optimize=True)
    return content.getvalue()


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as where:
        run_page(text, Path(where))
        print(f"{keep_pictures(text, Path(where), PAGE.parent) / 1e6:.1f} MB")
