"""Tables and answers of the course hold what the program computes, and are the same in both languages."""

import re
from pathlib import Path

import pytest

from striate.checking import check
from striate.checking.differences import compare
from striate.cli import main
from striate.documents import Document, read_networks


COURSE = Path(__file__).parents[2] / "docs" / "course"
PAGES = sorted(path.name for path in (COURSE / "en").glob("*.md"))


def tables(page: Path) -> list[str]:
    """Give the tables of layers of a page, the last one of them the answer."""
    return re.findall(r"^\| (?:Layer|층) .*\n(?:\|.*\n)+", page.read_text("utf-8"), re.MULTILINE)


def network(table: str) -> Document:
    (document,) = read_networks(table, "table.md")
    return document


@pytest.mark.parametrize("name", PAGES)
def test_tables_agree_and_are_the_same_network_in_korean(name: str) -> None:
    english, korean = (tables(COURSE / language / name) for language in ("en", "ko"))
    assert len(english) == len(korean) > 0
    for pair in zip(english, korean, strict=True):
        first, second = map(network, pair)
        assert check(first).agrees
        assert check(second).agrees
        assert compare(first.sound_walk(), second.sound_walk()).is_same
        assert "| 종류 |" in pair[1]
        assert not re.search(r"Type|Kernel|Convolution|pooling|connected", pair[1])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_answers_in_words_are_those_of_the_table(language: str) -> None:
    page = COURSE / language / "01-eye.md"
    sizes = []
    for table in tables(page):
        field = network(table).sound_walk().reports[-1].field
        assert field is not None
        sizes.append((str(field), field.height.jump))
    assert sizes == [("6x6", 2), ("8x8", 2)]
    answer = page.read_text("utf-8").partition("<details")[2]
    assert all(words in answer for words in ("6x6", " 2", "8x8"))
    for name in ("11-backpropagation.md", "12-mlp.md"):
        page = COURSE / language / name
        total = network(tables(page)[-1]).sound_walk().total.parameters
        assert str(total) in page.read_text("utf-8").partition("<details")[2].partition("|")[0]


def test_summary_and_diff_speak_the_language_of_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for number, page in enumerate(("01-eye.md", "03-convolution.md")):
        files.append(str(tmp_path / f"{number}.md"))
        Path(files[-1]).write_text(tables(COURSE / "ko" / page)[-1], "utf-8")
    assert main(["summary", files[0]]) == 0
    korean = capsys.readouterr().out
    assert all(word in korean for word in ("곱셈·덧셈", "수용장", "간격", "8x8", "합계"))
    assert "parameters" not in korean
    assert main(["summary", files[0], "--language", "en"]) == 0
    english = capsys.readouterr().out
    assert "multiply-adds" in english
    assert re.findall(r"\d[\d,.x]*", english) == re.findall(r"\d[\d,.x]*", korean)
    assert main(["diff", *files]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"같은 행 \d+개, 다른 행 \d+개, 첫째에만 있는 행 \d+개", said)
    assert "합성곱" in said
    assert "Convolution" not in said
    assert main(["diff", files[0], files[0]]) == 0
    assert "둘은 같은 것을 계산합니다." in capsys.readouterr().out
    assert main(["diff", files[0], files[0], "--language", "en"]) == 0
    assert "Both compute the same." in capsys.readouterr().out
    assert main(["diff", files[0], "lenet5"]) == 1
    assert "rows are the same" in " ".join(capsys.readouterr().out.split())
