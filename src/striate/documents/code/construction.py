"""How layers, networks and objects of the document's classes are made."""

import ast
from typing import TYPE_CHECKING

from striate.documents.code.arguments import Arguments, axes_of, batch_axes
from striate.documents.code.expressions import Expressions
from striate.documents.code.foreign import foreign_name
from striate.documents.code.keras_layers import (
    KERAS,
    KERAS_ALIASES,
    keras_layer,
)
from striate.documents.code.kinds import always
from striate.documents.code.maps import MOST
from striate.documents.code.names import KERAS_BASES
from striate.documents.code.operators import TooMuch
from striate.documents.code.pieces import arguments_of, piece_layer
from striate.documents.code.torch_layers import TORCH
from striate.documents.code.values import (
    Builtin,
    Call,
    ClassValue,
    External,
    Framework,
    FunctionValue,
    Instance,
    LayerValue,
    Map,
    Method,
    Model,
    Network,
    Piece,
    Sequential,
    Unknown,
    Value,
)
from striate.errors.code import layer_not_written_out, unknown_code_layer
from striate.table import Unreadable


if TYPE_CHECKING:
    from striate.documents.code.library import Library


class Construction:
    """Makes layers, networks and objects of classes.

    Args:
        library: The reader's knowledge, and what it has found so far.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def make_unknown_layer(self, framework: Framework, name: str, call: Call) -> LayerValue:
        """Make a layer that is not understood, with its fault."""
        line = getattr(call.node, "lineno", 0)
        known = KERAS if framework == "keras" else TORCH
        func = getattr(call.node, "func", None)
        written = ast.unparse(func) if isinstance(func, ast.Attribute | ast.Name) else name
        made = LayerValue(framework, name, name, line, always(Unreadable()), says_input=True)
        made.faults.append(unknown_code_layer(written, known, line))
        return made

    def keep_layer(self, evaluator: Expressions, made: LayerValue) -> LayerValue:
        """Remember a layer that was made, within bounds."""
        self.library.layers += 1
        if self.library.layers > MOST:
            raise TooMuch(made.line, f"more than {MOST:,} layers are made")
        evaluator.builds += 1
        evaluator.new(made)
        return made

    def make_keras_layer(self, evaluator: Expressions, kind: str, name: str, call: Call) -> Value:
        """Make a layer of Keras, of all three versions."""
        names = KERAS.get(kind, ())
        arguments = Arguments(evaluator, call, name, names)
        if kind in {"Conv2D", "SeparableConv2D", "Conv2DTranspose"} and len(call.args) > 2:  # noqa: PLR2004 - filters, rows, columns
            is_old = (self.library.is_old or name.startswith("Convolution")) and all(
                isinstance(one, int) for one in call.args[:3]
            )
            if is_old:
                arguments = Arguments(
                    evaluator, call, name, ("filters", "nb_row", "nb_col", "kernel_initializer")
                )
        return self.keep_layer(evaluator, keras_layer(arguments, kind, self.library.layout))

    def make_piece(self, evaluator: Expressions, piece: Piece, call: Call) -> Value:
        """Make a layer that the framework lacks, whose class the code holds as it is written."""
        arguments = Arguments(evaluator, call, piece.name, arguments_of(piece))
        made = piece_layer(arguments, piece, self.library.layout)
        return self.keep_layer(evaluator, made)

    def keep_network(self, evaluator: Expressions, made: Value) -> Value:
        """Remember a network that was made."""
        evaluator.builds += 1
        evaluator.new(made)
        if not evaluator.making:
            evaluator.networks.append(made)
        return made

    def make_sequential(self, evaluator: Expressions, path: str, call: Call) -> Value:
        """Make a Sequential, whose framework its arguments may have to tell."""
        framework = self.library.framework_of(path) or "torch"
        line = getattr(call.node, "lineno", 0)
        if path.startswith("?."):
            # Keras takes one list, PyTorch its layers one by one.
            is_list = all(isinstance(one, list | tuple) for one in call.args)
            is_keras = is_list and len(call.args) <= 1
            framework = "keras" if is_keras and not call.spread else "torch"
        made = Sequential(framework, line)
        self.fill(evaluator, made, call)
        return self.keep_network(evaluator, made)

    def fill(self, evaluator: Expressions, made: Sequential, call: Call) -> None:
        """Put what a call of a Sequential is given into it."""
        name = call.kwargs.get("name")
        made.name = name if isinstance(name, str) else ""
        given = list(call.args)
        if "layers" in call.kwargs:
            given.append(call.kwargs["layers"])
        for what, line in call.spread:
            cause = Unknown(what, line)
            made.items.append(("", self.as_module(evaluator, made.framework, cause, None)))
        for place, one in enumerate(given):
            if isinstance(one, list | tuple):
                nested = call.nodes.get(place)
                doubt = evaluator.doubt_of(one)
                if doubt:
                    made.items.append(("", doubt))
                    continue
                written = getattr(nested, "elts", [])
                if len(written) != len(one):
                    written = [None] * len(one)
                for node, inner in zip(written, one, strict=True):
                    name = (
                        inner[0]
                        if isinstance(inner, tuple) and inner and isinstance(inner[0], str)
                        else ""
                    )
                    made.items.append(
                        (name, self.as_module(evaluator, made.framework, inner, node))
                    )
            elif isinstance(one, dict):
                made.items += [
                    (str(key), self.as_module(evaluator, made.framework, inner, None))
                    for key, inner in one.items()
                ]
            else:
                held = self.as_module(evaluator, made.framework, one, call.nodes.get(place))
                made.items.append(("", held))

    def as_module(
        self, evaluator: Expressions, framework: Framework, value: Value, node: ast.AST | None
    ) -> Value:
        """Return what a Sequential is given as a module; what is none becomes a layer that is not understood."""
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):  # noqa: PLR2004 - name and layer
            value = value[1]
        if isinstance(value, LayerValue | Network | Map | FunctionValue | Method | Builtin):
            is_layer = not isinstance(value, FunctionValue) or isinstance(
                value.node, ast.FunctionDef
            )
            if is_layer and framework == "torch" and isinstance(value, FunctionValue | Map):
                is_layer = False
            if is_layer:
                return value
        cause = value if isinstance(value, Unknown) else None
        line = getattr(node, "lineno", cause.line if cause else 0)
        shown = evaluator.shown(node) if node is not None else cause.what if cause else "…"
        func = node.func if isinstance(node, ast.Call) else None
        name = ast.unparse(func) if isinstance(func, ast.Name | ast.Attribute) else ""
        last = name.rpartition(".")[2]
        made = LayerValue(
            framework, last or "Layer", last or "Layer", line, always(Unreadable()), says_input=True
        )
        if last[:1].isupper():
            known = KERAS if framework == "keras" else TORCH
            made.faults.append(unknown_code_layer(name, known, line))
        else:
            if cause and cause.what not in shown and shown not in cause.what:
                shown = f"{shown} = {cause.what}"
            made.kind = made.word = "Layer"
            made.faults.append(layer_not_written_out(shown, line))
        return made

    def make_input(self, evaluator: Expressions, call: Call) -> Value:
        """Make the maps of Keras's `Input`."""
        names = ("shape", "batch_size", "name", "dtype", "sparse", "tensor")
        arguments = Arguments(evaluator, call, "Input", names)
        arguments.rename("batch_shape", "batch_input_shape")
        axes = arguments.get("batch_input_shape", batch_axes, None)
        if axes is None:
            axes = arguments.need("shape", axes_of)
        name = call.kwargs.get("name")
        made = self.library.maps.input(
            axes, self.library.layout, arguments.line, name if isinstance(name, str) else ""
        )
        made.node.says_input = arguments.has("shape") or arguments.has("batch_input_shape")
        arguments.pass_over("batch_size", "name", "dtype", "sparse", "tensor", "ragged")
        arguments.close()
        made.node.faults = arguments.faults
        return evaluator.new(made)

    def make_model(self, evaluator: Expressions, call: Call) -> Value:
        """Make Keras's `Model(inputs, outputs)`."""
        given = {**dict(zip(("inputs", "outputs"), call.args, strict=False)), **call.kwargs}
        inputs = given.get("inputs", given.get("input"))
        outputs = given.get("outputs", given.get("output"))
        if inputs is None and outputs is None:
            return self.library.unknown_call(evaluator, call)
        listed = [
            list(one.values())
            if isinstance(one, dict)
            else list(one)
            if isinstance(one, list | tuple)
            else [one]
            for one in (inputs, outputs)
        ]
        name = given.get("name")
        line = getattr(call.node, "lineno", 0)
        made = Model(line, listed[0], listed[1], name if isinstance(name, str) else "")
        return self.keep_network(evaluator, made)

    def instantiate(self, evaluator: Expressions, kind: ClassValue, call: Call) -> Value:
        """Make an object of a class of the document."""
        line = getattr(call.node, "lineno", 0)
        made = Instance(kind, line)
        for path in kind.foreign:
            name = path.rpartition(".")[2]
            if foreign_name(path):
                self.library.foreign.append((foreign_name(path), kind.line))
                continue
            framework = self.library.framework_of(path)
            if framework is None:
                continue
            if framework == "keras" and name not in KERAS_BASES and name not in KERAS:
                continue
            made.framework = framework
            if name in {"Sequential", "ModuleList", "ModuleDict"}:
                made.sequence = Sequential(framework, line)
                evaluator.new(made.sequence)
        evaluator.new(made)
        if made.framework and not evaluator.making:
            evaluator.networks.append(made)
        init = kind.find("__init__")
        evaluator.making += 1 if made.framework else 0
        try:
            if isinstance(init, FunctionValue):
                evaluator.run_function(init, call.with_args([made, *call.args]))
            elif kind.fields is not None:
                self._fields(evaluator, made, kind, call)
            elif made.framework:
                self.init_of_framework(evaluator, made, call)
        finally:
            evaluator.making -= 1 if made.framework else 0
        if not isinstance(init, FunctionValue) or init.is_called:
            for one in kind.order:
                one.is_made = True
        return made

    def _fields(self, evaluator: Expressions, made: Instance, kind: ClassValue, call: Call) -> None:
        names = [name for one in reversed(kind.order) for name in one.fields or ()]
        given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        for name in names:
            value = given[name] if name in given else kind.find(name)
            # Each object has a list of its own, as `default_factory` makes it.
            is_own = isinstance(value, list | dict) and name not in given
            made.names[name] = evaluator.new(value.copy()) if is_own else value
        behind = kind.find("__post_init__")
        if isinstance(behind, FunctionValue):
            evaluator.run_function(behind, Call(call.node, [made], {}))

    def declared(self, evaluator: Expressions, name: str, call: Call) -> Value:
        """Read `field(default=...)` of a dataclass, and make the class of a named tuple."""
        if name == "field":
            if "default" in call.kwargs:
                return call.kwargs["default"]
            factory = call.kwargs.get("default_factory")
            return evaluator.call(factory, Call(call.node, [], {})) if factory else None
        title, names = (*call.args, *call.kwargs.values(), None, None)[:2]
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
            return evaluator.unknown(call.node)
        defaults = call.kwargs.get("defaults", ())
        held = dict(zip(reversed(names), reversed(defaults), strict=False))
        line = getattr(call.node, "lineno", 0)
        base = External("typing.NamedTuple")
        return evaluator.new(ClassValue(str(title), (base,), held, line, fields=tuple(names)))

    def init_of_framework(self, evaluator: Expressions, made: Instance, call: Call) -> None:
        """Read what `super().__init__(...)` gives to the class of the framework."""
        if made.sequence is not None:
            self.fill(evaluator, made.sequence, call)
            return
        given = {**dict(zip(("inputs", "outputs"), call.args, strict=False)), **call.kwargs}
        if made.framework == "keras" and "outputs" in given:
            model = self.make_model(evaluator, call)
            if isinstance(model, Model):
                made.names["_base"] = model
            return
        for path in made.kind.foreign:
            name = path.rpartition(".")[2]
            if name in TORCH or KERAS_ALIASES.get(name, name) in KERAS:
                framework = self.library.framework_of(path) or "torch"
                made.names["_base"] = self.library.of_framework(
                    evaluator, framework, path, name, call
                )

    def copy(self, evaluator: Expressions, value: Value) -> Value:
        """Copy a module with weights of its own; what stands in several places stays one."""
        known: dict[int, tuple[Value, Value]] = {}

        def again(one: Value) -> Value:
            if id(one) not in known:
                # The original is kept, so that its number is not given to another value.
                known[id(one)] = (one, Unknown("deepcopy", 0))
                known[id(one)] = (one, copied(one))
            return known[id(one)][1]

        def copied(one: Value) -> Value:
            match one:
                case LayerValue():
                    fields = LayerValue.__dataclass_fields__
                    return evaluator.new(
                        LayerValue(**{name: getattr(one, name) for name in fields})
                    )
                case Sequential():
                    made = Sequential(one.framework, one.line)
                    made.items = [(key, again(inner)) for key, inner in one.items]
                    return self.keep_network(evaluator, made)
                case Instance():
                    twin = Instance(one.kind, one.line, framework=one.framework)
                    twin.names = {key: again(inner) for key, inner in one.names.items()}
                    twin.sequence = None if one.sequence is None else again(one.sequence)
                    return self.keep_network(evaluator, twin)
                case list():
                    return evaluator.new([again(inner) for inner in one])
                case dict():
                    return evaluator.new({key: again(inner) for key, inner in one.items()})
                case _:
                    return one

        return again(value)
