"""`striate check` in Korean: by the document's language, or when asked; nothing half translated in silence."""

import json
import re
from pathlib import Path

import pytest

from striate.checking import check
from striate.cli import main
from striate.documents import read_networks
from striate.errors import Fault
from striate.errors.particles import with_particles
from striate.errors.words import Words, catalogue
from striate.networks import load_networks


DOCUMENTS = Path(__file__).parents[1] / "documents"
NETWORK = """# 작은 네트워크

| 층 | 종류 | 특성 맵 | 크기 | 커널 크기 | 파라미터 |
| --- | --- | --- | --- | --- | --- |
| 입력 | 입력 | 1 | 8x8 | - | - |
| C1 | 합성곱 | 2 | 7x7 | 3 | 20 |
| 출력 | 완전 연결 | - | 10 | - | 730 |
"""


@pytest.fixture
def korean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text(NETWORK, encoding="utf-8")
    return "a.md"


def test_a_korean_document_is_answered_in_korean(
    korean: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", korean]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert [re.sub("  +", "  ", line.strip()) for line in printed] == [
        "작은 네트워크  a.md, 3번째 줄",
        "",
        "줄  행  출력  파라미터  연결  판정",
        "5  입력  1x8x8  적힌 값 없음",
        "6  C1  2x6x6 ≠ 7x7  20 = 20  720  모순",
        "7  출력  10  730 = 730  730  일치",
        "합계  750  1,450",
        "",
        "곱셈·덧셈 1,368번; 행 사이의 값 146개; 출력 하나가 입력의 8x8을 봅니다.",
        "",
        "틀림 6번째 줄, C1, 크기(Size): 표에는 7x7로 적혀 있고, 계산하면 6x6입니다.",
        "필요: 6x6: (8 - 3 + 2*0)/1 + 1 = 6.",
        "수정: 6x6으로 쓰세요; 2x2 커널이라면 맞습니다.",
        "",
        "지적 1건.",
    ]


def test_the_language_can_be_asked_for(korean: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", korean, "--language", "en"]) == 1
    assert "the table says 7x7, the arithmetic gives 6x6." in capsys.readouterr().out
    assert main(["check", "lenet5", "--language", "ko"]) == 0
    assert capsys.readouterr().out.endswith("적힌 값 20개가 모두 맞습니다.\n")
    assert main(["check", "lenet5"]) == 0
    assert capsys.readouterr().out.endswith("All 20 claims agree.\n")


def test_programs_read_english_unless_they_ask(
    korean: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for words in ([], ["--language", "ko"]):
        assert main(["check", korean, "--json", *words]) == 1
        found.append(json.loads(capsys.readouterr().out)["networks"][0]["findings"][0]["came"])
    assert found == [
        "the table says 7x7, the arithmetic gives 6x6.",
        "표에는 7x7로 적혀 있고, 계산하면 6x6입니다.",
    ]
    assert main(["check", korean, "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith(
        "::error file=a.md,line=6,title=C1%2C 크기(Size)::표에는 7x7로 적혀 있고"
    )


def test_what_cannot_be_read_is_said_in_korean_when_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "lenet55", "--language", "ko"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(
        "error: lenet55: 함께 제공되는 네트워크도 아니고 파일도 아닙니다.\n  필요: "
    )
    assert told.endswith(" 또는 Markdown 파일의 경로.\n  수정: 'lenet5'로 쓰세요.\n")


@pytest.mark.parametrize(
    "where",
    ["lenet5", "alexnet", "googlenet", *map(str, sorted(DOCUMENTS.glob("[cp]*.md")))],
)
def test_nothing_of_an_ordinary_check_stays_english(where: str) -> None:
    words = Words("ko")
    for document in load_networks(where):
        report = check(document)
        said = [
            *(words.fault(finding) for finding in report.findings),
            *(words.remark(remark) for remark in report.remarks),
        ]
        assert all(re.search("[가-힣]", text) for text in said)
        assert all(
            words.sentence(claim.convention) != ""
            for claim in report.comparisons
            if claim.convention
        )
    assert not words.untranslated


def test_a_sentence_without_a_korean_form_stays_english_as_a_whole_and_is_counted() -> None:
    words = Words("ko")
    known, unknown = "write 6x6", "the moon gives light at night"
    assert words.sentence(f"{known}; {unknown}.") == f"{known}; {unknown}."
    assert words.sentence(f"the table says {unknown}, the arithmetic gives 3.").startswith("the")
    assert len(words.untranslated) == 2
    assert words(unknown) == unknown
    assert len(words.untranslated) == 3


def test_names_of_a_document_stay_as_they_are() -> None:
    words = Words("ko")
    fault = Fault(
        "C 1, Size", "'a. b; c is 5' is no type of layer.", "Input.", "write 'x, tanh'.", 3
    )
    assert words.fault(fault) == (
        "3번째 줄, C 1, 크기(Size): 'a. b; c is 5'는 층의 종류가 아닙니다.\n"
        "  필요: Input.\n"
        "  수정: 'x, tanh'(으)로 쓰세요."
    )


def test_a_text_of_endless_parts_is_left() -> None:
    text = "write 1; " * 3_000 + "' is " * 3_000
    assert Words("ko").sentence(text) == text


def test_a_few_korean_words_do_not_make_a_document_korean() -> None:
    table = NETWORK.partition("\n\n")[2]
    english = "The same network, as a reader of English would tell it, with a long text. " * 20
    assert [network.language for network in read_networks(NETWORK, "a.md")] == ["ko"]
    assert [network.language for network in read_networks(english + "\n\n" + table, "a.md")] == [
        "en"
    ]


@pytest.mark.parametrize("section", ["words", "places", "sentences"])
def test_every_hole_of_a_sentence_is_filled_in_korean(section: str) -> None:
    sentences = catalogue(section)
    assert len({sentence.english for sentence in sentences}) == len(sentences)
    for sentence in sentences:
        holes = range(1, len(sentence.pieces))
        assert set(map(int, re.findall(r"\{(\d+)\}", sentence.korean))) == set(holes), sentence


def test_a_particle_follows_the_sound_before_it() -> None:
    assert (
        with_particles("6으로/로 7으로/로 8으로/로 9으로/로 10으로/로")
        == "6으로 7로 8로 9로 10으로"
    )
    assert with_particles("길으로/로 집으로/로 나무으로/로") == "길로 집으로 나무로"
    assert with_particles("'C5'이/가 F6은/는 S4을/를 S3와") == "'C5'가 F6은 S4를 S3와"
    assert with_particles("tanh이라고/라고 (8 - 3)/2과/와") == "tanh(이)라고 (8 - 3)/2와"
