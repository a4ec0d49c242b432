"""Measure Striate beside its peers and write the raw numbers; `benchmarks/run --help` tells how."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cases import CASES, CONTROL, ONNX_READERS, OURS, PEERS, RESULTS, Case, Peer
from command_line import GRADIENTS, INTAKE, LEARNING, STARTS, command, parsed, tell
from equality import measure_gradients, measure_learning
from intake import measure_intakes
from programs import export, missing_peers, program_of
from starting import start_programs
from striate.bench.files import Kind, Width
from striate.bench.machine import describe_machine
from striate.bench.study import (
    Plan,
    Study,
    compared,
    control,
    own_programs,
    peers as peers_of,
    typical,
)
from striate.bench.workload import Workload, lay_out_workload
from striate.errors import StriateError
from striate.system.files import write_durably


READING_WIDTHS: tuple[Width, ...] = ("fp32", "bf16", "int8")


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
        STARTS: lambda: write(STARTS, start_programs(cases, arguments, missing), arguments),
        GRADIENTS: lambda: merge(GRADIENTS, measure_gradients(cases), arguments),
        INTAKE: lambda: merge(INTAKE, measure_intakes(names), arguments),
        LEARNING: lambda: merge(LEARNING, measure_learning(names), arguments),
    }
    for job, do in rest.items():
        if job in arguments.jobs and time.monotonic() <= end:
            do()
        elif job in arguments.jobs:
            left.append(job)
    if left:
        tell(f"not begun within {arguments.minutes:g} minutes: {', '.join(left)}")
    return 1 if failures else 0


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
            for width in [one for one in own if one in (arguments.widths or [case.own_width])]:
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
    write(f"{case.network}-{kind}-{width}", raw, arguments)
    summarize(raw)
    return failed


def write(name: str, found: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Write numbers down, and how and where they were had."""
    told = {**found, "command": command(), "machine": describe_machine(arguments.device)}
    write_durably(RESULTS / f"{name}.json", f"{json.dumps(told, indent=1)}\n")


def merge(job: str, found: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """Write down what a job without peers found, beside what it found for other networks."""
    tell(f"== {job}")
    for one in found:
        tell(f"   {json.dumps(one)}")
    how = {"command": command(), "machine": describe_machine(arguments.device)}
    file = RESULTS / f"{job}.json"
    before = json.loads(file.read_text(encoding="utf-8"))[job] if file.exists() else []
    measured = {one["network"] for one in found}
    kept = [one for one in before if one["network"] not in measured]
    told = {job: [*kept, *({**one, **how} for one in found)]}
    write_durably(file, f"{json.dumps(told, indent=1)}\n")


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


if __name__ == "__main__":
    sys.exit(main())
