import pytest
from hypothesis import settings

from small_digits import small_digits


__all__ = ["small_digits"]

settings.register_profile("striate", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("striate")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what the tests decode and fetch out of the user's cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("STRIATE_CACHE", str(tmp_path_factory.mktemp("cache")))
