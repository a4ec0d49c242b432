"""Write what an experiment came to into its document: a table that no hand types."""

import re
from pathlib import Path

import yaml

from striate.errors import ExperimentError
from striate.errors.experiments import result_not_recorded
from striate.errors.words import Words
from striate.experiments.outcome import Outcome
from striate.experiments.reading import BEGIN, END, experiment_file
from striate.experiments.telling import (
    asked_text,
    effect_text,
    rule_sentences,
    spent_sentence,
    values_text,
    verdict_sentence,
)
from striate.system.files import write_durably


_BLOCK = re.compile(rf"\n*{re.escape(BEGIN)}.*?{re.escape(END)}\n*", re.DOTALL)
_FOUND = re.compile(r"^found:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)


def found_section(outcome: Outcome) -> str:
    """Write what was found as Markdown, between its two marks."""
    words = Words()
    lines = [BEGIN, "", "## What was found", "", verdict_sentence(outcome, words), ""]
    lines += [spent_sentence(outcome, words), ""]
    lines += ["| claim | difference | verdict |", "| --- | --- | --- |"]
    lines += [
        f"| {asked_text(one.comparison, words)} | {effect_text(one)} | {one.effect.verdict} |"
        for one in outcome.comparisons
    ]
    lines += ["", "| | " + " | ".join(_measures(outcome)) + " |"]
    lines += ["| --- |" + " --- |" * len(_measures(outcome))]
    lines += [
        f"| {variant.name} | "
        + " | ".join(values_text(variant, measure) for measure in _measures(outcome))
        + " |"
        for variant in outcome.variants
    ]
    rules = rule_sentences(outcome, words)
    lines += [""] if rules else []
    return "\n".join([*lines, *(f"- {rule}" for rule in rules), "", END])


def _measures(outcome: Outcome) -> list[str]:
    return list(dict.fromkeys(text for variant in outcome.variants for text in variant.values))


def record(outcome: Outcome) -> Path:
    """Write an outcome into the document of its experiment, in place of what stood there before.

    Returns:
        The document.

    Raises:
        ExperimentError: It was asked of another network, or its document cannot be written.
    """
    where = outcome.experiment.where
    path = experiment_file(where)
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = {
            "verdict": outcome.verdict,
            "budget": "exact" if outcome.is_exact else outcome.budget,
            "seeds": 0 if outcome.is_exact else outcome.spent.seeds,
            "processor": round(outcome.processor, 1),
        }
        found = yaml.safe_dump({"found": told}, sort_keys=False, allow_unicode=True)
        head, fence, body = text.partition("\n---")
        head = _FOUND.sub("", f"{head}\n").rstrip("\n")
        body = _BLOCK.sub("\n\n", body).rstrip("\n")
        write_durably(path, f"{head}\n{found.rstrip()}{fence}{body}\n\n{found_section(outcome)}\n")
    except OSError as error:
        problem = error.strerror or str(error)
        raise ExperimentError(result_not_recorded(where, problem)) from error
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8"
        raise ExperimentError(result_not_recorded(where, problem)) from error
    return path
