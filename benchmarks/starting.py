"""Programs started cold, warm and hot."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cases import OURS, PEERS, Case
from command_line import tell
from programs import program_of
from striate.bench.starts import measure_starts
from striate.bench.study import Program, own_programs
from striate.bench.workers import Worker
from striate.bench.workload import lay_out_workload
from striate.errors import StriateError


STARTED = ("lenet5",)
"""Networks whose programs are started."""


def start_programs(
    cases: Sequence[Case], arguments: argparse.Namespace, missing: dict[str, str]
) -> dict[str, Any]:
    """Start programs cold, warm and hot, and the command line; give the seconds.

    Cold is a process whose compiler finds its cache empty, warm a second one that finds it filled, hot
    a second network in the same process; each up to the end of its first step.
    """
    found: dict[str, Any] = {"commands": [asdict(one) for one in measure_starts()], "programs": {}}
    for case in cases:
        if case.network not in STARTED:
            continue
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
    return found


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
