"""One file of C++: where its compiled form is kept, and how its functions are called."""

import ctypes
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar, Token
from pathlib import Path
from typing import final

from torch import Tensor

from striate.errors import CacheError, KernelError
from striate.errors.kernels import compiled, library_lacks, not_compiled, unloadable
from striate.kernels.compiler import (
    compile_source,
    compiled_name,
    find_compiler,
    is_whole_library,
)
from striate.system.files import cache_folder


Argument = type[ctypes.c_void_p] | type[ctypes.c_long] | type[ctypes.c_float]

FOLDER = Path(__file__).parent
"""Where the files of C++ lie."""

SWITCH = "STRIATE_KERNELS"
"""Variable of the environment; `off` leaves all layers to torch."""

_chosen: ContextVar[frozenset[str] | None] = ContextVar("_chosen", default=None)


@final
class OnlyKernels:
    """A context in which some kernels are used and no others, whatever else was compiled.

    A step enters it, so it is a class: `contextlib` takes a microsecond longer.

    Args:
        names: Of the kernels; None for all that are ready.
    """

    __slots__ = ("_before", "names")

    def __init__(self, names: frozenset[str] | None) -> None:
        self.names = names
        self._before: list[Token[frozenset[str] | None]] = []

    def __enter__(self) -> None:
        self._before.append(_chosen.set(self.names))

    def __exit__(self, *_error: object) -> None:
        _chosen.reset(self._before.pop())


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
        self.source = FOLDER / f"{name}.cpp"
        self._library: ctypes.CDLL | None = None
        self._was_sought = False

    @property
    def is_ready(self) -> bool:
        """Whether the functions can be called: they were compiled once, and are not switched off here."""
        if not self._was_sought:
            self._was_sought = True
            with suppress(KernelError):  # torch's form does the same
                self._load(self._place())
        if self._library is None or is_switched_off():
            return False
        chosen = _chosen.get()
        return chosen is None or self.name in chosen

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
        with suppress(KernelError):  # what cannot be loaded is compiled anew
            self._load(place)
            if self._library is not None:  # another process compiled it since it was sought
                return False
        compile_source(self.source, place)
        self._load(place)
        if self._library is None:
            raise KernelError(unloadable(str(place), "it is not as it was written"))
        return True

    @property
    def fingerprint(self) -> str:
        """The name with the beginning of a digest of all that decides its numbers: text, compiler, processor.

        Raises:
            KernelError: There is no compiler.
        """
        name, digest = Path(compiled_name(self.source, find_compiler())).stem.rsplit("-", 1)
        return f"{name}-{digest[:12]}"

    def _place(self) -> Path:
        return _kernel_folder() / compiled_name(self.source, find_compiler())

    def _load(self, place: Path) -> None:
        if not is_whole_library(place):
            return
        try:
            library = ctypes.CDLL(str(place))
        except OSError as error:
            raise KernelError(unloadable(str(place), str(error))) from error
        for name, arguments in self.functions.items():
            function = getattr(library, name, None)
            if function is None:
                raise KernelError(library_lacks(str(place), name))
            function.argtypes, function.restype = arguments, None
        self._library = library


def compile_kernels(kernels: Iterable[Kernel]) -> tuple[str, ...]:
    """Compile what is not compiled yet; what cannot be is left to torch.

    Returns:
        A line that says what was compiled, or why nothing could be; none if all was there already.
    """
    if is_switched_off():
        return ()
    try:
        return compile_all(kernels)
    except KernelError as error:
        return (not_compiled(error.faults[0]),)


def compile_all(kernels: Iterable[Kernel]) -> tuple[str, ...]:
    """Compile what is not compiled yet.

    Returns:
        A line that says what was compiled; none if all was there already.

    Raises:
        KernelError: One of them cannot be compiled or loaded.
    """
    began = time.perf_counter()
    names = [kernel.name for kernel in kernels if kernel.compile()]
    seconds = time.perf_counter() - began
    return (compiled(names, seconds, str(_kernel_folder())),) if names else ()


def is_switched_off() -> bool:
    """Whether the user leaves all layers to torch."""
    return os.environ.get(SWITCH) == "off"


def _kernel_folder() -> Path:
    try:
        return cache_folder() / "kernels"
    except CacheError as error:
        raise KernelError(*error.faults) from error
