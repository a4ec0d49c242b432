"""The folder of a run: what lies where, and how it is read again.

network.md              the document, with the recipe as it was run
run.yaml                command, dates, data, recipe, digest of the document, machine and versions, the weights that
                        it began with and what was taken of them, result
checkpoint.safetensors  the state from which the run goes on
metrics.csv, .jsonl     one line an epoch
predictions.csv         what each test example was taken for
skipped.csv             pictures that cannot be used and were left out, if there are any
*.png                   first-batch, curves, confusion, mistakes
film/                   the first kernels after each epoch, if they are kept
bundle/                 the trained network
.lock                   there while a process works in the folder
"""

import csv
import io
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import final

import torch
import yaml

from striate.documents import (
    Document,
    choose,
    fingerprint,
    read_file,
    read_networks,
    write_document,
)
from striate.documents.front_matter import values_by_origin, values_of
from striate.errors import Fault, RecipeError, TrainingError
from striate.errors.recipes import field_above, field_below
from striate.errors.training import (
    no_folder_of_run,
    no_run,
    run_document_changed,
    run_folder_in_use,
    run_folder_locked,
    run_never_saved,
    unreadable_checkpoint,
)
from striate.prediction.bundle import remove_leftovers
from striate.runtime import multiplies_bf16
from striate.system.devices import PROCESSOR
from striate.system.files import write_durably
from striate.system.locks import FolderLock
from striate.system.memory import keep_freed_memory
from striate.training.film import FOLDER
from striate.version import __version__


Environment = dict[str, str | int]


@final
@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places of one run.

    Args:
        path: The folder.
        lock: Keeps other processes out, until it is released.
    """

    path: Path
    lock: FolderLock | None = None

    def release(self) -> None:
        """Let another process work in the folder."""
        if self.lock is not None:
            self.lock.release()

    def abandon(self) -> None:
        """Let the folder go before anything was written, and take it away if it is empty."""
        self.release()
        with suppress(OSError):
            self.path.rmdir()

    @property
    def checkpoint(self) -> Path:
        """The state from which the run goes on."""
        return self.path / "checkpoint.safetensors"

    @property
    def bundle(self) -> Path:
        """The trained network."""
        return self.path / "bundle"

    @property
    def predictions(self) -> Path:
        """What each test example was taken for."""
        return self.path / "predictions.csv"

    def picture(self, name: str) -> Path:
        """Give the place of a picture."""
        return self.path / f"{name}.png"


_BEFORE_THE_FIRST_STEP = ("run.yaml", "network.md", "first-batch.png")


def new_folder(path: Path | None, name: str) -> RunFolder:
    """Make the folder of a new run, and lock it.

    A folder whose run was killed before it saved anything is taken over.

    Args:
        path: Where to; the first free `runs/<name>-<number>` when absent.
        name: The network's name.

    Raises:
        TrainingError: The folder is there and not empty, or another process works in it.
    """
    if path is None:
        path = free_folder(name)
    path.mkdir(parents=True, exist_ok=True)
    if not (path / FolderLock.NAME).exists() and any(path.iterdir()):
        raise TrainingError(run_folder_in_use(str(path)))
    folder = RunFolder(path, _locked(path))
    if not folder.checkpoint.exists():
        _remove_strays(folder)
        for left in _BEFORE_THE_FIRST_STEP:
            (path / left).unlink(missing_ok=True)
        shutil.rmtree(path / FOLDER, ignore_errors=True)
    if any(file.name != FolderLock.NAME for file in path.iterdir()):
        folder.release()
        raise TrainingError(run_folder_in_use(str(path)))
    return folder


def free_folder(name: str) -> Path:
    """Make the first folder `runs/<name>-<number>` that is free."""
    number = 1
    while True:
        free = Path("runs") / f"{name}-{number}"
        try:
            # Making the folder claims the number, should another run look for one now.
            free.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return free


def begun_folder(path: Path) -> RunFolder:
    """Lock the folder of a run that is to go on, and remove what a killed process has left there.

    Raises:
        TrainingError: It holds no run, or another process works in it.
    """
    folder = RunFolder(path)
    missing = [
        name
        for name in ("run.yaml", "network.md", folder.checkpoint.name)
        if not (path / name).is_file()
    ]
    if missing and (path / FolderLock.NAME).exists():
        raise TrainingError(run_never_saved(str(path)))
    if not path.exists():
        raise TrainingError(no_folder_of_run(str(path)))
    if missing:
        raise TrainingError(no_run(str(path), missing[0]))
    folder = RunFolder(path, _locked(path))
    _remove_strays(folder)
    return folder


def _locked(path: Path) -> FolderLock:
    try:
        return FolderLock(path)
    except BlockingIOError as error:
        raise TrainingError(run_folder_locked(str(path))) from error


def _remove_strays(folder: RunFolder) -> None:
    """Remove files that were not finished when a process was killed; nobody else writes here now."""
    for stray in folder.path.glob(".*.tmp"):
        stray.unlink(missing_ok=True)
    remove_leftovers(folder.bundle)


def settle_process(threads: int | None = None) -> None:
    """Set what belongs to the whole process; a program of its own decides this for itself.

    Numbers too small to matter cost a processor a hundred times more than others, and squashing
    functions make them: they become 0. Threads take this over when they are made, so it comes first.
    Memory that a step has freed is kept for the next one.

    Args:
        threads: Of the processor; torch's choice when absent.

    Raises:
        RecipeError: The number of threads is below 1, or above 1,024.
    """
    if threads is not None:
        check_threads(threads)
    torch.set_flush_denormal(True)
    keep_freed_memory()
    if threads is not None:
        torch.set_num_threads(threads)


_MOST_THREADS = 1024
"""More than the cores of any one machine. Libraries of threads crash where the system has no more to give."""


def check_threads(threads: int, where: str = "--threads") -> None:
    """Make sure that a number of threads can be had.

    Raises:
        RecipeError: It is below 1, or far above the cores of a machine.
    """
    if threads < 1:
        raise RecipeError(field_below(where, threads, 1))
    if threads > _MOST_THREADS:
        raise RecipeError(field_above(where, threads, _MOST_THREADS))


_VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "ONEDNN_MAX_CPU_ISA",
)
"""Variables of the environment by which torch's libraries choose other loops."""


def environment(
    kernels: Iterable[str] = (), device: str = PROCESSOR, *, is_captured: bool = False
) -> Environment:
    """Describe what the numbers of a run depend on, besides its recipe and data.

    Args:
        kernels: Fingerprints of what the run does in C++.
        device: Where it learns; the processor goes without saying.
        is_captured: Whether its steps go by a CUDA graph.
    """
    steps = "by a CUDA graph" if is_captured else "operation by operation"
    return {
        "striate": __version__,
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "processor": torch.backends.cpu.get_cpu_capability()
        + (" with bf16" if multiplies_bf16(torch.device("cpu")) else ""),
        "smallest numbers": "are 0" if _are_small_numbers_zero() else "are kept",
        "kernels": ", ".join(kernels) or _NONE,
        **{name: os.environ[name] for name in _VARIABLES if name in os.environ},
        **({} if device == PROCESSOR else {"device": device, "steps": steps}),
    }


def _are_small_numbers_zero() -> bool:
    """Whether numbers below the smallest normal one become 0, which a process decides for itself."""
    return float(torch.tensor(1e-38) * 0.01) == 0


_NONE = "none"


def kernel_names(environment: Environment) -> tuple[str, ...]:
    """Return the names of the kernels that a run began with."""
    told = str(environment.get("kernels", _NONE))
    return () if told == _NONE else tuple(one.rsplit("-", 1)[0] for one in told.split(", "))


def write_settings(
    folder: RunFolder,
    document: Document,
    data: str,
    digest: str,
    classes: Sequence[str],
    vectors: dict[str, str],
    environment: Environment,
    *,
    weights: dict[str, object] | None = None,
) -> str:
    """Write down what a run is made of, so that it can be resumed from its folder alone.

    Returns:
        The digest of its document.
    """
    text = write_document(document)
    document_digest = fingerprint(choose(read_networks(text, "network.md"), None, "network.md"))
    settings: dict[str, object] = {
        "command": shlex.join(sys.argv),
        "began": _now(),
        "data": data,
        "fingerprint": digest,
        "document": document_digest,
        "classes": list(classes),
        "environment": environment,
        "recipe": values_of(document.recipe),
        _ORIGINS: _origins(document),
    }
    if vectors:
        settings["vectors"] = vectors
    if weights is not None:
        settings["weights"] = weights
    # The settings first: where the process is killed between the two, they say whose folder it is.
    write_durably(folder.path / "run.yaml", yaml.safe_dump(settings, sort_keys=False))
    write_durably(folder.path / "network.md", text)
    return document_digest


def _origins(document: Document) -> dict[str, list[str]]:
    """Name the fields of a recipe by who has said them."""
    return {origin: list(values) for origin, values in values_by_origin(document).items()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_result(folder: RunFolder, result: dict[str, object]) -> None:
    """Add to run.yaml when the run has ended, and what came of it."""
    _change_settings(folder, {"ended": _now(), "result": result})


def _change_settings(folder: RunFolder, changes: dict[str, object]) -> None:
    file = folder.path / "run.yaml"
    written = yaml.safe_load(file.read_text(encoding="utf-8")) | changes
    write_durably(file, yaml.safe_dump(written, sort_keys=False))


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of.

    Args:
        document: The network, with the recipe as it is run.
        data: Name or folder of the data.
        fingerprint: Of its training images and labels.
        environment: Machine and versions that the run began with.
        document_digest: Of the document that it began with, as `documents.fingerprint` computes it.
        earlier_epochs: Numbers of epochs that it was to have before, the one that it began with first.
        classes: Names of its classes; none where an older version began it.
    """

    document: Document
    data: str
    fingerprint: str
    environment: Environment
    document_digest: str
    earlier_epochs: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()


_EARLIER, _ORIGINS = "earlier_epochs", "recipe_from"


def read_settings(folder: RunFolder) -> Settings:
    """Read what a run is made of.

    Raises:
        TrainingError: Its settings are damaged, or its document is not the one that it began with.
        DocumentError: Its document has faults.
    """
    file = folder.path / "run.yaml"
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        data, digest = str(settings["data"]), str(settings["fingerprint"])
        document_digest = str(settings["document"])
        found = dict(settings["environment"])
        earlier = tuple(int(epochs) for epochs in settings.get(_EARLIER, ()))
        epochs = int(settings["recipe"]["epochs"]) if earlier else None
        classes = tuple(map(str, settings.get("classes", ())))
        origins = dict(settings.get(_ORIGINS, {}))
        names = [frozenset(map(str, origins.get(one, ()))) for one in ("flags", "data", "document")]
    except (yaml.YAMLError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise TrainingError(unreadable_checkpoint(str(file), repr(error))) from error
    place = folder.path / "network.md"
    document = choose(read_file(place), None, str(place))
    if origins:
        given, chosen, stated = names
        document = replace(document, given_fields=given, chosen_fields=chosen, stated_fields=stated)
    is_of_run = epochs is None or document.recipe.epochs in {*earlier, epochs}
    begun = with_epochs(document, earlier[0]) if earlier else document
    if not is_of_run or fingerprint(begun) != document_digest:
        raise TrainingError(run_document_changed(str(place)))
    if epochs is not None:
        # network.md is that of before, where a process was killed between the two files.
        document = with_epochs(document, epochs)
    return Settings(document, data, digest, found, document_digest, earlier, classes)


def with_epochs(document: Document, epochs: int) -> Document:
    """Return a document whose recipe has another number of epochs."""
    return replace(document, recipe=replace(document.recipe, epochs=epochs))


def lengthen(folder: RunFolder, settings: Settings, epochs: int) -> Settings:
    """Write down that a run is to have another number of epochs.

    It is one step, that of run.yaml: whatever else is written, the run can be read before and after.

    Returns:
        What the run is made of now.
    """
    earlier = (*settings.earlier_epochs, settings.document.recipe.epochs)
    document = with_epochs(settings.document, epochs)
    document = replace(document, given_fields=document.given_fields | {"epochs"})
    changed = {
        "recipe": values_of(document.recipe),
        _ORIGINS: _origins(document),
        _EARLIER: list(earlier),
    }
    _change_settings(folder, changed)
    write_durably(folder.path / "network.md", write_document(document))
    return replace(settings, document=document, earlier_epochs=earlier)


def write_skipped(folder: RunFolder, skipped: Sequence[Fault]) -> None:
    """Write which pictures were left out because they cannot be used, and why; nothing where there are none."""
    if not skipped:
        return
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("file", "problem"))
    rows.writerows((fault.where, fault.came) for fault in skipped)
    # Names of files that are no Unicode have halves of characters.
    content = text.getvalue().encode("utf-8", "backslashreplace")
    write_durably(folder.path / "skipped.csv", content)


def differences(then: Environment, now: Environment) -> tuple[str, ...]:
    """Name what has changed between two environments, as in `torch 2.13.0, was 2.12.0`."""
    return tuple(
        f"{name} {now[name]}, was {then.get(name)}" for name in now if now[name] != then.get(name)
    )
