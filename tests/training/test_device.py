"""A run on another device than the processor: what can be told of it without one."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

import striate
from striate.data import Examples
from striate.documents.front_matter import record_of
from striate.errors import DeviceError
from striate.modules import build
from striate.recipe import Recipe
from striate.system.devices import check_device
from striate.training import resume, train
from striate.training.folder import environment
from striate.training.loop import Trainer


NEEDED = (
    "  Needed: a graphics card of NVIDIA, its driver, and a torch that was built for it.\n"
    "  Fix: leave it out, or say `--device cpu`, to use the processor."
)


@pytest.mark.parametrize("name", ["lenet5", "fashion-cnn", "alexnet", "googlenet"])
@pytest.mark.parametrize("augmentation", ["", "shift 2, flip"])
def test_a_step_stays_on_its_device_until_its_loss_is_read(name: str, augmentation: str) -> None:
    """Tensors of the meta device have no numbers, but meet none of the processor."""
    document = striate.load(name)
    channels, height, width = document.sound_walk().input.axes
    side, loss = document.preparation.margin, document.recipe.loss
    recipe = record_of(Recipe, {"augmentation": augmentation, "loss": loss}, "the recipe")
    images = torch.zeros(8, channels, height + side, width + side, dtype=torch.uint8)
    examples = Examples(images, torch.zeros(8, dtype=torch.int64)).on("meta")
    preparation = replace(document.preparation, subtract="nothing")
    trainer = Trainer(build(document).to("meta"), examples, preparation, recipe)
    assert trainer.device.type == "meta"
    with pytest.raises(RuntimeError, match=r"Cannot copy out of meta tensor"):
        next(trainer.epoch())
    assert all(one.grad is not None and one.grad.is_meta for one in trainer.network.parameters())


def test_a_device_that_is_not_there_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as caught:
        train("lenet5", "mnist", tmp_path / "run", device="cuda:7")
    assert str(caught.value) == f"--device: torch finds no device cuda:7 here.\n{NEEDED}"
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda:", "", "meta"])
def test_what_is_no_device_is_named_as_well(device: str, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="torch finds no device"):
        train("lenet5", "mnist", tmp_path / "run", device=device)


def test_cards_are_known_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for device in ("cpu", "cuda", "cuda:0", "cuda:1"):
        check_device(device, "--device")
    for device in ("cuda:2", "cuda:", "cuda:-1", "cuda:01"):
        with pytest.raises(DeviceError, match=f"torch finds no device {device} here"):
            check_device(device, "--device")


def test_a_run_goes_on_where_it_learnt(small_digits: str, tmp_path: Path) -> None:
    train("lenet5", small_digits, tmp_path / "run", epochs=1, validation=0)
    settings = tmp_path / "run" / "run.yaml"
    text = settings.read_text(encoding="utf-8")
    assert "device" not in yaml.safe_load(text)["environment"]
    settings.write_text(
        text.replace("  threads:", "  device: cuda:7\n  threads:"), encoding="utf-8"
    )
    with pytest.raises(DeviceError) as caught:
        resume(tmp_path / "run", epochs=2)
    assert str(caught.value) == f"{tmp_path / 'run'}: torch finds no device cuda:7 here.\n{NEEDED}"


def test_the_environment_names_a_device_other_than_the_processor() -> None:
    assert "device" not in environment()
    assert environment((), "cuda")["device"] == "cuda"


def test_the_environment_of_a_card_names_how_its_steps_go() -> None:
    assert "steps" not in environment(is_captured=True)
    assert environment((), "cuda")["steps"] == "operation by operation"
    assert environment((), "cuda", is_captured=True)["steps"] == "by a CUDA graph"
