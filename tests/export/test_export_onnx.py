"""An exported network beside `predict`, read by ONNX Runtime."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
import pytest
import torch
from numpy.typing import NDArray

from striate.cli import main
from striate.data import Vocabulary, decode_picture, fit_picture
from striate.documents import Document, read_networks
from striate.errors import ExportError
from striate.export import Comparison, comparing, export_onnx, exporting
from striate.export.comparing import drawn_picture
from striate.export.digits import DigitReader, digits_model
from striate.export.exporting import Start
from striate.export.pixels import OPSET, pixels_model
from striate.layers import Embedding
from striate.modules import build
from striate.networks import load
from striate.prediction import Bundle, load_bundle, predict, predict_sentences, save_bundle
from striate.preparation import Fit, Preparation, Subtract
from striate.shapes import Image


ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("few_examples")

PICTURES = sorted((ROOT / "examples/digits").iterdir())
SMALL = """# Small

| Layer | Type | Maps | Kernel | Stride | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- |
| In | Input | 3 | | | | 18x12 |
| C1 | Convolution | 4 | 3x3 | 1 | ReLU | |
| N1 | Batch normalization | | | | | |
| M1 | Max pooling | | 2x2 | 2 | | |
| Out | Fully connected | | | | softmax | 3 |
"""


def small(*, fit: Fit = "resize", margin: int = 0, **recipe: Any) -> Document:
    (document,) = read_networks(SMALL, "small.md")
    preparation = Preparation(fit=fit, margin=margin, low=-1.0)
    return replace(document, preparation=preparation, recipe=replace(document.recipe, **recipe))


def by_channels() -> Document:
    values = Preparation("crop", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), margin=4)
    return replace(small(views="ten-crop", margin=4), preparation=values)


def saved(folder: Path, document: Document, classes: tuple[str, ...], **beside: Any) -> Bundle:
    """Write a bundle whose numbers are drawn, and load it."""
    torch.manual_seed(4)
    state = build(document).state_dict()
    for values in state.values():
        if values.is_floating_point():
            values.uniform_(0.1, 1.0) if values.dim() == 1 else values.normal_()
    save_bundle(folder / "bundle", document, classes, {"best": state, "last": state}, "", **beside)
    return load_bundle(folder / "bundle")


def run(file: Path, given: NDArray[Any]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(file.read_bytes())
    (found,) = session.run(["probabilities"], {session.get_inputs()[0].name: given})
    return np.asarray(found)


@pytest.mark.parametrize("fit", ["resize", "crop", "letterbox"])
@pytest.mark.parametrize("image", [Image(1, 28, 28), Image(3, 21, 34)])
def test_pixels_become_the_very_bytes_of_predict(fit: Fit, image: Image) -> None:
    preparation = Preparation(fit=fit, low=0.0, high=255.0)
    model = pixels_model(image, preparation, "one", None)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    draws = np.random.default_rng(5)
    pictures = [decode_picture(file) for file in PICTURES]
    pictures += [drawn_picture(draws) for _ in range(40)]
    # Tall ones, whose axes Pillow resizes in another order from version 13 on.
    pictures += [draws.integers(0, 256, (side, 5, 3), dtype=np.uint8) for side in (1, 45, 317)]
    for picture in pictures:
        (found,) = session.run(None, {"picture": picture})
        expected = fit_picture(picture, image, preparation, "picture").numpy()
        assert np.array_equal(found[0], expected), picture.shape


@pytest.mark.parametrize(
    ("document", "mean"),
    [
        (small(), None),
        (small(fit="letterbox", views="flip"), None),
        (small(fit="crop", margin=6, views="ten-crop"), (3, 18, 12)),
        (small(fit="crop", margin=3), (3, 1, 1)),
        (by_channels(), None),
    ],
    ids=["resize", "letterbox-flip", "ten-crop-mean-image", "margin-channel-mean", "by-channels"],
)
def test_a_file_gives_what_predict_gives(
    document: Document, mean: tuple[int, ...] | None, tmp_path: Path
) -> None:
    beside = {}
    if mean is not None:
        subtract: Subtract = "mean-image" if mean[1] > 1 else "channel-mean"
        preparation = replace(document.preparation, subtract=subtract)
        document = replace(document, preparation=preparation)
        beside["mean"] = torch.rand(mean, generator=torch.Generator().manual_seed(6)) * 255
    bundle = saved(tmp_path, document, ("a", "b", "c"), **beside)
    done = export_onnx(bundle, tmp_path / "net.onnx")
    assert done.start == "pixels"
    assert done.comparison.largest_difference < 1e-5
    for made in predict(bundle, PICTURES, top=3, precision="fp32").made:
        (found,) = run(done.file, decode_picture(Path(made.name)))
        expected = [dict(made.classes)[name] for name in bundle.classes]
        assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_the_file_carries_its_names_and_its_document(tmp_path: Path) -> None:
    bundle = saved(tmp_path, small(), ("고양이", "dog", "</x>"))
    export_onnx(bundle, tmp_path / "net.onnx")
    told = {one.key: one.value for one in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert json.loads(told["classes"]) == ["고양이", "dog", "</x>"]
    (document,) = read_networks(told["document"], "metadata")
    assert document.table == bundle.document.table
    assert json.loads(told["preparation"])["fit"] == "resize"
    report = json.loads((tmp_path / "net.onnx.json").read_text(encoding="utf-8"))
    assert report["reads"] == "pixels"
    assert report["examples"] == 12


def written(draws: np.random.Generator, background: int, ink: int) -> NDArray[np.uint8]:
    """Draw some strokes on paper with grain."""
    height, width = draws.integers(12, 90, 2)
    page = np.full((height, width), background, float)
    for _ in range(3):
        top, left = draws.integers(2, height - 8), draws.integers(2, width - 8)
        page[top : top + draws.integers(1, 6), left : left + draws.integers(1, 6)] = ink
    page += draws.normal(0, draws.uniform(0, 4), page.shape)
    return np.repeat(np.clip(page, 0, 255).astype(np.uint8)[..., None], 3, 2)


def test_digits_become_the_bytes_of_predict() -> None:
    preparation = Preparation(fit="digit", low=0.0, high=255.0, box=20)
    model = digits_model(DigitReader(Image(1, 32, 32), preparation, "one", None), OPSET)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    draws = np.random.default_rng(8)
    pictures = [decode_picture(file) for file in PICTURES]
    pictures += [written(draws, 240, 30) for _ in range(30)] + [written(draws, 10, 200)]
    large = np.full((1100, 2100, 3), 255, np.uint8)
    large[300:1000, 600:761] = 0
    pictures.append(large)  # it is made smaller before it is searched
    for side in (1, 2, 20):  # of which 20 is not scaled
        small = np.full((40, 40, 3), 250, np.uint8)
        small[5 : 5 + side, 7 : 8 + side // 2] = 10
        pictures.append(small)
    for picture in pictures:
        (found,) = session.run(None, {"picture": picture})
        expected = fit_picture(picture, Image(1, 32, 32), preparation, "picture").numpy()
        assert np.array_equal(found[0], expected), picture.shape
    (empty,) = session.run(None, {"picture": np.full((9, 9, 3), 7, np.uint8)})
    assert not empty.any()


@pytest.mark.parametrize("start", ["pixels", "inputs"])
def test_a_network_of_digits_reads_pixels_or_inputs(start: Start, tmp_path: Path) -> None:
    bundle = saved(tmp_path, load("lenet5-softmax"), tuple("0123456789"))
    assert export_onnx(bundle, tmp_path / "net.onnx").start == "pixels"
    done = export_onnx(bundle, tmp_path / "net.onnx", start)
    for made in predict(bundle, PICTURES, top=10, precision="fp32").made:
        file = Path(made.name)
        given = decode_picture(file) if start == "pixels" else bundle.prepare(file).numpy()
        (found,) = run(done.file, given)
        expected = [dict(made.classes)[name] for name in bundle.classes]
        assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_sentences_go_from_numbers_of_words_to_probabilities(tmp_path: Path) -> None:
    document = load("text-cnn")
    words = [f"word{number}" for number in range(2, 50)]
    vocabulary = Vocabulary(tuple(words))
    rows = list(document.table.rows)
    embedding, room = rows[1].layer, document.table.words
    assert isinstance(embedding, Embedding)
    assert room is not None
    rows[1] = replace(rows[1], layer=replace(embedding, words=len(vocabulary)))
    document = replace(document, table=replace(document.table, rows=tuple(rows)), body="")
    bundle = saved(tmp_path, document, ("bad", "good"), vocabulary=vocabulary)
    done = export_onnx(bundle, tmp_path / "net.onnx")
    sentence = "word3 word4 word9"
    numbers = np.zeros((1, room.count), np.int64)
    numbers[0, :3] = vocabulary.numbers(sentence.split())
    (expected,) = predict_sentences(bundle, [sentence], top=2, precision="fp32")
    (found,) = run(done.file, numbers)
    assert found.tolist() == pytest.approx(
        [dict(expected.classes)[n] for n in bundle.classes], abs=1e-5
    )
    assert (tmp_path / "net-vocabulary.txt").read_text(encoding="utf-8") == vocabulary.text()


def test_what_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = saved(tmp_path, small(), ("a", "b", "c"))
    file = tmp_path / "net.onnx"
    file.write_bytes(b"older")
    monkeypatch.setattr(exporting, "compare", lambda *_: Comparison(12, 0.0125, 2))
    with pytest.raises(ExportError) as caught:
        export_onnx(bundle, file)
    assert str(caught.value) == (
        f"{file}: its probabilities differ from those of predict by up to 0.013, and 2 examples of another class.\n"
        "  Needed: at most 0.0001, and the same classes. Nothing was written.\n"
        "  Fix: report it, with the bundle: this is a fault of Striate or of a library."
    )
    assert file.read_bytes() == b"older"
    assert not (tmp_path / "net.onnx.json").exists()


def test_a_wrong_file_is_caught(tmp_path: Path) -> None:
    bundle = saved(tmp_path, small(), ("a", "b", "c"))
    model = onnx.load_from_string(exporting._model(bundle, "pixels").SerializeToString())
    for tensor in model.graph.initializer:
        if list(tensor.dims) == [4, 3, 3, 3]:
            tensor.CopyFrom(
                onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor) * 1.01, tensor.name)
            )
    run = comparing.onnx_run(model.SerializeToString())
    found = comparing.compare(bundle, run, "pixels", 12)
    assert found.largest_difference > exporting.TOLERANCE


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["-o", "net.pt"],
            "net.pt: its name does not end in .onnx.\n  Needed: a name that ends in .onnx.\n  Fix: write -o NAME.onnx.",
        ),
        (
            ["-o", "net.onnx", "--from", "bytes"],
            (
                "--from bytes: ONNX Runtime has no ImageDecoder, the operator that decodes pictures, and neither have "
                "OpenVINO and the runtime for browsers.\n"
                "  Needed: pixels: a picture that was decoded, height x width x 3 bytes.\n"
                "  Fix: export --from pixels, and decode with Pillow, a canvas, or any library."
            ),
        ),
    ],
)
def test_messages(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path, small(), ("a", "b", "c"))
    assert main(["export", str(tmp_path / "bundle"), *words]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = saved(tmp_path, small(), ("a", "b", "c"))
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "onnx" else name)
    with pytest.raises(ExportError) as caught:
        export_onnx(bundle, "net.onnx")
    assert str(caught.value) == (
        "net.onnx: onnx is not installed.\n"
        "  Needed: the extra `export` of Striate.\n"
        "  Fix: write pip install 'striate[export]'."
    )


def test_the_verb_says_what_the_file_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path, small(), ("a", "b", "c"))
    file = tmp_path / "net.onnx"
    assert main(["export", str(tmp_path / "bundle"), "-o", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[0]
        == f"{file}  reads the pixels of one picture, height x width x 3 bytes of red, green and blue"
    )
    assert lines[1].startswith(
        "As predict on 12 examples: the largest difference of a probability is "
    )
    assert lines[2] == str(tmp_path / "net.onnx.json")
    assert (
        main(["export", str(tmp_path / "bundle"), "-o", str(file), "--from", "inputs", "--json"])
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["reads"], told["other_classes"]) == ("inputs", 0)
    batch = np.random.default_rng(7).normal(size=(5, 3, 18, 12)).astype(np.float32)
    assert run(file, batch).shape == (5, 3)


def test_a_network_of_vectors_has_no_pixels(tmp_path: Path) -> None:
    bundle = saved(tmp_path, load("mlp"), ("0", "1"))
    with pytest.raises(ExportError) as caught:
        export_onnx(bundle, tmp_path / "net.onnx", "pixels")
    assert str(caught.value) == (
        "mlp: it reads no pictures, so that there are no pixels to begin with.\n"
        "  Needed: a network whose first row is an image.\n"
        "  Fix: export --from inputs."
    )
    assert export_onnx(bundle, tmp_path / "net.onnx").comparison.other_classes == 0


def test_two_channels_are_no_picture(tmp_path: Path) -> None:
    (document,) = read_networks(SMALL.replace("| In | Input | 3 |", "| In | Input | 2 |"), "two.md")
    bundle = saved(tmp_path, document, ("a", "b", "c"))
    with pytest.raises(ExportError, match=r"small: .*3.* channels"):
        export_onnx(bundle, tmp_path / "net.onnx", "pixels")
    assert export_onnx(bundle, tmp_path / "net.onnx").start == "inputs"
