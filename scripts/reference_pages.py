"""Make the page of the table language from the schema, and that of all faults from the messages, for the site."""

import ast
from collections.abc import Iterator
from pathlib import Path

from striate.documents.schema import SCHEMA, Entry
from striate.documents.vocabulary import (
    COLUMNS,
    FUNCTIONS,
    KINDS,
    column_of,
    kind_of,
    known_columns,
    known_kinds,
)
from striate.errors.fault import Fault


MESSAGES = Path("src/striate/errors")
_NO_MESSAGES = {"__init__", "fault", "remark", "words", "particles"}


def language() -> str:
    """Return the page of the table language: headings, types with their options, functions."""
    lines = [
        "# The table language",
        "",
        "Written by `scripts/reference_pages.py` from the schema that reads and writes tables. Words are the same in any",
        "case; those of the right column mean what stands in the left one. Tables written for other programs are read as well:",
        "see [the first page](index.md).",
        "",
        "## Headings",
        "",
        "| heading | also |",
        "| --- | --- |",
    ]
    for column in COLUMNS:
        others = [word for word in known_columns() if column_of(word) == column]
        lines.append(f"| {column} | {_words(others, column)} |")
    lines += [
        "",
        "## Types",
        "",
        "| type | also | columns | options |",
        "| --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        others = [word for word in known_kinds() if kind_of(word) == kind]
        entry = SCHEMA.get(kind)
        columns, options = (
            ("claims alone", "") if entry is None else (_columns(entry), _options(entry))
        )
        lines.append(f"| {kind} | {_words(others, kind)} | {columns} | {options} |")
    lines += [
        "",
        "## Functions",
        "",
        "In the column Activation, or as a row of the type Activation:",
        "",
    ]
    lines += [", ".join(f"`{name}`" for name in FUNCTIONS) + ".", ""]
    return "\n".join(lines)


def _words(words: list[str], own: str) -> str:
    kept = dict.fromkeys(word for word in words if word.casefold() != own.casefold())
    return ", ".join(kept).replace("|", "\\|") or "-"


def _columns(entry: Entry) -> str:
    named = {one.column for one in entry.fields} | {c for part in entry.parts for c in part.columns}
    return ", ".join(column for column in COLUMNS if column in named) or "-"


def _options(entry: Entry) -> str:
    told = []
    for one in entry.fields:
        if one.option:
            default = entry.default(one.name)
            is_shown = isinstance(default, int | float | str)
            told.append(f"`{one.option}`" + (f" ({default})" if is_shown else ""))
    own = {one.option for one in entry.fields}
    told += [f"`{name}`" for name in entry.options if name not in own]
    return ", ".join(dict.fromkeys(told)) or "-"


def errors() -> str:
    """Return the catalogue of faults: what each reports, what is needed, and what to do."""
    lines = [
        "# Every fault",
        "",
        "Written by `scripts/reference_pages.py` from the messages themselves. `…` is what a message fills in.",
        "",
    ]
    for file in sorted(MESSAGES.glob("*.py")):
        if file.stem in _NO_MESSAGES:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found = list(_faults(tree))
        if not found:
            continue
        lines += [f"## {file.stem.replace('_', ' ').capitalize()}", ""]
        lines += [_plain((ast.get_docstring(tree) or "").split("\n\n")[0]), ""]
        lines += [
            "| fault | what came | what is needed | what to do |",
            "| --- | --- | --- | --- |",
        ]
        lines += [f"| {' | '.join(cells)} |" for cells in found] + [""]
    return "\n".join(lines)


def _faults(tree: ast.Module) -> Iterator[list[str]]:
    """Give name, cause, need and remedy of each function that makes a fault."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == Fault.__name__:
                parts = {word.arg: _template(word.value) for word in call.keywords}
                parts |= {
                    name: _template(value)
                    for name, value in zip(
                        ("where", "came", "needed", "fix"), call.args, strict=False
                    )
                }
                cause = _plain((ast.get_docstring(node) or "").split("\n\n")[0])
                told = (_plain(parts.get(part, "…")) for part in ("came", "needed", "fix"))
                yield [cause, *told]
                break


def _template(node: ast.expr) -> str:
    """Write an expression as text, with a mark for each part that is known only when it is said."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_template(value) for value in values)
        case ast.BinOp(left=left, right=right):
            return _template(left) + _template(right)
        case ast.IfExp(body=body, orelse=other):
            ways = [way for way in (_template(body), _template(other)) if way.strip("… ")]
            return " / ".join(ways) or "…"
        case _:
            return "…"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
