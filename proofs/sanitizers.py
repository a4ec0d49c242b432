"""Runs the tests of kernels with the compiler's own checks in the kernels: addresses, and behaviour that C++ leaves undefined.

    python -m proofs.sanitizers [--full]

The compiler that the variable CXX names is one that adds the checks, and the whole process takes its memory from the
checker, which lays forbidden bytes around every tensor. The quick part is a planted fault of each kind, which must be
found, and a call without one; the long one is all tests of kernels and of the forms above them as well. Threads are not checked: GNU's OpenMP is not
built for it, and each of its barriers would be reported.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from proofs.records import ROOT, Record, arguments
from striate.kernels.compiler import find_compiler


CHECKS = "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1"
TESTS = ("tests/kernels", "tests/runtime", "tests/training/test_small_networks.py")

PLANTED = """
extern "C" void sum(const float* values, long count, float* total) {
    for (long at = 0; at <= count; ++at) *total += values[at];
}
extern "C" void shift(int by, int* out) { *out = 1 << by; }
"""
"""Reads a number too many; and shifts by any number."""

CALLED = {
    "an address behind an array": "library.sum(values, 1000, total)",
    "a shift by 40": "library.shift(40, total)",
    "nothing": "library.sum(values, 999, total)",
}

_REPORT = re.compile(r"ERROR: AddressSanitizer.*|.*runtime error: .*")
_OUTCOME = re.compile(r"(\d+) (passed|failed|skipped|errors?)")


def main() -> int:
    """Plant a fault of each kind, then run the tests."""
    given = arguments(__doc__)
    record = Record("sanitizers", "python -m proofs.sanitizers --full", given.seed)
    with tempfile.TemporaryDirectory() as folder:
        environment = checking(Path(folder))
        for name, call in CALLED.items():
            found = planted(Path(folder), environment, call)
            record.count("planted faults")
            if bool(found) != (name != "nothing"):
                record.fail(f"{name}: {found or 'was not found'}")
        for place in TESTS if given.full else ():
            _test(record, place, environment, Path(folder))
    record.remarks.append("address and undefined behaviour, GNU C++, memory of the whole process")
    return record.finish(is_full=given.full)


def checking(folder: Path) -> dict[str, str]:
    """Give an environment whose compiler adds the checks, and whose memory is the checker's."""
    compiler = find_compiler()
    checker = folder / "checking-c++"
    checker.write_text(f'#!/bin/sh\nexec "{compiler}" {CHECKS} "$@"\n', encoding="utf-8")
    checker.chmod(0o700)
    libraries = [
        subprocess.run(
            [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return os.environ | {
        "CXX": str(checker),
        "LD_PRELOAD": " ".join(libraries),
        # Python and torch keep memory to the end on purpose.
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONMALLOC": "malloc",
        "OMP_NUM_THREADS": "1",
        "STRIATE_CACHE": str(folder / "cache"),
    }


def planted(folder: Path, environment: dict[str, str], call: str) -> str:
    """Call a function with a fault in it; return what the checker says."""
    source, library = folder / "planted.cpp", folder / "planted.so"
    source.write_text(PLANTED, encoding="utf-8")
    plain = {name: value for name, value in environment.items() if name != "LD_PRELOAD"}
    command = [environment["CXX"], "-O1", "-fPIC", "-shared", str(source), "-o", str(library)]
    subprocess.run(command, check=True, env=plain)
    program = (
        "import ctypes\n"
        f"library = ctypes.CDLL({str(library)!r})\n"
        "values, total = (ctypes.c_float * 1000)(), (ctypes.c_float * 1)()\n"
        f"{call}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    report = _REPORT.search(done.stderr)
    return report[0] if report else ("" if done.returncode == 0 else done.stderr[-300:])


def _test(record: Record, place: str, environment: dict[str, str], folder: Path) -> None:
    kept = ["-p", "no:cacheprovider", "--basetemp", str(folder / "tests")]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", *kept, place]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    report = _REPORT.search(done.stdout + done.stderr)
    outcome = {what: int(number) for number, what in _OUTCOME.findall(done.stdout[-400:])}
    record.count("tests", outcome.get("passed", 0))
    record.count("tests that do not apply to this processor", outcome.get("skipped", 0))
    libraries = [file.read_bytes() for file in folder.rglob("*-*.so")]
    if not any(b"__asan_report" in content for content in libraries):
        record.fail(f"{place}: no library with checks in it was made")
    if report or done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        record.fail(f"{place}: {report[0] if report else ' '.join(last)}")


if __name__ == "__main__":
    raise SystemExit(main())
