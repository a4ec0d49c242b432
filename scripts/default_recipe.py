"""Compare recipes for small data sets, each by pictures held out: the tutorials' network under every candidate.

    .venv/bin/python scripts/default_recipe.py [--sets NAME ...] [--recipes NAME ...] [--seeds N]

Every data set gives a few hundred pictures to learn from and as many that are held out of its training part; no
test is touched. What was wrong on those held out is told for each, and goes to results/default-recipe.json.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from painted import KINDS, paint

import striate
from striate.data import Examples, Source, hold_out
from striate.documents.document import usual_recipe
from striate.recipe import Recipe
from striate.training.launch import learn


OUTCOME = Path(__file__).parents[1] / "results" / "default-recipe.json"

TUTORIAL = """
| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| Input | Input | {channels} | {side}x{side} | - | - |
| Conv1 | Convolution | 32 | - | 3x3 | ReLU |
| Pool1 | Max pooling | - | - | 2x2 | - |
| Conv2 | Convolution | 64 | - | 3x3 | ReLU |
| Pool2 | Max pooling | - | - | 2x2 | - |
| Flat | Flatten | - | - | - | - |
| Full | Fully connected | - | 128 | - | ReLU |
| Output | Fully connected | - | {classes} | - | softmax |
"""
"""The network of most tutorials."""

EPOCHS = 12

RECIPES = {
    "nesterov": {"optimizer": "nesterov", "learning_rate": 0.05, "warmup": 0.2, "batch_size": 128},
    "nesterov-32": {
        "optimizer": "nesterov",
        "learning_rate": 0.02,
        "warmup": 0.2,
        "batch_size": 32,
    },
    "adamw-128": {"optimizer": "adamw", "learning_rate": 0.002, "warmup": 0.1, "batch_size": 128},
    "adamw-low": {"optimizer": "adamw", "learning_rate": 0.0005, "warmup": 0.1, "batch_size": 32},
    "adamw": {"optimizer": "adamw", "learning_rate": 0.001, "warmup": 0.1, "batch_size": 32},
    "adamw-high": {"optimizer": "adamw", "learning_rate": 0.002, "warmup": 0.1, "batch_size": 32},
    "usual": {},
}
"""Fields of each candidate; `usual` is what tables get now."""


def sources() -> Iterator[tuple[str, Source]]:
    """Yield the small data sets; each holds half of its pictures out."""
    yield "mnist", _part_of("mnist", 300)
    yield "fashion-mnist", _part_of("fashion-mnist", 300)
    yield "digits", _digits()
    for kind, each in (("icons", 60), ("flags", 60), ("textures", 60)):
        pixels, labels = paint(kind, each, 28, seed=1)
        examples = Examples(
            torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()), torch.from_numpy(labels)
        )
        yield kind, _halved(kind, tuple(KINDS[kind]), examples)


def _part_of(name: str, count: int) -> Source:
    whole = striate.load_source(name)
    _, part = hold_out(whole.train, 2 * count, seed=7)
    return _halved(name, whole.classes, part)


def _digits() -> Source:
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = np.round(found.images * 255 / 16).astype(np.uint8)
    examples = Examples(torch.from_numpy(pixels)[:, None], torch.from_numpy(found.target).long())
    _, part = hold_out(examples, 600, seed=7)
    return _halved("digits", tuple(map(str, range(10))), part)


def _halved(name: str, classes: tuple[str, ...], examples: Examples) -> Source:
    rest, held_out = hold_out(examples, len(examples) // 2, seed=11)
    return Source(name, classes, rest, held_out, validation=held_out)


def measure(source: Source, fields: dict[str, object], seed: int) -> tuple[float, float]:
    """Train the tutorial's network, and return the error on what is held out, and the seconds."""
    channels, side = source.train.images.shape[1:3]
    text = TUTORIAL.format(channels=channels, side=max(side, 12), classes=len(source.classes))
    document = striate.read_networks(text, source.name)[0]
    base = usual_recipe(document.table) if not fields else Recipe()
    recipe = replace(base, epochs=EPOCHS, seed=seed, **fields)  # type: ignore[arg-type]
    began = time.perf_counter()
    learning = learn(replace(document, recipe=recipe), source)
    error = learning.trainer.progress.history[-1].validation_error
    return float("nan") if error is None else error, time.perf_counter() - began


def main() -> None:
    """Measure every candidate, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*")
    parser.add_argument("--recipes", nargs="*", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    outcome: dict[str, dict[str, list[float]]] = {}
    for name, source in sources():
        if arguments.sets and name not in arguments.sets:
            continue
        outcome[name] = {}
        for recipe in arguments.recipes:
            found = [measure(source, RECIPES[recipe], seed) for seed in range(arguments.seeds)]
            outcome[name][recipe] = [round(100 * error, 2) for error, _ in found]
            seconds = sum(spent for _, spent in found) / len(found)
            print(f"{name:14} {recipe:14} {outcome[name][recipe]} %  {seconds:.1f} s", flush=True)
    told = {"epochs": EPOCHS, "recipes": RECIPES, "held_out_error_percent": outcome}
    OUTCOME.write_text(f"{json.dumps(told, indent=2)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
