"""What the raw numbers say of each target, in words and figures."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean, median
from typing import Any, final

from cases import (
    CASES,
    CHECK_SECONDS,
    DOZEN,
    DOZEN_TARGET,
    GRADIENT_NOISE,
    GRADIENT_SHARE,
    INTAKES,
    LEARNINGS,
    MEDIAN_READING_TARGET,
    OURS,
    PEERS,
    READING_TARGET,
    Case,
    Setup,
)
from striate.bench.ratios import Ratio
from striate.bench.study import Raw, control, ranked, share_of_peak, typical
from striate.prediction.intervals import mean_interval


TITLES = {peer.name: peer.title for peer in PEERS}
OTHER_JOBS = ("gradients", "learning", "intake", "dozen")
SETUPS: Mapping[str, Setup] = {peer.name: peer.setup for peer in PEERS}


@final
@dataclass(frozen=True, slots=True)
class Results:
    """All raw numbers, by what they are of.

    Args:
        studies: By network, kind and width.
        starts: Of programs and of the command line; None if they were not measured.
        machines: What all was measured on, in words.
        others: What was measured without peers, by the name of the job.

    Every record has its `place`: words that name its machine, where there are several.
    """

    studies: Mapping[tuple[str, str, str], Raw]
    starts: Mapping[str, Any] | None
    machines: Sequence[str]
    others: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """One target and what came of it.

    Args:
        what: What is measured.
        target: What was set beforehand.
        measured: What came.
        verdict: `reached`, `missed`, `undecided` where the interval holds the target, `not valid`
            where the control was not 1, or `not measured`.
    """

    what: str
    target: str
    measured: str = "-"
    verdict: str = "not measured"


def read_results(folder: Path) -> Results:
    """Read every file of a folder of results."""
    studies = {}
    for file in sorted(folder.glob("*.json")):
        raw = json.loads(file.read_text(encoding="utf-8"))
        if "kind" in raw:
            studies[raw["network"], raw["kind"], raw["width"]] = raw
    others = {job: (_told(folder / f"{job}.json") or {}).get(job, ()) for job in OTHER_JOBS}
    starts = _told(folder / "starts.json")
    records = [*studies.values(), *(one for job in others.values() for one in job)]
    records += [] if starts is None else [starts]
    machines = sorted({_machine(one) for one in records if "machine" in one})
    for one in records:
        number = machines.index(_machine(one)) + 1 if "machine" in one else 0
        one["place"] = f" [machine {number}]" if number and len(machines) > 1 else ""
    return Results(studies, starts, machines, others)


def _told(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _machine(record: Mapping[str, Any]) -> str:
    machine = record["machine"]
    memory = machine["memory_bytes"]
    size = "" if memory is None else f", {memory / 2**30:.0f} GiB"
    accelerator = f", {machine['accelerator']}" if "accelerator" in machine else ""
    return (
        f"{machine['processor']}, {machine['instructions']}, {machine['cores']} cores{size}"
        f"{accelerator}; torch {machine['torch']}, Python {machine['python']}"
    )


def is_valid(raw: Raw) -> bool:
    """Tell whether the control came out as 1."""
    ratio = control(raw).ratio
    return ratio is not None and ratio.is_fit_for_control


def best_peer(raw: Raw, setup: Setup | None = None) -> tuple[str, Ratio] | None:
    """Give the peer, of a setup or of all, that compares best with Striate, and Striate's ratio to it."""
    return next((one for one in ranked(raw) if setup in {None, SETUPS[one[0]]}), None)


def written(ratio: Ratio) -> str:
    """Write a ratio with its interval."""
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def findings(results: Results) -> list[Finding]:
    """Hold every target against the numbers, in the order in which they were set."""
    found: list[Finding] = []
    for case in CASES:
        found += _training(results, case)
    found += [*_reading(results), *_dozen(results)]
    found += [*_peaks(results), *_memory(results)]
    found += [*_gradients(results), *_learning(results)]
    return [*found, *_intake(results), *_starts(results)]


def _reached(is_reached: bool) -> str:  # noqa: FBT001 - what it is asked for
    return "reached" if is_reached else "missed"


def _verdict(raw: Raw, ratio: Ratio, target: float) -> str:
    if not is_valid(raw):
        return "not valid"
    if ratio.low >= target:
        return "reached"
    return "undecided" if ratio.high >= target else "missed"


def _training(results: Results, case: Case) -> Iterator[Finding]:
    for width in case.widths:
        raw = results.studies.get((case.network, "training", width))
        targets: dict[Setup, float | None] = {
            "documented": case.training_target,
            "tuned": case.tuned_target,
        }
        for setup, target in targets.items():
            if target is None:
                continue
            what = f"{case.network}, training, {width}, against the best peer {_as(setup)}"
            best = None if raw is None else best_peer(raw, setup)
            found = _compared(raw, best, what, target)
            yield (
                found if raw is None or best is None else _with_ceiling(found, raw, best[1], target)
            )


def _with_ceiling(found: Finding, raw: Raw, ratio: Ratio, target: float) -> Finding:
    """Tell of a target that the machine itself does not allow, were all products as fast as those of matrices.

    In bf16 alone: of fp32 torch's products of matrices are no bound, convolutions come up to twice as fast.
    """
    if found.verdict != "missed" or raw["programs"][OURS]["width"] != "bf16":
        return found
    most = ratio.median / share_of_peak(raw, OURS)
    told = f"{found.measured}; {most:.2f} at the whole peak of products"
    return replace(found, measured=told) if most < target else found


def _as(setup: str) -> str:
    return "as documented" if setup == "documented" else "tuned"


def _compared(raw: Raw | None, best: tuple[str, Ratio] | None, what: str, target: float) -> Finding:
    asked = f"at least {target:g} times"
    if raw is None or best is None:
        return Finding(what, asked)
    name, ratio = best
    measured = f"{written(ratio)}, {TITLES[name]}{raw['place']}"
    return Finding(what, asked, measured, _verdict(raw, ratio, target))


def _reading(results: Results) -> Iterator[Finding]:
    for kind, name in (("reading", "reading many at once"), ("answering", "one answer, p50")):
        medians: dict[str, list[float]] = {"fp32": [], "bf16": []}
        for case in CASES:
            for width in case.widths:
                raw = results.studies.get((case.network, kind, width))
                best = None if raw is None else best_peer(raw)
                what = f"{case.network}, {name}, {width}, against the best peer"
                yield _compared(raw, best, what, READING_TARGET)
                if raw is not None and best is not None and is_valid(raw):
                    medians[width].append(best[1].median)
        for among, ratios in medians.items():
            what = f"{name}, {among}, the median network against its best peer"
            yield _median(what, ratios, MEDIAN_READING_TARGET)


def _dozen(results: Results) -> Iterator[Finding]:
    targets = {"training": DOZEN_TARGET, "reading": MEDIAN_READING_TARGET}
    for kind, target in targets.items():
        ratios = [one[kind]["ratio"][0] for one in results.others.get("dozen", ()) if kind in one]
        what = f"{DOZEN} networks drawn, {kind}, the median one against its best peer"
        yield _median(what, ratios, target)


def _median(what: str, ratios: Sequence[float], target: float) -> Finding:
    asked = f"at least {target:g} times"
    if not ratios:
        return Finding(what, asked)
    middle = median(ratios)
    measured = (
        f"{middle:.2f}, of {len(ratios)} networks from {min(ratios):.2f} to {max(ratios):.2f}"
    )
    return Finding(what, asked, measured, _reached(middle >= target))


def _peaks(results: Results) -> Iterator[Finding]:
    for case in CASES:
        if case.peak_target is None:
            continue
        what = f"{case.network}, training, share of the products of matrices in bf16"
        asked = f"at least {100 * case.peak_target:.0f} %"
        raw = results.studies.get((case.network, "training", "bf16"))
        if raw is None:
            yield Finding(what, asked)
            continue
        share = share_of_peak(raw, OURS)
        verdict = _reached(share >= case.peak_target) if is_valid(raw) else "not valid"
        yield Finding(what, asked, f"{100 * share:.0f} %{raw['place']}", verdict)


def _memory(results: Results) -> Iterator[Finding]:
    for case in CASES:
        width, asked = case.widths[0], "at most plain PyTorch's"
        what = f"{case.network}, training, {width}, peak of memory"
        raw = results.studies.get((case.network, "training", width), {"programs": {}})
        peaks = {name: one["peak_bytes"] for name, one in raw["programs"].items()}
        ours, plain = peaks.get(OURS), peaks.get("pytorch")
        if ours is None or plain is None:
            yield Finding(what, asked)
            continue
        measured = f"{ours / 2**20:,.0f} MiB of {plain / 2**20:,.0f} MiB{raw['place']}"
        yield Finding(what, asked, measured, _reached(ours <= plain))


def _gradients(results: Results) -> Iterator[Finding]:
    measured = {(one["network"], one["width"]): one for one in results.others.get("gradients", ())}
    for case in CASES:
        for width in case.widths:
            what = f"{case.network}, gradients in {width}, distance from double precision"
            asked = f"{GRADIENT_SHARE:g} times that of torch's rows, or {GRADIENT_NOISE:.0e}"
            one = measured.get((case.network, width))
            if one is None:
                yield Finding(what, asked)
                continue
            ours, plain = one["ours"], one["plain"]
            ratio = median(a / b for a, b in zip(ours, plain, strict=True))
            is_near = ratio <= GRADIENT_SHARE or max(ours) <= GRADIENT_NOISE
            middles = f"{median(ours):.1e} and {median(plain):.1e}"
            came = f"{ratio:.2f} times; {middles}, medians of {len(ours)} draws"
            yield Finding(what, asked, came, _reached(is_near))


def _learning(results: Results) -> Iterator[Finding]:
    measured = {one["network"]: one for one in results.others.get("learning", ())}
    for asked in LEARNINGS:
        what = f"{asked.network}, {asked.epochs} epochs of {asked.data}, {asked.seeds} seeds"
        target = "errors as by plain rows in fp32, each mean within the other's interval"
        one = measured.get(asked.network)
        if one is None:
            yield Finding(what, target)
            continue
        errors = [
            [100 * run[kind]["error"] for run in one["runs"]] for kind in ("as it is", "plain")
        ]
        means = [mean(each) for each in errors]
        intervals = [mean_interval(each) or (math.nan, math.nan) for each in errors]
        told = [
            f"{middle:.2f} % ({low:.2f} to {high:.2f})"
            for middle, (low, high) in zip(means, intervals, strict=True)
        ]
        is_same = all(
            low <= middle <= high
            for middle, (low, high) in zip(means, reversed(intervals), strict=True)
        )
        yield Finding(what, target, " and ".join(told), _reached(is_same))


def _intake(results: Results) -> Iterator[Finding]:
    measured = {one["network"]: one for one in results.others.get("intake", ())}
    for one in INTAKES:
        case = next(case for case in CASES if case.network == one.network)
        raw = results.studies.get((one.network, "training", case.widths[0]))
        told = measured.get(one.network)
        for when in ("once", "cached"):
            what = f"{one.network}, JPEG pictures of {one.width}x{one.height}, {when}"
            if raw is None or told is None:
                yield Finding(what, "as fast as training")
                continue
            rate, speed = told[when], typical(raw, OURS)
            asked = f"as fast as training, {speed:,.0f} a second"
            yield Finding(
                what, asked, f"{rate:,.0f} a second{told['place']}", _reached(rate >= speed)
            )


def _starts(results: Results) -> Iterator[Finding]:
    if results.starts is None:
        yield Finding("the command line", f"under {CHECK_SECONDS} s")
        return
    for one in results.starts["commands"]:
        is_reached = one["seconds"] < CHECK_SECONDS and not one["loads_torch"]
        loads = "with torch" if one["loads_torch"] else "without torch"
        yield Finding(
            f"striate {one['command']}",
            f"under {CHECK_SECONDS} s, without torch",
            f"{one['seconds']:.2f} s, {loads}{results.starts['place']}",
            _reached(is_reached),
        )
