"""From a recipe to the steps of its optimizer, and to the learning rate of each."""

from striate.training.optimizers.from_recipe import (
    FACTOR,
    hidden_matrices,
    optimizer_of,
    restore_state,
    state_tensors,
)
from striate.training.optimizers.schedule import learning_rate


__all__ = [
    "FACTOR",
    "hidden_matrices",
    "learning_rate",
    "optimizer_of",
    "restore_state",
    "state_tensors",
]
