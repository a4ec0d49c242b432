"""The page of experiments says what there is."""

import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]


def test_the_lists_are_what_the_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "experiments_page", raising=False)
    from experiments_page import PAGE, written  # type: ignore[import-not-found]  # noqa: PLC0415

    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert written(page) == page, "run scripts/experiments_page.py"
