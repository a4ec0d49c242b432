"""Set up a run: a new one, or one that was interrupted."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType, NoneType
from typing import final

import numpy as np
import torch

from striate.data import Data, Listener, Source, data_name, load_for
from striate.documents import Document
from striate.documents.fitting import fit_classes
from striate.documents.front_matter import recipe_with
from striate.errors import DocumentError, TrainingError
from striate.errors.arguments import need
from striate.errors.ranks import more_processes_than_batch
from striate.errors.training import (
    checkpoint_does_not_fit,
    data_changed,
    epochs_are_done,
    no_loss_to_look_at,
    nothing_to_stop_by,
    run_is_finished,
)
from striate.networks import document_from
from striate.system.devices import PROCESSOR, check_device
from striate.system.ranks import Ranks, join_ranks
from striate.system.torchrun import own_card
from striate.table import Table
from striate.training.checkpoint import load_checkpoint
from striate.training.choosing import choose_network, load_for_data
from striate.training.compiling import fingerprints
from striate.training.display import Display
from striate.training.events import Event, Finished
from striate.training.film import check_film
from striate.training.folder import (
    Environment,
    RunFolder,
    begun_folder,
    check_threads,
    differences,
    environment,
    kernel_names,
    lengthen,
    new_folder,
    read_settings,
    with_epochs,
    write_settings,
    write_skipped,
)
from striate.training.inputs import (
    check_last_batch,
    choose_preparation,
    describe_words,
    learn_vocabulary,
    read_given,
    with_words,
)
from striate.training.learning import Learning, input_shape
from striate.training.run import Run
from striate.training.weights.files import Given, read_weights


def start(
    network: str | Path | Document | Table | None,
    data: Data,
    output: str | Path | None = None,
    vectors: str | Path | None = None,
    *,
    device: str = PROCESSOR,
    listen: Listener | None = None,
    weights: Given | None = None,
    film: bool = False,
) -> Run:
    """Set up a new run.

    Args:
        network: A shipped name, a path, a document with its recipe, or a table written in Python; None
            chooses one by the data.
        data: Name, folder or file of the data, or what a program holds, as `load_source` takes it.
        output: Folder of the run; `runs/<network>-<number>` when absent.
        vectors: File of word vectors, for a network that begins with such.
        device: Where it learns: `cpu`, `cuda` or `cuda:1`.
        listen: Called after every picture in a file that was compared with the cache, or decoded.
        weights: Those of another network to begin with, as `load_weights` takes them.
        film: Whether the kernels of the first row are kept after each epoch.

    Raises:
        DocumentError: The document has faults, or says of training what is not understood.
        DataError: The data or the vectors cannot be used, or do not suit the table.
        TrainingError: The folder is in use, or vectors are missing.
        DeviceError: torch does not find the device.
    """
    for name, given_path in (("output", output), ("vectors", vectors)):
        need(name, given_path, (str, Path, NoneType), "a path")
    asked = _Asked(network, data, output, vectors, device, listen, weights, film)
    ranks = join_ranks()
    return ranks.in_turn(lambda where: _started(asked, ranks, where), _folder_of)


@final
@dataclass(frozen=True, slots=True)
class _Asked:
    """What a run was asked for, as `start` takes it."""

    network: str | Path | Document | Table | None
    data: Data
    output: str | Path | None
    vectors: str | Path | None
    device: str
    listen: Listener | None
    weights: Given | None
    film: bool


def _folder_of(run: Run) -> str:
    return str(run.folder.path)


def _started(asked: _Asked, ranks: Ranks, where: str) -> Run:
    """Set up a new run in one of its processes.

    Args:
        asked: What was asked for.
        ranks: The processes.
        where: The folder that the first process has made; empty in that process itself.
    """
    device, data = own_card(asked.device), asked.data
    check_device(device, "--device")
    document, reasons = _document_of(asked.network, data)
    if document.training_faults:
        raise DocumentError(*document.training_faults)
    if asked.film:
        check_film(document)
    if ranks.count > document.recipe.batch_size:
        raise TrainingError(more_processes_than_batch(ranks.count, document.recipe.batch_size))
    source = load_for(document, data, asked.listen, may_stream=True)
    fitted, changes = fit_to(document, source)  # before a folder is made
    vocabulary = learn_vocabulary(fitted, source)
    trained = fitted if vocabulary is None else with_words(fitted, len(vocabulary))
    given = read_given(trained, vocabulary, None if asked.vectors is None else Path(asked.vectors))
    found = None if asked.weights is None else read_weights(asked.weights)
    if where:
        folder = RunFolder(Path(where))
    else:
        folder = new_folder(None if asked.output is None else Path(asked.output), document.name)
    try:
        run = Run(folder, trained, source, vocabulary, given, device, ranks=ranks)
        run.films_anew = asked.film
        run.begin_with(found)
        run.remarks = (*reasons, *changes, *describe_words(document, trained), *run.remarks)
        if ranks.is_first:
            read = {} if given is None else {"file": given.file, "sha256": given.digest}
            now = _environment_of(run, device)
            run.document_digest = write_settings(
                *(folder, trained, data_name(data), _fingerprint(source), run.classes, read, now),
                weights=None if run.taken is None else run.taken.plain,
            )
            write_skipped(folder, source.origin.skipped)
    except BaseException:
        folder.abandon()
        raise
    return run


def resume(output: str | Path, listen: Listener | None = None, *, epochs: int | None = None) -> Run:
    """Set up a run where it was interrupted.

    Args:
        output: Its folder.
        listen: Called after every picture in a file that was compared with the cache, or decoded.
        epochs: After how many in all it is to end; as it was begun when absent. With another number it is no
            longer the run that it would have been, for learning rates depend on it.

    Raises:
        TrainingError: There is no run, it is finished, its checkpoint is damaged, or its data has changed.
        DeviceError: torch does not find the device that it learnt on.
        DataError: The data is no longer there.
    """
    need("output", output, (str, Path), "the folder of a run")
    ranks = join_ranks()

    def resumed(where: str) -> Run:
        folder = RunFolder(Path(where)) if where else begun_folder(Path(output))
        try:
            return _resumed(folder, listen, epochs, ranks)
        except BaseException:
            folder.release()
            raise

    return ranks.in_turn(resumed, _folder_of)


def _resumed(folder: RunFolder, listen: Listener | None, epochs: int | None, ranks: Ranks) -> Run:
    settings, where = read_settings(folder), str(folder.path)
    tensors, progress, digest = load_checkpoint(folder.checkpoint)
    if digest != settings.document_digest:
        problem = "its document is another one"
        raise TrainingError(checkpoint_does_not_fit(str(folder.checkpoint), problem))
    planned = settings.document.recipe.epochs
    # The very command that was interrupted goes on with it, even where only its results were missing.
    is_unfinished = epochs == planned and progress.finished_of < planned
    if epochs is not None and epochs <= progress.epoch and not is_unfinished:
        raise TrainingError(epochs_are_done(epochs, progress.epoch))
    if epochs is None and progress.finished_of >= planned:
        raise TrainingError(run_is_finished(where, progress.epoch))
    threads = settings.environment.get("threads")
    if isinstance(threads, int):
        check_threads(threads, f"{where}/run.yaml, threads")
        torch.set_num_threads(threads)
    device = own_card(str(settings.environment.get("device", PROCESSOR)))
    check_device(device, where)
    if ranks.count > settings.document.recipe.batch_size:
        batch = settings.document.recipe.batch_size
        raise TrainingError(more_processes_than_batch(ranks.count, batch))
    source = load_for(settings.document, settings.data, listen, may_stream=True)
    if _fingerprint(source) != settings.fingerprint:
        raise TrainingError(data_changed(where, settings.data))
    vocabulary = learn_vocabulary(settings.document, source)
    kernels = kernel_names(settings.environment)
    document = with_epochs(settings.document, epochs or planned)
    run = Run(*(folder, document, source, vocabulary), device=device, kernels=kernels, ranks=ranks)
    run.document_digest = settings.document_digest
    run.restore(tensors, progress)
    if document.recipe.epochs != planned and ranks.is_first:
        settings = lengthen(folder, settings, document.recipe.epochs)
    then, now = settings.environment, _environment_of(run, device)
    run.differences = differences({**_ONE, **then}, {**_ONE, **now})
    if settings.earlier_epochs:
        epochs, was = settings.document.recipe.epochs, settings.earlier_epochs[-1]
        run.differences += (f"epochs {epochs}, was {was}",)
    return run


def train(
    network: str | Path | Document | Table | None = None,
    data: Data = None,
    output: str | Path | None = None,
    listen: Callable[[Event], None] | None = None,
    vectors: str | Path | None = None,
    device: str = PROCESSOR,
    *,
    progress: bool | None = None,
    weights: Given | None = None,
    **fields: object,
) -> Finished:
    """Train a network from its first step to its bundle.

    Args:
        network: A shipped name, a path, a document, or a table written in Python; chosen by the data when absent.
        data: Name, folder or file of the data, as `load_source` takes it; the document's own, or
            `mnist`, when absent.
        output: Folder of the run; `runs/<network>-<number>` when absent.
        listen: Called with every event.
        vectors: File of word vectors, for a network that begins with such.
        device: Where it learns: `cpu`, `cuda` or `cuda:1`.
        progress: Whether to show how it goes; in a terminal and in a notebook alone when absent.
        weights: Those of another network to begin with, as `load_weights` takes them.
        fields: Fields of the recipe that replace the document's.

    Returns:
        Where the bundle lies, and what it gives on the test images.

    Raises:
        StriateError: Anything is wrong with the document, the recipe, the data or the folder.
    """
    need("progress", progress, (bool, NoneType), "True, False or None")
    given_listener: object = listen
    if given_listener is not None and not callable(given_listener):
        need("listen", given_listener, FunctionType, "a function of one event")
    document, data, reasons = asked_for(network, data, fields)
    run = start(
        document,
        data,
        output,
        vectors,
        device=device,
        weights=weights,
    )
    run.remarks = (*reasons, *run.remarks)
    with Display(is_wanted=progress) as display:
        for event in run.events():
            display.show(event)
            if listen is not None:
                listen(event)
            if isinstance(event, Finished):
                return event
    message = "a run that nobody stops ends with Finished"
    raise RuntimeError(message)


def learn(
    network: str | Path | Document | Table,
    source: Source,
    *,
    device: str = PROCESSOR,
    listen: Callable[[Event], None] | None = None,
) -> Learning:
    """Train a network in memory: no file is written, and no test is measured.

    Args:
        network: A shipped name, a path, a document with its recipe, or a table written in Python.
        source: The data; its test is left alone.
        device: Where it learns.
        listen: Called at the end of every epoch.

    Returns:
        What has learnt, with the weights of the best epoch in its network.

    Raises:
        StriateError: Anything is wrong with the document, or it does not suit the data.
    """
    check_device(device, "--device")
    document = document_from(network)
    if document.training_faults:
        raise DocumentError(*document.training_faults)
    fitted, changes = fit_to(document, source)
    learning = Learning(fitted, source, device=device)
    learning.chosen = (*changes, *learning.chosen)
    while not learning.is_over:
        for _ in learning.trainer.epoch():
            pass
        ended = learning.end_epoch()
        if listen is not None:
            listen(ended)
    learning.trainer.network.load_state_dict(learning.best)
    return learning


def asked_for(
    network: str | Path | Document | Table | None, data: Data, fields: Mapping[str, object]
) -> tuple[Document, Data, tuple[str, ...]]:
    """Return what a training in Python was asked for: a network with its recipe, and the data.

    Args:
        network: As `train` takes it.
        data: As `train` takes it.
        fields: Of the recipe, that replace the document's.

    Returns:
        The document, the data, and what the data has chosen of the document.

    Raises:
        StriateError: Anything is wrong with the document, the fields, or the data that is to choose.
    """
    named = "mnist" if network is None and data is None else data
    document, reasons = _document_of(network, named, fields)
    data = document.data or "mnist" if data is None else data
    recipe = recipe_with(document, fields)
    return replace(document, recipe=recipe, given_fields=frozenset(fields)), data, reasons


def _document_of(
    network: str | Path | Document | Table | None, data: Data, given: Collection[str] = ()
) -> tuple[Document, tuple[str, ...]]:
    """Return the document of a network, and what the data has chosen of it beside the fields that are given."""
    if network is None:
        return choose_network(data, given)
    if isinstance(network, str | Path):
        return load_for_data(network, data)
    return document_from(network), ()


def fit_to(document: Document, source: Source) -> tuple[Document, tuple[str, ...]]:
    """Fit a document to the data that it is to learn, and say what has changed."""
    document, chosen = choose_preparation(document, source)
    fitted, changes = fit_classes(document, len(source.classes))
    input_shape(fitted, source)
    check_last_batch(fitted, source)
    _check_stopping(fitted, source)
    return fitted, (*chosen, *changes)


def _check_stopping(document: Document, source: Source) -> None:
    """Make sure that epochs can be compared where the recipe stops, or lowers its rate, by that."""
    recipe = document.recipe
    if recipe.validation or source.validation is not None:
        return
    if recipe.early_stopping:
        raise TrainingError(nothing_to_stop_by(recipe.early_stopping, len(source.train)))
    if recipe.schedule == "plateau":
        raise TrainingError(no_loss_to_look_at(len(source.train)))


def _environment_of(run: Run, device: str) -> Environment:
    trainer, count = run.trainer, run.ranks.count
    now = environment(fingerprints(trainer), device, is_captured=trainer.is_captured)
    if count > 1:
        now[_PROCESSES] = count
    return now


_PROCESSES = "processes"
_ONE: Environment = {_PROCESSES: 1}
"""What goes without saying in run.yaml."""


def _fingerprint(source: Source) -> str:
    # Not `tobytes`, which copies; the images may be more than the memory holds.
    examples = source.train
    digest = hashlib.sha256(np.ascontiguousarray(examples.images.numpy()).reshape(-1).data)
    digest.update(np.ascontiguousarray(examples.labels.numpy()).data)
    if source.stream is not None:
        digest.update(source.stream.digest.encode())
    for text in source.texts:
        digest.update(f"{text}\n".encode())
    return digest.hexdigest()
