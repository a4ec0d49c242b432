"""A training recipe: every number that decides how a network learns, each with its unit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final, get_args

from striate.errors import Fault, RecipeError
from striate.errors.recipes import (
    field_below,
    field_not_a_choice,
    field_not_below,
    field_not_finite,
    field_not_positive,
    loss_does_not_fit,
    no_loss_fits,
)
from striate.layers import FullyConnected, RadialBasis
from striate.table import Row, Table, Unreadable


Loss = Literal["cross-entropy", "map", "distance"]
Optimizer = Literal["sgd", "adam", "adamw", "adadelta"]
Schedule = Literal["constant", "one-cycle"]
Initialization = Literal["pytorch", "lecun-1998", "kim-2014"]


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train a network.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        optimizer: `sgd` (with Nesterov's momentum), `adam`, `adamw` or `adadelta`, which finds its
            step sizes by itself and is published with a learning rate of 1.
        learning_rate: Step size at its peak.
        momentum: Part of the last step that is kept by `sgd`; `adam` and `adamw` use it as their
            first decay rate, `adadelta` as its rho.
        weight_decay: Part of each weight removed a step, times the learning rate.
        schedule: `one-cycle` rises in a straight line and falls to zero along half a cosine;
            `constant` stays at the peak after the rise.
        warmup: Part of all steps in which the rate rises.
        loss: `cross-entropy` for a softmax; `map` (equation 9 of LeNet-5's paper) or `distance`
            (its equation 8) for an RBF output.
        map_constant: The j of equation 9, which the paper leaves open: the larger it is, the less
            a wrong class that is already far away is pushed further.
        initialization: `pytorch`; `lecun-1998`: uniform within 2.4 / fan-in, biases included; or
            `kim-2014`: kernels within 0.01, word vectors within 0.25, biases and last row 0.
        validation: Images held out of the training set, the same share of every class, to choose
            the best epoch by; 0 keeps none and the last epoch is the best.
        seed: Start of every random choice.

    Raises:
        RecipeError: A value is impossible; all of them are named.
    """

    epochs: int = 10
    batch_size: int = 128
    optimizer: Optimizer = "sgd"
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: Schedule = "one-cycle"
    warmup: float = 0.2
    loss: Loss = "cross-entropy"
    map_constant: float = 1.0
    initialization: Initialization = "pytorch"
    validation: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        faults = [*self._number_faults()]
        faults += [
            field_not_a_choice(name, value, get_args(choices))
            for name, value, choices in (
                ("optimizer", self.optimizer, Optimizer),
                ("schedule", self.schedule, Schedule),
                ("loss", self.loss, Loss),
                ("initialization", self.initialization, Initialization),
            )
            if value not in get_args(choices)
        ]
        if faults:
            raise RecipeError(*faults)

    def _number_faults(self) -> Iterator[Fault]:
        for name, value, least in (
            ("epochs", self.epochs, 1),
            ("batch_size", self.batch_size, 1),
            ("validation", self.validation, 0),
            ("seed", self.seed, 0),
            ("weight_decay", self.weight_decay, 0),
        ):
            if not math.isfinite(value):
                yield field_not_finite(name, value)
            elif value < least:
                yield field_below(name, value, least)
        for name, value in (
            ("learning_rate", self.learning_rate),
            ("map_constant", self.map_constant),
        ):
            if not math.isfinite(value):
                yield field_not_finite(name, value)
            elif value <= 0:
                yield field_not_positive(name, value)
        for name, value in (("momentum", self.momentum), ("warmup", self.warmup)):
            if not 0 <= value < 1:
                yield field_not_below(name, value, 1)


def fitting_losses(table: Table) -> tuple[Loss, ...]:
    """Name the losses that can be computed from a table's last row, the usual one first."""
    last = table.rows[-1] if table.rows else None
    match last.layer if last else None:
        case RadialBasis():
            return ("map", "distance")
        case FullyConnected() if last and last.activation in {"softmax", None}:
            return ("cross-entropy",)
        case _ if last and last.function == "softmax":
            return ("cross-entropy",)
        case _:
            return ()


def loss_faults(recipe: Recipe, table: Table) -> tuple[Fault, ...]:
    """Report a loss that does not fit what the table gives; a row not understood may give anything."""
    if not table.rows or isinstance(table.rows[-1].layer, Unreadable):
        return ()
    fitting = fitting_losses(table)
    if recipe.loss in fitting:
        return ()
    output = _named(table.rows[-1])
    if not fitting:
        return (no_loss_fits(output),)
    return (loss_does_not_fit(recipe.loss, output, fitting),)


def _named(last: Row) -> str:
    if isinstance(last.layer, RadialBasis):
        return "distances to codes (RBF)"
    return f"{last.function} values" if last.function else "plain values"
