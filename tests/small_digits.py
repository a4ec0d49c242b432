"""A part of MNIST in a folder of its own, for tests that train."""

from pathlib import Path

import pytest

from shared_folder import made_once
from striate.data import load_source, write_idx


def write_small_digits(folder: Path, train: int, test: int) -> Path:
    """Write the first digits of MNIST as four IDX files."""
    source = load_source("mnist")
    folder.mkdir(parents=True, exist_ok=True)
    for name, examples, count in (("train", source.train, train), ("t10k", source.test, test)):
        images = examples.images[:count].squeeze(1).numpy()
        labels = examples.labels[:count].numpy().astype("uint8")
        (folder / f"{name}-images-idx3-ubyte").write_bytes(write_idx(images))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(write_idx(labels))
    return folder


@pytest.fixture(scope="session")
def small_digits(shared_folder: Path) -> str:
    """1,200 training digits and 300 test digits."""
    return str(
        made_once(shared_folder / "digits", lambda folder: write_small_digits(folder, 1200, 300))
    )
