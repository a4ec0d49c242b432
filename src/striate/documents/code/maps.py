"""What happens to maps: layers are applied to them, they are joined, flattened and pooled."""

import ast
import math
from typing import Literal

from striate.documents.code.expressions import Expressions
from striate.documents.code.operators import TooMuch
from striate.documents.code.values import (
    BatchSize,
    LayerValue,
    Layout,
    Map,
    Model,
    Node,
    Plan,
    Unknown,
    Value,
    shape_of,
)
from striate.errors import Fault, LayerError
from striate.errors.code import (
    flatten_missing,
    formats_differ,
    no_row_for,
    norm_of_other_axis,
)
from striate.layers import (
    Activation,
    Add,
    Concat,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Layer,
    Scaling,
)
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


MOST = 10_000
"""Layers of one document that are read."""

_LINES = {
    "Conv1D",
    "MaxPooling1D",
    "AveragePooling1D",
    "GlobalAveragePooling1D",
    "GlobalMaxPooling1D",
}


class Maps:
    """Makes the nodes of a program's networks, numbered in the order of their use."""

    def __init__(self) -> None:
        self.count = 0
        self.uses = 0

    def node(self, kind: str, word: str, line: int, **fields: Value) -> Node:
        """Make one node.

        Raises:
            TooMuch: There are more than a document's networks hold.
        """
        self.count += 1
        if self.count > 2 * MOST:
            raise TooMuch(line, f"more than {2 * MOST:,} layers are applied")
        made = Node(self.count, kind, word, line, **fields)
        made.is_example = any(one.is_example for one in made.inputs)
        if made.inputs:
            made.batch = made.inputs[0].batch
        return made

    def input(self, axes: tuple[int, ...] | None, layout: Layout, line: int, name: str = "") -> Map:
        """Make the input of a network."""
        node = self.node("Input", "Input", line, axes=axes, layout=layout, name=name)
        return Map(node, axes, layout)

    def apply(self, layer: LayerValue, value: Map, line: int) -> Map:
        """Apply a layer to maps."""
        self._settle_layout(layer, value)
        came = value.shape
        if layer.kind in {"Flatten", "Reshape"} and value.axes is not None:
            came = shape_of((math.prod(value.axes),), "first") if came is None else came
        current = Map(value.node, value.axes, value.layout)
        if layer.kind == "Rescaling" and value.node.word != "Input":
            return self.single(_scale(layer), value, "Scale", line, axes=value.axes)
        if "order" in layer.settings:
            return self._turned(layer, value, line)
        if "brings_to" in layer.settings and value.axes is not None:
            return self._resized(layer, value, line)
        is_turned = layer.framework == "torch" and value.layout == "last"
        planned = layer.plan_last if is_turned and layer.plan_last is not None else layer.plan
        plans = planned(came)
        self.uses += 1
        for place, plan in enumerate(plans):
            if place:
                came = current.shape
            current = self._row(layer, plan, current, came, line, is_first=place == 0)
        if layer.is_inplace:
            value.node, value.axes = current.node, current.axes
            return value
        return current

    def _turned(self, layer: LayerValue, value: Map, line: int) -> Map:
        """Put maps ahead of the places or behind them, which no row does."""
        order = layer.settings["order"]
        made = None if order is None else turned(value, order)
        if made is None:
            layer.faults.append(no_row_for(layer.kind, line))
            return self.single(Unreadable(), value, layer.kind, line)
        return made

    def _resized(self, layer: LayerValue, value: Map, line: int) -> Map:
        """Bring pictures to another size: ahead of a network, which then reads that size; within one, no row does it."""
        sides, axes = layer.settings["brings_to"], value.axes or ()
        if value.node.word != "Input" or None in sides or len(axes) != 3:  # noqa: PLR2004 - pictures
            faults = layer.faults or [no_row_for(layer.kind, line)]
            return self.single(Unreadable(), value, layer.kind, line, faults=[*faults])
        value.node.remarks += [(line, text) for plan in layer.plan(None) for text in plan.remarks]
        made = (axes[0], *sides) if value.layout == "first" else (*sides, axes[2])
        if not value.node.is_example:
            value.node.axes = made
        return Map(value.node, made, value.layout)

    def _settle_layout(self, layer: LayerValue, value: Map) -> None:
        if layer.framework == "torch":
            if value.node.word == "Input":
                value.layout = "first"
        elif layer.layout is not None and value.node.word == "Input":
            value.layout = value.node.layout = layer.layout

    def _row(
        self,
        layer: LayerValue,
        plan: Plan,
        value: Map,
        came: Shape | None,
        line: int,
        *,
        is_first: bool,
    ) -> Map:
        remarks = [(line, text) for text in plan.remarks]
        if plan.layer is None and plan.function is None:
            value.node.remarks += remarks + (layer.remarks if is_first else [])
            return value
        node = self.node(
            layer.kind,
            plan.word or layer.word,
            line,
            layer=plan.layer,
            function=plan.function,
            inputs=(value.node,),
            came=came,
            layout=value.layout,
            module=layer,
            reads=layer.reads if is_first else None,
            faults=[*plan.faults],
            remarks=remarks,
            name=layer.name if is_first else "",
            says_input=layer.says_input,
            use=self.uses,
        )
        node.faults += _traps(layer, plan, value, line)
        out = plan.out or _output(plan.layer, came)
        if isinstance(plan.layer, FullyConnected) and _is_one_place(layer, value):
            out = Image(plan.layer.units, 1, 1)
        node.axes = axes_like(out, value.axes, value.layout)
        if plan.layer is None:
            node.axes = value.axes
        return Map(node, node.axes, value.layout)

    def single(
        self, layer: Layer | Unreadable | None, value: Map, word: str, line: int, **fields: Value
    ) -> Map:
        """Apply what is no layer of the code but a function of one: `x.flatten(1)`, `F.relu(x)`."""
        came = value.shape
        kind = fields.pop("kind", word)
        node = self.node(
            kind,
            word,
            line,
            layer=layer,
            inputs=(value.node,),
            came=came,
            layout=value.layout,
            **{name: one for name, one in fields.items() if name not in {"out", "axes"}},
        )
        out = fields.get("out") or _output(layer, came)
        axes = fields.get("axes")
        node.axes = axes or (
            value.axes if layer is None else axes_like(out, value.axes, value.layout)
        )
        return Map(node, node.axes, value.layout)

    def function(self, function: Function, value: Map, word: str, line: int) -> Map:
        """Apply an activation function."""
        return self.single(None, value, word, line, function=function)

    def flatten(self, value: Map, line: int, word: str = "Flatten") -> Map:
        """Read all values of maps as one vector."""
        axes = None if value.axes is None else (math.prod(value.axes),)
        return self.single(Flatten(), value, "Flatten", line, axes=axes, kind=word)

    def join(self, layer: Add | Concat | Layer, values: list[Map], word: str, line: int) -> Map:
        """Join branches."""
        shapes = [value.shape for value in values]
        out: Shape | None = None
        if all(shape is not None for shape in shapes):
            try:
                out = layer.output(*shapes)  # type: ignore[arg-type]
            except LayerError:
                out = None
        first = values[0]
        node = self.node(
            word,
            word,
            line,
            layer=layer,
            inputs=tuple(value.node for value in values),
            layout=first.layout,
        )
        node.axes = axes_like(out, first.axes, first.layout)
        return Map(node, node.axes, first.layout)

    def replay(self, model: Model, values: list[Map], line: int) -> Value:
        """Apply a functional model once more: its layers read other maps."""
        if len(values) != len(model.inputs) or not all(
            isinstance(one, Map) for one in model.inputs
        ):
            return Unknown("a model of several inputs", line)
        for one, value in zip(model.inputs, values, strict=True):
            value.node.remarks += () if value.node is one.node else one.node.remarks
            # What the model itself brings its pictures to, ahead of its layers.
            if one.axes is not None and one.node.axes != one.axes:
                if value.node.word != "Input":
                    return Unknown(
                        "pictures that are brought to another size within a network", line
                    )
                value.node.axes = one.node.axes
        made: dict[int, Node] = {
            one.node.number: value.node for one, value in zip(model.inputs, values, strict=True)
        }
        outputs = [one for one in model.outputs if isinstance(one, Map)]
        if len(outputs) != 1 or len(model.outputs) != 1:
            return Unknown("a model of several outputs", line)
        for node in reachable(outputs[0].node):
            if node.number in made:
                continue
            if node.word == "Input":
                return Unknown("an input of its own", line)
            made[node.number] = self._again(node, [made[one.number] for one in node.inputs])
        end = made[outputs[0].node.number]
        return Map(end, end.axes, end.layout)

    def _again(self, node: Node, inputs: list[Node]) -> Node:
        fresh = self.node(node.kind, node.word, node.line)
        for name in Node.__dataclass_fields__:
            if name not in {"number", "inputs"}:
                setattr(fresh, name, getattr(node, name))
        fresh.inputs = tuple(inputs)
        if [one.axes for one in inputs] != [one.axes for one in node.inputs]:
            fresh.came = shape_of(inputs[0].axes, inputs[0].layout)
            fresh.axes = None
            shapes = [shape_of(one.axes, one.layout) for one in inputs]
            if isinstance(node.layer, Unreadable) or any(one is None for one in shapes):
                return fresh
            try:
                out = shapes[0] if node.layer is None else node.layer.output(*shapes)  # type: ignore[arg-type]
            except (LayerError, TypeError):
                return fresh
            fresh.axes = axes_like(out, inputs[0].axes, node.layout)
        return fresh


def reachable(end: Node) -> list[Node]:
    """List all that an output depends on, in the order in which it was applied."""
    found: dict[int, Node] = {}
    stack = [end]
    while stack:
        node = stack.pop()
        if node.number not in found:
            found[node.number] = node
            stack += node.inputs
    return [found[number] for number in sorted(found)]


def _output(layer: Layer | Unreadable | None, came: Shape | None) -> Shape | None:
    """Return what comes out of a layer; None if that cannot be known."""
    if layer is None:
        return came
    if isinstance(layer, Unreadable):
        return None
    if isinstance(layer, FullyConnected):
        return Features(layer.units)
    if came is None:
        return None
    try:
        return layer.output(came)  # type: ignore[call-arg]
    except (LayerError, TypeError):
        return None


def _scale(layer: LayerValue) -> Layer | Unreadable:
    """Return what a Rescaling within a network does; ahead of it, it prepares pictures."""
    scale, offset = layer.settings["scale"], layer.settings["offset"]
    if not isinstance(scale, int | float) or not isinstance(offset, int | float):
        return Unreadable()
    return Scaling(float(scale), float(offset))


def axes_like(
    shape: Shape | None, like: tuple[int, ...] | None, layout: Layout
) -> tuple[int, ...] | None:
    """Return a shape's sizes in the order of the framework."""
    match shape:
        case Image(channels, height, width):
            if like is not None and len(like) == 2 and height == 1:  # noqa: PLR2004 - channels and length
                return (channels, width) if layout == "first" else (width, channels)
            return (channels, height, width) if layout == "first" else (height, width, channels)
        case Features(count):
            return (count,)
        case _:
            return None


def _traps(layer: LayerValue, plan: Plan, value: Map, line: int) -> list[Fault]:
    """Report where a framework does something else than the layer's name promises."""
    axes = value.axes
    if axes is None or len(axes) == 1:
        return []
    is_dense = isinstance(plan.layer, FullyConnected)
    if is_dense and not _is_one_place(layer, value):
        shape = value.shape
        return [flatten_missing(layer.kind, str(shape) if shape else str(axes), line)]
    # Flatten without its argument keeps the order of the maps as they come.
    is_flatten = layer.kind == "Flatten"
    is_other = layer.layout is not None and layer.layout != value.layout
    if layer.framework == "torch" and value.layout == "last":
        is_by_value = plan.layer is None or isinstance(plan.layer, Activation | Dropout | Scaling)
        is_other = layer.plan_last is None and not is_by_value
    if is_other and len(axes) == 3 and not is_flatten:  # noqa: PLR2004 - maps
        return [formats_differ(layer.kind, line)]
    axis = layer.settings.get("axis")
    # Keras's normalisations and softmax run over the axis that they are given.
    right = {1, -len(axes)} if value.layout == "first" else {-1, len(axes)}
    if axis is not None and axis not in right:
        return [norm_of_other_axis(layer.kind, axis, line)]
    return []


def _is_one_place(layer: LayerValue, value: Map) -> bool:
    """Whether maps of one place come into a layer of Keras, whose last axis is then all that there is."""
    axes = value.axes or ()
    is_last = layer.framework == "keras" and value.layout == "last"
    return is_last and len(axes) > 1 and set(axes[:-1]) == {1}


def sizes_of(value: Map, evaluator: Expressions, node: ast.AST) -> Value:
    """Return `x.shape`, the number of examples first."""
    if value.axes is None:
        return evaluator.unknown(node)
    return (value.node.batch, *value.axes)


Reshaped = tuple[int, ...] | str | None


def reshaped(value: Map, sizes: list[Value]) -> Reshaped:
    """Work out the sizes that `view` or `reshape` asks for.

    Args:
        value: The maps.
        sizes: What the code asks for, the number of examples first.

    Returns:
        The sizes without the batch; a text that says why there are none; None if they are not known.
    """
    if not sizes or any(isinstance(one, Unknown) for one in sizes):
        return None
    first, rest = sizes[0], sizes[1:]
    if any(isinstance(one, bool) or not isinstance(one, int | BatchSize) for one in sizes):
        return None
    total = None if value.axes is None else math.prod(value.axes)
    if any(isinstance(one, BatchSize) for one in rest):
        return "the number of examples stands behind other sizes"
    is_open = first == -1 if isinstance(first, int) else False
    if isinstance(first, int) and not is_open and first not in {1, value.node.batch.count}:
        return None
    known = math.prod(one for one in rest if one != -1)
    gaps = sum(one == -1 for one in rest)
    if gaps > 1 or (gaps and is_open) or known < 1:
        return "two sizes are left open"
    if gaps:
        if total is None:
            return None if len(rest) > 1 else ()
        if total % known:
            return f"one example has {total:,} values, which do not divide into {known:,}"
        return tuple(total // known if one == -1 else one for one in rest)
    if total is not None and total != known:
        return f"one example has {total:,} values in place of {known:,}"
    return tuple(rest)


def turned(value: Map, order: tuple[int, ...]) -> Map | None:
    """Return maps with their axes in another order, the number of examples first; None if that is none of the two."""
    if order != ((0, 2, 3, 1) if value.layout == "first" else (0, 3, 1, 2)):
        return None
    if value.axes is None or len(value.axes) != len(order) - 1:
        return None
    axes = tuple(value.axes[place - 1] for place in order[1:])
    return Map(value.node, axes, "last" if value.layout == "first" else "first")


def same_but_ones(axes: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two sizes differ in places of 1 alone."""
    return [one for one in axes if one != 1] == [one for one in other if one != 1]


def pool_all(
    maps: Maps, value: Map, kind: Literal["average", "max"], line: int, *, keeps: bool
) -> Map:
    """Reduce each map to one value, as `x.mean((2, 3))` does."""
    shape = value.shape
    out: Shape | None = None
    if isinstance(shape, Image):
        out = Image(shape.channels, 1, 1) if keeps else Features(shape.channels)
    axes = axes_like(out, None, value.layout)
    return maps.single(GlobalPooling(kind), value, "GlobalPool", line, axes=axes)
