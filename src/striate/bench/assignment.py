"""A job as a program with torch finds it: the files of a workload in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import safetensors.torch
import torch
from torch import Tensor

from striate.bench.files import DOCUMENT, EXAMPLES, WEIGHTS, Kind, Width
from striate.bench.serving import Answer, Job
from striate.documents import Document
from striate.networks import load
from striate.preparation import Preparation


@final
@dataclass(frozen=True, slots=True)
class Assignment:
    """What a program has to do, and with what.

    Args:
        folder: Of the workload.
        document: The network, its recipe with the job's precision.
        kind: Training, reading or answering.
        batch: Examples at a time.
        width: Of the numbers that are multiplied.
        device: Where tensors live.
        images: Bytes, or numbers of words; in memory, on no other device.
        labels: Of them.
        mean: What is subtracted, if something is.
    """

    folder: Path
    document: Document
    kind: Kind
    batch: int
    width: Width
    device: torch.device
    images: Tensor
    labels: Tensor
    mean: Tensor | None

    def weights(self) -> Mapping[str, Tensor]:
        """Read the network's numbers."""
        return safetensors.torch.load_file(self.folder / WEIGHTS)

    def settle(self) -> None:
        """Wait until the device has done everything that it was asked for."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def facts(self) -> Answer:
        """Tell what the numbers depend on."""
        name = torch.cuda.get_device_name() if self.device.type == "cuda" else "CPU"
        return {
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "device": name,
            "width": self.width,
        }


def take_up(job: Job) -> Assignment:
    """Read the files of a job, and set the process up for it."""
    torch.set_num_threads(job["threads"])
    # Strictly the precision that is asked for: no TF32 in convolutions, which torch takes by itself.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    folder = Path(job["folder"])
    document = load(folder / DOCUMENT)
    tensors = safetensors.torch.load_file(folder / EXAMPLES)
    recipe = replace(document.recipe, precision="bf16" if job["width"] == "bf16" else "fp32")
    return Assignment(
        folder,
        replace(document, recipe=recipe),
        job["kind"],
        job["batch"],
        job["width"],
        torch.device(job["device"]),
        tensors["images"],
        tensors["labels"],
        tensors.get("mean"),
    )


def scale(images: Tensor, preparation: Preparation, mean: Tensor | None) -> Tensor:
    """Turn bytes into the numbers that a network reads, as plain PyTorch does it.

    Args:
        images: Bytes, floating point in their range, or whole numbers of words, which stay.
        preparation: Its values of bytes.
        mean: What is subtracted; byte 0 has no value of its own then.
    """
    if images.dtype in {torch.int32, torch.int64}:
        return images
    wide = images if images.is_floating_point() else images.float()
    low, step = (
        torch.tensor(one, device=wide.device).view(-1, 1, 1) if len(one) > 1 else one[0]
        for one in preparation.byte_values
    )
    return (wide - mean) * step if mean is not None else wide * step + low


def checked_facts(outputs: Tensor, loss: Tensor | None = None) -> Answer:
    """Give the outputs for the first examples as JSON, to be compared before anything is timed.

    Args:
        outputs: Examples x classes, before a softmax.
        loss: Mean loss of them, where the program learns.
    """
    facts: Answer = {"outputs": outputs.detach().double().cpu().tolist()}
    return facts if loss is None else {**facts, "loss": float(loss.detach())}
