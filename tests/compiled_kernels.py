"""Kernels are compiled and switched on for these tests alone; all others run torch's forms."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from shared_folder import locked
from striate.kernels import Kernel
from striate.kernels.kernel import SWITCH
from striate.system.files import cache_folder


@pytest.fixture
def compiled(
    monkeypatch: pytest.MonkeyPatch, shared_folder: Path, pytestconfig: pytest.Config
) -> Callable[[Kernel], None]:
    """Give what compiles a kernel for one test, which has two threads: kernels share their work out.

    Libraries are kept from one run of the tests to the next: their names tell text, compiler and processor.
    """
    monkeypatch.setenv(SWITCH, "on")
    torch.set_num_threads(2)

    def compile_one(kernel: Kernel) -> None:
        own = cache_folder() / "kernels"
        is_kept = pytestconfig.pluginmanager.hasplugin("cacheprovider")
        kept = pytestconfig.cache.mkdir("kernels") if is_kept else own
        with locked(shared_folder / f"{kernel.name}.lock"):
            _carry(kernel.name, kept, own)
            kernel.compile()
            _carry(kernel.name, own, kept)
        assert kernel.is_ready

    return compile_one


def _carry(name: str, source: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for library in source.glob(f"{name}-*.so"):
        if not (target / library.name).exists():
            shutil.copy2(library, target)
