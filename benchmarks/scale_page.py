"""Write the tables of docs/scale.md from results/, and the simulation of many GPUs from a cost model.

    python benchmarks/scale_page.py

The simulation is arithmetic on paper: nothing of it was run on a GPU. What it assumes stands in the constants below.
"""

import json
from collections.abc import Sequence

from processes import ROOT, recorded
from striate.networks import load


PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- {}: written by benchmarks/scale_page.py -->", "<!-- end of {} -->"

GPU_FLOPS = 312e12 * 0.35
"""Assumed of a GPU: the peak of an A100's bf16 by its data sheet, of which large convolutions reach about a third."""
INSIDE = (300e9, 3e-6)
"""Assumed between the GPUs of one machine, by NVLink: bytes a second each way, seconds a message."""
ACROSS = (25e9, 10e-6)
"""Assumed between machines of eight: 200 Gbit/s for each GPU, seconds a message."""
A_MACHINE = 8
GPUS = (1, 8, 16, 32, 64, 128, 256, 512)
EACH = 128
"""Examples of a GPU in a step."""
CORES = 16
"""Assumed cores of the processor for each GPU, which decode pictures."""
NETWORKS = ("alexnet", "resnet18", "vgg16")
BACKWARD = 3
"""Multiply-adds of forward and backward pass, in those of the forward pass."""


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    marks = ["---", *("---:" for _ in headings[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, tuple(marks), *rows))


def all_reduce_seconds(parameters: int, gpus: int) -> float:
    """Give what a ring takes to add up fp32 gradients: 2 (n - 1) / n of all bytes, 2 (n - 1) messages.

    Source:
        P. Patarasuk, X. Yuan, Bandwidth optimal all-reduce algorithms for clusters of workstations, 2009.
    """
    if gpus == 1:
        return 0.0
    bandwidth, latency = INSIDE if gpus <= A_MACHINE else ACROSS
    return 2 * (gpus - 1) / gpus * 4 * parameters / bandwidth + 2 * (gpus - 1) * latency


def decoded_a_second() -> float:
    """Give JPEG pictures of 500x375 that a core decodes a second for AlexNet, as benchmarks/results/intake.json measured it."""
    intake = json.loads((ROOT / "benchmarks" / "results" / "intake.json").read_text("utf-8"))
    large = max(intake["intake"], key=lambda one: one["width"] * one["height"])
    return float(large["once"]) / float(large["machine"]["cores"])


def simulation() -> str:
    """Give the share of perfect growth for each number of GPUs, and what holds it back first."""
    rows = []
    supply = CORES * decoded_a_second()
    for name in NETWORKS:
        total = load(name).sound_walk().total
        parameters = total.parameters
        flops = 2 * BACKWARD * EACH * total.multiply_adds
        step = flops / GPU_FLOPS
        shares = []
        for gpus in GPUS:
            whole = step + all_reduce_seconds(parameters, gpus)
            shares.append(f"{100 * step / max(whole, EACH / supply):.0f} %")
        wanted = EACH / step
        first = f"decoding: {wanted:,.0f} pictures a second wanted, {supply:,.0f} decoded"
        if wanted <= supply:
            first = f"the all-reduce: {1e3 * all_reduce_seconds(parameters, GPUS[-1]):.1f} ms behind {1e3 * step:.1f} ms"
        rows.append((name, f"{parameters / 1e6:.1f} M", f"{1e3 * step:.1f} ms", *shares, first))
    headings = ("network", "parameters", "step", *map(str, GPUS), "first bottleneck")
    return _table(headings, rows)


def folders() -> str:
    """Give time and memory by the number of pictures."""
    found = recorded("scale")
    counts = found.get("counts", {})
    rows = [
        (what, *(_spent(figures.get(what)) for figures in counts.values()))
        for what in ("list", "check", "train", "restart")
    ]
    said = []
    for between, of in found.get("slopes", {}).items():
        names = {one: one.removesuffix("_s").removesuffix("_mb") for one in of}
        figures = ", ".join(f"{names[one]} {slope}" for one, slope in of.items())
        said.append(f"- {between}: {figures}")
    headings = ("work", *(f"{int(count):,} pictures" for count in counts))
    return _table(headings, rows) + "\n\nSlopes in log-log:\n\n" + "\n".join(said)


def _spent(one: dict[str, float] | None) -> str:
    if one is None:
        return "not measured"
    return f"{one['processor_s']:.1f} s, {one['memory_mb']:.0f} MB"


def streams() -> str:
    """Give what training on streams took."""
    rows = [
        (
            *(form, f"{one['pictures']:,}", f"{one['bytes'] / 1e9:.2f} GB"),
            *(f"{one['most_memory_bytes'] / 1e6:.0f} MB", f"{one['cache_bytes']:,} B"),
            f"{one['processor_s']:.0f} s",
        )
        for form, one in recorded("stream").items()
    ]
    headings = ("form", "pictures", "stream", "most memory", "cache", "processor")
    return _table(headings, rows)


def processes() -> str:
    """Give what two processes gave beside one."""
    found = recorded("ranks")
    columns = {
        "50 steps, furthest loss": "furthest_of_50_steps",
        "first 10": "furthest_of_10_steps",
        "one process, each batch read backwards": "furthest_by_order",
    }
    losses = [
        (name, *(f"{one[key]:.1e}" for key in columns.values()))
        for name, one in found.get("losses", {}).items()
    ]
    errors = [
        (
            name,
            *(", ".join(map(str, one[key])) for key in ("one", "two")),
            f"{one['mean_difference']:+.1f}",
            f"{one['interval'][0]:+.1f} to {one['interval'][1]:+.1f}",
        )
        for name, one in found.get("errors", {}).items()
    ]
    told = ("errors of 10,000, one process", "two processes", "mean difference", "95 % t interval")
    parts = [_table(("network", *columns), losses), _table(("network", *told), errors)]
    if "speed" in found:
        wall = found["speed"]["wall"]
        one, two = (wall["medians"][count] for count in ("1", "2"))
        parts.append(
            f"A step of AlexNet takes {one:.2f} s in one process and {two:.2f} s in two, of one thread each "
            f"(medians of {len(wall['seconds_a_step']['1'])}): {wall['gain']:.2f} times as fast on "
            f"{found['speed']['cores']} cores."
        )
    return "\n\n".join(parts)


def written(page: str) -> str:
    """Put all tables into a page, between their marks."""
    for name, text in (
        ("processes", processes()),
        ("streams", streams()),
        ("folders", folders()),
        ("simulation", simulation()),
    ):
        begin, end = BEGIN.format(name), END.format(name)
        ahead, _, rest = page.partition(begin)
        page = f"{ahead}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
