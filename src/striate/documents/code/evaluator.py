"""A small evaluator of Python's syntax tree. Nothing is ever run: it knows no import and no real object.

What it cannot know is `Unknown` and stays so. Where a condition is unknown, both ways are read and what
differs between them is unknown; what such a part of the code changes in a network is remembered as doubtful.
Steps, sizes and depth are bounded.
"""

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from striate.documents.code.operators import (
    DEEPEST,
    LONGEST,
    TooMuch,
    TypeDiffers,
    compare,
    is_light,
    operate,
    truth,
)
from striate.documents.code.source import Program
from striate.documents.code.values import (
    BatchSize,
    Builtin,
    Call,
    ClassValue,
    Decorated,
    External,
    Frame,
    FunctionValue,
    Instance,
    Map,
    Method,
    Model,
    Partial,
    Sequential,
    TrainingMode,
    Unknown,
    Value,
    counted,
)


if TYPE_CHECKING:
    from striate.documents.code.library import Library


STEPS = 300_000
"""Parts of code that are evaluated at most: enough for 10,000 layers written out."""

_EXPLORED = 60_000
_EXPLORED_IN_ALL = 300_000
_FAILURES = 3
_IDLE_STEPS = 10_000
_FAITHFUL = (int, float, str, bool, type(None), tuple, list, dict, range, set)


class Leave(Exception):  # noqa: N818 - no error: how a loop or function is left
    """A return, break, continue or raise on its way."""

    def __init__(self, kind: str, value: Value = None, line: int = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value
        self.line = line


class Evaluator:
    """Reads one program.

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
        self.unexplored = _EXPLORED_IN_ALL
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
        self._expressions: dict[type, Callable[[Any, Frame], Value]] = {}
        self._statements: dict[type, Callable[[Any, Frame], None]] = {}

    # What is known of lines and of doubt

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

    # A whole program

    def run(self) -> None:
        """Read all blocks, statement by statement; a statement that goes too far ends alone."""
        for block in self.program.blocks:
            for statement in block.tree.body:
                if len(self.failures) < _FAILURES:
                    self.top(statement)

    def top(self, statement: ast.stmt) -> None:
        """Read one statement of the program."""
        try:
            self.execute(statement, self.globals)
        except Leave:
            pass
        except (TooMuch, RecursionError) as error:
            self.depth = 0
            self.doubts.clear()
            line = error.line if isinstance(error, TooMuch) and error.line else statement.lineno
            why = error.why if isinstance(error, TooMuch) else "it is nested too deeply"
            self.failures.append(Unknown(why, line))
            # What the statement would have set is not known.
            for name in _assigned(statement):
                self.globals.names[name] = Unknown(self.shown(statement), statement.lineno)
            self.limit = max(self.limit, self.steps + _EXPLORED // 10)

    def explore(self, act: Callable[[], Value]) -> Value:
        """Try what nothing in the program calls; nothing that was there before is changed by it."""
        before = (self.limit, self.frozen, self.depth)
        begun, allowed = self.steps, min(_EXPLORED, self.unexplored)
        self.limit, self.frozen = self.steps + allowed, self.changes + 1
        self.changes += 2
        try:
            return act()
        except (TooMuch, RecursionError, Leave) as error:
            line = error.line if isinstance(error, TooMuch | Leave) else 0
            return Unknown("…", line)
        finally:
            self.limit, self.frozen, self.depth = before
            self.limit += _EXPLORED
            self.unexplored -= self.steps - begun
            self.doubts.clear()

    # Statements

    def execute(self, statement: ast.stmt, frame: Frame) -> None:
        """Read one statement."""
        self.step(statement)
        kind = type(statement)
        act = self._statements.get(kind)
        if act is None:
            act = getattr(self, f"_do_{kind.__name__}", None) or self._do_other
            self._statements[kind] = act
        act(statement, frame)

    def body(self, statements: list[ast.stmt], frame: Frame) -> None:
        """Read statements one after the other."""
        for statement in statements:
            self.execute(statement, frame)

    def _do_other(self, statement: ast.stmt, frame: Frame) -> None:
        for name in _assigned(statement):
            self.set_name(frame, name, self.unknown(statement))

    def _do_Pass(self, statement: ast.Pass, frame: Frame) -> None:
        pass

    def _do_Expr(self, statement: ast.Expr, frame: Frame) -> None:
        self.eval(statement.value, frame)

    def _do_Assign(self, statement: ast.Assign, frame: Frame) -> None:
        value = self.eval(statement.value, frame)
        for target in statement.targets:
            self._note_replaced(target, value, statement, frame)
            self.assign(target, value, frame)

    def _note_replaced(
        self, target: ast.expr, value: Value, statement: ast.Assign, frame: Frame
    ) -> None:
        """Say of a network that something unknown takes its name."""
        if not isinstance(value, Unknown) or not isinstance(target, ast.Name):
            return
        old = frame.names.get(target.id)
        if isinstance(old, Sequential | Instance | Model):
            is_made_of = any(
                isinstance(node, ast.Name) and node.id == target.id
                for node in ast.walk(statement.value)
            )
            if is_made_of:
                shown = self.shown(statement.value)
                text = f"What `{shown}` makes of the network is not known and not read."
                old.remarks.append((statement.lineno, text))

    def _do_AnnAssign(self, statement: ast.AnnAssign, frame: Frame) -> None:
        if statement.value is not None:
            self.assign(statement.target, self.eval(statement.value, frame), frame)

    def _do_AugAssign(self, statement: ast.AugAssign, frame: Frame) -> None:
        target = statement.target
        old = (
            self.eval(target, frame)
            if not isinstance(target, ast.Name)
            else self.name(target, frame)
        )
        value = self.eval(statement.value, frame)
        if isinstance(old, list) and isinstance(statement.op, ast.Add):
            items = self.library.items(self, value, statement)
            if isinstance(items, Unknown):
                self.assign(target, items, frame)
            elif self.is_changeable(old):
                self._grow(len(old) + len(items), statement)
                old.extend(items)
            return
        if isinstance(old, Map) and not isinstance(value, Unknown):
            # A tensor changes in its place: all names of it see that.
            made = self.operate(statement.op, old, value, statement)
            if isinstance(made, Map):
                old.node, old.axes = made.node, made.axes
                return
            self.assign(target, made, frame)
            return
        self.assign(target, self.operate(statement.op, old, value, statement), frame)

    def _do_Return(self, statement: ast.Return, frame: Frame) -> None:
        value = None if statement.value is None else self.eval(statement.value, frame)
        raise Leave("return", value, statement.lineno)

    def _do_Break(self, statement: ast.Break, frame: Frame) -> None:
        raise Leave("break", None, statement.lineno)

    def _do_Continue(self, statement: ast.Continue, frame: Frame) -> None:
        raise Leave("continue", None, statement.lineno)

    def _do_Raise(self, statement: ast.Raise, frame: Frame) -> None:
        raise Leave("raise", Unknown(self.shown(statement), statement.lineno), statement.lineno)

    def _do_Assert(self, statement: ast.Assert, frame: Frame) -> None:
        # What it asks may send an example through a network.
        self.eval(statement.test, frame)

    def _do_Global(self, statement: ast.Global, frame: Frame) -> None:
        for name in statement.names:
            frame.declared[name] = self.globals

    def _do_Nonlocal(self, statement: ast.Nonlocal, frame: Frame) -> None:
        for name in statement.names:
            outer = frame.outer
            while outer is not None and name not in outer.names:
                outer = outer.outer
            if outer is not None:
                frame.declared[name] = outer

    def _do_Import(self, statement: ast.Import, frame: Frame) -> None:
        for alias in statement.names:
            if alias.asname:
                self.set_name(frame, alias.asname, External(canonical(alias.name)))
            else:
                first = alias.name.partition(".")[0]
                self.set_name(frame, first, External(canonical(first)))

    def _do_ImportFrom(self, statement: ast.ImportFrom, frame: Frame) -> None:
        module = statement.module or ""
        for alias in statement.names:
            if alias.name == "*" or module == "__future__":
                continue
            known = frame.names.get(alias.name)
            # `from model import Net` in a document that holds Net itself means that one.
            if isinstance(known, ClassValue | FunctionValue) and not _is_framework(module):
                continue
            path = canonical(f"{module}.{alias.name}")
            self.set_name(frame, alias.asname or alias.name, External(path))

    def _do_If(self, statement: ast.If, frame: Frame) -> None:
        if _is_main(statement.test):
            self.body(statement.body, frame)
            return
        test = self.truth(self.eval(statement.test, frame), statement.test)
        self._note_training(statement.test, test)
        if isinstance(test, Unknown):
            self._either(test, [statement.body, statement.orelse], frame)
        else:
            self.body(statement.body if test else statement.orelse, frame)

    def _note_training(self, node: ast.expr, test: Value) -> None:
        """Remember a branch of which one side is for learning alone, and is not read."""
        if isinstance(test, Unknown):
            return
        for part in ast.walk(node):
            name = getattr(part, "attr", getattr(part, "id", ""))
            if name in {"training", "is_training"}:
                side = "true" if test else "false"
                text = f"`{self.shown(node)}` counts as {side}: the other side is not read."
                self.one_sided.append((node.lineno, text))
                return

    def _either(self, cause: Unknown, ways: list[list[ast.stmt]], frame: Frame) -> None:
        """Read several ways of which one is taken, and keep what they agree on."""
        before = dict(frame.names)
        ends: list[dict[str, Value]] = []
        lefts: list[Leave] = []
        for way in ways:
            frame.names = dict(before)
            try:
                with self.doubting(cause):
                    self.body(way, frame)
                ends.append(frame.names)
            except Leave as leave:
                if leave.kind != "raise":
                    lefts.append(leave)
        frame.names = before if not ends else _agreed(ends, cause)
        if lefts and not ends:
            first = lefts[0]
            if any(one.kind != first.kind or not _same(one.value, first.value) for one in lefts):
                raise Leave(first.kind, cause, first.line)
            raise first
        frame.returned += [
            cause if one.kind == "return" else None for one in lefts if one.kind == "return"
        ]

    def _do_While(self, statement: ast.While, frame: Frame) -> None:
        begun, idle = self.steps, 0
        while True:
            test = self.truth(self.eval(statement.test, frame), statement.test)
            if isinstance(test, Unknown):
                self._maybe(test, statement, frame)
                return
            if not test:
                break
            builds = self.builds
            if not self._turn(statement.body, frame):
                return
            idle = 0 if self.builds > builds else idle + 1
            if idle > 1 and self.steps - begun > _IDLE_STEPS:
                self._maybe(self.unknown(statement), statement, frame)
                return
        self.body(statement.orelse, frame)

    def _do_For(self, statement: ast.For, frame: Frame) -> None:
        items = self.library.items(
            self, self.eval(statement.iter, frame), statement.iter, lazy=True
        )
        if isinstance(items, Unknown):
            self._maybe(items, statement, frame)
            return
        begun, idle = self.steps, 0
        for item in items:
            builds = self.builds
            self.assign(statement.target, item, frame)
            if not self._turn(statement.body, frame):
                return
            idle = 0 if self.builds > builds else idle + 1
            if idle > 1 and self.steps - begun > _IDLE_STEPS:
                # Nothing is built here: a loop over epochs, for example.
                self._maybe(self.unknown(statement.iter), statement, frame)
                return
        self.body(statement.orelse, frame)

    def _turn(self, body: list[ast.stmt], frame: Frame) -> bool:
        """Read one turn of a loop; False if it is left for good."""
        try:
            self.body(body, frame)
        except Leave as leave:
            if leave.kind == "break":
                return False
            if leave.kind != "continue":
                raise
        return True

    def _maybe(
        self, cause: Unknown, statement: ast.For | ast.AsyncFor | ast.While, frame: Frame
    ) -> None:
        """Read the body of a loop of which nobody knows how often it runs."""
        before = dict(frame.names)
        with self.doubting(cause):
            if not isinstance(statement, ast.While):
                self.assign(statement.target, cause, frame)
            # The second turn meets what the first one has left.
            for _ in range(2):
                try:
                    self.body(statement.body, frame)
                except Leave as leave:
                    if leave.kind == "return":
                        frame.returned.append(cause)
                    break
                frame.names = _agreed([before, frame.names], cause)
        frame.names = _agreed([before, frame.names], cause)

    def _do_AsyncFor(self, statement: ast.AsyncFor, frame: Frame) -> None:
        self._maybe(self.unknown(statement.iter), statement, frame)

    def _do_Match(self, statement: ast.Match, frame: Frame) -> None:
        """Read the way whose pattern fits, or all ways if that cannot be known."""
        subject = self.eval(statement.subject, frame)
        for place, case in enumerate(statement.cases):
            fits = self._fits(case.pattern, subject, statement.subject, frame)
            if fits is True and case.guard is not None:
                fits = self.truth(self.eval(case.guard, frame), case.guard)
            if isinstance(fits, Unknown):
                # Whether any of them is taken is not known either.
                ways = [case.body for case in statement.cases[place:]]
                self._either(fits, [*ways, []], frame)
                return
            if fits:
                self.body(case.body, frame)
                return

    def _fits(
        self, pattern: ast.pattern, subject: Value, node: ast.expr, frame: Frame
    ) -> bool | Unknown:
        """Tell whether a value fits a pattern; those that take it apart are not read."""
        match pattern:
            case ast.MatchAs(pattern=None, name=name):
                if name is not None:
                    self.set_name(frame, name, subject)
                return True
            case ast.MatchValue(value=value):
                return self.truth(
                    self._compared(ast.Eq(), subject, self.eval(value, frame), node), node
                )
            case ast.MatchSingleton(value=value):
                return self.truth(self._compared(ast.Is(), subject, value, node), node)
            case ast.MatchOr(patterns=patterns):
                found = [self._fits(inner, subject, node, frame) for inner in patterns]
                if True in found:
                    return True
                return next((answer for answer in found if isinstance(answer, Unknown)), False)
            case _:
                return self.unknown(node, subject)

    def _do_With(self, statement: ast.With | ast.AsyncWith, frame: Frame) -> None:
        for item in statement.items:
            value = self.eval(item.context_expr, frame)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, self.unknown(item.context_expr, value), frame)
        self.body(statement.body, frame)

    def _do_AsyncWith(self, statement: ast.AsyncWith, frame: Frame) -> None:
        self._do_With(statement, frame)

    def _do_TryStar(self, statement: ast.TryStar, frame: Frame) -> None:
        self._do_Try(statement, frame)

    def _do_Try(self, statement: ast.Try | ast.TryStar, frame: Frame) -> None:
        try:
            self.body(statement.body, frame)
            self.body(statement.orelse, frame)
        except Leave as leave:
            if leave.kind != "raise" or not statement.handlers:
                raise
            self.body(statement.handlers[0].body, frame)
        finally:
            self.body(statement.finalbody, frame)

    def _do_Delete(self, statement: ast.Delete, frame: Frame) -> None:
        for target in statement.targets:
            match target:
                case ast.Name(id=name):
                    frame.names.pop(name, None)
                case ast.Subscript(value=owner, slice=index):
                    thing = self.eval(owner, frame)
                    self.library.delete_item(self, thing, self.eval(index, frame), target)
                case ast.Attribute(value=owner, attr=name):
                    thing = self.eval(owner, frame)
                    self.library.delete_attribute(self, thing, name, target)
                case _:
                    pass

    def _do_FunctionDef(self, statement: ast.FunctionDef, frame: Frame) -> None:
        function: Value = self._function(statement, statement.name, frame)
        if any(_sets_property(decorator) for decorator in statement.decorator_list):
            # The name stays that of the property, whose reading it does not change.
            return
        for decorator in reversed(statement.decorator_list):
            function = self._decorated(decorator, function, frame)
        self.set_name(frame, statement.name, function)

    def _decorated(self, decorator: ast.expr, function: Value, frame: Frame) -> Value:
        if isinstance(decorator, ast.Name) and decorator.id in {
            *("staticmethod", "classmethod", "property")
        }:
            return Decorated(decorator.id, function)
        made = self.eval(decorator, frame)
        if isinstance(made, FunctionValue | Method):
            return self.call(made, Call(decorator, [function], {}))
        if isinstance(made, External) and made.name in {"cached_property", "property"}:
            return Decorated("property", function)
        return function

    def _function(
        self, node: ast.FunctionDef | ast.Lambda, name: str, frame: Frame
    ) -> FunctionValue:
        defaults = [self.eval(one, frame) for one in node.args.defaults]
        named = {
            one.arg: self.eval(default, frame)
            for one, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default is not None
        }
        # The body of a method does not see the names of its class.
        around = frame
        while around.owner is not None and around.this is None and around.outer is not None:
            around = around.outer
        made = FunctionValue(name, node, around, defaults, named, frame.owner)
        if isinstance(node, ast.FunctionDef):
            self.functions.append(made)
        return made

    def _do_ClassDef(self, statement: ast.ClassDef, frame: Frame) -> None:
        bases = tuple(self.eval(base, frame) for base in statement.bases)
        made = ClassValue(statement.name, bases, {}, statement.lineno)
        self.library.note_bases(bases, statement.lineno)
        inner = Frame(made.names, frame, self.globals, owner=made)
        self.body(statement.body, inner)
        made.names = inner.names
        if any("dataclass" in self.shown(one) for one in statement.decorator_list):
            made.fields = tuple(
                one.target.id
                for one in statement.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            )
        self.classes.append(made)
        self.set_name(frame, statement.name, self.new(made))

    # Names and places

    def set_name(self, frame: Frame, name: str, value: Value) -> None:
        """Give a name to a value."""
        home = frame.declared.get(name)
        if home is None:
            frame.names[name] = value
        elif self.doubts and not _same(home.names.get(name), value):
            home.names[name] = self.doubts[0][0]
        elif not self.frozen:
            home.names[name] = value

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Assign a value to a name, an attribute, an item, or to several of them."""
        match target:
            case ast.Name(id=name):
                self.set_name(frame, name, value)
            case ast.Attribute(value=owner, attr=name):
                self.library.set_attribute(self, self.eval(owner, frame), name, value, target)
            case ast.Subscript(value=owner, slice=index):
                thing = self.eval(owner, frame)
                self.library.set_item(self, thing, self.eval(index, frame), value, target)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value, target, frame)
            case ast.Starred(value=inner):
                self.assign(inner, value, frame)
            case _:
                pass

    def _unpack(self, targets: list[ast.expr], value: Value, node: ast.expr, frame: Frame) -> None:
        items = self.library.items(self, value, node)
        star = next((i for i, one in enumerate(targets) if isinstance(one, ast.Starred)), None)
        if isinstance(items, Unknown):
            items = [items] * len(targets)
        elif star is not None and len(items) >= len(targets) - 1:
            behind = len(targets) - star - 1
            middle = len(items) - behind
            items = [*items[:star], list(items[star:middle]), *items[middle:]]
        if len(items) != len(targets):
            items = [self.unknown(node)] * len(targets)
        for one, item in zip(targets, items, strict=True):
            self.assign(one, item, frame)

    def name(self, node: ast.Name, frame: Frame) -> Value:
        """Look up a name."""
        name = node.id
        home: Frame | None = frame.declared.get(name, frame)
        while home is not None:
            if name in home.names:
                value = home.names[name]
                if self.tainted:
                    doubt = self.doubt_of(value)
                    if doubt is not None:
                        return doubt
                return value
            home = home.outer
        return self.library.default(name, node, self)

    # Expressions

    def eval(self, node: ast.expr, frame: Frame) -> Value:
        """Evaluate an expression."""
        self.step(node)
        kind = type(node)
        act = self._expressions.get(kind)
        if act is None:
            name = "ListComp" if kind in {ast.GeneratorExp, ast.SetComp} else kind.__name__
            act = getattr(self, f"_eval_{name}", None) or self._eval_other
            self._expressions[kind] = act
        return act(node, frame)

    def _eval_other(self, node: ast.expr, frame: Frame) -> Value:
        return self.unknown(node)

    def _eval_Constant(self, node: ast.Constant, frame: Frame) -> Value:
        value = node.value
        if isinstance(value, int | float | str | bool | None) or value is Ellipsis:
            if isinstance(value, str) and len(value) > LONGEST:
                return self.unknown(node)
            return value
        return self.unknown(node)

    def _eval_Name(self, node: ast.Name, frame: Frame) -> Value:
        return self.name(node, frame)

    def _eval_NamedExpr(self, node: ast.NamedExpr, frame: Frame) -> Value:
        value = self.eval(node.value, frame)
        self.assign(node.target, value, frame)
        return value

    def _eval_Attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        value = self.library.attribute(self, self.eval(node.value, frame), node.attr, node)
        if self.tainted:
            doubt = self.doubt_of(value)
            if doubt is not None:
                return doubt
        return value

    def _eval_Subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        value = self.eval(node.value, frame)
        return self.library.item(self, value, self.eval(node.slice, frame), node)

    def _eval_Slice(self, node: ast.Slice, frame: Frame) -> Value:
        parts = [
            None if one is None else self.eval(one, frame)
            for one in (node.lower, node.upper, node.step)
        ]
        cause = next((one for one in parts if isinstance(one, Unknown)), None)
        if cause is not None:
            return cause
        if any(one is not None and not isinstance(one, int) for one in parts):
            return self.unknown(node)
        return slice(*parts)

    def _elements(self, nodes: list[ast.expr], frame: Frame) -> list[Value] | Unknown:
        made: list[Value] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items = self.library.items(self, self.eval(node.value, frame), node.value)
                if isinstance(items, Unknown):
                    return items
                made += items
            else:
                made.append(self.eval(node, frame))
            if len(made) > LONGEST:
                raise TooMuch(node.lineno, "a list grows longer than is read")
        return made

    def _eval_Tuple(self, node: ast.Tuple, frame: Frame) -> Value:
        made = self._elements(node.elts, frame)
        return made if isinstance(made, Unknown) else tuple(made)

    def _eval_List(self, node: ast.List, frame: Frame) -> Value:
        made = self._elements(node.elts, frame)
        return made if isinstance(made, Unknown) else self.new(made)

    def _eval_Set(self, node: ast.Set, frame: Frame) -> Value:
        made = self._elements(node.elts, frame)
        # A set of this reader is a list in which nothing stands twice; only `in` is asked of it.
        return made if isinstance(made, Unknown) else self.new(made)

    def _eval_Dict(self, node: ast.Dict, frame: Frame) -> Value:
        made: dict[Value, Value] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            value = self.eval(value_node, frame)
            if key_node is None:
                if not isinstance(value, dict):
                    return self.unknown(node, value)
                made |= value
                continue
            key = self.eval(key_node, frame)
            if not _is_key(key):
                return self.unknown(node, key)
            made[key] = value
        return self.new(made)

    def _eval_JoinedStr(self, node: ast.JoinedStr, frame: Frame) -> Value:
        parts = []
        for one in node.values:
            match one:
                case ast.Constant(value=str(text)):
                    parts.append(text)
                case ast.FormattedValue(value=inner, format_spec=None):
                    value = self.eval(inner, frame)
                    if not isinstance(value, int | float | str):
                        return self.unknown(node, value)
                    parts.append(str(value))
                case _:
                    return self.unknown(node)
        text = "".join(parts)
        return text if len(text) <= LONGEST else self.unknown(node)

    def _eval_UnaryOp(self, node: ast.UnaryOp, frame: Frame) -> Value:
        value = self.eval(node.operand, frame)
        if isinstance(value, Unknown):
            return value
        if isinstance(node.op, ast.Not):
            test = self.truth(value, node.operand)
            return test if isinstance(test, Unknown) else not test
        if isinstance(value, int | float):
            match node.op:
                case ast.USub():
                    return -value
                case ast.UAdd():
                    return value
                case ast.Invert() if isinstance(value, int):
                    return ~value
                case _:
                    pass
        return self.unknown(node)

    def _eval_BinOp(self, node: ast.BinOp, frame: Frame) -> Value:
        left, right = self.eval(node.left, frame), self.eval(node.right, frame)
        return self.operate(node.op, left, right, node)

    def operate(self, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
        """Compute an operation of two values; between maps, it is a row."""
        if isinstance(left, Map) or isinstance(right, Map):
            return self.library.combine(self, op, left, right, node)
        for one in (left, right):
            if isinstance(one, Unknown):
                return one
        left, right = counted(left), counted(right)
        if isinstance(left, BatchSize) or isinstance(right, BatchSize):
            return self.unknown(node)
        try:
            made = operate(op, left, right)
        except TypeDiffers:
            return self.unknown(node)
        except TooMuch as error:
            return Unknown(f"{self.shown(node)}: {error.why}", getattr(node, "lineno", 0))
        return self.new(made) if isinstance(made, list) else made

    def _eval_BoolOp(self, node: ast.BoolOp, frame: Frame) -> Value:
        is_and = isinstance(node.op, ast.And)
        cause: Unknown | None = None
        value: Value = is_and
        for part in node.values:
            if cause is None:
                value = self.eval(part, frame)
            else:
                # Nobody knows whether this part is read at all.
                with self.doubting(cause):
                    value = self.eval(part, frame)
            test = self.truth(value, part)
            if isinstance(test, Unknown):
                cause = cause or test
            elif test != is_and:
                # `unknown or True` counts as true; of `unknown or 64` nobody knows the number.
                return value if cause is None or isinstance(value, bool) else cause
        return cause or value

    def _eval_Compare(self, node: ast.Compare, frame: Frame) -> Value:
        left = self.eval(node.left, frame)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.eval(right_node, frame)
            found = self._compared(op, left, right, node)
            if isinstance(found, Unknown) or not found:
                return found
            left = right
        return True

    def _compared(self, op: ast.cmpop, left: Value, right: Value, node: ast.AST) -> Value:
        if isinstance(op, ast.Is | ast.IsNot):
            for side in (left, right):
                if isinstance(side, Unknown):
                    return side
                if isinstance(side, External) and not self.library.is_thing(side):
                    return self.unknown(node)
            is_same = left is right or (isinstance(left, External) and left == right)
            return is_same == isinstance(op, ast.Is)
        left, right = counted(left), counted(right)
        for side in (left, right):
            if isinstance(side, Unknown):
                return side
            if isinstance(side, Map):
                return replace(self.unknown(node), is_data=True)
            if not is_light(side) or not self._is_comparable(side):
                return self.unknown(node)
        try:
            return compare(op, left, right)
        except TypeDiffers:
            return self.unknown(node)

    def _is_comparable(self, value: Value) -> bool:
        """Whether a value equals another one only if it is that one, or is a plain value that is known."""
        if isinstance(value, dict):
            return all(self._is_comparable(inner) for inner in (*value, *value.values()))
        if isinstance(value, list | tuple):
            return all(self._is_comparable(inner) for inner in value)
        if isinstance(value, External):
            return self.library.is_thing(value)
        return not isinstance(value, Unknown | BatchSize | Map)

    def truth(self, value: Value, node: ast.AST) -> bool | Unknown:
        """Tell whether a value counts as true."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Map):
            return Unknown(self.shown(node), getattr(node, "lineno", 0), is_data=True)
        if isinstance(value, TrainingMode):
            return False
        if isinstance(value, Sequential):
            return bool(value.items)
        if isinstance(value, BatchSize):
            return True
        if isinstance(value, External) and not self.library.is_thing(value):
            return self.unknown(node)
        return truth(value)

    def _eval_IfExp(self, node: ast.IfExp, frame: Frame) -> Value:
        test = self.truth(self.eval(node.test, frame), node.test)
        self._note_training(node.test, test)
        if isinstance(test, Unknown):
            with self.doubting(test):
                one, other = self.eval(node.body, frame), self.eval(node.orelse, frame)
            return one if _same(one, other) else test
        return self.eval(node.body if test else node.orelse, frame)

    def _eval_Lambda(self, node: ast.Lambda, frame: Frame) -> Value:
        return self._function(node, "lambda", frame)

    def _eval_Starred(self, node: ast.Starred, frame: Frame) -> Value:
        return self.unknown(node)

    def _eval_ListComp(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, frame: Frame
    ) -> Value:
        made: list[Value] = self.new([])
        inner = Frame({}, frame, self.globals, frame.owner, frame.this)
        cause = self._comprehend(
            node.generators, inner, lambda: made.append(self.eval(node.elt, inner)), made
        )
        return made if cause is None else cause

    def _eval_DictComp(self, node: ast.DictComp, frame: Frame) -> Value:
        made: dict[Value, Value] = self.new({})
        inner = Frame({}, frame, self.globals, frame.owner, frame.this)
        bad: list[Value] = []

        def take() -> None:
            key = self.eval(node.key, inner)
            if _is_key(key):
                made[key] = self.eval(node.value, inner)
            else:
                bad.append(key)

        cause = self._comprehend(node.generators, inner, take, made)
        return made if cause is None and not bad else self.unknown(node, cause)

    def _comprehend(
        self,
        generators: list[ast.comprehension],
        frame: Frame,
        take: Callable[[], None],
        made: list[Value] | dict[Value, Value],
    ) -> Unknown | None:
        if not generators:
            take()
            self._grow(len(made), None)
            return None
        first, *others = generators
        items = self.library.items(self, self.eval(first.iter, frame), first.iter, lazy=True)
        if isinstance(items, Unknown):
            # What it changes besides is changed in doubt.
            with self.doubting(items):
                self.assign(first.target, items, frame)
                self._comprehend(others, frame, take, made)
            return items
        for item in items:
            self.assign(first.target, item, frame)
            tests = [self.truth(self.eval(one, frame), one) for one in first.ifs]
            cause = next((one for one in tests if isinstance(one, Unknown)), None)
            if cause is not None:
                return cause
            if all(tests):
                cause = self._comprehend(others, frame, take, made)
                if cause is not None:
                    return cause
        return None

    def _grow(self, length: int, node: ast.AST | None) -> None:
        if length > LONGEST:
            raise TooMuch(getattr(node, "lineno", 0), "a list grows longer than is read")

    def _eval_Yield(self, node: ast.Yield, frame: Frame) -> Value:
        value = None if node.value is None else self.eval(node.value, frame)
        if frame.yields is not None:
            frame.yields.append(value)
            self._grow(len(frame.yields), node)
        return self.unknown(node)

    def _eval_YieldFrom(self, node: ast.YieldFrom, frame: Frame) -> Value:
        items = self.library.items(self, self.eval(node.value, frame), node)
        if frame.yields is not None:
            frame.yields += [items] if isinstance(items, Unknown) else items
        return self.unknown(node)

    def _eval_Await(self, node: ast.Await, frame: Frame) -> Value:
        return self.unknown(node, self.eval(node.value, frame))

    # Calls

    def arguments(self, node: ast.Call, frame: Frame) -> Call:
        """Evaluate the arguments of a call."""
        args: list[Value] = []
        kwargs: dict[str, Value] = {}
        spread: list[tuple[str, int]] = []
        nodes: dict[int | str, ast.expr] = {}
        for one in node.args:
            if isinstance(one, ast.Starred):
                items = self.library.items(self, self.eval(one.value, frame), one.value)
                if isinstance(items, Unknown):
                    spread.append((self.shown(one), one.lineno))
                else:
                    nodes |= dict.fromkeys(range(len(args), len(args) + len(items)), one)
                    args += items
            else:
                nodes[len(args)] = one
                args.append(self.eval(one, frame))
        for keyword in node.keywords:
            value = self.eval(keyword.value, frame)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
                nodes[keyword.arg] = keyword.value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                kwargs |= value
            else:
                spread.append((self.shown(keyword.value), keyword.value.lineno))
        return Call(node, args, kwargs, tuple(spread), nodes)

    def _eval_Call(self, node: ast.Call, frame: Frame) -> Value:
        match node.func:
            case ast.Name(id="super") if frame.owner is not None or frame.outer is not None:
                return self._super(frame)
            case ast.Name(id="locals" | "globals" | "vars" | "eval" | "exec"):
                return self.unknown(node)
            case _:
                pass
        function = self.eval(node.func, frame)
        return self.call(function, self.arguments(node, frame))

    def _super(self, frame: Frame) -> Value:
        home: Frame | None = frame
        while home is not None and home.owner is None:
            home = home.outer
        if home is None or home.this is None:
            return Unknown("super()", 0)
        return Builtin((home.this, home.owner), "super")

    def call(self, function: Value, call: Call) -> Value:
        """Call a value with evaluated arguments."""
        node = call.node
        self.step(node)
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                raise TooMuch(getattr(node, "lineno", 0), "functions call each other too deeply")
            match function:
                case Unknown():
                    return function
                case FunctionValue():
                    return self.run_function(function, call)
                case Method(this=this, function=inner):
                    return self.run_function(inner, replace_args(call, [this, *call.args]))
                case Partial(function=inner, args=args, kwargs=kwargs):
                    joined = replace(
                        call,
                        args=[*args, *call.args],
                        kwargs={**kwargs, **call.kwargs},
                        nodes={k: v for k, v in call.nodes.items() if isinstance(k, str)},
                    )
                    return self.call(inner, joined)
                case _:
                    return self.library.call(self, function, call)
        finally:
            self.depth -= 1

    def run_function(self, function: FunctionValue, call: Call) -> Value:
        """Read the body of a function with arguments."""
        function.is_called = True
        node = function.node
        frame = Frame({}, function.frame, self.globals, function.owner)
        if not self._bind(function, call, frame):
            return self.unknown(call.node)
        if isinstance(node, ast.Lambda):
            return self.eval(node.body, frame)
        if isinstance(node, ast.AsyncFunctionDef):
            return self.unknown(call.node)
        if _yields(node):
            frame.yields = self.new([])
        value: Value = None
        try:
            self.body(node.body, frame)
        except Leave as leave:
            if leave.kind == "raise":
                raise
            value = leave.value
        if frame.yields is not None:
            return frame.yields
        if frame.returned:
            # One way has returned before, and nobody knows whether it is taken.
            return frame.returned[0]
        return value

    def _bind(self, function: FunctionValue, call: Call, frame: Frame) -> bool:
        """Give a function's parameters their values; False if the arguments do not fit."""
        given = function.node.args
        names = [one.arg for one in (*given.posonlyargs, *given.args)]
        args, kwargs = list(call.args), dict(call.kwargs)
        if function.owner is not None and args:
            frame.this = args[0]
        bound: dict[str, Value] = dict(zip(names, args, strict=False))
        if len(args) > len(names):
            if given.vararg is None:
                return False
            bound[given.vararg.arg] = tuple(args[len(names) :])
        elif given.vararg is not None:
            bound[given.vararg.arg] = ()
        for name in [*names, *(one.arg for one in given.kwonlyargs)]:
            if name in kwargs:
                if name in bound:
                    return False
                bound[name] = kwargs.pop(name)
        if given.kwarg is not None:
            bound[given.kwarg.arg] = self.new(kwargs)
        elif kwargs:
            return False
        late = names[len(names) - len(function.defaults) :] if function.defaults else []
        defaults = {**dict(zip(late, function.defaults, strict=True)), **function.keyword_defaults}
        for name in [*names, *(one.arg for one in given.kwonlyargs)]:
            if name not in bound:
                if call.spread:
                    bound[name] = Unknown(*call.spread[0])
                elif name in defaults:
                    bound[name] = defaults[name]
                else:
                    return False
        frame.names.update(bound)
        return True


def replace_args(call: Call, args: list[Value]) -> Call:
    """Give a call other positional arguments."""
    return Call(call.node, args, call.kwargs, call.spread, {})


def canonical(path: str) -> str:
    """Return one spelling for the paths of a framework: `tensorflow.keras.layers` is `keras.layers`."""
    parts = path.split(".")
    if parts[0] in {"tensorflow", "tf", "tf_keras", "keras"}:
        parts[0] = "tensorflow" if parts[0] in {"tensorflow", "tf"} else "keras"
        parts = [
            parts[0],
            *(one for one in parts[1:] if one not in {"python", "compat", "v1", "v2"}),
        ]
        if "keras" in parts:
            parts = parts[parts.index("keras") :]
            parts = [one for one in parts if one not in {"api", "_tf_keras", "src", "legacy"}]
            parts = [one for i, one in enumerate(parts) if i == 0 or one != "keras"]
    return ".".join(parts)


def _is_framework(module: str) -> bool:
    return module.partition(".")[0] in {"torch", "keras", "tensorflow", "tf_keras"}


def _sets_property(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter"}


def _is_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return True
        case _:
            return False


def _is_key(value: Value) -> bool:
    if isinstance(value, tuple):
        return len(value) <= 8 and all(_is_key(one) for one in value)  # noqa: PLR2004 - no key is longer
    return isinstance(value, int | float | str | bool | None | ClassValue | External)


def _same(one: Value, other: Value) -> bool:
    """Whether two values are certainly the same."""
    if one is other:
        return True
    if isinstance(one, Map) and isinstance(other, Map):
        return one.node is other.node and one.axes == other.axes
    plain = int | float | str
    return isinstance(one, plain) and type(one) is type(other) and bool(one == other)


def _agreed(ends: list[dict[str, Value]], cause: Unknown) -> dict[str, Value]:
    """Keep what all ways of a branch agree on; the rest depends on the branch."""
    names = dict.fromkeys(name for end in ends for name in end)
    missing = object()
    return {
        name: (
            ends[0].get(name)
            if all(_same(ends[0].get(name, missing), end.get(name, missing)) for end in ends[1:])
            else cause
        )
        for name in names
    }


def _assigned(statement: ast.stmt) -> list[str]:
    """Name what a statement would set."""
    names = [
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    own = getattr(statement, "name", None)
    return [*names, own] if isinstance(own, str) else names


def _yields(node: ast.FunctionDef) -> bool:
    found = getattr(node, "_striate_yields", None)
    if found is None:
        found = _has_yield(node.body)
        node._striate_yields = found  # type: ignore[attr-defined]
    return bool(found)


def _has_yield(statements: list[ast.stmt]) -> bool:
    stack: list[ast.AST] = list(statements)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack += ast.iter_child_nodes(node)
    return False
