"""What an evaluator keeps in mind: lines, steps, what is changed in doubt, and what it has found."""

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from striate.documents.code.operators import TooMuch
from striate.documents.code.source import Program
from striate.documents.code.values import (
    ClassValue,
    Frame,
    FunctionValue,
    Map,
    Node,
    Unknown,
    Value,
)


STEPS = 300_000
"""Parts of code that are evaluated at most: enough for 10,000 layers written out."""

EXPLORED_IN_ALL = 300_000
"""Steps for what nothing in the program calls."""

if TYPE_CHECKING:
    from striate.documents.code.library import Library


class Doubts:
    """Remembers what is known of one program, and what is not.

    Args:
        program: Its blocks.
        library: What calls of imported names, built-in functions and methods of values mean.
    """

    def __init__(self, program: Program, library: "Library") -> None:
        self.program = program
        self.library = library
        self.globals = Frame({})
        self.globals.globals = self.globals
        self.steps = 0
        self.limit = STEPS
        self.unexplored = EXPLORED_IN_ALL
        self.depth = 0
        self.changes = 0
        self.builds = 0
        """Grows with every layer and network that is made or changed, so that idle loops are seen."""
        self.doubts: list[tuple[Unknown, int]] = []
        self.tainted: dict[int, tuple[Value, Unknown]] = {}
        self.born: dict[int, tuple[Value, int]] = {}
        self.frozen = 0
        self.functions: list[FunctionValue] = []
        self.classes: list[ClassValue] = []
        self.networks: list[Value] = []
        self.making = 0
        """Modules whose `__init__` is being read: what is made there is a part of them."""
        self.failures: list[Unknown] = []
        self.one_sided: list[tuple[int, str]] = []
        """Branches on whether a network learns, with their lines."""
        self.ends: dict[int, list[Node]] = {}
        """What comes out of each statement that maps are the value of, by its last line."""
        self._expressions: dict[type, Callable[[Any, Frame], Value]] = {}
        self._statements: dict[type, Callable[[Any, Frame], None]] = {}

    def shown(self, node: ast.AST) -> str:
        """Return a part of the code as it is written, shortened."""
        return self.program.shown(node)

    def unknown(self, node: ast.AST, cause: Value = None) -> Unknown:
        """Make an unknown value of a part of the code; what it comes from is told if that is known."""
        if isinstance(cause, Unknown):
            return cause
        return Unknown(self.shown(node), getattr(node, "lineno", 0))

    def lacking(self, node: ast.AST) -> Unknown:
        """Make an unknown value of what the reader knows, and no row of a table does."""
        return replace(self.unknown(node), is_lacking=True)

    def is_changeable(self, thing: Value) -> bool:
        """Whether a value may be changed now; in doubt, the change is kept in mind and made."""
        self.changes += 1
        age = self.born.get(id(thing), (None, -1))[1]
        if self.frozen and age < self.frozen:
            return False
        for doubt, since in self.doubts:
            if age < since:
                self.tainted.setdefault(id(thing), (thing, doubt))
                break
        return True

    def new(self, thing: Value) -> Value:
        """Remember when a value that can be changed was made."""
        self.changes += 1
        self.born[id(thing)] = (thing, self.changes)
        return thing

    def doubt_of(self, thing: Value) -> Unknown | None:
        """Return why it is not known what a value has become; None if it is known."""
        found = self.tainted.get(id(thing)) if self.tainted else None
        return found[1] if found else None

    @contextmanager
    def doubting(self, cause: Unknown) -> Iterator[None]:
        """Read a part of the code of which nobody knows whether, or how often, it runs."""
        self.doubts.append((cause, self.changes + 1))
        try:
            yield
        finally:
            self.doubts.pop()

    def step(self, node: ast.AST) -> None:
        """Count a step, within bounds."""
        self.steps += 1
        if self.steps > self.limit:
            raise TooMuch(getattr(node, "lineno", 0), "it takes more steps than are read")


def same(one: Value, other: Value) -> bool:
    """Whether two values are certainly the same."""
    if one is other:
        return True
    if isinstance(one, Map) and isinstance(other, Map):
        return one.node is other.node and one.axes == other.axes
    plain = int | float | str
    return isinstance(one, plain) and type(one) is type(other) and bool(one == other)
