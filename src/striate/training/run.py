"""A training run from its first byte to its bundle: the story, top to bottom."""

import time
from collections.abc import Iterator
from typing import final

from torch import Tensor

from striate.bundles import save_bundle
from striate.data import Examples, GivenVectors, Source, Vocabulary, hold_out
from striate.documents import Document
from striate.errors import DataError
from striate.errors.evaluation import (
    network_reads_no_images,
    network_reads_pictures,
    network_reads_sentences,
)
from striate.errors.training import classes_differ
from striate.evaluation import Evaluation, measure
from striate.modules import build
from striate.shapes import Image, Words
from striate.training.checkpoint import load_checkpoint, save_checkpoint
from striate.training.events import Began, EpochEnded, Event, Finished, Interrupted, Stepped
from striate.training.folder import RunFolder
from striate.training.history import EpochRecord, write_history
from striate.training.inputs import Inputs
from striate.training.loop import Trainer, part_of
from striate.training.results import (
    describe_result,
    show_curves,
    show_evaluation,
    show_first_batch,
)
from striate.training.words import lay_in


_TELL_SECONDS = 0.1
_SAVE_SECONDS = 300.0


@final
class Run:
    """One training run. Make it with `start` or `resume`, then go through `events`.

    Args:
        folder: Where it writes.
        document: The network and its recipe.
        source: The data.
        vocabulary: The words of a network of sentences.
        given: The vectors that they begin with; drawn ones when absent.
    """

    def __init__(
        self,
        folder: RunFolder,
        document: Document,
        source: Source,
        vocabulary: Vocabulary | None = None,
        given: GivenVectors | None = None,
    ) -> None:
        self.folder, self.document, self.data = folder, document, source.name
        self.classes, self.vocabulary = source.classes, vocabulary
        recipe, preparation = document.recipe, document.preparation
        network = build(document)
        if given is not None:
            lay_in(given, network)
        rest, held_out = hold_out(source.train, recipe.validation, recipe.seed)
        inputs = Inputs(input_shape(document, source), source.texts, document, vocabulary)
        self.held_out, self.test = inputs.fit(held_out), inputs.fit(source.test)
        self.trainer = Trainer(network, inputs.fit(rest), preparation, recipe)
        self.test_texts = inputs.texts_of(source.test)
        self.remarks = inputs.remarks if given is None else (*inputs.remarks, given.remark)
        self.best = _copy(network.state_dict())
        self.was_interrupted = False
        self.differences: tuple[str, ...] = ()

    def stop(self) -> None:
        """Ask the run to finish its step, to save its state, and to end."""
        self.was_interrupted = True

    def events(self) -> Iterator[Event]:
        """Run, and tell what happens; the last event is `Finished` or `Interrupted`.

        Raises:
            TrainingError: The loss is no longer finite; the last checkpoint is as it was.
            OSError: A file cannot be written; the last checkpoint is as it was.
        """
        trainer, recipe = self.trainer, self.document.recipe
        progress = trainer.progress
        yield Began(
            self.folder.path,
            len(trainer.examples),
            len(self.held_out),
            trainer.steps,
            recipe.epochs,
            progress.epoch,
            self.differences,
            "sentences" if self.test_texts else "images",
            self.remarks,
        )
        if progress.epoch == progress.step == 0:
            if not self.test_texts:
                first = trainer.batch(epoch=0, step=0)
                show_first_batch(self.folder, self.document, first, self.classes)
            self._save()
        while progress.epoch < recipe.epochs:
            for event in self._steps():
                yield event
                if isinstance(event, Interrupted):
                    return
            yield self._end_epoch()
        yield self._finish()

    def _steps(self) -> Iterator[Event]:
        progress = self.trainer.progress
        told = saved = time.monotonic()
        for _ in self.trainer.epoch():
            now = time.monotonic()
            if self.was_interrupted:
                self._save()
                self._write_bundle(None)
                yield Interrupted(self.folder.path, progress.epoch + 1, progress.step)
                return
            if now - told > _TELL_SECONDS:
                told = now
                yield self._stepped()
            if now - saved > _SAVE_SECONDS:
                saved = now
                self._save()

    def _stepped(self) -> Stepped:
        progress, steps = self.trainer.progress, self.trainer.steps
        recipe = self.document.recipe
        images = min(progress.step * recipe.batch_size, len(self.trainer.examples))
        left = (recipe.epochs - progress.epoch) * steps - progress.step
        return Stepped(
            progress.epoch + 1,
            progress.step,
            steps,
            progress.loss_sum / images,
            progress.errors / images,
            images / progress.seconds,
            left * progress.seconds / progress.step,
        )

    def _end_epoch(self) -> EpochEnded:
        trainer, progress = self.trainer, self.trainer.progress
        began = time.perf_counter()
        validation = self._measure(self.held_out) if len(self.held_out) else None
        images = len(trainer.examples)
        record = EpochRecord(
            progress.epoch + 1,
            trainer.optimizer.param_groups[0]["lr"],
            progress.loss_sum / images,
            progress.errors / images,
            validation.loss if validation else None,
            validation.error if validation else None,
            images,
            progress.seconds + time.perf_counter() - began,
        )
        is_best = self._is_best(record)
        progress.history.append(record)
        progress.epoch, progress.step = progress.epoch + 1, 0
        progress.loss_sum, progress.errors, progress.seconds = 0.0, 0, 0.0
        if is_best:
            progress.best_epoch = record.epoch
            self.best = _copy(trainer.network.state_dict())
        self._save()
        write_history(self.folder.path, progress.history)
        show_curves(self.folder, self.document, progress.history)
        return EpochEnded(record, is_best)

    def _is_best(self, record: EpochRecord) -> bool:
        """Compare with the best epoch so far: fewer errors, then a smaller loss, on held-out images.

        Without held-out images there is nothing honest to choose by, and the last epoch is taken.
        """
        if record.validation_error is None or not self.trainer.progress.best_epoch:
            return True
        best = self.trainer.progress.history[self.trainer.progress.best_epoch - 1]
        then = (best.validation_error, best.validation_loss)
        return (record.validation_error, record.validation_loss) < then

    def _finish(self) -> Finished:
        trainer, progress = self.trainer, self.trainer.progress
        last = _copy(trainer.network.state_dict())
        trainer.network.load_state_dict(self.best)
        test = self._measure(self.test)
        trainer.network.load_state_dict(last)
        show_evaluation(self.folder, self.document, self.test, test, self.test_texts)
        self._write_bundle(test)
        seconds = sum(record.seconds for record in progress.history)
        return Finished(self.folder.path, self.folder.bundle, progress.best_epoch, test, seconds)

    def _measure(self, examples: Examples) -> Evaluation:
        document = self.document
        return measure(
            self.trainer.network, examples, self.classes, document.preparation, document.recipe
        )

    def _write_bundle(self, test: Evaluation | None) -> None:
        progress = self.trainer.progress
        seconds = sum(record.seconds for record in progress.history)
        best = progress.best_epoch if test else progress.epoch
        result = describe_result(self.document, self.data, best, seconds, test)
        last = self.trainer.network.state_dict()
        weights = self.best if progress.best_epoch else last
        save_bundle(
            self.folder.bundle,
            self.document,
            self.classes,
            {"best": weights, "last": last},
            result,
            self.vocabulary,
        )

    def _save(self) -> None:
        best = {f"best.{name}": values for name, values in self.best.items()}
        save_checkpoint(
            self.folder.checkpoint, {**self.trainer.state(), **best}, self.trainer.progress
        )

    def restore(self) -> None:
        """Go back to the state of the folder's checkpoint."""
        tensors, progress = load_checkpoint(self.folder.checkpoint)
        self.trainer.restore(tensors, progress)
        self.best = part_of(tensors, "best.")


def input_shape(document: Document, source: Source) -> Image | Words:
    """Give the input of a network that is to learn a data set.

    Args:
        document: The network.
        source: The data.

    Raises:
        DataError: The table reads something else than the data holds, or has not one output a
            class.
    """
    walk = document.sound_walk()
    shape, output = walk.reports[0].output, walk.reports[-1].output
    faults = []
    if isinstance(shape, Words) and not source.texts:
        faults.append(network_reads_sentences(document.name, source.name))
    elif isinstance(shape, Image) and source.texts:
        faults.append(network_reads_pictures(document.name, source.name))
    elif not isinstance(shape, Image | Words):
        faults.append(network_reads_no_images(document.name))
    if output is not None and output.elements != len(source.classes):
        last = document.table.rows[-1].name
        faults.append(classes_differ(last, output.elements, source.name, len(source.classes)))
    if faults or not isinstance(shape, Image | Words):
        raise DataError(*faults)
    return shape


def _copy(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: values.detach().clone() for name, values in tensors.items()}
