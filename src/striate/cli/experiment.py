"""`striate experiment`: ask whether a claim holds, and by how much."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from striate.cli.console import console, escape, plain_table
from striate.cli.terminal import duration, print_json, print_note
from striate.errors import UsageError
from striate.errors.experiments import flag_without_experiment, flags_exclude
from striate.errors.words import Words
from striate.system.files import write_durably


if TYPE_CHECKING:
    from striate.experiments.outcome import Outcome
    from striate.experiments.running import Progress


HELP = "ask whether a claim holds: variants, seeds, an interval, a verdict"
DESCRIPTION = (
    "Ask whether a claim of the notes, or one of your own, holds. An experiment is a document: a claim, variants of a "
    "network's table, and what is measured. Without a name the shipped ones are listed. Trainings that are done are "
    "kept, so that the same command goes on where it was interrupted. Exit code 1: the claim is contradicted."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("experiment", nargs="?", help="a shipped name, or a Markdown file")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--quick", action="store_true", help="a first look (what is done anyway)")
    budget.add_argument("--full", action="store_true", help="an answer: more seeds and examples")
    parser.add_argument("--seeds", type=int, metavar="N", help="trainings of each variant")
    parser.add_argument("--network", help="ask it of another base network: a name or a file")
    parser.add_argument("--data", help="ask it on other data: see `striate data --help`")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (one a core)")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE.png", help="the picture (experiments/NAME.png)"
    )
    parser.add_argument(
        "--record", action="store_true", help="write what was found into the document"
    )
    parser.add_argument("--text", action="store_true", help="print the document instead")
    parser.add_argument(
        "--language", choices=("en", "ko"), default="en", help="of what is printed (en)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with all numbers")


def run(arguments: argparse.Namespace) -> int:
    """List, print, or ask."""
    _check_flags(arguments)
    if arguments.experiment is None:
        return _list(as_json=arguments.json, words=Words(arguments.language))
    if arguments.text:
        from striate.experiments.reading import experiment_file

        sys.stdout.write(experiment_file(arguments.experiment).read_text(encoding="utf-8"))
        return 0
    outcome = _ask(arguments)
    recorded = None
    if arguments.record:
        from striate.experiments.recording import record

        recorded = record(outcome)
    file = _draw(outcome, arguments.output)
    if arguments.json:
        from striate.experiments.telling import plain

        print_json({**plain(outcome), "picture": str(file)})
    else:
        _print(outcome, Words(arguments.language), file)
        if recorded is not None:
            said = Words(arguments.language)("Written into {}", str(recorded))
            console().print(escape(said), soft_wrap=True)
    return 1 if outcome.verdict == "contradicted" else 0


def _check_flags(arguments: argparse.Namespace) -> None:
    """Name flags that would have no effect."""
    given = {
        "--quick": arguments.quick,
        "--full": arguments.full,
        "--seeds": arguments.seeds is not None,
        "--network": arguments.network is not None,
        "--data": arguments.data is not None,
        "--workers": arguments.workers is not None,
        "-o": arguments.output is not None,
        "--record": arguments.record,
        "--text": arguments.text,
    }
    asked = [flag for flag, is_given in given.items() if is_given]
    other = ""
    if arguments.experiment is None and asked:
        raise UsageError(*map(flag_without_experiment, asked))
    if arguments.text:
        asked.remove("--text")
        other = "--text"
        asked += ["--json"] if arguments.json else []
    elif arguments.record:
        asked = [flag for flag in asked if flag in {"--network", "--data"}]
        other = "--record"
    if other and asked:
        raise UsageError(*(flags_exclude(flag, other) for flag in asked))


def _list(*, as_json: bool, words: Words) -> int:
    from striate.experiments import experiment_names, load_experiment

    found = [load_experiment(name) for name in experiment_names()]
    if as_json:
        print_json(
            [
                {
                    "number": one.number,
                    "name": one.name,
                    "claim": one.claim,
                    "claim_ko": one.korean,
                    "found": dict(one.found),
                }
                for one in found
            ]
        )
        return 0
    headings = tuple(map(words, ("experiment", "claim", "verdict", "seeds")))
    table = plain_table("#", *headings, numbers=("#", headings[-1]))
    for one in found:
        told = dict(one.found)
        is_korean = words.language == "ko" and one.korean
        table.add_row(
            str(one.number or "-"),
            escape(one.name),
            escape(one.korean if is_korean else one.claim),
            words(told.get("verdict", "-")),
            words("exact") if told.get("seeds") == "0" else told.get("seeds", "-"),
        )
    console().print(table)
    return 0


def _ask(arguments: argparse.Namespace) -> "Outcome":
    from striate.experiments.running import experiment

    words = Words(arguments.language)
    live = Live(console=console(), refresh_per_second=8, transient=True)
    is_shown = sys.stdout.isatty() and not arguments.json

    def listen(progress: "Progress") -> None:
        if is_shown:
            done = words("{} of {} trainings", f"{progress.done:,}", f"{progress.total:,}")
            live.update(Text(f"{done}: {progress.variant}, {progress.says}"))

    with live:
        try:
            return experiment(
                arguments.experiment,
                "full" if arguments.full else "quick",
                network=arguments.network,
                data=arguments.data,
                seeds=arguments.seeds,
                workers=arguments.workers,
                listen=listen,
            )
        except KeyboardInterrupt:
            print_note(words("what is finished is kept; the same command goes on from there."))
            raise


def _draw(outcome: "Outcome", output: Path | None) -> Path:
    from striate.experiments.drawing import draw_outcome

    file = output or Path("experiments") / f"{outcome.experiment.name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_durably(file, draw_outcome(outcome))
    return file


def _print(outcome: "Outcome", words: Words, file: Path) -> None:
    from striate.experiments.telling import (
        asked_text,
        effect_text,
        measure_name,
        rule_sentences,
        spent_sentence,
        values_text,
        verdict_sentence,
    )

    out = console()
    out.print(escape(verdict_sentence(outcome, words)), style="bold", soft_wrap=True)
    out.print(escape(spent_sentence(outcome, words)), soft_wrap=True)
    out.print()
    measures = dict.fromkeys(text for one in outcome.variants for text in one.values)
    names = [measure_name(text, words.language) for text in measures]
    table = plain_table(words("variant"), *map(escape, names), numbers=tuple(map(escape, names)))
    for variant in outcome.variants:
        table.add_row(
            escape(variant.name), *(values_text(variant, measure) for measure in measures)
        )
    out.print(table)
    out.print()
    found = plain_table(words("claim"), words("difference"), words("level"), words("verdict"))
    for one in outcome.comparisons:
        level = words("exact") if one.is_exact else f"{100 * one.effect.level:.1f} %"
        asked = asked_text(one.comparison, words)
        found.add_row(escape(asked), effect_text(one), level, words(one.effect.verdict))
    out.print(found)
    rules = rule_sentences(outcome, words)
    if rules:
        out.print()
    for rule in rules:
        out.print(escape(rule), soft_wrap=True, style="dim")
    out.print(
        f"\n{words('Picture')}  {escape(str(file))}  ({duration(outcome.seconds)})", soft_wrap=True
    )
