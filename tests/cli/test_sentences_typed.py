"""Sentences at the command line: train, evaluate, predict from words, files and standard input."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from striate.cli import main


KOREAN = str(Path(__file__).parents[2] / "examples" / "korean-reviews.tsv")


@pytest.fixture(autouse=True, scope="module")
def _whole_numbers() -> Iterator[None]:
    """Give the process back what training has set for it."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("cli") / "run")
    recipe = ("--validation", "0", "--epochs", "2", "--batch-size", "8")
    assert main(["train", "text-cnn", "--data", KOREAN, "--output", folder, *recipe]) == 0
    return folder


def test_training_says_what_it_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "run")
    recipe = ("--validation", "8", "--epochs", "1", "--batch-size", "8")
    assert main(["train", "text-cnn", "--data", KOREAN, "--output", folder, *recipe]) == 0
    printed = capsys.readouterr().out
    assert "40 training sentences, 8 held out" in printed
    assert "words, those of the training sentences; the document says 18,765." in printed
    assert "curves.png  confusion.png  mistakes.txt" in printed
    assert "first-batch" not in printed


def test_sentences_come_as_words_files_and_standard_input(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "two.txt"
    file.write_text("\ufeff정말 좋아요\r\n\n너무 지루해요\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("A film?\n"))
    assert main(["predict", run, "최고예요", str(file), "-", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)["predictions"]
    assert [one["sentence"] for one in made] == [
        "최고예요",
        "정말 좋아요",
        "너무 지루해요",
        "A film?",
    ]
    assert made[3]["unknown"] == ["a", "film", "?"]
    for one in made:
        assert {named["name"] for named in one["classes"]} == {"긍정", "부정"}
        assert sum(named["score"] for named in one["classes"]) == pytest.approx(1)


def test_a_person_reads_which_words_were_never_seen(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", run, "추천하고 [bold] 우주선"]) == 0
    printed = capsys.readouterr().out
    assert "추천하고 [bold] 우주선" in printed
    assert "never seen in training: [, bold, ], 우주선" in printed


def test_evaluation_speaks_of_sentences(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", run, "--data", KOREAN]) == 0
    printed = capsys.readouterr().out
    assert "text-cnn on the test sentences of" in printed
    assert "of 12)" in printed


def test_a_text_file_that_is_missing_is_named(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", run, "missing.txt"]) == 2
    assert "missing.txt: there is no such file." in capsys.readouterr().err


def test_a_table_is_read_by_its_sentences_and_not_by_its_name(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(
        'id,review,감정\n1,"정말 좋아요, 최고",긍정\n2,,부정\n3,너무 지루해요,부정\n',
        encoding="utf-8",
    )
    assert main(["predict", run, str(file), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)["predictions"]
    assert [one["sentence"] for one in made] == ["정말 좋아요, 최고", "", "너무 지루해요"]
    assert [len(one["classes"]) for one in made] == [2, 0, 2]  # no word, no class
    assert main(["predict", run, str(file)]) == 0
    assert "1 sentence has no word and gets no class." in capsys.readouterr().out
    assert main(["predict", run, str(file), "--columns", "text=감정", "--json"]) == 0
    chosen = json.loads(capsys.readouterr().out)["predictions"]
    assert [one["sentence"] for one in chosen] == ["긍정", "부정", "부정"]


def test_a_file_that_is_missing_is_no_sentence(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", run, str(tmp_path / "missing.csv")]) == 2
    assert f"{tmp_path / 'missing.csv'}: there is no such file." in capsys.readouterr().err
