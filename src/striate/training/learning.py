"""What learns: a network with its data, epoch by epoch, and the best weights so far. It writes no file."""

import time
from collections.abc import Sequence
from dataclasses import replace

import torch
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
from striate.layers import BatchNormalization, Dropout
from striate.modules import build
from striate.prediction.evaluation import Evaluation, measure
from striate.prediction.looks import looks_of
from striate.recipe import class_faults, fitting_losses
from striate.shapes import Shape
from striate.system.devices import PROCESSOR
from striate.system.ranks import ALONE, Ranks
from striate.training.capturing import capture_for
from striate.training.compiling import choose_for_run, restore_kernels
from striate.training.events import EpochEnded
from striate.training.freezing import random_remarks, tuning_remarks
from striate.training.history import EpochRecord, columns_of
from striate.training.in_force import remarks_of
from striate.training.inputs import Inputs, lay_in
from striate.training.loop import Trainer
from striate.training.weights.files import Found, Given
from striate.training.weights.transfer import Taken, load_weights, preparation_remarks


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
        ranks: The processes that train it together.
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
        ranks: Ranks = ALONE,
    ) -> None:
        self.document, self.classes, self.vocabulary = document, source.classes, vocabulary
        recipe, preparation = document.recipe, document.preparation
        network = build(document)
        if given is not None:
            lay_in(given, network)
        self.inputs = Inputs(input_shape(document, source), source, document, vocabulary)
        rest, held_out = training_parts(source, recipe.validation, recipe.seed)
        self.held_out = self.inputs.fit(held_out)
        fitted = self.inputs.fit(rest)
        self.looks = looks_of(fitted.images)
        learnt = fitted.on(device)
        self.ranks = ranks
        self.trainer = Trainer(
            network.to(device), learnt, preparation, recipe, source.classes, ranks
        )
        mean = self.trainer.mean
        self.mean = None if mean is None else mean.to(PROCESSOR)
        self.chosen: tuple[str, ...] = () if given is None else (given.remark,)
        self.chosen += tuning_remarks(network, recipe)
        self.chosen += describe_parts(document, ranks)
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
            RankError: Another process has ended.
        """
        if len(examples) < self.ranks.count or self.ranks.is_alone:
            return self._measure(examples)
        own = self.ranks.part(len(examples))
        found = self.ranks.agreed(lambda: self._measure(examples, own))
        return _together(found, len(examples), own, examples.labels.cpu(), self.ranks)

    def _measure(self, examples: ReadExamples, part: slice | None = None) -> Evaluation:
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
                    part,
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
    faults = kind_faults(source, document)
    if not faults and source.stream is None:  # which fits any picture
        faults = misfits(source.train, shape, document.preparation)
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


def _together(
    found: Evaluation, count: int, own: slice, labels: Tensor, ranks: Ranks
) -> Evaluation:
    """Put together what each process has measured on its part of some examples."""
    of_all = torch.zeros(4, count, dtype=torch.float64)
    losses = torch.full((own.stop - own.start,), found.loss, dtype=torch.float64)
    for row, values in enumerate((found.predictions, found.scores, found.margins, losses)):
        of_all[row, own] = values.double()
    ranks.add_up(of_all)
    predictions = of_all[0].long()
    confusion = torch.zeros(len(found.classes), len(found.classes), dtype=torch.int64)
    confusion.index_put_((labels, predictions), torch.tensor(1), accumulate=True)
    return replace(
        found,
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        loss=float(of_all[3].mean()),
        labels=labels,
        predictions=predictions,
        scores=of_all[1].float(),
        margins=of_all[2].float(),
    )


def describe_parts(document: Document, ranks: Ranks) -> tuple[str, ...]:
    """Say what it means for a run that its batches are read in parts, in at most a line each."""
    recipe, layers = document.recipe, {type(row.layer) for row in document.table.rows}
    has_means, draws = BatchNormalization in layers, Dropout in layers
    remarks = []
    if not ranks.is_alone:
        means = " Batch normalization takes its means over the parts of all." if has_means else ""
        masks = " What dropout leaves out depends on the number of processes." if draws else ""
        remarks.append(
            f"{ranks.count} processes train together, each on its part of every batch of "
            f"{recipe.batch_size:,}.{means}{masks}"
        )
    if recipe.accumulate > 1:
        means = " Batch normalization takes its means over each part." if has_means else ""
        whose = "Each batch is" if ranks.is_alone else "Each process's part is"
        remarks.append(f"{whose} read in {recipe.accumulate} parts, one after another.{means}")
    return tuple(remarks)
