"""Every verb that takes any network takes `--input`, for networks that do not say what comes in."""

from pathlib import Path

import pytest

from striate.cli import main


CODE = """import torch.nn as nn

def net(classes):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 16 * 16, classes)
    )

def small():
    return net(10)

def large():
    return net(100)
"""
PARAMETERS = 3 * 8 * 9 + 8 + (8 * 16 * 16 + 1) * 10


@pytest.fixture
def code(tmp_path: Path) -> str:
    file = tmp_path / "nets.py"
    file.write_text(CODE, encoding="utf-8")
    return f"{file}#small"


@pytest.mark.parametrize(
    "words",
    [
        ("summary",),
        ("draw", "-o", "{}/net.svg"),
        ("convert", "--to", "csv"),
        ("see", "-o", "{}/seen"),
    ],
    ids=lambda words: words[0],
)
def test_a_network_that_needs_an_input_is_read_with_it(
    words: tuple[str, ...], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, *more = (word.format(tmp_path) for word in words)
    assert main([verb, code, "--input", "3x32x32", *more]) == 0
    told = capsys.readouterr()
    assert not told.err
    if verb == "summary":
        assert f"{PARAMETERS:,}" in told.out


def test_networks_of_one_file_are_compared_with_an_input(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", code, code.replace("small", "large"), "--input", "3x32x32"]) == 1
    assert f"{PARAMETERS:,}" in capsys.readouterr().out


def test_a_trained_network_takes_no_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["see", str(tmp_path), "--input", "3x32x32"]) == 2
    assert capsys.readouterr().err == (
        f"error: --input: 3x32x32 is given to {tmp_path}, which is trained.\n"
        "  Needed: nothing: a trained network reads what it was trained on.\n"
        "  Fix: leave --input out.\n"
    )
