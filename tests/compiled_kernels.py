"""Kernels are compiled and switched on for these tests alone; all others run torch's forms."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared_folder import locked
from striate.kernels import Kernel
from striate.kernels.kernel import SWITCH


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, shared_folder: Path) -> Callable[[Kernel], None]:
    """Give what compiles a kernel for one test."""
    monkeypatch.setenv(SWITCH, "on")

    def compile_one(kernel: Kernel) -> None:
        with locked(shared_folder / f"{kernel.name}.lock"):
            kernel.compile()
        assert kernel.is_ready

    return compile_one
