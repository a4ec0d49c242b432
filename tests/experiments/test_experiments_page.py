"""The page of experiments and the course say what there is, and the tables of the course are right."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from striate.checking import check
from striate.documents import read_file


ROOT = Path(__file__).parents[2]
COURSE = ROOT / "docs" / "course"
PAGES = sorted(COURSE.glob("*/*.md"))


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "experiments_page", raising=False)
    import experiments_page  # noqa: PLC0415

    module: ModuleType = experiments_page
    return module


def test_the_lists_are_what_the_script_writes(pages: ModuleType) -> None:
    page = (ROOT / pages.PAGE).read_text(encoding="utf-8")
    assert pages.written(page) == page, "run scripts/experiments_page.py"
    page = (ROOT / pages.KOREAN_PAGE).read_text(encoding="utf-8")
    assert pages.written_in_korean(page) == page, "run scripts/experiments_page.py"


def test_the_course_says_what_was_found(pages: ModuleType) -> None:
    stale = [path for path, text in pages.lessons().items() if path.read_text("utf-8") != text]
    assert stale == [], "run scripts/experiments_page.py"


def test_the_course_has_the_same_pages_in_both_languages() -> None:
    named = {path.parent.name: {one.name for one in path.parent.iterdir()} for path in PAGES}
    assert named["en"] == named["ko"]
    assert len(named["en"]) == 12
    marks = {
        path: re.findall(r"<!-- found: (\S+) -->", path.read_text(encoding="utf-8"))
        for path in PAGES
    }
    in_english = [name for path in PAGES if path.parent.name == "en" for name in marks[path]]
    assert sorted(in_english) == sorted(
        one.stem for one in (ROOT / "src/striate/experiments").glob("*.md")
    )
    assert all(marks[COURSE / "ko" / path.name] == found for path, found in marks.items())


def test_every_page_of_the_course_shows_a_picture() -> None:
    without = [path for path in PAGES if "![" not in path.read_text(encoding="utf-8")]
    assert without == []


@pytest.mark.parametrize("path", PAGES, ids=[f"{path.parent.name}-{path.stem}" for path in PAGES])
def test_the_tables_and_answers_of_a_page_are_right(path: Path) -> None:
    networks = read_file(path)
    assert len(networks) == 2
    assert all(check(network).agrees for network in networks)
