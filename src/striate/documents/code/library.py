"""What names from imports, built-in functions, and attributes and methods of values mean to the reader."""

import ast

from striate.documents.code.application import Application
from striate.documents.code.arguments import Arguments
from striate.documents.code.attributes import Attributes
from striate.documents.code.builtin_functions import call_builtin
from striate.documents.code.command_line import CommandLine
from striate.documents.code.construction import Construction
from striate.documents.code.containers import Containers
from striate.documents.code.data import Pictures, arrays_of, keras_data_set
from striate.documents.code.einops import einops_call
from striate.documents.code.expressions import Expressions
from striate.documents.code.foreign import foreign_name
from striate.documents.code.functional import Functional
from striate.documents.code.keras_layers import (
    AUGMENTATIONS,
    KERAS,
    KERAS_ALIASES,
)
from striate.documents.code.kinds import function_of
from striate.documents.code.maps import Maps
from striate.documents.code.methods import Methods
from striate.documents.code.names import SAME, TENSORS, is_place, trains
from striate.documents.code.tensors import Standardizing, Weight
from striate.documents.code.torch_layers import TORCH, torch_layer
from striate.documents.code.values import (
    Builtin,
    Call,
    ClassValue,
    Decorated,
    External,
    Framework,
    Instance,
    LayerValue,
    Layout,
    Map,
    Model,
    Network,
    Partial,
    Piece,
    Sequential,
    Unknown,
    Value,
)
from striate.shapes import Image


class Library:
    """The reader's knowledge of Python, Keras and PyTorch.

    Args:
        framework: The framework that the document speaks of where a name leaves it open.
        is_old: Whether the code is written for Keras 1.
    """

    def __init__(self, framework: Framework, *, is_old: bool) -> None:
        self.framework: Framework = framework
        self.is_old = is_old
        self.maps = Maps()
        self.functional = Functional(self)
        self.layout: Layout = "last"
        self.events: list[tuple[str, Call, Value]] = []
        self.examples: list[Map] = []
        self.foreign: list[tuple[str, int]] = []
        self.layers = 0
        self.trained: list[tuple[Unknown, Network]] = []
        self.tensors: list[tuple[Unknown, list[Value]]] = []
        self.parts: set[int] = set()
        self.pictures = Pictures()
        self.command_lines: list[CommandLine] = []
        self.is_settled = False
        self.containers = Containers(self)
        self.attributes = Attributes(self)
        self.construction = Construction(self)
        self.application = Application(self)
        self.methods = Methods(self)

    def framework_of(self, path: str) -> Framework | None:
        """Tell whose an imported name is."""
        root = path.partition(".")[0]
        if root == "?":
            return self.framework
        if root in {"torch", "pytorch_lightning", "lightning", "pl"}:
            return "torch"
        if root in {"keras", "keras_applications", "tensorflow"}:
            return "keras"
        return self.framework if root == "d2l" else None

    def is_thing(self, name: External) -> bool:
        """Whether an imported name is certainly a function, class or module: what counts as true."""
        if name.path.startswith("builtins."):
            return True
        parent = name.path.rpartition(".")[0]
        is_class = name.name[:1].isupper() and not name.name.isupper()
        is_function = function_of(name.name) is not None or parent.endswith(
            (".functional", ".init")
        )
        return self.framework_of(name.path) is not None and (is_class or is_function)

    def note_bases(self, bases: tuple[Value, ...], line: int) -> None:
        """Remember classes that are written for a framework which is not read."""
        names = [foreign_name(base.path) for base in bases if isinstance(base, External)]
        self.foreign += [(name, line) for name in names if name]

    def combine(
        self, evaluator: Expressions, op: ast.operator, left: Value, right: Value, node: ast.AST
    ) -> Value:
        """Compute an operation of which one side is maps."""
        weights = self.functional.weights
        if isinstance(left, Standardizing) or isinstance(right, Standardizing):
            return weights.tensors(evaluator, op, left, right, node)
        value, other = (left, right) if isinstance(left, Map) else (right, left)
        if isinstance(other, LayerValue) and "sizes" in other.settings:
            other = Weight(other, other.settings["sizes"])
        if isinstance(other, Weight):
            return weights.combine(evaluator, op, value, other, node)
        return self.functional.joining.operation(evaluator, op, left, right, node)

    def call(self, evaluator: Expressions, function: Value, call: Call) -> Value:
        """Call what is no function of the document."""
        line = getattr(call.node, "lineno", 0)
        match function:
            case External():
                return self._call_external(evaluator, function, call, line)
            case Builtin(this=this, name=name):
                return self.methods.call_method(evaluator, this, name, call, line)
            case ClassValue():
                return self.construction.instantiate(evaluator, function, call)
            case Piece():
                return self.construction.make_piece(evaluator, function, call)
            case Instance() | Sequential() | Model() | LayerValue():
                return self.application.apply(evaluator, function, call)
            case Decorated(function=inner):
                return evaluator.call(inner, call)
            case _:
                return evaluator.unknown(call.node)

    def _call_external(
        self, evaluator: Expressions, function: External, call: Call, line: int
    ) -> Value:
        path, name = function.path, function.name
        root = path.partition(".")[0]
        if root == "builtins":
            return call_builtin(self, evaluator, name, call)
        other = foreign_name(path)
        if other:
            self.foreign.append((other, line))
        if path == "functools.partial" and call.args:
            return Partial(call.args[0], call.args[1:], call.kwargs)
        if path in {"collections.OrderedDict"}:
            return call_builtin(self, evaluator, "dict", call)
        if name == "deepcopy" and call.args:
            return self.construction.copy(evaluator, call.args[0])
        if path == "copy.copy" and call.args and isinstance(call.args[0], list | dict):
            return evaluator.new(call.args[0].copy())
        if name in SAME and call.args and isinstance(call.args[0], Network | LayerValue | Map):
            return call.args[0]
        is_math = root in {"math", "numpy"} or path == "torch.linspace"
        if is_math and not any(isinstance(one, Map) for one in call.args):
            made = call_builtin(self, evaluator, name, call, of_math=True)
            if not isinstance(made, Unknown) or root == "math":
                return made
        if root in {"torchsummary", "torchinfo", "torchsummaryX", "torchvision_summary"}:
            self.application.note_summary(path, call)
            return None
        if root == "einops":
            return einops_call(self, evaluator, name, call)
        if path in {"dataclasses.field", "collections.namedtuple"}:
            return self.construction.declared(evaluator, name, call)
        if root == "torchvision":
            made = self.pictures.note(path, call, line)
            if made is not NotImplemented:
                return made
        if path == "argparse.ArgumentParser":
            self.command_lines.append(CommandLine(line))
            return evaluator.new(self.command_lines[-1])
        framework = self.framework_of(path)
        data_set = keras_data_set(path) if framework == "keras" else None
        if data_set is not None:
            return arrays_of(data_set, self.maps, self.layout, line)
        if root == "numpy":
            framework = self.framework
        if framework is None:
            return self.unknown_call(evaluator, call)
        return self.of_framework(evaluator, framework, path, name, call)

    def unknown_call(self, evaluator: Expressions, call: Call) -> Value:
        """Return what a call gives of which nothing is known."""
        cause = next(
            (one for one in call.args if isinstance(one, Unknown) and (one.is_data or one.why)),
            None,
        )
        return cause or evaluator.unknown(call.node)

    def of_framework(
        self, evaluator: Expressions, framework: Framework, path: str, name: str, call: Call
    ) -> Value:
        """Call a class or function of a framework."""
        if name == "Sequential":
            return self.construction.make_sequential(evaluator, path, call)
        if framework == "torch":
            if name in {"ModuleList", "ParameterList"}:
                items = (
                    self.containers.items(evaluator, call.args[0], call.node) if call.args else []
                )
                return items if isinstance(items, Unknown) else evaluator.new(list(items))
            if name == "ModuleDict":
                return call_builtin(self, evaluator, "dict", call)
            if name == "Parameter":
                made = self.functional.weights.parameter(evaluator, call)
                if made is not NotImplemented:
                    return made
            is_layer = ".functional" not in path and (name in TORCH or path.startswith("torch.nn."))
            if is_layer and name in TORCH:
                arguments = Arguments(evaluator, call, name, TORCH[name])
                return self.construction.keep_layer(evaluator, torch_layer(arguments, name))
        elif name in {"Model", "Functional"}:
            return self.construction.make_model(evaluator, call)
        elif name == "Input" and "layers" in [*path.split("."), "layers"]:
            return self.construction.make_input(evaluator, call)
        else:
            kind = KERAS_ALIASES.get(name, name)
            if (kind in KERAS or kind in AUGMENTATIONS) and is_place(path):
                return self.construction.make_keras_layer(evaluator, kind, name, call)
        if path.endswith("activations.get") and call.args:
            # A function by its name, or as it is.
            held = call.args[0]
            return External(f"keras.activations.{held}") if isinstance(held, str) else held
        if name == "correct_pad":
            return self._centred_padding(evaluator, call)
        made = self.functional.call(evaluator, framework, path, call)
        if made is not NotImplemented:
            return made
        return self._other(evaluator, framework, path, name, call)

    def _other(
        self, evaluator: Expressions, framework: Framework, path: str, name: str, call: Call
    ) -> Value:
        """Read what is left of a framework: training lines, settings, and what is not known."""
        if name in {"set_image_data_format", "set_image_dim_ordering"} and call.args:
            self.layout = "first" if call.args[0] in {"channels_first", "th"} else "last"
            return None
        if name in {"image_data_format", "image_dim_ordering"}:
            is_old = name.endswith("ordering")
            first = "th" if is_old else "channels_first"
            return first if self.layout == "first" else ("tf" if is_old else "channels_last")
        if name in TENSORS and call.args and isinstance(call.args[0], list):
            made = evaluator.unknown(call.node)
            self.tensors.append((made, call.args[0]))
            return made
        if name in {"obtain_input_shape", "_obtain_input_shape"}:
            return self._usual_input(evaluator, call)
        if trains(path, name):
            event = Unknown(evaluator.shown(call.node), getattr(call.node, "lineno", 0))
            self.events.append((path, call, event))
            return event
        is_class = name[:1].isupper()
        is_module = is_class and (path.startswith(("torch.nn.", "?.")) or ".layers." in path)
        if is_module and "init" not in path and "utils" not in path:
            return self.construction.keep_layer(
                evaluator, self.construction.make_unknown_layer(framework, name, call)
            )
        return self.unknown_call(evaluator, call)

    def numbers_of(self, value: Value) -> Value:
        """Return the list that a tensor was made of, or the value itself."""
        return next((numbers for one, numbers in self.tensors if one is value), value)

    def _usual_input(self, evaluator: Expressions, call: Call) -> Value:
        """Read how Keras's applications choose their input: what they are given, or their usual size in colours."""
        given = call.args[0] if call.args else call.kwargs.get("input_shape")
        if given is not None:
            return given
        size = call.kwargs.get("default_size", call.args[1] if len(call.args) > 1 else None)
        is_whole = call.kwargs.get("require_flatten", call.kwargs.get("include_top", True))
        if not isinstance(size, int) or is_whole is not True:
            return evaluator.unknown(call.node)
        return (3, size, size) if self.layout == "first" else (size, size, 3)

    def _centred_padding(self, evaluator: Expressions, call: Call) -> Value:
        """Read how Keras's applications pad ahead of a stride of two, so that windows stand as those of PyTorch."""
        value, kernel = (*call.args, *call.kwargs.values(), None, None)[:2]
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        shape = value.shape if isinstance(value, Map) else None
        if not isinstance(shape, Image) or not isinstance(sides, tuple | list):
            return evaluator.unknown(call.node, value)
        # One cell less stands ahead of an even length, whose last window ends at its edge.
        lengths = (shape.height, shape.width)
        return tuple(
            (side // 2 - (1 - length % 2), side // 2)
            for side, length in zip(sides, lengths, strict=True)
        )

    def owner_of(self, parameters: Value) -> Value:
        """Return the network whose parameters an optimizer is given; None if that is not known."""
        return next((owner for one, owner in self.trained if one is parameters), None)
