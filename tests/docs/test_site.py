"""The site: the pages that are made and not written, where links lead, and what a built site may not do."""

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import striate
import striate.see
from messages import functions
from scripts_of_repository import script
from striate.cli import VERBS
from striate.documents.schema import SCHEMA
from striate.documents.vocabulary import COLUMNS, KINDS
from striate.errors import documents as messages_of_documents
from striate.recipe import Recipe


ROOT = Path(__file__).parents[2]
BOTH = ("en", "ko")


@pytest.fixture(scope="module")
def site() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        yield script("site")
        for name in ("reference_pages", "notebooks"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def pages(site: ModuleType) -> ModuleType:
    del site
    return sys.modules["reference_pages"]


@pytest.fixture(scope="module")
def assembled(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("site") / "source"
    with pytest.MonkeyPatch.context() as patch:
        # All messages in Korean take their time.
        patch.setitem(site.PAGES, "errors.ko.md", lambda: "# 모든 오류\n")
        site.assemble(ROOT, source)
    return source


def test_every_flag_of_every_verb_stands_on_its_page(pages: Any) -> None:
    text = pages.flags()
    for name in VERBS:
        assert f"## `striate {name}`" in text
    assert "### `striate data check`" in text
    for field in fields(Recipe):
        assert f"`--{field.name.replace('_', '-')}" in text
    assert "%(" not in text


@pytest.mark.parametrize("spoken", BOTH)
def test_the_language_names_every_heading_type_and_option(pages: Any, spoken: str) -> None:
    text = pages.language(spoken)
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines()}
    assert {*COLUMNS, *KINDS} <= set(lines)
    for kind, entry in SCHEMA.items():
        assert all(f"`{option}`" in lines[kind] for option in entry.options)
    assert "Kernel, Stride, Padding" in lines["Max pooling"]
    assert "#3x3 reduce" in lines["Inception"]


@pytest.mark.parametrize("spoken", BOTH)
def test_the_page_of_recipes_has_every_field_and_default(pages: Any, spoken: str) -> None:
    lines = pages.recipe(spoken).splitlines()
    for field in fields(Recipe):
        (line,) = (line for line in lines if line.startswith(f"| `{field.name}` |"))
        assert field.default == () or f"| `{field.default}` |" in line
    (network,) = (line for line in lines if line.startswith("| [lenet5]("))
    assert "`loss: map`" in network
    assert "validation" not in network  # its default


def test_the_catalogue_has_a_line_for_every_fault(pages: Any) -> None:
    section = pages.errors().split("## Documents\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert len(lines) == len(functions(messages_of_documents))
    assert all(line.count(" | ") == 3 for line in lines)


def test_each_way_of_a_message_is_told_with_what_it_fills_in(pages: Any) -> None:
    (line,) = (
        row for row in pages.errors().splitlines() if row.startswith("| A word that names no kind")
    )
    assert line.endswith(
        "| 'CAME' is no kind of augmentation. | NAMES, separated by commas, or none. | "
        "write 'MEANT'. / use one of NAMES. |"
    )


def test_the_korean_catalogue_has_what_is_said_in_korean_alone(pages: Any) -> None:
    text = pages.errors("ko", "augmentation")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    told = [row for row in rows if row.startswith("| WORD이(가) 두 번")]
    assert told == [
        "| WORD이(가) 두 번 주어졌습니다. | 종류마다 한 번. | WORD은(는) 하나만 남기세요. |"
    ]
    assert "# 증강" in text
    assert all(any("가" <= letter <= "힣" for letter in row) for row in rows if "---" not in row)
    assert "아직 영어로만 말하는 오류 1개" in pages.errors("ko", "audits")


@pytest.mark.parametrize("room", ["bench", "bundles", "explanation", "training", "transfer"])
def test_every_fault_of_runs_and_weights_has_a_korean_form(pages: Any, room: str) -> None:
    assert "영어로만" not in pages.errors("ko", room)


def test_every_name_in_python_stands_in_one_section(pages: Any) -> None:
    named = [line.split()[1] for line in pages.api().splitlines() if line.startswith(":::")]
    public = {name for name in striate.__all__ if not name.startswith("_")} - {"see"}
    seen = {f"striate.see.{name}" for name in striate.see.__all__}
    assert sorted(named) == sorted({f"striate.{name}" for name in public} | seen)


def test_the_site_has_every_page_that_it_names(assembled: Path) -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("nav:\n")[1]
    named = [line.split()[-1] for line in nav.splitlines() if line.endswith(".md")]
    assert len(named) > 45
    assert [name for name in named if not (assembled / name).is_file()] == []


def test_links_lead_to_where_files_stand_in_the_site(assembled: Path) -> None:
    eye = (assembled / "course/ko/01-eye.md").read_text(encoding="utf-8")
    assert "(../../claims/small-fields.md)" in eye
    assert eye.startswith("# 눈\n\n[English](../../course/en/01-eye.md)\n")
    first = (assembled / "index.md").read_text(encoding="utf-8")
    assert "[lenet5.md](networks/lenet5.md)" in first
    assert "each file of results/ names" in " ".join(first.split()).casefold()
    assert (assembled / "networks/lenet5.md").is_file()
    assert "(start.md)" in (assembled / "start.ko.md").read_text(encoding="utf-8")
    # A picture leads to itself, so that it opens in its own size.
    picture = "../../pictures/gallery/lenet5-tuning.png"
    assert f"]({picture})]({picture})" in eye


def test_the_theme_speaks_korean_on_korean_pages_alone(site: Any, tmp_path: Path) -> None:
    page = '<html lang="en"><label>\n  Search\n</label><a aria-label="Next: 표">Table of contents</a><p>Next year</p>'
    for name in ("a.ko.html", "a.html"):
        (tmp_path / name).write_text(page, encoding="utf-8")
    site.finish(tmp_path)
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == page
    assert (tmp_path / "a.ko.html").read_text(encoding="utf-8") == (
        '<html lang="ko"><label>검색</label><a aria-label="다음: 표">목차</a><p>Next year</p>'
    )


def test_what_leads_nowhere_or_comes_from_elsewhere_is_found(site: Any, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="b.html#gone">2</a><a href="c.html">3</a>'
        '<a href="https://example.org">4</a><img src="data:,"><script src="https://cdn.example/x.js"></script>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="here">', encoding="utf-8")
    assert site.problems(tmp_path) == [
        "a.html: loads https://cdn.example/x.js",
        "a.html: b.html#gone has no such place",
        "a.html: c.html is not there",
    ]


def test_korean_pages_are_those_of_their_english_ones(assembled: Path) -> None:
    pairs = [
        (page, page.with_name(page.name.replace(".ko.md", ".md")))
        for page in assembled.glob("*.ko.md")
    ]
    assert len(pairs) == 10
    for korean, english in pairs:
        parts = [
            [
                line
                for line in page.read_text(encoding="utf-8").splitlines()
                if line.startswith("## ")
            ]
            for page in (korean, english)
        ]
        if korean.name not in {"index.ko.md", "errors.ko.md"}:
            assert len(parts[0]) == len(parts[1]), korean.name
