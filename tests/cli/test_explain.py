"""`striate explain --step` as a user meets it."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch

import striate
from striate.cli import explain, main
from striate.cli.steps import backward_lines, forward_lines
from striate.data import load_source
from striate.explanation import GradientStep, RowBackward, RowForward, explain_step, read_example
from striate.modules import build


WORDS = ("explain", "mlp", "--step", "--data", "xor", "--example", "1")

WIDE = """---
name: wide
recipe:
  optimizer: adamw
  weight_decay: 0.1
---

| Layer  | Type            | Maps | Size  | Activation  |
| ------ | --------------- | ---- | ----- | ----------- |
| Input  | Input           | 1    | 28x28 | -           |
| H      | Fully connected | -    | 30    | scaled tanh |
| Output | Fully connected | -    | 10    | softmax     |
"""


def explained(name: str, data: str, example: int) -> GradientStep:
    document = striate.load(name)
    inputs, label = read_example(document, load_source(data), example)
    values = inputs.flatten().double().numpy()
    return explain_step(document, build(document), values, label)


@pytest.fixture
def wide(tmp_path: Path) -> str:
    file = tmp_path / "wide.md"
    file.write_text(WIDE, encoding="utf-8")
    return str(file)


def text_of(step: GradientStep, width: int, *, full: bool = False) -> list[str]:
    return [*forward_lines(step, width, full=full), *backward_lines(step, width, full=full)]


@pytest.mark.parametrize("width", [50, 80, 100])
@pytest.mark.parametrize("full", [False, True])
def test_no_line_is_wider_than_the_terminal(wide: str, width: int, *, full: bool) -> None:
    for step in (explained("mlp", "xor", 1), explained(wide, "mnist", 0)):
        lines = text_of(step, width, full=full)
        assert max(map(len, lines)) <= width
        assert any("..." in line for line in lines) != full


@pytest.mark.parametrize("width", [50, 80])
def test_the_full_text_holds_every_weight_and_what_is_cut_is_counted(width: int) -> None:
    step = explained("mlp", "xor", 1)
    words = " ".join(text_of(step, width, full=True)).split()
    for row in step.forward:
        assert row.weights is not None
        assert {f"{number:.4g}" for number in row.weights.flatten()} <= set(words)
    cut = text_of(step, width)
    table = cut[next(at for at, line in enumerate(cut) if line.startswith("H2: z")) + 1].split()
    shown = sum(cell.startswith("w") for cell in table)
    (left_out,) = (int(cell) for cell in table if cell.startswith("+"))
    assert shown + left_out == 10


def test_a_step_is_told_from_the_input_to_the_new_loss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mlp: one step on example 1 of xor, which is of class 1"
    assert "     x          0          1" in lines
    order = [line.split(":")[0] for line in lines if ": z = " in line or ": the chain" in line]
    assert order == ["H1", "H2", "H3", "Output", "Output", "H3", "H2", "H1"]
    step = explained("mlp", "xor", 1)
    assert f"Loss: L = -ln a = {step.loss:.6g}" in lines
    assert f"With the new weights the loss of this example is {step.loss_after:.6g}." in lines
    assert step.loss_after < step.loss
    assert not any("follows the slope alone" in line for line in lines)


def test_json_holds_all_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--json"]) == 0
    outcome: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (outcome["network"], outcome["data"], outcome["example"]) == ("mlp", "xor", 1)
    assert (outcome["class"], outcome["learning_rate"]) == ("1", 1.0)
    step = explained("mlp", "xor", 1)
    assert [row["name"] for row in outcome["forward"]] == ["H1", "H2", "H3", "Output"]
    rows: list[RowForward | RowBackward] = [*step.forward, *step.backward]
    for told, row in zip((*outcome["forward"], *outcome["backward"]), rows, strict=True):
        for item in fields(row):
            value = getattr(row, item.name)
            assert told[item.name] == (value.tolist() if hasattr(value, "tolist") else value)
    network = build(striate.load("mlp"))
    weights = torch.tensor(outcome["forward"][1]["weights"])
    assert torch.equal(weights, network.get_parameter("H2.weight"))


def test_another_optimizer_is_said_to_move_otherwise(
    wide: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", wide, "--step", "--data", "mnist"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert (
        "This step follows the slope alone; adamw with weight decay 0.1, by which the recipe trains, "
        "makes another one of it. --full prints what ... stands for"
    ) in output
    assert "-ln a of unit 6" in output


def test_a_run_is_explained_with_its_trained_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = striate.train("mlp", "xor", tmp_path / "run", epochs=3)
    words = ["explain", str(done.folder), "--step", "--data", "xor", "--json"]
    assert main(words) == 0
    outcome = json.loads(capsys.readouterr().out)
    trained = striate.load_bundle(done.bundle).network.get_parameter("H1.weight")
    assert torch.equal(torch.tensor(outcome["forward"][0]["weights"]), trained)
    assert not torch.equal(trained, build(striate.load("mlp")).get_parameter("H1.weight"))


def test_what_is_to_be_explained_has_to_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mlp"]) == 2
    assert "--step or --row: this is missing." in capsys.readouterr().err


def test_infinity_has_no_word_in_json() -> None:
    import numpy as np  # noqa: PLC0415

    assert explain._listed(np.array([[1.0, np.inf], [-np.inf, np.nan]])) == [
        [1.0, None],
        [None] * 2,
    ]


def test_the_data_that_a_document_names_need_not_be_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "mlp", "--step", "--example", "1"]) == 0
    without = capsys.readouterr().out
    assert main(list(WORDS)) == 0
    assert without == capsys.readouterr().out


def test_a_value_of_a_convolution_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "lenet5-softmax", "--row", "C3", "--unit", "0,4,4", "--data", "mnist"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "lenet5-softmax: C3 on example 0 of mnist, which is of class 5"
    assert lines[2] == "C3: map 0, row 4, column 4"
    # Map 0 reads the first three maps of S2 and no other.
    assert [line for line in lines if line.startswith("w, channel")] == [
        f"w, channel {number}:" for number in range(3)
    ]
    assert any(line.startswith("dL/dz = dL/da x da/dz = ") for line in lines)
    assert any(line.startswith("100 places share w[channel ") for line in lines)
    assert main([*words, "--weight", "2,1,0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["weight"]["place"] == [2, 1, 0]
    assert told["loss_by_sum"] == pytest.approx(told["loss_by_value"] * told["value_by_sum"])
    total = sum(sum(row) for row in told["weight"]["products"])
    assert told["weight"]["loss_by_weight"] == pytest.approx(total)


def test_a_step_is_told_in_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--language", "ko"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "mlp: xor의 예제 1(클래스 1)로 한 걸음"
    assert {"순전파", "역전파", "H2: 연쇄 법칙", "H2: 가중치의 기울기", "H2: 새 가중치"} <= set(
        lines
    )
    assert "H2: z = W x + b, x는 H1의 a; a = sigmoid(z)" in lines
    assert not re.search(r"\b(?!sigmoid|full|json|xor|mlp)[a-z]{4,}", printed.out)
    assert printed.err == ""


@pytest.mark.parametrize(
    ("network", "data", "row"),
    [
        ("lenet5", "mnist", "C3"),
        ("lenet5", "mnist", "S2"),
        ("lenet5", "mnist", "F6"),
        ("lenet5", "mnist", "Output"),
    ],
)
def test_a_value_is_told_in_korean(
    network: str, data: str, row: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["explain", network, "--row", row, "--data", data]
    assert main([*command, "--language", "ko"]) == 0
    korean = capsys.readouterr()
    assert korean.err == ""
    assert main(command) == 0
    english = capsys.readouterr().out
    assert korean.out.splitlines()[0] != english.splitlines()[0]
    # It is the same lines, with the same numbers.
    assert len(korean.out.splitlines()) == len(english.splitlines())
    numbers = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
    assert numbers.findall(korean.out) == numbers.findall(english)
