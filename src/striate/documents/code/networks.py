"""From the values of a program to its networks: which they are, what they read, and their rows."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Literal, cast

from striate.documents.code.comments import Said, comments_of
from striate.documents.code.evaluator import Evaluator
from striate.documents.code.library import Library
from striate.documents.code.maps import reachable
from striate.documents.code.operators import TooMuch
from striate.documents.code.rows import NetworkRows, RowMaker, behind_of, number_read
from striate.documents.code.tensors import Standardizing
from striate.documents.code.told_inputs import Named
from striate.documents.code.values import (
    Call,
    ClassValue,
    Decorated,
    Framework,
    FunctionValue,
    Instance,
    LayerValue,
    Layout,
    Map,
    Model,
    Network,
    Node,
    Sequential,
    Unknown,
    Value,
    contained,
)
from striate.documents.parts import Prose
from striate.errors.code import (
    depends_on_data,
    depends_on_unknown,
    keras_input_unknown,
    no_layers,
    no_row_for,
    nothing_between,
    several_ends,
    sizes_misfit,
    torch_input_unknown,
)
from striate.layers import (
    Activation,
    Dropout,
    Flatten,
    FullyConnected,
)
from striate.shapes import Features, Image, Shape
from striate.table import Row, Unreadable


MOST_NETWORKS = 200
"""Networks of one program that are read."""

_SHAPES = {"input_shape", "input_size", "img_shape", "image_shape", "in_shape", "shape"}
# Arguments of functions that make networks, as they are named for the sizes of the input.

_ANY = (224, 224)
# Of a first layer that does not say how many maps it reads.
_COLORS = 3


class Finder:
    """Finds the networks of a program that has been read.

    Args:
        evaluator: What has read it.
        library: What it has made.
        given: What comes into a network that does not say it.
        prose: (line, text) around the program, which may say it, too.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        library: Library,
        given: Shape | None = None,
        prose: Prose = (),
    ) -> None:
        self.prose = prose
        self.evaluator = evaluator
        self.library = library
        self.given = given
        self.makers: dict[int, str] = {}
        """Names of the functions that return a network and that nothing calls."""
        self.takers: dict[int, set[int]] = {}
        """Which kinds of networks are given each example of the program."""
        self.comments: list[Said] = []
        self.tried: set[int] = set()
        """Networks that nothing in the program makes."""

    def networks(self) -> list[NetworkRows]:
        """List the networks, in the order of their lines."""
        known = {id(one) for one in self.evaluator.networks}
        self._explore()
        self.tried = {id(one) for one in self.evaluator.networks} - known
        self.library.is_settled = True
        self.library.application.note_late_names()
        roots = self._roots()
        self.comments = [
            said for block in self.evaluator.program.blocks for said in comments_of(block)
        ]
        for root in roots:
            for example in root.given:
                self.takers.setdefault(id(example.node), set()).add(_kind_of(root))
        names = self.evaluator.globals.names.items()
        holders = {id(one): name for name, one in names if isinstance(one, Network)}
        found: list[NetworkRows] = []
        lines: dict[int, list[NetworkRows]] = {}
        if len(roots) > MOST_NETWORKS:
            why = f"more than {MOST_NETWORKS} networks stand in it"
            self.evaluator.failures.append(Unknown(why, _first_line(roots[MOST_NETWORKS])))
        for root in roots[:MOST_NETWORKS]:
            try:
                made = self._rows(root)
            except TooMuch as error:
                self.evaluator.failures.append(Unknown(error.why, error.line))
                break
            made.maker, made.holder = self.makers.get(id(root), ""), holders.get(id(root), "")
            beside = lines.setdefault(made.line, [])
            if not any(one.rows == made.rows and one.faults == made.faults for one in beside):
                beside.append(made)
                found.append(made)
        for command_line in self.library.command_lines:
            text = command_line.remark()
            for made in found if text else ():
                made.remarks.append((command_line.line, text))
        return sorted(found, key=lambda one: one.line)

    # Which they are

    def _roots(self) -> list[Network]:
        everything = [one for one in self.evaluator.networks if self._is_network(one)]
        inner: set[int] = set(self.library.parts)
        kinds: set[int] = set()
        for one in everything:
            for _, part in contained(one, is_deep=True):
                if part is not one:
                    inner.add(id(part))
                    if isinstance(part, Instance):
                        kinds.add(id(part.kind))
        roots = [one for one in everything if id(one) not in inner]
        # A block that is tried by itself is none beside the network that holds its like.
        kept = [one for one in roots if not (isinstance(one, Instance) and id(one.kind) in kinds)]
        return kept or roots

    def _is_network(self, value: Value) -> bool:
        if isinstance(value, Instance):
            has_layers = (
                any(isinstance(one, LayerValue) for _, one in contained(value, is_deep=True))
                or "_base" in value.names
            )
            return has_layers and self._has_forward(value.kind, value)
        if isinstance(value, Sequential) and value.items:
            layers = [
                one for _, one in contained(value, is_deep=True) if isinstance(one, LayerValue)
            ]
            return not layers or not all(one.is_preparation for one in layers)
        return isinstance(value, Sequential | Model)

    def _has_forward(self, kind: ClassValue, value: Instance | None = None) -> bool:
        if any(kind.find(name) for name in ("forward", "call", "__call__")):
            return True
        if value is not None and (value.sequence is not None or "_base" in value.names):
            return True
        return any(path.startswith("d2l") or path.endswith("Sequential") for path in kind.foreign)

    def _explore(self) -> None:
        """Call what nothing in the program calls, so that its networks are found, too."""
        # What needs no arguments makes a whole network; what does may be a helper of it.
        self._explore_functions(needs_arguments=False)
        self._explore_classes(needs_arguments=False)
        if self._roots():
            return
        if self.library.framework == "torch":
            self._explore_classes(needs_arguments=True)
        if not self._roots():
            self._explore_functions(needs_arguments=True)
        if not self._roots():
            self._explore_classes(needs_arguments=True)

    def _explore_functions(self, *, needs_arguments: bool) -> None:
        had_network = bool(self._roots())
        for function in list(self.evaluator.functions):
            is_free = not function.is_called and function.owner is None
            if is_free and bool(_required(function)) == needs_arguments:
                self._try_function(function, had_network=had_network)

    def _explore_classes(self, *, needs_arguments: bool) -> None:
        evaluator = self.evaluator
        bases = {id(base) for one in evaluator.classes for base in one.order[1:]}
        for kind in reversed(evaluator.classes):
            if not kind.is_made and id(kind) not in bases:
                self._try_class(kind, needs_arguments=needs_arguments)

    def _try_function(self, function: FunctionValue, *, had_network: bool) -> None:
        known = len(self.evaluator.networks)
        made = self._try(function, [])
        if isinstance(made, Network):
            self.makers.setdefault(id(made), function.name)
        elif had_network:
            del self.evaluator.networks[known:]

    def _try(self, function: FunctionValue, first: list[Value]) -> Value:
        """Call a function with what it may be called with; what must be given is not known."""
        names = _required(function)[len(first) :]
        args = first + [self._argument(name, function.node.lineno) for name in names]
        call = Call(function.node, args, {})
        return self.evaluator.explore(lambda: self.evaluator.run_function(function, call))

    def _argument(self, name: str, line: int) -> Value:
        """Return what an argument that must be given is: the user's input, by its name, or nothing known."""
        if self.given is None or name not in _SHAPES:
            return Unknown(name, line)
        axes = self.given.axes
        is_last = self.library.framework == "keras" and self.library.layout == "last"
        return (*axes[1:], axes[0]) if is_last else axes

    def _try_class(self, kind: ClassValue, *, needs_arguments: bool) -> None:
        evaluator = self.evaluator
        init = kind.find("__init__")
        names = _required(init)[1:] if isinstance(init, FunctionValue) else []
        is_module = any(self.library.framework_of(path) for path in kind.foreign)
        if is_module and not self._has_forward(kind):
            return
        if bool(names) != needs_arguments or (kind.foreign and not is_module):
            return
        args = [self._argument(name, kind.line) for name in names]
        node = ast.Pass(lineno=kind.line)
        call = Call(node, args, {})
        is_alone = is_module or not self._roots()
        made = evaluator.explore(
            lambda: self.library.construction.instantiate(evaluator, kind, call)
        )
        if is_module or not isinstance(made, Instance):
            return
        # A class that is no module may make a network in one of its methods.
        for function in kind.names.values():
            inner = function.function if isinstance(function, Decorated) else function
            if isinstance(inner, FunctionValue) and not inner.is_called and is_alone:
                is_static = isinstance(function, Decorated) and function.kind == "staticmethod"
                self._try(inner, [] if is_static else [made])

    # Their rows

    def _rows(self, value: Network) -> NetworkRows:
        label = f"class {value.kind.name}" if isinstance(value, Instance) else type(value).__name__
        line = value.kind.line if isinstance(value, Instance) else value.line
        made = NetworkRows(value, label, line)
        for _, part in contained(value, is_deep=True):
            if isinstance(part, Network):
                made.faults += part.faults
                made.remarks += part.remarks
        doubt = self.evaluator.doubt_of(value)
        if doubt is not None:
            return self._unread(made, doubt)
        if isinstance(value, Sequential) and not value.items:
            made.faults.append(no_layers(line))
            return self._unread(made, None)
        branches = self.evaluator.one_sided
        begun = 0 if isinstance(value, Model) else len(branches)
        ends = self._ends(made)
        made.remarks += dict.fromkeys(branches[begun:])
        if ends is None:
            return self._unread(made, None)
        start, end = ends
        rows = RowMaker(made, self.comments, self.evaluator.ends)
        rows.is_tried = id(value) in self.tried
        rows.fill(start, end)
        return made

    def _unread(self, made: NetworkRows, cause: Unknown | None) -> NetworkRows:
        """Keep the place of a network of which nothing can be read."""
        if cause is not None:
            self._blame(made, cause)
        made.rows = (Row(made.label, Unreadable(), line=made.line),)
        return made

    def _ends(self, made: NetworkRows) -> tuple[Node, Node] | None:
        """Find the input and the output of a network; None if a fault keeps them from being found."""
        value = made.value
        base = value.names.get("_base") if isinstance(value, Instance) else None
        model = value if isinstance(value, Model) else base if isinstance(base, Model) else None
        if model is not None and not (isinstance(value, Instance) and value.kind.find("call")):
            return self._ends_of_model(made, model)
        inputs = self._inputs_of(value)
        if len(inputs) > 1:
            made.faults.append(several_ends(made.label, "inputs", inputs, made.line))
            return None
        start = self._start(made)
        end = self._sent(made, start)
        if start.axes is None:
            other = self._inferred(made, start, end)
            if other is not None:
                start, end = other, self._sent(made, other)
            elif not isinstance(end, Map) and self._reads_any_size(made, start):
                return None
        if not isinstance(end, Map):
            self._blame_end(made, end)
            return None
        return start.node, end.node

    def _inputs_of(self, value: Network) -> list[str]:
        """Name what must be given to a network of a class of the document."""
        if not isinstance(value, Instance):
            return []
        method = value.kind.find("forward" if value.framework == "torch" else "call")
        function = method.function if isinstance(method, Decorated) else method
        return _required(function)[1:] if isinstance(function, FunctionValue) else []

    def _inferred(self, made: NetworkRows, start: Map, end: Value) -> Map | None:
        """Infer what a network reads from its first layer, or from the data set that the program loads."""
        line = _first_line(made.value)
        count = _first_values(start.node, end.node) if isinstance(end, Map) else None
        if count is not None:
            return self._start_of((count,), start.layout, line)
        named = Named(self.library.pictures.known(), self.comments, self.prose)
        reads = _first_channels(made.value)
        for texts in named.inputs(self.evaluator.program, start.layout, made.line, reads):
            fitting = {axes: text for axes, text in texts if self._fits(made, start, axes)}
            if len(fitting) == 1:
                axes, text = fitting.popitem()
                made.remarks.append((made.line, text))
                return self._start_of(axes, start.layout, line)
        return None

    def _start_of(self, axes: tuple[int, ...], layout: Layout, line: int) -> Map:
        start = self.library.maps.input(axes, layout, line)
        start.node.says_input = True
        return start

    def _fits(self, made: NetworkRows, start: Map, axes: tuple[int, ...]) -> bool:
        """Whether a network reads an input, and all its layers what they say."""
        end = self._sent(made, self._start_of(axes, start.layout, made.line))
        return isinstance(end, Map) and _agrees(end.node)

    def _reads_any_size(self, made: NetworkRows, start: Map) -> bool:
        """Whether a network would be read if its code said the size of its input: then that is its fault."""
        channels = _first_channels(made.value)
        kind = next((one.kind for one in _layers(made.value)), "")
        sizes = _ANY[:1] if kind.lower().endswith("1d") else _ANY
        axes = (channels, *sizes) if start.layout == "first" else (*sizes, channels)
        trial = self.library.maps.input(axes, start.layout, made.line)
        end = self._sent(made, trial)
        if isinstance(end, Unknown) and (end.is_lacking or end.is_data):
            self._blame_end(made, end)
            return True
        if not isinstance(end, Map):
            return False
        first = next(iter(behind_of(reachable(end.node)).get(trial.node.number, ())), trial.node)
        if made.value.framework == "keras":
            made.faults.append(keras_input_unknown(first.kind, first.line))
        else:
            made.faults.append(torch_input_unknown(first.kind, first.line, channels))
        self._unread(made, None)
        return True

    def _ends_of_model(self, made: NetworkRows, model: Model) -> tuple[Node, Node] | None:
        both: dict[Literal["inputs", "outputs"], list[Value]] = {
            "inputs": model.inputs,
            "outputs": model.outputs,
        }
        for ends, values in both.items():
            cause = next((one for one in values if not isinstance(one, Map)), None)
            if isinstance(cause, Unknown):
                self._blame(made, cause)
                return None
            if cause is not None or not values:
                self._blame(made, Unknown(ends, made.line))
                return None
            if len(values) > 1:
                main = self._main_output(made, values) if ends == "outputs" else None
                if main is not None:
                    return model.inputs[0].node, main.node
                made.faults.append(several_ends(made.label, ends, _named(values), made.line))
                return None
        if model.inputs[0].node is model.outputs[0].node:
            # As where a layer of the code's own adds a loss and hands on what it was given.
            made.faults.append(nothing_between(made.label, made.line))
        return model.inputs[0].node, model.outputs[0].node

    def _blame(self, made: NetworkRows, cause: Unknown) -> None:
        if cause.is_lacking:
            made.faults.append(no_row_for(cause.what, cause.line or made.line))
            return
        if cause.why:
            made.faults.append(sizes_misfit(cause.what, cause.why, cause.line or made.line))
            return
        make = depends_on_data if cause.is_data else depends_on_unknown
        made.faults.append(make(made.label, cause.what, cause.line or made.line, made.line))

    def _start(self, made: NetworkRows) -> Map:
        """Find what a network reads, or leave it open."""
        library, value = self.library, made.value
        framework: Framework = value.framework or "torch"
        layout: Layout = "first" if framework == "torch" else library.layout
        said = library.application.start_of(value)
        if said is not None:
            return said
        given = value.given
        if not given:
            first = next((one for _, one in contained(value, is_deep=False)), None)
            given = first.given if isinstance(first, Network) else []
        asked = None if given else self._given_start(value, layout)
        if asked is not None:
            return asked
        if (not given and isinstance(value, Instance)) or (not given and framework == "torch"):
            own = {_kind_of(value)}
            free = [one for one in library.examples if self.takers.get(id(one.node), own) <= own]
            given = free[:1] if len({one.axes for one in free}) == 1 else []
            if given and given[0].axes:
                size, line = "x".join(map(str, given[0].axes)), given[0].node.line
                text = f"Its input is not said: the only example, {size} on line {line}, is taken."
                made.remarks.append((made.line, text))
        if not given:
            return library.maps.input(None, layout, _first_line(value))
        self._tell_trial(made, given[0])
        start = library.maps.input(given[0].axes, given[0].layout, _first_line(value))
        start.node.says_input = True
        return start

    def _tell_trial(self, made: NetworkRows, given: Map) -> None:
        """Tell that a function, or what runs as a program alone, decides on a network and its input."""
        line = given.node.line
        if not given.is_example or not self._text_of(line)[:1].isspace() or made.remarks:
            return
        size = "x".join(map(str, given.axes or ()))
        made.remarks.append((made.line, f"Its input is {size}: it is given so on line {line}."))
        if isinstance(made.value, Instance) and not self.makers.get(id(made.value)):
            place = made.value.line
            call = self._text_of(place).strip()
            if re.search(rf"\b{re.escape(made.value.kind.name)}\(\s*[^\s)]", call):
                text = f"Its arguments are those of line {place}: {call[:60]!r}."
                made.remarks.append((made.line, text))

    def _text_of(self, line: int) -> str:
        """Return a line of the program; nothing where it stands in none of its blocks."""
        block = self.evaluator.program.block_of(line)
        at = -1 if block is None else line - block.start
        return block.lines[at] if block is not None and 0 <= at < len(block.lines) else ""

    def _given_start(self, value: Network, layout: Layout) -> Map | None:
        """Make the input that the user gives for a network that does not say it."""
        match self.given:
            case Image(channels, height, width):
                first = next(_layers(value), None)
                is_line = first is not None and first.kind.lower().endswith("1d") and height == 1
                sizes: tuple[int, ...] = (width,) if is_line else (height, width)
                axes = (channels, *sizes) if layout == "first" else (*sizes, channels)
            case Features(count):
                axes = (count,)
            case _:
                return None
        return self._start_of(axes, layout, _first_line(value))

    def _sent(self, made: NetworkRows, start: Map) -> Value:
        """Send maps through a network, and return what comes out."""
        node = ast.Pass(lineno=made.line)
        end = self.evaluator.explore(
            lambda: self.library.application.forward(self.evaluator, made.value, start, node)
        )
        if isinstance(end, dict):
            end = list(end.values())
        if isinstance(end, tuple | list):
            ends = _flat(end)
            unknown = next((one for one in ends if isinstance(one, Unknown)), None)
            return ends[0] if len(ends) == 1 else self._main_output(made, ends) or unknown or ends
        return end

    def _main_output(self, made: NetworkRows, ends: list[Value]) -> Map | None:
        """Find the output that all others stand on the way to; None if there is none."""
        if not ends or not all(isinstance(one, Map) for one in ends):
            return None
        numbers = {one.node.number for one in ends}
        for one in sorted(ends, key=lambda end: end.node.number, reverse=True):
            if numbers <= {node.number for node in reachable(one.node)}:
                text = (
                    f"It has {len(ends)} outputs: {one.node.kind} on line {one.node.line} is read, "
                    "and the others stand on the way to it."
                )
                made.remarks.append((made.line, text))
                made.gives_scores = any(one.node.inputs == (end.node,) for end in ends)
                return cast(Map, one)
        return None

    def _blame_end(self, made: NetworkRows, end: Value) -> None:
        """Report what comes out of a network in place of maps, or what is wrong with its layers."""
        parts = [part for _, part in contained(made.value, is_deep=True)]
        layers = [part for part in parts if isinstance(part, LayerValue)]
        faults = [one for layer in layers if layer.kind != "Parameter" for one in layer.faults]
        if faults:
            made.faults += dict.fromkeys(faults)
            return
        if isinstance(end, tuple | list):
            made.faults.append(several_ends(made.label, "outputs", _named(end), made.line))
        elif isinstance(end, Unknown):
            self._blame(made, end)
        elif isinstance(end, Standardizing):
            node = end.value.node
            what = f"a normalisation of what {node.kind} gives, which is not written to its end"
            self._blame(made, Unknown(what, node.line))
        else:
            self._blame(made, Unknown("what its forward returns", made.line))


def _named(ends: Iterable[Value]) -> list[str]:
    """Name inputs or outputs as the code does, or by their layers and lines."""
    nodes = [one.node if isinstance(one, Map) else None for one in ends]
    return ["?" if one is None else one.name or f"{one.kind}:{one.line}" for one in nodes]


def _flat(ends: list[Value] | tuple[Value, ...]) -> list[Value]:
    """List what stands in a list and in lists within it."""
    found: list[Value] = []
    for one in ends:
        found += one if isinstance(one, list | tuple) else [one]
    return found


def _required(function: FunctionValue) -> list[str]:
    given = function.node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args)]
    return names[: len(names) - len(function.defaults)]


def _layers(value: Network) -> Iterator[LayerValue]:
    """List the layers of a network, and of what it holds."""
    for _, one in contained(value, is_deep=True):
        if isinstance(one, LayerValue):
            yield one


def _first_line(value: Network) -> int:
    """Return the line of the first layer of a network."""
    for one in _layers(value):
        return one.line
    return value.kind.line if isinstance(value, Instance) else value.line


def _kind_of(value: Network) -> int:
    """Identify the class of a network, or the network itself if it is of no class of the program."""
    return id(value.kind if isinstance(value, Instance) else value)


def _first_channels(value: Network) -> int:
    """Return the number of maps that the first layer of a network says it reads; 3 if it does not say it."""
    for _, part in contained(value, is_deep=True):
        if isinstance(part, LayerValue) and part.reads is not None:
            return part.reads.value if part.reads.argument == "in_channels" else _COLORS
    return _COLORS


def _agrees(end: Node) -> bool:
    """Whether every layer reads as many maps and values as the code says."""
    return all(
        node.reads is None
        or node.came is None
        or number_read(node.reads.argument, node.came) in {None, node.reads.value}
        for node in reachable(end)
    )


def _first_values(start: Node, end: Node) -> int | None:
    """Return the number of values that the first layer says it reads, if it is a dense one."""
    readers = behind_of(reachable(end))
    current: Node | None = start
    while current is not None:
        behind = readers.get(current.number, ())
        current = behind[0] if len(behind) == 1 else None
        if current is None:
            return None
        if isinstance(current.layer, FullyConnected):
            return current.reads.value if current.reads else None
        if current.layer is not None and not isinstance(
            current.layer, Flatten | Dropout | Activation
        ):
            return None
    return None
