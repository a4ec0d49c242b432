"""A network that is trained on windows, less the mean image, and read in ten views."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import safetensors.torch
import torch

import striate
from striate.augmentation.kinds import Crop, Flip
from striate.data import load_source
from striate.errors import BundleError, DocumentError
from striate.runtime import InferenceForm
from striate.training import Finished


DOCUMENT = """---
name: windows
input:
  fit: crop
  low: -1
  high: 1
  margin: 4
  subtract: {subtract}
recipe:
  epochs: 2
  batch_size: 50
  learning_rate: 0.05
  augmentation: crop
  views: {views}
---

| Layer  | Type            | Maps | Size  | Kernel | Activation |
| ------ | --------------- | ---- | ----- | ------ | ---------- |
| Input  | Input           | 1    | 24x24 | -      | -          |
| C1     | Convolution     | 4    | -     | 5x5    | ReLU       |
| S2     | Max pooling     | -    | -     | 2x2    | -          |
| Output | Fully connected | -    | 10    | -      | softmax    |
"""


def trained(folder: Path, data: str, subtract: str, views: str) -> Finished:
    file = folder / f"{views}.md"
    file.write_text(DOCUMENT.format(subtract=subtract, views=views), encoding="utf-8")
    return striate.train(file, data, folder / views)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, small_digits: str) -> Finished:
    return trained(tmp_path_factory.mktemp("views"), small_digits, "mean-image", "ten-crop")


def test_ten_views_are_averaged_as_plain_numpy_does(done: Finished, small_digits: str) -> None:
    bundle = striate.load_bundle(done.bundle)
    source = load_source(small_digits)
    mean = source.train.images[:, :, 2:26, 2:26].double().mean(0)
    assert bundle.mean is not None
    torch.testing.assert_close(bundle.mean, mean.float())
    images = source.test.images.double()
    total, losses = np.zeros((300, 10)), []
    for top, left in ((2, 2), (0, 0), (0, 4), (4, 0), (4, 4)):
        window = images[:, :, top : top + 24, left : left + 24]
        for view in (window, window.flip(3)):
            with torch.inference_mode():
                scores = bundle.network(((view - mean) * 2 / 255).float()).double().numpy()
            powers = np.exp(scores - scores.max(1, keepdims=True))
            chances = powers / powers.sum(1, keepdims=True)
            losses.append(-np.log(chances[np.arange(300), source.test.labels.numpy()]).mean())
            total += chances
    assert done.test.predictions.tolist() == total.argmax(1).tolist()
    np.testing.assert_allclose(done.test.scores.numpy(), total.max(1) / 10, rtol=1e-4)
    assert done.test.loss == pytest.approx(losses[0], rel=1e-4)


def test_a_bundle_reads_as_the_run_did(done: Finished, small_digits: str) -> None:
    again = striate.evaluate(striate.load_bundle(done.bundle), small_digits)
    assert again.confusion == done.test.confusion
    assert again.loss == pytest.approx(done.test.loss)
    last = striate.load_bundle(done.bundle, weights="last")
    assert striate.evaluate(last, small_digits).confusion == done.test.confusion


def test_a_picture_is_named_as_the_stored_image(
    done: Finished, small_digits: str, tmp_path: Path
) -> None:
    files = []
    for index, image in enumerate(load_source(small_digits).test.images[:20]):
        files.append(tmp_path / f"{index}.png")
        PIL.Image.fromarray(image[0].numpy()).save(files[-1])
    predictions = striate.predict(striate.load_bundle(done.bundle), files)
    for index, made in enumerate(predictions.made):
        name, score = made.classes[0]
        assert name == str(int(done.test.predictions[index]))
        assert score == pytest.approx(float(done.test.scores[index]), rel=1e-4)


@pytest.mark.parametrize(("views", "count"), [("one", 1), ("flip", 2)])
def test_fewer_views_are_read(
    views: str, count: int, tmp_path: Path, small_digits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = trained(tmp_path, small_digits, "channel-mean", views)
    bundle = striate.load_bundle(finished.bundle)
    assert bundle.mean is not None
    assert bundle.mean.shape == (1, 1, 1)
    run, read = InferenceForm.__call__, []

    def counted(form: InferenceForm, images: torch.Tensor) -> torch.Tensor:
        read.append(images)
        return run(form, images)

    monkeypatch.setattr(InferenceForm, "__call__", counted)
    assert striate.evaluate(bundle, small_digits).confusion == finished.test.confusion
    assert len(read) == count
    assert torch.equal(read[-1], read[0].flip(3) if count > 1 else read[0])
    assert read[0].shape == (300, 1, 24, 24)


@pytest.mark.parametrize("change", ["missing", "of another size"])
def test_a_bundle_with_a_wrong_mean_is_refused(done: Finished, change: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for file in done.bundle.iterdir():
        (bundle / file.name).write_bytes(file.read_bytes())
    tensors = safetensors.torch.load_file(bundle / "model.safetensors")
    mean = tensors.pop("preparation/mean")
    if change == "of another size":
        tensors["preparation/mean"] = mean[:, :1, :1].contiguous()
    content = safetensors.torch.save(tensors)
    (bundle / "model.safetensors").write_bytes(content)
    config = json.loads((bundle / "config.json").read_text(encoding="utf-8"))
    config["sha256"]["model.safetensors"] = hashlib.sha256(content).hexdigest()
    (bundle / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(BundleError, match="preparation/mean is not that of mean-image"):
        striate.load_bundle(bundle)


def test_a_bundle_from_before_margins_is_read(tmp_path: Path, small_digits: str) -> None:
    finished = striate.train("lenet5-softmax", small_digits, tmp_path / "run", epochs=1)
    file = finished.bundle / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    for field in ("margin", "subtract"):
        del config["preparation"][field]
    file.write_text(json.dumps(config), encoding="utf-8")
    readme = finished.bundle / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines(keepends=True)
    new = ("  margin:", "  subtract:", "  augmentation:", "  views:")
    readme.write_text("".join(line for line in lines if not line.startswith(new)), encoding="utf-8")
    again = striate.evaluate(striate.load_bundle(finished.bundle), small_digits)
    assert again.confusion == finished.test.confusion


def test_windows_without_a_margin_are_refused_before_a_folder_is_made(
    tmp_path: Path, small_digits: str
) -> None:
    document = striate.load("lenet5")
    for recipe in (
        replace(document.recipe, views="ten-crop"),
        replace(document.recipe, augmentation=(Flip(), Crop())),
    ):
        with pytest.raises(DocumentError, match="the margin of the input is 0"):
            striate.train(replace(document, recipe=recipe), small_digits, tmp_path / "run")
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 28, 28)),
            striate.Row("Output", striate.FullyConnected(10), "softmax"),
        )
    )
    with pytest.raises(DocumentError, match="the margin of the input is 0"):
        striate.train(table, small_digits, tmp_path / "run", views="ten-crop")
    assert not (tmp_path / "run").exists()
