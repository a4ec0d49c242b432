"""Train on a stream of pictures that is larger than the memory, and tell the most memory that it took.

    python benchmarks/stream.py FOLDER [--gigabytes 8] [--form tar]

FOLDER is made, takes the stream, and is removed. Pictures are BMP of 512x512, all different, in shards of 250 MB (or Parquet
files with groups of 50 rows). Each work is a process of its own. Writes results/stream.json.
"""

import argparse
import os
import shutil
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image

from processes import NETWORKS, environment, record, took


SIDE, EACH, CLASSES, GROUP = 512, 320, 10, 50


def picture(generator: np.random.Generator) -> bytes:
    """Write noise as a BMP."""
    pixels = np.frombuffer(generator.bytes(SIDE * SIDE * 3), np.uint8).reshape(SIDE, SIDE, 3)
    out = BytesIO()
    PIL.Image.fromarray(pixels).save(out, "BMP")
    return out.getvalue()


def write_shard(path: Path, number: int) -> None:
    """Write EACH pictures with their classes into a .tar."""
    generator = np.random.default_rng(number)
    with tarfile.open(path, "w") as archive:
        for at in range(EACH):
            for ending, content in (
                ("bmp", picture(generator)),
                ("cls", f"{at % CLASSES}".encode()),
            ):
                told = tarfile.TarInfo(f"{number:04}{at:04}.{ending}")
                told.size = len(content)
                archive.addfile(told, BytesIO(content))


def write_table(path: Path, number: int) -> None:
    """Write EACH pictures with their classes into a Parquet file."""
    from importlib import import_module

    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    generator = np.random.default_rng(number)
    rows = {
        "image": [{"bytes": picture(generator), "path": None} for _ in range(EACH)],
        "label": [at % CLASSES for at in range(EACH)],
    }
    parquet.write_table(arrow.table(rows), path, row_group_size=GROUP, compression="none")


def main() -> None:
    """Write the stream, train on it, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=8)
    parser.add_argument("--form", choices=("tar", "parquet"), default="tar")
    arguments = parser.parse_args()
    place = arguments.folder
    stream = place / "pictures"
    stream.mkdir(parents=True)
    count = max(2, round(arguments.gigabytes * 1e9 / (EACH * SIDE * SIDE * 3)))
    write = write_shard if arguments.form == "tar" else write_table
    for number in range(count):
        split = "train" if number < count - 1 else "test"
        of_tables = count - 1 if split == "train" else 1
        at = number if split == "train" else 0
        shard = f"{number:04}.tar" if write is write_shard else f"{at:05}-of-{of_tables:05}.parquet"
        write(stream / f"{split}-{shard}", number)
    size = sum(file.stat().st_size for file in stream.iterdir())
    data = str(stream) if arguments.form == "tar" else f"stream:{stream}"
    words = ("train", NETWORKS / "of-a-stream.md", "--data", data, "--output", place / "run")
    command = [sys.executable, "-m", "striate", *words, "--threads", "1"]
    spent = took(command, place / "log", environment(place / "cache"))
    kept = sum(file.stat().st_size for file in (place / "cache").rglob("*") if file.is_file())
    found = {
        "pictures": count * EACH,
        "bytes": size,
        "most_memory_bytes": round(spent["memory_mb"] * 2**20),
        "cache_bytes": kept,
        "processor_s": spent["processor_s"],
        "wall_s": spent["wall_s"],
        "load_average": os.getloadavg()[0],
    }
    print(found)
    record("stream", **{arguments.form: found})
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
