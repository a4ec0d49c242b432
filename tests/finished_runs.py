"""A run that several tests look at; and what a run ends with, for tests that compare two of them bit for bit."""

import pickle
from pathlib import Path

import pytest
import safetensors.torch
from torch import Tensor

import striate
from shared_folder import made_once
from striate.training import Event, Finished
from striate.training.checkpoint import load_checkpoint


FinishedRun = tuple[Finished, list[Event]]


@pytest.fixture(scope="session")
def finished_lenet5(shared_folder: Path, small_digits: str) -> FinishedRun:
    """LeNet-5 after four epochs of 1,100 digits, and what its run told. Its folder is there for all tests: read it only."""

    def train(folder: Path) -> None:
        heard: list[Event] = []
        done = striate.train(
            "lenet5", small_digits, folder, heard.append, epochs=4, batch_size=16, validation=100
        )
        events.write_bytes(pickle.dumps((done, heard)))

    events = shared_folder / "lenet5.events"
    made_once(shared_folder / "lenet5", train)
    told: FinishedRun = pickle.loads(events.read_bytes())
    return told


def end_of(folder: Path) -> dict[str, Tensor]:
    """Give the weights of the best and of the last epoch, and what the checkpoint has kept beside them."""
    tensors, _, _ = load_checkpoint(folder / "checkpoint.safetensors")
    for weights in ("model", "last"):
        state = safetensors.torch.load_file(folder / "bundle" / f"{weights}.safetensors")
        tensors |= {f"{weights}.{name}": values for name, values in state.items()}
    return tensors
