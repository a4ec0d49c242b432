"""A run that keeps its first kernels, and the film of them."""

import shutil
from io import BytesIO
from pathlib import Path

import PIL.Image
import pytest
import safetensors.torch
import torch

from small_digits import write_small_digits
from striate.cli import main
from striate.prediction import load_bundle
from striate.see.film import frames_of


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_small_digits(tmp_path_factory.mktemp("digits"), 60, 20))


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory, digits: str) -> Path:
    folder = tmp_path_factory.mktemp("filmed") / "run"
    command = [
        "train",
        "lenet5-softmax",
        "--data",
        digits,
        "--epochs",
        "2",
        "--batch-size",
        "30",
    ]
    assert main([*command, "--output", str(folder), "--film", "--json"]) == 0
    return folder


def test_there_is_a_frame_before_the_first_step_and_one_after_each_epoch(filmed: Path) -> None:
    bundle = load_bundle(filmed, "last")
    frames = frames_of(filmed, bundle.network)
    assert [epoch for epoch, _ in frames] == [0, 1, 2]
    weight = bundle.network.get_submodule("C1").get_parameter("weight").detach()
    assert torch.equal(torch.from_numpy(frames[-1][1]), weight)
    assert len({kernels.tobytes() for _, kernels in frames}) == 3


@pytest.mark.parametrize("ending", ["gif", "apng"])
def test_the_film_shows_every_frame(
    filmed: Path, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"film.{ending}"
    assert main(["see", str(filmed), "--film", str(file)]) == 0
    assert str(file) in capsys.readouterr().out
    with PIL.Image.open(BytesIO(file.read_bytes())) as film:
        assert getattr(film, "n_frames", 1) == 3
        shown = []
        for number in range(3):
            film.seek(number)
            shown.append(film.convert("RGB").tobytes())
    assert len(set(shown)) == 3


def test_a_run_that_goes_on_goes_on_filming(filmed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(filmed, folder)
    assert main(["train", "--resume", str(folder), "--epochs", "3", "--json"]) == 0
    bundle = load_bundle(folder, "last")
    frames = frames_of(folder, bundle.network)
    assert [epoch for epoch, _ in frames] == [0, 1, 2, 3]
    weight = bundle.network.get_submodule("C1").get_parameter("weight").detach()
    assert torch.equal(torch.from_numpy(frames[-1][1]), weight)


def test_what_cannot_be_filmed_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ["train", "mlp", "--data", "xor", "--film", "--output", str(tmp_path / "run")]
    assert main(command) == 2
    assert capsys.readouterr().err == (
        "error: --film: mlp has no convolution of pictures.\n"
        "  Needed: a network of pictures with a convolution, whose kernels are kept after each epoch.\n"
        "  Fix: leave --film out.\n"
    )
    assert not (tmp_path / "run").exists()


def test_a_run_without_frames_and_a_damaged_frame_are_named(
    filmed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["see", str(filmed / "bundle"), "--film", str(tmp_path / "film.mp4")]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/film.mp4: its ending names no kind of film.\n"
        "  Needed: FILE.gif, FILE.apng or FILE.png.\n"
        "  Fix: write one of these endings.\n"
    )
    assert main(["see", "lenet5", "--film", str(tmp_path / "film.gif")]) == 2
    assert capsys.readouterr().err == (
        "error: lenet5: it kept no frames of its kernels.\n"
        "  Needed: the folder of a run that was trained with --film.\n"
        "  Fix: train it again: striate train NETWORK --film.\n"
    )
    frame = filmed / "film" / "epoch-0001.safetensors"
    whole = frame.read_bytes()
    frame.write_bytes(whole[:50])
    try:
        assert main(["see", str(filmed), "--film", str(tmp_path / "film.gif")]) == 2
        assert capsys.readouterr().err.startswith(f"error: {frame}: it cannot be read: ")
    finally:
        frame.write_bytes(whole)
    assert safetensors.torch.load(whole)["weight"].shape == (6, 1, 5, 5)
