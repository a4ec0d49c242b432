"""A run decides itself what it does in C++: neither the cache nor the environment of another day does."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

import striate
from finished_runs import end_of
from striate.errors import TrainingError
from striate.kernels import Kernel, OnlyKernels, descent
from striate.kernels.kernel import SWITCH
from striate.training import EpochEnded, Interrupted, resume, start


@pytest.fixture(autouse=True)
def calls(compiled: Callable[[Kernel], None], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have runs choose the kernel of one step of an optimizer, and note each use of it."""
    compiled(descent.KERNEL)
    noted: list[str] = []
    step = descent.adapt

    def adapt(*values: Any) -> None:
        noted.append("adapt")
        step(*values)

    monkeypatch.setattr(descent, "adapt", adapt)
    monkeypatch.setattr("striate.training.compiling.kernels_of_run", lambda _: (descent.KERNEL,))
    monkeypatch.setattr("striate.kernels.choice._LEAST_STEPS", 20)
    return noted


def document(epochs: int) -> striate.Document:
    mlp = striate.load("mlp")
    changed = replace(
        mlp.recipe, epochs=epochs, optimizer="adam", learning_rate=0.05, momentum=0.9, batch_size=2
    )
    return replace(mlp, recipe=changed)


def test_a_short_run_uses_no_kernel_though_it_is_there(tmp_path: Path, calls: list[str]) -> None:
    list(start(document(9), "xor", tmp_path / "short").events())
    assert not calls
    settings = yaml.safe_load((tmp_path / "short" / "run.yaml").read_text(encoding="utf-8"))
    assert settings["environment"]["kernels"] == "none"
    list(start(document(10), "xor", tmp_path / "long").events())
    assert len(calls) == 20
    settings = yaml.safe_load((tmp_path / "long" / "run.yaml").read_text(encoding="utf-8"))
    assert settings["environment"]["kernels"] == descent.KERNEL.fingerprint
    assert re.fullmatch(r"descent-[0-9a-f]{12}", descent.KERNEL.fingerprint)


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    run = start(document(12), "xor", tmp_path / "stopped")
    for event in run.events():
        if isinstance(event, EpochEnded) and event.record.epoch == 5:
            run.stop()
    assert isinstance(event, Interrupted)
    return tmp_path / "stopped"


def test_a_run_that_goes_on_with_a_cold_cache_ends_as_an_unbroken_one(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(start(document(12), "xor", tmp_path / "unbroken").events())
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cold"))
    monkeypatch.setattr(descent.KERNEL, "_library", None)
    monkeypatch.setattr("striate.kernels.choice._LEAST_STEPS", 10**6)  # decided already
    assert isinstance(list(resume(stopped).events())[-1], striate.training.Finished)
    assert len(list((tmp_path / "cold" / "kernels").iterdir())) == 1
    unbroken = end_of(tmp_path / "unbroken")
    assert all(torch.equal(values, unbroken[name]) for name, values in end_of(stopped).items())


def test_a_run_that_began_without_kernels_goes_on_without(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    run = start(document(12), "xor", tmp_path / "run")
    for event in run.events():
        if isinstance(event, EpochEnded) and event.record.epoch == 5:
            run.stop()
    monkeypatch.setenv(SWITCH, "on")
    list(resume(tmp_path / "run").events())
    assert not calls


def test_without_its_kernels_a_run_is_refused_by_name(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setenv(SWITCH, "off")
        with pytest.raises(TrainingError) as caught:
            resume(stopped)
    assert str(caught.value) == (
        f"{stopped}: the run uses the kernels descent, and STRIATE_KERNELS=off leaves them out.\n"
        "  Needed: the kernels that the run began with, for its numbers depend on them.\n"
        "  Fix: take STRIATE_KERNELS out of the environment, or start a new run."
    )
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cold"))
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setattr(descent.KERNEL, "_library", None)
    with pytest.raises(TrainingError) as caught:
        resume(stopped)
    assert str(caught.value) == (
        f"{stopped}: the run uses the kernels descent, which cannot be had here: C++ compiler: "
        "no-such-compiler (CXX) cannot be found.\n"
        "  Needed: the kernels that the run began with, for its numbers depend on them.\n"
        "  Fix: go on where it began, with the same compiler, or start a new run."
    )


def test_kernels_are_left_out_within_a_choice() -> None:
    found = [descent.KERNEL.is_ready]
    with OnlyKernels(frozenset()):
        found.append(descent.KERNEL.is_ready)
    assert [*found, descent.KERNEL.is_ready] == [True, False, True]
