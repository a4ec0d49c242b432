"""Options of the command line, as argparse gives them to a program: their defaults are known, and nothing else."""

from dataclasses import dataclass, field
from typing import final

from striate.documents.code.expressions import Expressions
from striate.documents.code.values import Builtin, Call, External, Unknown, Value


_METHODS = {
    *("add_argument", "add_argument_group", "add_mutually_exclusive_group", "set_defaults"),
    *("parse_args", "parse_known_args", "print_help"),
}
_NUMBERS = {"int": int, "float": float}
_NEEDED = "it is given on the command line"


@final
@dataclass(eq=False, slots=True)
class CommandLine:
    """A parser, and what it makes of a command line without options.

    Args:
        line: Its line.
        names: Its options with their defaults, and what the program sets besides.
        defaults: Names of those that the program has not set itself.
        asked: Options whose defaults the program has asked for.
    """

    line: int
    names: dict[str, Value] = field(default_factory=dict)
    defaults: set[str] = field(default_factory=set)
    asked: dict[str, Value] = field(default_factory=dict)

    def remark(self) -> str:
        """Tell which defaults were taken; nothing if none were."""
        shown = [f"{name} {value}" for name, value in self.asked.items()]
        return (
            f"Options of the command line count as their defaults: {', '.join(shown)}."
            if shown
            else ""
        )


def option(value: CommandLine, name: str, line: int) -> Value:
    """Return an option, or a method of the parser."""
    if name in value.names:
        found = value.names[name]
        is_plain = isinstance(found, int | float | str) and not isinstance(found, bool)
        if name in value.defaults and is_plain:
            value.asked.setdefault(name, found)
        return found
    return Builtin(value, name) if name in _METHODS else Unknown(name, line)


def set_option(evaluator: Expressions, value: CommandLine, name: str, given: Value) -> None:
    """Set an option within the program."""
    if evaluator.is_changeable(value):
        value.names[name] = evaluator.doubts[0][0] if evaluator.doubts else given
        value.defaults.discard(name)


def call_parser(evaluator: Expressions, value: CommandLine, name: str, call: Call) -> Value:
    """Call a method of a parser."""
    match name:
        case "add_argument":
            _add(evaluator, value, call)
            return None
        case "add_argument_group" | "add_mutually_exclusive_group":
            return value
        case "set_defaults":
            value.names |= call.kwargs
            value.defaults |= call.kwargs.keys()
            return None
        case "parse_args" if not call.args and not call.kwargs:
            return value
        case "parse_known_args" if not call.args and not call.kwargs:
            return (value, [])
        case _:
            return evaluator.unknown(call.node)


def _add(evaluator: Expressions, value: CommandLine, call: Call) -> None:
    """Remember an option with its default, made a number where its type says so."""
    flags = [one for one in call.args if isinstance(one, str)]
    long = next((one for one in flags if one.startswith("--")), flags[0] if flags else "")
    name = call.kwargs.get("dest", long.lstrip("-").replace("-", "_"))
    if not isinstance(name, str) or not name or not evaluator.is_changeable(value):
        return
    line = getattr(call.node, "lineno", 0)
    action = call.kwargs.get("action")
    is_needed = not long.startswith("-") or call.kwargs.get("required", False) is not False
    default = call.kwargs.get("default")
    if action in {"store_true", "store_false"} and "default" not in call.kwargs:
        default = action == "store_false"
    if isinstance(default, str):
        default = _converted(default, call.kwargs.get("type"), line)
    if is_needed and "default" not in call.kwargs:
        default = Unknown(f"{long}: {_NEEDED}", line)
    value.names[name] = evaluator.doubts[0][0] if evaluator.doubts else default
    value.defaults.add(name)


def _converted(default: str, kind: Value, line: int) -> Value:
    """Convert a default that is a text, as argparse does."""
    if kind is None or (isinstance(kind, External) and kind.name == "str"):
        return default
    convert = _NUMBERS.get(kind.name) if isinstance(kind, External) else None
    if convert is None:
        return Unknown(default, line)
    try:
        return convert(default)
    except ValueError:
        return Unknown(default, line)
