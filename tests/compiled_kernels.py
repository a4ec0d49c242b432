"""Kernels are compiled and switched on for these tests alone; all others run torch's forms."""

from collections.abc import Callable

import pytest

from striate.kernels import Kernel
from striate.kernels.kernel import SWITCH


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Callable[[Kernel], None]:
    """Give what compiles a kernel for one test."""
    monkeypatch.setenv(SWITCH, "on")

    def compile_one(kernel: Kernel) -> None:
        kernel.compile()
        assert kernel.is_ready

    return compile_one
