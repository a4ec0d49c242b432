"""One file of C++: where its compiled form is kept, and how its functions are called."""

import ctypes
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import final

from torch import Tensor

from striate.errors import KernelError
from striate.errors.kernels import compiled, not_compiled, unloadable
from striate.kernels.compiler import compile_source, compiled_name, find_compiler
from striate.system.files import cache_folder


Argument = type[ctypes.c_void_p] | type[ctypes.c_long] | type[ctypes.c_float]

SWITCH = "STRIATE_KERNELS"
"""Variable of the environment; `off` leaves all layers to torch."""


@final
class Kernel:
    """The functions of one file of C++ beside this one.

    They share the threads of torch, and take tensors by their addresses.

    Args:
        name: Of the file, without `.cpp`.
        functions: The arguments of each function; none returns anything.
    """

    def __init__(self, name: str, functions: Mapping[str, tuple[Argument, ...]]) -> None:
        self.name, self.functions = name, functions
        self.source = Path(__file__).with_name(f"{name}.cpp")
        self._library: ctypes.CDLL | None = None
        self._was_sought = False

    @property
    def is_ready(self) -> bool:
        """Tell whether the functions can be called: they were compiled once, and are not switched off."""
        if not self._was_sought:
            self._was_sought = True
            with suppress(KernelError):  # torch's form does the same
                self._load(self._place())
        return self._library is not None and os.environ.get(SWITCH) != "off"

    def __call__(self, function: str, *values: object) -> None:
        """Call a function of the file.

        Args:
            function: Its name in C++.
            values: Its arguments; a tensor goes as the address of its first number, and must lie in
                memory as the function reads it. All else goes as ctypes takes it: `byref` of a
                structure, and None as no address.
        """
        # A step of a small network passes some hundred values.
        passed = [value.data_ptr() if isinstance(value, Tensor) else value for value in values]
        self.function(function)(*passed)

    def function(self, name: str) -> Callable[..., None]:
        """Give a function of the file, which takes tensors by their addresses, as numbers."""
        found: Callable[..., None] = getattr(self._library, name)
        return found

    def compile(self) -> bool:
        """Compile the file for this processor, unless that is done already, and load it.

        Returns:
            Whether it had to be compiled.

        Raises:
            KernelError: There is no compiler, it refuses the file, or the outcome cannot be kept or
                loaded.
        """
        if self.is_ready:
            return False
        place = self._place()
        compile_source(self.source, place)
        self._load(place)
        return True

    def _place(self) -> Path:
        return cache_folder() / "kernels" / compiled_name(self.source, find_compiler())

    def _load(self, place: Path) -> None:
        if not _is_ours(place):
            return
        try:
            library = ctypes.CDLL(str(place))
        except OSError as error:
            raise KernelError(unloadable(str(place), str(error))) from error
        for name, arguments in self.functions.items():
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, None
        self._library = library


def _is_ours(file: Path) -> bool:
    """Tell whether a file is there and nobody else can have written it, for it will be run."""
    try:
        status = file.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def compile_kernels(kernels: Iterable[Kernel]) -> tuple[str, ...]:
    """Compile what is not compiled yet; what cannot be is left to torch.

    Returns:
        A line that says what was compiled, or why nothing could be; none if all was there already.
    """
    if os.environ.get(SWITCH) == "off":
        return ()
    began = time.perf_counter()
    try:
        names = [kernel.name for kernel in kernels if kernel.compile()]
    except KernelError as error:
        return (not_compiled(error.faults[0]),)
    seconds = time.perf_counter() - began
    return (compiled(names, seconds, str(cache_folder() / "kernels")),) if names else ()
