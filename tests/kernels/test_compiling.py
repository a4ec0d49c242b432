"""Compiling: once, whole, for this processor, and never in the way of a run."""

import shutil
import stat
from pathlib import Path

import pytest

from striate.errors import KernelError
from striate.kernels import Kernel, compile_kernels
from striate.kernels.compiler import compiled_name, find_compiler
from striate.kernels.kernel import SWITCH
from striate.kernels.response_norm import KERNEL


NAME = "response_norm"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(SWITCH, "on")
    monkeypatch.delenv("CXX", raising=False)
    return tmp_path / "cache" / "kernels"


def fresh() -> Kernel:
    return Kernel(NAME, KERNEL.functions)


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
    shutil.copy(KERNEL.source, source)
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
    here = compiled_name(KERNEL.source, find_compiler())
    monkeypatch.setattr("striate.kernels.compiler._processor", lambda: "another")
    assert compiled_name(KERNEL.source, find_compiler()) != here


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
        f"{place}: it cannot be loaded: {place}: file too short.\n"
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
    found = fresh()
    assert not found.is_ready
    assert found.compile()
    assert kernel.is_ready


def test_switched_off(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    fresh().compile()
    monkeypatch.setenv(SWITCH, "off")
    assert not fresh().is_ready
    assert compile_kernels([fresh()]) == ()
    monkeypatch.setenv(SWITCH, "on")
    assert fresh().is_ready
    assert len(list(own_cache.iterdir())) == 1
