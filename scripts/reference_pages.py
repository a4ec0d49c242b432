"""Make the pages of the site that nobody writes: the table language, the recipe, all flags, faults, and names in Python.

Each is made from what it describes, in English and, but for flags and Python, in Korean.
"""

import argparse
import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path

import yaml

import striate
import striate.see
from striate.cli import VERBS
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
from striate.errors.words import Language, Words
from striate.networks import network_names
from striate.recipe import Recipe


ROOT = Path(__file__).parents[1]
MESSAGES = ROOT / "src/striate/errors"
KOREAN = yaml.safe_load(
    (Path(__file__).parent / "reference_pages.ko.yaml").read_text(encoding="utf-8")
)
"""What the Korean pages say beside the words of the program: headings, sentences, fields of the recipe."""

_NO_MESSAGES = {"__init__", "fault", "remark", "words", "particles"}


def _say(language: Language, text: str) -> str:
    return text if language == "en" else str(KOREAN["sentences"][text])


def _table(language: Language, *headings: str) -> list[str]:
    named = (_say(language, heading) for heading in headings)
    return ["", f"| {' | '.join(named)} |", "| --- " * len(headings) + "|"]


def language(spoken: Language = "en") -> str:
    """Return the page of the table language: headings, types with their options, functions."""
    lines = [
        f"# {_say(spoken, 'The table language')}",
        "",
        _say(spoken, "Words are the same in any case; those of the second column mean the first."),
        _say(spoken, "Tables written for other programs are read as well."),
        "",
        f"## {_say(spoken, 'Headings')}",
        *_table(spoken, "heading", "also"),
    ]
    for column in COLUMNS:
        others = [word for word in known_columns() if column_of(word) == column]
        lines.append(f"| {column} | {_words(others, column)} |")
    lines += [
        "",
        f"## {_say(spoken, 'Types')}",
        "",
        _say(spoken, "An option is written as `name=value`; behind it stands what holds without."),
        *_table(spoken, "type", "also", "columns", "options"),
    ]
    for kind in KINDS:
        others = [word for word in known_kinds() if kind_of(word) == kind]
        entry = SCHEMA.get(kind)
        columns, options = (
            (_say(spoken, "claims alone"), "-")
            if entry is None
            else (_columns(entry), _options(entry))
        )
        lines.append(f"| {kind} | {_words(others, kind)} | {columns} | {options} |")
    lines += [
        "",
        f"## {_say(spoken, 'Functions')}",
        "",
        _say(spoken, "In the column Activation, or as a row of the type Activation:"),
        "",
        ", ".join(f"`{name}`" for name in FUNCTIONS) + ".",
        "",
    ]
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


def recipe(spoken: Language = "en") -> str:
    """Return the page of recipes: every field, and what the shipped networks say."""
    lines = [
        f"# {_say(spoken, 'Recipes')}",
        "",
        _say(
            spoken,
            "A recipe stands in the front matter of a document. Every field is a flag, too: `--batch-size 64`.",
        ),
        "",
        "```yaml",
        "recipe:",
        "  epochs: 12",
        "  optimizer: adamw",
        "  learning_rate: 0.01",
        "  augmentation: shift 2, rotate 10",
        "```",
        "",
        f"## {_say(spoken, 'Fields')}",
        *_table(spoken, "field", "default", "what it says"),
    ]
    told = recipe_fields()
    for field in fields(Recipe):
        says = told[field.name]
        # What has no Korean form yet stays English.
        says = says if spoken == "en" else KOREAN["recipe"].get(field.name, says)
        default = "-" if field.default == () else f"`{field.default}`"
        lines.append(f"| `{field.name}` | {default} | {_plain(says)} |")
    lines += [
        "",
        f"## {_say(spoken, 'What the shipped networks say')}",
        "",
        _say(spoken, "Fields that stand in their documents. The others have their defaults there."),
        *_table(spoken, "network", "recipe"),
    ]
    for name in network_names():
        stated = striate.load(name).recipe
        says = [
            f"`{field.name}: {getattr(stated, field.name)}`"
            for field in fields(Recipe)
            if stated is not None
            and field.name != "augmentation"
            and getattr(stated, field.name) != field.default
        ]
        lines.append(f"| [{name}](networks/{name}.md) | {', '.join(says) or '-'} |")
    return "\n".join([*lines, ""])


def recipe_fields() -> dict[str, str]:
    """Return what each field of a recipe says, from the docstring of `Recipe`."""
    found = re.findall(
        r"^ {8}(\w+): (.*?)(?=^ {8}\w+: |^\s*$)", Recipe.__doc__ or "", re.MULTILINE | re.DOTALL
    )
    return {name: " ".join(text.split()) for name, text in found}


def errors(spoken: Language = "en", rooms: str = "*") -> str:
    """Return the catalogue of faults: what each reports, what is needed, and what to do.

    Args:
        spoken: In which language.
        rooms: The files of messages, as a pattern of their names.
    """
    headings = ["what came", "what is needed", "what to do"]
    lines, english_alone = [], 0
    for file in sorted(MESSAGES.glob(f"{rooms}.py")):
        if file.stem in _NO_MESSAGES:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        every = list(_faults(tree, spoken))
        found = [cells for cells in every if cells]
        english_alone += len(every) - len(found)
        if not found:
            continue
        title = file.stem.replace("_", " ").capitalize()
        if spoken == "en":
            about = _plain((ast.get_docstring(tree) or "").split("\n\n")[0])
            lines += [f"## {title}", "", about, *_table(spoken, "fault", *headings)]
        else:
            lines += [f"## {KOREAN['rooms'].get(file.stem, title)}", *_table(spoken, *headings)]
        shown = found if spoken == "en" else [cells[1:] for cells in found]
        lines += [f"| {' | '.join(cells)} |" for cells in shown] + [""]
    head = [
        f"# {_say(spoken, 'Every fault')}",
        "",
        _say(spoken, "Capital letters stand for what a message fills in."),
    ]
    if english_alone:
        head += [KOREAN["english alone"].format(english_alone)]
    return "\n".join([*head, "", *lines])


def _faults(tree: ast.Module, spoken: Language) -> Iterator[list[str]]:
    """Give name, cause, need and remedy of each function that makes a fault; nothing where it has no Korean form."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        given, words = _given(node), Words(spoken)
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == Fault.__name__:
                parts = {word.arg: word.value for word in call.keywords}
                names = ("where", "came", "needed", "fix")
                parts |= dict(zip(names, call.args, strict=False))
                says = (ast.get_docstring(node) or "").split("\n\n")[0].removeprefix("Report ")
                told = [_told(parts[part], given, words) for part in ("came", "needed", "fix")]
                cells = [_plain(says[:1].upper() + says[1:]), *told]
                yield [] if words.untranslated else cells
                break


Given = dict[str, list[ast.expr]]


def _given(node: ast.FunctionDef) -> Given:
    """Return what a function assigns to each of its names, as far as it is text."""
    given: Given = {}
    for part in ast.walk(node):
        if not isinstance(part, ast.Assign) or not isinstance(part.targets[0], ast.Name):
            continue
        if _is_text(part.value):
            given.setdefault(part.targets[0].id, []).append(part.value)
    return given


def _told(node: ast.expr, given: Given, words: Words) -> str:
    """Say a part of a fault in every way that it may be said."""
    ways = (words.sentence(" ".join(way.split())) for way in _ways(node, given))
    return _plain(" / ".join(dict.fromkeys(way for way in ways if way)))


_MOST_WAYS = 4


def _ways(node: ast.expr, given: Given) -> list[str]:
    """Write an expression as texts, with a word in capitals for each part that is known only when it is said."""
    match node:
        case ast.Constant(value=str(text)):
            ways = [text]
        case ast.JoinedStr(values=values):
            parts = (_ways(value, given) for value in values)
            ways = ["".join(chosen) for chosen in product(*parts)]
        case ast.FormattedValue(value=value, conversion=conversion):
            shown = _ways(value, given)
            ways = [f"'{way}'" for way in shown] if conversion == ord("r") else shown
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _is_text(left) or _is_text(right):
            ways = [first + rest for first in _ways(left, given) for rest in _ways(right, given)]
        case ast.IfExp(body=body, orelse=other):
            ways = [*_ways(body, given), *_ways(other, given)]
        case ast.Name(id=name) if name in given:
            rest = {other: found for other, found in given.items() if other != name}
            ways = [way for value in given[name] for way in _ways(value, rest)]
        case ast.Call(func=ast.Name(id="counted"), args=[count, ast.Constant(value=noun), *more]):
            plural = more[0].value if more and isinstance(more[0], ast.Constant) else f"{noun}s"
            ways = [f"{number} {plural}" for number in _ways(count, given)]
        case _:
            ways = [_hole(node)]
    return ways[:_MOST_WAYS]


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.IfExp(body=body, orelse=other) | ast.BinOp(left=body, op=ast.Add(), right=other):
            return _is_text(body) or _is_text(other)
        case ast.Call(func=ast.Name(id="counted")):
            return True
        case _:
            return False


def _hole(node: ast.expr) -> str:
    """Return the name of what a message fills in, in capitals."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    called = {
        part.func.id
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    kept = [name for name in names if name not in called] or names or ["..."]
    return kept[0].strip("_").replace("_", "-").upper()


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def flags() -> str:
    """Return the page of every flag of every verb, from what `--help` prints."""
    lines = ["# Every flag", ""]
    for name, module in VERBS.items():
        verb = import_module(f"striate.cli.{module}")
        parser = argparse.ArgumentParser(prog=f"striate {name}", description=verb.DESCRIPTION)
        verb.add_arguments(parser)
        lines += _verb(parser)
    return "\n".join(lines)


def _verb(parser: argparse.ArgumentParser, depth: int = 2) -> list[str]:
    """Give the section of a verb, and of the verbs below it."""
    lines = [f"{'#' * depth} `{parser.prog}`", "", _plain(parser.description or ""), ""]
    actions = [action for action in parser._actions if action.dest != "help"]
    below = [action for action in actions if isinstance(action, argparse._SubParsersAction)]
    told = [f"| {_usage(action)} | {_help(action)} |" for action in actions if action not in below]
    lines += ["| | |", "| --- | --- |", *told, ""] if told else []
    for action in below:
        for inner in action.choices.values():
            lines += _verb(inner, depth + 1)
    return lines


def _usage(action: argparse.Action) -> str:
    """Give an argument as it is typed: `--seed N`, `NETWORK`."""
    values = "|".join(map(str, action.choices or ()))
    takes = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value = "" if action.nargs == 0 else values or takes
    names = ", ".join(action.option_strings)
    text = f"{names} {value}".strip() if names else takes
    return f"`{text}`".replace("|", "\\|")


def _help(action: argparse.Action) -> str:
    return _plain(
        (action.help or "").replace("%%", "%").replace("%(default)s", f"{action.default}")
    )


ROOMS = {
    "Read, check and write": ("checking", "documents", "networks", "recipe", "preparation"),
    "Build, train and go on": ("modules", "training", "data"),
    "Measure and predict": ("prediction", "runtime", "classifier"),
    "See": ("see",),
    "Ask and ship": ("experiments", "export"),
    "Rows and tables": ("table",),
    "Layers": ("layers",),
    "Faults": ("errors",),
}
"""Sections of the page of Python names, with the rooms whose names stand in them."""


def api() -> str:
    """Return the page of the Python names, whose text comes from their docstrings."""
    sections: dict[str, list[str]] = {section: [] for section in ROOMS}
    for name in sorted(striate.__all__, key=lambda name: (name[0].isupper(), name.casefold())):
        held = getattr(striate, name)
        if not name.startswith("_") and name != "see":
            sections[_section(name, held)].append(f"striate.{name}")
    sections["See"] += [f"striate.see.{name}" for name in striate.see.__all__]
    lines = ["# In Python", "", "Every name of the package, from its docstring.", ""]
    for section, names in sections.items():
        lines += [f"## {section}", ""]
        for name in names:
            lines += [f"::: {name}", "    options:", "      heading_level: 3"]
            lines += ["      members: false", ""] if section == "Layers" else [""]
    return "\n".join(lines)


def _section(name: str, held: object) -> str:
    room = getattr(held, "__module__", "").split(".")[1]
    for section, rooms in ROOMS.items():
        if room in rooms:
            return section
    message = f"no section of the page of Python names holds {room}, where {name} comes from"
    raise LookupError(message)


PAGES: dict[str, Callable[[], str]] = {"api.md": api, "cli.md": flags}
for _name, _page in (("language", language), ("recipe", recipe), ("errors", errors)):
    PAGES[f"{_name}.md"] = _page
    PAGES[f"{_name}.ko.md"] = partial(_page, "ko")
