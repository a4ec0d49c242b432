"""Weights of other networks, matched to rows by name, or by order and shape."""

import hashlib
import re
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml
from torch import Tensor, nn

import striate
from messages import functions
from served_networks import sentence_bundle
from striate.cli import main
from striate.data import Vocabulary
from striate.documents import document_of
from striate.errors import TrainingError, transfer
from striate.layers import Convolution, FullyConnected, Input, SideHead
from striate.networks import load
from striate.preparation import Preparation, TextPreparation
from striate.table import Row, Table
from striate.training.weights.transfer import load_weights, preparation_remarks


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
    assert (taken.by, taken.began, taken.unused) == ("order and shape", {}, ())
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
    assert taken.began == {"Output": "here 3x144"}
    assert taken.unused == ("classifier",)
    assert str(taken) == (
        "Of the state dict, the weights of 2 of 3 rows were taken by order and shape. Begun anew: Output (here 3x144). "
        "Not taken: classifier."
    )
    same = striate.load_weights(built(classes=3), built(classes=7).state_dict())
    assert (same.by, same.began) == ("name", {"Output": "there 7x144, here 3x144"})


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
    assert (len(taken.taken), taken.began, taken.unused) == (102, {}, ())
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        maps = nn.functional.max_pool2d(torch.relu(stem(images)), 3, 2, 1)
        for one in blocks:
            maps = run(one, maps)
        expected = head(maps.mean((2, 3)))
        assert torch.allclose(ours(images), expected, atol=1e-4)


def test_a_run_begins_where_another_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = striate.train("mlp", "xor", tmp_path / "first", epochs=1, progress=False)
    words = ["train", "mlp", "--data", "xor", "--from", str(tmp_path / "first")]
    words += ["--epochs", "1", "--learning-rate", "1e-12", "--output", str(tmp_path / "second")]
    assert main([*words, "--threads", "1"]) == 0
    assert "the weights of all 4 rows were taken by name." in capsys.readouterr().out
    kept = yaml.safe_load((tmp_path / "second/run.yaml").read_text(encoding="utf-8"))["weights"]
    assert kept["from"] == str(tmp_path / "first")
    digest = hashlib.sha256((tmp_path / "first/bundle/model.safetensors").read_bytes()).hexdigest()
    assert (kept["sha256"], kept["matched_by"]) == (digest, "name")
    assert (kept["begun_anew"], kept["not_taken"]) == ({}, [])
    second = striate.load_bundle(tmp_path / "second").network.state_dict()
    for name, values in striate.load_bundle(first.bundle).network.state_dict().items():
        assert torch.allclose(values, second[name], atol=1e-6)
        assert kept["taken"][name] == name


def test_what_programs_lay_around_a_state_dict_is_taken_off(tmp_path: Path) -> None:
    """As tutorials save it: with the epoch beside it, the wrapper of several cards, the field of a trainer."""
    theirs, images = foreign(), torch.rand(2, 1, 28, 28)
    state = theirs.state_dict()
    wrapped: list[dict[str, Any]] = [
        {"net": {f"module.{name}": one for name, one in state.items()}, "acc": 91.2, "epoch": 7},
        {"state_dict": {f"model.net.{name}": one for name, one in state.items()}, "callbacks": {}},
        {"weights": {f"_orig_mod.{name}": one for name, one in state.items()}, "step": 1},
        {"model": state, "ema": state, "optimizer": {"state": {0: {"step": torch.ones(1)}}}},
    ]
    for number, content in enumerate(wrapped):
        torch.save(content, tmp_path / f"{number}.ckpt")
        ours = built(seed=number)
        assert striate.load_weights(ours, tmp_path / f"{number}.ckpt").began == {}
        assert torch.allclose(ours(images), theirs(images), atol=1e-5)
    taken = striate.load_weights(built(seed=4), tmp_path / "3.ckpt")
    assert str(taken).endswith(
        " Of the file, the tensors under model are taken; those under ema are not."
    )


def test_names_of_torch_are_names_of_rows() -> None:
    """A table that was read from code has `blocks.0.conv`; its child is `blocks_0_conv`."""
    rows = (
        Row("in", Input.image(1, 6, 6)),
        Row("blocks.0.conv", Convolution(2, 3, padding="same")),
        Row("blocks.1.conv", Convolution(2, 3, padding="same"), reads=("blocks.0.conv",)),
        Row("fc", FullyConnected(3), "softmax"),
    )
    network = striate.build(document_of(Table(rows), "named"))
    swapped = ["blocks.1.conv", "blocks.0.conv", "fc"]  # as a module may define them
    state = {
        f"{layer}.{kind}": torch.rand_like(
            network.state_dict()[f"{layer.replace('.', '_')}.{kind}"]
        )
        for layer in [*swapped, "fc"]
        for kind in ("weight", "bias")
        if layer != "blocks.1.conv"
    }
    state["blocks.1.conv.weight"], state["blocks.1.conv.bias"] = (
        torch.rand(2, 2, 3, 3),
        torch.rand(2),
    )
    taken = striate.load_weights(network, state)
    assert (taken.by, taken.began) == ("name", {})
    assert (network.state_dict()["blocks_1_conv.weight"] == state["blocks.1.conv.weight"]).all()


def test_alexnet_and_vgg_by_the_names_of_torchvision_and_timm(tmp_path: Path) -> None:
    """A full layer may be a convolution there, as in timm's VGG; tables of thinner networks, to be quick."""
    table = """
| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| in | Input | 3 | 12x12 | - | - |
| conv1 | Convolution | 4 | - | 3x3 | ReLU |
| pool1 | Max pooling | - | - | 2x2 | - |
| conv2 | Convolution | 5 | - | 3x3 | ReLU |
| fc6 | Fully connected | - | 7 | - | ReLU |
| fc7 | Fully connected | - | 6 | - | ReLU |
| fc8 | Fully connected | - | 4 | - | softmax |
"""
    torch.manual_seed(0)
    features = {"0": nn.Conv2d(3, 4, 3), "3": nn.Conv2d(4, 5, 3)}
    flat, second, last = nn.Linear(45, 7), nn.Linear(7, 6), nn.Linear(6, 4)
    wide = nn.Conv2d(5, 7, 3)
    wide.load_state_dict({"weight": flat.weight.view(7, 5, 3, 3), "bias": flat.bias})
    kinds: dict[str, dict[str, nn.Module]] = {
        "torchvision": {"classifier.1": flat, "classifier.4": second, "classifier.6": last},
        "timm": {"pre_logits.fc1": wide, "pre_logits.fc2": second, "head.fc": last},
    }
    images = torch.rand(2, 3, 12, 12)
    with torch.no_grad():
        maps = nn.functional.max_pool2d(torch.relu(features["0"](images)), 2)
        maps = torch.relu(features["3"](maps)).flatten(1)
        expected = last(torch.relu(second(torch.relu(flat(maps)))))
    for kind, layers in kinds.items():
        named = {f"features.{name}": one for name, one in features.items()} | layers
        state = {
            f"{name}.{key}": values.detach().clone()
            for name, module in named.items()
            for key, values in module.state_dict().items()
        }
        file = save(tmp_path / f"{kind}.safetensors", state)
        ours = striate.build(striate.read_networks(table, "thin.md")[0]).eval()
        taken = striate.load_weights(ours, file)
        assert (taken.by, taken.began, taken.unused) == ("order and shape", {}, ()), kind
        assert torch.allclose(ours(images), expected, atol=1e-5), kind


HEADED = Table(
    (
        Row("in", Input.image(1, 6, 6)),
        Row("C1", Convolution(2, 3), "ReLU"),
        Row("out", FullyConnected(3), "softmax"),
        Row("aux", SideHead(0.3), reads=("C1",)),
        Row("aux out", FullyConnected(3), "softmax"),
    )
)


def test_side_heads_of_others_are_left_out_or_taken_whole() -> None:
    network = striate.build(document_of(HEADED, "headed"))
    before = {name: one.clone() for name, one in network.state_dict().items()}
    state = {
        "conv1.weight": torch.rand(2, 1, 3, 3),
        "conv1.bias": torch.rand(2),
        "aux1.conv.weight": torch.rand(4, 2, 1, 1),
        "aux1.conv.bias": torch.rand(4),
        "fc.weight": torch.rand(3, 32),
        "fc.bias": torch.rand(3),
    }
    taken = striate.load_weights(network, state)
    assert str(taken) == (
        "Of the state dict, the weights of 2 of 3 rows were taken by order and shape. Begun anew: aux out (here 3x32). "
        "Not taken: aux1.conv. Side heads, 1 layer, were left out."
    )
    after = network.state_dict()
    assert (after["out.weight"] == state["fc.weight"]).all()
    assert (after["aux_out.weight"] == before["aux_out.weight"]).all()
    state["aux1.conv.weight"], state["aux1.conv.bias"] = torch.rand(3, 32), torch.rand(3)
    assert striate.load_weights(network, state).began == {}
    assert (network.state_dict()["aux_out.weight"] == state["aux1.conv.weight"]).all()


def test_words_keep_their_vectors_though_their_numbers_change(tmp_path: Path) -> None:
    theirs = striate.load_bundle(sentence_bundle(tmp_path))
    words = Vocabulary(("new", "word7", "word3", *(f"other{number}" for number in range(45))))
    document = replace(theirs.document, text=TextPreparation(tokens="characters"))
    network = striate.build(document)
    name = next(name for name in network.state_dict() if name.endswith(".weight"))
    drawn = network.state_dict()[name].clone()
    taken = load_weights(network, theirs, words=words)
    vectors, given = network.state_dict()[name], theirs.network.state_dict()[name]
    assert (vectors[1] == given[5]).all()  # word7 stands at 5 there, counted from 0
    assert (vectors[2] == given[1]).all()
    assert (vectors[[0, 3, 47]] == drawn[[0, 3, 47]]).all()
    assert taken.notes == (
        f"{name.removesuffix('.weight')} has the vectors of 2 of its 48 words; the others are as they were drawn.",
    )
    assert preparation_remarks(taken, document) == (
        "What it read was prepared in another way: tokens words, here characters.",
    )


def test_files_of_others_do_not_say_how_pictures_were_prepared() -> None:
    document = load("vgg16")
    taken = striate.load_weights(built(), foreign().state_dict())
    assert preparation_remarks(taken, document) == (
        (
            "The file does not say how its pictures were prepared; here they are fitted by crop, from 0 to 255, less the "
            "channel-mean."
        ),
    )


def test_values_that_weights_of_torchvision_mostly_need_are_said_and_not_taken() -> None:
    taken, document = striate.load_weights(built(), foreign().state_dict()), load("vgg16")
    silent = replace(document, preparation=Preparation())
    assert preparation_remarks(taken, silent) == (
        (
            "The file does not say how its pictures were prepared; here they are fitted by resize, from 0 to 1. "
            "Weights of torchvision and timm were mostly trained with `mean: 0.485, 0.456, 0.406` and "
            "`std: 0.229, 0.224, 0.225`: write both below `input:` if these were."
        ),
    )
    stated = Preparation(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    assert preparation_remarks(taken, replace(document, preparation=stated)) == (
        (
            "The file does not say how its pictures were prepared; here they are fitted by resize, with mean 0.485, 0.456, "
            "0.406 and std 0.229, 0.224, 0.225."
        ),
    )


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
        "the state dict: no layer in it has the name and the shape of one of the network's, and in order 1 layer fit "
        "until 1 of 4x4x3x3 with bias stands for N1 of 4 with bias, running_mean, running_var.\n"
        "  Needed: the same rows with weights in the same order, the last one aside.\n"
        "  Fix: take the table of the network that the weights belong to: `striate diff` compares two."
    )
    other = tmp_path / "weights.caffemodel.txt"
    other.write_bytes(b"")
    said["weights_not_known"] = refused(other)
    assert said["weights_not_known"] == (
        f"{other}: it is no bundle, and neither its content nor its ending is that of a file of weights.\n"
        "  Needed: the folder of a bundle or of a run, hf:owner/name, or a file .safetensors, .npz, .pth, .pt, .bin, "
        ".ckpt, .onnx, .h5, .hdf5 or .keras.\n"
        "  Fix: check the path."
    )
    caffe = tmp_path / "bvlc.caffemodel"
    caffe.write_bytes(b"")
    said["weights_of_caffe"] = refused(caffe)
    assert said["weights_of_caffe"] == (
        f"{caffe}: Caffe's .caffemodel is not read.\n"
        "  Needed: a file .npz of its arrays, named conv1.weight and conv1.bias by its layers.\n"
        "  Fix: read it with OpenCV 4, net = cv2.dnn.readNetFromCaffe(prototxt, caffemodel), and write "
        "net.getParam(layer, 0) and net.getParam(layer, 1) of each layer with numpy.savez."
    )
    said["unreadable_weights"] = refused({"epoch": 3})
    assert said["unreadable_weights"] == (
        "weights: its weights cannot be read: it holds no tensors by name.\n"
        "  Needed: tensors by name; nothing else of a file is ever run or unpickled.\n"
        "  Fix: copy or download it again, or write the state dict anew: torch.save(model.state_dict(), "
        "'weights.pth')."
    )
    named = save(tmp_path / "named.safetensors", {"mine.weight": torch.ones(2)})
    said["order_not_kept"] = refused(named)
    assert said["order_not_kept"] == (
        f"{named}: no name in it is one of the network's, mine does not say where it stands, and safetensors keeps no "
        "order.\n"
        "  Needed: the network's own names, those of torchvision or timm for ResNet, VGG and AlexNet, or a file "
        "that keeps the order.\n"
        "  Fix: write the state dict as .npz or .pth, or pass it to striate.load_weights."
    )
    two = {"teacher": foreign().state_dict(), "student": foreign().state_dict()}
    torch.save(two, tmp_path / "two.pth")
    said["several_state_dicts"] = refused(tmp_path / "two.pth")
    assert said["several_state_dicts"] == (
        f"{tmp_path}/two.pth: it holds tensors under teacher, student.\n"
        "  Needed: one state dict.\n"
        "  Fix: load it in Python, and pass the one that is meant to striate.train(weights=...)."
    )
    (tmp_path / "net.keras").write_bytes(b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("striate.training.weights.files.find_spec", lambda _: None)
        said["library_for_weights"] = refused(tmp_path / "net.keras")
    assert said["library_for_weights"] == (
        f"{tmp_path}/net.keras: h5py is not installed.\n"
        "  Needed: the extra `keras` of Striate, which reads such files.\n"
        "  Fix: write pip install 'striate[keras]'."
    )
    assert capsys.readouterr().out == ""
    for ending in ("safetensors", "npz", "pth", "onnx", "keras", "weights.h5"):
        broken = tmp_path / f"broken.{ending}"
        broken.write_bytes(b"broken")
        assert "its weights cannot be read" in refused(broken)
    elsewhere = {"quantized_weights", "keras_layer_not_read", "rows_were_taken", "side_heads_left"}
    elsewhere |= {"whole_model", "objects_beside_tensors", "no_weights_there"}
    elsewhere |= {"batch_norm_was_folded", "words_were_taken", "preparation_unknown"}
    elsewhere |= {"preparation_differs", "one_of_several", "norms_without_rows"}
    assert set(said) | elsewhere == functions(transfer)


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_what_is_no_state_dict_is_named_word_for_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = tmp_path / "hostile.pth"
    torch.save({"weight": Hostile()}, hostile)
    assert refused(hostile) == (
        f"{hostile}: beside tensors it holds objects of __builtin__.print.\n"
        "  Needed: tensors by name; nothing else of a file is ever run or unpickled.\n"
        "  Fix: in Python, where these can be imported and if you trust the file, write "
        f"found = torch.load('{hostile}', map_location='cpu', weights_only=False) and "
        "torch.save(found['state_dict'], 'weights.pth'), with the file's own name for its state dict, and give "
        "weights.pth."
    )
    assert refused(whole_models(tmp_path)[0]) == (
        f"{tmp_path}/whole.pth: it holds a whole model, and no state dict: to read it is to run code that it names.\n"
        "  Needed: tensors by name; nothing else of a file is ever run or unpickled.\n"
        "  Fix: in Python, in the folder of the model's own code and if you trust the file, write "
        f"model = torch.load('{tmp_path}/whole.pth', map_location='cpu', weights_only=False), or of a dict its entry "
        "that is the model, then torch.save(model.state_dict(), 'weights.pth'), and give weights.pth."
    )
    assert capsys.readouterr().out == ""
    assert refused(tmp_path / "missing.pth.tar") == (
        f"{tmp_path}/missing.pth.tar: there is no such file or folder.\n"
        "  Needed: a file of weights, the folder of a bundle or of a run, or hf:owner/name.\n"
        "  Fix: check the path."
    )


def whole_models(folder: Path) -> list[Path]:
    """The model itself as torch.save writes it in its two forms, in a checkpoint, and as TorchScript."""
    model = foreign()
    torch.save(model, folder / "whole.pth")
    torch.save(model, folder / "older.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "model": model}, folder / "checkpoint.pt")
    traced: Any = torch.jit.trace(model, torch.zeros(1, 1, 28, 28))  # type: ignore[no-untyped-call]
    traced.save(str(folder / "traced.pt"))
    return [folder / name for name in ("whole.pth", "older.pth", "checkpoint.pt", "traced.pt")]


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_whole_model_is_told_from_a_state_dict_and_the_advice_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in whole_models(tmp_path):
        told = refused(path)
        assert "it holds a whole model, and no state dict" in told
        assert "\x1b" not in told
        if path.name != "checkpoint.pt":  # what the message says to write is run as it stands
            loading = re.findall(r"model = (torch\.\S+\(.*?\)),", told)[0]
            torch.save(eval(loading).state_dict(), "weights.pth")
            given = striate.load_weights(built(), "weights.pth")
            assert not given.began


@pytest.mark.parametrize("ending", ["pth.tar", "tar", "weights", "bin"])
def test_files_of_weights_are_read_by_what_they_hold(tmp_path: Path, ending: str) -> None:
    """As PyTorch's example for ImageNet writes model_best.pth.tar, with module. ahead of all names."""
    tensors = {f"module.{name}": one for name, one in foreign().state_dict().items()}
    path = tmp_path / f"model_best.{ending}"
    expected = striate.load_weights(built(), foreign().state_dict()).taken
    for is_archive in (True, False):
        torch.save(
            {
                "epoch": 90,
                "arch": "small",
                "state_dict": tensors,
                "best_acc1": 71.2,
                "optimizer": {},
            },
            path,
            _use_new_zipfile_serialization=is_archive,
        )
        assert striate.load_weights(built(), path).taken == expected
    with path.open("wb") as file:
        np.savez(file, **{name: one.numpy() for name, one in tensors.items()})
    assert striate.load_weights(built(), path).taken == expected
    own = built().state_dict()
    safetensors.torch.save_file({name: one.contiguous() for name, one in own.items()}, path)
    assert striate.load_weights(built(), path).taken


def test_normalizations_without_rows_are_named() -> None:
    """As torchvision's GoogLeNet holds one behind each convolution, and the paper's table none."""
    theirs = nn.Sequential(
        nn.Conv2d(1, 6, 5, bias=False), nn.BatchNorm2d(6), nn.Conv2d(6, 16, 3), nn.BatchNorm2d(16)
    )
    with pytest.raises(TrainingError) as caught:
        striate.load_weights(striate.build("lenet5-softmax"), theirs.state_dict())
    assert str(caught.value) == (
        "the state dict: it holds 2 batch normalizations (1, 3), and the network's table has none.\n"
        "  Needed: the same rows with weights: what its layers learnt is of no use without what stands behind them.\n"
        "  Fix: write a row Batch normalisation behind each of these layers into the table, or take weights of the "
        "network without them."
    )
