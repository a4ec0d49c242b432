"""`striate diff` as a user meets it."""

import json
from pathlib import Path

import pytest

from striate.cli import main


CODE = """
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(1, 4, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(36, 3),
)
model(torch.zeros(1, 1, 8, 8))
"""
TABLE = (
    "Layer,Type,Maps,Size,Kernel,Activation\n"
    "Input,Input,1,8x8,,\n"
    "C1,Convolution,4,6x6,3,ReLU\n"
    "S2,Max pooling,4,3x3,2,\n"
    "F3,Fully connected,,3,,softmax\n"
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Code and a table of the same network."""
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(CODE, encoding="utf-8")
    Path("net.csv").write_text(TABLE, encoding="utf-8")
    return "net.py", "net.csv"


def test_code_and_a_table_of_the_same_network_are_the_same(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *files]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Both compute the same." in printed
    assert "The first ends in no function, the second in softmax" in printed


def test_a_table_that_does_not_say_its_input_takes_that_of_the_other(
    tmp_path: Path, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "without.csv"
    table.write_text(
        "Layer,Filters,Kernel Size,Activation\nConv1,4,3x3,ReLU\nFC2,3,-,\n", encoding="utf-8"
    )
    assert main(["diff", files[0], str(table)]) == 1
    notes = capsys.readouterr().err
    assert f"{table}, line 1, Input: It is 1x8x8: from the input that was given." in notes


def test_what_differs_is_told_row_by_row_and_in_the_totals(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, table = files
    Path(table).write_text(
        TABLE.replace("4,6x6,3,ReLU", "6,6x6,3,tanh").replace("4,3x3", "6,3x3"), encoding="utf-8"
    )
    assert main(["diff", code, table]) == 1
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "parameters 151 225" in lines
    assert any(
        "C1 Convolution 6x6x6 maps 4 | 6; function ReLU | tanh; output 4x6x6 | 6x6x6" in line
        for line in lines
    )
    assert (
        "2 rows are the same, 2 differ, 0 are in the first alone, 0 in the second alone." in lines
    )


def test_json_holds_the_rows_and_totals_of_both(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, table = files
    assert main(["diff", code, table, "--names", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["is_same"] is False
    assert (told["first"]["parameters"], told["second"]["parameters"]) == (151, 151)
    assert told["first"]["receptive_field"] == told["second"]["receptive_field"] == [8, 8]
    assert {each["of"] for row in told["rows"] for each in row["differences"]} == {"name"}


def test_faults_of_both_are_told_with_their_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    for place in places:
        Path(place).write_text(TABLE.replace(",3,ReLU", ",9,ReLU"), encoding="utf-8")
    assert main(["diff", *places]) == 2
    error = capsys.readouterr().err
    assert all(f"line 3, {place}, C1" in error for place in places)
