"""What a network computes, whatever it is written as: rows that compute the same become equal operations.

A padding by rule is the padding it gives; a row of a function belongs to the row above it; a border of zeros to
the convolution behind it; a convolution over whole maps is a fully connected layer; what comes flat anyway needs no
row that flattens. What acts on training alone, such as how numbers begin, is left out.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import final

from striate.arithmetic import PlainRow, Walk, never_negative, plain_rows
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    Border,
    Codes,
    Convolution,
    Cost,
    Cropping,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    GroupNormalization,
    Input,
    Join,
    Layer,
    LayerNormalization,
    LpPooling,
    MaxPooling,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    Scaling,
    SideHead,
    Sides,
    TransposedConvolution,
)
from striate.layers.windows import Window, pair, window_count
from striate.recipe import left_to_loss
from striate.shapes import Features, Image, Shape, Words


@final
@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a network does.

    Args:
        name: Of its row; of an Inception row with the part behind it.
        line: Line of its row.
        layer: What it does, in the one form that all layers which do the same share.
        function: What follows it.
        reads: Positions of the operations that it reads.
        output: Shape of what comes out; a map of one place is a flat value.
        cost: Of all rows that it stands for.
        is_side: Whether it belongs to a side head.
    """

    name: str
    line: int | None
    layer: Layer
    function: Function | None
    reads: tuple[int, ...]
    output: Shape
    cost: Cost
    is_side: bool

    @property
    def key(self) -> tuple[object, ...]:
        """What is equal in operations that do the same."""
        # What treats each value by itself does the same before and after maps are read as a flat vector.
        is_shapeless = isinstance(self.layer, Activation | Dropout)
        size = self.output.elements if is_shapeless else self.output
        return self.layer, self.function, size, self.is_side


def operations_of(walk: Walk) -> tuple[tuple[Operation, ...], Function | None]:
    """Return the operations of a table without faults, in an order that follows from the network alone.

    Args:
        walk: The arithmetic on the table.

    Returns:
        The operations, each behind those that it reads, and the function of the last row that the loss may take
        over, which is no part of them; None where the network does not end in it.
    """
    made = _Operations(plain_rows(walk))
    ends = [index for index in made.ends() if made.held[index] is not None]
    left_out = left_to_loss(walk.table)
    ended: Function | None = None
    for end in ends:
        last = made.held[end]
        if last is None or last.function not in {left_out, "log-softmax"}:
            continue
        ended = ended if last.is_side else last.function
        made.held[end] = replace(last, function=None)
    return _ordered(made.held, ends), ended


class _Operations:
    """Makes operations of plain rows; one that another takes over becomes None."""

    def __init__(self, rows: tuple[PlainRow, ...]) -> None:
        self.rows = rows
        self.held: list[Operation | None] = []
        self._never_negative = never_negative(rows)
        self._readers = Counter(source for row in rows for source in row.reads)
        self._place: list[
            int
        ] = []  # position of a plain row -> the operation that gives its output
        self._inputs: dict[int, Shape] = {}  # of borders, by their operation
        for row in rows:
            self._place.append(self._add(row))

    def ends(self) -> list[int]:
        """Give the operations that end the trunk and each side head."""
        last = [
            position - 1
            for position, row in enumerate(self.rows)
            if isinstance(row.layer, SideHead)
        ]
        return [self._place[position] for position in (*last, len(self.rows) - 1)]

    def _add(self, row: PlainRow) -> int:
        sources = tuple(self._place[source] for source in row.reads)
        only = self._only(row, sources)
        layer = row.layer
        if _changes_nothing(layer, row):
            return sources[0]
        if isinstance(layer, Activation):
            if only is not None and only.function is None and not isinstance(only.layer, SideHead):
                self.held[sources[0]] = replace(only, function=layer.function)
                return sources[0]
            return self._keep(row, layer, None, sources, row.layer.cost(*row.inputs))
        cost = layer.cost(*row.inputs) if row.inputs else Cost()
        inputs = row.inputs
        if isinstance(only, Operation) and isinstance(only.layer, Border) and only.function is None:
            joined = _with_border(
                layer, only.layer, self._inputs[sources[0]], is_positive=self._is_positive(row)
            )
            if joined is not None:
                layer, inputs = joined, (self._inputs[sources[0]],)
                self.held[sources[0]] = None
                sources = only.reads
        kept = canonical(layer, inputs)
        if isinstance(kept, Join):
            sources = self._flattened(kept, row, sources)
        place = self._keep(row, kept, row.function, sources, cost)
        if isinstance(layer, Border):
            self._inputs[place] = row.inputs[0]
        return place

    def _keep(
        self,
        row: PlainRow,
        layer: Layer,
        function: Function | None,
        sources: tuple[int, ...],
        cost: Cost,
    ) -> int:
        name = f"{row.row.name}, {row.part}" if row.part else row.row.name
        output = _flat_if_single(row.output)
        self.held.append(
            Operation(name, row.row.line, layer, function, sources, output, cost, row.is_side)
        )
        return len(self.held) - 1

    def _only(self, row: PlainRow, sources: tuple[int, ...]) -> Operation | None:
        """Give the operation that a row reads, if it reads one alone and nothing else reads that."""
        if len(sources) != 1 or self._readers[row.reads[0]] != 1:
            return None
        return self.held[sources[0]]

    def _is_positive(self, row: PlainRow) -> bool:
        """Whether nothing below 0 comes into the border that a row reads."""
        border = self.rows[row.reads[0]]
        return bool(border.reads) and self._never_negative[border.reads[0]]

    def _flattened(self, layer: Join, row: PlainRow, sources: tuple[int, ...]) -> tuple[int, ...]:
        """Take over the branches of a joint of the same kind that only this one reads."""
        found: list[int] = []
        for source, read in zip(sources, row.reads, strict=True):
            below = self.held[source]
            is_own = below is not None and below.layer == layer and below.function is None
            if below is not None and is_own and self._readers[read] == 1:
                self.held[source] = None
                found += below.reads
            else:
                found.append(source)
        return tuple(found)


def _changes_nothing(layer: Layer, row: PlainRow) -> bool:
    """Whether a row gives the values that it reads, in their order."""
    match layer:
        case Flatten() | Reshape(Features()):
            return row.function is None
        case Dropout(fraction=0):
            return row.function is None
        case Border() | Cropping() if layer.sides == Sides(0, 0, 0, 0):
            return row.function is None
        case Scaling(factor=1, offset=0, is_trained=False):
            return row.function is None
        case _:
            return False


def _with_border(layer: Layer, border: Border, image: Shape, *, is_positive: bool) -> Layer | None:
    """Take a border of zeros into the padding of the layer that reads it; None where that changes something."""
    if border.mode != "zeros" or not isinstance(image, Image):
        return None
    sides = border.sides

    def around(window: Window) -> Sides:
        top, bottom, left, right = window.sides(border.output(image))
        return Sides(sides.top + top, sides.bottom + bottom, sides.left + left, sides.right + right)

    match layer:
        case Convolution():
            return replace(layer, padding=around(layer.window))
        case DepthwiseConvolution():
            return replace(layer.on(image), padding=around(layer.window))
        case MaxPooling() if is_positive:
            return replace(layer, padding=around(layer.window))
        case AveragePooling(padding="valid", rounding="floor"):
            return replace(layer, padding=around(layer.window), divisor="window")
        case LpPooling(padding="valid", rounding="floor"):
            return replace(layer, padding=around(layer.window))
        case _:
            return None


def canonical(layer: Layer, inputs: tuple[Shape, ...]) -> Layer:
    """Return the one form of a layer that all layers which compute the same from some shapes share."""
    shape = inputs[0] if inputs else None
    match layer:
        case DepthwiseConvolution() if isinstance(shape, Image):
            return canonical(layer.on(shape), inputs)
        case Convolution() if isinstance(shape, Image):
            return _convolution(layer, shape)
        case MaxPooling() if isinstance(shape, Image):
            return _max_pooling(layer, shape)
        case AveragePooling() if isinstance(shape, Image):
            return _average_pooling(layer, shape)
        case LpPooling() if isinstance(shape, Image):
            sides, counted = _touched(layer.window, shape), _counted(layer.window, shape)
            return replace(layer, padding=sides, rounding="floor") if sides == counted else layer
        case AdaptivePooling() if isinstance(shape, Image):
            return _adaptive_pooling(layer, shape)
        case TransposedConvolution():
            (top, below), (left, right) = layer.cut
            return replace(
                layer,
                padding=Sides(top, max(below, 0), left, max(right, 0)),
                output_padding=(max(-below, 0), max(-right, 0)),
            )
        case Border() | Cropping():
            return replace(layer, padding=layer.sides)
        case Scaling(is_trained=True):
            return Scaling(is_trained=True)
        case ResponseNormalization():
            # Twelve digits are more than any source prints, and fewer than sums of doubles keep.
            alpha = float(f"{layer.coefficient * layer.neighbours:.12g}")
            return replace(layer, alpha=alpha, is_divided=True)
        case LayerNormalization() if not isinstance(shape, Image):
            return replace(layer, over="all")
        case GroupNormalization(groups=None) if shape is not None:
            return replace(layer, groups=shape.axes[0])
        case ParametricReLU():
            is_flat = layer.slopes == "maps" and not isinstance(shape, Image)
            return ParametricReLU("values" if is_flat else layer.slopes)
        case FullyConnected():
            return replace(layer, max_norm=None)
        case Input(Words(count)):
            # Zeros around a sentence prepare it, and are no part of the network.
            return Input(Words(count))
        case RadialBasis(codes=Codes() as codes):
            # How wide a drawing is decides nothing: its cells are read row by row.
            lines = tuple(("".join(drawing),) for drawing in codes.drawings)
            return replace(layer, codes=Codes(lines))
        case Embedding():
            return replace(layer, vectors="random")
        case _:
            return layer


def _convolution(layer: Convolution, image: Image) -> Layer:
    window, table = layer.window, layer.connection_table
    if table is not None and len(table.pairs) == table.maps_in * table.maps_out:
        table = None
    sides = _touched(window, image)
    is_whole = window.kernel == (image.height, image.width) and sides == Sides(0, 0, 0, 0)
    if is_whole and layer.groups == 1 and table is None:
        return FullyConnected(layer.maps, layer.has_bias)
    dilation = tuple(
        1 if cells == 1 else apart
        for cells, apart in zip(window.kernel, window.dilation, strict=True)
    )
    return replace(
        layer, padding=sides, dilation=(dilation[0], dilation[1]), connection_table=table
    )


def _max_pooling(layer: MaxPooling, image: Image) -> Layer:
    sides = _touched(layer.window, image)
    if _covers(layer.window, image, sides):
        return GlobalPooling("max")
    return replace(layer, padding=sides, rounding="floor")


def _average_pooling(layer: AveragePooling, image: Image) -> Layer:
    """Tell apart which cells of a window count; those beyond the padding, which rounding up reaches, never do."""
    window = layer.window
    sides = _touched(window, image)
    if _covers(window, image, sides):
        return GlobalPooling("average")
    counted = _counted(window, image)
    if layer.divisor == "inside" or counted == Sides(0, 0, 0, 0):
        return replace(layer, padding=sides, rounding="floor", divisor="inside")
    if sides == counted:
        return replace(layer, padding=sides, rounding="floor")
    return replace(layer, padding=Sides(*window.sides(image)))


def _counted(window: Window, image: Image) -> Sides:
    """Give the padding that windows touch and that is declared: rounding up reaches beyond it."""
    declared, sides = Sides(*window.sides(image)), _touched(window, image)
    return Sides(
        declared.top,
        min(declared.bottom, sides.bottom),
        declared.left,
        min(declared.right, sides.right),
    )


def _adaptive_pooling(layer: AdaptivePooling, image: Image) -> Layer:
    rows, columns = pair(layer.size)
    if (rows, columns) == (1, 1):
        return GlobalPooling(layer.reduction)
    if image.height % rows or image.width % columns:
        return layer
    kernel = (image.height // rows, image.width // columns)
    if layer.reduction == "max":
        return canonical(MaxPooling(kernel), (image,))
    return canonical(AveragePooling(kernel), (image,))


def _covers(window: Window, image: Image, sides: Sides) -> bool:
    is_whole = window.kernel == (image.height, image.width) and window.dilation == (1, 1)
    return is_whole and sides == Sides(0, 0, 0, 0)


def _touched(window: Window, image: Image) -> Sides:
    """Return the padding that windows touch, with the cells that rounding up adds."""
    ends = []
    for length, axis in zip((image.height, image.width), window.axes(image), strict=True):
        end = (window_count(length, axis) - 1) * axis.stride + axis.reach
        ends += [axis.before, max(end - axis.before - length, 0)]
    return Sides(*ends)


def _flat_if_single(shape: Shape) -> Shape:
    match shape:
        case Image(channels, 1, 1):
            return Features(channels)
        case Words(count):
            return Words(count)
        case _:
            return shape


def _spelled(operation: Operation | None) -> str:
    """Write what an operation does, so that branches of one depth have an order of their own."""
    return "" if operation is None else repr(operation.key)


def _ordered(held: list[Operation | None], ends: list[int]) -> tuple[Operation, ...]:
    """Sort operations behind what they read, branch by branch; the deepest branch of a sum comes first."""
    depths: list[int] = []
    for operation in held:
        below = operation.reads if operation else ()
        depths.append(1 + max((depths[source] for source in below), default=0))
    place: dict[int, int] = {}
    for end in ends:
        waiting = [end]
        while waiting:
            index = waiting[-1]
            operation = held[index]
            below = operation.reads if operation else ()
            if isinstance(operation and operation.layer, Add | Multiply):
                below = tuple(
                    sorted(below, key=lambda source: (-depths[source], _spelled(held[source])))
                )
            missing = [source for source in below if source not in place]
            if missing and index not in place:
                waiting.append(missing[0])
                continue
            waiting.pop()
            place.setdefault(index, len(place))
    return tuple(
        replace(operation, reads=tuple(place[source] for source in operation.reads))
        for index in place
        if (operation := held[index]) is not None
    )
