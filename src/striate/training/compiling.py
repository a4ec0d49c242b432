"""Which layers and steps of a run are done in C++: decided once, by the run and the machine alone."""

from collections.abc import Sequence

from striate.errors import KernelError, TrainingError
from striate.errors.training import kernels_missing, kernels_switched_off
from striate.kernels import Kernel, OnlyKernels, choose_kernels, compile_all, is_switched_off
from striate.runtime import kernels_for
from striate.training.loop import Trainer


def choose_for_run(trainer: Trainer) -> tuple[str, ...]:
    """Decide which kernels a new run uses, compile them, and leave the decision in the trainer.

    Args:
        trainer: The network, its examples and its recipe.

    Returns:
        What the user should know of it, in at most one line.
    """
    epochs = trainer.recipe.epochs
    products = trainer.network.walk.total.multiply_adds * len(trainer.examples) * epochs
    trainer.kernel_choice, remarks = choose_kernels(
        lambda: kernels_of_run(trainer), products, trainer.steps * epochs
    )
    return remarks


def restore_kernels(trainer: Trainer, names: Sequence[str], where: str) -> tuple[str, ...]:
    """Have a run that goes on use the very kernels that it began with.

    Args:
        trainer: The network, its examples and its recipe.
        names: Of the kernels, as the run wrote them down.
        where: Its folder, for messages.

    Returns:
        What the user should know of it, in at most one line.

    Raises:
        TrainingError: One of them is not known, is switched off, or cannot be compiled.
    """
    trainer.kernel_choice = OnlyKernels(frozenset(names))
    if not names:
        return ()
    if is_switched_off():
        raise TrainingError(kernels_switched_off(where, names))
    by_name = {kernel.name: kernel for kernel in kernels_of_run(trainer)}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise TrainingError(kernels_missing(where, unknown, "this version of Striate has none"))
    try:
        return compile_all(by_name[name] for name in names)
    except KernelError as error:
        fault = error.faults[0]
        problem = f"{fault.where}: {fault.came.rstrip('.')}"
        raise TrainingError(kernels_missing(where, names, problem)) from error


def kernels_of_run(trainer: Trainer) -> tuple[Kernel, ...]:
    """Return what a run's steps and measurements have in C++, each once."""
    kernels = (*trainer.kernels, *kernels_for(trainer.network))
    return tuple({kernel.name: kernel for kernel in kernels}.values())


def fingerprints(trainer: Trainer) -> tuple[str, ...]:
    """Return the fingerprints of the kernels that a run has chosen."""
    chosen = trainer.kernel_choice.names or ()
    return tuple(one.fingerprint for one in kernels_of_run(trainer) if one.name in chosen)
