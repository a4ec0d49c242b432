"""The C++ compiler of the machine."""

import hashlib
import os
import platform
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from striate.errors import KernelError
from striate.errors.kernels import compiler_refuses, folder_of_others, no_compiler, unwritable_cache
from striate.system.files import write_durably


VARIABLE = "CXX"
NAMES = ("g++", "c++", "clang++")
FLAGS = (
    "-std=c++17",
    "-O3",
    "-march=native",
    # Neither changes a number; without them the loops are not done sixteen numbers at a time.
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fopenmp",
    "-fPIC",
)
_SECONDS = 120

_SEAL = b"\nsha256 "
"""Stands behind the library's own bytes, before their digest. Loaders do not read what follows a library."""
_SEAL_BYTES = len(_SEAL) + 64


def find_compiler() -> Path:
    """Give the compiler: that of the variable CXX, or the first usual one on the path.

    Raises:
        KernelError: There is none.
    """
    own = os.environ.get(VARIABLE)
    for name in (own,) if own else NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise KernelError(no_compiler((f"{own} ({VARIABLE})",) if own else NAMES))


def compiled_name(source: Path, compiler: Path) -> str:
    """Name the compiled form of a file: another text, compiler or processor has another one."""
    status = compiler.stat()
    digest = hashlib.sha256()
    for text in (*sorted(source.parent.glob("*.h")), source):
        digest.update(text.read_bytes())
    made_with = (*FLAGS, str(compiler.resolve()), str(status.st_size), str(status.st_mtime_ns))
    digest.update("\n".join((*made_with, processor())).encode())
    return f"{source.stem}-{digest.hexdigest()[:32]}.so"


@cache
def processor() -> str:
    """Describe the processor with all that it can do, for that is what is compiled for."""
    lines = [platform.machine(), platform.processor()]
    try:
        listed = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "\n".join(lines)
    heads = ("model name", "flags", "Features")
    told = {line for line in listed.splitlines() if line.startswith(heads)}
    return "\n".join(lines + sorted(told))


def compile_source(source: Path, place: Path) -> None:
    """Compile a file into a library, whole or not at all.

    Args:
        source: The file.
        place: The library; its folder is made where it is missing.

    Raises:
        KernelError: There is no compiler, it refuses the file, or the folder cannot be written, or can be
            by others.
    """
    compiler = find_compiler()
    made = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    objects = made.with_suffix(".o")
    # Linked without OpenMP's own library, so that the one of torch, which is loaded, does the work:
    # two of them would fight for the cores.
    commands = (
        (compiler, *FLAGS, "-c", source, "-o", objects),
        (compiler, "-shared", objects, "-o", made),
    )
    try:
        make_own_folder(place.parent)
        _remove_leftovers(place.parent)
        for command in commands:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_SECONDS
            )
            if done.returncode:
                raise KernelError(compiler_refuses(str(compiler), source.name, done.stderr))
        keep_library(made.read_bytes(), place)
    except subprocess.TimeoutExpired as error:
        raise KernelError(compiler_refuses(str(compiler), source.name, str(error))) from error
    except OSError as error:
        raise KernelError(unwritable_cache(str(place.parent), str(error))) from error
    finally:
        for file in (made, objects):
            with suppress(OSError):  # where nothing could be written there is nothing to remove
                file.unlink()


def make_own_folder(folder: Path) -> None:
    """Make a folder for libraries that nobody else can write to.

    Raises:
        KernelError: It is there already, and belongs to another user, or others can write to it.
        OSError: It cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_own(folder, stat.S_ISDIR):
        raise KernelError(folder_of_others(str(folder)))


def is_own(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Whether something lies at a path, is of a kind, and nobody else can have written it.

    Args:
        path: A symbolic link there is not followed, and so is of another kind.
        is_kind: Whether a mode is that of the kind, such as `stat.S_ISREG`.
    """
    try:
        status = path.lstat()
    except OSError:
        return False
    is_ours = status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return is_ours and is_kind(status.st_mode)


def keep_library(content: bytes, place: Path) -> None:
    """Write a library with the digest of its bytes behind them, whole or not at all.

    Raises:
        OSError: It cannot be written; what was there is untouched.
    """
    sealed = content + _SEAL + hashlib.sha256(content).hexdigest().encode()
    write_durably(place, sealed, mode=0o700)


def is_whole_library(place: Path) -> bool:
    """Whether a library is there, is ours alone, and has all its bytes as they were written.

    One that was cut short kills the process that loads it.
    """
    if not (is_own(place.parent, stat.S_ISDIR) and is_own(place, stat.S_ISREG)):
        return False
    try:
        sealed = place.read_bytes()
    except OSError:
        return False
    content, seal = sealed[:-_SEAL_BYTES], sealed[-_SEAL_BYTES:]
    return seal == _SEAL + hashlib.sha256(content).hexdigest().encode()


def _remove_leftovers(folder: Path) -> None:
    """Remove what a process that was killed while it compiled has left behind."""
    for pattern in (".*.tmp", ".*.o"):
        for file in folder.glob(pattern):
            with suppress(OSError):
                if time.time() - file.lstat().st_mtime > 2 * _SECONDS:
                    file.unlink()
