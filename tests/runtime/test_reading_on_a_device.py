"""Reading on another device than the processor: what can be told of it without one."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from striate.cli import main
from striate.data import load_source
from striate.errors import DeviceError
from striate.prediction import bundle as bundles
from striate.runtime import large_network
from striate.training import Finished


WINDOWS = """---
name: windows
input:
  fit: crop
  low: -1
  high: 1
  margin: 4
  subtract: SUBTRACT
recipe:
  epochs: 1
  batch_size: 50
  augmentation: crop
  views: ten-crop
---

| Layer  | Type            | Maps | Size  | Kernel | Activation |
| ------ | --------------- | ---- | ----- | ------ | ---------- |
| Input  | Input           | 1    | 24x24 | -      | -          |
| C1     | Convolution     | 4    | -     | 5x5    | ReLU       |
| N1     | LRN             | -    | -     | -      | -          |
| S2     | Max pooling     | -    | -     | 2x2    | -          |
| Output | Fully connected | -    | 10    | -      | softmax    |
"""

REFUSED = (
    "--device: torch finds no device cuda:7 here.\n"
    "  Needed: a graphics card of NVIDIA, its driver, and a torch that was built for it.\n"
    "  Fix: leave it out, or say `--device cpu`, to use the processor."
)


@pytest.fixture(scope="module", params=["mean-image", "nothing"])
def done(
    tmp_path_factory: pytest.TempPathFactory, small_digits: str, request: pytest.FixtureRequest
) -> Finished:
    folder = tmp_path_factory.mktemp("device")
    file = folder / "windows.md"
    file.write_text(WINDOWS.replace("SUBTRACT", request.param), encoding="utf-8")
    return striate.train(file, small_digits, folder / "run")


@pytest.fixture
def picture(tmp_path: Path, small_digits: str) -> Path:
    image = load_source(small_digits).test.images[0, 0]
    assert isinstance(image, torch.Tensor)
    PIL.Image.fromarray(np.asarray(image)).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


@pytest.fixture
def on_meta(done: Finished, monkeypatch: pytest.MonkeyPatch) -> striate.Bundle:
    """Give a bundle on a device whose tensors have no numbers, but meet none of the processor."""
    monkeypatch.setattr(bundles, "check_device", lambda *_: None)
    bundle = striate.load_bundle(done.bundle, device="meta")
    assert all(one.is_meta for one in bundle.network.state_dict().values())
    assert bundle.mean is None or bundle.mean.is_meta
    return bundle


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_pictures_stay_on_the_device_until_they_are_named(
    on_meta: striate.Bundle, picture: Path, precision: str
) -> None:
    with pytest.raises(RuntimeError, match=r"item|copy out of meta tensor"):
        striate.predict(on_meta, [picture], precision=precision)  # type: ignore[arg-type]


def test_a_test_set_stays_there_until_it_is_counted(
    on_meta: striate.Bundle, small_digits: str
) -> None:
    with pytest.raises(NotImplementedError, match="copy out of meta tensor"):
        striate.evaluate(on_meta, small_digits)


def test_a_card_takes_all_images_at_once_and_the_processor_some_at_a_time(
    done: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = striate.load_bundle(done.bundle).network
    images, taken, run = torch.randn(40, 1, 24, 24), [], large_network._run

    def counted(calls: Any, begins: int, values: torch.Tensor, ends: int) -> torch.Tensor:
        taken.append(len(values))
        return run(calls, begins, values, ends)

    monkeypatch.setattr(large_network, "_run", counted)
    large_network.LargeNetwork(network, torch.float32)(images)
    large_network.LargeNetwork(network.to("meta"), torch.float32)(images.to("meta"))
    assert taken == [16, 16, 8, 40, 40, 40]  # rows of maps, then the flat ones


def test_a_device_that_is_not_there_is_named(
    done: Finished, small_digits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeviceError) as caught:
        striate.load_bundle(done.bundle, device="cuda:7")
    assert str(caught.value) == REFUSED
    for words in (
        ["evaluate", str(done.bundle), "--data", small_digits, "--device", "cuda:7"],
        ["predict", str(done.bundle), "digit.png", "--device", "cuda:7"],
    ):
        assert main(words) == 2
        assert REFUSED in capsys.readouterr().err
