"""Draw a balanced part of a data set of images into one file.

    .venv/bin/python scripts/subset.py fashion-mnist 4000 1000 fashion-4000.npz

Every class gives the same number of images to the training part, and the same to the test part; both
are drawn from the parts of the same name. The outcome is an .npz file that `--data` takes.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

import striate
from striate.data import Examples


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data")
    parser.add_argument("train", type=int, help="training images")
    parser.add_argument("test", type=int, help="test images")
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    source = striate.load_source(arguments.data)
    arrays = {}
    for name, part, count in (
        ("train", source.train, arguments.train),
        ("test", source.test, arguments.test),
    ):
        chosen = balanced(part, count, len(source.classes), arguments.seed)
        arrays[f"x_{name}"] = part.images[chosen].squeeze(1).numpy()
        arrays[f"y_{name}"] = part.labels[chosen].numpy()
    np.savez_compressed(arguments.output, **arrays)


def balanced(part: Examples, count: int, classes: int, seed: int) -> torch.Tensor:
    """Choose the same number of every class, in the order of the data set."""
    share, rest = divmod(count, classes)
    if rest or int(part.labels.bincount(minlength=classes).min()) < share:
        message = f"{count:,} images cannot be drawn evenly from {classes} classes of this size"
        raise SystemExit(message)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(part), generator=generator)
    labels = part.labels[order]
    chosen = [order[(labels == label).nonzero()[:share, 0]] for label in range(classes)]
    return torch.cat(chosen).sort().values


if __name__ == "__main__":
    main()
