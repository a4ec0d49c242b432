"""One comparison: programs checked, warmed up, measured in turns; and the figures of its raw numbers."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, final

import torch

from striate.arithmetic import Walk
from striate.bench.files import Kind, Width
from striate.bench.graph_writing import write_graph
from striate.bench.graphs import GRAPH_READERS
from striate.bench.peak import OPERATIONS, reading_products, training_products
from striate.bench.ratios import Ratio
from striate.bench.rounds import Comparison, Measured, Round, Turn, compare, rate, take_turns
from striate.bench.workers import Worker
from striate.bench.workload import Workload, read_reference
from striate.errors import TimingError
from striate.errors.bench import loss_differs, outputs_differ
from striate.recipe import Precision
from striate.runtime.precision import lower_precision


TOLERANCES: Mapping[str, float] = {"fp32": 1e-4, "bf16": 2e-2, "int8": 1e-1}
"""How far outputs may be from those in double precision, as a part of the largest."""

MATRICES = "matrices"
AGAIN = "again"
"""Name of the control: the measured program once more."""

_MATRICES_SECONDS = 0.5
_WARM_UPS = 3
_STEADY = 0.03
_LONG_SECONDS = 5.0
"""Of a block that needs no second one to warm up."""

_SLOWEST = 5e9
"""Operations of floating point a second, below which a program is given up."""


Raw = Mapping[str, Any]
"""The numbers of one study, as `Study.run` gives them or JSON holds them."""


@final
@dataclass(frozen=True, slots=True)
class Program:
    """Something to be measured.

    Args:
        name: What it is called.
        command: Its process, which serves as `serving` says.
        environment: Variables that it gets.
        width: The precision that it is asked for, where it is not the study's.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    width: Width | None = None


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure.

    Args:
        rounds: Blocks that each program gets.
        seconds: Length of a block, at least.
        threads: That each program may use.
        device: Where it computes.
        abreast: Programs that may lie in memory beside the first one.
        minutes: After which those that lie in memory take no further turn, once they have had three.
        prepare_patience_seconds: After which a program is given up that is not ready, besides the time of a step.
        step_patience_seconds: The same for one whose step is not done.
    """

    rounds: int = 7
    seconds: float = 1.5
    threads: int = 1
    device: str = "cpu"
    abreast: int = 3
    minutes: float = 60.0
    prepare_patience_seconds: float = 180.0
    step_patience_seconds: float = 20.0


def own_programs() -> dict[str, Program]:
    """Name the programs that are measured in this environment, installed or not."""
    python = (sys.executable, "-m", "striate.bench")
    words = {"striate": "own", AGAIN: "own", "pytorch": "plain", MATRICES: "matrices"}
    words |= {name: name for name in GRAPH_READERS}
    return {name: Program(name, (*python, word)) for name, word in words.items()}


def width_of(precision: Precision, walk: Walk, device: str) -> Width:
    """Tell which class `auto` stands for on a device."""
    with lower_precision(precision, walk, torch.device(device)):
        return "bf16" if torch.is_autocast_enabled(device) else "fp32"


@final
class Study:
    """Programs that do one job in turns.

    Args:
        workload: What they read.
        kind: What they do.
        width: The precision that they are asked for, but for programs that name their own.
        plan: How to measure.
        logs: Folder for what they print.
        listen: Called with a line of text for every step on the way.
    """

    def __init__(
        self,
        workload: Workload,
        kind: Kind,
        width: Width,
        plan: Plan,
        logs: Path,
        listen: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.workload, self.kind, self.width, self.plan = workload, kind, width, plan
        self.logs, self.listen = logs, listen
        self.facts: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, str] = {}
        self.rounds: list[Round] = []

    def run(self, ours: Program, peers: Sequence[Program]) -> dict[str, Any]:
        """Measure.

        A peer that fails, or whose outputs differ, is left out, and the reason is kept.

        Args:
            ours: Takes part in every round.
            peers: Are measured beside it, a few at a time.

        Returns:
            The raw numbers, ready for JSON.

        Raises:
            TimingError: The first program fails, or its outputs differ.
        """
        with ExitStack() as stack:
            measured = self._open(ours, stack)
            matrices = self._matrices(stack)
            groups = [
                peers[first : first + self.plan.abreast]
                for first in range(0, len(peers), self.plan.abreast)
            ]
            for group in groups or [[]]:
                self._run_group(measured, group, matrices)
            self.facts[ours.name] |= measured.end()
        return self._raw(ours)

    def _run_group(self, first: Worker, group: Sequence[Program], matrices: "_Brief") -> None:
        with ExitStack() as stack:
            workers = [first]
            for program in group:
                try:
                    workers.append(self._open(program, stack))
                except TimingError as error:
                    self._miss(program.name, error)
            plan = self.plan
            try:
                turns: list[Turn] = [*workers, matrices]
                take_turns(turns, plan.rounds, plan.seconds, self._told, 60 * plan.minutes)
                for worker in workers[1:]:
                    self.facts[worker.name] |= worker.end()
            except TimingError as error:
                name = error.faults[0].where
                if name == first.name:
                    raise
                self._miss(name, error)

    def _miss(self, name: str, error: TimingError) -> None:
        self.failures[name] = str(error)
        self.facts.pop(name, None)
        self.listen(f"{name} is not measured: {error}")

    def _told(self, done: Round) -> None:
        self.rounds.append(done)
        speeds = (
            f"{name} {speed_of(self.kind)(block):,.1f}"
            for name, block in done.items()
            if name != MATRICES
        )
        self.listen(", ".join(speeds))

    def _open(self, program: Program, stack: ExitStack) -> Worker:
        log = (
            self.logs / f"{self.workload.document.name}-{self.kind}-{self.width}-{program.name}.log"
        )
        plan = self.plan
        width = program.width or self.width
        if program.name in GRAPH_READERS:
            write_graph(self.workload.folder, width, program.name)
        worker = Worker(program.name, program.command, log, program.environment)
        stack.enter_context(worker)
        job = self.workload.job(self.kind, width, plan.threads, plan.device)
        step_seconds = self._operations_an_example() * job["batch"] / _SLOWEST
        worker.patience_seconds = plan.prepare_patience_seconds + step_seconds
        facts = worker.prepare(job)
        worker.patience_seconds = plan.seconds + plan.step_patience_seconds + step_seconds
        facts["difference"] = self._checked(program.name, facts)
        facts["warm_up"] = self._warmed_up(worker)
        self.facts[program.name] = facts
        self.listen(f"{program.name} is ready after {facts['start_seconds']:.1f} s")
        return worker

    def _checked(self, name: str, facts: dict[str, Any]) -> float:
        """Compare with double precision, by the tolerance of the width that the program tells."""
        reference = read_reference(self.workload.folder)
        tolerance = TOLERANCES[facts["width"]]
        outputs = torch.tensor(facts.pop("outputs"), dtype=torch.float64)
        if outputs.shape != reference.outputs.shape:
            raise TimingError(outputs_differ(name, float("inf"), tolerance))
        largest = reference.outputs.abs().max()
        difference = float((outputs - reference.outputs).abs().max() / largest)
        if not difference <= tolerance:
            raise TimingError(outputs_differ(name, difference, tolerance))
        if "loss" in facts and not abs(facts["loss"] / reference.loss - 1) <= tolerance:
            raise TimingError(loss_differs(name, facts["loss"], reference.loss))
        return difference

    def _warmed_up(self, worker: Worker) -> list[Measured]:
        """Let it work until two blocks are equally fast, for some blocks at most, one where it is long."""
        speed = speed_of(self.kind)
        blocks = [worker.block(self.plan.seconds)]
        while len(blocks) < _WARM_UPS and blocks[-1].get("seconds", 0.0) < _LONG_SECONDS:
            blocks.append(worker.block(self.plan.seconds))
            if abs(speed(blocks[-1]) / speed(blocks[-2]) - 1) < _STEADY:
                break
        return blocks

    def _matrices(self, stack: ExitStack) -> "_Brief":
        program = own_programs()[MATRICES]
        log = self.logs / f"{MATRICES}.log"
        worker = stack.enter_context(Worker(program.name, program.command, log, {}))
        worker.prepare({"threads": self.plan.threads, "device": self.plan.device})
        return _Brief(worker)

    def _operations_an_example(self) -> int:
        walk = self.workload.document.sound_walk()
        products = training_products if self.kind == "training" else reading_products
        return OPERATIONS * products(walk)

    def _raw(self, ours: Program) -> dict[str, Any]:
        plan, load = self.plan, self.workload
        return {
            "network": load.document.name,
            "kind": self.kind,
            "width": self.width,
            "ours": ours.name,
            "batch": load.job(self.kind, "fp32", 1, "cpu")["batch"],
            "data": load.data,
            "examples": load.examples,
            "operations_an_example": self._operations_an_example(),
            "plan": asdict(plan),
            "programs": self.facts,
            "not_measured": self.failures,
            "rounds": self.rounds,
        }


def speed_of(kind: Kind, share: int = 50) -> Callable[[Measured], float]:
    """Give what is compared: examples a second, or answers a second at a percentile of their times."""
    if kind == "answering":
        return lambda block: 1 / float(block[f"p{share}"])
    return rate


@final
class _Brief:
    """The products of matrices, measured for a fixed short time in every round."""

    def __init__(self, worker: Worker) -> None:
        self.worker, self.name = worker, worker.name

    def block(self, seconds: float) -> Measured:  # noqa: ARG002 - as long as its figure needs
        return self.worker.block(_MATRICES_SECONDS)


def compared(raw: Raw, peer: str, share: int = 50) -> Comparison:
    """Compare the measured program with a peer; above 1 it is faster.

    Args:
        raw: The numbers.
        peer: Its name.
        share: The percentile of times that is compared, for single examples.
    """
    return compare(raw["rounds"], raw["ours"], peer, speed_of(raw["kind"], share))


def control(raw: Raw) -> Comparison:
    """Compare the measured program with itself; anything but 1 tells of the machine, or of a fault."""
    return compared(raw, AGAIN)


def peers(raw: Raw) -> list[str]:
    """Name what was measured besides the program itself and its control."""
    return [name for name in raw["programs"] if name not in {raw["ours"], AGAIN}]


def ranked(raw: Raw, share: int = 50) -> list[tuple[str, Ratio]]:
    """Compare with every peer of which a pair was kept; the one that does best beside the program comes first."""
    ratios = ((name, compared(raw, name, share).ratio) for name in peers(raw))
    kept = [(name, ratio) for name, ratio in ratios if ratio is not None]
    return sorted(kept, key=lambda one: one[1].median)


def typical(raw: Raw, program: str, share: int = 50) -> float:
    """Give the median over all rounds: examples a second, or seconds an answer at a percentile."""
    blocks = [blocks[program] for blocks in raw["rounds"] if program in blocks]
    if raw["kind"] == "answering":
        return median(float(block[f"p{share}"]) for block in blocks)
    return median(speed_of(raw["kind"])(block) for block in blocks)


def peak(raw: Raw, width: str) -> float:
    """Give the operations a second that a product of matrices reached, median over the rounds."""
    return median(blocks[MATRICES][width] for blocks in raw["rounds"])


def share_of_peak(raw: Raw, program: str) -> float:
    """Give the part of the peak that a program reaches, by the products that the table needs.

    The peak is that of the program's width in the same round. Shortcuts that leave out products, as
    those by zero, count as if they were done.
    """
    width = raw["programs"][program]["width"]
    shares = [
        speed_of(raw["kind"])(blocks[program])
        * raw["operations_an_example"]
        / blocks[MATRICES][width]
        for blocks in raw["rounds"]
        if program in blocks
    ]
    return median(shares)
