"""Layers in C++, for processors: each is compiled once, and each has a plain form in `modules`."""

from striate.kernels.choice import choose_kernels
from striate.kernels.kernel import (
    Kernel,
    OnlyKernels,
    compile_all,
    compile_kernels,
    is_switched_off,
)


__all__ = [
    "Kernel",
    "OnlyKernels",
    "choose_kernels",
    "compile_all",
    "compile_kernels",
    "is_switched_off",
]
