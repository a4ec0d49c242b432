"""Measures of what the rows of a trained network give: how it moves, what it holds, how it is spread."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from striate.data import ReadExamples
from striate.errors import ExperimentError
from striate.errors.experiments import not_for_this_network
from striate.experiments.learning import Learnt
from striate.experiments.measures.kinds import Measure
from striate.modules import class_probabilities
from striate.see import Tuning, maps
from striate.see.rows import report_of
from striate.shapes import Image


Array = NDArray[np.float64]

_LOOKED_AT = 500
"""Examples that maps and shifts are asked of."""

_PROBED = 1000
"""Examples that probes learn from, and as many that they are measured on."""

_ANGLES = 4
"""Classes of angles: around 0, 45, 90 and 135 degrees."""

_RIDGE = 1e-3
"""Pull of a probe's weights towards 0, as a part of the mean square of what it reads."""

_SATURATED = 0.05

_ENDS = {"tanh": (-1.0, 1.0), "scaled tanh": (-1.7159, 1.7159), "sigmoid": (0.0, 1.0)}


def change_by_moves(
    learnt: Learnt, measure: Measure, *, pixels: int = 0, degrees: float = 0.0
) -> float:
    """Return half the sum of the changes of all probabilities, on average over examples and directions.

    Pixels that come in from outside are those at the edge.

    Args:
        learnt: The network.
        measure: For messages.
        pixels: How far pictures are shifted up, down, left and right.
        degrees: By how much they are turned to either side.

    Raises:
        ExperimentError: The network reads no pictures.
    """
    if not isinstance(learnt.document.table.input, Image):
        raise _refused(measure, learnt, "it reads no pictures")
    inputs = learnt.inputs(learnt.test, _LOOKED_AT)
    height, width = inputs.shape[2:]
    if pixels:
        # A grid counts from -1 to 1 over the picture.
        across, down = 2 * pixels / width, 2 * pixels / height
        moves = [
            [[1.0, 0.0, right], [0.0, 1.0, below]]
            for right, below in ((across, 0.0), (-across, 0.0), (0.0, down), (0.0, -down))
        ]
    else:
        turns = (math.radians(degrees), -math.radians(degrees))
        moves = [[[math.cos(t), -math.sin(t), 0.0], [math.sin(t), math.cos(t), 0.0]] for t in turns]
    total = 0.0
    with torch.inference_mode():
        before = _probabilities(learnt, inputs)
        for move in moves:
            matrix = torch.tensor(move).expand(len(inputs), 2, 3)
            grid = functional.affine_grid(matrix, list(inputs.shape), align_corners=False)
            moved = functional.grid_sample(inputs, grid, padding_mode="border", align_corners=False)
            total += float((_probabilities(learnt, moved) - before).abs().sum(1).mean()) / 2
    return total / len(moves)


def _probabilities(learnt: Learnt, inputs: Tensor) -> Tensor:
    constant = learnt.document.recipe.map_constant
    return class_probabilities(learnt.network(inputs), learnt.network.ending, constant)


def spread_of_angles(found: Tuning) -> float:
    """Return how far the preferred angles lie apart: 1 less the length of their mean direction, doubled for half turns."""
    turns = np.exp(2j * np.deg2rad(found.preferred))
    return 1 - float(np.abs(turns.mean()))


def saturated_share(learnt: Learnt) -> float:
    """Return the share of values near the ends of the range of a squashing function; 0 where no row has one."""
    values = maps(learnt.network, learnt.inputs(learnt.test, _LOOKED_AT))
    near = count = 0
    for report in learnt.network.walk.trunk[:-1]:
        ends = _ENDS.get(str(report.row.function))
        if ends is not None:
            low, high = ends
            outputs = values[report.row.name]
            room = _SATURATED * (high - low)
            near += int(((outputs < low + room) | (outputs > high - room)).sum())
            count += outputs.size
    return near / count if count else 0.0


def likeness_of_maps(learnt: Learnt, measure: Measure) -> float:
    """Return the mean size of the correlations between the maps of a row, over examples and places.

    Raises:
        ExperimentError: It has no maps, or one.
    """
    values = maps(learnt.network, learnt.inputs(learnt.test, _LOOKED_AT))[measure.row]
    if values.ndim != 4 or values.shape[1] == 1:  # noqa: PLR2004 - examples, maps, height, width
        raise _refused(measure, learnt, f"{measure.row} has no maps to compare")
    flat = values.astype(np.float64).transpose(1, 0, 2, 3).reshape(values.shape[1], -1)
    flat = flat[flat.std(axis=1) > 0]
    if len(flat) < 2:  # noqa: PLR2004 - a correlation needs two
        return 0.0
    sizes = np.abs(np.corrcoef(flat))
    count = len(sizes)
    return float((sizes.sum() - count) / (count * (count - 1)))


# ---- probes


def probe_error(learnt: Learnt, measure: Measure, train: Tensor, test: Tensor) -> float:
    """Return the error of a linear classifier that reads a row's output, on test examples.

    It is learnt in one step, by least squares on targets of 0 and 1 with a small pull towards 0.

    Args:
        learnt: The network.
        measure: It names the row.
        train: A class for each training example.
        test: A class for each test example.

    Source:
        G. Alain, Y. Bengio, Understanding intermediate layers using linear classifier probes, 2016.
    """
    report_of(learnt.network, measure.row)
    known, asked = (_outputs(learnt, part, measure.row) for part in (learnt.train, learnt.test))
    classes = int(torch.cat((train, test)).max()) + 1
    targets = np.eye(classes)[train[: len(known)].numpy()]
    said = _ridge(known, targets, asked).argmax(axis=1)
    return float((said != test[: len(asked)].numpy()).mean())


def edge_angles(learnt: Learnt, measure: Measure, examples: ReadExamples) -> Tensor:
    """Return the angle along which most edges of each picture run, as one of four classes.

    It is that of the structure tensor: the sums of the products of the slopes across and down.

    Raises:
        ExperimentError: The network reads no pictures.

    Source:
        J. Bigün, G. H. Granlund, Optimal orientation detection of linear symmetry, 1987.
    """
    if not isinstance(learnt.document.table.input, Image):
        raise _refused(measure, learnt, "it reads no pictures")
    gray = learnt.inputs(examples, _PROBED).mean(1)
    across = gray[:, 1:-1, 2:] - gray[:, 1:-1, :-2]
    down = gray[:, 2:, 1:-1] - gray[:, :-2, 1:-1]
    both = (across * down).sum((1, 2))
    double = torch.atan2(2 * both, (across.square() - down.square()).sum((1, 2)))
    turns = double / (2 * math.pi) * _ANGLES
    return turns.round().long() % _ANGLES


def lost_by_decoder(learnt: Learnt, measure: Measure) -> float:
    """Return the part of the variance of what a row reads that a linear decoder cannot restore from its output.

    The decoder reads one map and restores the map below it; it is the same for all maps, learnt on training examples
    and measured on test examples.

    Raises:
        ExperimentError: The row does not give a map for a map.
    """
    report = report_of(learnt.network, measure.row)
    names = [one.row.name for one in learnt.network.walk.reports]
    below = report.row.reads[0] if report.row.reads else names[names.index(measure.row) - 1]
    known, asked = (
        maps(learnt.network, learnt.inputs(part, _LOOKED_AT // 5))
        for part in (learnt.train, learnt.test)
    )
    shapes = known[below].shape, known[measure.row].shape
    if any(len(shape) != 4 for shape in shapes) or shapes[0][1] != shapes[1][1]:  # noqa: PLR2004
        raise _refused(measure, learnt, f"{measure.row} does not give a map for each map it reads")
    kept, whole = _by_map(known[measure.row]), _by_map(known[below])
    truth = _by_map(asked[below])
    restored = _ridge(kept, whole, _by_map(asked[measure.row]))
    return float(((restored - truth) ** 2).sum() / ((truth - whole.mean(0)) ** 2).sum())


def _by_map(values: NDArray[np.float32]) -> Array:
    return values.reshape(-1, values.shape[2] * values.shape[3]).astype(np.float64)


def _outputs(learnt: Learnt, examples: ReadExamples, row: str) -> Array:
    values = maps(learnt.network, learnt.inputs(examples, _PROBED))[row]
    return values.reshape(len(values), -1).astype(np.float64)


def _ridge(known: Array, targets: Array, asked: Array) -> Array:
    """Fit a linear map with a constant by least squares, and apply it; in whichever space is smaller."""
    mean, middle = known.mean(0), targets.mean(0)
    centered = known - mean
    count, width = centered.shape
    pull = _RIDGE * max(float((centered**2).sum()) / min(count, width), np.finfo(float).tiny)
    if width <= count:
        products = centered.T @ centered + pull * np.eye(width)
        weights = np.linalg.solve(products, centered.T @ (targets - middle))
    else:
        products = centered @ centered.T + pull * np.eye(count)
        weights = centered.T @ np.linalg.solve(products, targets - middle)
    return (asked - mean) @ weights + middle


def _refused(measure: Measure, learnt: Learnt, why: str) -> ExperimentError:
    return ExperimentError(not_for_this_network(str(measure), learnt.document.name, why))
