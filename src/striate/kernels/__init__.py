"""Layers in C++, for processors: each is compiled once, and each has a plain form in `modules`."""

from striate.kernels.kernel import Kernel, compile_kernels


__all__ = ["Kernel", "compile_kernels"]
