"""Expressions of Python's syntax: each kind is evaluated by a method of its own."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from striate.documents.code.doubts import Doubts, same
from striate.documents.code.names import default_path
from striate.documents.code.operators import (
    LONGEST,
    TooMuch,
    TypeDiffers,
    compare,
    is_light,
    operate,
    truth,
)
from striate.documents.code.tensors import Filled, Standardizing
from striate.documents.code.values import (
    BatchSize,
    Call,
    ClassValue,
    External,
    Frame,
    FunctionValue,
    Map,
    Sequential,
    TrainingMode,
    Unknown,
    Value,
    counted,
)


class Expressions(Doubts, ABC):
    """Evaluates expressions, and gives names to values."""

    @abstractmethod
    def call(self, function: Value, call: Call) -> Value:
        """Call a value with evaluated arguments."""

    @abstractmethod
    def run_function(self, function: FunctionValue, call: Call) -> Value:
        """Read the body of a function with arguments."""

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

    def set_name(self, frame: Frame, name: str, value: Value) -> None:
        """Give a name to a value."""
        home = frame.declared.get(name)
        if home is None:
            frame.names[name] = value
        elif self.doubts and not same(home.names.get(name), value):
            home.names[name] = self.doubts[0][0]
        elif not self.frozen:
            home.names[name] = value

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Assign a value to a name, an attribute, an item, or to several of them."""
        match target:
            case ast.Name(id=name):
                self.set_name(frame, name, value)
            case ast.Attribute(value=owner, attr=name):
                self.library.attributes.set_attribute(
                    self, self.eval(owner, frame), name, value, target
                )
            case ast.Subscript(value=owner, slice=index):
                thing = self.eval(owner, frame)
                self.library.containers.set_item(
                    self, thing, self.eval(index, frame), value, target
                )
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value, target, frame)
            case ast.Starred(value=inner):
                self.assign(inner, value, frame)
            case _:
                pass

    def _unpack(self, targets: list[ast.expr], value: Value, node: ast.expr, frame: Frame) -> None:
        items = self.library.containers.items(self, value, node)
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
        path = default_path(name)
        return External(path) if path else self.unknown(node)

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
        value = self.library.attributes.attribute(
            self, self.eval(node.value, frame), node.attr, node
        )
        if self.tainted:
            doubt = self.doubt_of(value)
            if doubt is not None:
                return doubt
        return value

    def _eval_Subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        value = self.eval(node.value, frame)
        return self.library.containers.item(self, value, self.eval(node.slice, frame), node)

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
                items = self.library.containers.items(
                    self, self.eval(node.value, frame), node.value
                )
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
        if isinstance(left, Filled | Standardizing) or isinstance(right, Filled | Standardizing):
            return self.library.functional.weights.tensors(self, op, left, right, node)
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
            return one if same(one, other) else test
        return self.eval(node.body if test else node.orelse, frame)

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
        items = self.library.containers.items(
            self, self.eval(first.iter, frame), first.iter, lazy=True
        )
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


def _is_key(value: Value, depth: int = 0) -> bool:
    if isinstance(value, tuple):
        # Tuples within tuples may share their parts: no key is as long or as deep as that.
        is_small = len(value) <= 8 and depth < 3  # noqa: PLR2004 - as above
        return is_small and all(_is_key(one, depth + 1) for one in value)
    return isinstance(value, int | float | str | bool | None | ClassValue | External)
