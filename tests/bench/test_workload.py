from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

import striate
from striate.bench import workload as workload_module
from striate.bench.__main__ import PROGRAMS
from striate.bench.assignment import scale, take_up
from striate.bench.baseline import plain_work
from striate.bench.files import Kind
from striate.bench.graph_writing import write_graph
from striate.bench.graphs import GRAPH_READERS, graph_file, lacking
from striate.bench.own_work import own_work
from striate.bench.serving import Job, Work
from striate.bench.study import width_of
from striate.bench.workload import fitting_batches, lay_out_workload, read_reference


@pytest.mark.parametrize("name", ["lenet5", "text-cnn", "mlp"])
def test_both_programs_give_the_reference_and_work(name: str, tmp_path: Path) -> None:
    workload = lay_out_workload(striate.load(name), tmp_path, 4)
    assert workload.examples % 4 == 0
    reference = read_reference(tmp_path)
    for kind, make in product(get_args(Kind), (own_work, plain_work)):
        job = workload.job(kind, "fp32", 1, "cpu")
        work = make(job)
        outputs = torch.tensor(work.facts["outputs"], dtype=torch.float64)
        difference = (outputs - reference.outputs).abs().max()
        assert difference <= 1e-5 * reference.outputs.abs().max()
        if kind == "training":
            assert work.facts["loss"] == pytest.approx(reference.loss, rel=1e-5)
        done = work.block(0.01)
        assert done["calls" if kind == "answering" else "examples"] > 0


def maker(program: str) -> Callable[[Job], Work]:
    module, function = PROGRAMS[program]
    made: Callable[[Job], Work] = getattr(import_module(f"striate.bench.{module}"), function)
    return made


@pytest.mark.parametrize("reader", GRAPH_READERS)
@pytest.mark.parametrize("name", ["lenet5", "text-cnn", "mlp", "with-a-mean"])
def test_a_graph_gives_the_reference(name: str, reader: str, tmp_path: Path) -> None:
    if lacking(reader):
        pytest.skip(f"{reader} is not installed")
    document = striate.load("lenet5" if name == "with-a-mean" else name)
    if name == "with-a-mean":
        preparation = replace(document.preparation, subtract="mean-image")
        document = replace(document, preparation=preparation, data="")
    workload = lay_out_workload(document, tmp_path, 3)
    make = maker(reader)
    reference = read_reference(tmp_path).outputs.numpy()
    write_graph(tmp_path, "fp32", reader)
    for kind in ("reading", "answering"):
        work = make(workload.job(kind, "fp32", 1, "cpu"))
        outputs = np.array(work.facts["outputs"])
        assert np.abs(outputs - reference).max() <= 1e-5 * np.abs(reference).max()
        done = work.block(0.01)
        assert done["calls" if kind == "answering" else "examples"] > 0


def test_products_of_a_graph_are_quantised(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    if lacking("onnxruntime"):
        pytest.skip("onnxruntime is not installed")
    workload = lay_out_workload(striate.load("lenet5"), tmp_path, 4)
    write_graph(tmp_path, "int8", "onnxruntime")
    graph = onnx.load(graph_file(tmp_path, "int8")).graph
    kept = {values.name: values.data_type for values in graph.initializer}
    into = {node.output[0]: node for node in graph.node}
    for node in graph.node:
        if node.op_type in {"Conv", "Gemm"}:
            weights = into[node.input[1]]
            assert weights.op_type == "DequantizeLinear"
            assert kept[weights.input[0]] == onnx.TensorProto.INT8
    work = maker("onnxruntime")(workload.job("reading", "int8", 1, "cpu"))
    reference = read_reference(tmp_path).outputs.numpy()
    difference = np.abs(np.array(work.facts["outputs"]) - reference).max()
    assert 0 < difference <= 0.1 * np.abs(reference).max()


@pytest.mark.parametrize(
    ("free", "asked", "batch", "abreast", "is_told"),
    [
        (None, None, 256, 3, False),
        (2e11, None, 256, 3, False),
        (4e10, None, 256, 1, False),
        (2e10, None, 128, 1, True),
        (1e9, None, 1, 1, True),
        (2e10, 200, 200, 1, False),
    ],
)
def test_batches_are_those_that_several_programs_have_room_for(
    free: float | None,
    asked: int | None,
    batch: int,
    abreast: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_told: bool,
) -> None:
    there = None if free is None else int(free)
    monkeypatch.setattr(workload_module, "available_memory", lambda: there)
    batches, beside, told = fitting_batches(striate.load("resnet18"), asked)
    assert (batches["training"], beside, bool(told)) == (batch, abreast, is_told)
    if free == 2e10 and asked is None:
        assert told == (
            "Training takes batches of 128: two programs that train with the recipe's 256 need about "
            "39 GB of memory, and 20 GB are free."
        )


def test_training_changes_the_weights_it_began_with(tmp_path: Path) -> None:
    workload = lay_out_workload(striate.load("lenet5"), tmp_path, 8)
    job = workload.job("training", "fp32", 1, "cpu")
    before = take_up(job).weights()
    for make in (own_work, plain_work):
        work = make(job)
        assert work.block(0)["examples"] == 8
    assert all(torch.equal(values, before[name]) for name, values in take_up(job).weights().items())


def test_what_only_one_program_would_do_is_left_out(tmp_path: Path) -> None:
    document = striate.load("fashion-cnn")
    assert document.recipe.dropout_samples > 1
    document = replace(document, recipe=replace(document.recipe, optimizer="adamw"))
    workload = lay_out_workload(document, tmp_path, 4)
    job = workload.job("training", "fp32", 1, "cpu")
    own, plain = own_work(job), plain_work(job)
    # In training every example comes out of either network once.
    images = torch.zeros(4, 1, 28, 28)
    for network in (own.trainer.network, plain.network):  # type: ignore[attr-defined]
        assert network.training
        assert network(images).shape == (4, 10)
    recipe = workload.document.recipe
    assert (recipe.augmentation, recipe.views, recipe.schedule) == ((), "one", "constant")


def test_examples_are_repeated_to_four_batches(tmp_path: Path) -> None:
    assert lay_out_workload(striate.load("mlp"), tmp_path, 3).examples == 12


def test_without_the_data_examples_are_drawn(tmp_path: Path) -> None:
    document = replace(striate.load("lenet5"), data="fashion-mnist-that-is-not-there")
    assert lay_out_workload(document, tmp_path, 64).data == "random bytes"


def test_drawn_sentences_have_room_and_padding(tmp_path: Path) -> None:
    document = replace(striate.load("text-cnn"), data="")
    workload = lay_out_workload(document, tmp_path, 50)
    assert workload.data == "random words"
    images = take_up(workload.job("training", "fp32", 1, "cpu")).images.numpy()
    lengths = np.count_nonzero(images, axis=1)
    assert (images[:, :4] == 0).all()
    assert (images[:, -4:] == 0).all()
    assert lengths.min() == 1
    assert lengths.max() == 56


def test_other_loops_are_left_out(tmp_path: Path) -> None:
    document = striate.load("fashion-cnn")
    recipe = lay_out_workload(document, tmp_path, 16).document.recipe
    assert (recipe.augmentation, recipe.schedule, recipe.warmup) == ((), "constant", 0)
    assert recipe.optimizer == document.recipe.optimizer


def test_bytes_become_the_preparation_s_numbers() -> None:
    preparation = striate.Preparation(low=-1.0, high=1.0)
    bytes_ = torch.tensor([0, 255], dtype=torch.uint8)
    assert scale(bytes_, preparation, None).tolist() == [-1.0, 1.0]
    assert scale(bytes_, preparation, torch.tensor(127.5)).tolist() == [-1.0, 1.0]
    words = torch.tensor([3], dtype=torch.int32)
    assert scale(words, preparation, None) is words


def test_auto_is_told_as_what_it_stands_for() -> None:
    walk = striate.load("lenet5").sound_walk()
    assert width_of("auto", walk, "cpu") == "fp32"
    assert width_of("bf16", walk, "cpu") == "bf16"
