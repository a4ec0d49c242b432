"""Every file and folder that the pages for a newcomer name is there."""

import re
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
PAGES = ("CONTRIBUTING.md", "docs/architecture.md", "docs/kernels.md", "benchmarks/README.md")
BLOCK = re.compile(r"```.*?```", re.DOTALL)
PLACE = re.compile(r"`([a-z_][\w./-]*(?:/|\.py|\.cpp|\.h|\.txt|\.toml))`")
TOPS = ("src", "tests", "scripts", "benchmarks", "proofs", "docs", "packaging")


@pytest.fixture(scope="module")
def places() -> set[str]:
    """Every place in the repository, and each of its endings: data/sources/find.py, sources/find.py, find.py."""
    found: set[str] = set()
    for top in TOPS:
        for path in (ROOT / top, *(ROOT / top).rglob("*")):
            parts = path.relative_to(ROOT).parts
            ending = "/" if path.is_dir() else ""
            found |= {"/".join(parts[start:]) + ending for start in range(len(parts))}
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_place_that_a_page_names_is_there(page: str, places: set[str]) -> None:
    text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    named = PLACE.findall(text)
    assert named
    assert [place for place in named if place not in places and not (ROOT / place).exists()] == []
