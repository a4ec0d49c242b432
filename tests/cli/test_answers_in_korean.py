"""Verbs that answer in Korean: by the document's language, or when asked."""

import ast
from pathlib import Path

import pytest

from striate.cli import main
from striate.errors.words import catalogue


ROOT = Path(__file__).parents[2]


NETWORK = """# 작은 네트워크

| 층 | 종류 | 특성 맵 | 크기 | 커널 크기 | 파라미터 |
| --- | --- | --- | --- | --- | --- |
| 입력 | 입력 | 1 | 8x8 | - | - |
| C1 | 합성곱 | 2 | 6x6 | 3 | 20 |
| 출력 | 완전 연결 | - | 10 | - | 730 |
"""


def test_the_list_is_told_in_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--language", "ko"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["네트워크", "파라미터", "입력"]
    assert head.split()[-1] == "출처"
    assert next(row for row in rows if row.startswith("text-cnn ")).split()[2] == "문장"


def test_networks_of_a_korean_document_are_listed_in_korean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "둘.md"
    file.write_text(NETWORK + "\n" + NETWORK.replace("작은", "다른"), encoding="utf-8")
    assert main(["list", str(file)]) == 0
    printed = capsys.readouterr().out
    assert printed.split()[:5] == ["번호", "네트워크", "행", "파라미터", "줄"]
    assert main(["list", str(file), "--language", "en"]) == 0
    assert capsys.readouterr().out.split()[:2] == ["number", "network"]


def test_experiments_are_listed_in_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "--language", "ko"]) == 0
    head, first, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["#", "실험", "주장", "판정", "시드"]
    assert first.split()[-2:] == ["지지됨", "정확"]


def test_every_sentence_of_the_command_line_has_a_korean_form() -> None:
    known = {sentence.english for sentence in catalogue("words")}
    files = (ROOT / "src/striate/cli").glob("*.py")
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    firsts = (
        call.args[0]
        for call in calls
        if call.args and isinstance(call.func, ast.Name) and call.func.id == "words"
    )
    said = {one.value for one in firsts if isinstance(one, ast.Constant)}
    assert len(said) > 50
    assert said - known == set()


def test_what_a_form_leaves_out_is_told_in_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "lenet5", "--to", "keras", "--language", "ko"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "note: Keras 코드에는 훈련법과 출처에 적힌 값을 적을 자리가 없습니다.",
        "note: 연결되지 않은 특성 맵의 커널이 Keras의 가중치와 개수에 남습니다: C3.",
    ]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["experiment", "pooling"], "error: pooling: 함께 제공되는 실험도 아니고 파일도 아닙니다."),
        (
            ["convert", "lenet55", "--to", "csv"],
            "error: lenet55: 함께 제공되는 네트워크도 아니고 파일도",
        ),
        (
            ["experiment", "hidden-layers", "--data", "mnist"],
            "error: --data: hidden-layers의 주장은 xor 자체에 관한 것입니다.",
        ),
    ],
)
@pytest.mark.parametrize("flag", [["--language", "ko"], ["--language=ko"]])
def test_errors_are_told_in_the_language_that_is_asked_for(
    command: list[str], flag: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *flag]) == 2
    assert capsys.readouterr().err.startswith(told)
