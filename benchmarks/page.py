"""Write docs/performance.md and its plot from the raw numbers; `--check` only compares the text."""

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cases import CASES, CONTROL, OURS, PEERS, RESULTS, ROOT
from drawing import Dot, Group, draw_ratios
from findings import (
    SETUPS,
    TITLES,
    Results,
    best_peer,
    findings,
    is_valid,
    read_results,
    written,
)
from striate.bench.study import Raw, compared, control, peak, peers, share_of_peak, typical


PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "pictures" / "performance.png"
KINDS = {
    "training": "training",
    "reading": "reading many at once",
    "answering": "one answer, median of times",
}

HOW = """
## How it is measured

- **Equal work.** All programs read one file of weights, the same examples and the same table: the same
  rows, loss, optimizer, batch and rate, dropout and side heads included; LRN, groups and 5x5
  windows as the papers print them, without batch normalisation. Rates are constant and nothing is
  augmented, for no two libraries do that alike. Before anything is timed, the outputs for the
  first examples are compared with those in double precision: within 1e-4 of the largest in fp32, 2e-2
  in bf16, 0.1 in int8; and so is the loss. A program that differs is not measured.
- **In turns.** Each program is a process of its own, warmed up until two blocks are alike, and works in
  short blocks in turns: A B C, C B A. What is compared are the two blocks of one round; the figure is
  the median of these ratios, with its 95 % bootstrap interval.
- **The control** is Striate beside a second Striate. Its interval must hold 1, or its median lie within
  2 % of it; otherwise the ratios of that study say nothing, and the page says so.
- **Other guests.** A pair in which the host gave more than 2 % of the processor's time to others is
  dropped, and counted.
- **The peak** is that of the product of two matrices of 2,048 x 2,048 (8,192 on a GPU) by torch, in every
  round. The share counts the products that the table needs; those that a shortcut leaves out count as
  done.
- **Documented** peers are written as their guides write them. **Tuned** ones do what their
  documentation advises for speed: PyTorch channels_last, fused optimizers, examples taken by index and
  torch.compile where it is faster than without; Keras steps_per_execution, cached and prefetched
  data, jit_compile on or off, whichever is faster.
- **Keras** is given the code that `striate convert NETWORK --to keras` writes, with the same numbers in it. ONNX Runtime and OpenVINO
  read a graph that torch writes of the plain network, with the way from bytes to its inputs and its probabilities.
- **Bytes.** Striate, PyTorch, ONNX Runtime and OpenVINO begin with bytes, Keras with prepared numbers.
- **Since then** four pieces that made no network 1.2 times as fast were taken out, which may cost the Fashion CNN in bf16 a
  twentieth of its speed of training, and the MLPs learn by the kernel of LeNet-5: [notes on speed](performance-notes.md).
- **What is not equal.** Keras takes weight decay off the weights beside the step, not through the
  gradient, and trains the padding word's vector, which the others keep at zero.
"""


def main() -> int:
    """Write the page, or compare it."""
    results = read_results(RESULTS)
    text = page(results)
    if "--check" in sys.argv:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    groups = list(groups_of(results))
    if groups:
        notes = [
            "Blue dots: peers as their guides write them; orange diamonds: tuned. Lines: 95 % intervals.",
            "Black marks: targets, set beforehand. Right of 1, Striate is faster.",
        ]
        PICTURE.write_bytes(draw_ratios(groups, "Striate beside its peers", notes))
    return 0


def page(results: Results) -> str:
    """Give the page as Markdown."""
    parts = ["# Performance", *_opening(results), *_targets(results), *_falls_short(results)]
    for kind in KINDS:
        parts += _section(results, kind)
    parts += _starts(results)
    return "\n\n".join([*parts, HOW.strip()]) + "\n"


def _opening(results: Results) -> Iterator[str]:
    yield "Written by `benchmarks/page` from the files in [benchmarks/results/](../benchmarks/results)."
    if not results.studies:
        yield "Nothing has been measured yet: `benchmarks/run`, then `benchmarks/page`."
        return
    plans = {_plan(raw) for raw in results.studies.values()}
    commands = {raw["command"] for raw in results.studies.values()}
    machines = list(results.machines)
    if len(machines) > 1:
        machines = [f"Machine {at}: {machine}" for at, machine in enumerate(machines, start=1)]
        yield "Rows are of several machines, and no two machines compare: each row names its own."
    yield "\n".join(f"- {line}" for line in (*machines, *sorted(plans)))
    yield "Measured by " + ", ".join(f"`{one}`" for one in sorted(commands)) + "."
    yield "![How many times as fast](pictures/performance.png)"


def _plan(raw: Raw) -> str:
    plan = raw["plan"]
    return (
        f"{plan['rounds']} rounds of blocks of at least {plan['seconds']:g} s, "
        f"{plan['threads']} threads"
    )


def _targets(results: Results) -> Iterator[str]:
    yield "## Targets"
    rows = [(one.what, one.target, one.measured, one.verdict) for one in findings(results)]
    yield _table(("what", "target", "measured", "verdict"), rows)


def _falls_short(results: Results) -> Iterator[str]:
    yield "## What falls short"
    lines = [
        f"- **{one.what}**: {one.measured}; the target is {one.target}."
        for one in findings(results)
        if one.verdict in {"missed", "undecided"}
    ]
    for key, raw in results.studies.items():
        lines += _shortcomings(", ".join(key) + raw["place"], raw)
    missing = sum(one.verdict == "not measured" for one in findings(results))
    if missing:
        lines.append(f"- {missing} of the targets above have not been measured.")
    yield "\n".join(lines) or "Nothing that was measured."


def _shortcomings(title: str, raw: Raw) -> Iterator[str]:
    if not is_valid(raw):
        found = control(raw).ratio
        came = "no pair was kept" if found is None else written(found)
        yield f"- **{title}**: the control is not 1 ({came}); its ratios say nothing."
    for name in peers(raw):
        comparison = compared(raw, name)
        ratio = comparison.ratio
        if ratio is not None and ratio.high < 1:
            yield f"- **{title}**: {TITLES[name]} is faster; Striate's ratio to it is {written(ratio)}."
        if comparison.dropped:
            yield f"- {title}: {comparison.dropped} pairs with {TITLES[name]} were dropped."
        if ratio is not None and raw["programs"][name]["width"] != raw["programs"][OURS]["width"]:
            ours = raw["programs"][OURS]["width"]
            theirs = raw["programs"][name]["width"]
            yield f"- {title}: {TITLES[name]} works in {theirs}, Striate in {ours}."
    for name, reason in raw["not_measured"].items():
        first = reason.splitlines()[0].removeprefix(f"{name}: ")
        yield f"- {title}: {TITLES.get(name, name)} is not measured: {first.rstrip('.')}."


def _section(results: Results, kind: str) -> Iterator[str]:
    studies = [raw for key, raw in results.studies.items() if key[1] == kind]
    if not studies:
        return
    yield f"## {KINDS[kind].capitalize()}"
    yield "Where Striate does worst beside the best peer comes first."
    rows = [row for raw in sorted(studies, key=_worst) for row in _rows(raw)]
    speed = "seconds p50 / p99" if kind == "answering" else "examples a second"
    headings = ["network", "best peer", "width", "batch", "program", speed]
    headings += ["Striate is times as fast"]
    headings += ["at p99"] if kind == "answering" else []
    yield _table((*headings, "of the peak", "peak of memory", "outputs differ by"), rows)


def _worst(raw: Raw) -> tuple[float, str, str]:
    best = best_peer(raw)
    return math.inf if best is None else best[1].median, raw["network"], raw["width"]


def _rows(raw: Raw) -> Iterator[Sequence[str]]:
    is_answer, best = raw["kind"] == "answering", best_peer(raw)
    beside = "-" if best is None else f"{TITLES[best[0]]}: {best[1].median:.2f}"
    for name in raw["programs"]:
        facts = raw["programs"][name]
        title = {OURS: "**Striate**", CONTROL: "control"}.get(name) or TITLES[name]
        is_ours = name == OURS
        yield (
            raw["network"] + raw["place"] if is_ours else "",
            beside if is_ours else "",
            facts["width"],
            str(raw["batch"]) if is_ours else "",
            title,
            _speed(raw, name),
            "" if is_ours else _ratio(raw, name),
            *(("" if is_ours else _ratio(raw, name, 99),) if is_answer else ()),
            _share(raw, name),
            f"{facts['peak_bytes'] / 2**20:,.0f} MiB" if facts["peak_bytes"] else "-",
            f"{facts['difference']:.0e}",
        )
    blanks = ["-"] * (5 if is_answer else 4)
    for name in raw["not_measured"]:
        yield ("", "", raw["width"], "", TITLES.get(name, name), "not measured, see above", *blanks)
    for peer in PEERS:
        is_told = peer.name in raw["programs"] or peer.name in raw["not_measured"]
        if raw["kind"] in peer.kinds and not is_told and peer.width(raw["width"]) is not None:
            yield ("", "", raw["width"], "", peer.title, "not asked for", *blanks)


def _speed(raw: Raw, name: str) -> str:
    if raw["kind"] == "answering":
        return " / ".join(f"{1000 * typical(raw, name, share):.3f} ms" for share in (50, 99))
    return f"{typical(raw, name):,.1f}"


def _ratio(raw: Raw, name: str, share: int = 50) -> str:
    ratio = compared(raw, name, share).ratio
    text = "no pair kept" if ratio is None else written(ratio)
    return text if is_valid(raw) else f"{text}, not valid"


def _share(raw: Raw, name: str) -> str:
    width = raw["programs"][name]["width"]
    if width == "int8":
        return "-"
    return f"{100 * share_of_peak(raw, name):.0f} % of {peak(raw, width) / 1e9:,.0f} GFLOP/s"


def _starts(results: Results) -> Iterator[str]:
    if results.starts is None:
        return
    yield "## Starts"
    yield (
        "Seconds from the start of a process to the end of its first step of training. Cold: compilers "
        "find their caches empty; warm: they find them filled; hot: a second network in the same process."
    )
    rows = []
    for network, programs in results.starts["programs"].items():
        for name, seconds in programs.items():
            title = "**Striate**" if name == OURS else TITLES[name]
            if "not_measured" in seconds:
                rows.append((network, title, "not measured", "-", "-"))
                continue
            figures = (f"{seconds[one]:.1f}" for one in ("cold", "warm", "hot"))
            rows.append((network, title, *figures))
    yield _table(("network", "program", "cold", "warm", "hot"), rows)


def groups_of(results: Results) -> Iterator[Group]:
    """Give what the plot shows: every valid study, its peers in their order."""
    for kind, title in KINDS.items():
        for case in CASES:
            for width in ("fp32", "bf16", "int8"):
                raw = results.studies.get((case.network, kind, width))
                if raw is None or not is_valid(raw):
                    continue
                dots = [
                    Dot(peer.title, SETUPS[peer.name], ratio)
                    for peer in PEERS
                    if peer.name in raw["programs"]
                    and (ratio := compared(raw, peer.name).ratio) is not None
                ]
                target = case.training_target if kind == "training" else None
                if dots:
                    yield Group(f"{case.network}, {title}, {width}{raw['place']}", dots, target)


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
