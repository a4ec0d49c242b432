"""A training recipe: every number that decides how a network learns, each with its unit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final, get_args

from striate.augmentation.kinds import Augmentation, Crop, list_faults
from striate.errors import Fault, RecipeError
from striate.errors.augmentation import no_room_for_windows
from striate.errors.recipes import (
    class_weight_not_positive,
    class_weight_twice,
    class_weights_not_read,
    classes_without_weight,
    field_below,
    field_not_a_choice,
    field_not_below,
    field_not_finite,
    field_not_positive,
    least_rate_without_plateau,
    loss_does_not_fit,
    milestones_not_read,
    milestones_without_step,
    no_dropout_to_sample,
    no_loss_fits,
    only_for_cross_entropy,
)
from striate.errors.typed import typed
from striate.layers import Dropout, FullyConnected, Function, RadialBasis
from striate.table import Row, Table, Unreadable


Loss = Literal["cross-entropy", "binary-cross-entropy", "map", "distance"]
Optimizer = Literal[
    "sgd",
    "nesterov",
    "adam",
    "adamw",
    "adamax",
    "nadam",
    "radam",
    "adagrad",
    "rmsprop",
    "adadelta",
    "muon",
]
Schedule = Literal["constant", "one-cycle", "step", "plateau"]
Initialization = Literal["pytorch", "lecun-1998", "glorot-2010", "he-2015", "kim-2014"]
Views = Literal["one", "flip", "ten-crop"]
Precision = Literal["auto", "bf16", "fp32"]
Sampling = Literal["shuffled", "balanced"]
ClassWeights = tuple[tuple[str, float], ...] | Literal["balanced"]
"""Names of classes with their weights, none at all, or weights by how seldom a class is."""


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train a network.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        optimizer: `sgd` with classical momentum, `nesterov` with Nesterov's, `adam`, `adamw`, `adamax`,
            `nadam`, `radam`, `adagrad`, `rmsprop` without momentum, `adadelta`, which finds its step sizes by itself and is published with a learning rate
            of 1, or `muon`, which moves all directions of a weight matrix equally far and takes the
            rates of `adamw`.
        learning_rate: Step size at its peak.
        momentum: Part of the last step that is kept by `sgd`, `nesterov` and `muon`; `adam` and those
            named after it use it as their first decay rate, `adadelta` and `rmsprop` as the part of the
            mean of squares that is kept a step; `adagrad` does not use it.
        weight_decay: Part of each weight removed a step, times the learning rate.
        schedule: `one-cycle` rises in a straight line and falls to zero along half a cosine;
            `constant` stays at the peak after the rise; `step` is multiplied by step_factor after
            every step_epochs epochs, or after those that milestones names; `plateau` after every
            plateau_epochs epochs in which the loss of held-out images has not become lower by a
            ten-thousandth.
        warmup: Part of all steps in which the rate rises.
        step_epochs: Epochs between two falls of the schedule `step`.
        milestones: Epochs after which the schedule `step` falls instead, as in `30, 60, 80`.
        plateau_epochs: Epochs without a lower loss after which the schedule `plateau` falls.
        least_rate: Below this rate the schedule `plateau` does not fall; 0 for no such rate.
        step_factor: What the rate is multiplied by at each of these falls.
        loss: `cross-entropy` for a softmax; `binary-cross-entropy` for one unit with a sigmoid;
            `map` (equation 9 of LeNet-5's paper) or `distance` (its equation 8) for an RBF output.
        map_constant: The j of equation 9, which the paper leaves open: the larger it is, the less
            a wrong class that is already far away is pushed further.
        initialization: How rows begin that do not say it themselves: `pytorch`; `lecun-1998`, uniform
            within 2.4 / fan-in, biases included; `glorot-2010`, uniform with a variance of
            2 / (fan-in + fan-out), biases 0; `he-2015`, normal with a variance of 2 / fan-in, biases 0;
            `kim-2014`, kernels within 0.01, word vectors within 0.25, biases and last row 0.
        validation: Images held out of the training set, the same share of every class, to choose
            the best epoch by; 0 keeps none and the last epoch is the best.
        early_stopping: Epochs without a better one on held-out images after which the run ends; 0 never
            ends it early.
        freeze: Rows that stay as they are while the others learn, as in `C1..S4, F6`; their batch
            normalization keeps its statistics and takes those, as in reading.
        learning_rate_of: What the learning rate of rows is multiplied by, as in `C1..S4=0.1, Output=10`.
        seed: Start of every random choice.
        augmentation: What is done to training images, drawn anew for each use: kinds with their
            numbers, as in `shift 2, rotate 10`; `none` for none.
        dropout_samples: Times that dropout draws anew for an example in a step, whose loss is the mean
            over them; what comes ahead of the first Dropout is computed once.
        views: How an image is read to name its class: `one`, the central window; `flip`, that and
            its mirror image; or `ten-crop`, the four corners and the center, each with its mirror
            image. The probabilities of the views are averaged; losses are those of the first.
        accumulate: Parts that each batch is read in, one after another, for the memory of one part: their
            gradients add up to those of the batch. Batch normalization takes its means over each part.
        precision: Width of the numbers that rows multiply while they learn: `fp32`; `bf16`, of half
            the width; or `auto`, which is bf16 where the processor is faster with it. Weights, the
            loss and what is tested stay fp32.
        label_smoothing: Part of each label that is spread evenly over all classes, in the loss that is
            trained by; losses of held-out and test images are without it.
        class_weights: How much an example of each class counts in the loss: `none`; `balanced`, the
            number of training images over classes times those of its class; or classes with their
            weights, as in `cat 2, dog 0.5`. The mean is over the weights.
        sampling: `shuffled` reads every training image once an epoch; `balanced` reads as many in all,
            the same number of every class, so that those of a small class come several times.
        mixup: The alpha of Beta(alpha, alpha), from which the share of an image is drawn that is laid
            over another one, with both labels in these shares; 0 for none.
        cutmix: The same for a rectangle of another image, whose area is its share; beside mixup, each
            image has one of the two, by a coin.
        ema_decay: Part of an exponential moving average of the weights that is kept a step, less in the
            first steps; the average is what is measured and bundled; 0 for none.

    Raises:
        RecipeError: A value is impossible; all of them are named.

    Source:
        H. Inoue, Multi-sample dropout for accelerated training and better generalization, 2019, for
        `dropout_samples`. Szegedy et al., Rethinking the Inception architecture, 2015, 7, for `label_smoothing`.
        Zhang et al., mixup: beyond empirical risk minimization, 2017; Yun et al., CutMix, 2019. Polyak and
        Juditsky, Acceleration of stochastic approximation by averaging, 1992, for the average of weights.
    """

    epochs: int = 10
    batch_size: int = 128
    optimizer: Optimizer = "nesterov"
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: Schedule = "one-cycle"
    warmup: float = 0.2
    step_epochs: int = 10
    milestones: str = ""
    plateau_epochs: int = 10
    least_rate: float = 0.0
    step_factor: float = 0.1
    loss: Loss = "cross-entropy"
    map_constant: float = 1.0
    initialization: Initialization = "pytorch"
    validation: int = 0
    early_stopping: int = 0
    freeze: str = ""
    learning_rate_of: str = ""
    seed: int = 0
    augmentation: tuple[Augmentation, ...] = ()
    dropout_samples: int = 1
    views: Views = "one"
    accumulate: int = 1
    precision: Precision = "auto"
    label_smoothing: float = 0.0
    class_weights: ClassWeights = ()
    sampling: Sampling = "shuffled"
    mixup: float = 0.0
    cutmix: float = 0.0
    ema_decay: float = 0.0

    def __post_init__(self) -> None:
        weights: object = self.class_weights
        if weights == "none":
            object.__setattr__(self, "class_weights", ())
        faults = [*self._number_faults()]
        faults += [
            field_not_a_choice(name, value, get_args(choices))
            for name, value, choices in (
                ("optimizer", self.optimizer, Optimizer),
                ("schedule", self.schedule, Schedule),
                ("loss", self.loss, Loss),
                ("initialization", self.initialization, Initialization),
                ("views", self.views, Views),
                ("precision", self.precision, Precision),
                ("sampling", self.sampling, Sampling),
            )
            if value not in get_args(choices)
        ]
        faults += [*list_faults(self.augmentation), *self._weight_faults(), *self._fall_faults()]
        if faults:
            raise RecipeError(*faults)

    def _number_faults(self) -> Iterator[Fault]:
        for name, value, least in (
            ("epochs", self.epochs, 1),
            ("batch_size", self.batch_size, 1),
            ("step_epochs", self.step_epochs, 1),
            ("plateau_epochs", self.plateau_epochs, 1),
            ("least_rate", self.least_rate, 0),
            ("dropout_samples", self.dropout_samples, 1),
            ("accumulate", self.accumulate, 1),
            ("validation", self.validation, 0),
            ("early_stopping", self.early_stopping, 0),
            ("seed", self.seed, 0),
            ("weight_decay", self.weight_decay, 0),
            ("mixup", self.mixup, 0),
            ("cutmix", self.cutmix, 0),
        ):
            if not math.isfinite(value):
                yield field_not_finite(name, value)
            elif value < least:
                yield field_below(name, value, least)
        for name, value in (
            ("learning_rate", self.learning_rate),
            ("step_factor", self.step_factor),
            ("map_constant", self.map_constant),
        ):
            if not math.isfinite(value):
                yield field_not_finite(name, value)
            elif value <= 0:
                yield field_not_positive(name, value)
        for name, value in (
            ("momentum", self.momentum),
            ("warmup", self.warmup),
            ("label_smoothing", self.label_smoothing),
            ("ema_decay", self.ema_decay),
        ):
            if not 0 <= value < 1:
                yield field_not_below(name, value, 1)

    def _fall_faults(self) -> Iterator[Fault]:
        try:
            falls = self.falls
        except ValueError:
            falls = (0,)
        if falls != tuple(sorted({*falls})) or any(fall < 1 for fall in falls):
            yield milestones_not_read(self.milestones)
        elif falls and self.schedule != "step":
            yield milestones_without_step(self.milestones, self.schedule)
        if self.least_rate and self.schedule != "plateau":
            yield least_rate_without_plateau(self.least_rate, self.schedule)

    def _weight_faults(self) -> Iterator[Fault]:
        given: object = self.class_weights  # programs may write any text
        if isinstance(given, str) and given != "balanced":
            yield class_weights_not_read(given)
        if isinstance(self.class_weights, str):
            return
        names = [name for name, _ in self.class_weights]
        twice = {name: None for name in names if names.count(name) > 1}
        yield from (class_weight_twice(name) for name in twice)
        for name, weight in self.class_weights:
            if not 0 < weight < math.inf:
                yield class_weight_not_positive(name, weight)

    @property
    def falls(self) -> tuple[int, ...]:
        """The milestones as numbers of epochs; none where the rate falls after every step_epochs."""
        return tuple(map(int, self.milestones.replace(",", " ").split()))

    @property
    def is_mixed(self) -> bool:
        """Whether training images have parts of others, and labels in shares."""
        return bool(self.mixup or self.cutmix)

    @property
    def has_plain_loss(self) -> bool:
        """Whether it is trained by the mean of its loss over hard labels, as kernels know it."""
        return not (self.label_smoothing or self.class_weights or self.is_mixed)


typed(RecipeError, Recipe)


def fitting_losses(table: Table) -> tuple[Loss, ...]:
    """Name the losses that can be computed from a table's last row, the usual one first."""
    return _fitting(table.last)


def _fitting(last: Row | None) -> tuple[Loss, ...]:
    match last.layer if last else None:
        case RadialBasis():
            return ("map", "distance")
        case FullyConnected(units=1) if last and last.activation == "sigmoid":
            return ("binary-cross-entropy",)
        case FullyConnected() if last and last.activation in {"softmax", "log-softmax", None}:
            return ("cross-entropy",)
        case _ if last and last.function in {"softmax", "log-softmax"}:
            return ("cross-entropy",)
        case _:
            return ()


def left_to_loss(table: Table) -> Function:
    """Name the function that the loss takes together with the logarithm where the last row ends in it."""
    return "sigmoid" if fitting_losses(table) == ("binary-cross-entropy",) else "softmax"


def loss_faults(recipe: Recipe, table: Table) -> tuple[Fault, ...]:
    """Report a loss that does not fit what the table gives; a row not understood may give anything."""
    found = (_loss_fault(recipe, part[-1]) for part in table.parts if part)
    return tuple(fault for fault in found if fault is not None)


def _loss_fault(recipe: Recipe, last: Row) -> Fault | None:
    fitting = _fitting(last)
    if recipe.loss in fitting or isinstance(last.layer, Unreadable):
        return None
    return loss_does_not_fit(recipe.loss, _named(last), fitting) if fitting else output_fault(last)


def output_fault(last: Row) -> Fault | None:
    """Report a last row whose output names no class, so that no loss can be computed from it."""
    is_fit = bool(_fitting(last)) or isinstance(last.layer, Unreadable)
    return None if is_fit else no_loss_fits(_named(last))


def label_faults(recipe: Recipe) -> tuple[Fault, ...]:
    """Report what is asked of labels that only a cross entropy can have: shares, and weights of classes."""
    if recipe.loss in {"cross-entropy", "binary-cross-entropy"}:
        return ()
    asked = {
        "label_smoothing": f"{recipe.label_smoothing:g}" if recipe.label_smoothing else "",
        "class_weights": write_class_weights(recipe.class_weights) if recipe.class_weights else "",
        "mixup": f"{recipe.mixup:g}" if recipe.mixup else "",
        "cutmix": f"{recipe.cutmix:g}" if recipe.cutmix else "",
    }
    return tuple(
        only_for_cross_entropy(name, came, recipe.loss) for name, came in asked.items() if came
    )


def write_class_weights(weights: ClassWeights) -> str:
    """Write weights of classes in one line.

    Examples:
        >>> write_class_weights((("cat", 2.0), ("dog", 0.5)))
        'cat 2, dog 0.5'
    """
    if isinstance(weights, str):
        return weights
    return ", ".join(f"{name} {weight:g}" for name, weight in weights) or "none"


def class_faults(recipe: Recipe, classes: tuple[str, ...]) -> tuple[Fault, ...]:
    """Report weights of classes that the data does not have, and classes without a weight."""
    if isinstance(recipe.class_weights, str) or not recipe.class_weights:
        return ()
    named = [name for name, _ in recipe.class_weights]
    unknown = [name for name in named if name not in classes]
    missing = [name for name in classes if name not in named]
    return (classes_without_weight(unknown, missing, classes),) if unknown or missing else ()


def dropout_faults(recipe: Recipe, table: Table) -> tuple[Fault, ...]:
    """Report samples of a dropout that the table does not have; a row not understood may be one."""
    if recipe.dropout_samples == 1 or any(
        isinstance(row.layer, Dropout | Unreadable) for row in table.rows
    ):
        return ()
    return (no_dropout_to_sample(recipe.dropout_samples),)


def window_faults(recipe: Recipe, margin: int) -> tuple[Fault, ...]:
    """Report windows that would all be the same one, as the stored pictures have no margin."""
    faults = []
    if not margin and Crop(0) in recipe.augmentation:
        faults.append(no_room_for_windows("augmentation", "crop", "write crop with padding, or "))
    if not margin and recipe.views == "ten-crop":
        faults.append(no_room_for_windows("views", "ten-crop", "write views: flip, or "))
    return tuple(faults)


def _named(last: Row) -> str:
    if isinstance(last.layer, RadialBasis):
        return "distances to codes (RBF)"
    return f"{last.function} values" if last.function else "plain values"
