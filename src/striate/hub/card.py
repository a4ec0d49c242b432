"""The card of a bundle: what the hub shows of it. Names in it come from data, and are written so that none is markup."""

import re
from itertools import groupby

import yaml

from striate.documents import write_document
from striate.prediction import Bundle
from striate.version import __version__


_CLASSES_SHOWN = 200
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")
_NUMBER = re.compile(r"^(\d+)\.")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(name: str) -> str:
    """Write a name so that neither Markdown nor HTML takes a part of it for markup, in one line."""
    plain = " ".join(name.split()) or "(empty)"
    for sign, entity in _ENTITIES.items():
        plain = plain.replace(sign, entity)
    return _NUMBER.sub(r"\1\\.", _MARKUP.sub(r"\\\1", plain))


def card_of(bundle: Bundle, repository: str, result: str = "") -> str:
    """Write the card.

    Args:
        bundle: The trained network.
        repository: Where it will lie, as `owner/name`.
        result: What was measured, in Markdown, as training wrote it behind the document.
    """
    document = bundle.document
    reads = "text" if document.table.words is not None else "image"
    front: dict[str, object] = {
        "library_name": "striate",
        "tags": ["striate", "convolutional-network" if reads == "image" else "sentences"],
    }
    if document.table.image is not None or reads == "text":
        front["pipeline_tag"] = f"{reads}-classification"
    total = document.sound_walk().total
    classes = ", ".join(map(escaped, bundle.classes[:_CLASSES_SHOWN]))
    more = len(bundle.classes) - _CLASSES_SHOWN
    example = '["a sentence"]' if reads == "text" else '["picture.png"]'
    verb = "predict_sentences" if reads == "text" else "predict"
    given = '"a sentence"' if reads == "text" else "picture.png"
    looks = (
        "" if bundle.looks is None else " A picture that is unlike all of them is named as such."
    )
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False)}---",
        f"# {escaped(document.name)}",
        (
            f"A network that names one of {len(bundle.classes):,} classes, trained with Striate {__version__} or earlier. It "
            f"reads {escaped(str(document.table.input))} and has {total.parameters:,} parameters. Its table, its recipe "
            "and the way that inputs are prepared stand in [network.md](network.md), from which it is built."
        ),
        "## How to use it",
        f"```\npip install 'striate[hub]'\nstriate predict hf:{repository} {given}\n```",
        (
            f'```python\nimport striate\n\nbundle = striate.load_bundle("hf:{repository}")\n'
            f"print(striate.{verb}(bundle, {example}))\n```"
        ),
        "The files hold no code, and none is unpickled; their digests stand in `config.json` and are compared.",
        *(["## What was measured", result] if result else []),
        "## Limits",
        (
            f"It knows these classes and no others, and names one of them whatever it is shown.{looks} Its probabilities "
            "are those of its training data, and are not calibrated. What was measured holds for data of the same kind."
        ),
        f"## Classes\n\n{classes}{f', and {more:,} more' if more > 0 else ''}",
        "## Table",
        _table(bundle),
    ]
    return "\n\n".join(parts) + "\n"


def _table(bundle: Bundle) -> str:
    """Return the tables of the document, as Markdown."""
    text = write_document(bundle.document).partition("\n---\n")[2]
    groups = groupby(text.splitlines(), key=lambda line: line.startswith("|"))
    tables = ["\n".join(lines) for is_table, lines in groups if is_table]
    return "\n\n".join(tables).replace("<", "&lt;")
