"""What the numbers of the last row mean: losses to train by, classes and their probabilities."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

import torch
from torch import Tensor
from torch.nn import functional

from striate.modules.network import Ending
from striate.recipe import Recipe


LossFunction = Callable[[Tensor, Tensor], Tensor]
"""From (batch x classes, batch of class numbers) to one loss an example, or to their mean."""


def loss_function(recipe: Recipe) -> LossFunction:
    """Give the loss of a recipe, one number an example.

    Args:
        recipe: Its `loss`, and `map_constant` for the loss `map`.
    """
    match recipe.loss:
        case "cross-entropy":
            return lambda scores, labels: functional.cross_entropy(scores, labels, reduction="none")
        case "binary-cross-entropy":
            return binary_loss
        case "distance":
            return distance_loss
        case "map":
            constant = recipe.map_constant
            return lambda distances, labels: map_loss(distances, labels, constant)
        case _:
            assert_never(recipe.loss)


def mean_loss_function(recipe: Recipe, weights: Tensor | None = None) -> LossFunction:
    """Give the mean of a recipe's loss over a batch, where torch has it in one call.

    It is what training follows. With the single losses in between, a step takes two calls more, and as
    many on the way back. Labels may be numbers of classes, or a row of shares, one a class; the mean is
    over the weights of the classes, where there are such.

    Args:
        recipe: Its `loss`, `map_constant` for the loss `map`, and `label_smoothing`.
        weights: How much an example of each class counts, as `class_weights_of` gives it.
    """
    smoothing = recipe.label_smoothing
    match recipe.loss:
        case "cross-entropy" if recipe.has_plain_loss:
            return functional.cross_entropy
        case "cross-entropy":
            return partial(_cross_entropy, weights=weights, smoothing=smoothing)
        case "binary-cross-entropy":
            return partial(_binary_cross_entropy, weights=weights, smoothing=smoothing)
        case "map":
            constant = recipe.map_constant
            # y_D + log(e^-j + sum of e^-y_i) is minus the logarithm of the softmax of -y beside -j.
            return lambda distances, labels: functional.cross_entropy(
                _exponents(distances, constant), labels
            )
        case "distance":
            return lambda distances, labels: distance_loss(distances, labels).mean()
        case _:
            assert_never(recipe.loss)


def _cross_entropy(
    scores: Tensor, labels: Tensor, *, weights: Tensor | None, smoothing: float
) -> Tensor:
    if weights is None or labels.dim() == 1:
        return functional.cross_entropy(scores, labels, weights, label_smoothing=smoothing)
    return _weighted(functional.log_softmax(scores, 1), labels, weights, smoothing)


def _binary_cross_entropy(
    scores: Tensor, labels: Tensor, *, weights: Tensor | None, smoothing: float
) -> Tensor:
    if weights is None:
        shares = labels.to(scores.dtype) if labels.dim() == 1 else labels[:, 1]
        if smoothing:
            shares = shares * (1 - smoothing) + smoothing / 2
        return functional.binary_cross_entropy_with_logits(scores.squeeze(1), shares)
    hard = labels.dim() == 1
    both = functional.one_hot(labels, 2).to(scores.dtype) if hard else labels
    logs = functional.logsigmoid(torch.cat((-scores, scores), 1))
    return _weighted(logs, both, weights, smoothing)


def _weighted(logs: Tensor, shares: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Take the mean over weights, as torch does for hard labels; for shares it takes that over examples."""
    smoothed = shares * (1 - smoothing) + smoothing / shares.shape[1]
    return -(logs * smoothed * weights).sum() / (shares * weights).sum()


def class_weights_of(recipe: Recipe, labels: Tensor, classes: Sequence[str]) -> Tensor | None:
    """Compute how much an example of each class counts in the loss; None where all count the same.

    Balanced weights are n / (k n_c): for n examples of k classes, of which n_c are of the class. A class
    without an example is not learnt, and has the weight 0.

    Args:
        recipe: Its `class_weights`.
        labels: Of the training examples.
        classes: Names of the classes, in the order of their numbers.

    Source:
        King and Zeng, Logistic regression in rare events data, 2001.
    """
    if not recipe.class_weights:
        return None
    if recipe.class_weights == "balanced":
        counts = torch.bincount(labels, minlength=len(classes)).float()
        present = counts > 0
        balanced = len(labels) / (present.sum() * counts.clamp(min=1))
        return torch.where(present, balanced, 0.0)
    by_name = dict(recipe.class_weights)
    return torch.tensor([float(by_name[name]) for name in classes], device=labels.device)


def binary_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Take minus the logarithm of the right class's probability, by the sigmoid of one score.

    Shapes:
        in:  batch x 1; batch
        out: batch

    Args:
        scores: What goes into the sigmoid, which gives the probability of class 1.
        labels: 0 or 1.
    """
    return functional.binary_cross_entropy_with_logits(
        scores.squeeze(1), labels.to(scores.dtype), reduction="none"
    )


def distance_loss(distances: Tensor, labels: Tensor) -> Tensor:
    """Take the distance to the right class's code.

    Safe only while the codes are fixed: trained ones would all become equal.

    Shapes:
        in:  batch x classes; batch
        out: batch

    Source:
        LeCun et al. 1998, II-C, equation 8.
    """
    return distances.gather(1, labels.unsqueeze(1)).squeeze(1)


def map_loss(distances: Tensor, labels: Tensor, constant: float) -> Tensor:
    """Take y_D + log(e^-j + sum over i of e^-y_i): near to the right code, far from the others.

    Shapes:
        in:  batch x classes; batch
        out: batch

    Args:
        distances: y, one a class.
        labels: D, the right class.
        constant: j: a wrong class that is much farther than j is not pushed any more.

    Source:
        LeCun et al. 1998, II-C, equation 9.
    """
    # e^-y is 0 in single precision from y = 104 on, so the sum is taken in logarithms.
    return distance_loss(distances, labels) + torch.logsumexp(_exponents(distances, constant), 1)


def class_probabilities(outputs: Tensor, ending: Ending, map_constant: float) -> Tensor:
    """Give the probability of each class.

    One score stands for two classes: its sigmoid is the probability of the second one.

    Distances are read as equation 9 of LeNet-5's paper does: e^-y_i over the sum with e^-j, in which
    j stands for rubbish, so that they may add up to less than 1.

    Shapes:
        in:  batch x classes, or batch x 1 for one score
        out: batch x classes

    Args:
        outputs: The last row's numbers.
        ending: What they are.
        map_constant: j of equation 9; not used for scores.
    """
    match ending:
        case "scores":
            return torch.softmax(outputs, dim=1)
        case "one score":
            return torch.sigmoid(torch.cat((-outputs, outputs), dim=1))
        case "distances":
            return torch.softmax(_exponents(outputs, map_constant), dim=1)[:, :-1]
        case _:
            assert_never(ending)


def predicted_classes(outputs: Tensor, ending: Ending) -> Tensor:
    """Name the class of each example: the largest score, a score above 0, or the smallest distance."""
    if ending == "one score":
        return (
            outputs.squeeze(1) > 0
        ).long()  # the same in fewer calls, which is seen in small networks
    return preferences(outputs, ending).argmax(dim=1)


def preferences(outputs: Tensor, ending: Ending) -> Tensor:
    """Give one number a class, the larger the likelier.

    Unlike the probabilities they still differ where those are 0 or 1 in single precision.

    Shapes:
        in:  batch x classes, or batch x 1 for one score
        out: batch x classes
    """
    match ending:
        case "scores":
            return outputs
        case "one score":
            return torch.cat((-outputs, outputs), dim=1)
        case "distances":
            return -outputs
        case _:
            assert_never(ending)


def _exponents(distances: Tensor, constant: float) -> Tensor:
    return functional.pad(-distances, (0, 1), value=-constant)
