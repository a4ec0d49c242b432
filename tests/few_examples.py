"""What is exported is compared on few examples in tests: each of them takes its time."""

from functools import partial

import pytest

from striate.export import comparing, exporting


@pytest.fixture
def few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare on a dozen."""
    monkeypatch.setattr(exporting, "compare", partial(comparing.compare, count=12))
