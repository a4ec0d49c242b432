"""The ways in which a layer without weights that changes the size of maps, or joins maps, can be filled in."""

from collections.abc import Iterator
from typing import Final

from striate.documents.table.axes import PLANE_AXES
from striate.documents.table.claims import (
    CONTRADICTION,
    UNPROVEN,
    Candidate,
    Context,
    Target,
    output_of,
)
from striate.documents.table.numbers import Said
from striate.documents.table.poolings import Kind, Told, padding_of
from striate.documents.table.words import Role
from striate.errors import LayerError
from striate.layers import (
    AdaptivePooling,
    Add,
    Border,
    Concat,
    GlobalPooling,
    Inception,
    Join,
    Multiply,
    Reshape,
    Sides,
    Upsampling,
)
from striate.shapes import Features, Image, Shape


BRANCHES: Final[tuple[Role, ...]] = (
    "n1x1",
    "n3x3_reduce",
    "n3x3",
    "n5x5_reduce",
    "n5x5",
    "pool_projection",
)
"""Columns of GoogLeNet's Table 1 that count the maps of a branch, as `Inception` calls them."""

_JOINS: Final[dict[str, Join]] = {"add": Add(), "concat": Concat(), "multiply": Multiply()}


def flat(shape: Shape, what: str) -> Candidate:
    """Report that a layer of maps reads a vector."""
    return Candidate(None, shape, CONTRADICTION, missing=(f"how it {what} a vector",))


def adaptive_poolings(
    op: str, said: Said, shape: Shape, size: tuple[int, ...]
) -> Iterator[Candidate]:
    """Give the ways of pooling to a size: the one that is said, or the one that comes out."""
    if not isinstance(shape, Image):
        yield flat(shape, "pools")
        return
    kind: Kind = "max" if op == "adaptive max" else "average"
    told: Told = ()
    asked = said.get("kernel")
    if asked is None and len(size) == PLANE_AXES:
        asked, told = size, (f"it pools to {size[0]}x{size[1]}: the size that comes out",)
    if asked == (1, 1) or (asked is None and size == (shape.channels,)):
        yield Candidate(GlobalPooling(kind), Features(shape.channels), 0.0, told)
    elif asked is None:
        yield Candidate(None, shape, UNPROVEN, missing=("the size that comes out",))
    else:
        layer = AdaptivePooling((asked[0], asked[1]), kind)
        yield Candidate(layer, layer.output(shape), 0.0, told)


def upsamplings(said: Said, shape: Shape, size: tuple[int, ...]) -> Iterator[Candidate]:
    """Give the ways of enlarging maps: by the factor that is said, or by that of the sizes."""
    if not isinstance(shape, Image):
        yield flat(shape, "enlarges")
        return
    factor = said.get("kernel")
    told: Told = ()
    if factor is None and len(size) == PLANE_AXES:
        factor = (max(size[0] // shape.height, 1), max(size[1] // shape.width, 1))
        told = (
            f"factor {factor[0]}x{factor[1]}: from {shape.height}x{shape.width} to {size[0]}x{size[1]}",
        )
    if factor is None:
        factor, told = (2, 2), ("factor 2x2: the usual one, for none is said",)
    try:
        layer = Upsampling(factor, "bilinear" if said.get("bilinear") else "nearest")
    except LayerError:
        yield Candidate(None, shape, CONTRADICTION, missing=("its factor",))
        return
    yield Candidate(layer, layer.output(shape), 0.0, told)


def borders(said: Said, shape: Shape, size: tuple[int, ...]) -> Iterator[Candidate]:
    """Give the ways of framing maps with zeros: by the pixels that are said, or by those of the sizes."""
    if not isinstance(shape, Image):
        yield flat(shape, "frames")
        return
    asked = said.get("padding", said.get("kernel"))
    told: Told = ()
    if isinstance(asked, str):
        asked = None
    if asked is None and len(size) == PLANE_AXES:
        down, across = size[0] - shape.height, size[1] - shape.width
        if min(down, across) >= 0 and down % 2 == across % 2 == 0:
            asked = (down // 2, across // 2)
            told = (
                f"{down // 2}x{across // 2} pixels on both sides: from {shape.height}x{shape.width} to {size[0]}x{size[1]}",
            )
    if asked is None:
        yield Candidate(None, shape, UNPROVEN, missing=("how many pixels it adds on each side",))
        return
    try:
        layer = Border(asked if isinstance(asked, int | Sides) else padding_of(asked))
    except LayerError:
        yield Candidate(None, shape, CONTRADICTION, missing=("pixels that fit",))
        return
    output = output_of(layer, shape)
    if output is not None:
        yield Candidate(layer, output, 0.0, told)


def inceptions(said: Said, shape: Shape) -> Iterator[Candidate]:
    """Give the module of four branches whose maps stand in columns of their own."""
    counts = {name: said[name] for name in BRANCHES if name in said}
    try:
        layer = Inception(**counts) if counts else None
    except LayerError:
        layer = None
    output = None if layer is None else output_of(layer, shape)
    if layer is None or output is None:
        yield Candidate(None, shape, UNPROVEN, missing=("the maps of its branches",))
        return
    yield Candidate(layer, output, 0.0)


def joins(op: str, shape: Shape, context: Context) -> Iterator[Candidate]:
    """Give the sum, the product or the row of maps of all that a row reads."""
    if not context.others:
        yield Candidate(None, shape, UNPROVEN, missing=("which rows it joins",))
        return
    try:
        layer = _JOINS[op]
        yield Candidate(layer, layer.output(shape, *context.others), 0.0)
    except LayerError:
        came = " and ".join(map(str, (shape, *context.others)))
        yield Candidate(None, shape, CONTRADICTION, missing=(f"how {came} fit together",))


def reshapings(shape: Shape, goal: Target) -> Candidate | None:
    """Give the maps that a vector is read as, where maps come out of a row that only orders values anew."""
    maps, size = goal
    if maps is None or len(size) != PLANE_AXES or not isinstance(shape, Features):
        return None
    out = Image(maps, *size)
    return Candidate(Reshape(out), out, 0.0) if out.elements == shape.elements else None
