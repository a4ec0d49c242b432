"""Measure how time and memory grow with the number of pictures in a folder.

    python benchmarks/scale.py FOLDER [--counts 10000 100000 1000000]

FOLDER is made, takes 4 KB a picture, and is removed count by count. Pictures are PNG of 16x16, all different, in 100
folders of classes below train/ and test/. Each work is a process of its own: its seconds, of the clock and of the processor,
and the most memory it had. Writes results/scale.json.
"""

import argparse
import math
import os
import shutil
import struct
import sys
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np

from processes import NETWORKS, environment, record, recorded, took


SIDE, CLASSES, TEST_SHARE = 16, 100, 10
WORKS = ("list", "train", "restart", "check")


def _part(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(pixels: bytes) -> bytes:
    """Write gray pixels of SIDE x SIDE as the smallest PNG there is."""
    rows = b"".join(b"\0" + pixels[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    body = _part(b"IHDR", head) + _part(b"IDAT", zlib.compress(rows, 1)) + _part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def make(folder: Path, count: int) -> None:
    """Write so many pictures, a tenth of them for the test."""
    generator = np.random.default_rng(0)
    for number in range(CLASSES):
        for split in ("train", "test"):
            (folder / split / f"class-{number:03}").mkdir(parents=True)
    for begin in range(0, count, 10_000):
        length = min(10_000, count - begin)
        pixels = generator.integers(0, 256, (length, SIDE * SIDE), np.uint8)
        for at in range(length):
            number = begin + at
            split = "test" if number // CLASSES % TEST_SHARE == 0 else "train"
            place = folder / split / f"class-{number % CLASSES:03}" / f"{number:07}.png"
            place.write_bytes(png(pixels[at].tobytes()))


def do(what: str, folder: str, place: str) -> None:
    """Do one work in this process."""
    from striate.cli import main as striate
    from striate.data import find_source

    network, run = str(NETWORKS / "tiny.md"), f"{place}/run-{what}"
    match what:
        case "list":
            found = find_source(folder)
            print(len(found.classes))
        case "check":
            sys.exit(striate(["data", "check", folder]))
        case "train":
            sys.exit(
                striate(["train", network, "--data", folder, "--output", run, "--threads", "1"])
            )
        case _:
            from striate import training

            began = training.start(network, folder, run)
            print(began.trainer.steps)


def measured(what: str, folder: Path, place: Path) -> dict[str, float]:
    """Do one work in a process of its own."""
    command = [sys.executable, __file__, "--do", what, folder, place]
    return took(command, place / f"{what}.log", environment(place / "cache"))


def slopes(found: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Give the slope of each figure between counts beside each other, in log-log."""
    counts = sorted(found, key=int)
    return {
        f"{low} to {high}": {
            f"{what} {figure}": round(
                math.log(found[high][what][figure] / found[low][what][figure])
                / math.log(int(high) / int(low)),
                3,
            )
            for what in WORKS
            for figure in ("processor_s", "memory_mb")
        }
        for low, high in pairwise(counts)
    }


def main() -> None:
    """Make folders, measure, and remove them again."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    if "--do" in sys.argv:
        do(*sys.argv[2:])
        return
    arguments = parser.parse_args()
    found = recorded("scale").get("counts", {})
    for count in arguments.counts:
        place = arguments.folder / str(count)
        place.mkdir(parents=True)
        make(place / "pictures", count)
        found[str(count)] = {}
        for what in WORKS:
            found[str(count)][what] = measured(what, place / "pictures", place)
            print(count, what, found[str(count)][what], flush=True)
        shutil.rmtree(place)
        machine = {"cores": os.cpu_count(), "load_average": os.getloadavg()}
        record("scale", **machine, counts=found, slopes=slopes(found))


if __name__ == "__main__":
    main()
