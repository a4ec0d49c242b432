"""The command line as a user meets it: output, exit codes, JSON, errors."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import striate
from finished_runs import FinishedRun
from messages import KINDS, NETWORKS
from striate.cli import VERBS, main
from striate.data import load_source


@pytest.fixture(scope="module")
def run_folder(finished_lenet5: FinishedRun) -> Path:
    return finished_lenet5[0].folder


def lenet5_text() -> str:
    return Path(striate.networks.__file__).with_name("lenet5.md").read_text(encoding="utf-8")


def striate_json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main([*words, "--json"])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, json.loads(captured.out)


def test_list_names_every_network_with_source_and_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = {name: (count, rest) for name, count, *rest in map(str.split, lines[1:])}
    assert tuple(found) == striate.network_names()
    for name, parameters, author in (
        ("lenet5", "60,000", "LeCun,"),
        ("lenet5-softmax", "60,850", "LeCun,"),
        ("mlp", "261", "the"),
        ("text-cnn", "5,990,402", "Kim,"),
        ("text-cnn-static", "360,902", "Kim,"),
    ):
        assert found[name][0] == parameters
        assert author in found[name][1]


def test_check_prints_a_line_a_row_and_agrees_with_the_paper(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "lenet5"]) == 0
    output = capsys.readouterr().out
    c3 = next(line for line in output.splitlines() if " C3 " in line).split()
    assert c3[1:] == [
        *["C3", "16x10x10", "=", "10x10", "1,516", "=", "1,516", "151,600", "=", "151,600"],
        "agrees",
    ]
    assert "840 connections are 10 x 84" in output
    assert "All 20 claims agree." in output


def test_check_spells_the_sums_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lenet5", "--arithmetic"]) == 0
    output = capsys.readouterr().out
    for text in (
        "(32 - 5 + 2*0)/1 + 1 = 28",
        "6 x (5x5x1 + 1) = 156",
        "60 x 5x5 + 16 = 1,516",
        "10 x 84 = 840",
    ):
        assert text in output


def test_check_finds_a_wrong_claim_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.md"
    file.write_text(lenet5_text().replace("28x28", "29x29"), encoding="utf-8")
    assert main(["check", str(file)]) == 1
    output = capsys.readouterr().out
    assert "wrong line 36, C1, Size: the table says 29x29, the arithmetic gives 28x28." in output
    assert "a 4x4 kernel would give it." in output
    assert "1 finding." in output


def test_check_as_json_holds_claims_findings_and_sums(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.md"
    file.write_text(lenet5_text().replace("| 156 ", "| 157 "), encoding="utf-8")
    code, outcome = striate_json(capsys, "check", str(file))
    assert code == 1
    (network,) = outcome["networks"]
    c1 = network["rows"][1]
    assert c1["cost"]["parameters"] == 156
    assert c1["arithmetic"]["parameters"] == "6 x (5x5x1 + 1) = 156"
    assert [claim["verdict"] for claim in c1["claims"]] == ["agrees", "contradicts", "agrees"]
    assert [finding["line"] for finding in network["findings"]] == [36]


def test_summary_as_json_holds_the_receptive_fields(capsys: pytest.CaptureFixture[str]) -> None:
    code, outcome = striate_json(capsys, "summary", "lenet5")
    assert code == 0
    rows = {row["name"]: row for row in outcome["rows"]}
    assert [
        rows[name]["receptive_field"]["height"]["size"] for name in ("C1", "S2", "C3", "S4", "C5")
    ] == [*[5, 6, 14, 16, 32]]
    assert rows["S4"]["receptive_field"]["width"]["jump"] == 4
    assert outcome["multiply_adds"] == 328_096
    assert outcome["activation_bytes"] == 4 * (1024 + 4704 + 1176 + 1600 + 400 + 120 + 84 + 10)


def test_summary_of_a_faulty_document_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.md"
    file.write_text(lenet5_text().replace("Subsampling ", "Subsamplign ", 1), encoding="utf-8")
    assert main(["summary", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "error: line 37, S2, Type: 'Subsamplign' is no type of layer.\n"
        f"  Needed: {KINDS}.\n"
        "  Fix: write 'Subsampling'.\n"
    )


def test_an_unknown_network_is_an_error_with_a_suggestion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "lenet-5"]) == 2
    assert capsys.readouterr().err == (
        "error: lenet-5: it is neither a shipped network nor a file.\n"
        f"  Needed: {NETWORKS}, or the path of a Markdown file.\n"
        "  Fix: write 'lenet5'.\n"
    )


def test_evaluate_prints_error_interval_classes_and_confusion(
    run_folder: Path, small_digits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, outcome = striate_json(capsys, "evaluate", str(run_folder), "--data", small_digits)
    assert code == 0
    confusion = np.array(outcome["confusion"])
    assert confusion.sum() == outcome["examples"] == 300
    assert outcome["errors"] == 300 - int(np.trace(confusion))
    low, high = outcome["interval"]
    assert low < outcome["error"] < high
    assert main(["evaluate", str(run_folder), "--data", small_digits]) == 0
    output = capsys.readouterr().out
    assert f"({outcome['errors']} of 300)" in output
    assert "95 % interval" in output
    assert "products of fp32." in output  # LeNet-5 is too small to gain by less
    lower = ["evaluate", str(run_folder), "--data", small_digits, "--precision", "bf16"]
    code, of_bf16 = striate_json(capsys, *lower)
    assert code == 0
    assert (outcome["precision"], of_bf16["precision"]) == ("fp32", "bf16")
    assert of_bf16["loss"] != outcome["loss"]
    assert low < of_bf16["error"] < high


def test_predict_reads_pictures_names_the_broken_one_and_goes_on(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = load_source("mnist").test
    bundle = striate.load_bundle(run_folder)
    files = []
    for index in range(20):
        pixels = test.images[index, 0].numpy()
        file = tmp_path / f"digit-{index}.png"
        # Dark on light and four times as large for every second one.
        picture = Image.fromarray(pixels if index % 2 else 255 - pixels)
        picture.resize((28, 28) if index % 2 else (112, 112), Image.Resampling.BICUBIC).save(file)
        files.append(str(file))
    broken = tmp_path / "broken.png"
    broken.write_bytes((tmp_path / "digit-1.png").read_bytes()[:60])
    code = main(["predict", str(run_folder), files[0], str(broken), *files[1:], "--json"])
    captured = capsys.readouterr()
    assert code == 2
    outcome = json.loads(captured.out)
    assert [one["file"] for one in outcome["predictions"]] == files
    assert [fault["where"] for fault in outcome["refused"]] == [str(broken)]
    said = [one["classes"][0]["name"] for one in outcome["predictions"]]
    stored = striate.predict(bundle, files[1::2]).made
    assert said[1::2] == [one.classes[0][0] for one in stored]
    right = [name == str(int(label)) for name, label in zip(said, test.labels[:20], strict=True)]
    assert sum(right) >= 15


def test_train_needs_a_network_and_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = tmp_path / "silent.md"
    silent.write_text(lenet5_text().replace("data: mnist\n", ""), encoding="utf-8")
    assert main(["train", str(silent)]) == 2
    assert capsys.readouterr().err == (
        "error: train: the data is missing.\n"
        "  Needed: --data, with a network or without; or --resume with the folder of a run.\n"
        "  Fix: write `striate train lenet5 --data mnist`, or `striate train --data pictures/`.\n"
    )


def test_train_names_what_is_wrong_with_an_augmentation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["train", "lenet5", "--data", "mnist", "--augmentation", "shift -1, flop"]
    assert main(words) == 2
    output = capsys.readouterr().err
    assert output.startswith(
        "error: --augmentation: shift: pixels is -1.\n"
        "  Needed: a finite number, 0 or more.\n"
        "  Fix: write shift with such a number for pixels.\n"
        "--augmentation: 'flop' is no kind of augmentation.\n"
    )
    assert output.endswith("  Fix: write 'flip'.\n")


def test_train_refuses_windows_where_there_is_no_margin(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["train", "lenet5", "--data", "mnist", "--views", "ten-crop"]
    assert main([*words, "--output", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err == (
        "error: views: ten-crop takes windows of larger pictures, and the margin of the input is 0.\n"
        "  Needed: a margin of 1 or more.\n"
        "  Fix: write views: flip, or margin: 32 in the input.\n"
    )
    assert not (tmp_path / "run").exists()


def test_a_run_from_the_command_line_is_augmented(
    small_digits: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "lenet5", "--data", small_digits, "--epochs", "1", "--views", "flip"]
    words += ["--augmentation", "이동 2, rotate 10", "--output", str(tmp_path / "run")]
    assert main(words) == 0
    capsys.readouterr()
    written = (tmp_path / "run" / "network.md").read_text(encoding="utf-8")
    lines = written.splitlines()
    assert "  augmentation: shift 2, rotate 10" in lines
    assert "  views: flip" in lines


def test_train_names_every_wrong_flag_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "lenet5", "--data", "mnist", "--epochs", "many", "--optimizer", "sdg"]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "error: --epochs: 'many' is not a whole number.\n"
        "  Needed: a whole number.\n"
        "  Fix: write epochs as a whole number.\n"
        "--optimizer: optimizer is 'sdg'.\n"
        "  Needed: sgd, nesterov, adam, adamw, adamax, nadam, radam, adagrad, rmsprop, adadelta or muon.\n"
        "  Fix: write 'sgd'.\n"
    )


def test_train_does_not_change_a_run_that_goes_on(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--resume", str(run_folder), "--epochs", "20", "--seed", "1"]) == 2
    assert capsys.readouterr().err == (
        "error: --resume: --seed cannot change when a run goes on.\n"
        "  Needed: the run's folder alone, and --epochs if it is to end at another epoch.\n"
        "  Fix: leave the flags out, or start a new run.\n"
    )


def test_every_field_of_the_recipe_is_a_flag_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for name in striate.Recipe.__dataclass_fields__:
        assert f"--{name.replace('_', '-')} " in text
    assert "Passes over the training images." in text


def test_bad_usage_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc", "lenet5"]) == 2
    assert "chekc" in capsys.readouterr().err
    assert main(["check"]) == 2
    assert capsys.readouterr().err == (
        "error: striate check: network: this is missing.\n"
        "  Needed: every word that the verb takes.\n"
        "  Fix: write it behind `striate check`; `striate check --help` shows where.\n"
    )


@pytest.mark.parametrize(
    ("words", "came", "needed"),
    [
        (
            ["check", "lenet5", "--language", "fr"],
            "--language: 'fr' is none of its values.",
            "one of en or ko.",
        ),
        (["train", "lenet5", "--epochs"], "--epochs: its value is missing.", "one argument."),
        (
            ["experiment", "x", "--seeds", "many"],
            "--seeds: 'many' is not understood.",
            "a whole number.",
        ),
        (
            ["check", "lenet5", "--json", "--draft"],
            "--draft: it stands beside --json.",
            "one of the two.",
        ),
    ],
)
def test_a_misused_flag_is_named_with_what_it_takes(
    words: list[str], came: str, needed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.err == (
        f"error: striate {words[0]}, {came}\n  Needed: {needed}\n"
        f"  Fix: see `striate {words[0]} --help`, which lists what each flag takes.\n"
    )
    assert ("errors" in told.out) == ("--json" in words)


def test_faults_of_every_verb_are_json_where_it_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["summary", "lenet6", "--json"]) == 2
    told = capsys.readouterr()
    (fault,) = json.loads(told.out)["errors"]
    assert {"where", "came", "needed", "fix"} <= set(fault)
    assert fault["came"] in told.err


def test_a_network_comes_through_a_pipe() -> None:
    command = [sys.executable, "-m", "striate", "check", "-", "--json"]
    text = (Path(striate.__file__).parent / "networks" / "lenet5.md").read_bytes()
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    (network,) = json.loads(done.stdout)["networks"]
    assert (done.returncode, network["where"]) == (0, "standard input")
    assert network["totals"]["parameters"] == 60_000
    refused = subprocess.run(command[:-1], input=b"\xff", capture_output=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        b"error: standard input: it cannot be read: byte 0 is not UTF-8.\n"
    )
    code = b"from torch import nn\nnet = nn.Sequential(nn.Flatten(), nn.Linear(9, 2))\n"
    flags = ["--input", "1x3x3"]
    done = subprocess.run([*command, *flags], input=code, capture_output=True, check=False)
    (network,) = json.loads(done.stdout)["networks"]
    assert network["totals"]["parameters"] == 20


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert "usage: striate" in capsys.readouterr().out


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m striate check lenet5 --arithmetic | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("LeNet-5")


def test_a_pipe_gets_no_escape_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "striate", "check", "lenet5"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"\x1b" not in done.stdout
