"""What stands behind a dot: attributes of modules, classes, layers, maps and imported names."""

import ast
import math
from typing import TYPE_CHECKING

from striate.documents.code.command_line import CommandLine, option, set_option
from striate.documents.code.expressions import Expressions
from striate.documents.code.kinds import without
from striate.documents.code.maps import sizes_of
from striate.documents.code.names import GROWING, SAME_METHODS, SETTING
from striate.documents.code.plain_methods import has_plain_method
from striate.documents.code.tensors import Single, Standardizing, Weight
from striate.documents.code.values import (
    TRAINING,
    Builtin,
    Call,
    ClassValue,
    Decorated,
    External,
    FunctionValue,
    Grouped,
    HalfReduced,
    Instance,
    LayerValue,
    Map,
    Method,
    Model,
    Network,
    Sequential,
    Unknown,
    Value,
)


if TYPE_CHECKING:
    from striate.documents.code.library import Library


class Attributes:
    """Looks up and sets attributes of values.

    Args:
        library: The reader's knowledge, and what it has found so far.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def delete_attribute(
        self, evaluator: Expressions, thing: Value, name: str, node: ast.AST
    ) -> None:
        """Remove an attribute of a value."""
        if isinstance(thing, Instance) and evaluator.is_changeable(thing):
            thing.names.pop(name, None)
        elif isinstance(thing, Sequential | Model | LayerValue):
            self.library.containers.doubt(evaluator, thing, node)

    def attribute(self, evaluator: Expressions, value: Value, name: str, node: ast.AST) -> Value:
        """Return an attribute of a value."""
        match value:
            case Unknown():
                return value
            case External(path=path):
                return self._of_external(path, name)
            case Instance():
                return self._of_instance(evaluator, value, name, node)
            case ClassValue():
                found = value.find(name)
                if isinstance(found, Decorated):
                    if found.kind == "classmethod":
                        return Method(value, found.function)
                    return found.function
                if found is not None:
                    return found
                return value.name if name == "__name__" else Builtin(value, name)
            case CommandLine():
                return option(value, name, getattr(node, "lineno", 0))
            case Map():
                return self._of_map(evaluator, value, name, node)
            case Single(value=whole) if name == "shape":
                return whole.axes
            case Single() | HalfReduced() | Grouped() | Standardizing() | Weight():
                return Builtin(value, name)
            case Sequential() | Model():
                return self._of_network(evaluator, value, name, node)
            case LayerValue():
                return self._of_layer(evaluator, value, name, node)
            case Builtin(this=this, name="super"):
                return self._of_super(this, name)
            case _ if has_plain_method(value, name):
                return Builtin(value, name)
            case FunctionValue() if name == "__name__":
                return value.name
            case _:
                return evaluator.unknown(node)

    def _of_external(self, path: str, name: str) -> Value:
        if path in {"math", "numpy"} and name in {"pi", "e", "inf"}:
            return {"pi": math.pi, "e": math.e, "inf": math.inf}[name]
        if path == "tensorflow" and name == "keras":
            return External("keras")
        return External(f"{path}.{name}")

    def _of_instance(
        self, evaluator: Expressions, value: Instance, name: str, node: ast.AST
    ) -> Value:
        if name in value.names:
            return value.names[name]
        if name == "training" and value.framework:
            return TRAINING
        if name in {"__class__", "__dict__"}:
            return value.kind if name == "__class__" else value.names
        found = value.kind.find(name)
        match found:
            case None:
                base = value.names.get("_base")
                if isinstance(base, LayerValue | Model):
                    return self.attribute(evaluator, base, name, node)
                held = value.sequence.items if value.sequence is not None else []
                item = next((one for key, one in held if key == name), None)
                if item is not None:
                    return item
                if value.framework or value.sequence:
                    return Builtin(value, name)
                return evaluator.unknown(node)
            case FunctionValue():
                return Method(value, found)
            case Decorated(kind="property", function=FunctionValue() as function):
                return evaluator.run_function(function, Call(node, [value], {}))
            case Decorated(kind="classmethod", function=FunctionValue() as function):
                return Method(value.kind, function)
            case Decorated(function=function):
                return function
            case _:
                return found

    def _of_super(self, this: Value, name: str) -> Value:
        instance, owner = this
        kind = instance.kind if isinstance(instance, Instance) else instance
        order = kind.order if isinstance(kind, ClassValue) else ()
        behind = order[order.index(owner) + 1 :] if owner in order else order
        for one in behind:
            if name in one.names:
                found = one.names[name]
                if isinstance(found, Decorated):
                    found = found.function
                return Method(instance, found) if isinstance(found, FunctionValue) else found
        return Builtin(instance, f"super.{name}")

    def _of_map(self, evaluator: Expressions, value: Map, name: str, node: ast.AST) -> Value:
        if name in {"shape", "_keras_shape"}:
            return sizes_of(value, evaluator, node)
        if name in {"ndim", "rank"}:
            return evaluator.unknown(node) if value.axes is None else len(value.axes) + 1
        if name in {"device", "dtype", "data", "grad", "requires_grad", "name"}:
            return value if name == "data" else evaluator.unknown(node)
        if name == "is_cuda":
            return False  # nothing that a row says depends on the device
        return Builtin(value, name)

    def _of_network(
        self, evaluator: Expressions, value: Sequential | Model, name: str, node: ast.AST
    ) -> Value:
        if name == "layers" and isinstance(value, Sequential):
            return [one for _, one in value.items]
        if name in {"input", "inputs", "output", "outputs"}:
            if isinstance(value, Sequential):
                made = self.library.application.unfolded(evaluator, value)
                if isinstance(made, Unknown):
                    return made
                start, end = made
                return start if name.startswith("input") else end
            found = value.inputs if name.startswith("input") else value.outputs
            return found[0] if len(found) == 1 else found
        if name == "training":
            return TRAINING
        if name in {
            "weight",
            "bias",
            "weights",
            "variables",
            "trainable_variables",
            "history",
            "name",
        }:
            return evaluator.unknown(node)
        if isinstance(value, Sequential) and name not in GROWING | SAME_METHODS:
            found_item = next((one for key, one in value.items if key and key == name), None)
            if found_item is not None:
                return found_item
        return Builtin(value, name)

    def _of_layer(
        self, evaluator: Expressions, value: LayerValue, name: str, node: ast.AST
    ) -> Value:
        if name in value.settings:
            found = value.settings[name]
            return evaluator.unknown(node) if found is None else found
        if name in SAME_METHODS | SETTING | {"build", "call", "forward", "__call__"}:
            return Builtin(value, name)
        if "sizes" in value.settings and name in {"view", "reshape", "unsqueeze"}:
            return Builtin(Weight(value, value.settings["sizes"]), name)
        if name == "__class__":
            return External(f"torch.nn.{value.kind}")
        return evaluator.unknown(node)

    def set_attribute(
        self, evaluator: Expressions, thing: Value, name: str, value: Value, node: ast.AST
    ) -> None:
        """Set an attribute of a value."""
        match thing:
            case Instance():
                if evaluator.doubts and thing.names.get(name) is value:
                    return
                if evaluator.doubts and not isinstance(value, LayerValue | Network):
                    old = thing.names.get(name)
                    if not isinstance(old, LayerValue | Network):
                        thing.names[name] = evaluator.doubts[0][0]
                        return
                if evaluator.is_changeable(thing):
                    thing.names[name] = value
                    is_child = thing.framework == "torch" and isinstance(
                        value, LayerValue | Network
                    )
                    if thing.sequence is not None and is_child:
                        # PyTorch's Sequential runs what is set as an attribute, too.
                        self._replace(thing.sequence, name, value)
            case ClassValue():
                if evaluator.is_changeable(thing):
                    thing.names[name] = value
            case LayerValue() if value is None and name in {"weight", "bias"}:
                if evaluator.is_changeable(thing):
                    thing.plan = without(thing.plan, name)
            case LayerValue() | Sequential() | Model():
                if name in {"weight", "bias", "data", "kernel", "weights"} and not isinstance(
                    value, Unknown
                ):
                    self.library.containers.doubt(evaluator, thing, node)
                elif name == "trainable" and value is False:
                    text = "It is not trained (`trainable = False`), which no table says."
                    thing.remarks.append((getattr(node, "lineno", 0), text))
                elif isinstance(value, LayerValue | Network) and evaluator.is_changeable(thing):
                    if isinstance(thing, Sequential):
                        self._replace(thing, name, value)
                    else:
                        self.library.containers.doubt(evaluator, thing, node)
            case CommandLine():
                set_option(evaluator, thing, name, value)
            case _:
                pass

    def _replace(self, thing: Sequential, name: str, value: Value) -> None:
        for place, (key, _) in enumerate(thing.items):
            if key == name:
                thing.items[place] = (key, value)
                return
        thing.items.append((name, value))
