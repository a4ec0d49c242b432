"""What changes the sizes of maps: `view`, `reshape`, `flatten`, `squeeze`, means over height and width."""

import ast
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from striate.documents.code.arguments import Arguments
from striate.documents.code.expressions import Expressions
from striate.documents.code.maps import pool_all, reshaped, same_but_ones, sizes_of, turned
from striate.documents.code.tensors import Single, Standardizing
from striate.documents.code.torch_layers import TORCH, torch_layer
from striate.documents.code.values import (
    BatchSize,
    Call,
    Grouped,
    HalfReduced,
    Layout,
    Map,
    Repeated,
    Unknown,
    Value,
    shape_of,
)
from striate.documents.code.weights import is_over_maps
from striate.layers import (
    ChannelShuffle,
    Concat,
    Cropping,
    MaxPooling,
    Reshape,
    Scaling,
    Sides,
    Slice,
)
from striate.shapes import Image


if TYPE_CHECKING:
    from striate.documents.code.library import Library


_PARTS = ("chunks", "split_size_or_sections", "split_size", "num_or_size_splits")
# Arguments that say how many parts there are, or how long they are.

REDUCTIONS = {"mean", "reduce_mean", "amax", "reduce_max"}


_BORDERS = {
    "constant": "ConstantPad2d",
    "reflect": "ReflectionPad2d",
    "replicate": "ReplicationPad2d",
}
_ZEROS = "Maps of zeros that are put beside others are read as maps times 0."
_ONES = {"squeeze", "unsqueeze", "expand_dims"}
MOVES = _ONES | {"pad", "permute", "permute_dimensions", "movedim", "moveaxis", "transpose"}
"""Functions of maps that move axes, add and leave out axes of one, or put a border around them."""


class Resizing:
    """Reads functions and methods that change sizes.

    Args:
        library: The reader's knowledge, whose maps are made.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def size(self, evaluator: Expressions, value: Map, call: Call) -> Value:
        """Read `x.size()` and `x.size(1)`."""
        sizes = sizes_of(value, evaluator, call.node)
        index = call.args[0] if call.args else call.kwargs.get("dim")
        if index is None or isinstance(sizes, Unknown):
            # The number of examples is there even where the sizes are not known.
            return sizes if index is None or index != 0 else BatchSize()
        if not isinstance(index, int) or not -len(sizes) <= index < len(sizes):
            return evaluator.unknown(call.node)
        return sizes[index]

    def sliced(self, evaluator: Expressions, value: Map, index: Value, node: ast.AST) -> Value:
        """Read a part of a tensor: `x[:, :, 0, 0]` and `x[0]` of an example."""
        if isinstance(index, tuple) and value.axes is not None and len(value.axes) == 3:  # noqa: PLR2004 - maps
            is_one = len(index) == 4 and index[2:] == (0, 0) and value.axes[1:] == (1, 1)  # noqa: PLR2004 - and examples
            if is_one and all(one == slice(None) for one in index[:2]):
                return Map(value.node, value.axes[:1], value.layout)
            made = self._part(value, index, getattr(node, "lineno", 0))
            if made is not None and not value.is_example:
                return made
        if isinstance(index, int) and value.axes is not None:
            return Single(value)
        return evaluator.unknown(node) if value.is_example else evaluator.lacking(node)

    def of_single(self, evaluator: Expressions, value: Single, name: str, call: Call) -> Value:
        """Read what code asks of one example: its sizes, or that it is one of a batch again."""
        axes = value.value.axes or ()
        given = [*call.args, *call.kwargs.values()]
        match name:
            case "numel" | "nelement":
                return math.prod(axes)
            case "dim" | "ndimension":
                return len(axes)
            case "size" if not given:
                return axes
            case "size" if isinstance(given[0], int) and -len(axes) <= given[0] < len(axes):
                return axes[given[0]]
            case "unsqueeze" if given == [0]:
                return value.value
            case _:
                return evaluator.unknown(call.node)

    def _batched(self, value: Map, axes: tuple[int, ...], count: int, line: int) -> Map:
        """Take an example for another one, of which `view` or `unsqueeze` has made it."""
        library = self.library
        library.examples = [one for one in library.examples if one.node is not value.node]
        made = library.maps.input(axes, value.layout, line)
        made.is_example = made.node.is_example = True
        made.node.batch = BatchSize(count)
        library.examples.append(made)
        return made

    def _part(self, value: Map, index: tuple[Value, ...], line: int) -> Map | None:
        """Take some maps, and cut off edges; None where a part is taken in another way."""
        axes = value.axes or ()
        if Ellipsis in index:
            place = index.index(Ellipsis)
            left = len(axes) + 1 - (len(index) - 1)
            index = (*index[:place], *[slice(None)] * left, *index[place + 1 :])
        parts = [*index, *[slice(None)] * (len(axes) + 1 - len(index))]
        if len(parts) != len(axes) + 1 or not all(isinstance(one, slice) for one in parts):
            return None
        spans = [part.indices(size) for part, size in zip(parts[1:], axes, strict=True)]
        if parts[0] != slice(None) or any(step < 1 or end <= start for start, end, step in spans):
            return None
        maps, current = self.library.maps, value
        at = 0 if value.layout == "first" else len(axes) - 1
        first, last, step = spans.pop(at)
        if step != 1:
            return None
        if last - first < axes[at]:
            sizes = (*axes[:at], last - first, *axes[at + 1 :])
            current = maps.single(Slice(last - first, first), current, "Slice", line, axes=sizes)
        cells = [size for place, size in enumerate(axes) if place != at]
        if any(end - start < size for (start, end, _), size in zip(spans, cells, strict=True)):
            (top, below, _), (left, aside, _) = spans
            sides = Sides(top, cells[0] - below, left, cells[1] - aside)
            kept = (below - top, aside - left)
            held = (current.axes or axes)[at]
            out = (held, *kept) if value.layout == "first" else (*kept, held)
            current = maps.single(Cropping(sides), current, "Cropping", line, axes=out)
        steps = [step for _, _, step in spans]
        if max(steps) > 1:
            # Every second cell is the largest one of a window of one cell.
            current = maps.single(MaxPooling(1, (steps[0], steps[1])), current, "Pool", line)
        return current

    def split(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
        """Read `chunk` and `split` of maps: one slice for each part."""
        given = [*call.args, *(call.kwargs[key] for key in _PARTS if key in call.kwargs)]
        place = call.kwargs.get("dim", call.kwargs.get("axis", given[1] if len(given) > 1 else 0))
        asked, axes = (given[0] if given else None), value.axes
        line = getattr(call.node, "lineno", 0)
        if axes is None or len(axes) not in {1, 3}:
            return evaluator.unknown(call.node)
        at = 0 if value.layout == "first" else len(axes) - 1
        if place not in {at + 1, at - len(axes)}:
            return evaluator.lacking(call.node)
        lengths = self._lengths(asked, axes[at], name, value.layout)
        if lengths is None:
            return evaluator.unknown(call.node, asked)
        found, first = [], 0
        for length in lengths:
            sizes = (*axes[:at], length, *axes[at + 1 :])
            layer = Slice(length, first)
            found.append(self.library.maps.single(layer, value, "Slice", line, axes=sizes))
            first += length
        return evaluator.new(found)

    def _lengths(self, asked: Value, count: int, name: str, layout: Layout) -> list[int] | None:
        """Work out how many maps each part has; None if that is not known."""
        match asked:
            case int() if asked < 1:
                return None
            case int() if name == "split" and layout == "first":
                # PyTorch's number is the length of a part; TensorFlow's, the number of parts.
                length = asked
            case int() if name == "chunk":
                length = -(-count // asked)
            case int() if not count % asked:
                length = count // asked
            case list() | tuple() if all(isinstance(one, int) for one in asked):
                lengths = list(asked)
                if sum(lengths) != count or min(lengths) < 1:
                    return None
                return lengths
            case _:
                return None
        return [min(length, count - first) for first in range(0, count, length)]

    def view(self, evaluator: Expressions, value: Map, call: Call, line: int) -> Value:
        """Read `view` and `reshape`."""
        sizes = list(call.args)
        if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
            sizes = list(sizes[0])
        if "shape" in call.kwargs and isinstance(call.kwargs["shape"], tuple | list):
            sizes = list(call.kwargs["shape"])
        sizes = [BatchSize() if one is None else one for one in sizes]
        cause = next((one for one in sizes if isinstance(one, Unknown)), None)
        if cause is not None:
            return cause
        total = value.node.batch.count * math.prod(value.axes or ())
        if (
            value.is_example
            and total
            and len(sizes) in {2, 4}
            and sizes[0] != value.node.batch.count
        ):
            own = [one.count if isinstance(one, BatchSize) else one for one in sizes]
            known = (
                math.prod(own[1:])
                if all(isinstance(one, int) and one > 0 for one in own[1:])
                else 0
            )
            if known and not total % known and own[0] in {-1, total // known}:
                return self._batched(value, tuple(own[1:]), total // known, line)
        grouped = _grouped(value, sizes)
        if grouped is not None:
            return grouped
        axes = reshaped(value, sizes)
        if isinstance(axes, str) or axes is None:
            shown = evaluator.shown(call.node)
            return Unknown(shown, line, why=axes or "")
        maps = self.library.maps
        if value.axes is not None and axes == value.axes:
            return value
        is_open = value.axes is None and value.node.word == "Input"
        if is_open and len(axes) == 3 and value.node.axes in {None, axes}:  # noqa: PLR2004 - maps
            return self._said_by_view(value, axes, line)
        if axes == () or len(axes) == 1:
            if value.axes is not None and len(value.axes) == 1:
                return value
            made = maps.flatten(value, line)
            if axes:
                made.axes = made.node.axes = axes
            return made
        if value.axes is not None and same_but_ones(axes, value.axes):
            return Map(value.node, axes, value.layout)
        return self._reshape(evaluator, value, axes, call, line)

    def _said_by_view(self, value: Map, axes: tuple[int, ...], line: int) -> Map:
        """Take the sizes that a network brings its examples to for those that it reads, as both have as many values."""
        node = value.node
        node.axes, node.says_input = axes, True
        sizes = "x".join(map(str, axes))
        node.remarks.append(
            (line, f"Its input is not said: {sizes}, to which it is brought, is taken.")
        )
        return Map(node, axes, value.layout)

    def _reshape(
        self, evaluator: Expressions, value: Map, axes: tuple[int, ...], call: Call, line: int
    ) -> Value:
        shape = shape_of(axes, value.layout)
        is_flat = value.axes is not None and len(value.axes) == 1
        if not isinstance(shape, Image) or len(axes) != 3 or not is_flat:  # noqa: PLR2004 - maps
            return evaluator.lacking(call.node)
        return self.library.maps.single(Reshape(shape), value, "Reshape", line, axes=axes)

    def moved(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
        """Read what moves axes, adds and leaves out axes of one, or puts a border around maps."""
        if name == "pad":
            return self.padded(evaluator, value, call)
        if name in _ONES:
            return self.ones(evaluator, value, name, call)
        return self.turned(evaluator, value, name, call)

    def padded(self, evaluator: Expressions, value: Map, call: Call) -> Value:
        """Read `F.pad(x, (left, right, top, bottom))` of PyTorch."""
        given = {**dict(zip(("pad", "mode", "value"), call.args, strict=False)), **call.kwargs}
        sides, mode = given.pop("pad", None), given.pop("mode", "constant")
        cause = next((one for one in (sides, mode) if isinstance(one, Unknown)), None)
        if cause is not None or value.layout == "last" or mode not in _BORDERS:
            return cause or evaluator.lacking(call.node)
        if isinstance(sides, tuple | list) and any(isinstance(one, Unknown) for one in sides):
            return next(one for one in sides if isinstance(one, Unknown))
        if isinstance(sides, tuple | list) and len(sides) == 6:  # noqa: PLR2004 - maps, too
            line = getattr(call.node, "lineno", 0)
            made = None
            if mode == "constant" and not given.get("value"):
                made = self._beside_zeros(value, sides[4], sides[5], line)
            if made is None or not any(sides[:4]):
                return made or evaluator.lacking(call.node)
            value, sides = made, sides[:4]
        kind = _BORDERS[mode]
        asked = Call(call.node, [sides], given, call.spread, call.nodes)
        layer = torch_layer(Arguments(evaluator, asked, "pad", TORCH[kind]), kind)
        return self.library.maps.apply(layer, value, layer.line)

    def _beside_zeros(self, value: Map, before: Value, behind: Value, line: int) -> Map | None:
        """Put maps of zeros beside maps, as ResNet's shortcuts without weights do: as many maps times 0."""
        counts = (before, behind)
        maps, axes = self.library.maps, value.axes or ()
        is_known = all(isinstance(one, int) and 0 <= one <= axes[0] for one in counts)
        if len(axes) != 3 or not is_known:  # noqa: PLR2004 - maps
            return None
        zeros: dict[int, Map] = {0: value}
        for count in sorted({*counts} - {0}):
            part = value
            if count < axes[0]:
                sizes = (count, *axes[1:])
                part = maps.single(Slice(count, 0), value, "Slice", line, axes=sizes)
            zeros[count] = maps.single(Scaling(0.0), part, "Scale", line, axes=part.axes)
            zeros[count].node.remarks.append((line, _ZEROS))
        joined = [zeros[before]] * bool(before) + [value] + [zeros[behind]] * bool(behind)
        return value if len(joined) == 1 else maps.join(Concat(), joined, "Concat", line)

    def turned(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
        """Read a permutation that puts the maps behind the places, or ahead of them again; no row does it."""
        given = [*call.args, *(one for key, one in call.kwargs.items() if key != "name")]
        if len(given) == 1 and isinstance(given[0], list | tuple):
            given = list(given[0])
        rank = 4
        if not all(isinstance(one, int) and -rank <= one < rank for one in given):
            return evaluator.unknown(call.node)
        order = [one % rank for one in given]
        if name in {"movedim", "moveaxis"} and len(order) == 2:  # noqa: PLR2004 - from, and to
            rest = [one for one in range(rank) if one != order[0]]
            rest.insert(order[1], order[0])
            order = rest
        made = turned(value, tuple(order))
        return evaluator.lacking(call.node) if made is None else made

    def of_groups(self, evaluator: Expressions, value: Grouped, name: str, call: Call) -> Value:
        """Read what is done with maps in groups, up to the view that makes them maps again."""
        order = list(range(len(value.axes) + 1))
        match name:
            case "contiguous":
                return value
            case "transpose" | "swapaxes" | "permute" | "permute_dimensions":
                given = [*call.args, *call.kwargs.values()]
                if len(given) == 1 and isinstance(given[0], list | tuple):
                    given = list(given[0])
                if not all(
                    isinstance(one, int) and -len(order) <= one < len(order) for one in given
                ):
                    return evaluator.unknown(call.node)
                places = [one % len(order) for one in given]
                if len(places) == 2:  # noqa: PLR2004 - two axes change places
                    one, other = places
                    order[one], order[other] = other, one
                else:
                    order = places
                at = 1 if value.value.layout == "first" else len(order) - 2
                swapped = list(range(len(order)))
                swapped[at], swapped[at + 1] = at + 1, at
                if order != swapped or value.is_swapped:
                    return evaluator.lacking(call.node)
                return replace(value, is_swapped=True)
            case "view" | "reshape":
                sizes = list(call.args)
                if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
                    sizes = list(sizes[0])
                cause = next((one for one in sizes if isinstance(one, Unknown)), None)
                if cause is not None:
                    return cause
                if reshaped(value.value, sizes) != value.value.axes:
                    return evaluator.lacking(call.node)
                if not value.is_swapped:
                    return value.value
                line = getattr(call.node, "lineno", 0)
                return self.library.maps.single(
                    ChannelShuffle(value.groups),
                    value.value,
                    "Shuffle",
                    line,
                    axes=value.value.axes,
                )
            case _:
                return evaluator.lacking(call.node)

    def flatten(self, evaluator: Expressions, value: Map, call: Call, line: int) -> Value:
        """Read `flatten`."""
        given = {**dict(zip(("start_dim", "end_dim"), call.args, strict=False)), **call.kwargs}
        start, end = given.get("start_dim", 0), given.get("end_dim", -1)
        count = 3 if value.axes is None else len(value.axes)
        if start in {0, 1} and end in {-1, count} and isinstance(start, int):
            if start == 0:
                return Unknown(evaluator.shown(call.node), line, why="it joins the examples, too")
            if value.axes is not None and len(value.axes) == 1:
                return value
            return self.library.maps.flatten(value, line)
        return Unknown(evaluator.shown(call.node), line)

    def ones(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
        """Read `squeeze` and `unsqueeze`: sizes of 1 come and go."""
        axes = value.axes
        if axes is None:
            return evaluator.unknown(call.node)
        places = [*call.args, *(v for k, v in call.kwargs.items() if k in {"dim", "axis"})]
        rank = len(axes) + 1
        if name == "squeeze":
            if not places:
                kept = tuple(one for one in axes if one != 1)
                return Map(value.node, kept or axes, value.layout)
            place = places[0]
            if not isinstance(place, int) or not -rank <= place < rank:
                return evaluator.unknown(call.node)
            place %= rank
            if not place or axes[place - 1] != 1:
                return value
            return Map(value.node, axes[: place - 1] + axes[place:], value.layout)
        place = places[0] if places else None
        if not isinstance(place, int) or not -rank - 1 <= place <= rank:
            return evaluator.unknown(call.node)
        place %= rank + 1
        if not place:
            count, line = value.node.batch.count, getattr(call.node, "lineno", 0)
            if not value.is_example or not count:
                return evaluator.unknown(call.node)
            return self._batched(value, (count, *axes), 1, line)
        return Map(value.node, (*axes[: place - 1], 1, *axes[place - 1 :]), value.layout)

    def expanded(self, evaluator: Expressions, value: Map, call: Call) -> Value:
        """Read `expand`: single values of maps are repeated."""
        sizes = call.args[0] if len(call.args) == 1 else call.args
        if isinstance(sizes, Map):
            sizes = None if sizes.axes is None else (-1, *sizes.axes)
        if not isinstance(sizes, tuple | list) or value.axes is None:
            return evaluator.unknown(call.node)
        asked = [-1 if isinstance(size, BatchSize) else size for size in sizes]
        own = (-1, *value.axes)
        if len(asked) != len(own) or not all(isinstance(size, int) for size in asked):
            return evaluator.unknown(call.node)
        made = tuple(kept if size == -1 else size for size, kept in zip(asked, own, strict=True))
        if any(kept not in (1, size) for size, kept in zip(made, own, strict=True)):
            return evaluator.lacking(call.node)
        return value if made == own else Repeated(value, made[1:])

    def reduced(
        self, evaluator: Expressions, value: Map, name: str, call: Call, line: int
    ) -> Value:
        """Read a mean over height and width; over anything else it is a value that depends on data."""
        given = [*call.args, *(v for k, v in call.kwargs.items() if k in {"dim", "axis"})]
        keeps = call.kwargs.get(
            "keepdim", call.kwargs.get("keepdims", len(call.args) > 1 and call.args[1])
        )
        axes = value.axes
        if not given or (axes is not None and len(axes) != 3):  # noqa: PLR2004 - maps
            return Unknown(evaluator.shown(call.node), line, is_data=not given)
        places = given[0] if isinstance(given[0], tuple | list) else (given[0],)
        if not all(isinstance(one, int) and -4 <= one < 4 for one in places):  # noqa: PLR2004 - axes
            return evaluator.unknown(call.node)
        if name == "mean" and keeps is True and len(places) == 1 and is_over_maps(value, places[0]):
            return Standardizing(value, "mean")
        meant = {one % 4 for one in places}
        right = {2, 3} if value.layout == "first" else {1, 2}
        kind: Literal["average", "max"] = "max" if "max" in name else "average"
        if len(meant) == 1 and meant < right:
            return HalfReduced(value, kind, meant.pop(), keeps is True)
        if meant != right:
            return Unknown(evaluator.shown(call.node), line)
        return pool_all(self.library.maps, value, kind, line, keeps=keeps is True)

    def reduced_again(
        self, evaluator: Expressions, half: HalfReduced, name: str, call: Call
    ) -> Value:
        """Read the second step of `x.mean(3).mean(2)`; the two together are a mean over both axes."""
        line = getattr(call.node, "lineno", 0)
        left = [0, 1, 2, 3]
        if not half.keeps:
            left.remove(half.place)
        place = call.args[0] if call.args else call.kwargs.get("dim", call.kwargs.get("axis"))
        if isinstance(place, tuple | list) and len(place) == 1:
            (place,) = place
        is_same = ("max" if "max" in name else "average") == half.reduction
        if not isinstance(place, int) or not -len(left) <= place < len(left):
            return Unknown(evaluator.shown(call.node), line)
        if name not in REDUCTIONS or not is_same:
            return Unknown(evaluator.shown(call.node), line)
        rest = [*call.args[1:]] or [False]
        keeps = call.kwargs.get("keepdim", call.kwargs.get("keepdims", rest[0])) is True
        both = {half.place, left[place]}
        if both != ({2, 3} if half.value.layout == "first" else {1, 2}) or keeps != half.keeps:
            return Unknown(evaluator.shown(call.node), line)
        return pool_all(self.library.maps, half.value, half.reduction, line, keeps=keeps)


def _grouped(value: Map, sizes: list[Value]) -> Grouped | None:
    """Read a view that parts the maps into groups; None if it does not."""
    axes = value.axes
    if axes is None or len(axes) != 3 or len(sizes) != 5:  # noqa: PLR2004 - maps, and maps in groups
        return None
    rest = list(sizes[1:])
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in rest):
        return None
    is_first = value.layout == "first"
    groups, kept = (rest[0], rest[2:]) if is_first else (rest[2], rest[:2])
    length = rest[1] if is_first else rest[3]
    channels, cells = (axes[0], axes[1:]) if is_first else (axes[2], axes[:2])
    if tuple(kept) != cells or groups < 1 or channels % groups:
        return None
    if length not in {-1, channels // groups}:
        return None
    return Grouped(value, groups, (*rest,))
