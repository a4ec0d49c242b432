"""What learns: a network with its data, epoch by epoch, and the best weights so far. It writes no file."""

import time
from collections.abc import Sequence

from torch import Tensor

from striate.data import (
    GivenVectors,
    ReadExamples,
    Source,
    Vocabulary,
    kind_faults,
    misfits,
    training_parts,
)
from striate.documents import Document
from striate.errors import BundleError, DataError, TrainingError
from striate.errors.training import classes_differ
from striate.modules import build
from striate.prediction.evaluation import Evaluation, measure
from striate.prediction.looks import looks_of
from striate.recipe import class_faults, fitting_losses
from striate.shapes import Shape
from striate.system.devices import PROCESSOR
from striate.training.capturing import capture_for
from striate.training.compiling import choose_for_run, restore_kernels
from striate.training.events import EpochEnded
from striate.training.freezing import random_remarks, tuning_remarks
from striate.training.history import EpochRecord, columns_of
from striate.training.in_force import remarks_of
from striate.training.inputs import Inputs, lay_in
from striate.training.loop import Trainer
from striate.training.transfer import Taken, load_weights, preparation_remarks
from striate.training.weight_files import Found, Given


class Learning:
    """A network that learns, with what it is compared by.

    Args:
        document: The network and its recipe.
        source: The data.
        vocabulary: The words of a network of sentences.
        given: The vectors that they begin with; drawn ones when absent.
        device: Where it learns.
        kernels: What it does in C++, if it goes on; it decides that for itself when it is new.
        where: Its folder, for messages.
    """

    def __init__(
        self,
        document: Document,
        source: Source,
        vocabulary: Vocabulary | None = None,
        given: GivenVectors | None = None,
        device: str = PROCESSOR,
        kernels: Sequence[str] | None = None,
        where: str = "",
    ) -> None:
        self.document, self.classes, self.vocabulary = document, source.classes, vocabulary
        recipe, preparation = document.recipe, document.preparation
        network = build(document)
        if given is not None:
            lay_in(given, network)
        self.inputs = Inputs(input_shape(document, source), source.texts, document, vocabulary)
        rest, held_out = training_parts(source, recipe.validation, recipe.seed)
        self.held_out = self.inputs.fit(held_out)
        fitted = self.inputs.fit(rest)
        self.looks = looks_of(fitted.images)
        learnt = fitted.on(device)
        self.trainer = Trainer(network.to(device), learnt, preparation, recipe, source.classes)
        mean = self.trainer.mean
        self.mean = None if mean is None else mean.to(PROCESSOR)
        self.chosen: tuple[str, ...] = () if given is None else (given.remark,)
        self.chosen += tuning_remarks(network, recipe)
        if kernels is None:
            self.chosen += choose_for_run(self.trainer)
        else:
            self.chosen += restore_kernels(self.trainer, kernels, where)
        self.chosen += capture_for(self.trainer)
        self.chosen += remarks_of(self.trainer, source.classes)
        self.best = copied(network.state_dict())
        self.taken: Taken | None = None

    def begin_with(self, weights: Given | Found | None) -> None:
        """Take the weights of another network before the first step, if any are given, and note what was taken.

        Raises:
            TrainingError: They cannot be read, or do not fit.
        """
        network = self.trainer.network
        if weights is None:
            self.chosen += random_remarks(self.document.recipe)
            return
        taken = load_weights(network, weights, words=self.vocabulary)
        self.taken = taken
        self.chosen += (str(taken), *preparation_remarks(taken, self.document))
        self.trainer.begin_average()
        self.best = copied(network.state_dict())

    def weights(self) -> dict[str, Tensor]:
        """Copy the weights that are measured: the network's own, or their average."""
        with self.trainer.averaged():
            return copied(self.trainer.network.state_dict())

    @property
    def history(self) -> dict[str, list[float | int | None]]:
        """What was measured of each epoch, a column a figure."""
        return columns_of(self.trainer.progress.history)

    def end_epoch(self) -> EpochEnded:
        """Measure on the examples held out, and keep the weights if they are the best so far."""
        trainer, progress = self.trainer, self.trainer.progress
        began = time.perf_counter()
        with trainer.averaged():
            validation = self.measure(self.held_out) if len(self.held_out) else None
        images = len(trainer.examples)
        record = EpochRecord(
            progress.epoch + 1,
            trainer.rate,
            progress.loss_sum / images,
            progress.errors / images,
            validation.loss if validation else None,
            validation.error if validation else None,
            images,
            progress.seconds + time.perf_counter() - began,
            {name: total / images for name, total in progress.head_losses.items()},
        )
        is_best = self._is_best(record)
        progress.history.append(record)
        progress.begin_epoch()
        if is_best:
            progress.best_epoch = record.epoch
            self.best = self.weights()
        return EpochEnded(record, is_best)

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or none was better for as many as the recipe waits."""
        progress, recipe = self.trainer.progress, self.document.recipe
        without_better = progress.epoch - max(progress.best_epoch, progress.went_on_after)
        is_stalled = recipe.early_stopping and without_better >= recipe.early_stopping
        return progress.epoch >= recipe.epochs or bool(is_stalled)

    def _is_best(self, record: EpochRecord) -> bool:
        """Compare with the best epoch so far: fewer errors, then a smaller loss, on held-out images.

        Without held-out images there is nothing honest to choose by, and the last epoch is taken.
        """
        if record.validation_error is None or not self.trainer.progress.best_epoch:
            return True
        best = self.trainer.progress.history[self.trainer.progress.best_epoch - 1]
        then = (best.validation_error, best.validation_loss)
        return (record.validation_error, record.validation_loss) < then

    def measure(self, examples: ReadExamples) -> Evaluation:
        """Measure the network as it stands.

        Raises:
            TrainingError: What it computes is not finite.
        """
        document, trainer = self.document, self.trainer
        try:
            with trainer.kernel_choice:
                return measure(
                    trainer.network,
                    examples,
                    self.classes,
                    document.preparation,
                    document.recipe,
                    trainer.mean,
                )
        except BundleError as error:
            raise TrainingError(*error.faults) from error


def input_shape(document: Document, source: Source) -> Shape:
    """Give the input of a network that is to learn a data set.

    Args:
        document: The network.
        source: The data.

    Raises:
        DataError: The table cannot read the data, or has not one output a class; one score stands
            for two classes.
    """
    walk = document.sound_walk()
    shape, output = walk.input, walk.trunk[-1].output
    faults = kind_faults(source, document) or misfits(source.train, shape, document.preparation)
    faults += class_faults(document.recipe, source.classes)
    is_binary = fitting_losses(document.table) == ("binary-cross-entropy",)
    if output is not None and output.elements + is_binary != len(source.classes):
        last = document.table.trunk[-1].name
        faults.append(classes_differ(last, output.elements, source.name, len(source.classes)))
    if faults:
        raise DataError(*faults)
    return shape


def copied(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors into memory, wherever they are."""
    return {name: values.detach().to(PROCESSOR, copy=True) for name, values in tensors.items()}
