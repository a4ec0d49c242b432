"""What is measured: networks, their batches, the programs, and the targets set beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, final

import torch

import striate
from striate import Document
from striate.bench.files import Kind, Width
from striate.bench.graphs import GRAPH_READERS
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
        training_target: Times as fast as the best peer as documented; None without a target.
        tuned_target: Times as fast as the best peer that is tuned.
        peak_target: Share of the peak of matrix products in bf16; None without a target.
        abreast: Programs beside Striate that may lie in memory at once.
        optimizer: In place of the recipe's, where the peers have not that one.
    """

    network: str
    batch: int
    reading_batch: int
    widths: tuple[Width, ...]
    training_target: float | None = None
    tuned_target: float = 1.0
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


_BOTH: tuple[Width, ...] = ("bf16", "fp32")

CASES = (
    Case("lenet5", 128, 1000, ("fp32",), 4.0),
    Case("mlp", 32, 1000, ("fp32",), 3.0),
    Case("mlp-300-100", 32, 1000, ("fp32",), 3.0),
    Case("text-cnn", 50, 1000, ("fp32",), 4.0),
    Case("fashion-cnn", 128, 500, _BOTH, 1.9, peak_target=0.92, optimizer="adamw"),
    Case("alexnet", 64, 64, _BOTH, 5.0, 1.1, 0.85),
    Case("googlenet", 32, 32, _BOTH, 4.0, 1.15, 0.8, abreast=2),
    Case("resnet18", 32, 32, _BOTH, None, 1.2, 0.8, abreast=2),
    Case("vgg16", 16, 32, _BOTH, None, 1.1, 0.85, abreast=1),
)

READING_TARGET, MEDIAN_READING_TARGET = 0.97, 1.1
"""Times as fast as the best of all peers in reading and in single answers: of each network, and of the median one."""

DOZEN = 12
DOZEN_TARGET = 1.2
"""Networks that nobody chose, drawn by their numbers; and times as fast as the best peer that is tuned, at the median."""


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
        name: As `benchmarks/peers` or `striate.bench` knows it.
        title: As people know it.
        packages: What has to be installed for it.
        setup: As its guides write it, which is fp32, or by all advice of its documentation.
        kinds: What it is measured in.
        widths: That it can work in; all where none are named.
        environment: Variables that it gets.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    setup: Setup
    kinds: tuple[Kind, ...] = ("training",)
    widths: tuple[Width, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def width(self, asked: Width) -> Width | None:
        """Tell in which precision it joins a study; None where it cannot.

        What is faster in bf16 than others in their own fp32 is so for its users, too: a peer that has
        no bf16, or whose guides leave it out, joins in fp32, and the page names both.
        """
        if self.setup == "documented" and asked == "bf16":
            return "fp32"
        if not self.widths or asked in self.widths:
            return asked
        return "fp32" if asked == "bf16" else None


PEERS = (
    Peer("pytorch", "PyTorch", ("torch",), "documented"),
    Peer("pytorch-tuned", "PyTorch, tuned", ("torch",), "tuned"),
    *(
        Peer(
            f"keras-{backend}{mark}",
            f"Keras on {title}{', tuned' if mark else ''}",
            ("keras", backend),
            "tuned" if mark else "documented",
            environment={"KERAS_BACKEND": backend},
        )
        for backend, title in (("tensorflow", "TensorFlow"), ("jax", "JAX"))
        for mark in ("", "-tuned")
    ),
    *(
        Peer(name, reader.title, (name,), "tuned", ("reading", "answering"), reader.widths)
        for name, reader in GRAPH_READERS.items()
    ),
)

OURS, CONTROL = "striate", "again"
CHECK_SECONDS = 0.5
"""Target of `striate --help`, `list` and `check`."""
