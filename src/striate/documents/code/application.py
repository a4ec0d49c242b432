"""How maps are sent through layers and networks, and what a network says of its input."""

import ast
from typing import TYPE_CHECKING

from striate.documents.code.doubts import same
from striate.documents.code.expressions import Expressions
from striate.documents.code.operators import TooMuch
from striate.documents.code.values import (
    NESTED,
    Builtin,
    Call,
    Decorated,
    External,
    FunctionValue,
    Instance,
    LayerValue,
    Layout,
    Map,
    Method,
    Model,
    Network,
    Partial,
    Sequential,
    TrainingMode,
    Unknown,
    Value,
)


if TYPE_CHECKING:
    from striate.documents.code.library import Library


# Keras's layers that act otherwise in training.
_ACTING = {"Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise"}
_ACTING |= {"BatchNormalization", "SyncBatchNormalization"}


class Application:
    """Applies layers and networks to maps.

    Args:
        library: The reader's knowledge, and what it has found so far.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library
        self.depth = 0
        self.bound: list[tuple[Map, FunctionValue, dict[str, Value]]] = []

    def apply(self, evaluator: Expressions, module: Value, call: Call) -> Value:
        """Apply a module to what a call gives it."""
        args = [*call.args, *(v for k, v in call.kwargs.items() if k in {"x", "inputs", "input"})]
        if not args:
            return evaluator.unknown(call.node)
        if stays_in_training(module, call):
            return evaluator.lacking(call.node)
        if isinstance(module, LayerValue) and module.kind in _ACTING and "training" in call.nodes:
            mode = call.kwargs.get("training")
            if mode is not None and mode is not False and not isinstance(mode, TrainingMode):
                shown = evaluator.shown(call.nodes["training"])
                text = f"`training={shown}` is not known, and is read as outside of training."
                module.remarks.append((getattr(call.node, "lineno", 0), text))
        if isinstance(module, Instance):
            if isinstance(args[0], Map):
                self._note_use(module, args[0])
            return self.apply_instance(evaluator, module, call)
        value = args[0]
        if isinstance(value, Unknown):
            return value
        if isinstance(value, list | tuple) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Map):
            return evaluator.unknown(call.node)
        return self.forward(evaluator, module, value, call.node)

    def forward(self, evaluator: Expressions, module: Value, value: Map, node: ast.AST) -> Value:
        """Send maps through a module."""
        line = getattr(node, "lineno", 0)
        doubt = evaluator.doubt_of(module)
        if doubt is not None:
            return doubt
        self._note_use(module, value)
        match module:
            case LayerValue() if "function" in module.settings:
                function = module.settings["function"]
                made = evaluator.call(function, Call(node, [self._fresh(value)], {}))
                self._note_names(function, made)
                return made
            case LayerValue():
                return self.library.maps.apply(module, self._fresh(value), module.line)
            case Map():
                # Keras's Input within a Sequential.
                return value
            case Sequential():
                return self._one_after_another(evaluator, module, value, node)
            case Model():
                return self.library.maps.replay(module, [self._fresh(value)], line)
            case Instance():
                return self.apply_instance(evaluator, module, Call(node, [value], {}))
            case FunctionValue() | Method() | Builtin() | External() | Partial():
                return evaluator.call(module, Call(node, [value], {}))
            case Unknown():
                return module
            case _:
                return Unknown(evaluator.shown(node), line)

    def _one_after_another(
        self, evaluator: Expressions, module: Sequential, value: Map, node: ast.AST
    ) -> Value:
        self.depth += 1
        try:
            if self.depth > NESTED:
                raise TooMuch(module.line, f"more than {NESTED} modules stand within each other")
            current: Value = self._fresh(value)
            for _, one in module.items:
                if isinstance(one, Unknown):
                    return one
                if not isinstance(current, Map):
                    return current
                current = self.forward(evaluator, one, current, node)
            return current
        finally:
            self.depth -= 1

    def _note_names(self, function: Value, made: Value) -> None:
        """Remember what a Lambda's function finds under the names that stand around it."""
        inner = function.function if isinstance(function, Partial) else function
        if not isinstance(inner, FunctionValue) or not isinstance(inner.node, ast.Lambda):
            return
        own = {one.arg for one in ast.walk(inner.node.args) if isinstance(one, ast.arg)}
        names = {one.id for one in ast.walk(inner.node.body) if isinstance(one, ast.Name)} - own
        found = {name: inner.frame.names[name] for name in names if name in inner.frame.names}
        if isinstance(made, Map) and found:
            self.bound.append((made, inner, found))

    def note_late_names(self) -> None:
        """Say of Lambdas that they look their names up when the network runs, where these have changed since."""
        for made, function, found in self.bound:
            now = function.frame.names
            for name in sorted(found):
                if not same(found[name], now.get(name)):
                    text = (
                        f"`{name}` is read as it is where the Lambda is applied; Python looks it up when the network "
                        f"runs, after it has changed: write `lambda x, {name}={name}:`."
                    )
                    made.node.remarks.append((function.node.lineno, text))

    def _note_use(self, module: Value, value: Map) -> None:
        """Remember what a network is given, and which networks are parts of others."""
        if not isinstance(module, Network) or self.library.is_settled:
            return
        if value.node.is_example:
            module.given.append(value)
        else:
            self.library.parts.add(id(module))

    def _fresh(self, value: Map) -> Map:
        if not value.is_example:
            return value
        return Map(value.node, value.axes, value.layout)

    def apply_instance(self, evaluator: Expressions, module: Instance, call: Call) -> Value:
        """Send maps through an object of a class, by its own forward or by that of the framework's class."""
        if not module.framework:
            method = module.kind.find("__call__")
            if isinstance(method, FunctionValue):
                return evaluator.run_function(method, call.with_args([module, *call.args]))
            return evaluator.unknown(call.node)
        args = [self._fresh(one) if isinstance(one, Map) else one for one in call.args]
        value = args[0] if args else None
        if module.framework == "keras" and isinstance(value, Map):
            self._build(evaluator, module, value, call)
        method = module.kind.find("forward" if module.framework == "torch" else "call")
        if method is None:
            method = module.kind.find("__call__")
        if isinstance(method, Decorated):
            method = method.function
        if isinstance(method, FunctionValue):
            return evaluator.run_function(method, call.with_args([module, *args]))
        return self.apply_base(evaluator, module, value, call)

    def _build(self, evaluator: Expressions, module: Instance, value: Map, call: Call) -> None:
        """Run a class's own `build`, once; what a trial has built is built anew in the next one."""
        build, built = module.kind.find("build"), module.names.get("_built")
        if not isinstance(build, FunctionValue) or built in {0, evaluator.frozen}:
            return
        module.names["_built"] = evaluator.frozen
        shape = Unknown("input_shape", 0) if value.axes is None else (None, *value.axes)
        born = evaluator.born.get(id(module))
        evaluator.new(module)
        evaluator.run_function(build, Call(call.node, [module, shape], {}))
        if born is not None:
            evaluator.born[id(module)] = born

    def apply_base(
        self, evaluator: Expressions, module: Instance, value: Value, call: Call
    ) -> Value:
        """Send maps through what a class of the framework does by itself."""
        if not isinstance(value, Map):
            return evaluator.unknown(call.node, value)
        base = module.names.get("_base")
        if module.sequence is not None:
            return self.forward(evaluator, module.sequence, value, call.node)
        if base is not None:
            return self.forward(evaluator, base, value, call.node)
        net = module.names.get("net")
        if net is not None and any(path.startswith("d2l") for path in module.kind.foreign):
            return self.forward(evaluator, net, value, call.node)
        return Unknown(f"{module.kind.name} has no forward", module.kind.line)

    def unfolded(self, evaluator: Expressions, model: Sequential) -> tuple[Map, Value] | Unknown:
        """Make maps of a Sequential that says what it reads, from its input to its output."""
        start = self.start_of(model)
        if start is None:
            return Unknown("the input of the Sequential", model.line)
        end = self.forward(evaluator, model, start, ast.Pass(lineno=model.line))
        return start, end

    def start_of(self, module: Value, depth: int = 0) -> Map | None:
        """Find the input that a network says itself, or make it; None if it does not."""
        if depth > 20:  # noqa: PLR2004 - nothing is nested that deeply
            return None
        match module:
            case Sequential(items=items):
                for _, one in items:
                    start = self.start_of(one, depth + 1)
                    if start is not None or not _only_prepares(one):
                        return start
                return None
            case Instance(sequence=Sequential() as sequence):
                return self.start_of(sequence, depth + 1)
            case Map(node=node) if node.word == "Input":
                return module
            case Model(inputs=[Map() as first]):
                made = self.library.maps.input(
                    first.axes, first.node.layout, first.node.line, first.node.name
                )
                made.node.says_input, made.node.faults = True, first.node.faults
                return made
            case LayerValue(framework="keras", first=tuple() as axes):
                layout = module.layout or self.library.layout
                line = module.settings.get("first_line", module.line)
                made = self.library.maps.input(axes, self._likely(axes, layout, module), line)
                made.node.says_input = True
                return made
            case _:
                return None

    def _likely(self, axes: tuple[int, ...], layout: Layout, module: LayerValue) -> Layout:
        """Decide where the maps stand in Keras 1, whose settings stood in a file of the user's."""
        is_first = len(axes) == 3 and axes[0] in {1, 3} and axes[2] > 4  # noqa: PLR2004 - maps of an image
        if is_first and self.library.is_old and layout == "last":
            text = f"{axes} is read channels first: Keras 1 with Theano's order, as {axes[0]} stands first."
            module.remarks.append((module.line, text))
            self.library.layout = "first"
            return "first"
        return layout

    def note_summary(self, path: str, call: Call) -> None:
        """Remember the input that `summary(network, size)` says."""
        network = call.args[0] if call.args else None
        size = call.kwargs.get("input_size", call.args[1] if len(call.args) > 1 else None)
        if isinstance(size, Map):
            size = None if size.axes is None else (1, *size.axes)
        if isinstance(size, list) and size and isinstance(size[0], tuple):
            size = size[0]
        if not isinstance(network, Network) or not isinstance(size, tuple | list):
            return
        has_batch = path.startswith("torchinfo") or len(size) == 4  # noqa: PLR2004 - examples, maps, rows, columns
        axes = tuple(size[1:] if has_batch else size)
        if axes and all(isinstance(one, int) and one > 0 for one in axes):
            line = getattr(call.node, "lineno", 0)
            made = self.library.maps.input(axes, "first", line)
            made.is_example = made.node.is_example = True
            network.given.append(made)
            self.library.examples.append(made)


def stays_in_training(module: Value, call: Call) -> bool:
    """Whether a call of Keras has a layer act outside of training as it does in training: `Dropout(0.5)(x, training=True)`."""
    written = call.nodes.get("training")
    acts = isinstance(module, LayerValue) and module.framework == "keras" and module.kind in _ACTING
    return acts and isinstance(written, ast.Constant) and written.value is True


def _only_prepares(module: Value) -> bool:
    """Whether a layer, or all layers of a Sequential, prepare or vary pictures and leave their sizes as they are."""
    match module:
        case LayerValue(is_preparation=True):
            return True
        case Sequential(items=items):
            return all(_only_prepares(one) for _, one in items)
        case _:
            return False
