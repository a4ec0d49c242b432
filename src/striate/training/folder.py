"""The folder of a run: what lies where, and how it is read again.

network.md              the document, with the recipe as it was run
run.yaml                data, recipe, and the machine and versions of the run
checkpoint.safetensors  the state from which the run goes on
metrics.csv, .jsonl     one line an epoch
*.png                   first-batch, curves, confusion, mistakes
bundle/                 the trained network
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
import yaml

from striate import __version__
from striate.documents import Document, choose, read_file, write_document
from striate.documents.front_matter import values_of
from striate.errors import RecipeError, TrainingError
from striate.errors.recipes import field_below
from striate.errors.training import no_run, run_folder_in_use, unreadable_checkpoint
from striate.kernels import Kernel
from striate.modules import multiplies_bf16
from striate.system.devices import PROCESSOR
from striate.system.files import write_durably
from striate.system.memory import keep_freed_memory


Environment = dict[str, str | int]


@final
@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places of one run.

    Args:
        path: The folder.
    """

    path: Path

    @property
    def checkpoint(self) -> Path:
        """The state from which the run goes on."""
        return self.path / "checkpoint.safetensors"

    @property
    def bundle(self) -> Path:
        """The trained network."""
        return self.path / "bundle"

    def picture(self, name: str) -> Path:
        """Give the place of a picture."""
        return self.path / f"{name}.png"


def new_folder(path: Path | None, name: str) -> RunFolder:
    """Make the folder of a new run.

    Args:
        path: Where to; the first free `runs/<name>-<number>` when absent.
        name: The network's name.

    Raises:
        TrainingError: The folder is there and not empty.
    """
    if path is not None:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise TrainingError(run_folder_in_use(str(path)))
        return RunFolder(path)
    number = 1
    while True:
        free = Path("runs") / f"{name}-{number}"
        try:
            # Making the folder claims the number, should another run look for one now.
            free.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return RunFolder(free)


def settle_process(threads: int | None = None) -> None:
    """Set what belongs to the whole process; a program of its own decides this for itself.

    Numbers too small to matter cost a processor a hundred times more than others, and squashing
    functions make them: they become 0. Threads take this over when they are made, so it comes first.
    Memory that a step has freed is kept for the next one.

    Args:
        threads: Of the processor; torch's choice when absent.

    Raises:
        RecipeError: The number of threads is below 1.
    """
    torch.set_flush_denormal(True)
    keep_freed_memory()
    if threads is not None:
        if threads < 1:
            raise RecipeError(field_below("--threads", threads, 1))
        torch.set_num_threads(threads)


def environment(
    kernels: Iterable[Kernel] = (), device: str = PROCESSOR, *, is_captured: bool = False
) -> Environment:
    """Describe what the numbers of a run depend on, besides its recipe and data.

    Args:
        kernels: What the network has in C++.
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
        "kernels": ", ".join(kernel.name for kernel in kernels if kernel.is_ready) or "none",
        **({} if device == PROCESSOR else {"device": device, "steps": steps}),
    }


def write_settings(
    folder: RunFolder,
    document: Document,
    data: str,
    fingerprint: str,
    vectors: dict[str, str],
    environment: Environment,
) -> None:
    """Write down what a run is made of, so that it can be resumed from its folder alone."""
    settings: dict[str, object] = {
        "data": data,
        "fingerprint": fingerprint,
        "environment": environment,
        "recipe": values_of(document.recipe),
    }
    if vectors:
        settings["vectors"] = vectors
    write_durably(folder.path / "network.md", write_document(document))
    write_durably(folder.path / "run.yaml", yaml.safe_dump(settings, sort_keys=False))


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of.

    Args:
        document: The network, with the recipe as it was run.
        data: Name or folder of the data.
        fingerprint: Of its training images and labels.
        environment: Machine and versions that the run began with.
    """

    document: Document
    data: str
    fingerprint: str
    environment: Environment


def read_settings(folder: RunFolder) -> Settings:
    """Read what a run is made of.

    Raises:
        TrainingError: The folder holds no run, or its settings are damaged.
        DocumentError: Its document has faults.
    """
    for name in ("run.yaml", "network.md", folder.checkpoint.name):
        if not (folder.path / name).is_file():
            raise TrainingError(no_run(str(folder.path), name))
    file = folder.path / "run.yaml"
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        data, fingerprint = str(settings["data"]), str(settings["fingerprint"])
        found = dict(settings["environment"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(unreadable_checkpoint(str(file), repr(error))) from error
    place = folder.path / "network.md"
    document = choose(read_file(place), None, str(place))
    return Settings(document, data, fingerprint, found)


def differences(then: Environment, now: Environment) -> tuple[str, ...]:
    """Name what has changed between two environments, as in `torch 2.13.0, was 2.12.0`."""
    return tuple(
        f"{name} {now[name]}, was {then.get(name)}" for name in now if now[name] != then.get(name)
    )
