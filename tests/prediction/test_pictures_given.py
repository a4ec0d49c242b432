"""Pictures to predict: folders, PIL images, arrays and tensors are seen as the files that they would be."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from striate import FullyConnected, Input, Row, Table, document_of
from striate.cli import main
from striate.errors import BundleError, DataError
from striate.prediction.bundle import save_bundle


CLASSES = ("red", "green", "blue")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose network names the strongest of three colors."""
    rows = (Row("Input", Input.image(3, 4, 4)), Row("Output", FullyConnected(3), "softmax"))
    document = document_of(Table(rows), "colors")
    state = striate.build(document).state_dict()
    state["Output.weight"] = torch.eye(3).repeat_interleave(16, dim=1)
    folder = tmp_path_factory.mktemp("run") / "bundle"
    save_bundle(folder, document, CLASSES, {"best": state, "last": state}, "")
    return folder


def color(place: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    pixels = np.full((4, 4, 3), 40, np.uint8)
    pixels[..., place] = 240
    return pixels


def seen(bundle: Path, pictures: Any) -> list[str]:
    outcome = striate.predict(striate.load_bundle(bundle), pictures)
    assert outcome.refused == ()
    return [made.classes[0][0] for made in outcome.made]


@pytest.mark.parametrize(
    "form",
    [
        PIL.Image.fromarray,
        np.array,
        torch.from_numpy,
        lambda pixels: pixels.transpose(2, 0, 1),
        lambda pixels: torch.from_numpy(pixels).permute(2, 0, 1) / 255,
        lambda pixels: pixels / 127.5 - 1,
    ],
)
def test_every_form_of_a_picture_is_seen_alike(bundle: Path, form: Any) -> None:
    assert seen(bundle, [form(color(place)) for place in (2, 0, 1)]) == ["blue", "red", "green"]
    # What a network reads of it is the same, too.
    reads = striate.load_bundle(bundle).prepare
    torch.testing.assert_close(reads(form(color(2))), reads(PIL.Image.fromarray(color(2))))


def test_a_batch_is_many_pictures_and_a_pil_image_is_one(bundle: Path) -> None:
    batch = np.stack([color(1), color(2)])
    assert seen(bundle, batch) == ["green", "blue"]
    assert seen(bundle, torch.from_numpy(batch)) == ["green", "blue"]
    assert seen(bundle, PIL.Image.fromarray(color(0))) == ["red"]


@pytest.mark.parametrize("form", [np.array, torch.from_numpy])
def test_a_single_array_is_one_picture(bundle: Path, form: Any) -> None:
    """Its rows, or channels, would be gray pictures of their own."""
    assert seen(bundle, form(color(1))) == ["green"]
    assert seen(bundle, form(color(2).transpose(2, 0, 1).copy())) == ["blue"]
    assert len(seen(bundle, form(color(0)[..., 0].copy()))) == 1
    assert len(seen(bundle, form(np.stack([color(0)[..., 0]] * 5)))) == 5


def test_the_folder_of_a_bundle_will_do(bundle: Path) -> None:
    (made,) = striate.predict(str(bundle), color(1)).made
    assert made.classes[0][0] == "green"
    with pytest.raises(BundleError) as caught:
        striate.predict(3, color(1))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "bundle: it is of the type int.\n"
        "  Needed: a bundle, or the path of its folder.\n"
        "  Fix: write striate.load_bundle('runs/NAME/bundle'), for example."
    )


@pytest.mark.parametrize("pictures", [5, None, {"a": 1}, b"abc"])
def test_what_can_be_no_pictures_is_refused(bundle: Path, pictures: Any) -> None:
    with pytest.raises(DataError) as caught:
        striate.predict(bundle, pictures)
    assert str(caught.value).startswith(f"pictures: it is of the type {type(pictures).__name__}.\n")


def test_what_is_no_picture_is_named_and_the_others_are_seen(bundle: Path) -> None:
    outcome = striate.predict(
        striate.load_bundle(bundle),
        [color(0), {"a": 1}, np.zeros(7), np.full((4, 4, 3), np.nan)],  # type: ignore[list-item]
    )
    assert [made.name for made in outcome.made] == ["picture 1"]
    needed, fix = "  Needed: ", "  Fix: "
    (missing,) = [fault for fault in outcome.refused if fault.where == "picture 2"]
    assert str(missing) == (
        "picture 2: it is of the type dict.\n"
        f"{needed}the path of a file or folder, a PIL image, an array or a tensor.\n"
        f"{fix}write predict(bundle, ['picture.png']), for example."
    )
    assert {fault.where for fault in outcome.refused} == {"picture 2", "picture 3", "picture 4"}


def test_all_pictures_of_a_folder_are_seen_and_the_rest_is_told(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more").mkdir()
    PIL.Image.fromarray(color(0)).save(tmp_path / "a.png")
    PIL.Image.fromarray(color(2)).save(tmp_path / "more" / "b.png")
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    assert main(["predict", str(bundle), str(tmp_path), "--json"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    assert [(made["file"], made["classes"][0]["name"]) for made in outcome["predictions"]] == [
        (str(tmp_path / "a.png"), "red"),
        (str(tmp_path / "more" / "b.png"), "blue"),
    ]
    (left_out,) = outcome["left_out"]
    assert ".txt" in left_out


def test_a_folder_without_pictures_is_named(bundle: Path, tmp_path: Path) -> None:
    (fault,) = striate.predict(striate.load_bundle(bundle), tmp_path).refused
    assert str(fault) == (
        f"{tmp_path}: it holds no pictures.\n"
        "  Needed: a folder with pictures in it, or in folders of it.\n"
        "  Fix: correct the path."
    )


def test_a_column_for_a_network_of_pictures_is_refused(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(bundle), "a.png", "--column", "text"]) == 2
    assert (
        "--column text: the network reads pictures.\n"
        "  Needed: a network that reads sentences, where a column is chosen.\n"
        "  Fix: leave --column out, or choose another network."
    ) in capsys.readouterr().err
