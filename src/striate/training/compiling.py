"""Layers in C++ are compiled where a run is long enough to earn it."""

from striate.inference import kernels_for
from striate.kernels import Kernel, compile_kernels
from striate.modules import Network
from striate.recipe import Recipe


_LEAST_PRODUCTS = 10**11
"""Products of a run from which compiling pays: a core takes longer for them than for a kernel."""


def compile_for(network: Network, examples: int, recipe: Recipe) -> tuple[str, ...]:
    """Compile what a network's rows have in C++, unless the run is over as soon as that.

    Args:
        network: The network.
        examples: Those that it learns from.
        recipe: How it learns.

    Returns:
        What the user should know of it, in at most one line.
    """
    products = network.walk.total.multiply_adds * examples * recipe.epochs
    return compile_kernels(kernels_of_run(network)) if products >= _LEAST_PRODUCTS else ()


def kernels_of_run(network: Network) -> tuple[Kernel, ...]:
    """Give what a run's steps and measurements have in C++: results depend on it in the last digits."""
    return (*network.kernels, *kernels_for(network))
