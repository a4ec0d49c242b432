"""`striate convert` as a user meets it."""

from pathlib import Path

import pytest

from striate.cli import main
from striate.documents import read_networks
from striate.networks import load


def test_a_table_of_a_page_becomes_a_flowchart_with_a_box_a_row_and_an_arrow_a_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.csv"
    file.write_text(
        "Layer,Type,Maps,Size,Kernel,Activation\n"
        "Input,Input,1,8x8,,\n"
        'C1,Convolution,4,6x6,3,"ReLU"\n'
        "F2,Fully connected,,3,,softmax\n",
        encoding="utf-8",
    )
    assert main(["convert", str(file), "--to", "mermaid"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("---\ntitle: ")
    lines = [line.strip() for line in printed.out.splitlines()]
    assert [line for line in lines if "-->" in line] == ["b0 --> b1", "b1 --> b2"]
    assert 'b1["C1<br>3×3 convolution, ReLU<br>4@6×6"]:::convolution' in lines


def test_what_the_form_does_not_hold_is_named_beside_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lenet.tex"
    assert main(["convert", "lenet5", "--to", "latex", "-o", str(file)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "note: LaTeX has no place for the recipe.\n"
    (read,) = read_networks(file.read_text(encoding="utf-8"), file.name)
    assert read.table == load("lenet5").table


def test_a_network_with_a_fault_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, written = tmp_path / "net.csv", tmp_path / "net.py"
    file.write_text("Layer,Type,Maps,Size,Kernel\nInput,Input,1,4x4,\nC1,Convolution,4,,9\n")
    assert main(["convert", str(file), "--to", "torch", "-o", str(written)]) == 2
    assert "C1" in capsys.readouterr().err
    assert not written.exists()


def test_a_table_without_an_input_is_written_once_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.csv"
    file.write_text("Layer,Filters,Kernel Size,Activation\nConv1,4,3x3,ReLU\nFC2,5,-,\n")
    assert main(["convert", str(file), "--to", "torch", "--input", "2x9x7"]) == 0
    printed = capsys.readouterr()
    assert "nn.Linear(140, 5)" in printed.out
    assert printed.err == (
        "note: line 1, Input: It is 2x9x7: from the input that was given.\n"
        "note: line 2, Conv1: padding valid: for none is said.\n"
    )
