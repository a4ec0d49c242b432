"""What each kernel and each part of a form is worth: `pieces.py [PIECE ...]`, all when none is named.

One process holds Striate twice, whole and without the piece, and both work in turns on the networks that the piece is
for. The median of the paired ratios is told with its 95 % interval: above 1, the piece makes it faster.

    PYTHONPATH=src python benchmarks/pieces.py
    PYTHONPATH=src python benchmarks/pieces.py descent response_norm --pairs 15
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final
from unittest.mock import PropertyMock, patch

import striate
from cases import CASES
from striate.bench.files import Kind
from striate.bench.own_work import own_work
from striate.bench.rounds import Measured, compare, take_turns
from striate.bench.serving import Job, Work
from striate.bench.study import speed_of, width_of
from striate.bench.workload import lay_out_workload
from striate.kernels import Kernel
from striate.modules import Embedding
from striate.runtime import (
    InferenceForm,
    PlainNetwork,
    TrainingForm,
    large_network,
    learning_rows,
    precision,
    products,
    training,
)
from striate.system.devices import available_cores
from striate.training import settle_process


Off = Callable[[], AbstractContextManager[object]]
Asked = tuple[str, Kind]
"""A network, and what it does."""

_BATCH = 16
"""Of networks that `cases.py` does not name."""
_STRAIGHT_IMAGES = ("fashion-cnn", "alexnet", "vgg16")
_DENSE = PropertyMock(return_value=False)  # whatever is set
_POOLED = ("fashion-cnn", "alexnet", "googlenet")


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is there for speed.

    Args:
        off: A context in which it is not used.
        jobs: Networks that it is for, and what they do.
    """

    off: Off
    jobs: tuple[Asked, ...]


def without_kernel(name: str) -> Off:
    """Return a context in which a kernel is not ready, whatever was compiled."""
    ready = Kernel.is_ready.fget  # type: ignore[attr-defined]

    @contextmanager
    def off() -> Iterator[None]:
        with patch.object(
            Kernel, "is_ready", property(lambda kernel: kernel.name != name and ready(kernel))
        ):
            yield

    return off


def replaced(holder: object, name: str, stands_in: object) -> Off:
    """Return a context in which something has another value."""
    return lambda: patch.object(holder, name, stands_in)


@contextmanager
def without_blocks() -> Iterator[None]:
    """Send a whole batch through each row of a large network."""
    with patch.object(large_network, "BLOCK", sys.maxsize), patch.object(products, "BLOCK", 64):
        yield


def _plain_reading(form: InferenceForm) -> PlainNetwork:
    return PlainNetwork(form.network)


def jobs(names: tuple[str, ...], *kinds: Kind) -> tuple[Asked, ...]:
    """Pair networks with what they do."""
    return tuple((name, kind) for name in names for kind in kinds)


PIECES = {
    # Kernels, by the names of their files.
    "descent": Piece(without_kernel("descent"), jobs(("mlp", "lenet5"), "training")),
    "straight_network": Piece(
        without_kernel("straight_network"), jobs(("mlp", "lenet5"), "training")
    ),
    "response_norm": Piece(
        without_kernel("response_norm"), jobs(("alexnet", "googlenet"), "training", "reading")
    ),
    "small_network": Piece(
        without_kernel("small_network"),
        jobs(("mlp", "lenet5", "text-cnn"), "reading", "answering"),
    ),
    "bf16_network": Piece(
        without_kernel("bf16_network"), jobs(("fashion-cnn",), "reading", "answering")
    ),
    # Parts of the form that learns.
    "sliding-products": Piece(
        replaced(learning_rows, "is_full_width", lambda *_: False), jobs(("text-cnn",), "training")
    ),
    "sparse-gradients": Piece(
        lambda: patch.object(Embedding, "has_sparse_gradient", _DENSE, create=True),
        jobs(("text-cnn",), "training"),
    ),
    "channels-last": Piece(
        replaced(TrainingForm, "lay_out", lambda _: None), jobs((*_POOLED, "resnet18"), "training")
    ),
    "one-call-step": Piece(
        replaced(training, "one_call_step", lambda *_: None), jobs(("mlp", "lenet5"), "training")
    ),
    # Parts of the form that reads.
    "laid-out-weights": Piece(
        replaced(products, "_is_laid_out_by_onednn", lambda _: False),
        jobs(("alexnet", "googlenet", "resnet18", "vgg16"), "reading", "answering"),
    ),
    "folded-normalization": Piece(
        replaced(large_network, "_folded", lambda _: {}),
        jobs(("resnet18",), "reading", "answering"),
    ),
    "blocks-of-images": Piece(
        without_blocks, jobs(("alexnet", "googlenet", "resnet18", "vgg16"), "reading")
    ),
    "reading-form": Piece(
        replaced(InferenceForm, "_made", _plain_reading),
        jobs(("mlp", "lenet5", "text-cnn", *_POOLED, "resnet18"), "reading", "answering"),
    ),
    # Half the width, in both.
    "bf16": Piece(
        replaced(precision, "multiplies_bf16", lambda _: False),
        jobs((*_STRAIGHT_IMAGES, "googlenet", "resnet18"), "training", "reading"),
    ),
}


@final
class InTurns:
    """Striate at work in this process, perhaps without a piece.

    Args:
        name: What it is called.
        job: What it does.
        context: Where it does it.
    """

    def __init__(self, name: str, job: Job, context: Off) -> None:
        self.name, self.context = name, context
        with context():
            self.work: Work = own_work(job)
            self.work.block(0)

    def block(self, seconds: float) -> Measured:
        """Work for about so long."""
        with self.context():
            return self.work.block(seconds)


def measure(piece: Piece, network: str, kind: Kind, arguments: argparse.Namespace) -> str:
    """Compare Striate with itself without a piece, and tell the ratio."""
    case = next((case for case in CASES if case.network == network), None)
    document = striate.load(network)
    recipe = replace(document.recipe, precision="auto")
    batch = _BATCH
    if case is not None:
        batch = case.batch if kind == "training" else case.reading_batch
    with tempfile.TemporaryDirectory(prefix="striate-pieces-") as folder:
        workload = lay_out_workload(replace(document, recipe=recipe), Path(folder), batch)
        walk = workload.document.sound_walk()

        def job() -> dict[str, Any]:
            return workload.job(kind, width_of("auto", walk, "cpu"), arguments.threads, "cpu")

        whole = InTurns("whole", job(), ExitStack)
        with piece.off():
            lacking = InTurns("lacking", job(), piece.off)
        rounds = take_turns([whole, lacking], arguments.pairs, arguments.seconds)
    found = compare(rounds, "whole", "lacking", speed_of(kind)).ratio
    if found is None:
        return "all pairs dropped: the machine was too busy"
    return f"{found.median:.3f} ({found.low:.3f} to {found.high:.3f})"


def main() -> None:
    """Measure, and print a line for each piece, network and kind of work."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("pieces", nargs="*", help=f"{', '.join(PIECES)}; all when absent")
    parser.add_argument("--networks", nargs="+", help="these alone")
    parser.add_argument("--pairs", type=int, default=7, help="turns of each (7)")
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="of a turn, at least a step (0.5)"
    )
    parser.add_argument("--threads", type=int, default=available_cores())
    arguments = parser.parse_args()
    unknown = set(arguments.pieces) - PIECES.keys()
    if unknown:
        parser.error(f"no such piece: {', '.join(sorted(unknown))}; there are {', '.join(PIECES)}")
    settle_process(arguments.threads)
    print(
        "| piece | network | work | times as fast with it |\n| --- | --- | --- | --- |", flush=True
    )
    for name in arguments.pieces or PIECES:
        for network, kind in PIECES[name].jobs:
            if arguments.networks and network not in arguments.networks:
                continue
            told = measure(PIECES[name], network, kind, arguments)
            print(f"| {name} | {network} | {kind} | {told} |", flush=True)


if __name__ == "__main__":
    main()
