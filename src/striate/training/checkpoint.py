"""The state of a run in one file, from which it goes on as if it had never stopped."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from striate.errors import TrainingError
from striate.errors.training import (
    checkpoint_of_other_format,
    state_not_finite,
    unreadable_checkpoint,
)
from striate.system.files import write_durably
from striate.training.history import EpochRecord


FORMAT = 2


@final
@dataclass(slots=True)
class Progress:
    """Where a run stands; the numbers of the epoch at hand are sums so far.

    Args:
        epoch: Epochs finished.
        step: Steps finished in the epoch at hand.
        loss_sum: Sum of the losses of its images.
        errors: Its images that were given a wrong class.
        seconds: Time spent on it.
        head_losses: Sums of the losses of the side heads, by name.
        best_epoch: Epoch of the best weights; 0 before the first has ended.
        history: Finished epochs.
        finished_of: Epochs that the run was to have when it finished; 0 while it goes on. The weights of a
            finished run lie in its bundle alone, and its optimizer's state is gone.
        went_on_after: Epochs that were finished when it went on for longer than it had been to.
    """

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    errors: int = 0
    seconds: float = 0.0
    head_losses: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    history: list[EpochRecord] = field(default_factory=list)
    finished_of: int = 0
    went_on_after: int = 0

    def begin_epoch(self) -> None:
        """Count the epoch at hand as finished, and begin the sums of the next one."""
        self.epoch, self.step = self.epoch + 1, 0
        self.loss_sum, self.errors, self.seconds = 0.0, 0, 0.0
        self.head_losses = {}


def save_checkpoint(
    file: Path, tensors: dict[str, Tensor], progress: Progress, document: str
) -> None:
    """Write the state of a run in one step.

    Args:
        file: Replaced only when the new content is on the disk.
        tensors: Weights, best weights, optimizer state, random state.
        progress: Where the run stands.
        document: Digest of the network and its recipe.

    Raises:
        TrainingError: A tensor is not finite; the file is untouched.
        OSError: The file cannot be written; it is untouched.
    """
    for name, values in tensors.items():
        if values.is_floating_point() and not torch.isfinite(values).all():
            raise TrainingError(state_not_finite(name))
    copies = {name: values.contiguous() for name, values in tensors.items()}
    state = json.dumps(asdict(progress))
    digest = _digest(copies, state + document)
    metadata = {"format": str(FORMAT), "state": state, "document": document, "sha256": digest}
    write_durably(file, safetensors.torch.save(copies, metadata))


def load_checkpoint(file: Path) -> tuple[dict[str, Tensor], Progress, str]:
    """Read the state of a run.

    Returns:
        Its tensors by name, where it stands, and the digest of its document.

    Raises:
        TrainingError: The file is damaged, or of another format.
    """
    try:
        with safetensors.safe_open(file, framework="pt") as opened:
            metadata = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        state, document = metadata.get("state", ""), metadata.get("document", "")
        if metadata.get("format") != str(FORMAT):
            came = metadata.get("format", "none")
            raise TrainingError(checkpoint_of_other_format(str(file), came, FORMAT))
        if metadata.get("sha256") != _digest(tensors, state + document):
            raise TrainingError(unreadable_checkpoint(str(file), "its bytes have changed"))
        return tensors, _progress(json.loads(state)), document
    except (OSError, safetensors.SafetensorError) as error:
        raise TrainingError(unreadable_checkpoint(str(file), str(error))) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        problem = f"its content is not that of a run ({error!r})"
        raise TrainingError(unreadable_checkpoint(str(file), problem)) from error


def _progress(state: dict[str, Any]) -> Progress:
    """Read where a run stands, and make sure that the numbers can be.

    Raises:
        ValueError: They cannot.
    """
    state["history"] = [EpochRecord(**record) for record in state["history"]]
    progress = Progress(**state)
    counts: list[Any] = [progress.epoch, progress.step, progress.errors, progress.best_epoch]
    counts += [progress.finished_of, progress.went_on_after]
    if any(not isinstance(count, int) or count < 0 for count in counts):
        message = "a count is not a whole number"
        raise ValueError(message)
    sums: list[Any] = [progress.loss_sum, progress.seconds]
    if not all(isinstance(number, int | float) for number in sums):
        message = "a sum is not a number"
        raise ValueError(message)
    if len(progress.history) != progress.epoch or progress.best_epoch > progress.epoch:
        message = "its history is not that of its epochs"
        raise ValueError(message)
    return progress


def _digest(tensors: dict[str, Tensor], state: str) -> str:
    digest = hashlib.sha256(state.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()
