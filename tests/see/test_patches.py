"""What excites a unit most: held against a whole run by torch, numpy's sort, and pixels of known places."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from torch import Tensor

import striate
from finished_runs import FinishedRun
from striate import Convolution, FullyConnected, Input, MaxPooling, Row, Table, see
from striate.cli import main
from striate.errors import SeeingError
from striate.modules import Network
from striate.modules.network import Step
from striate.see import patches


def small_network() -> Network:
    table = Table(
        (
            Row("in", Input.image(1, 12, 10)),
            Row("c1", Convolution(3, 3, padding=1), "ReLU"),
            Row("p", MaxPooling(2)),
            Row("c2", Convolution(4, 3), "tanh"),
            Row("out", FullyConnected(2), "softmax"),
        )
    )
    torch.manual_seed(5)
    return striate.build(striate.document_of(table, "net")).eval()


NETWORK = small_network()
PICTURES = torch.randn(23, 1, 12, 10, generator=torch.Generator().manual_seed(6))


@pytest.mark.parametrize("part", [2, 7, 500])
def test_top_patches_are_the_largest_values_of_all(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "_MOST_EXAMPLES", part)
    with torch.no_grad():
        values = NETWORK.trace(PICTURES)["c2"]
    found = see.top_patches(NETWORK, PICTURES, "c2", patches=5)
    for number in range(4):
        best = values[:, number].flatten(1).max(dim=1).values.numpy()
        order = np.argsort(-best, kind="stable")[:5]
        assert found.examples[number].tolist() == order.tolist()
        assert found.values[number] == pytest.approx(best[order], abs=1e-6)
        for rank, example in enumerate(order):
            y, x = found.places[number, rank].tolist()
            assert float(values[example, number, y, x]) == pytest.approx(best[example], abs=1e-6)


def test_rows_behind_the_one_that_is_asked_for_are_not_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []
    run = Network.run

    def heard(network: Network, step: Step, outputs: Mapping[int, Tensor]) -> Tensor:
        ran.append(step.row)
        return run(network, step, outputs)

    monkeypatch.setattr(Network, "run", heard)
    see.top_patches(NETWORK, PICTURES[:1], "p")
    assert ran == ["c1", "p"]


def test_patches_of_a_run_are_those_that_plain_torch_finds(
    finished_lenet5: FinishedRun, small_digits: str, tmp_path: Path
) -> None:
    """The digits are read by numpy, prepared by the paper's two numbers, and C3 is listened to by a hook of torch."""
    run = finished_lenet5[0].folder
    command = ["see", str(run), "--top-patches", "--row", "C3", "--data", small_digits]
    assert main([*command, "-o", str(tmp_path)]) == 0
    told = list(csv.DictReader((tmp_path / "patches-C3.csv").read_text("utf-8").splitlines()))
    content = (Path(small_digits) / "t10k-images-idx3-ubyte").read_bytes()
    bytes_ = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 1, 28, 28)
    padded = np.pad(bytes_, ((0, 0), (0, 0), (2, 2), (2, 2))).astype(np.float32)
    pictures = torch.from_numpy(padded / 255 * (1.175 + 0.1) - 0.1)
    kept: list[Tensor] = []
    network = striate.load_bundle(run).network.eval()
    network.get_submodule("S4").register_forward_pre_hook(lambda _, read: kept.append(read[0]))
    with torch.no_grad():
        network(pictures)
    values = kept[0].numpy()
    best = values.reshape(*values.shape[:2], -1).max(axis=2)
    assert len(told) == 16 * 9
    for number in range(16):
        own = [row for row in told if row["map"] == str(number)]
        order = np.argsort(-best[:, number], kind="stable")[:9]
        assert [int(row["example"]) for row in own] == order.tolist()
        for row, example in zip(own, order, strict=True):
            at = values[example, number, int(row["row"]), int(row["column"])]
            assert float(row["value"]) == pytest.approx(float(best[example, number]), rel=1e-5)
            assert float(at) == pytest.approx(float(best[example, number]), abs=2e-6)


def test_a_patch_is_what_the_unit_sees() -> None:
    """The value at the patch's middle comes out of the patch alone, and what is beyond the edge is not a number."""
    found = see.top_patches(NETWORK, PICTURES, "c1", patches=4)
    weight = NETWORK.get_submodule("c1").get_parameter("weight").detach()
    bias = NETWORK.get_submodule("c1").get_parameter("bias").detach()
    cut = {
        (number, rank): patch
        for number, rank, patch in see.cut_patches(NETWORK, PICTURES, found, [0, 2])
    }
    assert set(cut) == {(number, rank) for number in (0, 2) for rank in range(4)}
    for (number, rank), patch in cut.items():
        assert patch.shape == (1, 3, 3)
        value = float((np.nan_to_num(patch) * weight[number].numpy()).sum() + bias[number])
        assert max(value, 0) == pytest.approx(float(found.values[number, rank]), abs=1e-5)
        y, x = found.places[number, rank].tolist()
        assert np.isnan(patch[0, 0]).all() == (y == 0)
        assert np.isnan(patch[0, :, 0]).all() == (x == 0)


def test_data_without_examples_is_named() -> None:
    with pytest.raises(SeeingError) as caught:
        see.top_patches(NETWORK, PICTURES[:0], "c1")
    assert str(caught.value) == (
        "data: it holds no example.\n"
        "  Needed: at least one, to be run through the network.\n"
        "  Fix: name other data."
    )
    with pytest.raises(SeeingError, match="no row of this name"):
        see.top_patches(NETWORK, PICTURES, "C9")


def answer(network: Network, picture: Tensor, row: str, number: int) -> float:
    with torch.no_grad():
        values = network.trace(picture)[row][0, number]
    return float(values[values.shape[0] // 2, values.shape[1] // 2] if values.dim() else values)


@pytest.mark.parametrize(("row", "maps"), [("c2", [0, 1, 2, 3]), ("out", [1, 0])])
def test_each_unit_prefers_the_picture_that_was_climbed_for_it(row: str, maps: list[int]) -> None:
    climbed = see.maximise(NETWORK, row, maps, low=-1.0, high=1.0, steps=40)
    assert climbed.shape == (len(maps), 1, 12, 10)
    assert climbed.min() >= -1
    assert climbed.max() <= 1
    pictures = torch.from_numpy(climbed)[:, None]
    for at, number in enumerate(maps):
        answers = [answer(NETWORK, picture, row, number) for picture in pictures]
        others = [value for place, value in enumerate(answers) if place != at]
        assert answers[at] > sum(others) / len(others), answers


def test_equal_seeds_give_equal_pictures_and_leave_the_network_as_it_was() -> None:
    before = {name: values.clone() for name, values in NETWORK.state_dict().items()}
    first, again, other = (
        see.maximise(NETWORK, "c2", [0], low=0.0, high=1.0, steps=3, seed=seed)
        for seed in (4, 4, 5)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert all(torch.equal(values, before[name]) for name, values in NETWORK.state_dict().items())
    assert all(parameter.grad is None for parameter in NETWORK.parameters())


def test_coarse_waves_move_more_than_fine_ones() -> None:
    """Natural pictures have little in fine waves: without the damping the climb gives noise."""
    network = striate.build(striate.load("lenet5-softmax")).eval()
    (climbed,) = see.maximise(network, "C3", [2], low=0.0, high=1.0, steps=8)
    power = np.abs(np.fft.rfft2(climbed[0] - climbed.mean())) ** 2
    coarse, fine = power[:5, :5].mean(), power[12:20, 8:].mean()
    assert coarse > 20 * fine


def test_a_map_that_is_not_there_is_named() -> None:
    with pytest.raises(SeeingError, match="it has no unit at map 4"):
        see.maximise(NETWORK, "c2", [4], low=0.0, high=1.0)


SPOTS = """# Spots

| Layer | Type            | Maps | Size  | Kernel | Activation |
| ----- | --------------- | ---- | ----- | ------ | ---------- |
| In    | Input           | 1    | 28x28 | -      | -          |
| C1    | Convolution     | 4    | 24x24 | 5x5    | tanh       |
| Out   | Fully connected | -    | 2     | -      | softmax    |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, of which one alone has a bright spot, at a place that is known."""
    for at in range(4):
        values = np.full((28, 28), 20, np.uint8)
        if at == 2:
            values[9:12, 15:18] = 255
        place = tmp_path / "pictures" / ("a" if at < 2 else "b") / f"{at}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(values).save(place)
    return tmp_path / "pictures"


def test_the_table_names_the_file_and_the_place(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    table = tmp_path / "spots.md"
    table.write_text(SPOTS, "utf-8")
    command = ["see", str(table), "--top-patches", "--data", str(folder), "--row", "C1"]
    assert main([*command, "-o", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    names = [Path(file["file"]).name for file in said["files"]]
    assert names == ["patches-C1.png", "patches-C1.csv"]
    rows = list(csv.DictReader((out / names[1]).read_text("utf-8").splitlines()))
    assert len(rows) % 4 == 0
    bright = [row for row in rows if row["rank"] == "1" and row["file"] == "b/2.png"]
    assert bright, "the one picture with a spot excites some map most"
    for row in bright:
        assert int(row["top"]) <= 12
        assert int(row["bottom"]) >= 8
        assert int(row["left"]) <= 18
        assert int(row["right"]) >= 14
    with PIL.Image.open(out / names[0]) as picture:
        assert picture.size[0] > 300


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["--top-patches"],
            (
                "--top-patches: the data is missing.\n"
                "  Needed: examples that lenet5 is run on.\n"
                "  Fix: write --data mnist, or another data set: see `striate data --help`."
            ),
        ),
        (
            ["one.png", "--top-patches", "--seed", "3"],
            (
                "--seed, one.png: --top-patches is asked for, too, and does not heed them.\n"
                "  Needed: each by itself.\n"
                "  Fix: leave --seed, one.png out, or --top-patches."
            ),
        ),
        (
            ["--maximise", "--data", "mnist"],
            (
                "--data: --maximise is asked for, too, and does not heed it.\n"
                "  Needed: each by itself.\n"
                "  Fix: leave --data out, or --maximise."
            ),
        ),
        (
            ["--data", "mnist"],
            (
                "--data: nothing that is asked for reads a data set.\n"
                "  Needed: --top-patches or --embedding beside it.\n"
                "  Fix: add one of them, or leave --data out."
            ),
        ),
        (
            ["--unit", "C3:7,1,2", "--class", "3"],
            (
                "--unit, --class: no picture is given that these are about.\n"
                "  Needed: a picture.\n"
                "  Fix: name a picture, or leave --unit, --class out."
            ),
        ),
        (
            ["--maximise", "--row", "C1", "--unit", "C3:7,1,2"],
            (
                "--row: --unit is asked for, too, and does not heed it.\n"
                "  Needed: each by itself.\n"
                "  Fix: leave --row out, or --unit.\n"
                "--unit: C3:7,1,2 has a place, and --maximise looks for what the middle of a map answers to.\n"
                "  Needed: a row and the number of a map or a unit, such as C3:7.\n"
                "  Fix: write C3:7."
            ),
        ),
    ],
)
def test_flags_that_do_not_go_together(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["see", "lenet5", *flags]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_a_network_without_kernels_is_asked_for_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["see", "mlp", "--top-patches", "--data", "xor"]) == 2
    assert capsys.readouterr().err == (
        "error: Output: no row of this network has kernels.\n"
        "  Needed: the row whose units are looked at.\n"
        "  Fix: name one with --row.\n"
    )
