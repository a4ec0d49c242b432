"""What is measured: networks, their batches, the programs, and the targets set beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, final

import torch

import striate
from striate import Document
from striate.bench.files import Kind, Width
from striate.recipe import Optimizer
from striate.runtime.precision import multiplies_bf16


Setup = Literal["documented", "tuned"]

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PYTHON_OF_PEERS = Path(__file__).parent / ".venv" / "bin" / "python"


@final
@dataclass(frozen=True, slots=True)
class Case:
    """One network.

    Args:
        network: A shipped name, or a file of this folder.
        batch: Examples a step of training.
        reading_batch: Examples read at once.
        widths: Of training; the first one is what Striate takes by itself on processors with bf16.
        training_target: Times as fast as the best peer as documented.
        reading_target: Times as fast as ONNX Runtime in fp32, many at once; None without a target.
        peak_target: Share of the peak of matrix products in bf16; None without a target.
        abreast: Programs beside Striate that may lie in memory at once.
        optimizer: In place of the recipe's, where the peers have not that one.
    """

    network: str
    batch: int
    reading_batch: int
    widths: tuple[Width, ...]
    training_target: float
    reading_target: float | None = None
    peak_target: float | None = None
    abreast: int = 3
    optimizer: Optimizer | None = None

    @property
    def document(self) -> Document:
        """The network, with the optimizer that all programs have."""
        document = striate.load(self.where)
        if self.optimizer is None:
            return document
        return replace(document, recipe=replace(document.recipe, optimizer=self.optimizer))

    @property
    def own_width(self) -> Width:
        """What Striate takes by itself on this processor."""
        return self.widths[0] if multiplies_bf16(torch.device("cpu")) else "fp32"

    @property
    def where(self) -> str:
        """Where its document is found."""
        own = ROOT / "benchmarks" / "networks" / f"{self.network}.md"
        return str(own) if own.exists() else self.network


CASES = (
    Case("lenet5", 128, 1000, ("fp32",), 4.0),
    Case("mlp", 32, 1000, ("fp32",), 3.0),
    Case("mlp-300-100", 32, 1000, ("fp32",), 3.0),
    Case("text-cnn", 50, 1000, ("fp32",), 4.0),
    Case("fashion-cnn", 128, 500, ("bf16", "fp32"), 1.9, 2.0, 0.6, optimizer="adamw"),
    Case("alexnet", 64, 64, ("bf16", "fp32"), 5.0, 2.0, 0.6, abreast=3),
    Case("googlenet", 32, 32, ("bf16", "fp32"), 4.0, 2.0, 0.5, abreast=2),
)


@final
@dataclass(frozen=True, slots=True)
class Intake:
    """A folder of JPEG pictures that a network is trained on.

    Args:
        network: A shipped name.
        pictures: How many there are.
        width: Of each picture, in pixels.
        height: Of each picture, in pixels.
    """

    network: str
    pictures: int
    width: int
    height: int


INTAKES = (
    Intake("lenet5", 10_000, 28, 28),
    Intake("fashion-cnn", 10_000, 28, 28),
    Intake("alexnet", 2000, 500, 375),
    Intake("googlenet", 2000, 500, 375),
)
"""Pictures as they are had: digits and clothes cut out, and photographs of ImageNet's usual size."""


@final
@dataclass(frozen=True, slots=True)
class Learning:
    """A training whose errors must be the same, however fast it is.

    Args:
        network: A shipped name.
        data: As the command line takes it.
        epochs: Of the recipe, or fewer.
        seeds: Runs of each kind.
    """

    network: str
    data: str
    epochs: int
    seeds: int = 5


LEARNINGS = (
    Learning("lenet5", "mnist", 12),
    Learning("fashion-cnn", "fashion-mnist", 1, seeds=10),
    Learning("text-cnn", "movie-reviews", 4),
)

GRADIENT_NOISE, GRADIENT_SHARE = 1e-6, 1.1
"""How far a gradient may be from that in double precision: this part of its length, or so many times as far
as by torch's own rows in the same width."""


@final
@dataclass(frozen=True, slots=True)
class Peer:
    """Something to compare with.

    Args:
        name: As `benchmarks/peers` knows it.
        title: As people know it.
        packages: What has to be installed for it.
        setup: As its guides write it, which is fp32, or by all advice of its documentation.
        kinds: What it is measured in.
        widths: That it can work in, by kind; all where none are named.
        environment: Variables that it gets.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    setup: Setup
    kinds: tuple[Kind, ...]
    widths: Mapping[Kind, tuple[Width, ...]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def width(self, kind: Kind, asked: Width) -> Width | None:
        """Tell in which precision it joins a study; None where it cannot.

        What is faster in bf16 than others in their own fp32 is so for its users, too: a peer that has
        no bf16, or whose guides leave it out, joins in fp32, and the page names both.
        """
        if self.setup == "documented" and asked == "bf16":
            return "fp32"
        able = self.widths.get(kind)
        if able is None or asked in able:
            return asked
        return "fp32" if asked == "bf16" and "fp32" in able else None


_KERAS_TF, _KERAS_JAX = {"KERAS_BACKEND": "tensorflow"}, {"KERAS_BACKEND": "jax"}
_READS: tuple[Kind, ...] = ("reading", "answering")

PEERS = (
    Peer("pytorch", "PyTorch", ("torch",), "documented", ("training",)),
    Peer("pytorch-tuned", "PyTorch, tuned", ("torch",), "tuned", ("training",)),
    Peer(
        "keras-tensorflow",
        "Keras on TensorFlow",
        ("keras", "tensorflow"),
        "documented",
        ("training",),
        environment=_KERAS_TF,
    ),
    Peer(
        "keras-tensorflow-tuned",
        "Keras on TensorFlow, tuned",
        ("keras", "tensorflow"),
        "tuned",
        ("training",),
        environment=_KERAS_TF,
    ),
    Peer(
        "keras-jax",
        "Keras on JAX",
        ("keras", "jax"),
        "documented",
        ("training",),
        environment=_KERAS_JAX,
    ),
    Peer(
        "keras-jax-tuned",
        "Keras on JAX, tuned",
        ("keras", "jax"),
        "tuned",
        ("training",),
        environment=_KERAS_JAX,
    ),
    Peer(
        "onnxruntime",
        "ONNX Runtime",
        ("onnxruntime", "onnx", "onnxscript", "torch"),
        "tuned",
        _READS,
        {"reading": ("fp32", "int8"), "answering": ("fp32", "int8")},
    ),
    Peer(
        "openvino",
        "OpenVINO",
        ("openvino", "onnx", "onnxscript", "torch"),
        "tuned",
        _READS,
        {"reading": ("fp32", "bf16", "int8"), "answering": ("fp32", "bf16", "int8")},
    ),
)

OURS, CONTROL = "striate", "again"
ONNX_READERS = ("onnxruntime", "openvino")
CHECK_SECONDS = 0.5
"""Target of `striate --help`, `list` and `check`."""
