"""Methods of networks: `add`, `append`, `compile`, `parameters`, `children` ..."""

from typing import TYPE_CHECKING

from striate.documents.code.application import stays_in_training
from striate.documents.code.arguments import batch_axes
from striate.documents.code.command_line import CommandLine, call_parser
from striate.documents.code.expressions import Expressions
from striate.documents.code.names import GROWING, SAME_METHODS, SETTING
from striate.documents.code.plain_methods import call_plain_method
from striate.documents.code.tensors import Single, Standardizing, Weight
from striate.documents.code.values import (
    Call,
    ClassValue,
    Grouped,
    HalfReduced,
    Instance,
    LayerValue,
    Map,
    Model,
    Network,
    Sequential,
    Unknown,
    Value,
    contained,
)


if TYPE_CHECKING:
    from striate.documents.code.library import Library


class Methods:
    """Calls methods of networks, layers and maps.

    Args:
        library: The reader's knowledge, and what it has found so far.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def call_method(
        self, evaluator: Expressions, this: Value, name: str, call: Call, line: int
    ) -> Value:
        """Call a method of a network, a layer, maps, or a plain value."""
        match this:
            case Map():
                return self.library.functional.method(evaluator, this, name, call)
            case CommandLine():
                return call_parser(evaluator, this, name, call)
            case Standardizing() | Weight():
                made = self.library.functional.weights.called(this, name, call)
                return evaluator.unknown(call.node) if made is None else made
            case Grouped():
                return self.library.functional.resizing.of_groups(evaluator, this, name, call)
            case Single():
                return self.library.functional.resizing.of_single(evaluator, this, name, call)
            case HalfReduced():
                return self.library.functional.resizing.reduced_again(evaluator, this, name, call)
            case (str(), Call()) if name == "join":
                return self.library.functional.joining.joined_layer(evaluator, this, call)
            case Sequential():
                return self._of_sequential(evaluator, this, this, name, call, line)
            case Instance():
                return self._method_of_instance(evaluator, this, name, call, line)
            case Model():
                return self._common(evaluator, this, name, call, line)
            case LayerValue() if name in {"call", "forward", "__call__"}:
                return self.library.application.apply(evaluator, this, call)
            case LayerValue() if name == "build":
                return None
            case LayerValue() if name in SETTING:
                return self._set(evaluator, this, call)
            case LayerValue():
                return this
            case ClassValue():
                if name == "__init__" and call.args:
                    return self.call_method(
                        evaluator,
                        call.args[0],
                        "super.__init__",
                        call.with_args(call.args[1:]),
                        line,
                    )
                return evaluator.unknown(call.node)
            case _:
                return call_plain_method(self.library, evaluator, this, name, call)

    def _method_of_instance(
        self, evaluator: Expressions, this: Instance, name: str, call: Call, line: int
    ) -> Value:
        if name == "super.__init__":
            self.library.construction.init_of_framework(evaluator, this, call)
            return None
        if name in {"super.forward", "super.call", "super.__call__"}:
            value = call.args[0] if call.args else None
            if stays_in_training(this.names.get("_base"), call):
                return evaluator.lacking(call.node)
            return self.library.application.apply_base(evaluator, this, value, call)
        if name.startswith("super."):
            name = name.removeprefix("super.")
        if this.sequence is not None and name in {"items", "keys", "values", "named_children"}:
            pairs = [
                (key or str(place), one) for place, (key, one) in enumerate(this.sequence.items)
            ]
            part = {"keys": 0, "values": 1}.get(name)
            return pairs if part is None else [pair[part] for pair in pairs]
        if this.sequence is not None and name in GROWING:
            return self._of_sequential(evaluator, this.sequence, this, name, call, line)
        if name in SETTING:
            return self._set(evaluator, this, call)
        if name in {"__getattr__", "__getattribute__"} and call.args:
            key = call.args[0]
            if isinstance(key, str):
                return self.library.attributes.attribute(evaluator, this, key, call.node)
            return evaluator.unknown(call.node, key)
        if name in {"forward", "call", "__call__"}:
            return self.library.application.apply_instance(evaluator, this, call)
        if name in {"add_weight", "add_variable"}:
            text = f"`{evaluator.shown(call.node)}` makes a weight of its own, which no row counts."
            this.remarks.append((line, text))
            return Unknown(f"{evaluator.shown(call.node)}: a weight of its own", line)
        return self._common(evaluator, this, name, call, line)

    def _set(self, evaluator: Expressions, this: Instance | LayerValue, call: Call) -> None:
        """Do what an assignment to an attribute does, whose name is given as a string."""
        key, value = (*call.args, *call.kwargs.values(), None, None)[:2]
        if isinstance(key, str):
            self.library.attributes.set_attribute(evaluator, this, key, value, call.node)

    def _of_sequential(
        self,
        evaluator: Expressions,
        made: Sequential,
        whole: Value,
        name: str,
        call: Call,
        line: int,
    ) -> Value:
        if name in GROWING:
            evaluator.builds += 1
            if not evaluator.is_changeable(made):
                return None
        args = [*call.args, *call.kwargs.values()]
        node = call.nodes.get(0)
        held = (
            self.library.construction.as_module(evaluator, made.framework, args[0], node)
            if args
            else None
        )
        if call.spread and name in GROWING:
            spread = Unknown(*call.spread[0])
            held, args = (
                self.library.construction.as_module(evaluator, made.framework, spread, None),
                [spread],
            )
        match name:
            case "add" | "append" if len(args) == 1:
                made.items.append(("", held))
                return whole
            case "add_module" | "register_module" if len(args) == 2:  # noqa: PLR2004 - name and module
                name = args[0] if isinstance(args[0], str) else ""
                held = self.library.construction.as_module(
                    evaluator, made.framework, args[1], call.nodes.get(1)
                )
                made.items.append((name, held))
                return None
            case "extend" if len(args) == 1:
                items = self.library.containers.items(evaluator, args[0], call.node)
                if isinstance(items, Unknown):
                    items = [
                        self.library.construction.as_module(evaluator, made.framework, items, node)
                    ]
                made.items += [("", one) for one in items]
                return whole
            case "insert" if len(args) == 2 and isinstance(args[0], int):  # noqa: PLR2004 - place and module
                held = self.library.construction.as_module(
                    evaluator, made.framework, args[1], call.nodes.get(1)
                )
                made.items.insert(args[0], ("", held))
                return whole
            case "pop" if all(isinstance(one, int) for one in args) and made.items:
                try:
                    return made.items.pop(*args[:1])[1]
                except IndexError:
                    self.library.containers.doubt(evaluator, made, call.node)
                    return evaluator.unknown(call.node)
            case _ if name in GROWING:
                self.library.containers.doubt(evaluator, made, call.node)
                return None
            case _:
                return self._common(evaluator, whole, name, call, line)

    def _common(
        self, evaluator: Expressions, this: Network, name: str, call: Call, line: int
    ) -> Value:
        match name:
            case "compile" | "fit" if this.framework == "keras":
                self.library.events.append((f"keras.model.{name}", call, this))
                examples = call.args[0] if call.args else call.kwargs.get("x")
                if name == "fit" and isinstance(examples, Map):
                    this.given.append(examples)
                return evaluator.unknown(call.node)
            case "build":
                self._build(this, call, line)
                return None
            case "children" | "modules" | "named_children" | "named_modules" | "submodules":
                found = contained(this, is_deep="modules" in name)
                if name.startswith("named"):
                    return [(key, one) for key, one in found]
                return [one for _, one in found]
            case "parameters" | "named_parameters":
                made = Unknown(evaluator.shown(call.node), line)
                self.library.trained.append((made, this))
                return made
            case "get_layer":
                key = call.args[0] if call.args else call.kwargs.get("name")
                found = [
                    one
                    for _, one in contained(this, is_deep=True)
                    if getattr(one, "name", "") == key
                ]
                return found[0] if found else evaluator.unknown(call.node)
            case "__call__":
                return self.library.application.apply(evaluator, this, call)
            case _ if name in SAME_METHODS:
                if name == "apply" and this.framework == "keras":
                    return evaluator.unknown(call.node)
                return this
            case "_modules" | "items" | "values" | "keys":
                return evaluator.unknown(call.node)
            case _:
                return evaluator.unknown(call.node)

    def _build(self, this: Network, call: Call, line: int) -> None:
        shape = call.args[0] if call.args else call.kwargs.get("input_shape")
        try:
            axes = batch_axes(shape)
        except ValueError:
            return
        made = self.library.maps.input(axes, self.library.layout, line)
        made.is_example = made.node.is_example = True
        this.given.append(made)
