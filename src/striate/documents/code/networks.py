"""From the values of a program to its networks: which they are, what they read, and their rows."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

from striate.documents.code.evaluator import Evaluator
from striate.documents.code.functional import reachable
from striate.documents.code.library import Library, contained
from striate.documents.code.values import (
    Call,
    ClassValue,
    Decorated,
    Framework,
    FunctionValue,
    Instance,
    LayerValue,
    Map,
    Model,
    Network,
    Node,
    Sequential,
    Unknown,
    Value,
    shape_of,
)
from striate.errors import Fault, LayerError
from striate.errors.code import (
    claimed_input_differs,
    depends_on_data,
    depends_on_unknown,
    keras_input_unknown,
    no_layers,
    no_row_for,
    several_ends,
    torch_input_unknown,
    weights_shared,
)
from striate.layers import (
    Activation,
    AdaptivePooling,
    AveragePooling,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
)
from striate.shapes import Features, Image, Shape
from striate.table import Row, Unreadable


@final
@dataclass(slots=True)
class NetworkRows:
    """The rows of one network of code.

    Args:
        value: The network.
        label: What messages call it.
        line: Its line.
        rows: Its rows, the input first.
        faults: What keeps them from being what the code says.
        remarks: What is told besides, with its line.
        is_logarithm: Whether it ends in a log-softmax.
    """

    value: Network
    label: str
    line: int
    rows: tuple[Row, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    is_logarithm: bool = False


class Finder:
    """Finds the networks of a program that has been read.

    Args:
        evaluator: What has read it.
        library: What it has made.
    """

    def __init__(self, evaluator: Evaluator, library: Library) -> None:
        self.evaluator = evaluator
        self.library = library

    def networks(self) -> list[NetworkRows]:
        """List the networks, in the order of their lines."""
        self._explore()
        self.library.is_settled = True
        found: list[NetworkRows] = []
        for root in self._roots():
            made = self._rows(root)
            is_twice = any(
                one.line == made.line and one.rows == made.rows and one.faults == made.faults
                for one in found
            )
            if not is_twice:
                found.append(made)
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
        evaluator = self.evaluator
        known = len(evaluator.networks)
        had_network = bool(self._roots())
        for function in list(evaluator.functions):
            if function.is_called or function.owner is not None:
                continue
            if _required(function) and had_network:
                continue
            made = self._try(function, [])
            is_returned = isinstance(made, Network)
            if not is_returned and had_network:
                del evaluator.networks[known:]
            known = len(evaluator.networks)
        bases = {id(base) for one in evaluator.classes for base in one.order[1:]}
        for kind in reversed(evaluator.classes):
            if kind.is_made or id(kind) in bases:
                continue
            self._try_class(kind, is_alone=not evaluator.networks)

    def _try(self, function: FunctionValue, first: list[Value]) -> Value:
        """Call a function with what it may be called with; what must be given is not known."""
        names = _required(function)[len(first) :]
        args = first + [Unknown(name, function.node.lineno) for name in names]
        call = Call(function.node, args, {})
        return self.evaluator.explore(lambda: self.evaluator.run_function(function, call))

    def _try_class(self, kind: ClassValue, *, is_alone: bool) -> None:
        evaluator = self.evaluator
        init = kind.find("__init__")
        names = _required(init)[1:] if isinstance(init, FunctionValue) else []
        is_module = any(self.library.framework_of(path) for path in kind.foreign)
        if is_module and not self._has_forward(kind):
            return
        if (names and not is_alone) or (kind.foreign and not is_module):
            return
        args: list[Value] = [Unknown(name, kind.line) for name in names]
        node = ast.Pass(lineno=kind.line)
        call = Call(node, args, {})
        made = evaluator.explore(lambda: self.library.instantiate(evaluator, kind, call))
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
        made.faults += value.faults
        made.remarks += value.remarks
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
        _Rows(made, self.library).fill(start, end)
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
        start = self._start(made)
        end = self._sent(made, start)
        if end is None:
            return None
        if start.axes is None:
            count = _first_values(start.node, end)
            if count is not None:
                start = self.library.maps.input((count,), start.layout, _first_line(value))
                start.node.says_input = True
                end = self._sent(made, start)
        return None if end is None else (start.node, end)

    def _ends_of_model(self, made: NetworkRows, model: Model) -> tuple[Node, Node] | None:
        for ends, values in (("inputs", model.inputs), ("outputs", model.outputs)):
            cause = next((one for one in values if not isinstance(one, Map)), None)
            if isinstance(cause, Unknown):
                self._blame(made, cause)
                return None
            if cause is not None or not values:
                self._blame(made, Unknown(ends, made.line))
                return None
            if len(values) > 1:
                made.faults.append(several_ends(made.label, ends, len(values), made.line))
                return None
        return model.inputs[0].node, model.outputs[0].node

    def _blame(self, made: NetworkRows, cause: Unknown) -> None:
        if cause.is_lacking:
            made.faults.append(no_row_for(cause.what, cause.line or made.line))
            return
        make = depends_on_data if cause.is_data else depends_on_unknown
        made.faults.append(make(made.label, cause.what, cause.line or made.line, made.line))

    def _start(self, made: NetworkRows) -> Map:
        """Find what a network reads, or leave it open."""
        library, value = self.library, made.value
        framework: Framework = value.framework or "torch"
        layout = "first" if framework == "torch" else library.layout
        said = library.start_of(value)
        if said is not None:
            return said
        given = value.given
        if not given:
            first = next((one for _, one in contained(value, is_deep=False)), None)
            given = first.given if isinstance(first, Network) else []
        if (not given and isinstance(value, Instance)) or (not given and framework == "torch"):
            distinct = {one.axes for one in library.examples}
            given = library.examples[:1] if len(distinct) == 1 else []
            if given and given[0].axes:
                size, line = "x".join(map(str, given[0].axes)), given[0].node.line
                text = f"Its input is not said: the only example, {size} on line {line}, is taken."
                made.remarks.append((made.line, text))
        if not given:
            return library.maps.input(None, layout, _first_line(value))
        start = library.maps.input(given[0].axes, given[0].layout, _first_line(value))
        start.node.says_input = True
        return start

    def _sent(self, made: NetworkRows, start: Map) -> Node | None:
        """Send maps through a network; None if a fault keeps them from its output."""
        node = ast.Pass(lineno=made.line)
        end = self.evaluator.explore(
            lambda: self.library.forward(self.evaluator, made.value, start, node)
        )
        if isinstance(end, tuple | list) and len(end) == 1:
            end = end[0]
        if isinstance(end, Map):
            return end.node
        if isinstance(end, tuple | list):
            made.faults.append(several_ends(made.label, "outputs", len(end), made.line))
        elif isinstance(end, Unknown):
            self._blame(made, end)
        else:
            self._blame(made, Unknown("what its forward returns", made.line))
        return None


def _required(function: FunctionValue) -> list[str]:
    given = function.node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args)]
    return names[: len(names) - len(function.defaults)]


def _first_line(value: Network) -> int:
    """Return the line of the first layer of a network."""
    for _, one in contained(value, is_deep=True):
        if isinstance(one, LayerValue):
            return one.line
    return value.kind.line if isinstance(value, Instance) else value.line


def _first_values(start: Node, end: Node) -> int | None:
    """Return the number of values that the first layer says it reads, if it is a dense one."""
    nodes = reachable(end)
    current: Node | None = start
    while current is not None:
        behind = [one for one in nodes if current in one.inputs]
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


class _Rows:
    """Makes rows of the nodes between an input and an output.

    Args:
        made: The network.
        library: What has made the nodes.
    """

    def __init__(self, made: NetworkRows, library: Library) -> None:
        self.made = made
        self.library = library
        self.framework: Framework = made.value.framework or "torch"

    def fill(self, start: Node, end: Node) -> None:
        """Give the network its rows, faults and remarks."""
        made = self.made
        nodes = reachable(end)
        inputs = [one for one in nodes if one.word == "Input" and not one.inputs]
        if len(inputs) > 1:
            made.faults.append(several_ends(made.label, "inputs", len(inputs), made.line))
        if start not in nodes:
            nodes = [start, *nodes]
        nodes = [start, *(one for one in nodes if one is not start)]
        readers = Counter(one.number for node in nodes for one in node.inputs)
        home: dict[int, Node] = {}
        functions: dict[int, Node] = {}
        rows: list[Node] = []
        for node in nodes:
            home[node.number] = node
            above = home[node.inputs[0].number] if node.inputs else None
            joins = (
                node.layer is None
                and above is not None
                and readers[node.inputs[0].number] == 1
                and above.number not in functions
                and _takes_function(above)
            )
            if joins and above is not None:
                functions[above.number] = node
                home[node.number] = above
            else:
                rows.append(node)
        names = self._names(rows)
        made.is_logarithm = "log" in nodes[-1].kind.lower()
        made.rows = tuple(
            self._row(node, name, names, home, functions, nodes)
            for node, name in zip(rows, names, strict=True)
        )
        self._tell(start, rows, names, nodes, home)

    def _row(
        self,
        node: Node,
        name: str,
        names: list[str],
        home: dict[int, Node],
        functions: dict[int, Node],
        nodes: list[Node],
    ) -> Row:
        place = self.places[node.number]
        sources = tuple(names[self.places[home[one.number].number]] for one in node.inputs)
        above = names[place - 1] if place else ""
        reads = () if sources == (above,) or not sources else sources
        if node.word == "Input" and not node.inputs:
            shape = self._input_shape(node, nodes)
            layer = Unreadable() if shape is None else Input(shape)
            return Row(name, layer, line=node.line)
        function = node.function
        if node.number in functions:
            function = functions[node.number].function
        if node.layer is None:
            layer_alone = Activation(node.function) if node.function else Unreadable()
            return Row(
                name,
                layer_alone,
                functions[node.number].function if node.number in functions else None,
                reads,
                line=node.line,
            )
        return Row(name, self._layer(node, nodes), function, reads, line=node.line)

    def _input_shape(self, node: Node, nodes: list[Node]) -> Shape | None:
        axes = node.axes
        if axes is not None and len(axes) == 2 and node.layout == "last":  # noqa: PLR2004 - rows and columns
            readers = [one for one in nodes if node in one.inputs]
            if not any("1D" in one.kind for one in readers):
                return Image(1, *axes)
        return shape_of(axes, node.layout)

    def _layer(self, node: Node, nodes: list[Node]) -> Layer | Unreadable:
        """Keep the maps of a global pooling where a row reads them as maps."""
        layer = node.layer
        if layer is None:
            return Unreadable()
        is_kept = isinstance(layer, GlobalPooling) and node.axes is not None and len(node.axes) > 1
        if is_kept and isinstance(layer, GlobalPooling) and self._is_read_as_maps(node, nodes):
            return AdaptivePooling(1, layer.reduction)
        return layer

    def _is_read_as_maps(self, node: Node, nodes: list[Node]) -> bool:
        stack = [node]
        while stack:
            current = stack.pop()
            for one in nodes:
                if current not in one.inputs:
                    continue
                if isinstance(one.layer, Convolution | AveragePooling | MaxPooling) and isinstance(
                    one.came, Image
                ):
                    return True
                if one.layer is None or isinstance(one.layer, Dropout):
                    stack.append(one)
        return False

    # Names

    def _names(self, rows: list[Node]) -> list[str]:
        """Name each row: as the code does, or by its kind and number."""
        self.places = {node.number: place for place, node in enumerate(rows)}
        paths = {
            id(one): path
            for path, one in contained(self.made.value, is_deep=True)
            if isinstance(one, LayerValue)
        }
        last = len(rows) - 1
        seen_modules = Counter[int]()
        given: list[str] = []
        for node in rows:
            name = node.name
            if not name and node.module is not None:
                path = paths.get(id(node.module), "")
                is_numbered = all(part.isdigit() for part in path.split("."))
                if path and not is_numbered:
                    seen_modules[id(node.module)] += 1
                    number = seen_modules[id(node.module)]
                    name = path if number == 1 else f"{path} ({number})"
            given.append(name)
        times = Counter(name for name in given if name)
        words = [
            "" if times[name] == 1 and name else "Output" if place == last and place else node.word
            for place, (node, name) in enumerate(zip(rows, given, strict=True))
        ]
        counts, seen = Counter(words), Counter[str]()
        taken = {Row(name, Unreadable()).identifier for name in given if times[name] == 1}
        names: list[str] = []
        for word, name in zip(words, given, strict=True):
            if not word:
                names.append(name)
                continue
            seen[word] += 1
            while Row(f"{word}{seen[word]}", Unreadable()).identifier in taken:
                seen[word] += 1
            is_only = counts[word] == 1 and Row(word, Unreadable()).identifier not in taken
            names.append(word if is_only else f"{word}{seen[word]}")
        return names

    # What is told besides

    def _tell(
        self,
        start: Node,
        rows: list[Node],
        names: list[str],
        nodes: list[Node],
        home: dict[int, Node],
    ) -> None:
        made = self.made
        made.faults += self._input_faults(start, nodes)
        seen: set[int] = set()
        for node in nodes:
            made.faults += node.faults
            made.remarks += node.remarks
            if node.module is not None and id(node.module) not in seen:
                seen.add(id(node.module))
                made.faults += node.module.faults
                made.remarks += node.module.remarks
        for node in nodes:
            made.faults += self._claims(node, names, home)
        made.faults += self._shared(rows, names)
        for path, one in contained(made.value, is_deep=True):
            if isinstance(one, LayerValue) and id(one) not in seen and not one.is_preparation:
                layers = [plan.layer for plan in one.plan(None)]
                if any(_is_trained(layer) or isinstance(layer, Unreadable) for layer in layers):
                    text = (
                        f"{path} ({one.kind}) is made and never used; its weights are not counted."
                    )
                    made.remarks.append((one.line, text))
        made.faults = list(dict.fromkeys(made.faults))
        made.remarks = list(dict.fromkeys(made.remarks))

    def _input_faults(self, start: Node, nodes: list[Node]) -> Iterator[Fault]:
        if start.axes is not None or start.says_input:
            return
        behind = [one for one in nodes if start in one.inputs]
        first = behind[0] if behind else start
        if self.framework == "keras":
            if not first.says_input:
                yield keras_input_unknown(first.kind, first.line)
            return
        while isinstance(first.layer, Flatten | Dropout | Activation) or first.layer is None:
            behind = [one for one in nodes if first in one.inputs]
            if not behind:
                break
            first = behind[0]
        if not first.says_input:
            yield torch_input_unknown(first.kind, first.line)

    def _claims(self, node: Node, names: list[str], home: dict[int, Node]) -> Iterator[Fault]:
        """Compare what the code says comes in with what does."""
        if not node.inputs:
            return
        above = node.inputs[0]
        source = names[self.places[home[above.number].number]]
        reads, came = node.reads, node.came
        if reads is not None and came is not None:
            computed = _number_read(reads.argument, came)
            if computed is not None and computed != reads.value:
                yield claimed_input_differs(
                    node.kind,
                    reads.argument,
                    claimed=str(reads.value),
                    computed=str(computed),
                    above=source,
                    line=reads.line,
                )
        first = node.module.first if node.module else None
        if (
            first is not None
            and above.word != "Input"
            and above.axes is not None
            and first != above.axes
        ):
            yield claimed_input_differs(
                node.kind,
                "input_shape",
                claimed=str(shape_of(first, node.layout) or first),
                computed=str(shape_of(above.axes, above.layout)),
                above=source,
                line=node.line,
            )

    def _shared(self, rows: list[Node], names: list[str]) -> Iterator[Fault]:
        uses: dict[int, set[int]] = {}
        for node in rows:
            if node.module is not None and _is_trained(node.layer):
                uses.setdefault(id(node.module), set()).add(node.use)
        told: set[int] = set()
        for node, name in zip(rows, names, strict=True):
            if node.module is None or id(node.module) in told:
                continue
            count = len(uses.get(id(node.module), ()))
            if count > 1:
                told.add(id(node.module))
                yield weights_shared(self.made.label, name, count, node.line)


def _takes_function(node: Node) -> bool:
    plain = Input | Activation | Dropout | Flatten
    return node.layer is not None and node.function is None and not isinstance(node.layer, plain)


def _is_trained(layer: object) -> bool:
    """Whether a layer holds numbers that training changes."""
    if layer is None or isinstance(layer, Unreadable):
        return False
    for shape in (Image(64, 32, 32), Features(64)):
        try:
            return layer.cost(shape).parameters > 0  # type: ignore[attr-defined]
        except (LayerError, TypeError, AttributeError):
            continue
    return isinstance(layer, Convolution)


def _number_read(argument: str, came: Shape) -> int | None:
    match argument, came:
        case "in_features", Features(count):
            return count
        case "in_channels" | "num_features" | "num_channels", Image(channels, _, _):
            return channels
        case "num_features", Features(count):
            return count
        case _:
            return None
