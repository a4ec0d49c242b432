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

from cases import CASES, CONTROL, DOZEN, OURS, PEERS, RESULTS, Case
from command_line import DRAWN, GRADIENTS, INTAKE, LEARNING, STARTS, command, parsed, tell
from drawn_networks import BATCH, drawn_network
from equality import measure_gradients, measure_learning
from findings import best_peer, is_valid, written
from intake import measure_intakes
from programs import missing_peers, program_of
from starting import start_programs
from striate.bench.files import Kind, Width
from striate.bench.machine import describe_machine
from striate.bench.study import (
    Plan,
    Study,
    control,
    own_programs,
    ranked,
    typical,
    width_of,
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
        DRAWN: lambda: merge(DRAWN, measure_dozen(arguments, missing), arguments),
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
    """Measure one network in some kinds of work that share a batch, in every width asked for; count what failed."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="striate-benchmark-") as folder:
        batch = case.batch if "training" in kinds else case.reading_batch
        workload = lay_out_workload(case.document, Path(folder), batch)
        for kind in kinds:
            own = case.widths
            if kind != "training":
                own = tuple(dict.fromkeys((*own, *READING_WIDTHS)))
            for width in [one for one in own if one in (arguments.widths or [case.own_width])]:
                raw = measure(workload, kind, width, case.abreast, arguments, missing)
                failures += 1 if raw is None else len(raw["not_measured"].keys() - missing.keys())
                if raw is not None:
                    write(f"{case.network}-{kind}-{width}", raw, arguments)
    return failures


def measure_dozen(arguments: argparse.Namespace, missing: dict[str, str]) -> list[dict[str, Any]]:
    """Train and read with networks drawn by their numbers, beside tuned peers; tell the ratio to the best of each."""
    found = []
    for number in range(DOZEN):
        document = drawn_network(number)
        with tempfile.TemporaryDirectory(prefix="striate-benchmark-") as folder:
            workload = lay_out_workload(document, Path(folder), BATCH)
            told: dict[str, Any] = {"network": document.name}
            for kind in ("training", "reading"):
                width = width_of("auto", document.sound_walk(), arguments.device)
                raw = measure(workload, kind, width, 3, arguments, missing, setups=("tuned",))
                best = None if raw is None or not is_valid(raw) else best_peer(raw)
                if best is not None:
                    ratio = [best[1].median, best[1].low, best[1].high]
                    told[kind] = {"width": width, "peer": best[0], "ratio": ratio}
        found.append(told)
    return found


def measure(
    workload: Workload,
    kind: Kind,
    width: Width,
    abreast: int,
    arguments: argparse.Namespace,
    missing: dict[str, str],
    setups: Sequence[str] = ("documented", "tuned"),
) -> dict[str, Any] | None:
    """Run one study, and return its numbers; None if Striate failed."""
    tell(f"== {workload.document.name}, {kind}, {width}")
    plan = Plan(arguments.pairs, arguments.seconds, arguments.threads, arguments.device, abreast)
    study = Study(workload, kind, width, plan, workload.folder, tell)
    chosen = [
        peer
        for peer in PEERS
        if peer.name in arguments.peers
        and kind in peer.kinds
        and peer.setup in setups
        and peer.width(width)
    ]
    programs = [own_programs()[CONTROL]]
    programs += [
        program_of(peer, workload.folder, peer.width(width))
        for peer in chosen
        if peer.name not in missing
    ]
    try:
        raw = study.run(own_programs()[OURS], programs)
    except StriateError as error:
        tell(f"FAILED: {error}")
        return None
    raw["not_measured"] |= {
        peer.name: missing[peer.name] for peer in chosen if peer.name in missing
    }
    summarize(raw)
    return raw


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
    for name, ratio in ranked(raw):
        ours, theirs = typical(raw, raw["ours"]), typical(raw, name)
        tell(f"   {written(ratio)} times as fast as {name}; {ours:.4g} and {theirs:.4g}")
    found = control(raw).ratio
    if found is not None:
        state = "" if found.is_fit_for_control else ": NOT 1, the ratios say nothing"
        tell(f"   control {written(found)}{state}")


if __name__ == "__main__":
    sys.exit(main())
