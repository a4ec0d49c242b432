"""The built-in functions of Python, and those of `math` and numpy, that the reader knows."""

import ast
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from striate.documents.code.operators import (
    LONGEST,
    TooMuch,
    TypeDiffers,
    is_light,
    operate,
)
from striate.documents.code.values import (
    BATCH,
    Builtin,
    Call,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    LayerValue,
    Map,
    Method,
    Partial,
    Sequential,
    Unknown,
    Value,
    counted,
)


if TYPE_CHECKING:
    from striate.documents.code.expressions import Expressions
    from striate.documents.code.library import Library


BUILTINS = frozenset(
    {
        *(
            "range",
            "len",
            "enumerate",
            "zip",
            "int",
            "float",
            "str",
            "bool",
            "list",
            "tuple",
            "dict",
        ),
        *("set", "sum", "min", "max", "abs", "round", "sorted", "reversed", "print", "isinstance"),
        *("getattr", "setattr", "hasattr", "map", "filter", "any", "all", "pow", "divmod", "type"),
        *(
            "callable",
            "next",
            "iter",
            "object",
            "issubclass",
            "repr",
            "slice",
            "id",
            "open",
            "input",
        ),
        *(
            "Exception",
            "ValueError",
            "TypeError",
            "NotImplementedError",
            "RuntimeError",
            "KeyError",
        ),
        *("AssertionError", "ImportError", "staticmethod", "classmethod", "property", "__import__"),
        *("compile", "format", "hash", "bytes", "chr", "ord", "frozenset", "complex", "delattr"),
    }
)

_MATH = frozenset(
    {
        "floor",
        "ceil",
        "sqrt",
        "log2",
        "log",
        "log10",
        "prod",
        "pow",
        "gcd",
        "exp",
        "round",
        "trunc",
        "abs",
    }
    | {"max", "min", "int", "sum", "maximum", "minimum", "power", "floor_divide", "int32", "int64"}
    | {"linspace", "arange", "cumsum"}
)


def call_builtin(
    library: "Library", evaluator: "Expressions", name: str, call: Call, *, of_math: bool = False
) -> Value:
    """Call a built-in function, or one of `math` or numpy on numbers."""
    node = call.node
    if of_math and name not in _MATH:
        return evaluator.unknown(node)
    if name == "print":
        return None
    if name in {"isinstance", "issubclass"}:
        return _is_instance(library, evaluator, call)
    if name in {"getattr", "setattr", "hasattr"}:
        return _by_name(library, evaluator, name, call)
    cause = next(
        (one for one in (*call.args, *call.kwargs.values()) if isinstance(one, Unknown)), None
    )
    if cause is not None and name not in {"list", "tuple", "dict", "zip", "enumerate", "type"}:
        return cause
    try:
        if of_math:
            return math_function(library, evaluator, name, call)
        act = _ACTS.get(name)
        made = act(library, evaluator, call) if act else evaluator.unknown(node)
    except (TypeError, ValueError, IndexError, KeyError, ArithmeticError, TypeDiffers):
        return evaluator.unknown(node)
    return evaluator.new(made) if isinstance(made, list | dict) else made


_ROUNDING: dict[str, Callable[..., Value]] = {"round": round, "abs": abs, "int": int}


def math_function(library: "Library", evaluator: "Expressions", name: str, call: Call) -> Value:
    """Compute a function of `math` or numpy on numbers."""
    args = call.args
    if name in {"prod", "sum", "max", "min"}:
        items = library.containers.items(evaluator, args[0], call.node) if len(args) == 1 else args
        if not isinstance(items, Unknown):
            items = [counted(one) for one in items]
        if isinstance(items, Unknown) or not all(isinstance(one, int | float) for one in items):
            return evaluator.unknown(call.node)
        if name == "prod":
            made: Value = 1
            for one in items:
                made = operate(ast.Mult(), made, one)
            return made
        return {"sum": sum, "max": max, "min": min}[name](items)  # type: ignore[operator]
    if not args or not all(isinstance(one, int | float) for one in args):
        return evaluator.unknown(call.node)
    if name in {"int32", "int64"}:
        return int(args[0])
    if name in {"pow", "power"}:
        return operate(ast.Pow(), args[0], args[1])
    if name in {"maximum", "minimum"}:
        return (max if name == "maximum" else min)(args)
    if name == "floor_divide":
        return operate(ast.FloorDiv(), args[0], args[1])
    if name == "linspace":
        return _evenly(*args)
    if name in {"arange", "cumsum"}:
        return evaluator.unknown(call.node)
    function = _ROUNDING.get(name) or getattr(math, name)
    return function(*args)


_FARTHEST = sys.maxsize // 2
"""Where a range may begin and end: Python itself counts no more items than `sys.maxsize`."""


def _evenly(first: float, last: float, count: int = 50) -> list[Value]:
    """List numbers of equal distance, both ends among them."""
    if not 0 <= count <= LONGEST:
        raise TypeDiffers
    step = (last - first) / max(count - 1, 1)
    return [first + step * place for place in range(count)]


def _range(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    if not all(isinstance(one, int) for one in call.args):
        return evaluator.unknown(call.node)
    if any(abs(one) > _FARTHEST for one in call.args):
        raise TooMuch(getattr(call.node, "lineno", 0), "a range is longer than is read")
    return range(*call.args)


def _length(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    (value,) = call.args
    match value:
        case list() | tuple() | dict() | str() | range():
            return len(value)
        case Sequential():
            return len(value.items)
        case Instance(sequence=Sequential() as sequence):
            return len(sequence.items)
        case Map():
            return BATCH
        case _:
            return evaluator.unknown(call.node)


def _enumerate(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    items = library.containers.items(evaluator, call.args[0], call.node)
    start = call.kwargs.get("start", call.args[1] if len(call.args) > 1 else 0)
    if isinstance(items, Unknown) or not isinstance(start, int):
        return items if isinstance(items, Unknown) else evaluator.unknown(call.node)
    return list(enumerate(items, start))


def _zip(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    columns = [library.containers.items(evaluator, one, call.node) for one in call.args]
    cause = next((one for one in columns if isinstance(one, Unknown)), None)
    return cause or list(zip(*columns, strict=False))


def _list(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    if not call.args:
        return []
    items = library.containers.items(evaluator, call.args[0], call.node)
    return items if isinstance(items, Unknown) else list(items)


def _tuple(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    items = _list(library, evaluator, call)
    return items if isinstance(items, Unknown) else tuple(items)


def _dict(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    made: dict[Value, Value] = {}
    if call.spread:
        return Unknown(*call.spread[0])
    if call.args:
        first = call.args[0]
        if isinstance(first, dict):
            made |= first
        else:
            items = library.containers.items(evaluator, first, call.node)
            if isinstance(items, Unknown):
                return items
            made |= dict(items)
    return made | call.kwargs


def _int(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    value = call.args[0] if call.args else 0
    if isinstance(value, float) and not math.isfinite(value):
        return evaluator.unknown(call.node)
    if isinstance(value, str) and len(value) > 18:  # noqa: PLR2004 - 2^63 has 19 digits
        return evaluator.unknown(call.node)
    return int(value) if isinstance(value, int | float | str) else evaluator.unknown(call.node)


def _float(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    value = call.args[0] if call.args else 0
    return float(value) if isinstance(value, int | float | str) else evaluator.unknown(call.node)


def _text(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    value = call.args[0] if call.args else ""
    return str(value) if isinstance(value, int | float | str) else evaluator.unknown(call.node)


def _bool(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    return evaluator.truth(call.args[0], call.node) if call.args else False


def _sum(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    items = library.containers.items(evaluator, call.args[0], call.node)
    if isinstance(items, Unknown):
        return items
    made: Value = call.args[1] if len(call.args) > 1 else 0
    for one in items:
        if isinstance(one, Map) and made == 0:
            made = one
            continue
        made = evaluator.operate(ast.Add(), made, one, call.node)
    return made


def _extreme(library: "Library", evaluator: "Expressions", call: Call, *, largest: bool) -> Value:
    items = (
        library.containers.items(evaluator, call.args[0], call.node)
        if len(call.args) == 1
        else call.args
    )
    if isinstance(items, Unknown) or "key" in call.kwargs:
        return items if isinstance(items, Unknown) else evaluator.unknown(call.node)
    if not all(isinstance(one, int | float | str) for one in items):
        return evaluator.unknown(call.node)
    return max(items) if largest else min(items)


def _sorted(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    items = library.containers.items(evaluator, call.args[0], call.node)
    if isinstance(items, Unknown) or call.kwargs or not is_light(items):
        return items if isinstance(items, Unknown) else evaluator.unknown(call.node)
    return sorted(items)


def _reversed(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    items = library.containers.items(evaluator, call.args[0], call.node)
    return items if isinstance(items, Unknown) else list(reversed(items))


def _map(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    columns = [library.containers.items(evaluator, one, call.node) for one in call.args[1:]]
    cause = next((one for one in columns if isinstance(one, Unknown)), None)
    if cause is not None:
        return cause
    rows = zip(*columns, strict=False)
    return [evaluator.call(call.args[0], Call(call.node, list(row), {})) for row in rows]


def _filter(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    items = library.containers.items(evaluator, call.args[1], call.node)
    if isinstance(items, Unknown):
        return items
    kept = []
    for one in items:
        test = one
        if call.args[0] is not None:
            test = evaluator.call(call.args[0], Call(call.node, [one], {}))
        answer = evaluator.truth(test, call.node)
        if isinstance(answer, Unknown):
            return answer
        kept += [one] if answer else []
    return kept


def _any_or_all(library: "Library", evaluator: "Expressions", call: Call, *, every: bool) -> Value:
    items = library.containers.items(evaluator, call.args[0], call.node)
    if isinstance(items, Unknown):
        return items
    tests = [evaluator.truth(one, call.node) for one in items]
    cause = next((one for one in tests if isinstance(one, Unknown)), None)
    return cause if cause is not None else all(tests) if every else any(tests)


def _plain_number(library: "Library", evaluator: "Expressions", call: Call, name: str) -> Value:
    if not all(isinstance(one, int | float) for one in call.args):
        return evaluator.unknown(call.node)
    if name == "pow":
        return operate(ast.Pow(), call.args[0], call.args[1])
    return {"abs": abs, "round": round, "divmod": divmod}[name](*call.args)  # type: ignore[operator]


def _type(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    value = call.args[0]
    match value:
        case Instance():
            return value.kind
        case LayerValue():
            return External(
                ("torch.nn." if value.framework == "torch" else "keras.layers.") + value.kind
            )
        case bool() | int() | float() | str() | list() | tuple() | dict():
            return External(f"builtins.{type(value).__name__}")
        case _:
            return evaluator.unknown(call.node)


_ACTS: dict[str, Callable[["Library", "Expressions", Call], Value]] = {
    "range": _range,
    "len": _length,
    "enumerate": _enumerate,
    "zip": _zip,
    "list": _list,
    "set": _list,
    "frozenset": _list,
    "iter": _list,
    "tuple": _tuple,
    "dict": _dict,
    "int": _int,
    "float": _float,
    "str": _text,
    "bool": _bool,
    "sum": _sum,
    "max": lambda library, evaluator, call: _extreme(library, evaluator, call, largest=True),
    "min": lambda library, evaluator, call: _extreme(library, evaluator, call, largest=False),
    "sorted": _sorted,
    "reversed": _reversed,
    "map": _map,
    "filter": _filter,
    "any": lambda library, evaluator, call: _any_or_all(library, evaluator, call, every=False),
    "all": lambda library, evaluator, call: _any_or_all(library, evaluator, call, every=True),
    "abs": lambda library, evaluator, call: _plain_number(library, evaluator, call, "abs"),
    "round": lambda library, evaluator, call: _plain_number(library, evaluator, call, "round"),
    "divmod": lambda library, evaluator, call: _plain_number(library, evaluator, call, "divmod"),
    "pow": lambda library, evaluator, call: _plain_number(library, evaluator, call, "pow"),
    "type": _type,
    "chr": lambda library, evaluator, call: chr(call.args[0]),
    "ord": lambda library, evaluator, call: ord(call.args[0]),
    "callable": lambda library, evaluator, call: isinstance(
        call.args[0],
        FunctionValue | Method | Builtin | External | ClassValue | Partial | LayerValue | Instance,
    ),
}


def _by_name(library: "Library", evaluator: "Expressions", name: str, call: Call) -> Value:
    if len(call.args) < 2 or not isinstance(call.args[1], str):  # noqa: PLR2004 - thing and name
        return evaluator.unknown(call.node)
    thing, key = call.args[:2]
    if isinstance(thing, Unknown):
        return thing
    if name == "setattr" and len(call.args) == 3:  # noqa: PLR2004 - and value
        library.attributes.set_attribute(evaluator, thing, key, call.args[2], call.node)
        return None
    if name == "hasattr":
        if isinstance(thing, Instance):
            return key in thing.names or thing.kind.find(key) is not None
        if isinstance(thing, LayerValue):
            return key in thing.settings or key in {"weight", "bias"}
        return evaluator.unknown(call.node)
    found = library.attributes.attribute(evaluator, thing, key, call.node)
    if isinstance(found, Unknown | Builtin) and len(call.args) == 3 and isinstance(thing, Instance):  # noqa: PLR2004 - and default
        return call.args[2]
    return found


def _is_instance(library: "Library", evaluator: "Expressions", call: Call) -> Value:
    if len(call.args) != 2:  # noqa: PLR2004 - thing and class
        return evaluator.unknown(call.node)
    thing, kind = call.args
    if isinstance(thing, Unknown):
        return thing
    kinds = kind if isinstance(kind, tuple | list) else (kind,)
    answers = [_is_of(thing, one) for one in kinds]
    if any(one is True for one in answers):
        return True
    return evaluator.unknown(call.node) if any(one is None for one in answers) else False


_PLAIN = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "list": list,
    "tuple": tuple,
    "dict": dict,
}


_ABSTRACT: dict[str, type | tuple[type, ...]] = {
    "Iterable": (list, tuple, dict, str),
    "Sequence": (list, tuple, str),
    "List": list,
    "Tuple": tuple,
    "Dict": dict,
    "Mapping": dict,
    "Number": (int, float),
    "Integral": int,
}

_KEPT_PLAINLY = {"ModuleList", "ParameterList", "ModuleDict", "Module"}


def _is_of(thing: Value, kind: Value) -> bool | None:
    match kind:
        case External(path=path) if path.startswith("builtins."):
            plain = _PLAIN.get(path.removeprefix("builtins."))
            return None if plain is None else isinstance(thing, plain)
        case External(path=path, name=name):
            if name in _ABSTRACT:
                return isinstance(thing, _ABSTRACT[name])
            if isinstance(thing, list | dict) and name in _KEPT_PLAINLY:
                # The reader keeps a ModuleList as a list.
                return None
            if isinstance(thing, LayerValue):
                return thing.kind == name or name in {"Module", "Layer"}
            if isinstance(thing, Sequential):
                return name in {"Sequential", "Module", "Layer", "Model"}
            if isinstance(thing, Instance):
                bases = {one.rpartition(".")[2] for one in thing.kind.foreign}
                return name in bases or (name in {"Module", "Layer"} and bool(thing.framework))
            if isinstance(thing, Map):
                return name == "Tensor" or None
            return (
                False if isinstance(thing, int | float | str | list | tuple | dict | None) else None
            )
        case ClassValue():
            return isinstance(thing, Instance) and kind in thing.kind.order
        case _:
            return None
