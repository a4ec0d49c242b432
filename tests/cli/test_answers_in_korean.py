"""Verbs that answer in Korean: by the document's language, or when asked."""

import ast
from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from messages import functions
from striate.cli import main
from striate.errors import Fault
from striate.errors.words import Words, catalogue


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


@pytest.mark.parametrize(
    ("environment", "flags", "is_korean"),
    [
        ({}, [], False),
        ({"LANG": "ko_KR.UTF-8"}, [], True),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "en_US.UTF-8"}, [], False),
        ({"LANG": "ko_KR.UTF-8"}, ["--language", "en"], False),
    ],
)
def test_errors_are_told_in_the_language_of_the_machine(
    environment: dict[str, str],
    flags: list[str],
    is_korean: bool,  # noqa: FBT001 - a parameter of the cases
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, environment.get(name, ""))
    assert main(["list", "lenet55.md", *flags]) == 2
    assert ("필요:" in capsys.readouterr().err) == is_korean


@pytest.mark.parametrize(
    "verb", [["train", "--data", "mnist", "--epochs", "0"], ["evaluate"], ["see", "--class", "x"]]
)
def test_errors_about_a_korean_document_are_told_in_korean(
    verb: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    file = tmp_path / "작은.md"
    file.write_text(NETWORK, encoding="utf-8")
    assert main([*verb, str(file)]) == 2
    assert "필요:" in capsys.readouterr().err


ROOMS = ("data", "datasets", "exporting", "seeing", "serving")
"""Rooms whose messages are brought about by many tests: each is asked for here with values of its arguments' types."""

VALUES: dict[object, tuple[object, ...]] = {
    str: ("x7",),
    int: (1, 3),
    float: (-0.5, 0.5),
    bool: (False, True),
    NoneType: (None,),
}
"""What arguments may be, the first beside every value of the others."""


def values_of(kind: object) -> tuple[object, ...]:
    """Give values of an annotated type."""
    parts = get_args(kind)
    if not parts:
        return VALUES[kind]
    origin = get_origin(kind)
    if origin is UnionType:
        return tuple(value for part in parts for value in values_of(part))
    if origin is tuple and parts[-1] is not Ellipsis:
        return (tuple(values_of(part)[0] for part in parts),)
    if origin is Mapping:
        return ({}, {values_of(parts[0])[0]: values_of(parts[1])[0]})
    if origin is Literal:
        return parts
    one, counts = values_of(parts[0])[0], (1, 3) if origin is tuple else (1, 2, 9)
    return tuple((list if origin is list else tuple)([one] * count) for count in counts)


def messages(room: str) -> Iterator[Fault]:
    """Give each message of a room, with every value of each argument while the others have their first."""
    module = import_module(f"striate.errors.{room}")
    for name in functions(module) - {"reinstall"}:
        function = getattr(module, name)
        kinds = {at: kind for at, kind in get_type_hints(function).items() if at != "return"}
        given = {argument: values_of(kind) for argument, kind in kinds.items()}
        for argument, one in signature(function).parameters.items():
            given[argument] += () if one.default is Parameter.empty else (one.default,)
        first = {argument: values[0] for argument, values in given.items()}
        for argument, values in given.items() or [("", ("",))]:
            for value in values:
                yield function(**(first | {argument: value} if argument else {}))


@pytest.mark.parametrize("room", ROOMS)
def test_every_message_of_a_room_has_a_korean_form(room: str) -> None:
    words = Words("ko")
    told = [words.fault(fault) for fault in messages(room)]
    assert list(words.untranslated) == []
    assert len(told) > 10
