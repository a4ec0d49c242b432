"""The C++ compiler of the machine."""

import hashlib
import os
import platform
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

from striate.errors import KernelError
from striate.errors.kernels import compiler_refuses, no_compiler, unwritable_cache


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
    digest.update("\n".join((*made_with, _processor())).encode())
    return f"{source.stem}-{digest.hexdigest()[:32]}.so"


@cache
def _processor() -> str:
    """Describe the processor with all that it can do, for that is what is compiled for."""
    lines = [platform.machine(), platform.processor()]
    try:
        listed = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "\n".join(lines)
    heads = ("model name", "flags", "Features")
    return "\n".join(lines + sorted({one for one in listed.splitlines() if one.startswith(heads)}))


def compile_source(source: Path, place: Path) -> None:
    """Compile a file into a library, whole or not at all.

    Args:
        source: The file.
        place: The library; its folder is made where it is missing.

    Raises:
        KernelError: There is no compiler, it refuses the file, or the folder cannot be written.
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
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for command in commands:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_SECONDS
            )
            if done.returncode:
                raise KernelError(compiler_refuses(str(compiler), source.name, done.stderr))
        made.chmod(0o700)
        made.replace(place)
    except subprocess.TimeoutExpired as error:
        raise KernelError(compiler_refuses(str(compiler), source.name, str(error))) from error
    except OSError as error:
        raise KernelError(unwritable_cache(str(place.parent), str(error))) from error
    finally:
        for one in (made, objects):
            with suppress(OSError):  # where nothing could be written there is nothing to remove
                one.unlink()
