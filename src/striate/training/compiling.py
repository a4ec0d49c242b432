"""Layers and steps in C++ are compiled where a run is long enough to earn it."""

from striate.kernels import Kernel, compile_kernels
from striate.runtime import kernels_for
from striate.training.loop import Trainer


_LEAST_PRODUCTS = 10**11
"""Products of a run from which compiling pays: a core takes longer for them than for a kernel."""

_LEAST_STEPS = 10_000
"""Steps from which it pays however small they are: kernels save a tenth of a millisecond in each."""


def compile_for(trainer: Trainer) -> tuple[str, ...]:
    """Compile what the steps of a run have in C++, unless it is over as soon as that.

    Args:
        trainer: The network, its examples and its recipe.

    Returns:
        What the user should know of it, in at most one line.
    """
    epochs = trainer.recipe.epochs
    products = trainer.network.walk.total.multiply_adds * len(trainer.examples) * epochs
    pays = products >= _LEAST_PRODUCTS or trainer.steps * epochs >= _LEAST_STEPS
    return compile_kernels(kernels_of_run(trainer)) if pays else ()


def kernels_of_run(trainer: Trainer) -> tuple[Kernel, ...]:
    """Give what a run's steps and measurements have in C++: results depend on it in the last digits."""
    return (*trainer.kernels, *kernels_for(trainer.network))
