"""Read the YAML on top of a document: who the network is, how its input is prepared, its recipe."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any, Literal, TypeVar, get_origin, get_type_hints

import yaml

from striate.augmentation.kinds import Augmentation
from striate.documents.augmentations import read_augmentation, write_augmentation
from striate.documents.document import Document, usual_recipe
from striate.documents.heading import Heading
from striate.documents.parts import FrontMatter
from striate.documents.patterns import pattern_of
from striate.errors import Fault, RecipeError
from striate.errors.recipes import (
    class_weights_not_read,
    field_of_wrong_type,
    front_matter_not_closed,
    mean_beside_range,
    not_yaml,
    repeated_field,
    unknown_field,
)
from striate.fine_tuning import RATES, text_of_rates, text_of_rows
from striate.preparation import Preparation, TextPreparation, numbers_as_text
from striate.recipe import Recipe


T = TypeVar("T", Preparation, TextPreparation, Recipe)

FIELDS = ("name", "source", "data", "input", "text", "recipe")

_PUBLISHING = frozenset(
    [
        "layout",
        "title",
        "subtitle",
        "date",
        "lastmod",
        "updated",
        "author",
        "authors",
        "tags",
        "tag",
        "category",
        "categories",
        "description",
        "summary",
        "abstract",
        "keywords",
        "draft",
        "published",
        "permalink",
        "slug",
        "url",
        "aliases",
        "weight",
        "toc",
        "math",
        "mathjax",
        "katex",
        "comments",
        "image",
        "images",
        "cover",
        "thumbnail",
        "featured",
        "lang",
        "language",
        "locale",
        "header-includes",
        "bibliography",
        "csl",
        "documentclass",
        "geometry",
        "fontsize",
        "output",
        "institute",
        "theme",
        "series",
        "sidebar",
        "excerpt",
        "redirect_from",
        "header",
        "license",
        "pipeline_tag",
        "library_name",
        "datasets",
        "metrics",
        "base_model",
        "model-index",
        "widget",
        "inference",
        "nav_order",
        "parent",
        "has_children",
        "sitemap",
        "jupyter",
        "kernelspec",
        "id",
        "sidebar_position",
        "sidebar_label",
        "hide_title",
        "mermaid",
        "pin",
        "media_subpath",
        "share",
        "type",
        "format",
        "execute",
        "editor",
        "code-fold",
        "number-sections",
        "classoption",
        "papersize",
    ]
)
"""Fields that Jekyll, Hugo, Pandoc, Quarto and model hubs know, and that say nothing of a network here."""

_LIMIT = 2**63

_WEIGHTS = "class_weights"
_WEIGHT = pattern_of(r"(.*\S)\s*[\s=:]\s*([-+.\d]\S*)")
"""A class and its weight: `cat 2`, `cat=2` or `cat: 2`."""

_OWN = pattern_of(r"^(?:name|input|text|recipe)\s*:", re.MULTILINE)
"""Fields that other programs hardly know; `source` and `data` many of them do."""

_FOREIGN = pattern_of(rf"^(?:{'|'.join(sorted(_PUBLISHING))})\s*:", re.MULTILINE)

_CHANNELS = ("mean", "std")
"""Fields of a preparation that hold a number for each channel."""

Entries = dict[str, tuple[yaml.Node, int]]


def read_front_matter(front_matter: FrontMatter) -> Heading:
    """Read the front matter.

    Args:
        front_matter: The YAML of a document.

    Returns:
        Its fields; those that cannot be read are left at their defaults and named in `faults`.
    """
    if not front_matter.is_closed:
        return Heading(faults=(front_matter_not_closed(),))
    offset = front_matter.line
    if _FOREIGN.search(front_matter.text) and not _OWN.search(front_matter.text):
        # The front matter of another program, in whatever form.
        return Heading()
    try:
        root = yaml.compose(front_matter.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line if error.problem_mark else 0
        problem = error.problem or "it is no YAML"
        return Heading(faults=(not_yaml(problem, at + offset),))
    except yaml.YAMLError as error:
        return Heading(faults=(not_yaml(str(error).splitlines()[0], offset),))
    except RecursionError:
        return Heading(faults=(not_yaml("it is nested too deeply", offset),))
    entries, faults = _entries("the front matter", root, FIELDS, offset)
    words = {key: _words(key, entries, faults) for key in ("name", "source", "data")}
    preparation, _, found = _record(Preparation, "input", entries, offset)
    text, _, found_in_text = _record(TextPreparation, "text", entries, offset)
    recipe, lines, found_too = _record(Recipe, "recipe", entries, offset)
    recipe_line = entries["recipe"][1] if "recipe" in entries else None
    return Heading(
        words["name"],
        words["source"],
        words["data"],
        preparation,
        text,
        recipe,
        entries["input"][1] if "input" in entries else None,
        entries["text"][1] if "text" in entries else None,
        lines.get("loss", recipe_line),
        "loss" in lines,
        frozenset(lines),
        (*faults, *found, *found_in_text, *found_too),
    )


def _words(key: str, entries: Entries, faults: list[Fault]) -> str:
    if key not in entries:
        return ""
    node, line = entries[key]
    if isinstance(node, yaml.ScalarNode):
        return " ".join(str(node.value).split())
    faults.append(replace(field_of_wrong_type(key, _shown(node), "a text"), line=line))
    return ""


def record_of(kind: type[T], values: Mapping[str, object], of: str) -> T:
    """Make a recipe or a preparation from plain values, as JSON or flags give them.

    Args:
        kind: Recipe or Preparation.
        values: Fields by name; the others keep their defaults.
        of: What holds the values, for messages.

    Raises:
        RecipeError: A field is unknown or has an impossible value; all are named.
    """
    names = tuple(item.name for item in fields(kind))
    faults = [unknown_field(of, name, names) for name in values if name not in names]
    known: dict[str, Any] = {}
    for name in names:
        if name in values:
            value, wrong = _typed(kind, name, values[name])
            faults += wrong
            if not wrong:
                known[name] = value
    if any(name in values for name in _CHANNELS):
        # A value that is the usual one is said twice all the same.
        faults += [
            mean_beside_range(name) for name in ("low", "high") if known.pop(name, None) is not None
        ]
        if any(name in values and name not in known for name in _CHANNELS):
            known = {name: value for name, value in known.items() if name not in _CHANNELS}
    try:
        record = kind(**known)
    except RecipeError as error:
        raise RecipeError(*faults, *error.faults) from None
    if faults:
        raise RecipeError(*faults)
    return record


def recipe_with(document: Document, fields: Mapping[str, object]) -> Recipe:
    """Return the recipe of a document with some of its fields replaced, as flags and arguments give them.

    A recipe that nobody has stated has the rate, the rise and the batches of its own optimizer, which are none for
    plain descent: beside `sgd` and `nesterov` the defaults of `Recipe` take their place.

    Raises:
        RecipeError: A field is unknown, or a value is impossible; all of them are named.
    """
    base = document.recipe
    is_descent = fields.get("optimizer") in {"sgd", "nesterov"}
    if is_descent and base == usual_recipe(document.table):
        base = Recipe(loss=base.loss)
    return record_of(Recipe, {**values_of(base), **fields}, "the recipe")


def values_of(record: Preparation | TextPreparation | Recipe) -> dict[str, object]:
    """Give the fields of a record as plain values, which `record_of` takes back."""
    values: dict[str, object] = {item.name: getattr(record, item.name) for item in fields(record)}
    if isinstance(record, Preparation):
        # One of the two pairs says the values of bytes.
        for name in ("low", "high") if record.mean else _CHANNELS:
            del values[name]
        values |= {
            name: numbers_as_text(getattr(record, name)) for name in _CHANNELS if record.mean
        }
    if isinstance(record, Recipe):
        values["augmentation"] = write_augmentation(record.augmentation)
        weights = record.class_weights
        values["class_weights"] = dict(weights) if isinstance(weights, tuple) else weights
        values["class_weights"] = values["class_weights"] or "none"
    return values


def values_by_origin(document: Document) -> dict[str, dict[str, object]]:
    """Give every field of a recipe in force, by who has said it.

    Returns:
        Values by name below `flags` (or arguments), `data`, `document` and `defaults`; the strongest has a field.
    """
    values, told = values_of(document.recipe), dict[str, dict[str, object]]()
    origins = {
        "flags": document.given_fields,
        "data": document.chosen_fields,
        "document": document.stated_fields,
        "defaults": frozenset(values),
    }
    for origin, names in origins.items():
        told[origin] = {name: values.pop(name) for name in tuple(values) if name in names}
    return told


def _entries(
    of: str, node: yaml.Node | None, names: tuple[str, ...], offset: int
) -> tuple[Entries, list[Fault]]:
    """Give the fields of a mapping with their lines, and the faults of its keys."""
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return {}, []
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + offset
        return {}, [replace(field_of_wrong_type(of, _shown(node), "fields"), line=line)]
    entries: Entries = {}
    faults = []
    for key, value in node.value:
        line = key.start_mark.line + offset
        name = key.value if isinstance(key, yaml.ScalarNode) else _shown(key)
        if names == FIELDS and name.casefold() in _PUBLISHING:
            continue
        if name not in names:
            faults.append(replace(unknown_field(of, name, names), line=line))
        elif name in entries:
            faults.append(replace(repeated_field(of, name), line=line))
        else:
            entries[name] = (value, line)
    return entries, faults


def _record(
    kind: type[T], name: str, parents: Entries, offset: int
) -> tuple[T | None, dict[str, int], list[Fault]]:
    """Read a record; with it come the lines of the fields that are right, and the faults."""
    if name not in parents:
        return None, {}, []
    names = tuple(item.name for item in fields(kind))
    entries, faults = _entries(name, parents[name][0], names, offset)
    lines: dict[str, int] = {}
    values: dict[str, object] = {}
    for field_name, (node, line) in entries.items():
        if isinstance(node, yaml.ScalarNode):
            # As written: YAML 1.1 would make a truth of `no`, and a text of 1e-3.
            lines[field_name], values[field_name] = line, node.value
        elif field_name in _CHANNELS and isinstance(node, yaml.SequenceNode):
            listed = [getattr(one, "value", None) for one in node.value]
            lines[field_name], values[field_name] = line, listed
        elif field_name == _WEIGHTS and isinstance(node, yaml.MappingNode):
            lines[field_name], values[field_name] = line, _pairs(node)
        else:
            fault = field_of_wrong_type(field_name, _shown(node), "one value")
            faults.append(replace(fault, line=line))
    # The fields that are right are kept: the rest of the check should see them.
    while True:
        try:
            return record_of(kind, values, name), lines, faults
        except RecipeError as error:
            place = next(iter(lines.values()))
            faults += [replace(one, line=lines.get(one.where, place)) for one in error.faults]
            wrong = {fault.where for fault in error.faults}
            wrong |= set(_CHANNELS) if wrong & set(_CHANNELS) else set()
            # A range can be empty by one of its ends alone; then neither is kept.
            wrong |= set() if wrong & set(values) else set(values)
            values = {one: value for one, value in values.items() if one not in wrong}
            lines = {one: line for one, line in lines.items() if one not in wrong}


def _pairs(node: yaml.MappingNode) -> tuple[tuple[str, object], ...]:
    """Give the entries of a mapping as they are written, those that come twice too."""
    return tuple(
        (str(name.value), value.value if isinstance(value, yaml.ScalarNode) else _shown(value))
        for name, value in node.value
    )


def _shown(node: yaml.Node) -> str:
    """Say what a part of the YAML is, for messages."""
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a group of fields"


def _typed(kind: type[T], name: str, value: object) -> tuple[Any, tuple[Fault, ...]]:
    """Convert a plain value to its field's type."""
    wanted = get_type_hints(kind)[name]
    if get_origin(wanted) is Literal:
        # The record itself reports a word outside the closed set, with the nearest one.
        return str(value), ()
    if name in _CHANNELS:
        return _numbers(name, value)
    if get_origin(wanted) is tuple:
        return _augmentation(name, value)
    if name == _WEIGHTS:
        return _class_weights(value)
    if name == "milestones" and isinstance(value, list | tuple | int):
        return ", ".join(map(str, value if isinstance(value, list | tuple) else [value])), ()
    if wanted is str:
        return _rows(name, value)
    described = "a whole number" if wanted is int else "a number"
    shown = "nothing" if value is None or value == "" else repr(value)
    number: int | float | None = None
    try:
        if isinstance(value, bool):
            number = None
        elif wanted is float and isinstance(value, str | int | float):
            number = float(value)
        elif wanted is int and isinstance(value, str | int):
            number = int(value)
    except (ValueError, OverflowError):
        number = None
    if number is None:
        return None, (field_of_wrong_type(name, shown, described),)
    if isinstance(number, int) and abs(number) >= _LIMIT:
        return None, (field_of_wrong_type(name, shown, f"{described} below 2^63"),)
    return number, ()


def _numbers(name: str, value: object) -> tuple[Any, tuple[Fault, ...]]:
    """Take a number for each channel as `0.485, 0.456, 0.406`, in brackets or not, as a list, or one for all."""
    listed: Any = value
    if isinstance(value, str):
        listed = [one for one in re.split(r"[,\s]+", value.strip().strip("[]()").strip()) if one]
    elif not isinstance(value, list | tuple):
        listed = [value]
    with suppress(TypeError, ValueError, OverflowError):
        numbers = tuple(float(one) for one in listed if not isinstance(one, bool))
        if numbers and len(numbers) == len(listed):
            return numbers, ()
    needed = "a number for each channel, such as `0.485, 0.456, 0.406`"
    return None, (field_of_wrong_type(name, repr(value) if value else "nothing", needed),)


def _rows(name: str, value: object) -> tuple[Any, tuple[Fault, ...]]:
    """Take rows as one text, or as a program lists them."""
    if value is None or isinstance(value, str):
        return " ".join((value or "").split()), ()
    if name == RATES:
        if isinstance(value, Mapping) and all(_is_factor(*one) for one in value.items()):
            return text_of_rates(value), ()
        needed = "a text such as `C1..S4=0.1`, or factors by rows"
        return None, (field_of_wrong_type(name, repr(value), needed),)
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return text_of_rows(value), ()
    return None, (field_of_wrong_type(name, repr(value), "a text such as `C1..S4`, or rows"),)


def _is_factor(row: object, factor: object) -> bool:
    return isinstance(row, str) and isinstance(factor, int | float) and not isinstance(factor, bool)


def _augmentation(name: str, value: object) -> tuple[Any, tuple[Fault, ...]]:
    """Take kinds as they are, and read those that are written as one text."""
    if isinstance(value, list | tuple) and all(isinstance(one, Augmentation) for one in value):
        return tuple(value), ()
    if value is not None and not isinstance(value, str):
        needed = "a text such as `shift 2, rotate 10`"
        return None, (field_of_wrong_type(name, repr(value), needed),)
    try:
        return read_augmentation(value or ""), ()
    except RecipeError as error:
        return None, error.faults


def _class_weights(value: object) -> tuple[Any, tuple[Fault, ...]]:
    """Read weights of classes: none, balanced, a mapping, pairs, or one text."""
    if value is None or (isinstance(value, str) and value.strip().casefold() in {"", "none"}):
        return (), ()
    if isinstance(value, str) and value.strip().casefold() == "balanced":
        return "balanced", ()
    pairs: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, str):
        parts = [_WEIGHT.fullmatch(part.strip()) for part in value.split(",")]
        pairs = [(part.group(1), part.group(2)) if part else ("", "") for part in parts]
    elif isinstance(value, list | tuple) and all(len(pair) == _PAIR for pair in value):
        pairs = [(name, weight) for name, weight in value]
    try:
        weights = tuple((str(name), float(weight)) for name, weight in pairs)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        weights = ()
    if not weights or any(not name for name, _ in weights):
        shown = value if isinstance(value, str) else f"{value!r}"
        return None, (class_weights_not_read(shown),)
    return weights, ()


_PAIR = 2
