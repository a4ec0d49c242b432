"""Rows of a table from the layers that a network of code has applied, with their names, faults and remarks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

from striate.documents.code.comments import Said, Stated, agrees, claims_of
from striate.documents.code.maps import reachable
from striate.documents.code.torch_layers import LOGARITHM
from striate.documents.code.values import Framework, LayerValue, Network, Node, contained, shape_of
from striate.errors import Fault, LayerError
from striate.errors.code import (
    claimed_input_differs,
    keras_input_unknown,
    no_row_for,
    several_ends,
    torch_input_unknown,
    weights_shared,
)
from striate.layers import (
    Activation,
    AdaptivePooling,
    Border,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    GlobalPooling,
    Input,
    Layer,
    LayerNormalization,
    WindowPooling,
)
from striate.shapes import Features, Image, Shape, Words
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
        gives_scores: Whether it gives the values ahead of its last function as well, for the loss.
        maker: The function that returns it, if nothing else calls that one.
        holder: The name that the program gives it.
    """

    value: Network
    label: str
    line: int
    rows: tuple[Row, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    is_logarithm: bool = False
    gives_scores: bool = False
    maker: str = ""
    holder: str = ""


class RowMaker:
    """Makes rows of the nodes between an input and an output.

    Args:
        made: The network.
        comments: What the comments of the program say.
        ends: What comes out of its statements, by their last lines.
    """

    def __init__(
        self, made: NetworkRows, comments: Sequence[Said], ends: Mapping[int, list[Node]]
    ) -> None:
        self.made = made
        self.comments = comments
        self.ends = ends
        self.is_tried = False
        """Whether nothing in the program makes the network, so that its classes may be those of another call."""
        self.behind: dict[int, list[Node]] = {}
        self.framework: Framework = made.value.framework or "torch"

    def fill(self, start: Node, end: Node) -> None:
        """Give the network its rows, faults and remarks."""
        made = self.made
        nodes = reachable(end)
        inputs = [one for one in nodes if one.word == "Input" and not one.inputs]
        if len(inputs) > 1:
            made.faults.append(
                several_ends(
                    made.label,
                    "inputs",
                    [one.name or f"{one.kind}:{one.line}" for one in inputs],
                    made.line,
                )
            )
        if start not in nodes:
            nodes = [start, *nodes]
        nodes = [start, *(node for node in nodes if node is not start)]
        self.behind = behind_of(nodes)
        home: dict[int, Node] = {}
        functions: dict[int, Node] = {}
        rows: list[Node] = []
        for node in nodes:
            home[node.number] = node
            above = home[node.inputs[0].number] if node.inputs else None
            joins = (
                node.layer is None
                and above is not None
                and len(self.behind[node.inputs[0].number]) == 1
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
            self._row(node, name, names, home, functions)
            for node, name in zip(rows, names, strict=True)
        )
        self._claim(rows, home)
        self._tell(start, rows, names, nodes, home)

    def _claim(self, rows: list[Node], home: dict[int, Node]) -> None:
        """Give the rows the sizes and counts that comments state of them."""
        stated: list[Stated] = []
        for said in self.comments:
            here = [place for place, node in enumerate(rows) if node.line == said.line]
            ends = {
                self.places[home[node.number].number]
                for node in self.ends.get(said.line, ())
                if node.number in home
            }
            # One line that is read several times, as in a helper, has no one size.
            alike = len({rows[place].kind for place in here}) < len(here)
            found = ends or (set() if alike else set(here[-1:]))
            if len(found) != 1:
                continue
            trained = [place for place in here if _is_trained(rows[place].layer)]
            counted = trained[0] if len(trained) == 1 else None
            (place,) = found
            node = rows[place]
            output, kernel = shape_of(node.axes, node.layout), getattr(node.layer, "kernel", ())
            if self.is_tried and node is rows[-1] and output and not agrees(said.after, output):
                continue
            stated.append(Stated(said, place, node.came, output, kernel, counted))
            source = home[node.inputs[0].number] if node.inputs else node
            if said.before and source.module is not node.module:
                before = Said(said.line, after=said.before)
                came = shape_of(source.axes, source.layout)
                stated.append(Stated(before, self.places[source.number], None, came, (), None))
        claims, told = claims_of(stated)
        made = self.made
        made.rows = tuple(
            replace(row, claims=claims.get(place, row.claims))
            for place, row in enumerate(made.rows)
        )
        made.remarks += [(made.line, told)] if told else []

    def _row(
        self,
        node: Node,
        name: str,
        names: list[str],
        home: dict[int, Node],
        functions: dict[int, Node],
    ) -> Row:
        place = self.places[node.number]
        sources = tuple(names[self.places[home[one.number].number]] for one in node.inputs)
        above = names[place - 1] if place else ""
        reads = () if sources == (above,) or not sources else sources
        if node.word == "Input" and not node.inputs:
            shape = self._input_shape(node)
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
        return Row(name, self._layer(node), function, reads, line=node.line)

    def _input_shape(self, node: Node) -> Shape | None:
        axes = node.axes
        readers = self.behind.get(node.number, ())
        if axes and len(axes) == 1 and any(isinstance(one.layer, Embedding) for one in readers):
            return Words(*axes)
        is_grey = axes is not None and len(axes) == 2 and node.layout == "last"  # noqa: PLR2004 - rows and columns
        if axes is not None and is_grey and not any("1D" in reader.kind for reader in readers):
            return Image(1, *axes)
        return shape_of(axes, node.layout)

    def _layer(self, node: Node) -> Layer | Unreadable:
        """Keep the maps of a global pooling where a row reads them as maps."""
        layer = node.layer
        if layer is None:
            return Unreadable()
        is_kept = isinstance(layer, GlobalPooling) and node.axes is not None and len(node.axes) > 1
        if is_kept and isinstance(layer, GlobalPooling) and self._is_read_as_maps(node):
            return AdaptivePooling(1, layer.reduction)
        return layer

    def _is_read_as_maps(self, node: Node) -> bool:
        stack = [node]
        while stack:
            for reader in self.behind.get(stack.pop().number, ()):
                is_window = isinstance(reader.layer, Convolution | WindowPooling)
                is_of_maps = isinstance(reader.layer, Dropout) and reader.layer.drops == "maps"
                if (is_window or is_of_maps) and isinstance(reader.came, Image):
                    return True
                if reader.layer is None or isinstance(reader.layer, Dropout):
                    stack.append(reader)
        return False

    def _is_before_weights(self, node: Node) -> bool:
        """Whether a row that is trained reads a node, or what comes of it."""
        stack = [node]
        while stack:
            for reader in self.behind.get(stack.pop().number, ()):
                if _is_trained(reader.layer):
                    return True
                stack.append(reader)
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
            is_border = isinstance(node.layer, Border) and node.word != getattr(
                node.module, "word", ""
            )
            if not name and node.module is not None and not is_border:
                path = paths.get(id(node.module), "")
                if node.module.kind == "Parameter" and isinstance(node.layer, LayerNormalization):
                    # What is written out is called as the module that holds its numbers.
                    path = path.rpartition(".")[0] or path
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
        made.faults += self._input_faults(start)
        seen: set[int] = set()
        for node in nodes:
            made.faults += node.faults
            made.remarks += node.remarks
            if (node.line, LOGARITHM) in node.remarks and self._is_before_weights(node):
                made.faults.append(no_row_for("log_softmax", node.line))
            if node.module is not None and id(node.module) not in seen:
                seen.add(id(node.module))
                made.faults += node.module.faults
                made.remarks += node.module.remarks
        for node in nodes:
            made.faults += self._claims(node, names, home)
        made.faults += self._shared(rows, names)
        for path, one in contained(made.value, is_deep=True):
            is_used = id(one) in seen or (isinstance(one, LayerValue) and "used" in one.settings)
            if isinstance(one, LayerValue) and not is_used and not one.is_preparation:
                layers = [plan.layer for plan in one.plan(None)]
                if any(_is_trained(layer) or isinstance(layer, Unreadable) for layer in layers):
                    text = f"{path} ({one.kind}) stands on no way to the output; its weights are not counted."
                    made.remarks.append((one.line, text))
        made.faults = list(dict.fromkeys(made.faults))
        made.remarks = list(dict.fromkeys(made.remarks))

    def _input_faults(self, start: Node) -> Iterator[Fault]:
        if start.axes is not None or start.says_input:
            return
        first = next(iter(self.behind.get(start.number, ())), start)
        if self.framework == "keras":
            if not first.says_input:
                yield keras_input_unknown(first.kind, first.line)
            return
        while isinstance(first.layer, Flatten | Dropout | Activation) or first.layer is None:
            behind = self.behind.get(first.number)
            if not behind:
                break
            first = behind[0]
        if not first.says_input:
            channels = (
                first.reads.value if first.reads and "channels" in first.reads.argument else 3
            )
            yield torch_input_unknown(first.kind, first.line, channels)

    def _claims(self, node: Node, names: list[str], home: dict[int, Node]) -> Iterator[Fault]:
        """Compare what the code says comes in with what does."""
        if not node.inputs:
            return
        above = node.inputs[0]
        source = names[self.places[home[above.number].number]]
        reads, came = node.reads, node.came
        if reads is not None and came is not None:
            is_place = isinstance(node.layer, Convolution) and reads.argument == "in_features"
            computed = number_read("in_channels" if is_place else reads.argument, came)
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


def behind_of(nodes: Iterable[Node]) -> dict[int, list[Node]]:
    """Return what reads each node, by the node's number."""
    behind: dict[int, list[Node]] = {}
    for node in nodes:
        for source in node.inputs:
            behind.setdefault(source.number, []).append(node)
    return behind


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


def number_read(argument: str, came: Shape) -> int | None:
    """Return the number of a shape that an argument states; None if it states none of it."""
    match argument, came:
        case "in_features", Features(count):
            return count
        case "in_channels" | "num_features" | "num_channels", Image(channels, _, _):
            return channels
        case "num_features", Features(count):
            return count
        case _:
            return None
