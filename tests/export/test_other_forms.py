"""A trained network in forms other than ONNX in single precision, each beside `predict`."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from messages import functions
from served_networks import SMALL, sentence_bundle, small_document, write_bundle
from striate.cli import main
from striate.documents import read_networks
from striate.errors import ExportError, exporting as messages
from striate.export import export_onnx, mobile
from striate.export.exporting import onnx_content
from striate.export.mobile import export_executorch, export_litert
from striate.export.openvino_models import export_openvino
from striate.export.quantizing import cost_of, examples_of, in_int8
from striate.export.standalone import standalone
from striate.export.torch_programs import export_torch
from striate.export.web import export_web
from striate.networks import load
from striate.prediction import Bundle, load_bundle, predict


pytestmark = pytest.mark.usefixtures("few_examples")

PICTURES = sorted((Path(__file__).parents[2] / "examples/digits").glob("*.*"))


def bundle_of(folder: Path, name: str = "small", **preparation: Any) -> Bundle:
    document = small_document() if name == "small" else load(name)
    prepared = replace(document.preparation, **preparation)
    classes = ("a", "b", "c") if name == "small" else tuple("0123456789")
    return load_bundle(write_bundle(folder, replace(document, preparation=prepared), classes))


@pytest.mark.parametrize(
    ("name", "preparation"),
    [
        ("small", {}),
        ("lenet5", {}),
        ("small", {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}),
        ("lenet5", {"low": 0.0, "high": 1.0, "mean": (0.1307,), "std": (0.3081,)}),
    ],
    ids=["small", "lenet5", "channels", "one-mean"],
)
def test_a_program_and_a_file_of_plain_torch_give_what_predict_gives(
    name: str, preparation: dict[str, Any], tmp_path: Path
) -> None:
    bundle = bundle_of(tmp_path, name, **preparation)
    done = export_torch(bundle, tmp_path / "net.pt2")
    assert done.comparison.other_classes == 0
    assert [file.name for file in done.beside] == ["net.py", "net.pt", "net.pt2.json"]
    made = predict(bundle, PICTURES, top=10, precision="fp32").made
    wanted = [[dict(one.classes)[found] for found in bundle.classes] for one in made]
    program = torch.export.load(tmp_path / "net.pt2").module()
    inputs = torch.cat([bundle.prepare(file) for file in PICTURES])
    assert program(inputs).tolist() == [pytest.approx(row, abs=1e-5) for row in wanted]
    # As a stranger runs it: in a process that cannot import Striate.
    code = "import sys; sys.modules['striate'] = None; import json, runpy; net = runpy.run_path('net.py'); "
    code += "read = net['load'](); print(json.dumps([list(net['predict'](read, f).values()) for f in sys.argv[1:]]))"
    run = [sys.executable, "-c", code, *map(str, PICTURES)]
    found = subprocess.run(
        run, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(found.stdout) == [pytest.approx(row, abs=1e-5) for row in wanted]


@pytest.mark.parametrize(
    "preparation",
    [{"fit": "crop", "margin": 5}, {"fit": "letterbox", "low": -1.0}],
    ids=["crop", "letterbox"],
)
def test_each_fit_is_that_of_predict(preparation: dict[str, Any], tmp_path: Path) -> None:
    done = export_torch(bundle_of(tmp_path, **preparation), tmp_path / "net.pt2")
    assert done.comparison.largest_difference < 1e-6


def test_a_file_that_gives_something_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = bundle_of(tmp_path)
    text, weights = standalone(bundle)
    assert "BILINEAR" in text
    wrong = text.replace("BILINEAR", "NEAREST")
    monkeypatch.setattr("striate.export.torch_programs.standalone", lambda _: (wrong, weights))
    with pytest.raises(ExportError, match=r"net\.py: its probabilities differ"):
        export_torch(bundle, tmp_path / "net.pt2")
    assert not (tmp_path / "net.pt2").exists()


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    bundle, mine = bundle_of(tmp_path / "run"), tmp_path / "net.py"
    mine.write_text("my = 'own work'\n")
    with pytest.raises(ExportError) as caught:
        export_torch(bundle, tmp_path / "net.pt2")
    assert str(caught.value) == (
        f"{tmp_path / 'net.pt2'}: net.py beside it has not been written by an export, and would be replaced.\n"
        "  Needed: names that are free, or those of an export, whose report lies beside them: NAME.onnx.json, NAME.pt2.json and so on.\n"
        "  Fix: write another name behind -o."
    )
    assert mine.read_text() == "my = 'own work'\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["net.py", "run"]
    export_torch(bundle, tmp_path / "other.pt2")
    export_torch(
        bundle, tmp_path / "other.pt2"
    )  # what an export has written is replaced by the next


def test_a_report_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "run")
    for name, text in (("a.onnx.json", "[]"), ("b.onnx.json", '{"scores": [1]}')):
        (tmp_path / name).write_text(text)
        with pytest.raises(ExportError, match=f"{name} beside it has not been written by"):
            export_onnx(bundle, tmp_path / name.removesuffix(".json"))
        assert (tmp_path / name).read_text() == text


def test_forms_of_one_name_share_their_vocabulary(tmp_path: Path) -> None:
    bundle = load_bundle(sentence_bundle(tmp_path / "run"))
    export_onnx(bundle, tmp_path / "net.onnx")
    export_torch(bundle, tmp_path / "net.pt2")
    (tmp_path / "other-vocabulary.txt").write_text("mine\n")
    with pytest.raises(ExportError, match=r"other-vocabulary\.txt beside it has not been written"):
        export_onnx(bundle, tmp_path / "other.onnx")


def test_a_page_replaces_no_page_of_somebody_else(tmp_path: Path) -> None:
    bundle, folder = bundle_of(tmp_path / "run"), tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("mine")
    with pytest.raises(ExportError, match=r"index\.html beside it has not been written by"):
        export_web(bundle, folder, runtime(tmp_path))
    assert (folder / "index.html").read_text() == "mine"
    (folder / "index.html").unlink()
    for _ in range(2):  # its own are replaced
        export_web(bundle, folder, tmp_path / "onnxruntime-web")
    with pytest.raises(NotADirectoryError):
        export_web(bundle, folder / "index.html", tmp_path / "onnxruntime-web")


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_smaller_numbers_are_measured_and_written(
    precision: str, tmp_path: Path, small_digits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle_of(tmp_path, "lenet5-softmax")
    file = tmp_path / "net.onnx"
    words = ["export", str(tmp_path), "-o", str(file), "--precision", precision, "--json"]
    assert main([*words, "--from", "inputs", "--data", small_digits, "--loss", "50"]) == 0
    cost = json.loads(capsys.readouterr().out)["cost"]
    assert cost["examples"] == 300
    assert cost["size"] < 0.75
    assert cost["loss"] == (cost["errors"] - cost["errors_before"]) / 300
    assert json.loads((tmp_path / "net.onnx.json").read_text())["cost"] == {
        name: value for name, value in cost.items() if name != "loss"
    }
    plain = export_onnx(load_bundle(tmp_path), tmp_path / "plain.onnx", "inputs")
    examples = examples_of(load_bundle(tmp_path), small_digits)
    again = cost_of(plain.file.read_bytes(), file.read_bytes(), examples)
    assert (again.errors_before, again.errors) == (cost["errors_before"], cost["errors"])


def test_what_loses_too_much_is_refused(tmp_path: Path, small_digits: str) -> None:
    bundle = bundle_of(tmp_path, "lenet5-softmax")
    with pytest.raises(ExportError) as caught:
        export_onnx(bundle, tmp_path / "net.onnx", None, "fp16", small_digits, -1.0)
    assert " % in fp32.\n  Needed: at most -100 points more. Nothing was written." in str(
        caught.value
    )
    assert not (tmp_path / "net.onnx").exists()


TINY = """# Tiny

| Layer | Type | Maps | Kernel | Stride | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- |
| In | Input | 1 | | | | 28x28 |
| C1 | Convolution | 2 | 5x5 | 4 | ReLU | |
| P1 | Global average pooling | | | | | |
| Out | Fully connected | | | | softmax | 10 |
"""


def test_what_is_neither_smaller_nor_faster_is_refused(
    tmp_path: Path,
    small_digits: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (document,) = read_networks(TINY, "tiny.md")
    write_bundle(tmp_path, document, tuple("0123456789"))
    monkeypatch.setattr("striate.export.quantizing._seconds", lambda *_: 1.0)
    file = tmp_path / "net.onnx"
    words = ["export", str(tmp_path), "-o", str(file), "--precision", "int8", "--loss", "100"]
    words += ["--data", small_digits]
    assert main(words) == 2
    told = re.sub(r"takes \d+\.\d\d", "takes N", capsys.readouterr().err)
    assert told == (
        f"error: {file}: in int8 the network takes N times the bytes of fp32, and reads at 1.00 times its speed.\n"
        "  Needed: fewer bytes, or more examples a second. Nothing was written.\n"
        "  Fix: export it in fp32, or take it as it is with --take-no-gain.\n"
    )
    assert not file.exists()
    assert main([*words, "--take-no-gain"]) == 0
    printed = capsys.readouterr()
    assert "WARNING" not in printed.err
    assert printed.out.splitlines()[1].startswith("In fp32 as predict on ")
    last = printed.out.splitlines()[-1]
    assert last.endswith("(not smaller), 1.00 times the speed here (not faster: 0 of 11 turns).")
    assert json.loads((tmp_path / "net.onnx.json").read_text())["cost"]["size"] > 1
    # What is faster is written, however many bytes it takes.
    turns = iter([2.0, 1.0] * 11)
    monkeypatch.setattr("striate.export.quantizing._seconds", lambda *_: next(turns))
    assert main(words) == 0
    assert capsys.readouterr().out.endswith("2.00 times the speed here (faster: 11 of 11 turns).\n")


def test_int8_leaves_what_lies_between_products_as_it_is(tmp_path: Path, small_digits: str) -> None:
    bundle = bundle_of(tmp_path, "lenet5")
    plain = onnx_content(bundle, "inputs")[0]
    model = onnx.load_from_string(plain)
    made = in_int8(model, examples_of(bundle, small_digits).calibration)
    assert model.SerializeToString() == plain
    quantized = {
        later.op_type
        for node in made.graph.node
        if node.op_type == "DequantizeLinear"
        for later in made.graph.node
        if node.output[0] in later.input
    }
    assert {"Conv", "Gemm"} <= quantized
    assert not quantized & {"AveragePool", "Softmax"}


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_bounds_nothing_is_refused(loss: float, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        export_onnx(bundle_of(tmp_path), tmp_path / "net.onnx", None, "int8", "mnist", loss)
    assert str(caught.value).startswith(f"loss: loss is {loss}.")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("none/net.pt2", "No such file or directory"),
        ("file/net.pt2", "Not a directory"),
        ("folder.pt2", "Is a directory"),
    ],
)
def test_a_place_that_cannot_be_written_is_named_before_anything_is_made(
    place: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.pt2").mkdir()
    monkeypatch.setattr("striate.export.torch_programs.program_of", None)
    with pytest.raises(OSError, match=message) as caught:
        export_torch(bundle_of(tmp_path / "run"), tmp_path / place)
    assert caught.value.filename == str(tmp_path / place)


def test_smaller_numbers_need_data_and_pictures(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the run names no data"):
        export_onnx(bundle_of(tmp_path / "a"), tmp_path / "net.onnx", None, "int8")
    with pytest.raises(ExportError, match="text-cnn reads sentences"):
        export_onnx(
            load_bundle(sentence_bundle(tmp_path / "b")), tmp_path / "net.onnx", None, "fp16", "x"
        )


@pytest.mark.skipif(find_spec("openvino") is None, reason="openvino is not installed")
def test_openvino_gives_what_predict_gives(tmp_path: Path) -> None:
    done = export_openvino(bundle_of(tmp_path), tmp_path / "net.xml")
    assert done.comparison.largest_difference < 1e-5
    assert (tmp_path / "net.bin").stat().st_size > 0


@pytest.mark.skipif(find_spec("executorch") is None, reason="executorch is not installed")
def test_executorch_gives_what_predict_gives(tmp_path: Path) -> None:
    done = export_executorch(bundle_of(tmp_path), tmp_path / "net.pte")
    assert done.comparison.largest_difference < 1e-5


@pytest.mark.skipif(find_spec("executorch") is None, reason="executorch is not installed")
def test_executorch_runs_local_response_normalization(tmp_path: Path) -> None:
    text = SMALL.replace("| M1 |", "| N1 | Local response normalization | | | | | |\n| M1 |")
    (document,) = read_networks(text, "small.md")
    bundle = load_bundle(write_bundle(tmp_path, document, ("a", "b", "c")))
    done = export_executorch(bundle, tmp_path / "net.pte")
    assert done.comparison.largest_difference < 1e-5


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # torch's own, of itself
def test_no_means_over_three_axes_are_left_for_executorch() -> None:
    torch.manual_seed(2)
    layer, inputs = torch.nn.LocalResponseNorm(5, 0.3, 0.75, 2.0), torch.randn(2, 7, 5, 3)
    program = torch.export.export(layer, (inputs,)).run_decompositions(mobile._WITHOUT_DEPTH)
    names = [str(node.target) for node in program.graph.nodes]
    assert not any("avg_pool3d" in name for name in names)
    assert any("avg_pool2d" in name for name in names)
    assert torch.allclose(program.module()(inputs), layer(inputs), atol=1e-6)
    # What takes means over the other axes, too, is left as it is.
    pooling = torch.nn.AvgPool3d((2, 2, 1), 1)
    left = torch.export.export(pooling, (inputs[None],)).run_decompositions(mobile._WITHOUT_DEPTH)
    assert any("avg_pool3d" in str(node.target) for node in left.graph.nodes)


@pytest.mark.skipif(find_spec("litert_torch") is None, reason="litert-torch is not installed")
def test_litert_gives_what_predict_gives(tmp_path: Path) -> None:
    done = export_litert(bundle_of(tmp_path), tmp_path / "net.tflite")
    assert done.comparison.largest_difference < 1e-5


def runtime(folder: Path) -> Path:
    dist = folder / "onnxruntime-web/dist"
    dist.mkdir(parents=True)
    (dist / "ort.wasm.bundle.min.mjs").write_text("export const a = '</script>';")
    (dist / "ort-wasm-simd-threaded.wasm").write_bytes(b"\0asm")
    (dist.parent / "LICENSE").write_text("MIT")
    return dist.parent


def test_a_page_holds_all_that_it_needs(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    done = export_web(bundle_of(tmp_path), folder, runtime(tmp_path))
    assert done.start == "pixels"
    page = (folder / "index.html").read_text()
    scripts = [line.split('"')[1] for line in page.splitlines() if line.startswith("<script src")]
    assert sorted(scripts) == sorted(file.name for file in folder.glob("*.js"))
    assert "http" not in page
    assert "</script>" not in (folder / "runtime.js").read_text()
    assert (folder / "onnxruntime-web.txt").read_text() == "MIT"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["-o", "net", "--to", "coreml"],
            (
                "--to coreml: coremltools writes it, and Core ML runs on Apple's systems alone: what it gives cannot be "
                "compared with predict elsewhere.\n"
                "  Needed: --to onnx, torch, openvino, web, executorch or litert.\n"
                "  Fix: export --to executorch, which Apple's systems run as well."
            ),
        ),
        (
            ["-o", "net.pt2", "--to", "torch", "--precision", "int8", "--runtime", "x"],
            (
                "--precision or --runtime: --to torch in int8 does not heed them.\n"
                "  Needed: --from and --precision for onnx, --from for openvino, --data, --loss and --take-no-gain for fp16 and "
                "int8, and --runtime for web.\n"
                "  Fix: leave it out, or name the form that it is for."
            ),
        ),
        (
            ["-o", "net.onnx", "--to", "torch"],
            (
                "net.onnx: its name does not end in .pt2.\n"
                "  Needed: a name that ends in .pt2.\n"
                "  Fix: write -o NAME.pt2."
            ),
        ),
        (
            ["-o", "page", "--to", "web"],
            (
                "--runtime: it is not said.\n"
                "  Needed: a folder of the npm package onnxruntime-web, with its dist.\n"
                "  Fix: write npm install onnxruntime-web, and --runtime node_modules/onnxruntime-web."
            ),
        ),
        (
            ["-o", "page", "--to", "web", "--runtime", "bundle"],
            (
                "bundle: it has no dist/ort.wasm.bundle.min.mjs or dist/ort-wasm-simd-threaded.wasm.\n"
                "  Needed: a folder of the npm package onnxruntime-web, with its dist.\n"
                "  Fix: write npm install onnxruntime-web, and --runtime node_modules/onnxruntime-web."
            ),
        ),
        (
            ["-o", "net.onnx", "--precision", "int8"],
            (
                "net.onnx: the run names no data, and smaller numbers are measured on examples before they are written.\n"
                "  Needed: data of the kind that the network was trained on.\n"
                "  Fix: say --data."
            ),
        ),
    ],
    ids=lambda given: " ".join(given[2:]) if isinstance(given, list) else "",
)
def test_what_cannot_be_exported_is_named(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle_of(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "bundle", *words]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_messages_of_networks_that_do_not_fit() -> None:
    made = [
        messages.no_page_for_sentences("a"),
        messages.sentences_in_fp32("a", "int8"),
        messages.lost_too_much("a.onnx", "int8", 0.01, 0.0325, 0.01),
        messages.code_of_other_weights("a"),
        messages.not_run_by_executorch("a.pte", "Failed to load method forward, error: 0x:14"),
    ]
    assert [str(fault) for fault in made] == [
        (
            "a: it reads no pictures.\n"
            "  Needed: a network of pictures: the page takes them by drop, camera or drawing.\n"
            "  Fix: export --to onnx."
        ),
        (
            "--precision int8: a reads sentences, most of whose products are left out as it is.\n"
            "  Needed: a network of pictures or vectors.\n"
            "  Fix: export it in fp32."
        ),
        (
            "a.onnx: in int8 its error is 3.25 %, and 1.00 % in fp32.\n"
            "  Needed: at most 1 points more. Nothing was written.\n"
            "  Fix: export it in fp32, or allow more with --loss."
        ),
        (
            "a: the code that was written for it has other weights than it has.\n"
            "  Needed: the same shapes in the same order. Nothing was written.\n"
            "  Fix: report it, with the bundle: this is a fault of Striate."
        ),
        (
            "a.pte: ExecuTorch does not run the program that it has made: Failed to load method forward, error: 0x:14.\n"
            "  Needed: an operator of ExecuTorch for each row; error 0x14 is one that it lacks. Nothing was written.\n"
            "  Fix: export --to onnx or --to litert."
        ),
    ]


def test_every_message_of_exporting_is_used() -> None:
    root = Path(__file__).parents[2] / "src/striate"
    files = [*root.glob("export/*.py"), root / "cli/export.py"]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in functions(messages) if f"{name}(" not in text] == []


def test_inputs_of_several_views_are_compared_one_by_one(tmp_path: Path) -> None:
    document = small_document()
    recipe = replace(document.recipe, views="flip")
    folder = write_bundle(tmp_path, replace(document, recipe=recipe), ("a", "b", "c"))
    done = export_onnx(load_bundle(folder), tmp_path / "net.onnx", "inputs")
    assert done.comparison.largest_difference < 1e-5
    assert np.isfinite(done.comparison.largest_difference)
