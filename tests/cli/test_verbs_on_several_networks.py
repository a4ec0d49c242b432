"""A document of several networks on the command line."""

import json
from pathlib import Path

import pytest

from striate.cli import main
from striate.training.folder import RunFolder


NOTES = Path(__file__).parents[1] / "documents" / "cnn-notes.ko.md"


def test_check_heads_each_network_with_what_to_type_and_lists_them_in_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", str(NOTES), "--language", "en"]) == 1
    lines = capsys.readouterr().out.splitlines()
    for heading in (
        f"1. CNN 코드  {NOTES}#cnn-코드, line 85",
        f"2. LeNet-5  {NOTES}#lenet-5, line 121",
        f"3. AlexNet  {NOTES}#alexnet, line 145",
        f"4. MLP 예시  {NOTES}#mlp-예시, line 240",
        f"4 networks  {NOTES}",
    ):
        assert heading in lines
    end = lines.index(f"4 networks  {NOTES}")
    assert [line.split() for line in lines[end + 2 : end + 7]] == [
        ["number", "network", "rows", "parameters", "line", "findings"],
        ["1", "cnn-코드", "15", "1,265,728", "85", "1"],
        ["2", "lenet-5", "8", "60,856", "121", "0"],
        ["3", "alexnet", "12", "62,968,424", "145", "1"],
        ["4", "mlp-예시", "5", "261", "240", "0"],
    ]
    assert lines[-1] == (f"Pick one by its name or its number: {NOTES}#cnn-코드 or {NOTES}#1.")


def test_check_of_one_of_them_lists_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", f"{NOTES}#4", "--language", "en"]) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[0] == f"MLP 예시  {NOTES}, line 240"
    assert "networks" not in output


def test_list_names_the_networks_of_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(NOTES)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1", "cnn-코드", "15", "1,265,728", "85"]
    assert main(["list", str(NOTES), "--json"]) == 0
    networks = json.loads(capsys.readouterr().out)
    assert networks[3] == {
        "number": 4,
        "name": "mlp-예시",
        "title": "MLP 예시",
        "rows": 5,
        "parameters": 261,
        "line": 240,
    }


def test_a_network_that_cannot_be_computed_has_unknown_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.md"
    file.write_text("```python\nnn.Sequential(nn.Linear(2, n), nn.Linear(3, 1))\n```\n")
    assert main(["list", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["1", "a", "3", "?", "2"]


def test_a_network_of_a_document_is_trained_on_the_data_that_the_document_names(
    tmp_path: Path, small_digits: str
) -> None:
    file = tmp_path / "notes.md"
    text = NOTES.read_text(encoding="utf-8")
    block = (
        "# Small\n```python\nmodel = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10))\n"
        "model(torch.zeros(1, 1, 28, 28))\ntorch.optim.SGD(model.parameters(), lr=0.5)\n```\n"
    )
    file.write_text(f"---\ndata: {small_digits}\n---\n{text}\n{block}", encoding="utf-8")
    folder = tmp_path / "run"
    words = ["train", f"{file}#small", "--epochs", "1", "--threads", "1", "--output", str(folder)]
    assert main(words) == 0
    assert RunFolder(folder).bundle.is_dir()


def test_a_run_without_data_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", f"{NOTES}#2"]) == 2
    assert "데이터가 없습니다" in capsys.readouterr().err
