"""A picture that looks like none of the training images is said to."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from striate.cli import main
from striate.errors import BundleError
from striate.prediction.bundle import load_bundle, save_bundle
from striate.prediction.looks import Looks, looks_of


def test_ranges_are_those_of_plain_numpy() -> None:
    images = np.random.default_rng(0).integers(0, 256, (1700, 3, 6, 5), dtype=np.uint8)
    chosen = np.linspace(0, 1699, 1000).astype(int)
    images[chosen[40]] = 7  # the darkest, and the least colored
    found = looks_of(torch.from_numpy(images))
    assert found is not None
    taken = images[chosen].astype(np.float64)
    # The corners lie on two edges, and count twice.
    edges = [taken[..., 0, :], taken[..., -1, :], taken[..., 0], taken[..., -1]]
    border = np.concatenate([edge.reshape(1000, -1) for edge in edges], 1).mean(1)
    for name, values in (
        ("brightness", taken.mean((1, 2, 3))),
        ("border", border),
        ("color", (taken.max(1) - taken.min(1)).mean((1, 2))),
    ):
        assert found.ranges[name] == pytest.approx((values.min(), values.max()), abs=0.06)


def test_vectors_and_sentences_have_no_looks() -> None:
    assert looks_of(torch.zeros(5, 3, dtype=torch.uint8)) is None
    assert looks_of(torch.zeros(0, 1, 4, 4, dtype=torch.uint8)) is None


def test_what_is_outside_by_more_than_a_quarter_of_the_range_is_told() -> None:
    looks = Looks({"brightness": (60.0, 100.0), "border": (0.0, 0.0)})
    image = torch.full((1, 4, 4), 110, dtype=torch.uint8)
    image[:, [0, -1], :] = 8
    image[:, :, [0, -1]] = 8
    image[:, 1:3, 1:3] = 255
    assert looks.unlike(image) == ""  # 69.75 and 8: the least slack
    image[:, 0] = 9
    assert looks.unlike(image) == (
        "unlike the training images (of 255): its brightness of the border is 8, theirs 0 to 0"
    )
    white = torch.full((1, 4, 4), 250, dtype=torch.uint8)
    assert looks.unlike(white) == (
        "unlike the training images (of 255): its mean brightness is 250, theirs 60 to 100; its brightness "
        "of the border is 250, theirs 0 to 0"
    )


@pytest.fixture
def run(tmp_path: Path, small_digits: str) -> Path:
    """A network that was trained on light digits, and is told to take pictures as they are."""
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 28, 28)),
            striate.Row("Output", striate.FullyConnected(10), "softmax"),
        )
    )
    preparation = striate.Preparation(fit="resize")
    document = striate.document_of(table, "plain", preparation=preparation)
    return striate.train(document, small_digits, tmp_path / "run", epochs=1).folder


def test_dark_ink_on_light_paper_is_noticed_by_a_network_of_light_digits(
    run: Path, tmp_path: Path, small_digits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    digit = striate.load_source(small_digits).test.images[0, 0].numpy()
    files = [tmp_path / "light.png", tmp_path / "dark.png"]
    for file, pixels in zip(files, (digit, 255 - digit), strict=True):
        PIL.Image.fromarray(pixels).save(file)
    light, dark = striate.predict(load_bundle(run), files).made
    assert light.remark == ""
    assert dark.remark.startswith("unlike the training images (of 255): its mean brightness is ")
    assert main(["predict", str(run), *map(str, files)]) == 0
    assert f"note {files[1]} is unlike the training images" in capsys.readouterr().out
    assert main(["predict", str(run), *map(str, files), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["predictions"]
    assert [found["remark"] for found in told] == [None, dark.remark]
    assert main(["predict", str(run), *[str(files[1])] * 7]) == 0
    assert "note So are 2 more; --json names all." in capsys.readouterr().out


@pytest.mark.parametrize(
    "looks",
    [3, [1], {"brightness": 3}, {"smell": [0, 1]}, {"border": [0, None]}, {"border": [0, "x"]}],
)
def test_looks_that_are_not_understood_are_refused(tmp_path: Path, looks: object) -> None:
    document = striate.load("mlp")
    state = striate.build(document).state_dict()
    folder = tmp_path / "bundle"
    save_bundle(folder, document, ("0", "1"), {"best": state, "last": state}, "")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "looks": looks}), encoding="utf-8")
    with pytest.raises(BundleError, match=r"config\.json: it cannot be read: looks: "):
        load_bundle(folder)
