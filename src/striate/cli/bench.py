"""`striate bench`: how fast this machine trains and reads with a network, beside other programs."""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.table import Table as Grid

from striate.cli.console import console, escape, plain_table
from striate.cli.network_flags import add_network, asked_network
from striate.cli.terminal import print_json
from striate.errors.fault import counted
from striate.recipe import Precision


if TYPE_CHECKING:
    from striate.bench.files import Kind
    from striate.bench.ratios import Ratio
    from striate.bench.starts import Start


HELP = "measure how fast this machine trains and reads, beside other programs"
DESCRIPTION = (
    "Measure examples a second in training and in reading, times of single answers, memory, and the "
    "share of the matrix products that the machine reaches at its best. Plain PyTorch, and for reading ONNX "
    "Runtime and OpenVINO where they are installed, do the same work on the same weights in processes of their "
    "own; all take turns, and the median of paired ratios is told with its 95 % interval, and where Striate is "
    "slower. The control is Striate beside itself, and must give 1. Recipes count with a constant rate and "
    "without augmentation."
)

_KINDS: Mapping[str, "tuple[Kind, ...]"] = {
    "training": ("training",),
    "reading": ("reading", "answering"),
}
_MILLI, _MEBI, _GIGA = 1e3, 2**20, 1e9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser)
    parser.add_argument("--batch", type=_positive, help="examples a step; the recipe's when absent")
    parser.add_argument(
        "--precision",
        choices=get_args(Precision),
        help="of products; when absent the recipe's in training, and auto in reading",
    )
    parser.add_argument("--pairs", type=_positive, default=7, help="turns of each program (7)")
    parser.add_argument(
        "--minutes",
        type=float,
        default=10,
        help="for turns of each kind of work: behind them it ends once there are three (10)",
    )
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

        studies, remarks = _studies(arguments, device, listen)
    if arguments.json:
        told = {"machine": machine, "starts": [asdict(one) for one in starts]}
        print_json({**told, "remarks": [*_slower(studies), *remarks], **studies})
    else:
        _print(arguments, machine, starts, studies, remarks)
    return 0


def _best_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _studies(
    arguments: argparse.Namespace, device: str, listen: Callable[[str], None]
) -> tuple[dict[str, Any], list[str]]:
    """Measure, and tell what was left out."""
    from striate.bench.graphs import GRAPH_READERS
    from striate.bench.study import AGAIN, Plan, Study, own_programs, width_of
    from striate.bench.workload import fitting_batches, lay_out_workload
    from striate.system.devices import available_cores

    document = asked_network(arguments)
    walk, asked = document.sound_walk(), arguments.precision
    batches, abreast, remark = fitting_batches(document, arguments.batch)
    readers, missing = _readers(arguments, device)
    threads = arguments.threads or available_cores()
    plan = Plan(arguments.pairs, arguments.seconds, threads, device, abreast, arguments.minutes)
    programs = own_programs()
    plain = [programs[AGAIN]] if arguments.without_plain else [programs[AGAIN], programs["pytorch"]]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="striate-bench-") as folder:
        for name, batch in batches.items():
            place = Path(folder) / name
            place.mkdir()
            workload = lay_out_workload(document, place, batch)
            own: Precision = document.recipe.precision if name == "training" else "auto"
            width = width_of(asked or own, walk, device)
            peers = [
                replace(programs[reader], width=GRAPH_READERS[reader].width(width))
                for reader in (() if name == "training" else readers)
            ]
            for kind in _KINDS[name]:
                study = Study(workload, kind, width, plan, place, listen)
                found[kind] = study.run(programs["striate"], [*plain, *peers])
    return found, [one for one in (remark, missing) if one]


def _readers(arguments: argparse.Namespace, device: str) -> tuple[list[str], str]:
    """Choose the other programs that read, and tell of those that are not there."""
    from striate.bench.graphs import GRAPH_READERS, lacking

    if arguments.without_plain:
        return [], ""
    if device != "cpu":
        titles = " and ".join(reader.title for reader in GRAPH_READERS.values())
        return [], f"{titles} are measured on the processor alone: --device cpu."
    there = [name for name in GRAPH_READERS if not lacking(name)]
    absent = [name for name in GRAPH_READERS if name not in there]
    titles = " and ".join(GRAPH_READERS[name].title for name in absent)
    packages = " ".join(dict.fromkeys(one for name in absent for one in lacking(name)))
    return there, f"Not measured: {titles} (pip install {packages})." if absent else ""


def _print(
    arguments: argparse.Namespace,
    machine: Mapping[str, Any],
    starts: "list[Start]",
    studies: Mapping[str, Any],
    remarks: Sequence[str],
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
    for line in _slower(studies):
        out.print(f"[bold]{escape(line)}[/]")
    for line in remarks:
        out.print(escape(line))
    out.print(_machine_lines(studies["training"]))
    for kind, raw in studies.items():
        _print_remarks(out, kind, raw)
    for start in starts:
        torch_too = ", and loads torch" if start.loads_torch else ", without torch"
        out.print(f"striate {start.command}: {start.seconds:.2f} s{torch_too}")


def _title(program: str) -> str:
    from striate.bench.graphs import GRAPH_READERS

    titles = {name: reader.title for name, reader in GRAPH_READERS.items()}
    return (titles | {"striate": "Striate", "pytorch": "PyTorch"})[program]


def _speeds(studies: Mapping[str, Any]) -> Grid:
    """Lay out a block for each kind of work: Striate, and the others, the one that does best beside it first."""
    from striate.bench.study import control, ranked

    headings = ("a second", "times as fast", "MiB")
    table = plain_table("", *headings, numbers=headings)
    for kind, raw in studies.items():
        width = raw["programs"][raw["ours"]]["width"]
        for share in (50, 99) if kind == "answering" else (50,):
            work = f"one answer p{share}" if kind == "answering" else f"{kind} {raw['batch']:,}"
            table.add_row(f"[bold]{work}, {width}[/]", "", "", "")
            table.add_row("  Striate", *_figures(raw, raw["ours"], share, ""))
            for name, found in ranked(raw, share):
                other = raw["programs"][name]["width"]
                title = _title(name) if other == width else f"{_title(name)} {other}"
                table.add_row(f"  {title}", *_figures(raw, name, share, _ratio(found)))
            own = control(raw).ratio
            if share == 50 and own is not None:  # noqa: PLR2004 - once is enough
                table.add_row("  control", "", _ratio(own), "")
    return table


def _figures(raw: Mapping[str, Any], program: str, share: int, ratio: str) -> tuple[str, str, str]:
    from striate.bench.study import typical

    value, peak = typical(raw, program, share), raw["programs"][program]["peak_bytes"]
    speed = f"{_MILLI * value:.3f} ms" if raw["kind"] == "answering" else f"{value:,.0f}"
    return speed, ratio, "-" if peak is None else f"{peak / _MEBI:,.0f}"


def _ratio(found: "Ratio") -> str:
    low, high = _times(found.low), _times(found.high)
    return f"{_times(found.median)} ({low} to {high})"


def _times(value: float) -> str:
    """Write a factor with three digits, two of them behind the point at most."""
    whole = len(f"{value:.0f}")
    return f"{value:.{max(0, 3 - whole)}f}"


def _slower(studies: Mapping[str, Any]) -> list[str]:
    """Say where Striate is slower, the worst first; or that it is nowhere."""
    from striate.bench.study import control, ranked

    slower, beside = [], {}
    for kind, raw in studies.items():
        own = control(raw).ratio
        if own is None or not own.is_fit_for_control:
            continue
        work = "one answer" if kind == "answering" else kind
        for name, found in ranked(raw):
            beside[_title(name)] = True
            if found.high < 1:
                text = f"Slower than {_title(name)} in {work}, {raw['programs'][name]['width']}: {_ratio(found)}."
                slower.append((found.median, text))
    if slower or not beside:
        return [text for _, text in sorted(slower)]
    *others, last = beside
    return [f"Nowhere slower than {', '.join(others)}{' or ' if others else ''}{last}."]


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
    from striate.bench.study import compared, control, peers

    for name, reason in raw["not_measured"].items():
        out.print(f"[red]{escape(name)} is not measured[/]: {escape(reason)}")
    for name in peers(raw):
        dropped = compared(raw, name).dropped
        if dropped:
            pairs = counted(dropped, "pair")
            out.print(
                f"{pairs} of {kind} with {_title(name)} dropped: other guests of the host were busy."
            )
    found = control(raw).ratio
    if found is None or not found.is_fit_for_control:
        out.print(
            f"[red]The control of {kind} is not 1[/]: the machine was too busy, and the ratios of "
            "this run say nothing."
        )
