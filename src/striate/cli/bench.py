"""`striate bench`: how fast this machine trains and reads with a network, beside plain PyTorch."""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.table import Table as Grid

from striate.cli.network_flags import add_network, asked_network
from striate.cli.terminal import console, escape, plain_table, print_json
from striate.errors.fault import counted
from striate.recipe import Precision


if TYPE_CHECKING:
    from striate.arithmetic import Walk
    from striate.bench.files import Kind
    from striate.bench.rounds import Comparison
    from striate.bench.starts import Start


HELP = "measure how fast this machine trains and reads, beside plain PyTorch"
DESCRIPTION = (
    "Measure examples a second in training and in reading, times of single answers, memory, and the "
    "share of the matrix products that the machine reaches at its best. Plain PyTorch does the same "
    "work on the same weights in a process of its own; both take turns, and the median of their "
    "paired ratios is told with its 95 % interval. The control is Striate beside itself, and must "
    "give 1. Recipes count with a constant rate and without augmentation."
)

_KINDS: Mapping[str, "tuple[Kind, ...]"] = {
    "training": ("training",),
    "reading": ("reading", "answering"),
}
_READ_BYTES = 2**28
_LARGEST_BATCH = 1000
_MILLI, _MEBI, _GIGA = 1e3, 2**20, 1e9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser)
    parser.add_argument("--batch", type=_positive, help="examples a step; the recipe's when absent")
    parser.add_argument(
        "--precision", choices=get_args(Precision), help="of training; the recipe's when absent"
    )
    parser.add_argument("--pairs", type=_positive, default=7, help="turns of each program (7)")
    parser.add_argument(
        "--seconds", type=float, default=1.5, help="length of a turn, at least a step (1.5)"
    )
    parser.add_argument("--threads", type=_positive, help="of each program; all cores when absent")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cuda where there is one")
    parser.add_argument("--without-plain", action="store_true", help="measure Striate alone")
    parser.add_argument("--json", action="store_true", help="print JSON, raw numbers included")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = "at least 1"
        raise argparse.ArgumentTypeError(message)
    return number


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from striate.bench.machine import describe_machine
    from striate.bench.starts import measure_starts

    device = arguments.device or _best_device()
    machine, starts = describe_machine(device), measure_starts()
    with Console(stderr=True).status("") as status:

        def listen(text: str) -> None:
            status.update(escape(text))

        studies = _studies(arguments, device, listen)
    if arguments.json:
        print_json({"machine": machine, "starts": [asdict(one) for one in starts], **studies})
    else:
        _print(arguments, machine, starts, studies)
    return 0


def _best_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _studies(
    arguments: argparse.Namespace, device: str, listen: Callable[[str], None]
) -> dict[str, Any]:
    from striate.bench.study import AGAIN, Plan, Study, own_programs, width_of
    from striate.bench.workload import lay_out_workload
    from striate.system.devices import available_cores

    document = asked_network(arguments)
    walk, recipe = document.sound_walk(), document.recipe
    threads = arguments.threads or available_cores()
    plan = Plan(arguments.pairs, arguments.seconds, threads, device)
    width = width_of(arguments.precision or recipe.precision, walk, device)
    batches = {"training": arguments.batch or recipe.batch_size, "reading": _reading_batch(walk)}
    programs = own_programs()
    peers = [AGAIN] if arguments.without_plain else [AGAIN, "pytorch"]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="striate-bench-") as folder:
        for name, batch in batches.items():
            place = Path(folder) / name
            place.mkdir()
            workload = lay_out_workload(document, place, batch)
            for kind in _KINDS[name]:
                asked = width if kind == "training" else "fp32"
                study = Study(workload, kind, asked, plan, place, listen)
                found[kind] = study.run(programs["striate"], [programs[peer] for peer in peers])
    return found


def _reading_batch(walk: "Walk") -> int:
    """Choose as many examples as `evaluate` reads at once, fewer where their maps are large."""
    fitting = _READ_BYTES // (4 * walk.activation_elements)
    return max(1, min(_LARGEST_BATCH, fitting))


def _print(
    arguments: argparse.Namespace,
    machine: Mapping[str, Any],
    starts: "list[Start]",
    studies: Mapping[str, Any],
) -> None:
    out = console()
    device = machine.get("accelerator", f"{machine['processor']}, {machine['instructions']}")
    plan = studies["training"]["plan"]
    out.print(
        f"[bold]{escape(arguments.network)}[/] on {escape(str(device))}, {counted(plan['threads'], 'thread')}, "
        f"torch {escape(str(machine['torch']))}, {escape(studies['training']['data'])}\n"
    )
    out.print(_speeds(studies))
    out.print()
    out.print(_machine_lines(studies["training"]))
    for kind, raw in studies.items():
        _print_remarks(out, kind, raw)
    for start in starts:
        torch_too = ", and loads torch" if start.loads_torch else ", without torch"
        out.print(f"striate {start.command}: {start.seconds:.2f} s{torch_too}")


def _speeds(studies: Mapping[str, Any]) -> Grid:
    from striate.bench.study import compared, control, peers, typical

    headings = ("batch", "striate", "pytorch", "memory", "its memory")
    table = plain_table("", "width", *headings, "times as fast", "control", numbers=headings)
    for kind, raw in studies.items():
        ours = raw["ours"]
        for share in (50, 99) if kind == "answering" else (50,):
            others = peers(raw)
            name = f"one answer, p{share}" if kind == "answering" else f"{kind}, examples a second"
            table.add_row(
                name,
                raw["programs"][ours]["width"],
                str(raw["batch"]),
                _figure(kind, typical(raw, ours, share)),
                *(_figure(kind, typical(raw, one, share)) for one in others or ()),
                *([] if others else ["-"]),
                _memory(raw, ours),
                _memory(raw, others[0]) if others else "-",
                _ratio(compared(raw, others[0], share)) if others else "-",
                _ratio(control(raw)) if share == 50 else "",  # noqa: PLR2004 - once is enough
            )
    return table


def _figure(kind: str, value: float) -> str:
    return f"{_MILLI * value:.3f} ms" if kind == "answering" else f"{value:,.0f}"


def _memory(raw: Mapping[str, Any], program: str) -> str:
    peak = raw["programs"][program]["peak_bytes"]
    return "-" if peak is None else f"{peak / _MEBI:,.0f} MiB"


def _ratio(found: "Comparison") -> str:
    if found.ratio is None:
        return f"all {found.dropped} pairs dropped"
    ratio = found.ratio
    dropped = f", {found.dropped} dropped" if found.dropped else ""
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f}){dropped}"


def _machine_lines(raw: Mapping[str, Any]) -> str:
    from striate.bench.study import peak, share_of_peak

    width = raw["programs"][raw["ours"]]["width"]
    peaks = ", ".join(f"{peak(raw, one) / _GIGA:,.0f} in {one}" for one in ("fp32", "bf16"))
    first = raw["programs"][raw["ours"]]
    return (
        f"Matrix products: {peaks} (10^9 operations a second).\n"
        f"Training reaches {100 * share_of_peak(raw, raw['ours']):.0f} % of that in {width}, by the "
        f"products of the table: {raw['operations_an_example']:,} operations an example.\n"
        f"From the start of the process to the first step: {first['start_seconds']:.1f} s."
    )


def _print_remarks(out: Console, kind: str, raw: Mapping[str, Any]) -> None:
    from striate.bench.study import control

    for name, reason in raw["not_measured"].items():
        out.print(f"[red]{escape(name)} is not measured[/]: {escape(reason)}")
    found = control(raw).ratio
    if found is None or not found.is_fit_for_control:
        out.print(
            f"[red]The control of {kind} is not 1[/]: the machine was too busy, and the ratios of "
            "this run say nothing."
        )
