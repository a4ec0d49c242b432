"""Lists, dicts and networks as things that hold things: what a loop meets, and what an index gives or sets."""

import ast
from typing import TYPE_CHECKING

from striate.documents.code.expressions import Expressions
from striate.documents.code.operators import LONGEST, TooMuch
from striate.documents.code.tensors import Weight
from striate.documents.code.values import (
    Instance,
    LayerValue,
    Map,
    Sequential,
    Unknown,
    Value,
)


if TYPE_CHECKING:
    from striate.documents.code.library import Library


class Containers:
    """Reads and changes what stands in lists, dicts and networks.

    Args:
        library: The reader's knowledge, and what it has found so far.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def items(
        self, evaluator: Expressions, value: Value, node: ast.AST, *, lazy: bool = False
    ) -> list[Value] | Unknown:
        """Return what a loop over a value meets."""
        match value:
            case list() | tuple():
                return list(value)
            case range():
                if len(value) > LONGEST and not lazy:
                    raise TooMuch(getattr(node, "lineno", 0), "a range is longer than is read")
                return value if lazy else list(value)  # type: ignore[return-value]
            case dict():
                return list(value)
            case str():
                return list(value)
            case Sequential():
                doubt = evaluator.doubt_of(value)
                return doubt or [one for _, one in value.items]
            case Instance(sequence=Sequential() as sequence):
                return [one for _, one in sequence.items]
            case Instance(kind=kind) if "typing.NamedTuple" in kind.foreign:
                return [value.names.get(name) for name in kind.fields or ()]
            case _:
                return evaluator.unknown(node, value)

    def item(
        self, evaluator: Expressions, value: Value, index: Value, node: ast.Subscript
    ) -> Value:
        """Return an item of a value."""
        if isinstance(index, Unknown) and not isinstance(value, Map):
            return index
        try:
            match value:
                case list() | tuple() | str() | range() if isinstance(index, int | slice):
                    made = value[index]
                    return evaluator.new(made) if isinstance(made, list) else made
                case dict():
                    return value[index]
                case Sequential() if isinstance(index, int):
                    return value.items[index][1]
                case Sequential() if isinstance(index, slice):
                    made = Sequential(
                        value.framework, getattr(node, "lineno", 0), value.items[index]
                    )
                    return self.library.construction.keep_network(evaluator, made)
                case Instance(sequence=Sequential() as sequence) if isinstance(index, int):
                    return sequence.items[index][1]
                case Instance(kind=kind) if "typing.NamedTuple" in kind.foreign:
                    return [value.names.get(name) for name in kind.fields or ()][index]
                case LayerValue() if "sizes" in value.settings and isinstance(index, tuple):
                    held = Weight(value, value.settings["sizes"])
                    viewed = self.library.functional.weights.viewed(held, index)
                    return viewed or evaluator.unknown(node, value)
                case Map():
                    return self.library.functional.resizing.sliced(evaluator, value, index, node)
                case _:
                    return evaluator.unknown(node, value)
        except (IndexError, KeyError, TypeError, ValueError):
            return evaluator.unknown(node)

    def set_item(
        self, evaluator: Expressions, thing: Value, index: Value, value: Value, node: ast.AST
    ) -> None:
        """Set an item of a value."""
        if isinstance(thing, Instance) and thing.sequence is not None:
            thing = thing.sequence
        if not isinstance(thing, list | dict | Sequential) or not evaluator.is_changeable(thing):
            return
        try:
            match thing:
                case list() if isinstance(index, int):
                    thing[index] = value
                case dict() if isinstance(index, str | int | float | tuple | None):
                    thing[index] = value
                case Sequential() if isinstance(index, int):
                    held = self.library.construction.as_module(
                        evaluator, thing.framework, value, None
                    )
                    thing.items[index] = (thing.items[index][0], held)
                case _:
                    self.doubt(evaluator, thing, node)
        except (IndexError, TypeError):
            self.doubt(evaluator, thing, node)

    def delete_item(
        self, evaluator: Expressions, thing: Value, index: Value, node: ast.AST
    ) -> None:
        """Remove an item of a value."""
        if not isinstance(thing, list | dict | Sequential) or not evaluator.is_changeable(thing):
            return
        try:
            if isinstance(thing, Sequential):
                del thing.items[index]
            else:
                del thing[index]
        except (IndexError, KeyError, TypeError):
            self.doubt(evaluator, thing, node)

    def doubt(self, evaluator: Expressions, thing: Value, node: ast.AST) -> None:
        """Remember that nobody knows what a value has become."""
        evaluator.tainted.setdefault(id(thing), (thing, evaluator.unknown(node)))
