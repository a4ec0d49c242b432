"""Methods of Python's lists, dicts and texts."""

from typing import TYPE_CHECKING

from striate.documents.code.builtin_functions import math_function
from striate.documents.code.operators import LONGEST, TooMuch, is_light
from striate.documents.code.values import Call, Unknown, Value


if TYPE_CHECKING:
    from striate.documents.code.expressions import Expressions
    from striate.documents.code.library import Library


_LIST_METHODS = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "remove",
        "index",
        "count",
        "copy",
        "reverse",
        "clear",
        "sort",
    }
)
_DICT_METHODS = frozenset({"items", "keys", "values", "get", "update", "pop", "setdefault", "copy"})
_TEXT_METHODS = frozenset(
    {
        "lower",
        "upper",
        "strip",
        "split",
        "startswith",
        "endswith",
        "replace",
        "format",
        "join",
        "isdigit",
    }
    | {"title", "capitalize", "lstrip", "rstrip", "rsplit"}
)


def has_plain_method(value: Value, name: str) -> bool:
    """Whether a list, dict or text has a method that the reader knows."""
    match value:
        case list():
            return name in _LIST_METHODS
        case dict():
            return name in _DICT_METHODS | {"move_to_end"}
        case str():
            return name in _TEXT_METHODS
        case tuple() | range():
            return name in {"index", "count", "numel"}
        case int() | float():
            return name == "item"
        case _:
            return False


def call_plain_method(
    library: "Library", evaluator: "Expressions", this: Value, name: str, call: Call
) -> Value:
    """Call a method of a list, dict or text."""
    node = call.node
    unknown = evaluator.unknown(node)
    args = call.args
    if call.spread and isinstance(this, list | dict) and evaluator.is_changeable(this):
        # Nobody knows what is put into it.
        evaluator.tainted.setdefault(id(this), (this, Unknown(*call.spread[0])))
        return unknown
    try:
        match this:
            case list():
                return _of_list(library, evaluator, this, name, call)
            case dict():
                return _of_dict(evaluator, this, name, call)
            case str() if name == "format" and is_light(args):
                return _fill(this, call)
            case str() if name == "join":
                parts = library.containers.items(evaluator, args[0], node)
                if isinstance(parts, Unknown) or not all(isinstance(one, str) for one in parts):
                    return unknown
                if sum(map(len, parts)) + len(this) * len(parts) > LONGEST:
                    raise TooMuch(getattr(node, "lineno", 0), "a text is longer than is read")
                return this.join(parts)
            case str() if name == "replace" and all(isinstance(one, str) for one in args[:2]):
                if len(this) * (len(args[1]) + 1) > LONGEST:
                    raise TooMuch(getattr(node, "lineno", 0), "a text is longer than is read")
                return this.replace(args[0], args[1])
            case str() if all(isinstance(one, str | int | tuple) for one in args):
                return getattr(this, name)(*args)
            case int() | float() if name == "item":
                return this
            case tuple() if name == "numel":
                return math_function(library, evaluator, "prod", Call(node, [this], {}))
            case tuple() | range() if name in {"index", "count"} and is_light(this):
                return getattr(this, name)(*args)
            case _:
                return unknown
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return unknown


def _fill(text: str, call: Call) -> Value:
    values = [*call.args, *call.kwargs.values()]
    if not all(isinstance(one, int | float | str) for one in values) or ":" in text or "!" in text:
        raise TypeError
    made = text.format(*call.args, **call.kwargs)
    if len(made) > LONGEST:
        raise ValueError
    return made


def _of_list(
    library: "Library", evaluator: "Expressions", this: list[Value], name: str, call: Call
) -> Value:
    args = call.args
    if name == "copy":
        return evaluator.new(list(this))
    if name in {"index", "count"}:
        if not is_light(this) or isinstance(args[0], Unknown):
            return evaluator.unknown(call.node)
        return getattr(this, name)(args[0])
    if not evaluator.is_changeable(this):
        return None
    if len(this) >= LONGEST:
        raise TooMuch(getattr(call.node, "lineno", 0), "a list grows longer than is read")
    match name:
        case "append":
            this.append(args[0])
        case "extend":
            items = library.containers.items(evaluator, args[0], call.node)
            if isinstance(items, Unknown):
                evaluator.tainted.setdefault(id(this), (this, items))
            else:
                this.extend(items)
        case "insert" if isinstance(args[0], int):
            this.insert(args[0], args[1])
        case "pop" if all(isinstance(one, int) for one in args):
            return this.pop(*args)
        case "reverse":
            this.reverse()
        case "clear":
            this.clear()
        case "sort" if (
            not args and not call.kwargs and all(isinstance(one, int | float) for one in this)
        ):
            this.sort()
        case _:
            evaluator.tainted.setdefault(id(this), (this, evaluator.unknown(call.node)))
    return None


def _of_dict(evaluator: "Expressions", this: dict[Value, Value], name: str, call: Call) -> Value:
    args = call.args
    if name in {"get", "pop", "setdefault"} and args and isinstance(args[0], Unknown):
        if name != "get" and evaluator.is_changeable(this):
            evaluator.tainted.setdefault(id(this), (this, args[0]))
        return args[0]
    match name:
        case "items":
            return list(this.items())
        case "keys":
            return list(this)
        case "values":
            return list(this.values())
        case "get":
            return this.get(args[0], args[1] if len(args) > 1 else None)
        case "copy":
            return evaluator.new(dict(this))
        case _:
            pass
    if not evaluator.is_changeable(this):
        return None
    match name:
        case "update" if args and isinstance(args[0], dict):
            this.update(args[0])
        case "update" if not args:
            this.update(call.kwargs)
        case "pop":
            return this.pop(*args)
        case "setdefault":
            return this.setdefault(*args)
        case "move_to_end":
            this[args[0]] = this.pop(args[0])
        case _:
            evaluator.tainted.setdefault(id(this), (this, evaluator.unknown(call.node)))
    return None
