"""The pages of the site that are made and not written: every heading, type and option, and every message."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from messages import functions
from striate.documents.schema import SCHEMA
from striate.documents.vocabulary import COLUMNS, KINDS
from striate.errors import documents as messages_of_documents


ROOT = Path(__file__).parents[2]


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    for name in ("site", "reference_pages"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import reference_pages  # type: ignore[import-not-found]  # noqa: PLC0415

    module: ModuleType = reference_pages
    return module


def test_the_language_names_every_heading_type_and_option(pages: ModuleType) -> None:
    text = pages.language()
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines()}
    assert {*COLUMNS, *KINDS} <= set(lines)
    for kind, entry in SCHEMA.items():
        assert all(f"`{option}`" in lines[kind] for option in entry.options)
    assert "Kernel, Stride, Padding" in lines["Max pooling"]
    assert "#3x3 reduce" in lines["Inception"]


def test_the_catalogue_has_a_line_for_every_fault(pages: ModuleType) -> None:
    text = pages.errors()
    section = text.split("## Documents\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| Report")]
    assert len(lines) == len(functions(messages_of_documents))
    assert all(line.count(" | ") == 3 for line in lines)


def test_the_site_has_every_page_that_it_names(pages: ModuleType, tmp_path: Path) -> None:
    del pages
    import importlib.util  # noqa: PLC0415

    spec = importlib.util.spec_from_file_location("striate_site", ROOT / "scripts" / "site.py")
    assert spec is not None
    assert spec.loader is not None
    site = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(site)
    site.assemble(ROOT, tmp_path / "source")
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("nav:\n")[1]
    named = [line.split()[-1] for line in nav.splitlines() if line.endswith(".md")]
    assert len(named) > 30
    assert [name for name in named if not (tmp_path / "source" / name).is_file()] == []
    eye = (tmp_path / "source/course/ko/01-eye.md").read_text(encoding="utf-8")
    assert "(../../claims/small-fields.md)" in eye
