"""Networks of pictures that nobody chose: straight and branched tables, drawn by their numbers."""

from dataclasses import replace

import numpy as np

import striate
from striate import Convolution, Document, FullyConnected, Input, MaxPooling, Recipe, Row, Table
from striate.layers import Add, BatchNormalization, Concat, Function, GlobalPooling


_CLASSES = 10
BATCH = 32


def drawn_network(number: int) -> Document:
    """Draw the network of a number; those of odd numbers branch."""
    draws = np.random.default_rng(number)
    side, maps = int(draws.choice((32, 48, 64))), int(draws.choice((16, 24, 32)))
    rows = [Row("Input", Input.image(3, side, side))]
    for stage in range(int(draws.integers(2, 5))):
        for place in range(int(draws.integers(1, 3))):
            name = f"{stage + 1}{'ab'[place]}"
            can_branch = number % 2 == 1 and (stage or place)
            kind = (_plain, _sum, _concat)[int(draws.integers(1, 3)) if can_branch else 0]
            rows += kind(name, rows[-1].name, maps, draws)
        rows.append(Row(f"pool {stage + 1}", MaxPooling(2)))
        maps *= 2
    if draws.random() < 0.5:
        rows.append(Row("mean", GlobalPooling("average")))
    else:
        rows.append(Row("hidden", FullyConnected(int(draws.choice((64, 128, 256)))), "ReLU"))
    rows.append(Row("Output", FullyConnected(_CLASSES), "softmax"))
    recipe = Recipe(optimizer="sgd", learning_rate=0.01, momentum=0.9, batch_size=BATCH)
    return replace(striate.document_of(Table(tuple(rows)), f"drawn-{number}"), recipe=recipe)


def _convolution(
    name: str,
    below: str,
    maps: int,
    kernel: int,
    *,
    has_means: bool,
    function: Function | None = "ReLU",
) -> list[Row]:
    """Return a convolution that keeps the sizes, with batch normalisation or without."""
    layer = Convolution(maps, kernel=kernel, padding=kernel // 2, has_bias=not has_means)
    if not has_means:
        return [Row(f"conv {name}", layer, function, reads=(below,))]
    convolution = Row(f"conv {name}", layer, reads=(below,))
    return [convolution, Row(f"norm {name}", BatchNormalization(), function)]


def _plain(name: str, below: str, maps: int, draws: np.random.Generator) -> list[Row]:
    kernel, has_means = int(draws.choice((3, 3, 5))), draws.random() < 0.5
    return _convolution(name, below, maps, kernel, has_means=has_means)


def _sum(name: str, below: str, maps: int, draws: np.random.Generator) -> list[Row]:
    """Return a residual block, whose shortcut is a convolution of 1x1."""
    has_means = draws.random() < 0.7
    short = _convolution(f"{name}0", below, maps, 1, has_means=has_means, function=None)
    first = _convolution(f"{name}1", below, maps, 3, has_means=has_means)
    second = _convolution(f"{name}2", first[-1].name, maps, 3, has_means=has_means, function=None)
    joined = Row(f"sum {name}", Add(), "ReLU", reads=(short[-1].name, second[-1].name))
    return [*short, *first, *second, joined]


def _concat(name: str, below: str, maps: int, draws: np.random.Generator) -> list[Row]:
    """Return branches of several kernels side by side."""
    kernels = (1, 3, 5)[: int(draws.integers(2, 4))]
    branches = [
        _convolution(f"{name}{kernel}", below, maps // len(kernels), kernel, has_means=False)
        for kernel in kernels
    ]
    ends = tuple(branch[-1].name for branch in branches)
    return [
        *(row for branch in branches for row in branch),
        Row(f"join {name}", Concat(), reads=ends),
    ]
