from functools import partial

import pytest

from striate.export import comparing, exporting


@pytest.fixture(autouse=True)
def _few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "compare", partial(comparing.compare, count=12))
