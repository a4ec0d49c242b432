from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

import striate
from striate.bench.assignment import scale, take_up
from striate.bench.baseline import plain_work
from striate.bench.files import Kind
from striate.bench.own_work import own_work
from striate.bench.study import width_of
from striate.bench.workload import lay_out_workload, read_reference


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
