"""Whether what is fast learns the same: gradients beside double precision, errors beside plain fp32."""

import copy
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import striate
from cases import LEARNINGS, ROOT, Case, Learning
from striate.bench.files import Width
from striate.data.preprocessing.standardize import standardize
from striate.kernels import compile_kernels
from striate.modules import Network, build
from striate.recipe import Precision
from striate.runtime import TrainingForm
from striate.runtime.guard import SlowerWarning
from striate.shapes import Words
from torch_rows import torch_rows


_EXAMPLES = 32
_DRAWS = 5
"""Weights and examples, for a unit that a rounding turns off moves all gradients at once."""
_WORDS = 1000


def measure_gradients(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Compare the gradients of first steps with those in double precision, in every width of each network."""
    return [_gradients(case, width) for case in cases for width in case.widths]


def _gradients(case: Case, width: Width) -> dict[str, Any]:
    draws = [_distances(case, width, seed) for seed in range(_DRAWS)]
    return {
        "network": case.network,
        "width": width,
        "kernels": draws[0].kernels,
        "ours": [one.ours for one in draws],
        "plain": [one.plain for one in draws],
    }


@dataclass(frozen=True, slots=True)
class _Distances:
    """How far the gradients of one draw are from those in double precision, as part of their length."""

    ours: float
    plain: float
    kernels: list[str]


def _distances(case: Case, width: Width, seed: int) -> _Distances:
    document = case.document
    network = build(document, seed=seed).train()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0  # nobody can draw the same in two widths
    inputs, labels = _examples(document, network, seed)
    precision: Precision = "bf16" if width == "bf16" else "fp32"
    recipe = replace(document.recipe, precision=precision, dropout_samples=1)
    form = TrainingForm(network, recipe)
    form.lay_out()  # as a training does; oneDNN adds up in another order where channels lie last
    kernels = form.kernels
    compile_kernels(kernels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SlowerWarning)  # which doubles are
        exact = _flat(copy.deepcopy(network).double(), recipe, inputs, labels)
    ours = _flat(network, recipe, inputs, labels)
    with torch_rows():
        plain = _flat(network, recipe, inputs, labels)
    length = float(exact.norm())
    return _Distances(
        float((ours - exact).norm()) / length,
        float((plain - exact).norm()) / length,
        [kernel.name for kernel in kernels if kernel.is_ready],
    )


def _flat(network: Network, recipe: striate.Recipe, inputs: Tensor, labels: Tensor) -> Tensor:
    """Give the gradients of all parameters as one vector of doubles."""
    number = next(network.parameters()).dtype
    if number == torch.float64:
        recipe = replace(recipe, precision="fp32")
    values = inputs.to(number) if inputs.is_floating_point() else inputs
    TrainingForm(network, recipe).backward(values, labels)
    gradients = [one.grad for one in network.parameters() if one.grad is not None]
    return torch.cat(
        [(one.to_dense() if one.is_sparse else one).double().flatten() for one in gradients]
    )


def _examples(document: striate.Document, network: Network, seed: int) -> tuple[Tensor, Tensor]:
    draws, shape = torch.Generator().manual_seed(seed), network.walk.input
    outputs = network.walk.reports[network.trunk_length].output
    classes = max(2, outputs.elements if outputs is not None else 2)
    labels = torch.randint(0, classes, (_EXAMPLES,), generator=draws)
    if isinstance(shape, Words):
        words = torch.randint(0, _WORDS, (_EXAMPLES, shape.count), generator=draws)
        return words.int(), labels
    stored = torch.randint(0, 256, (_EXAMPLES, *shape.axes), generator=draws).to(torch.uint8)
    preparation = replace(document.preparation, subtract="nothing", margin=0)
    return standardize(stored, preparation), labels


def measure_learning(networks: Sequence[str]) -> list[dict[str, Any]]:
    """Train from several seeds, as Striate does and by torch's own rows in fp32."""
    return [_learning(one) for one in LEARNINGS if one.network in networks]


def _learning(asked: Learning) -> dict[str, Any]:
    runs = [
        {
            "seed": seed,
            "as it is": _run(asked, seed, {}),
            "plain": _run(asked, seed, {"precision": "fp32"}, "torch"),
        }
        for seed in range(asked.seeds)
    ]
    return {
        "network": asked.network,
        "data": asked.data,
        "epochs": asked.epochs,
        "runs": runs,
    }


def _run(asked: Learning, seed: int, fields: dict[str, str], *rows: str) -> dict[str, float]:
    recipe = json.dumps({"epochs": asked.epochs, **fields})
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    learner = str(Path(__file__).with_name("learner.py"))
    with tempfile.TemporaryDirectory(prefix="striate-learning-") as folder:
        words = [sys.executable, learner, asked.network, asked.data, str(seed), f"{folder}/run"]
        words += [recipe, *rows]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {**told, "error": told["errors"] / told["examples"]}
