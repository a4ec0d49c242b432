"""What a finished run ends with, for tests that compare two of them bit for bit."""

from pathlib import Path

import safetensors.torch
from torch import Tensor

from striate.training.checkpoint import load_checkpoint


def end_of(folder: Path) -> dict[str, Tensor]:
    """Give the weights of the best and of the last epoch, and what the checkpoint has kept beside them."""
    tensors, _, _ = load_checkpoint(folder / "checkpoint.safetensors")
    for weights in ("model", "last"):
        state = safetensors.torch.load_file(folder / "bundle" / f"{weights}.safetensors")
        tensors |= {f"{weights}.{name}": values for name, values in state.items()}
    return tensors
