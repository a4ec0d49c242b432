"""Weights of other networks, matched to rows by name, or by order and shape."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

import striate
from messages import functions
from striate.cli import main
from striate.errors import TrainingError, transfer


TABLE = """
| Layer | Type | Maps | Size | Kernel | Activation | Options |
| --- | --- | --- | --- | --- | --- | --- |
| Input | Input | 1 | 28x28 | - | - | - |
| C1 | Convolution | 4 | - | 5x5 | - | bias=no |
| N1 | Batch normalisation | - | - | - | ReLU | - |
| P1 | Max pooling | - | - | 4x4 | - | - |
| Output | Fully connected | - | {classes} | - | softmax | - |
"""


def built(classes: int = 10, seed: int = 0) -> striate.Network:
    torch.manual_seed(seed)
    network = striate.build(striate.read_networks(TABLE.format(classes=classes), "small.md")[0])
    with torch.no_grad():
        for values in network.state_dict().values():
            if values.is_floating_point():
                values.copy_(torch.rand_like(values))
    return network.eval()


class Foreign(nn.Module):
    """The same network as anybody writes it, with names of its own."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 5, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.classifier = nn.Linear(4 * 6 * 6, classes)

    def forward(self, images: Tensor) -> Tensor:
        maps = nn.functional.max_pool2d(self.features(images), 4)
        out: Tensor = self.classifier(maps.flatten(1))
        return out


def foreign(classes: int = 10) -> Foreign:
    torch.manual_seed(3)
    network = Foreign(classes).eval()
    with torch.no_grad():
        for values in network.state_dict().values():
            if values.is_floating_point():
                values.copy_(torch.rand_like(values))
    return network


def save(file: Path, tensors: dict[str, Tensor]) -> Path:
    match file.suffix:
        case ".safetensors":
            safetensors.torch.save_file(tensors, file)
        case ".npz":
            np.savez(
                file, allow_pickle=False, **{name: one.numpy() for name, one in tensors.items()}
            )
        case _:
            torch.save(
                {"state_dict": {f"module.{name}": one for name, one in tensors.items()}}, file
            )
    return file


@pytest.mark.parametrize("ending", ["safetensors", "npz", "pth"])
def test_a_foreign_state_dict_gives_equal_outputs(tmp_path: Path, ending: str) -> None:
    theirs, ours = foreign(), built()
    file = save(tmp_path / f"theirs.{ending}", theirs.state_dict())
    taken = striate.load_weights(ours, file)
    images = torch.rand(3, 1, 28, 28)
    assert torch.allclose(ours(images), theirs(images), atol=1e-5)
    assert (taken.by, taken.began, taken.unused) == ("order and shape", (), ())
    assert taken.taken["N1.running_var"] == "features.1.running_var"


def test_names_come_before_the_order() -> None:
    one, other = built(seed=1), built(seed=2)
    turned = OrderedDict(reversed(one.state_dict().items()))
    assert striate.load_weights(other, turned).by == "name"
    assert all((other.state_dict()[name] == values).all() for name, values in turned.items())


def test_another_number_of_classes_begins_anew_and_is_told() -> None:
    theirs, ours = foreign(classes=7), built(classes=3)
    before = ours.state_dict()["Output.weight"].clone()
    taken = striate.load_weights(ours, theirs.state_dict())
    assert (ours.state_dict()["Output.weight"] == before).all()
    assert (ours.state_dict()["C1.weight"] == theirs.state_dict()["features.0.weight"]).all()
    assert str(taken) == (
        "Of the state dict, 5 tensors were taken by order and shape. Not there, or of another shape, and so "
        "begun anew: Output.weight, Output.bias. Not taken: classifier.weight, classifier.bias."
    )


def test_resnet_18_by_the_names_of_torchvision_and_timm(tmp_path: Path) -> None:
    """In a file of safetensors, which keeps no order."""

    def block(inputs: int, maps: int, stride: int) -> nn.Module:
        parts: dict[str, nn.Module] = {
            "conv1": nn.Conv2d(inputs, maps, 3, stride, 1, bias=False),
            "bn1": nn.BatchNorm2d(maps),
            "conv2": nn.Conv2d(maps, maps, 3, 1, 1, bias=False),
            "bn2": nn.BatchNorm2d(maps),
        }
        if stride > 1:
            projection = nn.Conv2d(inputs, maps, 1, stride, bias=False)
            parts["downsample"] = nn.Sequential(projection, nn.BatchNorm2d(maps))
        return nn.ModuleDict(parts)

    def run(one: Any, maps: Tensor) -> Tensor:
        inner = torch.relu(one["bn1"](one["conv1"](maps)))
        inner = one["bn2"](one["conv2"](inner))
        short = one["downsample"](maps) if "downsample" in one else maps
        return torch.relu(inner + short)

    torch.manual_seed(0)
    sizes = [(64, 64, 1), (64, 64, 1)]
    sizes += [size for maps in (128, 256, 512) for size in ((maps // 2, maps, 2), (maps, maps, 1))]
    stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64))
    blocks = [block(*size) for size in sizes]
    head = nn.Linear(512, 1000)
    theirs = nn.ModuleDict({"conv1": stem[0], "bn1": stem[1]})
    for at in range(4):
        theirs[f"layer{at + 1}"] = nn.Sequential(*blocks[2 * at : 2 * at + 2])
    theirs["fc"] = head
    theirs.eval()
    file = save(tmp_path / "resnet18.safetensors", theirs.state_dict())
    ours = striate.build("resnet18").eval()
    taken = striate.load_weights(ours, file)
    assert (len(taken.taken), taken.began, taken.unused) == (102, (), ())
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        maps = nn.functional.max_pool2d(torch.relu(stem(images)), 3, 2, 1)
        for one in blocks:
            maps = run(one, maps)
        expected = head(maps.mean((2, 3)))
        assert torch.allclose(ours(images), expected, atol=1e-4)


def test_a_run_begins_where_another_ended(
    small_digits: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "small.md"
    file.write_text(TABLE.format(classes=10))
    first = striate.train(file, small_digits, tmp_path / "first", epochs=2, learning_rate=0.01)
    words = ["train", str(file), "--data", small_digits, "--from", str(tmp_path / "first")]
    words += ["--epochs", "1", "--learning-rate", "1e-12", "--output", str(tmp_path / "second")]
    assert main([*words, "--threads", "1"]) == 0
    assert "tensors were taken by name." in capsys.readouterr().out
    second = striate.load_bundle(tmp_path / "second").network.state_dict()
    for name, values in striate.load_bundle(first.bundle).network.state_dict().items():
        if name.endswith(("weight", "bias")):
            assert torch.allclose(values, second[name], atol=1e-6)


def test_from_cannot_change_when_a_run_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--resume", "runs/none", "--from", "other"]) == 2
    assert "--from cannot change when a run goes on" in capsys.readouterr().err


def refused(weights: Any) -> str:
    network = built()
    before = {name: one.clone() for name, one in network.state_dict().items()}
    with pytest.raises(TrainingError) as caught:
        striate.load_weights(network, weights)
    assert all((before[name] == one).all() for name, one in network.state_dict().items())
    return str(caught.value)


class Hostile:
    """What runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


def test_messages_word_for_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    deeper = nn.Sequential(nn.Conv2d(1, 4, 5, bias=False), nn.Conv2d(4, 4, 3), nn.Linear(144, 10))
    said["no_weights_fit"] = refused(deeper.state_dict())
    assert said["no_weights_fit"] == (
        "the state dict: no name in it is one of the network's, and in order 1 tensor fit until 1.weight of "
        "4x4x3x3 stands for N1.weight of 4.\n"
        "  Needed: the same rows with weights in the same order, the last one aside.\n"
        "  Fix: take the table of the network that the weights belong to: `striate diff` compares two."
    )
    other = tmp_path / "weights.h5"
    other.write_bytes(b"")
    said["weights_not_known"] = refused(other)
    assert said["weights_not_known"] == (
        f"{other}: it is no bundle, and its ending is none of a file of weights.\n"
        "  Needed: the folder of a bundle or of a run, or a file .safetensors, .npz, .pth, .pt or .bin.\n"
        "  Fix: check the path."
    )
    said["unreadable_weights"] = refused({"epoch": 3})
    assert said["unreadable_weights"] == (
        "weights: its weights cannot be read: it holds no tensors by name.\n"
        "  Needed: tensors by name; nothing else of a file is ever run or unpickled.\n"
        "  Fix: check the path, or write the state dict with safetensors.torch.save_file."
    )
    named = save(tmp_path / "named.safetensors", {"mine.weight": torch.ones(2)})
    said["order_not_kept"] = refused(named)
    assert said["order_not_kept"] == (
        f"{named}: no name in it is one of the network's, mine.weight does not say where it stands, and "
        "safetensors keeps no order.\n"
        "  Needed: the network's own names, those of torchvision or timm for ResNet, VGG and AlexNet, or a file "
        "that keeps the order.\n"
        "  Fix: write the state dict as .npz or .pth, or pass it to striate.load_weights."
    )
    hostile = tmp_path / "hostile.pth"
    torch.save({"weight": Hostile()}, hostile)
    assert "its weights cannot be read" in refused(hostile)
    assert capsys.readouterr().out == ""
    for ending in ("safetensors", "npz", "pth"):
        broken = tmp_path / f"broken.{ending}"
        broken.write_bytes(b"broken")
        assert "its weights cannot be read" in refused(broken)
        assert "its weights cannot be read" in refused(tmp_path / f"missing.{ending}")
    assert set(said) == functions(transfer)
