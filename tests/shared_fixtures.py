"""What tests share: fixtures of many folders, what is undone behind each test, and how hypothesis draws."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings

from chromium import browser, chromium
from compiled_kernels import compiled
from few_examples import few_examples
from finished_runs import finished_lenet5
from served_networks import served
from shared_folder import shared_folder
from small_digits import small_digits
from striate.data import Examples
from striate.data.sources import fashion, find


__all__ = [
    "browser",
    "chromium",
    "compiled",
    "few_examples",
    "finished_lenet5",
    "served",
    "shared_folder",
    "small_digits",
]

settings.register_profile("striate", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("striate")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(shared_folder: Path) -> Iterator[None]:
    """Keep what the tests decode, fetch and compile out of the user's cache; kernels have their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRIATE_CACHE", str(shared_folder / "cache"))
        patch.setenv("STRIATE_KERNELS", "off")
        yield


@pytest.fixture(scope="session", autouse=True)
def _unpacked_once() -> Iterator[None]:
    """Unpack and compare MNIST, and Fashion-MNIST, once: each test that loads them gets a copy of its own."""
    read, kept = find._known, dict[Path, tuple[Examples, Examples]]()
    places = (find.SHIPPED, fashion.DEBIAN)

    def known(folder: Path, *about: Any) -> tuple[Examples, ...]:
        if folder not in places:
            return read(folder, *about)
        if folder not in kept:
            kept[folder] = read(folder, *about)
        return tuple(Examples(part.images.clone(), part.labels.clone()) for part in kept[folder])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(find, "_known", known)
        yield


THREADS = torch.get_num_threads()


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    """Undo what the verb `train` sets for the whole process."""
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(THREADS)
