"""Which kernels a piece of work uses: decided by the work alone, whatever the cache holds.

Sums are rounded in another order with kernels than without. The same command on the same machine must give the
same digits, whether an earlier one has compiled something or not.
"""

from collections.abc import Callable, Iterable

from striate.errors import KernelError
from striate.errors.kernels import not_compiled
from striate.kernels.kernel import Kernel, OnlyKernels, compile_all, is_switched_off


_LEAST_PRODUCTS = 10**11
"""Products from which compiling pays: a core takes longer for them than for a kernel."""

_LEAST_STEPS = 10_000
"""Steps of training from which it pays however small they are: kernels save a tenth of a millisecond in each."""


def choose_kernels(
    kernels: Callable[[], Iterable[Kernel]], products: int, steps: int = 0
) -> tuple[OnlyKernels, tuple[str, ...]]:
    """Decide which kernels a piece of work uses, and compile them.

    Args:
        kernels: Gives those that could be used; it is asked only where compiling pays.
        products: Multiply-adds of the whole work.
        steps: Steps of training in it.

    Returns:
        The kernels: all of them, or none. And what the user should know of it, in at most one line.
    """
    pays = products >= _LEAST_PRODUCTS or steps >= _LEAST_STEPS
    if not pays or is_switched_off():
        return OnlyKernels(frozenset()), ()
    chosen = tuple(kernels())
    try:
        remarks = compile_all(chosen)
    except KernelError as error:
        return OnlyKernels(frozenset()), (not_compiled(error.faults[0]),)
    return OnlyKernels(frozenset(kernel.name for kernel in chosen)), remarks
