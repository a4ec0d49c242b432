"""Messages about layers in C++ and their compiler. None of them ends a run: torch has a form of each."""

from collections.abc import Sequence

from striate.errors.fault import Fault, listed


def no_compiler(names: Sequence[str]) -> Fault:
    """Report a machine without a compiler."""
    return Fault(
        where="C++ compiler",
        came=f"{listed(names)} cannot be found.",
        needed="a compiler with OpenMP.",
        fix="install g++, or name another one with the variable CXX.",
    )


def compiler_refuses(compiler: str, source: str, output: str) -> Fault:
    """Report a file that does not compile."""
    lines = [line for line in output.splitlines() if "error" in line] or output.splitlines()
    return Fault(
        where=compiler,
        came=f"it cannot compile {source}: {lines[0] if lines else 'it says nothing'}.",
        needed="a C++17 compiler with OpenMP that knows -march=native.",
        fix="name another one with the variable CXX.",
    )


def unwritable_cache(folder: str, problem: str) -> Fault:
    """Report a folder in which nothing can be kept."""
    return Fault(
        where=folder,
        came=f"it cannot be written: {problem}.",
        needed="a folder for what is compiled.",
        fix="name another one with the variable STRIATE_CACHE.",
    )


def folder_of_others(folder: str) -> Fault:
    """Report a folder from which code would be run that another user may have written."""
    return Fault(
        where=folder,
        came="it belongs to another user, or others can write to it.",
        needed="a folder of your own, for what lies there is run.",
        fix=f"run `chmod 700 {folder}`, or name another one with the variable STRIATE_CACHE.",
    )


def library_lacks(library: str, function: str) -> Fault:
    """Report a library that loads and is not what its name says."""
    return Fault(
        where=library,
        came=f"it has no function {function}.",
        needed="the library of this very file of C++.",
        fix="delete the file; it is compiled anew when it is needed.",
    )


def unloadable(library: str, problem: str) -> Fault:
    """Report a library that was compiled and does not load."""
    return Fault(
        where=library,
        came=f"it cannot be loaded: {problem}.",
        needed="a library whose threads are those of torch.",
        fix="compile with g++: name it with the variable CXX, and delete the file.",
    )


def compiled(names: Sequence[str], seconds: float, folder: str) -> str:
    """Say that kernels were compiled, once for this machine."""
    return f"Compiled for this processor in {seconds:.1f} s: {', '.join(names)}; kept in {folder}."


def not_compiled(fault: Fault) -> str:
    """Say that torch's own layers are used, and why."""
    return (
        f"Layers run as torch has them, which is slower. {fault.where}: {fault.came} "
        f"To have them compiled, {fault.fix}"
    )
