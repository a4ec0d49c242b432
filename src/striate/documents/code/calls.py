"""Functions of the document: how they are made, called with arguments, and read."""

import ast
from abc import ABC, abstractmethod
from dataclasses import replace

from striate.documents.code.expressions import Expressions
from striate.documents.code.operators import DEEPEST, TooMuch
from striate.documents.code.values import (
    Builtin,
    Call,
    Frame,
    FunctionValue,
    Method,
    Partial,
    Unknown,
    Value,
)


class Leave(Exception):  # noqa: N818 - no error: how a loop or function is left
    """A return, break, continue or raise on its way."""

    def __init__(self, kind: str, value: Value = None, line: int = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value
        self.line = line


class Calls(Expressions, ABC):
    """Calls functions."""

    @abstractmethod
    def body(self, statements: list[ast.stmt], frame: Frame) -> None:
        """Read statements one after the other."""

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

    def _eval_Lambda(self, node: ast.Lambda, frame: Frame) -> Value:
        return self._function(node, "lambda", frame)

    def _eval_Yield(self, node: ast.Yield, frame: Frame) -> Value:
        value = None if node.value is None else self.eval(node.value, frame)
        if frame.yields is not None:
            if self.is_changeable(frame.yields):
                frame.yields.append(value)
            self._grow(len(frame.yields), node)
        return self.unknown(node)

    def _eval_YieldFrom(self, node: ast.YieldFrom, frame: Frame) -> Value:
        items = self.library.containers.items(self, self.eval(node.value, frame), node)
        if frame.yields is not None:
            if self.is_changeable(frame.yields):
                frame.yields += [items] if isinstance(items, Unknown) else items
            self._grow(len(frame.yields), node)
        return self.unknown(node)

    def _eval_Await(self, node: ast.Await, frame: Frame) -> Value:
        return self.unknown(node, self.eval(node.value, frame))

    def arguments(self, node: ast.Call, frame: Frame) -> Call:
        """Evaluate the arguments of a call."""
        args: list[Value] = []
        kwargs: dict[str, Value] = {}
        spread: list[tuple[str, int]] = []
        nodes: dict[int | str, ast.expr] = {}
        for one in node.args:
            if isinstance(one, ast.Starred):
                items = self.library.containers.items(self, self.eval(one.value, frame), one.value)
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
                    return self.run_function(inner, call.with_args([this, *call.args]))
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
        node = function.node
        frame = Frame({}, function.frame, self.globals, function.owner)
        if not self._bind(function, call, frame):
            return self.unknown(call.node)
        function.is_called = True
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
            return self.doubt_of(frame.yields) or frame.yields
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
