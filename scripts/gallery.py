"""Make the pictures of docs/gallery.md: run the commands that stand in it, and keep what it names, small.

    ./.venv/bin/python scripts/gallery.py [--folder FOLDER]

Takes some minutes: it trains LeNet-5, the network for Fashion-MNIST and one of sentences. The page says of each picture which file it comes from.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from striate.cli import main
from striate.system.files import write_durably


ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "gallery.md"

COMMAND = re.compile(r"^\$ striate (.*)$", re.MULTILINE)
OUTPUT = re.compile(r" (?:--output|-o) (\S+)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\) <!-- (.+) -->")
CODE = re.compile(
    r"^```(?:python|markdown)\n(?:# |<!-- )(\S+\.(?:py|md))[^\n]*\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

FASHION = ("fashion-mnist", "1000", "200", "fashion-1000.npz")
"""What scripts/subset.py is asked for."""

_COLORS = 256
_WIDEST = 1100


def run_page(page: str, folder: Path) -> None:
    """Run every command of a page in a folder.

    What is there already is taken as it is.

    Raises:
        SystemExit: A command failed.
    """
    for name, code in CODE.findall(page):
        (folder / name).write_text(code, encoding="utf-8")
    shutil.copytree(ROOT / "examples", folder / "examples", dirs_exist_ok=True)
    if not (folder / FASHION[-1]).exists():
        subset = [sys.executable, ROOT / "scripts" / "subset.py", *FASHION]
        subprocess.run(subset, cwd=folder, check=True)
    os.chdir(folder)
    for command in COMMAND.findall(page):
        made = OUTPUT.search(command)
        if made is not None and Path(made.group(1)).exists():
            continue
        print(f"$ striate {command}", flush=True)
        if main(shlex.split(command)):
            sys.exit(f"failed: striate {command}")


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
    # By coverage, for a color that a drawing has in one small place says as much as the others.
    few = picture.quantize(_COLORS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    few.save(content, format="PNG", optimize=True)
    return content.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, help="where the commands run; one that is removed by itself"
    )
    kept = parser.parse_args().folder
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as spare:
        where = Path(spare) if kept is None else kept.resolve()
        where.mkdir(parents=True, exist_ok=True)
        run_page(text, where)
        print(f"{keep_pictures(text, where, PAGE.parent) / 1e6:.1f} MB")
