from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

from compiled_kernels import compiled
from small_digits import small_digits


__all__ = ["compiled", "small_digits"]

settings.register_profile("striate", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("striate")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the tests decode, fetch and compile out of the user's cache; kernels have their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRIATE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("STRIATE_KERNELS", "off")
        yield


@pytest.fixture
def settled() -> Iterator[None]:
    """Undo what the verb `train` sets for the whole process."""
    threads = torch.get_num_threads()
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(threads)
