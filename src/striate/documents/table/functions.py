"""The functions behind layers: what a sentence says of all convolutions, and full layers that have none."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from striate.documents.table.candidates import activation_of
from striate.documents.table.prose import Habits
from striate.errors import Remark
from striate.errors.inference import full_layers_linear
from striate.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dropout,
    FullyConnected,
    ParametricReLU,
)
from striate.table import Row, Unreadable


def with_function(rows: Sequence[Row], habits: Habits) -> Iterator[Row]:
    """Put the function that a sentence says of every convolution behind those that have none."""
    function = activation_of(habits.function)
    said = any(
        row.function is not None
        for row in rows
        if isinstance(row.layer, Convolution | Activation | BatchNormalization)
    )
    for row in rows:
        if function is not None and not said and isinstance(row.layer, Convolution):
            yield replace(row, activation=function.function)
        else:
            yield row


def linear_layers(rows: Sequence[Row]) -> Iterator[Remark]:
    """Tell of hidden full layers without a function, where other layers ahead of the last one have theirs."""
    weighted = [
        at for at, row in enumerate(rows) if isinstance(row.layer, Convolution | FullyConnected)
    ]
    if any(isinstance(row.layer, Unreadable) for row in rows):
        return
    bent = {at: _has_function(rows, at) for at in weighted[:-1]}
    linear = [
        rows[at]
        for at, is_bent in bent.items()
        if not is_bent and isinstance(rows[at].layer, FullyConnected)
    ]
    if linear and any(bent.values()):
        yield full_layers_linear(tuple(row.name for row in linear), linear[0].line)


def _has_function(rows: Sequence[Row], at: int) -> bool:
    """Whether a function stands in a row, or behind it with nothing between that has weights of its own."""
    behind = (BatchNormalization, Dropout, Activation, ParametricReLU)
    for row in rows[at:]:
        if row is not rows[at] and not isinstance(row.layer, behind):
            return False
        if row.function is not None or isinstance(row.layer, ParametricReLU):
            return True
    return False
