"""Find every Sequential of a block of code, with what is written into it. Nothing is ever run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

from striate.documents.code_arguments import Arguments, Code, dotted, whole
from striate.documents.code_layers import CodeLayer, Framework
from striate.documents.keras_code import KERAS, KERAS_ALIASES, keras_layer
from striate.documents.torch_code import TORCH, torch_layer
from striate.errors import Fault
from striate.errors.code import (
    layer_not_written_out,
    layers_added_elsewhere,
    unknown_code_layer,
)
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


_PLACES: dict[Framework, set[str]] = {
    "keras": {"tf", "tensorflow", "keras", "models", "layers"},
    "torch": {"torch", "nn"},
}
_TENSORS = {"zeros", "ones", "empty", "rand", "randn"}


@final
@dataclass(slots=True)
class Sequential:
    """One Sequential of a block, on its way to a table.

    Args:
        framework: Whose it is.
        line: Its line in the document.
        layers: What was read of it.
        faults: What could not be read.
    """

    framework: Framework
    line: int
    layers: list[CodeLayer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def sequentials(code: Code) -> list[Sequential]:
    """Read every Sequential of a block, in the order of its lines.

    One inside another is part of it; one inside a class is part of what `forward` makes of it.

    Args:
        code: The block.
    """
    found: dict[ast.Call, Sequential] = {}
    for call, framework in sorted(_calls(code.tree), key=lambda one: one[0].lineno):
        one = Sequential(framework, code.line_of(call))
        _take_all(code, one, call)
        found[call] = one
    _take_added(code, found)
    return list(found.values())


def example_of(code: Code) -> Shape | None:
    """Find the shape of one example, where the block makes tensors of one size: `torch.zeros(...)`.

    Args:
        code: The block.
    """
    shapes = set()
    for node in ast.walk(code.tree):
        names = dotted(node.func) if isinstance(node, ast.Call) else ()
        if isinstance(node, ast.Call) and names[:1] == ("torch",) and names[-1] in _TENSORS:
            shapes.add(_example(node))
    return shapes.pop() if len(shapes) == 1 else None


def _example(call: ast.Call) -> Shape | None:
    nodes = call.args
    if len(nodes) == 1 and isinstance(nodes[0], ast.Tuple | ast.List):
        nodes = nodes[0].elts
    try:
        sizes = [whole(node) for node in nodes]
    except ValueError:
        return None
    match sizes:
        case [_, count] if count > 0:
            return Features(count)
        case [_, channels, height, width] if min(channels, height, width) > 0:
            return Image(channels, height, width)
        case _:
            return None


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, Framework]]:
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.ClassDef):
            continue
        framework = _framework(node) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and framework is not None:
            yield node, framework
        else:
            nodes += ast.iter_child_nodes(node)


def _framework(call: ast.Call) -> Framework | None:
    """Tell whose Sequential a call makes; None if it makes none."""
    names = dotted(call.func)
    if names[-1:] != ("Sequential",):
        return None
    if len(names) > 1:
        places = set(names[:-1])
        return next((one for one, known in _PLACES.items() if places <= known), None)
    # Keras takes one list, PyTorch its layers one by one.
    is_list = all(isinstance(one, ast.List | ast.Tuple) for one in call.args)
    return "keras" if is_list and len(call.args) <= 1 else "torch"


def _take_all(code: Code, into: Sequential, call: ast.Call) -> None:
    """Take what stands between the brackets of a Sequential."""
    nodes = list(call.args)
    nodes += [one.value for one in call.keywords if one.arg in {"layers", None}]
    if into.framework == "keras" and len(nodes) == 1:
        match nodes[0]:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                nodes = elements
            case _:
                pass
    for node in nodes:
        _take(code, into, node)


def _take(code: Code, into: Sequential, node: ast.expr) -> None:
    names = dotted(node.func) if isinstance(node, ast.Call) else ()
    line = code.line_of(node)
    if not isinstance(node, ast.Call) or not names:
        shown = code.shown(node)
        into.faults.append(layer_not_written_out(shown, line))
        into.layers.append(CodeLayer(shown, "Layer", line, Unreadable(), says_input=True))
    elif _framework(node) == into.framework:
        _take_all(code, into, node)
    else:
        into.layers.append(_layer(code, into, node, names))


def _layer(code: Code, into: Sequential, call: ast.Call, names: tuple[str, ...]) -> CodeLayer:
    framework = into.framework
    known = KERAS if framework == "keras" else TORCH
    kind = KERAS_ALIASES.get(names[-1], names[-1]) if framework == "keras" else names[-1]
    # A Dense of somebody else's need not be Keras's.
    if kind not in known or not set(names[:-1]) <= _PLACES[framework]:
        line = code.line_of(call)
        into.faults.append(unknown_code_layer(".".join(names), known, line))
        return CodeLayer(names[-1], names[-1], line, Unreadable(), says_input=True)
    arguments = Arguments(code, call, names[-1], known[kind])
    read = (keras_layer if framework == "keras" else torch_layer)(arguments, kind)
    arguments.close()
    into.faults += arguments.faults
    return read


def _take_added(code: Code, found: dict[ast.Call, Sequential]) -> None:
    """Take the layers of `model.add(...)`, where it stands beside `model = Sequential()`."""
    taken: set[ast.Call] = set()
    named: dict[str, Sequential] = {}
    for node in ast.walk(code.tree):
        body = getattr(node, "body", None)
        current: dict[str, Sequential] = {}
        for statement in body if isinstance(body, list) else []:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                    if value in found and found[value].framework == "keras":
                        current[name] = named[name] = found[value]
                case ast.Expr(value=ast.Call() as call) if _adds_to(call) in current:
                    taken.add(call)
                    for argument in call.args:
                        _take(code, current[_adds_to(call)], argument)
                case _:
                    pass
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Call) and node not in taken and _adds_to(node) in named:
            name = _adds_to(node)
            named[name].faults.append(layers_added_elsewhere(name, code.line_of(node)))


def _adds_to(call: ast.Call) -> str:
    match dotted(call.func):
        case (name, "add"):
            return name
        case _:
            return ""
