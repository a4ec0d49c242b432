"""Measures of a built network: before it has learnt, and after."""

import math
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor

from striate.experiments.learning import Learnt
from striate.experiments.measures.kinds import Measure, read_measure
from striate.experiments.measures.outputs import (
    change_by_moves,
    edge_angles,
    likeness_of_maps,
    lost_by_decoder,
    probe_error,
    saturated_share,
    spread_of_angles,
)
from striate.experiments.selection import named_row
from striate.modules import class_weights_of, mean_loss_function
from striate.modules.outputs import LossFunction
from striate.see import tuning


_SEEN = 256
"""Training examples that slopes are taken on."""

_CHECKED = 4
"""Weights of each tensor that finite differences are taken of."""


def measure_network(learnt: Learnt, text: str) -> float:
    """Compute one measure.

    Args:
        learnt: The network, trained unless the measure is asked before training.
        text: The measure, as it is written.

    Raises:
        ExperimentError: It cannot be asked of this network.
        SeeingError: It is asked of filters, and the network has none.
    """
    measure = read_measure(text)
    if not isinstance(measure, Measure):
        raise TypeError(text)
    measure = replace(measure, row=named_row(measure.row, learnt.document.table))
    match measure.name:
        case "error on test":
            return learnt.evaluation().error
        case "error on training":
            return learnt.evaluation(of_training=True).error
        case "loss on test":
            return learnt.evaluation().loss
        case "gap":
            return learnt.evaluation().error - learnt.evaluation(of_training=True).error
        case "epochs to training error":
            return epochs_to(learnt.history, measure.number)
        case "change under shift":
            return change_by_moves(learnt, measure, pixels=round(measure.number))
        case "change under rotation":
            return change_by_moves(learnt, measure, degrees=measure.number)
        case "selective filters":
            return tuning(learnt.network, measure.row or None).share_selective
        case "preferred angles":
            return spread_of_angles(tuning(learnt.network, measure.row or None))
        case "saturated values":
            return saturated_share(learnt)
        case "lost by a linear decoder":
            return lost_by_decoder(learnt, measure)
        case "class by a linear probe":
            return probe_error(learnt, measure, learnt.train.labels, learnt.test.labels)
        case "angle by a linear probe":
            angles = (edge_angles(learnt, measure, part) for part in (learnt.train, learnt.test))
            return probe_error(learnt, measure, *angles)
        case "likeness of maps":
            return likeness_of_maps(learnt, measure)
        case "gradient error":
            return _gradient_error(learnt)
        case "loss after a small step":
            return _small_step(learnt)
        case "gradient norm":
            return _slopes(learnt)[1]
        case _:
            raise AssertionError(measure.name)


def epochs_to(history: tuple[float, ...], wanted: float) -> float:
    """Return after how many epochs the training error fell below a share, on a straight line between epochs.

    >>> epochs_to((0.5, 0.3, 0.1), 0.2)
    2.5
    """
    before = 1.0
    for number, error in enumerate(history):
        if error <= wanted:
            return number + (before - wanted) / (before - error) if before > error else number + 1.0
        before = error
    return float(len(history))


def _loss(learnt: Learnt, examples: int) -> tuple[torch.nn.Module, Tensor, Tensor]:
    return (
        learnt.network,
        learnt.inputs(learnt.train, examples),
        learnt.train.labels[:examples],
    )


def _loss_of(learnt: Learnt, network: torch.nn.Module) -> LossFunction:
    """Give the loss that it was trained by, for numbers as wide as a network's."""
    recipe = learnt.document.recipe
    weights = class_weights_of(recipe, learnt.train.labels, learnt.classes)
    if weights is not None:
        weights = weights.to(next(network.parameters()))
    return mean_loss_function(recipe, weights)


def _slopes(learnt: Learnt) -> tuple[float, float]:
    """Return the mean loss on some training examples and the length of its gradient, which stays in the network."""
    network, inputs, labels = _loss(learnt, _SEEN)
    network.zero_grad()
    loss = _loss_of(learnt, network)(network(inputs), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    squares = [p.grad.double().square().sum() for p in network.parameters() if p.grad is not None]
    return float(loss.detach()), math.sqrt(float(torch.stack(squares).sum()))


def _small_step(learnt: Learnt) -> float:
    """Return the loss after a step that by its slope takes a thousandth off, over the loss before."""
    before, norm = _slopes(learnt)
    rate = before / 1000 / norm**2
    with torch.no_grad():
        for parameter in learnt.network.parameters():
            if parameter.grad is not None:
                parameter.sub_(rate * parameter.grad)
    after, _ = _slopes(learnt)
    with torch.no_grad():
        for parameter in learnt.network.parameters():
            if parameter.grad is not None:
                parameter.grad = None
    return after / before


def _gradient_error(learnt: Learnt) -> float:
    """Compare backpropagation with finite differences, at some weights of every tensor, in double precision."""
    network = deepcopy(learnt.network).double().eval()
    loss_of = _loss_of(learnt, network)
    inputs = learnt.inputs(learnt.train, 4)
    inputs = inputs.double() if inputs.is_floating_point() else inputs
    labels = learnt.train.labels[:4]
    network.zero_grad()
    loss_of(network(inputs), labels).backward()  # type: ignore[no-untyped-call]
    worst = 0.0
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.grad is None:
                continue
            slopes, numbers = parameter.grad.flatten(), parameter.data.view(-1)
            scale = max(float(slopes.abs().max()), _LEAST_SLOPE)
            chosen = slopes.abs().topk(min(_CHECKED, len(slopes))).indices.tolist()
            for at in chosen:
                kept, ends = float(numbers[at]), []
                for side in (1, -1):
                    numbers[at] = kept + side * _STEP
                    ends.append(float(loss_of(network(inputs), labels)))
                numbers[at] = kept
                worst = max(
                    worst, abs((ends[0] - ends[1]) / (2 * _STEP) - float(slopes[at])) / scale
                )
    return worst


_STEP, _LEAST_SLOPE = 1e-6, 1e-8
