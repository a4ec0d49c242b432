"""What is done while it is killed, fails, or is recorded: real commands that write, from a beginning that is copied for each."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np
from PIL import Image

from proofs.watched import Aim, Ended, Runner


NETWORK = """# Small

| Layer | Type | Maps | Size | Kernel | Activation |
|---|---|---|---|---|---|
| In | Input | 1 | 12x12 | | |
| C1 | Convolution | 4 | 10x10 | 3 | ReLU |
| S2 | Max pooling | 4 | 5x5 | 2 | |
| Out | Fully connected | | 3 | | Softmax |
"""

_WEIGHTS = ("model.safetensors", "last.safetensors")


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """One command that writes.

    Args:
        name: What it is called.
        words: The command line, in the folder of the scene.
        watched: The part of that folder whose operations count.
        before: Makes the folder from which each case begins, with a runner for its commands.
        again: The command lines that end the work after a fault; the first one that is done counts.
        outcome: Files that must come out as without the fault, and those that are read by `verbs`.
        verbs: Command lines that must give an answer at any time: done, or a fault in words.
    """

    name: str
    words: Sequence[str]
    watched: str
    before: Callable[[Runner, Path], None]
    again: Sequence[Sequence[str]]
    outcome: Sequence[str] = ()
    verbs: Sequence[Sequence[str]] = field(default_factory=tuple)

    def run(self, runner: Runner, aim: Aim | None = None) -> Ended:
        """Do it."""
        return runner.striate(self.words, aim)

    def outcomes(self, place: Path) -> dict[str, str]:
        """Give the digest of each file that comes out; "none" where it is not there."""
        return {name: digest(place / name) for name in self.outcome}


def digest(file: Path) -> str:
    """Give the SHA-256 of a file; "none" where there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "none"


def paint(place: Path, seed: int = 5) -> None:
    """Write pictures in folders of three classes, an NPZ of the same, and a network."""
    drawn = np.random.default_rng(seed)
    images, labels = [], []
    for number in range(24):
        label = number % 3
        image = drawn.integers(0, 80, (12, 12), dtype=np.uint8)
        image[4 * label : 4 * label + 4] += 150
        images.append(image)
        labels.append(label)
        folder = place / "pictures" / "abc"[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number}.png")
    x, y = np.stack(images), np.array(labels)
    np.savez(place / "some.npz", x_train=x[:18], y_train=y[:18], x_test=x[18:], y_test=y[18:])
    (place / "small.md").write_text(NETWORK, encoding="utf-8")


def _painted(_runner: Runner, place: Path) -> None:
    paint(place)


def _trained(runner: Runner, place: Path) -> None:
    paint(place)
    done = runner.striate(_TRAIN)
    if done.code:
        raise RuntimeError(done.told)


_TRAIN = (
    *("train", "small.md", "--data", "some.npz", "--output", "run", "--epochs", "3"),
    *("--batch-size", "6", "--validation", "6", "--seed", "3", "--threads", "1"),
)
_RUN = tuple(f"run/bundle/{name}" for name in _WEIGHTS)
_RUN_VERBS = (
    ("evaluate", "run", "--json"),
    ("predict", "run", "pictures/a/0.png", "--json"),
    ("check", "run/network.md"),
)


def scenes() -> list[Scene]:
    """Give all of them."""
    longer = ("train", "--resume", "run", "--epochs", "5")
    pictures = (
        *("train", "small.md", "--data", "pictures", "--output", "run", "--epochs", "1"),
        *("--batch-size", "6", "--seed", "3", "--threads", "1"),
    )
    return [
        Scene(
            "a training",
            _TRAIN,
            "run",
            _painted,
            (("train", "--resume", "run"), _TRAIN),
            _RUN,
            _RUN_VERBS,
        ),
        Scene(
            "a finished training that goes on, and changes its bundle",
            longer,
            "run",
            _trained,
            (longer, ("train", "--resume", "run")),
            _RUN,
            _RUN_VERBS,
        ),
        Scene(
            "a cache of decoded pictures",
            pictures,
            "cache",
            _painted,
            (("train", "--resume", "run"), pictures),
            _RUN,
            (("data", "check", "pictures"),),
        ),
        Scene("a drawing", _DRAW, "out", _with_a_place, (_DRAW,), ("out/small.svg",)),
    ]


_DRAW = ("draw", "small.md", "--output", "out/small.svg")


def _with_a_place(_runner: Runner, place: Path) -> None:
    paint(place)
    (place / "out").mkdir()


def fresh(beginning: Path, place: Path) -> None:
    """Put a copy of a beginning in place of what a case has left."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(beginning, place, symlinks=True)
