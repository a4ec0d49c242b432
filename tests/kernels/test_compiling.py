"""Compiling: once, whole, for this processor, and never in the way of a run."""

import os
import stat
from pathlib import Path

import pytest

from striate.errors import KernelError
from striate.kernels import Kernel, OnlyKernels, compile_kernels
from striate.kernels.compiler import compiled_name, find_compiler
from striate.kernels.kernel import SWITCH


NAME = "nothing"
SOURCE = 'extern "C" void nothing() {}\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "sources" / f"{NAME}.cpp"
    source.parent.mkdir()
    source.write_text(SOURCE)
    monkeypatch.setattr("striate.kernels.kernel.FOLDER", source.parent)
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(SWITCH, "on")
    monkeypatch.delenv("CXX", raising=False)
    return tmp_path / "cache" / "kernels"


def fresh() -> Kernel:
    return Kernel(NAME, {NAME: ()})


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def test_a_kernel_is_compiled_once_and_then_found(own_cache: Path) -> None:
    assert not fresh().is_ready
    first = fresh()
    (line,) = compile_kernels([first])
    assert line.startswith("Compiled for this processor in ")
    assert line.endswith(f" s: {NAME}; kept in {own_cache}.")
    assert first.is_ready
    (library,) = own_cache.iterdir()
    assert library.name == compiled_name(first.source, find_compiler())
    second = fresh()
    assert second.is_ready
    assert compile_kernels([second]) == ()


def test_another_text_or_header_or_compiler_has_another_name(tmp_path: Path) -> None:
    source, compiler = tmp_path / f"{NAME}.cpp", script(tmp_path / "one", "")
    source.write_text(SOURCE)
    names = [compiled_name(source, compiler)]
    source.write_text(source.read_text() + "// more\n")
    names.append(compiled_name(source, compiler))
    (tmp_path / "numbers.h").write_text("// none\n")
    names.append(compiled_name(source, compiler))
    names.append(compiled_name(source, script(tmp_path / "two", "")))
    script(compiler, "# replaced")
    names.append(compiled_name(source, compiler))
    assert len(set(names)) == 5
    assert compiled_name(source, compiler) == names[-1]


def test_another_processor_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    here = compiled_name(fresh().source, find_compiler())
    monkeypatch.setattr("striate.kernels.compiler.processor", lambda: "another")
    assert compiled_name(fresh().source, find_compiler()) != here


def test_without_a_compiler_torch_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    kernel = fresh()
    (line,) = compile_kernels([kernel])
    assert line == (
        "Layers run as torch has them, which is slower. C++ compiler: g++, c++ or clang++ cannot be "
        "found. To have them compiled, install g++, or name another one with the variable CXX."
    )
    assert not kernel.is_ready


def test_a_named_compiler_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(KernelError) as caught:
        find_compiler()
    assert str(caught.value) == (
        "C++ compiler: no-such-compiler (CXX) cannot be found.\n"
        "  Needed: a compiler with OpenMP.\n"
        "  Fix: install g++, or name another one with the variable CXX."
    )


def test_a_compiler_that_refuses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    refusing = script(tmp_path / "refusing", "echo notes >&2; echo 'error: no' >&2; exit 1")
    monkeypatch.setenv("CXX", str(refusing))
    with pytest.raises(KernelError) as caught:
        fresh().compile()
    assert str(caught.value) == (
        f"{refusing}: it cannot compile {NAME}.cpp: error: no.\n"
        "  Needed: a C++17 compiler with OpenMP that knows -march=native.\n"
        "  Fix: name another one with the variable CXX."
    )
    assert list(own_cache.iterdir()) == []


def test_a_compiler_whose_work_does_not_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    # It writes a text where its last argument says.
    monkeypatch.setenv(
        "CXX", str(script(tmp_path / "odd", 'for last; do :; done; echo no > "$last"'))
    )
    kernel = fresh()
    place = own_cache / compiled_name(kernel.source, find_compiler())
    with pytest.raises(KernelError) as caught:
        kernel.compile()
    assert str(caught.value) == (
        f"{place}: it cannot be loaded: {place}: invalid ELF header.\n"
        "  Needed: a library whose threads are those of torch.\n"
        "  Fix: compile with g++: name it with the variable CXX, and delete the file."
    )
    assert not kernel.is_ready


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "file"))
    folder = tmp_path / "file" / "kernels"
    with pytest.raises(KernelError) as caught:
        fresh().compile()
    assert str(caught.value) == (
        f"{folder}: it cannot be written: [Errno 20] Not a directory: '{folder}'.\n"
        "  Needed: a folder for what is compiled.\n"
        "  Fix: name another one with the variable STRIATE_CACHE."
    )


def test_what_others_can_write_is_not_run(own_cache: Path) -> None:
    fresh().compile()
    (library,) = own_cache.iterdir()
    library.chmod(library.stat().st_mode | stat.S_IWOTH)
    assert not fresh().is_ready


def test_a_damaged_library_is_compiled_again(own_cache: Path) -> None:
    kernel = fresh()
    own_cache.mkdir(parents=True)
    library = own_cache / compiled_name(kernel.source, find_compiler())
    library.write_bytes(b"no")
    library.chmod(0o700)
    own_cache.chmod(0o700)
    found = fresh()
    assert not found.is_ready
    assert found.compile()
    assert kernel.is_ready


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_library_that_was_cut_short_is_never_loaded(own_cache: Path, kept: float) -> None:
    fresh().compile()
    (library,) = own_cache.iterdir()
    content = library.read_bytes()
    library.unlink()  # this process has mapped it
    library.write_bytes(content[: int(kept * len(content))])
    library.chmod(0o700)
    found = fresh()
    assert not found.is_ready  # it would kill this process
    assert found.compile()
    assert library.read_bytes() == content


def test_a_link_at_the_name_of_a_library_is_not_followed(own_cache: Path, tmp_path: Path) -> None:
    fresh().compile()
    (library,) = own_cache.iterdir()
    elsewhere = library.rename(tmp_path / "elsewhere.so")
    library.symlink_to(elsewhere)
    found = fresh()
    assert not found.is_ready
    found.compile()
    assert not library.is_symlink()


def test_a_folder_that_others_can_write_to_is_refused(own_cache: Path) -> None:
    own_cache.mkdir(parents=True)
    own_cache.chmod(0o777)
    with pytest.raises(KernelError) as caught:
        fresh().compile()
    assert str(caught.value) == (
        f"{own_cache}: it belongs to another user, or others can write to it.\n"
        "  Needed: a folder of your own, for what lies there is run.\n"
        f"  Fix: run `chmod 700 {own_cache}`, or name another one with the variable STRIATE_CACHE."
    )


def test_a_library_without_a_function_is_a_fault(own_cache: Path) -> None:
    fresh().compile()
    (library,) = own_cache.iterdir()
    with pytest.raises(KernelError) as caught:
        Kernel(NAME, {"no_such_function": ()}).compile()
    assert str(caught.value) == (
        f"{library}: it has no function no_such_function.\n"
        "  Needed: the library of this very file of C++.\n"
        "  Fix: delete the file; it is compiled anew when it is needed."
    )


def test_leftovers_of_a_killed_compiler_are_removed(own_cache: Path) -> None:
    own_cache.mkdir(parents=True, mode=0o700)
    old, young = own_cache / ".one.so.17.tmp", own_cache / ".two.so.18.tmp"
    for leftover in (old, young):
        leftover.touch()
    os.utime(old, (0, 0))
    fresh().compile()
    assert not old.exists()
    assert young.exists()


def test_a_run_uses_the_kernels_that_it_chose() -> None:
    kernel = fresh()
    kernel.compile()
    found = [kernel.is_ready]
    with OnlyKernels(frozenset()):
        found.append(kernel.is_ready)
        with OnlyKernels(frozenset({NAME})):
            found.append(kernel.is_ready)
        found.append(kernel.is_ready)
    assert [*found, kernel.is_ready] == [True, False, True, False, True]


def test_switched_off(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    fresh().compile()
    monkeypatch.setenv(SWITCH, "off")
    assert not fresh().is_ready
    assert compile_kernels([fresh()]) == ()
    monkeypatch.setenv(SWITCH, "on")
    assert fresh().is_ready
    assert len(list(own_cache.iterdir())) == 1
