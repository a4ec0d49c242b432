"""What names from imports, built-in functions, and attributes and methods of values mean to the reader."""

import ast
import math
from collections.abc import Iterable

from striate.documents.code.arguments import Arguments
from striate.documents.code.builtin_functions import (
    BUILTINS,
    call_builtin,
    call_plain_method,
    has_plain_method,
)
from striate.documents.code.evaluator import Evaluator, replace_args
from striate.documents.code.foreign import foreign_name
from striate.documents.code.functional import Functional
from striate.documents.code.keras_layers import (
    AUGMENTATIONS,
    KERAS,
    KERAS_ALIASES,
    axes_of,
    batch_axes,
    keras_layer,
)
from striate.documents.code.kinds import always, function_of
from striate.documents.code.maps import MOST, Maps, sizes_of
from striate.documents.code.operators import LONGEST, TooMuch
from striate.documents.code.torch_layers import TORCH, torch_layer
from striate.documents.code.values import (
    TRAINING,
    Builtin,
    Call,
    ClassValue,
    Decorated,
    External,
    Framework,
    FunctionValue,
    HalfReduced,
    Instance,
    LayerValue,
    Layout,
    Map,
    Method,
    Model,
    Network,
    Partial,
    Sequential,
    Unknown,
    Value,
)
from striate.errors.code import layer_not_written_out, unknown_code_layer
from striate.table import Unreadable


_DEFAULTS = {
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "torch": "torch",
    "optim": "torch.optim",
    "keras": "keras",
    "tf": "tensorflow",
    "layers": "keras.layers",
    "models": "keras.models",
    "K": "keras.backend",
    "backend": "keras.backend",
    "optimizers": "keras.optimizers",
    "losses": "keras.losses",
    "regularizers": "keras.regularizers",
    "callbacks": "keras.callbacks",
    "schedules": "keras.optimizers.schedules",
    "lr_scheduler": "torch.optim.lr_scheduler",
    "np": "numpy",
    "numpy": "numpy",
    "math": "math",
    "OrderedDict": "collections.OrderedDict",
    "partial": "functools.partial",
    "summary": "torchsummary.summary",
    "Model": "keras.models.Model",
    "Input": "keras.layers.Input",
    "Module": "torch.nn.Module",
    "ModuleList": "torch.nn.ModuleList",
    "Sequential": "?.Sequential",
    "deepcopy": "copy.deepcopy",
}
_KERAS_FUNCTIONS = {
    *("add", "concatenate", "multiply", "average", "maximum", "merge", "subtract"),
    *("Add", "Concatenate", "Multiply", "Average", "Maximum", "Subtract", "Merge", "Lambda"),
}
_ONLY_TORCH = {"Conv2d", "Linear", "MaxPool2d", "BatchNorm2d"}
_MODULES = {"Module", "LightningModule", "Classifier", "Sequential", "ModuleList", "ModuleDict"}
_KERAS_BASES = {"Model", "Layer", "Sequential", "Functional", "Network"}
# What gives back the network that it is given.
_SAME = {
    *("DataParallel", "DistributedDataParallel", "compile", "script", "deepcopy", "to_device"),
    *("convert_sync_batchnorm", "multi_gpu_model", "cast", "prepare", "Variable", "no_grad"),
}
_SAME_METHODS = {
    *("to", "cuda", "cpu", "float", "half", "double", "eval", "train", "requires_grad_", "apply"),
    *("share_memory", "compile", "type", "contiguous", "detach", "clone", "bfloat16", "xpu", "mps"),
}
_GROWING = {"add", "append", "add_module", "insert", "extend", "pop", "register_module"}


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
        self.parts: set[int] = set()
        self.is_settled = False

    # Names

    def default(self, name: str, node: ast.Name, evaluator: Evaluator) -> Value:
        """Return what a name means that nothing in the program has set."""
        if name in BUILTINS:
            return External(f"builtins.{name}")
        if name in _DEFAULTS:
            return External(_DEFAULTS[name])
        is_keras = KERAS_ALIASES.get(name, name) in KERAS or name in AUGMENTATIONS
        if is_keras and name in TORCH:
            return External(f"?.{name}")
        if is_keras or name in _KERAS_FUNCTIONS:
            return External(f"keras.layers.{name}")
        if name in TORCH:
            return External(f"torch.nn.{name}")
        if name in _SCHEDULERS:
            return External(f"torch.optim.lr_scheduler.{name}")
        if name in _SCHEDULES:
            return External(f"keras.optimizers.schedules.{name}")
        if name in _CALLBACKS:
            return External(f"keras.callbacks.{name}")
        if name.endswith("Loss") or name in {"SGD", "Adam", "AdamW", "RMSprop"}:
            return External(f"?.{name}")
        return evaluator.unknown(node)

    def framework_of(self, path: str) -> Framework | None:
        """Tell whose an imported name is."""
        root = path.partition(".")[0]
        if root == "?":
            return self.framework
        if root in {"torch", "pytorch_lightning", "lightning", "pl"}:
            return "torch"
        if root in {"keras", "tensorflow"}:
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

    # Things that hold things

    def items(
        self, evaluator: Evaluator, value: Value, node: ast.AST, *, lazy: bool = False
    ) -> list[Value] | Unknown:
        """Return what a loop over a value meets."""
        match value:
            case list() | tuple():
                return list(value)
            case range():
                if len(value) > LONGEST and not lazy:
                    raise TooMuch(getattr(node, "lineno", 0), "a range is longer than is read")
                return value if lazy else list(value)  # type: ignore[return-value]
            case dict():
                return list(value)
            case str():
                return list(value)
            case Sequential():
                doubt = evaluator.doubt_of(value)
                return doubt or [one for _, one in value.items]
            case Instance(sequence=Sequential() as sequence):
                return [one for _, one in sequence.items]
            case _:
                return evaluator.unknown(node, value)

    def item(self, evaluator: Evaluator, value: Value, index: Value, node: ast.Subscript) -> Value:
        """Return an item of a value."""
        if isinstance(index, Unknown) and not isinstance(value, Map):
            return index
        try:
            match value:
                case list() | tuple() | str() | range() if isinstance(index, int | slice):
                    made = value[index]
                    return evaluator.new(made) if isinstance(made, list) else made
                case dict():
                    return value[index]
                case Sequential() if isinstance(index, int):
                    return value.items[index][1]
                case Sequential() if isinstance(index, slice):
                    made = Sequential(
                        value.framework, getattr(node, "lineno", 0), value.items[index]
                    )
                    return self._made(evaluator, made)
                case Instance(sequence=Sequential() as sequence) if isinstance(index, int):
                    return sequence.items[index][1]
                case Map():
                    return self.functional.sliced(evaluator, value, index, node)
                case _:
                    return evaluator.unknown(node, value)
        except (IndexError, KeyError, TypeError, ValueError):
            return evaluator.unknown(node)

    def set_item(
        self, evaluator: Evaluator, thing: Value, index: Value, value: Value, node: ast.AST
    ) -> None:
        """Set an item of a value."""
        if isinstance(thing, Instance) and thing.sequence is not None:
            thing = thing.sequence
        if not isinstance(thing, list | dict | Sequential) or not evaluator.is_changeable(thing):
            return
        try:
            match thing:
                case list() if isinstance(index, int):
                    thing[index] = value
                case dict() if isinstance(index, str | int | float | tuple | None):
                    thing[index] = value
                case Sequential() if isinstance(index, int):
                    held = self._held(evaluator, thing.framework, value, None)
                    thing.items[index] = (thing.items[index][0], held)
                case _:
                    self._taint(evaluator, thing, node)
        except (IndexError, TypeError):
            self._taint(evaluator, thing, node)

    def delete_item(self, evaluator: Evaluator, thing: Value, index: Value, node: ast.AST) -> None:
        """Remove an item of a value."""
        if not isinstance(thing, list | dict | Sequential) or not evaluator.is_changeable(thing):
            return
        try:
            if isinstance(thing, Sequential):
                del thing.items[index]
            else:
                del thing[index]
        except (IndexError, KeyError, TypeError):
            self._taint(evaluator, thing, node)

    def _taint(self, evaluator: Evaluator, thing: Value, node: ast.AST) -> None:
        evaluator.tainted.setdefault(id(thing), (thing, evaluator.unknown(node)))

    def delete_attribute(
        self, evaluator: Evaluator, thing: Value, name: str, node: ast.AST
    ) -> None:
        """Remove an attribute of a value."""
        if isinstance(thing, Instance) and evaluator.is_changeable(thing):
            thing.names.pop(name, None)
        elif isinstance(thing, Sequential | Model | LayerValue):
            self._taint(evaluator, thing, node)

    # Attributes

    def attribute(self, evaluator: Evaluator, value: Value, name: str, node: ast.AST) -> Value:
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
            case Map():
                return self._of_map(evaluator, value, name, node)
            case HalfReduced():
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
        self, evaluator: Evaluator, value: Instance, name: str, node: ast.AST
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

    def _of_map(self, evaluator: Evaluator, value: Map, name: str, node: ast.AST) -> Value:
        if name in {"shape", "_keras_shape"}:
            return sizes_of(value, evaluator, node)
        if name in {"ndim", "rank"}:
            return evaluator.unknown(node) if value.axes is None else len(value.axes) + 1
        if name in {"device", "dtype", "data", "grad", "is_cuda", "requires_grad", "name"}:
            return value if name == "data" else evaluator.unknown(node)
        return Builtin(value, name)

    def _of_network(
        self, evaluator: Evaluator, value: Sequential | Model, name: str, node: ast.AST
    ) -> Value:
        if name == "layers" and isinstance(value, Sequential):
            return [one for _, one in value.items]
        if name in {"input", "inputs", "output", "outputs"}:
            if isinstance(value, Sequential):
                made = self.unfolded(evaluator, value)
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
        if isinstance(value, Sequential) and name not in _GROWING | _SAME_METHODS:
            found_item = next((one for key, one in value.items if key and key == name), None)
            if found_item is not None:
                return found_item
        return Builtin(value, name)

    def _of_layer(self, evaluator: Evaluator, value: LayerValue, name: str, node: ast.AST) -> Value:
        if name in value.settings:
            found = value.settings[name]
            return evaluator.unknown(node) if found is None else found
        if name in _SAME_METHODS | {"build", "call", "forward", "__call__"}:
            return Builtin(value, name)
        if name == "__class__":
            return External(f"torch.nn.{value.kind}")
        return evaluator.unknown(node)

    def set_attribute(
        self, evaluator: Evaluator, thing: Value, name: str, value: Value, node: ast.AST
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
            case ClassValue():
                if evaluator.is_changeable(thing):
                    thing.names[name] = value
            case LayerValue() | Sequential() | Model():
                if name in {"weight", "bias", "data", "kernel", "weights"} and not isinstance(
                    value, Unknown
                ):
                    self._taint(evaluator, thing, node)
                elif name == "trainable" and value is False:
                    text = "It is not trained (`trainable = False`), which no table says."
                    thing.remarks.append((getattr(node, "lineno", 0), text))
                elif isinstance(value, LayerValue | Network) and evaluator.is_changeable(thing):
                    if isinstance(thing, Sequential):
                        self._replace(thing, name, value)
                    else:
                        self._taint(evaluator, thing, node)
            case _:
                pass

    def _replace(self, thing: Sequential, name: str, value: Value) -> None:
        for place, (key, _) in enumerate(thing.items):
            if key == name:
                thing.items[place] = (key, value)
                return
        thing.items.append((name, value))

    # Operations

    def combine(
        self, evaluator: Evaluator, op: ast.operator, left: Value, right: Value, node: ast.AST
    ) -> Value:
        """Compute an operation of which one side is maps."""
        return self.functional.operation(evaluator, op, left, right, node)

    # Calls

    def call(self, evaluator: Evaluator, function: Value, call: Call) -> Value:
        """Call what is no function of the document."""
        line = getattr(call.node, "lineno", 0)
        match function:
            case External():
                return self._call_external(evaluator, function, call, line)
            case Builtin(this=this, name=name):
                return self._call_method(evaluator, this, name, call, line)
            case ClassValue():
                return self.instantiate(evaluator, function, call)
            case Instance() | Sequential() | Model() | LayerValue():
                return self.apply(evaluator, function, call)
            case Decorated(function=inner):
                return evaluator.call(inner, call)
            case _:
                return evaluator.unknown(call.node)

    def _call_external(
        self, evaluator: Evaluator, function: External, call: Call, line: int
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
            return self._copied(evaluator, call.args[0])
        if name in _SAME and call.args and isinstance(call.args[0], Network | LayerValue | Map):
            return call.args[0]
        if root in {"math", "numpy"} and not any(isinstance(one, Map) for one in call.args):
            made = call_builtin(self, evaluator, name, call, of_math=True)
            if not isinstance(made, Unknown) or root == "math":
                return made
        if root in {"torchsummary", "torchinfo", "torchsummaryX", "torchvision_summary"}:
            self._summary(path, call)
            return None
        framework = self.framework_of(path)
        if root == "numpy":
            framework = self.framework
        if framework is None:
            return self._unknown_call(evaluator, call)
        return self._of_framework(evaluator, framework, path, name, call)

    def _unknown_call(self, evaluator: Evaluator, call: Call) -> Value:
        cause = next((one for one in call.args if isinstance(one, Unknown) and one.is_data), None)
        return cause or evaluator.unknown(call.node)

    def _of_framework(
        self, evaluator: Evaluator, framework: Framework, path: str, name: str, call: Call
    ) -> Value:
        if name == "Sequential":
            return self._sequential(evaluator, path, call)
        if framework == "torch":
            if name in {"ModuleList", "ParameterList"}:
                items = self.items(evaluator, call.args[0], call.node) if call.args else []
                return items if isinstance(items, Unknown) else evaluator.new(list(items))
            if name == "ModuleDict":
                return call_builtin(self, evaluator, "dict", call)
            is_layer = ".functional" not in path and (name in TORCH or path.startswith("torch.nn."))
            if is_layer and name in TORCH:
                arguments = Arguments(evaluator, call, name, TORCH[name])
                return self._layer(evaluator, torch_layer(arguments, name))
        elif name == "Model":
            return self._model(evaluator, call)
        elif name == "Input" and "layers" in [*path.split("."), "layers"]:
            return self._input(evaluator, call)
        else:
            kind = KERAS_ALIASES.get(name, name)
            if (kind in KERAS or kind in AUGMENTATIONS) and _is_place(path):
                return self._keras_layer(evaluator, kind, name, call)
        made = self.functional.call(evaluator, framework, name, call)
        if made is not NotImplemented:
            return made
        return self._other(evaluator, framework, path, name, call)

    def _other(
        self, evaluator: Evaluator, framework: Framework, path: str, name: str, call: Call
    ) -> Value:
        """Read what is left of a framework: training lines, settings, and what is not known."""
        if name in {"set_image_data_format", "set_image_dim_ordering"} and call.args:
            self.layout = "first" if call.args[0] in {"channels_first", "th"} else "last"
            return None
        if name in {"image_data_format", "image_dim_ordering"}:
            is_old = name.endswith("ordering")
            first = "th" if is_old else "channels_first"
            return first if self.layout == "first" else ("tf" if is_old else "channels_last")
        if _trains(path, name):
            event = Unknown(evaluator.shown(call.node), getattr(call.node, "lineno", 0))
            self.events.append((path, call, event))
            return event
        is_class = name[:1].isupper()
        is_module = is_class and (path.startswith(("torch.nn.", "?.")) or ".layers." in path)
        if is_module and "init" not in path and "utils" not in path:
            return self._layer(evaluator, self._unknown_layer(framework, name, call))
        return self._unknown_call(evaluator, call)

    def _unknown_layer(self, framework: Framework, name: str, call: Call) -> LayerValue:
        line = getattr(call.node, "lineno", 0)
        known = KERAS if framework == "keras" else TORCH
        func = getattr(call.node, "func", None)
        written = ast.unparse(func) if isinstance(func, ast.Attribute | ast.Name) else name
        made = LayerValue(framework, name, name, line, always(Unreadable()), says_input=True)
        made.faults.append(unknown_code_layer(written, known, line))
        return made

    def _layer(self, evaluator: Evaluator, made: LayerValue) -> LayerValue:
        self.layers += 1
        if self.layers > MOST:
            raise TooMuch(made.line, f"more than {MOST:,} layers are made")
        evaluator.builds += 1
        evaluator.new(made)
        return made

    def _keras_layer(self, evaluator: Evaluator, kind: str, name: str, call: Call) -> Value:
        names = KERAS.get(kind, ())
        arguments = Arguments(evaluator, call, name, names)
        if kind in {"Conv2D", "SeparableConv2D", "Conv2DTranspose"} and len(call.args) > 2:  # noqa: PLR2004 - filters, rows, columns
            is_old = (self.is_old or name.startswith("Convolution")) and all(
                isinstance(one, int) for one in call.args[:3]
            )
            if is_old:
                arguments = Arguments(
                    evaluator, call, name, ("filters", "nb_row", "nb_col", "kernel_initializer")
                )
        return self._layer(evaluator, keras_layer(arguments, kind, self.layout))

    # Networks

    def _made(self, evaluator: Evaluator, made: Value) -> Value:
        evaluator.builds += 1
        evaluator.new(made)
        if not evaluator.making:
            evaluator.networks.append(made)
        return made

    def _sequential(self, evaluator: Evaluator, path: str, call: Call) -> Value:
        framework = self.framework_of(path) or "torch"
        line = getattr(call.node, "lineno", 0)
        if path.startswith("?."):
            # Keras takes one list, PyTorch its layers one by one.
            is_list = all(isinstance(one, list | tuple) for one in call.args)
            is_keras = is_list and len(call.args) <= 1
            framework = "keras" if is_keras and not call.spread else "torch"
        made = Sequential(framework, line)
        self.fill(evaluator, made, call)
        return self._made(evaluator, made)

    def fill(self, evaluator: Evaluator, made: Sequential, call: Call) -> None:
        """Put what a call of a Sequential is given into it."""
        name = call.kwargs.get("name")
        made.name = name if isinstance(name, str) else ""
        given = list(call.args)
        if "layers" in call.kwargs:
            given.append(call.kwargs["layers"])
        for what, line in call.spread:
            cause = Unknown(what, line)
            made.items.append(("", self._held(evaluator, made.framework, cause, None)))
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
                    made.items.append((name, self._held(evaluator, made.framework, inner, node)))
            elif isinstance(one, dict):
                made.items += [
                    (str(key), self._held(evaluator, made.framework, inner, None))
                    for key, inner in one.items()
                ]
            else:
                held = self._held(evaluator, made.framework, one, call.nodes.get(place))
                made.items.append(("", held))

    def _held(
        self, evaluator: Evaluator, framework: Framework, value: Value, node: ast.AST | None
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

    def _input(self, evaluator: Evaluator, call: Call) -> Value:
        names = ("shape", "batch_size", "name", "dtype", "sparse", "tensor")
        arguments = Arguments(evaluator, call, "Input", names)
        arguments.rename("batch_shape", "batch_input_shape")
        axes = arguments.get("batch_input_shape", batch_axes, None)
        if axes is None:
            axes = arguments.need("shape", axes_of)
        name = call.kwargs.get("name")
        made = self.maps.input(
            axes, self.layout, arguments.line, name if isinstance(name, str) else ""
        )
        made.node.says_input = arguments.has("shape") or arguments.has("batch_input_shape")
        arguments.pass_over("batch_size", "name", "dtype", "sparse", "tensor", "ragged")
        arguments.close()
        made.node.faults = arguments.faults
        return evaluator.new(made)

    def _model(self, evaluator: Evaluator, call: Call) -> Value:
        given = {**dict(zip(("inputs", "outputs"), call.args, strict=False)), **call.kwargs}
        inputs = given.get("inputs", given.get("input"))
        outputs = given.get("outputs", given.get("output"))
        if inputs is None and outputs is None:
            return self._unknown_call(evaluator, call)
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
        return self._made(evaluator, made)

    def instantiate(self, evaluator: Evaluator, kind: ClassValue, call: Call) -> Value:
        """Make an object of a class of the document."""
        line = getattr(call.node, "lineno", 0)
        made = Instance(kind, line)
        for one in kind.order:
            one.is_made = True
        for path in kind.foreign:
            name = path.rpartition(".")[2]
            if foreign_name(path):
                self.foreign.append((foreign_name(path), kind.line))
                continue
            framework = self.framework_of(path)
            if framework is None:
                continue
            if framework == "keras" and name not in _KERAS_BASES and name not in KERAS:
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
                evaluator.run_function(init, replace_args(call, [made, *call.args]))
            elif kind.fields is not None:
                self._fields(made, kind, call)
            elif made.framework:
                self._foreign_init(evaluator, made, call)
        finally:
            evaluator.making -= 1 if made.framework else 0
        return made

    def _fields(self, made: Instance, kind: ClassValue, call: Call) -> None:
        names = [name for one in reversed(kind.order) for name in one.fields or ()]
        given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        made.names.update({name: given[name] for name in names if name in given})

    def _foreign_init(self, evaluator: Evaluator, made: Instance, call: Call) -> None:
        """Read what `super().__init__(...)` gives to the class of the framework."""
        if made.sequence is not None:
            self.fill(evaluator, made.sequence, call)
            return
        given = {**dict(zip(("inputs", "outputs"), call.args, strict=False)), **call.kwargs}
        if made.framework == "keras" and "outputs" in given:
            model = self._model(evaluator, call)
            if isinstance(model, Model):
                made.names["_base"] = model
            return
        for path in made.kind.foreign:
            name = path.rpartition(".")[2]
            if name in TORCH or KERAS_ALIASES.get(name, name) in KERAS:
                framework = self.framework_of(path) or "torch"
                made.names["_base"] = self._of_framework(evaluator, framework, path, name, call)

    def _copied(self, evaluator: Evaluator, value: Value, depth: int = 0) -> Value:
        """Copy a module with weights of its own."""
        if depth > 20:  # noqa: PLR2004 - nothing is nested that deeply
            return Unknown("deepcopy", 0)
        match value:
            case LayerValue():
                made = LayerValue(
                    **{name: getattr(value, name) for name in LayerValue.__dataclass_fields__}
                )
                return evaluator.new(made)
            case Sequential():
                copied = Sequential(value.framework, value.line)
                copied.items = [
                    (key, self._copied(evaluator, one, depth + 1)) for key, one in value.items
                ]
                return self._made(evaluator, copied)
            case Instance():
                twin = Instance(value.kind, value.line, framework=value.framework)
                twin.names = {
                    key: self._copied(evaluator, one, depth + 1) for key, one in value.names.items()
                }
                if value.sequence is not None:
                    twin.sequence = self._copied(evaluator, value.sequence, depth + 1)
                return self._made(evaluator, twin)
            case list():
                return evaluator.new([self._copied(evaluator, one, depth + 1) for one in value])
            case dict():
                return evaluator.new(
                    {key: self._copied(evaluator, one, depth + 1) for key, one in value.items()}
                )
            case _:
                return value

    # Applying networks and layers

    def apply(self, evaluator: Evaluator, module: Value, call: Call) -> Value:
        """Apply a module to what a call gives it."""
        args = [*call.args, *(v for k, v in call.kwargs.items() if k in {"x", "inputs", "input"})]
        if not args:
            return evaluator.unknown(call.node)
        if isinstance(module, Instance):
            if isinstance(args[0], Map):
                self._note_use(module, args[0])
            return self._apply_instance(evaluator, module, call)
        value = args[0]
        if isinstance(value, Unknown):
            return value
        if isinstance(value, list | tuple) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Map):
            return evaluator.unknown(call.node)
        return self.forward(evaluator, module, value, call.node)

    def forward(self, evaluator: Evaluator, module: Value, value: Map, node: ast.AST) -> Value:
        """Send maps through a module."""
        line = getattr(node, "lineno", 0)
        doubt = evaluator.doubt_of(module)
        if doubt is not None:
            return doubt
        self._note_use(module, value)
        match module:
            case LayerValue() if "function" in module.settings:
                function = module.settings["function"]
                return evaluator.call(function, Call(node, [self._fresh(value)], {}))
            case LayerValue():
                return self.maps.apply(module, self._fresh(value), module.line)
            case Map():
                # Keras's Input within a Sequential.
                return value
            case Sequential():
                current: Value = self._fresh(value)
                for _, one in module.items:
                    if isinstance(one, Unknown):
                        return one
                    if not isinstance(current, Map):
                        return current
                    current = self.forward(evaluator, one, current, node)
                return current
            case Model():
                return self.functional.replay(module, [self._fresh(value)], line)
            case Instance():
                return self._apply_instance(evaluator, module, Call(node, [value], {}))
            case FunctionValue() | Method() | Builtin() | External() | Partial():
                return evaluator.call(module, Call(node, [value], {}))
            case Unknown():
                return module
            case _:
                return Unknown(evaluator.shown(node), line)

    def _note_use(self, module: Value, value: Map) -> None:
        """Remember what a network is given, and which networks are parts of others."""
        if not isinstance(module, Network) or self.is_settled:
            return
        if value.node.is_example:
            module.given.append(value)
        else:
            self.parts.add(id(module))

    def _fresh(self, value: Map) -> Map:
        if not value.is_example:
            return value
        return Map(value.node, value.axes, value.layout)

    def _apply_instance(self, evaluator: Evaluator, module: Instance, call: Call) -> Value:
        if not module.framework:
            method = module.kind.find("__call__")
            if isinstance(method, FunctionValue):
                return evaluator.run_function(method, replace_args(call, [module, *call.args]))
            return evaluator.unknown(call.node)
        args = [self._fresh(one) if isinstance(one, Map) else one for one in call.args]
        value = args[0] if args else None
        build = module.kind.find("build")
        if (
            module.framework == "keras"
            and isinstance(build, FunctionValue)
            and isinstance(value, Map)
            and not module.names.get("_built")
        ):
            module.names["_built"] = True
            axes = value.axes
            shape = Unknown("input_shape", 0) if axes is None else (None, *axes)
            evaluator.run_function(build, Call(call.node, [module, shape], {}))
        method = module.kind.find("forward" if module.framework == "torch" else "call")
        if method is None:
            method = module.kind.find("__call__")
        if isinstance(method, Decorated):
            method = method.function
        if isinstance(method, FunctionValue):
            return evaluator.run_function(method, replace_args(call, [module, *args]))
        return self.apply_base(evaluator, module, value, call)

    def apply_base(self, evaluator: Evaluator, module: Instance, value: Value, call: Call) -> Value:
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

    def unfolded(self, evaluator: Evaluator, model: Sequential) -> tuple[Map, Value] | Unknown:
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
            case Sequential(items=[(_, first), *_]):
                return self.start_of(first, depth + 1)
            case Instance(sequence=Sequential() as sequence):
                return self.start_of(sequence, depth + 1)
            case Map(node=node) if node.word == "Input":
                return module
            case Model(inputs=[Map() as first]):
                made = self.maps.input(
                    first.axes, first.node.layout, first.node.line, first.node.name
                )
                made.node.says_input, made.node.faults = True, first.node.faults
                return made
            case LayerValue(framework="keras", first=tuple() as axes):
                layout = module.layout or self.layout
                line = module.settings.get("first_line", module.line)
                made = self.maps.input(axes, self._likely(axes, layout, module), line)
                made.node.says_input = True
                return made
            case _:
                return None

    def _likely(self, axes: tuple[int, ...], layout: Layout, module: LayerValue) -> Layout:
        """Decide where the maps stand in Keras 1, whose settings stood in a file of the user's."""
        is_first = len(axes) == 3 and axes[0] in {1, 3} and axes[2] > 4  # noqa: PLR2004 - maps of an image
        if is_first and self.is_old and layout == "last":
            text = f"{axes} is read channels first: Keras 1 with Theano's order, as {axes[0]} stands first."
            module.remarks.append((module.line, text))
            self.layout = "first"
            return "first"
        return layout

    def _summary(self, path: str, call: Call) -> None:
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
            made = self.maps.input(axes, "first", line)
            made.is_example = made.node.is_example = True
            network.given.append(made)
            self.examples.append(made)

    def owner_of(self, parameters: Value) -> Value:
        """Return the network whose parameters an optimizer is given; None if that is not known."""
        return next((owner for one, owner in self.trained if one is parameters), None)

    # Methods

    def _call_method(
        self, evaluator: Evaluator, this: Value, name: str, call: Call, line: int
    ) -> Value:
        match this:
            case Map():
                return self.functional.method(evaluator, this, name, call)
            case HalfReduced():
                return self.functional.reduced_again(evaluator, this, name, call)
            case (str(), Call()) if name == "join":
                return self.functional.joined_layer(evaluator, this, call)
            case Sequential():
                return self._of_sequential(evaluator, this, this, name, call, line)
            case Instance():
                return self._method_of_instance(evaluator, this, name, call, line)
            case Model():
                return self._common(evaluator, this, name, call, line)
            case LayerValue() if name in {"call", "forward", "__call__"}:
                return self.apply(evaluator, this, call)
            case LayerValue() if name == "build":
                return None
            case LayerValue():
                return this
            case ClassValue():
                if name == "__init__" and call.args:
                    return self._call_method(
                        evaluator,
                        call.args[0],
                        "super.__init__",
                        replace_args(call, call.args[1:]),
                        line,
                    )
                return evaluator.unknown(call.node)
            case _:
                return call_plain_method(self, evaluator, this, name, call)

    def _method_of_instance(
        self, evaluator: Evaluator, this: Instance, name: str, call: Call, line: int
    ) -> Value:
        if name == "super.__init__":
            self._foreign_init(evaluator, this, call)
            return None
        if name in {"super.forward", "super.call", "super.__call__"}:
            value = call.args[0] if call.args else None
            return self.apply_base(evaluator, this, value, call)
        if name.startswith("super."):
            name = name.removeprefix("super.")
        if this.sequence is not None and name in {"items", "keys", "values", "named_children"}:
            pairs = [
                (key or str(place), one) for place, (key, one) in enumerate(this.sequence.items)
            ]
            part = {"keys": 0, "values": 1}.get(name)
            return pairs if part is None else [pair[part] for pair in pairs]
        if this.sequence is not None and name in _GROWING:
            return self._of_sequential(evaluator, this.sequence, this, name, call, line)
        is_set = name in {"add_module", "register_module", "register_parameter", "__setattr__"}
        if is_set and len(call.args) > 1:
            key, value = call.args[:2]
            if isinstance(key, str):
                self.set_attribute(evaluator, this, key, value, call.node)
            return None
        if name in {"forward", "call", "__call__"}:
            return self._apply_instance(evaluator, this, call)
        if name in {"add_weight", "add_variable"}:
            text = f"`{evaluator.shown(call.node)}` makes a weight of its own, which no row counts."
            this.remarks.append((line, text))
            return Unknown(f"{evaluator.shown(call.node)}: a weight of its own", line)
        return self._common(evaluator, this, name, call, line)

    def _of_sequential(
        self, evaluator: Evaluator, made: Sequential, whole: Value, name: str, call: Call, line: int
    ) -> Value:
        if name in _GROWING:
            evaluator.builds += 1
            if not evaluator.is_changeable(made):
                return None
        args = [*call.args, *call.kwargs.values()]
        node = call.nodes.get(0)
        held = self._held(evaluator, made.framework, args[0], node) if args else None
        if call.spread and name in _GROWING:
            spread = Unknown(*call.spread[0])
            held, args = self._held(evaluator, made.framework, spread, None), [spread]
        match name:
            case "add" | "append" if len(args) == 1:
                made.items.append(("", held))
                return whole
            case "add_module" | "register_module" if len(args) == 2:  # noqa: PLR2004 - name and module
                name = args[0] if isinstance(args[0], str) else ""
                held = self._held(evaluator, made.framework, args[1], call.nodes.get(1))
                made.items.append((name, held))
                return None
            case "extend" if len(args) == 1:
                items = self.items(evaluator, args[0], call.node)
                if isinstance(items, Unknown):
                    items = [self._held(evaluator, made.framework, items, node)]
                made.items += [("", one) for one in items]
                return whole
            case "insert" if len(args) == 2 and isinstance(args[0], int):  # noqa: PLR2004 - place and module
                held = self._held(evaluator, made.framework, args[1], call.nodes.get(1))
                made.items.insert(args[0], ("", held))
                return whole
            case "pop" if all(isinstance(one, int) for one in args) and made.items:
                try:
                    return made.items.pop(*args[:1])[1]
                except IndexError:
                    self._taint(evaluator, made, call.node)
                    return evaluator.unknown(call.node)
            case _ if name in _GROWING:
                self._taint(evaluator, made, call.node)
                return None
            case _:
                return self._common(evaluator, whole, name, call, line)

    def _common(
        self, evaluator: Evaluator, this: Network, name: str, call: Call, line: int
    ) -> Value:
        match name:
            case "compile" | "fit" if this.framework == "keras":
                self.events.append((f"keras.model.{name}", call, this))
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
                self.trained.append((made, this))
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
                return self.apply(evaluator, this, call)
            case _ if name in _SAME_METHODS:
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
        made = self.maps.input(axes, self.layout, line)
        made.is_example = made.node.is_example = True
        this.given.append(made)


def contained(network: Value, *, is_deep: bool) -> list[tuple[str, Value]]:
    """List the modules of a network with their paths.

    Args:
        network: A network.
        is_deep: Whether those within others are listed, too, and the network itself.
    """
    found: list[tuple[str, Value]] = [("", network)] if is_deep else []
    seen: set[int] = {id(network)}
    stack: list[tuple[str, Value]] = list(reversed(_held_by(network)))
    while stack:
        path, one = stack.pop()
        if isinstance(one, list | tuple | dict):
            pairs: Iterable[tuple[object, Value]] = (
                one.items() if isinstance(one, dict) else enumerate(one)
            )
            if id(one) not in seen:
                seen.add(id(one))
                stack += [(f"{path}.{key}", inner) for key, inner in reversed(list(pairs))]
            continue
        if not isinstance(one, LayerValue | Network) or id(one) in seen:
            continue
        seen.add(id(one))
        found.append((path, one))
        if is_deep:
            stack += [(f"{path}.{key}", inner) for key, inner in reversed(_held_by(one))]
    return found


def _held_by(network: Value) -> list[tuple[str, Value]]:
    match network:
        case Sequential(items=items):
            return [(key or str(place), one) for place, (key, one) in enumerate(items)]
        case Instance(sequence=Sequential() as sequence):
            return [*_held_by(sequence), *network.names.items()]
        case Instance():
            return [(key, one) for key, one in network.names.items()]
        case _:
            return []


def _is_place(path: str) -> bool:
    """Whether Keras's layers stand there: a Dense of somebody else's need not be Keras's."""
    parts = path.split(".")[:-1]
    places = {"keras", "layers", "?", "models", "experimental", "preprocessing", "convolutional"}
    places |= {"core", "pooling", "normalization", "advanced_activations", "tensorflow", "merge"}
    return set(parts) <= places | {"activations", "noise", "v2", "convolutional_transpose"}


LOSS_FUNCTIONS = {
    *("cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
    *("mse_loss", "l1_loss", "smooth_l1_loss", "kl_div"),
}
"""Losses that PyTorch has as functions, too."""

_OPTIMIZERS = {
    "SGD",
    "Adam",
    "AdamW",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
    "NAdam",
    "RAdam",
}


_TRAINING_PLACES = {"optim", "optimizers", "losses", "lr_scheduler", "schedules", "callbacks"}
_SCHEDULERS = {
    *("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "OneCycleLR", "LambdaLR"),
    *("CyclicLR", "CosineAnnealingWarmRestarts", "LinearLR", "PolynomialLR", "MultiplicativeLR"),
}
_SCHEDULES = {"ExponentialDecay", "PiecewiseConstantDecay", "CosineDecay", "PolynomialDecay"}
_CALLBACKS = {"EarlyStopping", "LearningRateScheduler", "ReduceLROnPlateau", "ModelCheckpoint"}


def _trains(path: str, name: str) -> bool:
    places = set(path.split(".")[:-1])
    is_class = name[:1].isupper()
    return (
        name in _OPTIMIZERS
        or name in LOSS_FUNCTIONS
        or (is_class and name.endswith("Loss"))
        or (is_class and bool(places & _TRAINING_PLACES))
    )
