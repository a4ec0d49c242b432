"""The ways in which a layer that leaves the sizes of maps alone can be filled in."""

from collections.abc import Iterator
from dataclasses import replace

from striate.documents.table.claims import (
    CONTRADICTION,
    UNPROVEN,
    Candidate,
    Context,
    output_of,
)
from striate.documents.table.numbers import Said
from striate.layers import (
    BatchNormalization,
    GroupNormalization,
    Layer,
    LayerNormalization,
    ParametricReLU,
)
from striate.shapes import Image, Shape


def exact(layer: Layer, shape: Shape, told: tuple[str, ...] = ()) -> Candidate:
    """Return the one way of filling in a layer that has no numbers left open."""
    output = output_of(layer, shape)
    if output is None:
        return Candidate(layer, shape, CONTRADICTION)
    return Candidate(layer, output, 0.0, told)


def normalisations(said: Said, shape: Shape, context: Context) -> Iterator[Candidate]:
    """Give the ways of normalising; of what a LayerNorm of maps takes together, parameters decide."""
    match said.get("norm"):
        case "layer" if isinstance(shape, Image) and not context.line.parameters:
            yield Candidate(None, shape, UNPROVEN, missing=("over what it normalises",))
        case "layer" if isinstance(shape, Image):
            came = f"from {context.line.parameters} parameters"
            told = f"it normalises all values of an example together: {came}"
            yield exact(LayerNormalization("all"), shape, (told,))
            told = f"it normalises the maps at each place: {came}"
            yield replace(exact(LayerNormalization("maps"), shape, (told,)), cost=0.1)
        case "layer":
            yield exact(LayerNormalization("all"), shape)
        case "instance":
            yield exact(GroupNormalization(None), shape)
        case "group" if "parts" in said:
            yield exact(GroupNormalization(said["parts"]), shape)
        case "group":
            yield Candidate(None, shape, UNPROVEN, missing=("its groups",))
        case _:
            yield exact(BatchNormalization(), shape)


def trained_slopes(shape: Shape) -> Iterator[Candidate]:
    """Give the ways of sharing slopes that are trained; parameters decide between them."""
    yield Candidate(
        ParametricReLU("maps"), shape, 0.0, ("a slope for each map: PReLU does not say",)
    )
    yield Candidate(ParametricReLU("one"), shape, 0.1, ("one slope: PReLU does not say",))
    yield Candidate(
        ParametricReLU("values"), shape, 0.2, ("a slope for each value: PReLU does not say",)
    )
