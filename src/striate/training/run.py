"""A training run from its first byte to its bundle: the story, top to bottom."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import final

from torch import Tensor

from striate.data import (
    GivenVectors,
    Source,
    Vocabulary,
    summarize,
)
from striate.documents import Document
from striate.documents.front_matter import values_by_origin
from striate.errors import TrainingError
from striate.errors.training import checkpoint_does_not_fit
from striate.prediction.bundle import Weights, load_bundle, save_bundle
from striate.prediction.evaluation import Evaluation, test_names
from striate.prediction.prediction_files import write_predictions
from striate.system.devices import PROCESSOR
from striate.system.ranks import ALONE, Ranks
from striate.training.checkpoint import Progress, save_checkpoint
from striate.training.events import Began, EpochEnded, Event, Finished, Interrupted, Stepped
from striate.training.film import Film
from striate.training.folder import RunFolder, write_result
from striate.training.history import write_history
from striate.training.learning import Learning, copied
from striate.training.loop import RANDOM, part_of
from striate.training.results import (
    compare_with_guessing,
    describe_result,
    show_curves,
    show_evaluation,
    show_first_batch,
)
from striate.training.weights.files import Found, Given


_NETWORK, _BEST = "network.", "best."
"""What the names of tensors in a checkpoint begin with."""

_BEGINS_ANEW = (
    "The run was finished, and has kept its weights alone: the optimizer begins anew, and learning rates are those "
    "of the new number of epochs."
)

_TELL_SECONDS = 0.1
_POINTS = 40
"""Losses of an epoch that are kept to draw its course; a run that goes on draws those since then."""
_SAVE_SECONDS = 300.0
_SAVE_SHARE = 0.1
"""Part of the time that saving at the ends of epochs may take: short epochs are not saved one by one."""


@final
class Run(Learning):
    """One training run, with its folder. Make it with `start` or `resume`, then go through `events`.

    Args:
        folder: Where it writes.
        document: The network and its recipe.
        source: The data.
        vocabulary: The words of a network of sentences.
        given: The vectors that they begin with; drawn ones when absent.
        device: Where it learns.
        kernels: What it does in C++, if it goes on; a new run decides that for itself.
        ranks: The processes that train it together, of which the first one alone writes files.
    """

    def __init__(
        self,
        folder: RunFolder,
        document: Document,
        source: Source,
        vocabulary: Vocabulary | None = None,
        given: GivenVectors | None = None,
        device: str = PROCESSOR,
        kernels: Sequence[str] | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        where = str(folder.path)
        super().__init__(document, source, vocabulary, given, device, kernels, where, ranks)
        self.folder, self.data, self.summary = folder, source.name, summarize(source)
        self.test = self.inputs.fit(source.test)
        self.test_names = test_names(source)
        self.remarks = (*self.inputs.remarks, *self.chosen)
        self.film, self.films_anew = Film(folder.path), False
        """Whether a new run keeps its first kernels after each epoch; one that goes on does as it did."""
        self.course: list[tuple[float, float]] = []
        self.document_digest = ""
        self.save_seconds = 0.0
        self.told = self.saved = time.monotonic()
        self.differences: tuple[str, ...] = ()

    def begin_with(self, weights: Given | Found | None) -> None:
        """Take the weights of another network before the first step, if any are given, and tell what was taken."""
        told = len(self.chosen)
        super().begin_with(weights)
        self.remarks += self.chosen[told:]

    def stop(self) -> None:
        """Ask the run to finish its step, to save its state, and to end."""
        self.trainer.is_asked_to_stop = True

    def events(self) -> Iterator[Event]:
        """Run, and tell what happens; the last event is `Finished` or `Interrupted`.

        Raises:
            TrainingError: The loss is no longer finite; the last checkpoint is as it was.
            OSError: A file cannot be written; the last checkpoint is as it was.
        """
        try:
            yield from self._events()
        finally:
            self.folder.release()

    def _events(self) -> Iterator[Event]:
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
            self.summary,
            self.remarks,
            tuple(trainer.network.head_weights),
            values_by_origin(self.document),
        )
        trainer.begin_together()
        if progress.epoch == progress.step == 0 and self.ranks.is_first:
            first = trainer.batch(epoch=0, step=0).on(PROCESSOR)
            notes = self.summary.origin.notes
            show_first_batch(self.folder, self.document, first, self.classes, self.mean, notes)
            if self.films_anew:
                self.film.folder.mkdir()
                self.film.keep(trainer.network, 0)
            self._save()
        while not self.is_over:
            for event in self._steps():
                yield event
                if isinstance(event, Interrupted):
                    return
            yield self._end_epoch()
        yield self._finish()

    def _steps(self) -> Iterator[Event]:
        progress, steps = self.trainer.progress, self.trainer.steps
        begun, summed, points = progress.step, progress.loss_sum, min(_POINTS, steps)
        for _ in self.trainer.epoch():
            now = time.monotonic()
            # Of parts as long as each other: the mean of a step that is left over would be a spike.
            if progress.step * points // steps > (progress.step - 1) * points // steps:
                images = self._images_after(progress.step) - self._images_after(begun)
                done = progress.epoch + progress.step / steps
                self.course.append((done, (progress.loss_sum - summed) / images))
                begun, summed = progress.step, progress.loss_sum
            if self.trainer.must_stop:
                self._save_all()
                if self.ranks.is_first:
                    self._write_bundle(None)
                yield Interrupted(self.folder.path, progress.epoch + 1, progress.step)
                return
            if now - self.told > _TELL_SECONDS:
                self.told = now
                yield self._stepped()
            if now - self.saved > _SAVE_SECONDS:
                self._save()

    def _stepped(self) -> Stepped:
        progress, steps = self.trainer.progress, self.trainer.steps
        recipe = self.document.recipe
        images = self._images_after(progress.step)
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

    def _images_after(self, step: int) -> int:
        """Give how many images of an epoch were read after so many of its steps."""
        return min(step * self.document.recipe.batch_size, len(self.trainer.examples))

    def _end_epoch(self) -> EpochEnded:
        ended = self.end_epoch()
        if self.film.is_on and self.ranks.is_first:
            with self.trainer.averaged():
                self.film.keep(self.trainer.network, ended.record.epoch)
        if self.is_over or _SAVE_SHARE * (time.monotonic() - self.saved) >= self.save_seconds:
            self._save_all()
        return ended

    def _finish(self) -> Finished:
        trainer, progress = self.trainer, self.trainer.progress
        own = copied(trainer.network.state_dict())
        trainer.network.load_state_dict(self.best)
        test = replace(self.measure(self.test), names=self.test_names)
        trainer.network.load_state_dict(own)
        if self.ranks.is_first:
            show_evaluation(self.folder, self.document, self.test, test, self.mean)
            write_predictions(self.folder.predictions, test)
            self._write_bundle(test)
            self._write_result(test)
            self._save_small()
        return Finished(
            self.folder.path,
            self.folder.bundle,
            progress.best_epoch,
            progress.epoch,
            test,
            sum(record.seconds for record in progress.history),
            compare_with_guessing(
                trainer.examples.labels,
                self.document.recipe,
                progress.history,
                trainer.class_weights,
            ),
            tuple(progress.history),
        )

    def _write_result(self, test: Evaluation) -> None:
        result: dict[str, object] = {
            "best_epoch": self.trainer.progress.best_epoch,
            "epochs": self.trainer.progress.epoch,
            "test_examples": test.examples,
            "test_errors": test.errors,
            "test_loss": test.loss,
        }
        write_result(self.folder, result)

    def _write_bundle(self, test: Evaluation | None) -> None:
        progress, network = self.trainer.progress, self.trainer.network
        result = describe_result(self.document, self.data, progress, test)
        last = network.without_heads(self.weights())
        weights = network.without_heads(self.best) if progress.best_epoch else last
        save_bundle(
            self.folder.bundle,
            self.document,
            self.classes,
            {"best": weights, "last": last},
            result,
            self.mean,
            self.vocabulary,
            self.looks,
        )

    def _save(self) -> None:
        self._write_state(self._state())
        self.saved = time.monotonic()

    def _save_small(self) -> None:
        """Leave only what the bundle does not hold: where the run stands, and the side heads."""
        self.trainer.progress.finished_of = self.document.recipe.epochs
        kept = self.trainer.network.without_heads(self.best)
        in_bundle = {f"{part}{name}" for part in (_NETWORK, _BEST) for name in kept}
        is_kept = (_NETWORK, _BEST, RANDOM)
        with self.trainer.averaged():  # as the bundle has it
            state = self._state()
        self._write_state(
            {
                name: values
                for name, values in state.items()
                if name not in in_bundle and name.startswith(is_kept)
            }
        )

    def _state(self) -> dict[str, Tensor]:
        best = {f"{_BEST}{name}": values for name, values in self.best.items()}
        return {**self.trainer.state(), **best}

    def _write_state(self, tensors: dict[str, Tensor]) -> None:
        if not self.ranks.is_first:
            return
        file = self.folder.checkpoint
        save_checkpoint(file, tensors, self.trainer.progress, self.document_digest)

    def _save_all(self) -> None:
        """Save the state, and what it says of the epochs that are finished."""
        began, history = time.monotonic(), self.trainer.progress.history
        self._save()
        if history and self.ranks.is_first:
            write_history(self.folder.path, history)
            show_curves(self.folder, self.document, history, self.course)
        self.saved = time.monotonic()
        self.save_seconds = self.saved - began

    def restore(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """Go back to the state of a checkpoint; of a finished run, to the weights of its bundle.

        Args:
            tensors: As `load_checkpoint` gives them.
            progress: Where the run stands.

        Raises:
            TrainingError: The numbers are not those of this network.
            BundleError: The bundle of a finished run is not there, or has changed.
        """
        file = self.folder.checkpoint
        if progress.finished_of:
            tensors = {**tensors, **self._weights_of_bundle()}
            progress.finished_of, progress.went_on_after = 0, progress.epoch
            self.remarks += (_BEGINS_ANEW,)
        try:
            self.trainer.restore(tensors, progress)
            self.best = part_of(tensors, _BEST)
            self.trainer.network.load_state_dict(self.best)
            self.trainer.network.load_state_dict(part_of(tensors, _NETWORK))
        except (RuntimeError, KeyError, IndexError, TypeError, ValueError) as error:
            problem = " ".join(str(error).split()) or type(error).__name__
            raise TrainingError(checkpoint_does_not_fit(str(file), problem)) from error

    def _weights_of_bundle(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        parts: tuple[tuple[str, Weights], ...] = ((_NETWORK, "last"), (_BEST, "best"))
        for part, weights in parts:
            state = load_bundle(self.folder.bundle, weights).network.state_dict()
            found |= {f"{part}{name}": values for name, values in state.items()}
        return found
