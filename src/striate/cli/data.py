"""`striate data`: look through a data set, see it as a network does, download one."""

import argparse
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from striate.cli.console import console, escape, escape_lines, plain_table
from striate.cli.data_flags import add_data_flags, with_flags
from striate.cli.reading_line import ReadingLine
from striate.cli.terminal import print_json
from striate.errors import DataError
from striate.errors.evaluation import network_reads_no_images
from striate.networks import load
from striate.preparation import Preparation
from striate.system.files import write_durably


if TYPE_CHECKING:
    from striate.data.inspection.checkup import Checkup
    from striate.data.inspection.summary import Summary
    from striate.shapes import Image


HELP = "look through a data set, see it as a network does, or download one"
DESCRIPTION = (
    "A data set is mnist; fashion-mnist; a folder of pictures, with a folder for each "
    "class, also within train/, val/ and test/, or with a labels.csv; a folder of IDX files; an .npz "
    "file; hf:owner/name; shards/train-{000..099}.tar, or a folder of such shards, which are read as a stream; stream: "
    "before a data set of pictures, which keeps none decoded; movie-reviews; or a CSV, TSV or JSONL file of sentences with their classes, "
    "or a folder with one called train and perhaps one called test. The verbs train and evaluate take the same."
)

_SHOWN = 64
_SHOWN_OF_A_KIND = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own verbs."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    sub = verbs.add_parser(
        "check",
        help="name everything that is wrong with a data set",
        description="Look at every picture or sentence once, and name each that is damaged, empty, labelled in "
        "two ways, there twice, or in two splits; and classes that are small or missing. The exit "
        "code is 1 if anything is wrong.",
    )
    sub.add_argument("source", help="the data set")
    add_data_flags(sub)
    sub.add_argument(
        "--all", action="store_true", help="print every finding, where many are of one kind"
    )
    sub.add_argument("--json", action="store_true", help="print JSON")
    sub.set_defaults(act=_check)
    sub = verbs.add_parser(
        "show",
        help="draw a batch as a network sees it",
        description="Draw training images with their classes, after the preparation of a network.",
    )
    sub.add_argument("source", help="the data set")
    add_data_flags(sub)
    sub.add_argument(
        "--network", help="a shipped name or a Markdown file; its input and preparation"
    )
    sub.add_argument(
        "--output", type=Path, default=Path("striate-data.png"), help="the PNG (striate-data.png)"
    )
    sub.set_defaults(act=_show)
    sub = verbs.add_parser(
        "fetch",
        help="download a data set into the cache folder",
        description="Download fashion-mnist over https into the cache folder, and check its SHA-256.",
    )
    sub.add_argument("source", help="fashion-mnist")
    sub.set_defaults(act=_fetch)


def run(arguments: argparse.Namespace) -> int:
    """Do what the inner verb says."""
    code: int = arguments.act(arguments)
    return code


def _check(arguments: argparse.Namespace) -> int:
    from striate.data.inspection.checkup import check_source
    from striate.system.files import cache_in_words

    with ReadingLine(is_wanted=not arguments.json) as line:
        checkup = check_source(with_flags(arguments.source, arguments), line.show)
    cache = cache_in_words()
    if arguments.json:
        print_json(
            {
                "data": checkup.summary.plain(),
                "cache": cache,
                "is_sound": checkup.is_sound,
                "findings": [
                    {
                        "kind": one.kind,
                        "is_wrong": one.is_wrong,
                        "names": one.names,
                        **asdict(one.fault),
                    }
                    for one in checkup.findings
                ],
            }
        )
    else:
        _print(console(), checkup, cache, are_all=arguments.all)
    return 0 if checkup.is_sound else 1


def _print(out: Console, checkup: "Checkup", cache: str, *, are_all: bool) -> None:
    summary = checkup.summary
    for line in (
        *summary.lines(with_notes=False),
        f"Cache     {cache}{'' if cache.startswith('none') else ', for downloads and decoded pictures'}",
    ):
        out.print(escape(line), soft_wrap=True)
    out.print()
    _print_counts(out, summary)
    shown: Counter[tuple[str, str]] = Counter()
    for finding in checkup.findings:
        # Those of one kind that say the same of different files.
        group = (finding.kind, finding.fault.came if finding.kind == "unusable" else "")
        shown[group] += 1
        if shown[group] > _SHOWN_OF_A_KIND and not are_all:
            continue
        mark = "[red]wrong[/]" if finding.is_wrong else "[cyan]note[/]"
        out.print(f"\n{mark} {finding.kind}, {escape_lines(str(finding.fault))}", soft_wrap=True)
    for (kind, came), count in shown.items():
        if count > _SHOWN_OF_A_KIND and not are_all:
            alike = f" ({escape(came)})" if came else ""
            more = count - _SHOWN_OF_A_KIND
            out.print(f"\n... and {more:,} more {kind}{alike}; --all names them.", soft_wrap=True)
    wrong = sum(finding.is_wrong for finding in checkup.findings)
    out.print()
    if wrong:
        out.print(f"[red]{wrong:,} {'finding' if wrong == 1 else 'findings'}.[/]")
    else:
        out.print("[green]Nothing wrong.[/]")


def _print_counts(out: Console, summary: "Summary") -> None:
    given = [split for split, counts in summary.counts.items() if any(counts)]
    table = plain_table("class", *given, numbers=tuple(given))
    columns = [summary.counts[split] for split in given]
    for name, *counts in zip(summary.classes, *columns, strict=True):
        table.add_row(escape(str(name)), *(f"{count:,}" for count in counts))
    out.print(table)


_LEFT_OUT_NAMED = 5


def _show(arguments: argparse.Namespace) -> int:
    from striate.data import find_source, standardize, summarize, value_range
    from striate.data.inspection.preview import drawing_faults, sample
    from striate.pictures import draw_batch

    image, preparation = _input_of(arguments.network)
    found = find_source(with_flags(arguments.source, arguments))
    faults = drawing_faults(found)
    if faults:
        raise DataError(*faults)
    batch, left_out = sample(found, image, preparation, count=_SHOWN, seed=0)
    low, high = value_range(preparation, None)
    reader = arguments.network or "a network"
    picture = draw_batch(
        standardize(batch.images, preparation).numpy(),
        [found.classes[label] for label in batch.labels.tolist()],
        low=low,
        high=high,
        title=f"{found.name}, as {reader} reads it",
    )
    write_durably(arguments.output, picture)
    out = console()
    for line in summarize(found).lines():
        out.print(escape(line), soft_wrap=True)
    for fault in left_out[:_LEFT_OUT_NAMED]:
        out.print(f"Left out  {escape(fault.where)}: {escape(fault.came)}", soft_wrap=True)
    if len(left_out) > _LEFT_OUT_NAMED:
        more = len(left_out) - _LEFT_OUT_NAMED
        out.print(
            f"Left out  {more:,} more that cannot be used: `striate data check` names all",
            soft_wrap=True,
        )
    out.print(f"Picture   {escape(str(arguments.output))}", soft_wrap=True)
    return 0


def _input_of(network: str | None) -> "tuple[Image | None, Preparation]":
    if network is None:
        return None, Preparation()
    document = load(network)
    document.sound_walk()
    if document.table.image is None:
        raise DataError(network_reads_no_images(document.name))
    return document.table.image, document.preparation


def _fetch(arguments: argparse.Namespace) -> int:
    from striate.data import fetch

    out = console()
    folder = fetch(arguments.source, lambda line: out.print(escape(line), soft_wrap=True))
    out.print(f"Done: {escape(str(folder))}", soft_wrap=True)
    return 0
