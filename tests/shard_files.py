"""Small shards of pictures, for tests of streams."""

import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image


def png(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (9 + number % 3, 10, 3), np.uint8)
    out = BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def write_shard(path: Path, members: Sequence[tuple[str, bytes]], form: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, form) as archive:  # type: ignore[call-overload]
        for name, content in members:
            told = tarfile.TarInfo(name)
            told.size = len(content)
            archive.addfile(told, BytesIO(content))
    return path


def write_shards(folder: Path, each: int = 4) -> Path:
    """Write three shards to train on and one for the test, with labels in `.cls`."""
    for at, name in enumerate(("train-00", "train-01", "train-02", "test-00")):
        members = []
        for number in range(at * each, (at + 1) * each):
            members.append((f"{number:04}.png", png(number)))
            members.append((f"{number:04}.cls", str(number % 2).encode()))
        write_shard(folder / f"{name}.tar", members)
    return folder
