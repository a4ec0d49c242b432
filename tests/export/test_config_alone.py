"""What config.json says of a picture is enough: plain numpy and ONNX Runtime, with nothing of Striate, read as `predict` does."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from served_networks import small_document, write_bundle
from striate.export import export_onnx
from striate.prediction import load_bundle, predict


Values = NDArray[Any]

pytestmark = pytest.mark.usefixtures("few_examples")


def prepared(picture: PIL.Image.Image, config: dict[str, Any]) -> Values:
    """Make an input of a picture by what the configuration says.

    Shapes:
        out: 1 x channels x height x width
    """
    told, reading = config["preparation"], config["reading"]
    assert reading["resampling"] == "bilinear, Pillow, width before height"
    assert reading["channels"] == "red, green, blue"
    assert reading["axes"] == "channels, height, width"
    assert reading["views"] == "one"
    channels, height, width = map(int, config["input"].split("x"))
    margin = told["margin"]
    tall, broad = height + margin, width + margin
    if told["fit"] == "resize":
        size = broad, tall
    else:
        pick = max if told["fit"] == "crop" else min
        size = (
            max(1, pick(round(picture.width * tall / picture.height), broad)),
            max(1, pick(round(picture.height * broad / picture.width), tall)),
        )
    bilinear = PIL.Image.Resampling.BILINEAR
    narrow = picture.convert("RGB").resize((size[0], picture.height), bilinear)
    resized = np.asarray(narrow.resize(size, bilinear))
    field = np.zeros((tall, broad, channels), np.uint8)
    down, right = ((have - want) // 2 for have, want in zip(size[::-1], (tall, broad), strict=True))
    cut = resized[max(down, 0) : max(down, 0) + tall, max(right, 0) : max(right, 0) + broad]
    top, left = max(-down, 0), max(-right, 0)
    field[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    window = field[margin // 2 : margin // 2 + height, margin // 2 : margin // 2 + width]
    assert told["subtract"] == "nothing"
    if "mean" in told:
        assert not {"low", "high"} & set(told)
        values = (window / 255 - told["mean"]) / told["std"]
    else:
        values = told["low"] + window / 255 * (told["high"] - told["low"])
    return values.transpose(2, 0, 1)[None].astype(np.float32)


@pytest.mark.parametrize(
    "preparation",
    [
        {"low": -1.0, "high": 1.0},
        {"fit": "crop", "margin": 5},
        {"fit": "letterbox", "low": 1.0, "high": 0.0},
        {"fit": "letterbox", "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
    ],
    ids=["resize", "crop", "letterbox", "channels"],
)
def test_the_configuration_is_enough(preparation: dict[str, Any], tmp_path: Path) -> None:
    document = small_document()
    prepared_as = replace(document.preparation, **preparation)
    folder = write_bundle(tmp_path, replace(document, preparation=prepared_as), ("a", "b", "c"))
    bundle = load_bundle(folder)
    done = export_onnx(bundle, tmp_path / "net.onnx", "inputs")
    config = json.loads((bundle.folder / "config.json").read_text(encoding="utf-8"))
    session = pytest.importorskip("onnxruntime").InferenceSession(done.file)
    draws = np.random.default_rng(0)
    for number, size in enumerate([(40, 7), (13, 90), (18, 12), (200, 150)]):
        file = tmp_path / f"{number}.png"
        PIL.Image.fromarray(draws.integers(0, 256, (*size, 3), dtype=np.uint8)).save(file)
        inputs = prepared(PIL.Image.open(file), config)
        np.testing.assert_allclose(inputs, bundle.prepare(file).numpy(), atol=1e-6)
        (found,) = session.run(None, {session.get_inputs()[0].name: inputs})[0]
        (made,) = predict(bundle, file, precision="fp32").made
        wanted = [dict(made.classes)[name] for name in config["classes"]]
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_the_page_shows_what_was_measured() -> None:
    root = Path(__file__).parents[2]
    table = runpy.run_path(str(root / "scripts/export_page.py"))["table"]
    results = json.loads((root / "results/export.json").read_text(encoding="utf-8"))
    assert table(results) in (root / "docs/export.md").read_text(encoding="utf-8")
