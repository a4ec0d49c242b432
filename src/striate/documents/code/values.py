"""What Python's expressions stand for while code is read: numbers, layers, modules and maps, never objects.

Whole numbers, floats, texts, tuples, lists and dicts of the code are Python's own; everything else is one of
the classes here. What cannot be known is an `Unknown` that remembers why.
"""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, final

from striate.errors import Fault
from striate.layers import Function, Layer
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


Framework = Literal["keras", "torch"]
Layout = Literal["first", "last"]
Value = Any
"""Anything that an expression of the code may stand for."""


@final
@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that reading alone cannot tell.

    Args:
        what: The code that it comes from, shortened.
        line: Its line in the document.
        is_data: Whether it depends on the values of the examples.
        is_lacking: Whether it is understood, and no row of a table does it.
        why: What is wrong with it, if it is understood and cannot be.
    """

    what: str
    line: int
    is_data: bool = False
    is_lacking: bool = False
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class BatchSize:
    """The number of examples that come in together, which no network depends on.

    Args:
        count: The number, where the code makes the examples itself; 0 if it is open.
    """

    count: int = 0


BATCH = BatchSize()


def counted(value: Value) -> Value:
    """Return the number of examples where the code says it; any other value as it is."""
    return value.count if isinstance(value, BatchSize) and value.count else value


@final
class TrainingMode:
    """Whether a module is learning: `self.training`."""


TRAINING = TrainingMode()


@final
@dataclass(frozen=True, slots=True)
class External:
    """A name that comes from an import: `torch.nn.Conv2d`.

    Args:
        path: Its dotted path; `?.Flatten` where no import says whose it is.
    """

    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@final
@dataclass(eq=False, slots=True)
class Frame:
    """The names of one running function, class body or program.

    Args:
        names: Its own names.
        outer: The function around it, whose names it sees; None in a program.
        globals: The names of the program.
        owner: The class whose method runs, for `super()`.
        this: The method's first argument.
        declared: Names that `global` or `nonlocal` leaves to an outer frame.
        yields: What a generator has given so far.
    """

    names: dict[str, Value]
    outer: "Frame | None" = None
    globals: "Frame | None" = None
    owner: "ClassValue | None" = None
    this: Value = None
    declared: dict[str, "Frame"] = field(default_factory=dict)
    yields: list[Value] | None = None
    returned: list[Value] = field(default_factory=list)


@final
@dataclass(eq=False, slots=True)
class FunctionValue:
    """A function or lambda of the document.

    Args:
        name: Its name.
        node: Its syntax.
        frame: Where it was defined.
        defaults: Values of the last arguments that may be left out.
        keyword_defaults: Values of those that must be named.
        owner: The class that it is a method of.
        is_called: Whether anything has called it.
    """

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    defaults: list[Value]
    keyword_defaults: dict[str, Value]
    owner: "ClassValue | None" = None
    is_called: bool = False


@final
@dataclass(eq=False, slots=True)
class Decorated:
    """A static method, a class method or a property of a class."""

    kind: str
    function: Value


@final
@dataclass(eq=False, slots=True)
class Method:
    """A function of the document with its first argument."""

    this: Value
    function: FunctionValue


@final
@dataclass(eq=False, slots=True)
class Builtin:
    """A method of a value that the reader knows: `model.add`, `x.view`, `items.append`."""

    this: Value
    name: str


@final
@dataclass(eq=False, slots=True)
class Partial:
    """What `functools.partial` makes."""

    function: Value
    args: list[Value]
    kwargs: dict[str, Value]


@final
@dataclass(eq=False, slots=True)
class ClassValue:
    """A class of the document.

    Args:
        name: Its name.
        bases: The classes that it inherits from.
        names: Its methods and attributes.
        line: Its line.
        fields: Names of a dataclass's fields, in their order; None if it is none.
        is_made: Whether anything has made an instance of it, or of a class that inherits from it.
        line_of_bases: Its `order`, once it was asked for.
    """

    name: str
    bases: tuple[Value, ...]
    names: dict[str, Value]
    line: int
    fields: tuple[str, ...] | None = None
    is_made: bool = False
    line_of_bases: "tuple[ClassValue, ...] | None" = None

    @property
    def order(self) -> tuple["ClassValue", ...]:
        """The class and those of the document that it inherits from, the nearest first."""
        if self.line_of_bases is None:
            # The last place of each counts: what several classes share comes behind them all.
            found = [self] + [
                one for base in self.bases if isinstance(base, ClassValue) for one in base.order
            ]
            last = dict.fromkeys(reversed(found))
            self.line_of_bases = tuple(reversed(last))
        return self.line_of_bases

    @property
    def foreign(self) -> tuple[str, ...]:
        """The paths of the classes from imports that it inherits from."""
        return tuple(
            base.path for one in self.order for base in one.bases if isinstance(base, External)
        )

    def find(self, name: str) -> Value:
        """Look up a method or attribute; None if no class of the document has it."""
        return next((one.names[name] for one in self.order if name in one.names), None)


@final
@dataclass(eq=False, slots=True)
class Node:
    """One layer applied: what will be a row.

    Args:
        number: Place in the order in which layers were applied.
        kind: Name of the layer in the code.
        word: What its row is called before it is numbered.
        line: Its line in the document.
        layer: The layer; None for a function alone or an input.
        function: Its activation function.
        inputs: What it reads.
        came: Sizes of what comes in, as the framework holds it; None if they are not known.
        axes: Sizes of what comes out.
        layout: Where the maps stand among the sizes.
        module: The layer of the code, by whose identity shared weights are found.
        reads: What the code says it reads.
        faults: What is wrong with this use of the layer.
        name: The name that the code gives it.
        says_input: Whether it says, or may say in a way that is not understood, what it reads.
        use: Number of the application of the layer that it belongs to.
        is_example: Whether what comes in is made of numbers, as `torch.randn(1, 1, 28, 28)`.
        batch: The number of examples.
    """

    number: int
    kind: str
    word: str
    line: int
    layer: Layer | Unreadable | None = None
    function: Function | None = None
    inputs: tuple["Node", ...] = ()
    came: Shape | None = None
    axes: tuple[int, ...] | None = None
    layout: Layout = "first"
    module: "LayerValue | None" = None
    reads: "Reads | None" = None
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    name: str = ""
    says_input: bool = False
    use: int = 0
    is_example: bool = False
    batch: BatchSize = BATCH


@final
@dataclass(eq=False, slots=True)
class Map:
    """A tensor whose sizes are known and whose numbers are not.

    Args:
        node: What it comes out of.
        axes: Its sizes without the batch, in the framework's order; None if they are not known.
        layout: Where the maps stand among them.
        is_example: Whether the code makes it of numbers, as `torch.randn(1, 1, 28, 28)`.
    """

    node: Node
    axes: tuple[int, ...] | None
    layout: Layout = "first"
    is_example: bool = False

    @property
    def shape(self) -> Shape | None:
        """The sizes as a shape; None if they are not known, or are no shape of a table."""
        return shape_of(self.axes, self.layout)


@final
@dataclass(frozen=True, slots=True)
class HalfReduced:
    """Maps of which one axis is reduced, as by `x.mean(3)`: the second step makes it a pooling.

    Args:
        value: The maps as they were.
        reduction: What the axis is reduced by.
        place: The axis, the number of examples first.
        keeps: Whether the axis stays with a size of 1.
    """

    value: Map
    reduction: Literal["average", "max"]
    place: int
    keeps: bool


@final
@dataclass(frozen=True, slots=True)
class Repeated:
    """Maps of single values that are repeated to the sizes of others, as by `y.expand_as(x)`.

    Rows multiply and add such maps as they are; nothing else reads them.

    Args:
        value: The maps as they were.
        axes: The sizes that they are repeated to.
    """

    value: Map
    axes: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class Grouped:
    """Maps in groups, as a view with an axis more gives them: a channel shuffle on its way.

    Args:
        value: The maps as they were.
        groups: The number of groups.
        axes: The sizes of the view, without the batch.
        is_swapped: Whether the groups and the maps of a group have changed places.
    """

    value: Map
    groups: int
    axes: tuple[int, ...]
    is_swapped: bool = False


def shape_of(axes: tuple[int, ...] | None, layout: Layout) -> Shape | None:
    """Return the shape that sizes without the batch stand for."""
    if axes is None or not axes or min(axes) < 1:
        return None
    if layout == "last":
        axes = (axes[-1], *axes[:-1])
    match axes:
        case (count,):
            return Features(count)
        case (channels, length):
            return Image(channels, 1, length)
        case (channels, height, width):
            return Image(channels, height, width)
        case _:
            return None


@final
@dataclass(frozen=True, slots=True)
class Reads:
    """What the code says a layer reads.

    Args:
        argument: The argument that says so.
        value: Number of channels, or of values.
        line: Its line.
    """

    argument: str
    value: int
    line: int


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """One row that a layer of code becomes when it is applied.

    Args:
        layer: The layer; None for a function alone.
        function: Its activation function.
        word: What the row is called; nothing for the word of the layer of code.
        out: What comes out where the framework holds it in another way than a table.
        faults: What is wrong with the layer on what comes in.
        remarks: What of it is told and has no row.
    """

    layer: Layer | Unreadable | None
    function: Function | None = None
    word: str = ""
    out: Shape | None = None
    faults: tuple[Fault, ...] = ()
    remarks: tuple[str, ...] = ()


Planned = Callable[[Shape | None], tuple[Plan, ...]]
"""Makes the rows of a layer from the shape that comes in."""


@final
@dataclass(eq=False, slots=True)
class LayerValue:
    """One layer as code makes it, before it is applied.

    Args:
        framework: Whose it is.
        kind: Its name in the code.
        word: What its row is called.
        line: Its line.
        plan: The rows that it becomes.
        faults: What of its arguments is not understood.
        remarks: What of it decides nothing about the rows, with its line.
        name: The name that the code gives it.
        reads: What it says it reads.
        says_input: Whether it says so in a way that can be read or has its fault.
        first: The sizes that it says the whole network reads, as Keras's `input_shape` does.
        layout: Where the maps stand, if the layer says so.
        is_inplace: Whether it changes what it reads.
        plan_last: The rows that it becomes on maps that PyTorch's code has put behind the places.
        settings: Its numbers by name, for code that asks for them.
        is_preparation: Whether it does nothing but prepare pictures.
    """

    framework: Framework
    kind: str
    word: str
    line: int
    plan: Planned
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    name: str = ""
    reads: Reads | None = None
    says_input: bool = False
    first: tuple[int, ...] | None = None
    layout: Layout | None = None
    is_inplace: bool = False
    plan_last: Planned | None = None
    settings: dict[str, Value] = field(default_factory=dict)
    is_preparation: bool = False


@final
@dataclass(eq=False, slots=True)
class Sequential:
    """A Sequential of Keras or PyTorch.

    Args:
        framework: Whose it is.
        line: Its line.
        items: (name, module) of what it holds; nothing for a name that the code does not give.
        faults: What of it is not understood.
        given: What the code has said of its input: sizes with the line.
        name: The name that the code gives it.
    """

    framework: Framework
    line: int
    items: list[tuple[str, Value]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    given: list[Map] = field(default_factory=list)
    name: str = ""


@final
@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the document.

    Args:
        kind: Its class.
        line: Line that made it.
        names: Its attributes.
        framework: Whose module it is; None if it is no module.
        faults: What of it is not understood.
        given: What the code has said of its input.
    """

    kind: ClassValue
    line: int
    names: dict[str, Value] = field(default_factory=dict)
    framework: Framework | None = None
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    given: list[Map] = field(default_factory=list)
    sequence: Sequential | None = None


@final
@dataclass(eq=False, slots=True)
class Model:
    """Keras's `Model(inputs, outputs)`."""

    line: int
    inputs: list[Value]
    outputs: list[Value]
    name: str = ""
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    given: list[Map] = field(default_factory=list)
    base: Value = None

    @property
    def framework(self) -> Framework:
        """Functional models are Keras's."""
        return "keras"


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """A class that a written network holds, for what its framework lacks.

    Args:
        framework: Whose layers it stands beside.
        name: Its name.
    """

    framework: Framework
    name: str


Network = Sequential | Instance | Model


@final
@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call, evaluated.

    Args:
        node: The call.
        args: Those given by their place.
        kwargs: Those given by their name.
        spread: What stands behind `*` or `**` and is not known.
        twice: Names given twice.
    """

    node: ast.AST
    args: list[Value]
    kwargs: dict[str, Value]
    spread: tuple[tuple[str, int], ...] = ()
    nodes: dict[int | str, ast.expr] = field(default_factory=dict)

    def with_args(self, args: list[Value]) -> "Call":
        """Return the same call with other arguments by place."""
        return Call(self.node, args, self.kwargs, self.spread, {})


NESTED = 100
"""Modules within modules that are read."""


def contained(network: Value, *, is_deep: bool) -> list[tuple[str, Value]]:
    """List the modules of a network with their paths.

    Args:
        network: A network.
        is_deep: Whether those within others are listed, too, and the network itself.
    """
    found: list[tuple[str, Value]] = [("", network)] if is_deep else []
    seen: set[int] = {id(network)}
    stack = [(path, one, 1) for path, one in reversed(_held_by(network))]
    while stack:
        path, one, depth = stack.pop()
        if isinstance(one, list | tuple | dict):
            pairs: Iterable[tuple[object, Value]] = (
                one.items() if isinstance(one, dict) else enumerate(one)
            )
            if id(one) not in seen and depth <= NESTED:
                seen.add(id(one))
                inside = reversed(list(pairs))
                stack += [(f"{path}.{key}", inner, depth + 1) for key, inner in inside]
            continue
        if not isinstance(one, LayerValue | Network) or id(one) in seen:
            continue
        seen.add(id(one))
        found.append((path, one))
        if is_deep and depth <= NESTED:
            held = reversed(_held_by(one))
            stack += [(f"{path}.{key}", inner, depth + 1) for key, inner in held]
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
