"""A small evaluator of Python's syntax tree. Nothing is ever run: it knows no import and no real object.

What it cannot know is `Unknown` and stays so. Where a condition is unknown, both ways are read and what
differs between them is unknown; what such a part of the code changes in a network is remembered as doubtful.
Steps, sizes and depth are bounded.
"""

import ast
from collections.abc import Callable

from striate.documents.code.calls import Calls, Leave
from striate.documents.code.doubts import same
from striate.documents.code.names import canonical, is_framework
from striate.documents.code.operators import TooMuch
from striate.documents.code.pieces import piece_of
from striate.documents.code.values import (
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
    Sequential,
    Unknown,
    Value,
)


_EXPLORED = 60_000
_FAILURES = 3
_IDLE_STEPS = 10_000


class Evaluator(Calls):
    """Reads one program, statement by statement."""

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
        if isinstance(value, Map):
            self.ends.setdefault(statement.end_lineno or statement.lineno, []).append(value.node)
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
            items = self.library.containers.items(self, value, statement)
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
            if isinstance(known, ClassValue | FunctionValue) and not is_framework(module):
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
            if any(one.kind != first.kind or not same(one.value, first.value) for one in lefts):
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
        items = self.library.containers.items(
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
                    self.library.containers.delete_item(
                        self, thing, self.eval(index, frame), target
                    )
                case ast.Attribute(value=owner, attr=name):
                    thing = self.eval(owner, frame)
                    self.library.attributes.delete_attribute(self, thing, name, target)
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

    def _do_ClassDef(self, statement: ast.ClassDef, frame: Frame) -> None:
        piece = piece_of(statement)
        if piece is not None:
            self.set_name(frame, statement.name, piece)
            return
        bases = tuple(self.eval(base, frame) for base in statement.bases)
        made = ClassValue(statement.name, bases, {}, statement.lineno)
        self.library.note_bases(bases, statement.lineno)
        inner = Frame(made.names, frame, self.globals, owner=made)
        self.body(statement.body, inner)
        made.names = inner.names
        is_data = any("dataclass" in self.shown(one) for one in statement.decorator_list)
        if is_data or "typing.NamedTuple" in made.foreign:
            made.fields = tuple(
                one.target.id
                for one in statement.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            )
        self.classes.append(made)
        self.set_name(frame, statement.name, self.new(made))


def _sets_property(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter"}


def _is_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return True
        case _:
            return False


def _agreed(ends: list[dict[str, Value]], cause: Unknown) -> dict[str, Value]:
    """Keep what all ways of a branch agree on; the rest depends on the branch."""
    names = dict.fromkeys(name for end in ends for name in end)
    missing = object()
    return {
        name: (
            ends[0].get(name)
            if all(same(ends[0].get(name, missing), end.get(name, missing)) for end in ends[1:])
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
