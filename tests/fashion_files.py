"""Whether the tests may expect Fashion-MNIST on this machine."""

import os

import pytest

from striate.data.sources.fashion import DEBIAN, PACKAGE


def need_fashion() -> None:
    """Skip where the Debian package is missing; fail where STRIATE_TEST_DATA says it must be there."""
    if DEBIAN.is_dir():
        return
    reason = f"Fashion-MNIST is not in {DEBIAN}: apt-get install {PACKAGE}"
    if os.environ.get("STRIATE_TEST_DATA") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
