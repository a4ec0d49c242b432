"""Measure Striate beside its peers and write the raw numbers; `benchmarks/run --help` tells how."""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cases import (
    CASES,
    CONTROL,
    ONNX_READERS,
    OURS,
    PEERS,
    PYTHON_OF_PEERS,
    RESULTS,
    ROOT,
    Case,
    Peer,
)
from equality import measure_gradients, measure_learning
from intake import measure_intakes
from striate.errors import StriateError
from striate.files import write_durably
from striate.timing.figures import compared, control, peers as peers_of, typical
from striate.timing.files import Kind, Width
from striate.timing.machine import available_cores, describe_machine
from striate.timing.starts import measure_starts
from striate.timing.study import Plan, Program, Study, own_programs
from striate.timing.workers import Worker
from striate.timing.workload import Workload, lay_out_workload


KINDS: tuple[Kind, ...] = ("training", "reading", "answering")
STARTS, INTAKE, GRADIENTS, LEARNING = "starts", "intake", "gradients", "learning"
STARTED = ("lenet5",)
"""Networks whose programs are started cold, warm and hot."""
USUAL_JOBS = (*KINDS, STARTS, INTAKE, GRADIENTS)
JOBS = (*USUAL_JOBS, LEARNING)
"""Learning is measured when it is asked for: five seeds of three networks, twice, take most of an hour."""
READING_WIDTHS: tuple[Width, ...] = ("fp32", "bf16", "int8")
USUAL_PEERS = [
    peer.name for peer in PEERS if "Keras" not in peer.title or peer.setup == "documented"
]
"""All but tuned Keras, which takes as long to set up as all others together."""


def main() -> int:
    """Measure what the command line names; 1 if a program failed or gave other outputs."""
    arguments = parsed()
    # So that workers are ended, and folders removed, when this process is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cases = [case for case in CASES if not arguments.networks or case.network in arguments.networks]
    missing = missing_peers(arguments.peers)
    RESULTS.mkdir(exist_ok=True)
    end = time.monotonic() + 60 * arguments.minutes
    failures, left = 0, []
    batches: tuple[tuple[Kind, ...], ...] = (("training",), ("reading", "answering"))
    for kinds in batches:
        for case in cases:
            asked: list[Kind] = [kind for kind in kinds if kind in arguments.jobs]
            if time.monotonic() > end:
                left += [f"{case.network} {kind}" for kind in asked]
            elif asked:
                failures += measure_case(case, asked, arguments, missing)
    names = [case.network for case in cases]
    rest: dict[str, Callable[[], object]] = {
        STARTS: lambda: write_starts(
            [case for case in cases if case.network in STARTED], arguments, missing
        ),
        GRADIENTS: lambda: write(GRADIENTS, measure_gradients(cases), arguments),
        INTAKE: lambda: write(INTAKE, measure_intakes(names), arguments),
        LEARNING: lambda: write(LEARNING, measure_learning(names), arguments),
    }
    for job, do in rest.items():
        if job in arguments.jobs and time.monotonic() <= end:
            do()
        elif job in arguments.jobs:
            left.append(job)
    if left:
        tell(f"not begun within {arguments.minutes:g} minutes: {', '.join(left)}")
    return 1 if failures else 0


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description="Measure Striate beside its peers, in turns, and write raw numbers to "
        "benchmarks/results/, which benchmarks/page makes docs/performance.md of.",
    )
    names = [case.network for case in CASES]
    parser.add_argument("networks", nargs="*", help=f"{', '.join(names)}; all when absent")
    parser.add_argument(
        "--jobs", nargs="+", choices=JOBS, default=USUAL_JOBS, help="all but learning when absent"
    )
    parser.add_argument(
        "--peers",
        nargs="+",
        choices=("all", *(peer.name for peer in PEERS)),
        default=USUAL_PEERS,
        help="all but tuned Keras when absent",
    )
    parser.add_argument(
        "--minutes", type=float, default=20, help="after which no new network is begun (20)"
    )
    parser.add_argument(
        "--widths",
        nargs="+",
        choices=("fp32", "bf16", "int8"),
        help="of training those that Striate takes by itself when absent; of reading fp32",
    )
    parser.add_argument("--pairs", type=int, default=5, help="turns of each program (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn, a step at least (1)")
    parser.add_argument("--threads", type=int, default=available_cores())
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    found = parser.parse_args()
    if "all" in found.peers:
        found.peers = [peer.name for peer in PEERS]
    unknown = set(found.networks) - set(names)
    if unknown:
        parser.error(f"no such network: {', '.join(sorted(unknown))}")
    return found


def measure_case(
    case: Case, kinds: Sequence[Kind], arguments: argparse.Namespace, missing: dict[str, str]
) -> int:
    """Measure one network in some kinds of work that share a batch, in every width asked for."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="striate-benchmark-") as folder:
        batch = case.batch if "training" in kinds else case.reading_batch
        workload = lay_out_workload(case.document, Path(folder), batch)
        for kind in kinds:
            chosen = [peer for peer in PEERS if peer.name in arguments.peers and kind in peer.kinds]
            own = case.widths
            if kind != "training":
                own = tuple(dict.fromkeys((*own, *READING_WIDTHS)))
            for width in [one for one in own if one in (arguments.widths or own[:1])]:
                able = [peer for peer in chosen if peer.width(kind, width)]
                failures += measure(case, workload, kind, width, able, arguments, missing)
    return failures


def measure(
    case: Case,
    workload: Workload,
    kind: Kind,
    width: Width,
    chosen: Sequence[Peer],
    arguments: argparse.Namespace,
    missing: dict[str, str],
) -> int:
    """Run one study and write its numbers down; give the number of programs that failed."""
    tell(f"== {case.network}, {kind}, {width}")
    plan = Plan(
        arguments.pairs, arguments.seconds, arguments.threads, arguments.device, case.abreast
    )
    study = Study(workload, kind, width, plan, workload.folder, tell)
    not_installed = {peer.name: missing[peer.name] for peer in chosen if peer.name in missing}
    able = [peer for peer in chosen if peer.name not in missing]
    batch = workload.job(kind, width, 1, "cpu")["batch"]
    if any(peer.name in ONNX_READERS for peer in able):
        export(workload.folder, batch, width)
    programs = [own_programs()[CONTROL]]
    programs += [program_of(peer, workload.folder, peer.width(kind, width)) for peer in able]
    try:
        raw = study.run(own_programs()[OURS], programs)
    except StriateError as error:
        tell(f"FAILED: {error}")
        return 1
    failed = len(raw["not_measured"])
    raw["not_measured"] |= not_installed
    raw |= {"command": command(arguments), "machine": describe_machine(arguments.device)}
    file = RESULTS / f"{case.network}-{kind}-{width}.json"
    write_durably(file, f"{json.dumps(raw, indent=1)}\n")
    summarize(raw)
    return failed


def program_of(peer: Peer, folder: Path, width: Width | None = None) -> Program:
    """Give the process of a peer; compilers find an empty cache in the workload's folder."""
    environment = {
        **peer.environment,
        "PYTHONPATH": str(ROOT / "src"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor" / peer.name),
    }
    command_ = (str(PYTHON_OF_PEERS), str(ROOT / "benchmarks" / "peers"), peer.name)
    return Program(peer.name, command_, environment, width)


def export(folder: Path, batch: int, width: Width) -> None:
    """Write the graph that ONNX Runtime and OpenVINO read.

    Their workers fail without it, and tell so; what the export printed is shown here.
    """
    script = ROOT / "benchmarks" / "peers" / "onnx_export.py"
    words = [str(PYTHON_OF_PEERS), str(script), str(folder), str(batch)]
    words += ["int8"] if width == "int8" else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        tell(f"the export to ONNX failed:\n{done.stderr[-2000:]}")


def missing_peers(names: Sequence[str]) -> dict[str, str]:
    """Name the peers whose packages are not installed."""
    if not PYTHON_OF_PEERS.exists():
        reason = "not installed: run benchmarks/install-peers"
        return dict.fromkeys(names, reason)
    missing = {}
    for peer in PEERS:
        probe = f"""
import importlib.util, sys
absent = [one for one in {peer.packages!r} if importlib.util.find_spec(one) is None]
print(", ".join(absent))
"""
        done = subprocess.run(
            [str(PYTHON_OF_PEERS), "-c", probe], capture_output=True, text=True, check=True
        )
        if done.stdout.strip():
            missing[peer.name] = f"not installed: {done.stdout.strip()}"
    return missing


def write_starts(
    cases: Sequence[Case], arguments: argparse.Namespace, missing: dict[str, str]
) -> None:
    """Start programs cold, warm and hot, and the command line; write the seconds down.

    Cold is a process whose compiler finds its cache empty, warm a second one that finds it filled, hot
    a second network in the same process; each up to the end of its first step.
    """
    found: dict[str, Any] = {"commands": [asdict(one) for one in measure_starts()], "programs": {}}
    for case in cases:
        tell(f"== {case.network}, starts")
        with tempfile.TemporaryDirectory(prefix="striate-benchmark-") as name:
            folder = Path(name)
            workload = lay_out_workload(case.document, folder, case.batch)
            width = case.widths[0]
            job = workload.job("training", width, arguments.threads, arguments.device)
            programs = [own_programs()[OURS]]
            programs += [
                program_of(peer, folder)
                for peer in PEERS
                if "training" in peer.kinds
                and peer.name in arguments.peers
                and peer.name not in missing
            ]
            found["programs"][case.network] = {
                program.name: start_three_times(program, job, folder) for program in programs
            }
    found |= {"command": command(arguments), "machine": describe_machine(arguments.device)}
    write_durably(RESULTS / "starts.json", f"{json.dumps(found, indent=1)}\n")


def write(job: str, found: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """Write down what a job without peers found, beside what it found for other networks."""
    tell(f"== {job}")
    for one in found:
        tell(f"   {json.dumps(one)}")
    how = {"command": command(arguments), "machine": describe_machine(arguments.device)}
    file = RESULTS / f"{job}.json"
    before = json.loads(file.read_text(encoding="utf-8"))[job] if file.exists() else []
    measured = {one["network"] for one in found}
    kept = [one for one in before if one["network"] not in measured]
    told = {job: [*kept, *({**one, **how} for one in found)]}
    write_durably(file, f"{json.dumps(told, indent=1)}\n")


def start_three_times(program: Program, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Give the seconds of the three starts, or why there are none."""
    log, seconds = folder / f"{program.name}.log", {}
    try:
        for temperature in ("cold", "warm"):
            with Worker(program.name, program.command, log, program.environment) as worker:
                seconds[temperature] = worker.prepare(job)["start_seconds"]
                if temperature == "warm":
                    seconds["hot"] = worker.prepare(job)["ready_seconds"]
                worker.end()
    except StriateError as error:
        return {"not_measured": str(error)}
    told = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
    tell(f"{program.name}: {told}")
    return seconds


def summarize(raw: dict[str, Any]) -> None:
    """Print the ratios of a study."""
    for name in peers_of(raw):
        found = compared(raw, name).ratio
        if found is not None:
            tell(
                f"   {found.median:.2f} times as fast as {name} ({found.low:.2f} to {found.high:.2f}); "
                f"{typical(raw, raw['ours']):.4g} and {typical(raw, name):.4g}"
            )
    found = control(raw).ratio
    if found is not None:
        state = "" if found.is_fit_for_control else ": NOT 1, the ratios say nothing"
        tell(f"   control {found.median:.2f} ({found.low:.2f} to {found.high:.2f}){state}")


def command(arguments: argparse.Namespace) -> str:
    """Give the command line as it was typed."""
    del arguments
    return shlex.join(["benchmarks/run", *sys.argv[1:]])


def tell(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
