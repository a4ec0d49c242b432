"""Integer arithmetic on a table: shape, cost and receptive field of every row, no tensor made."""

from striate.arithmetic.plain_rows import PlainRow, never_negative, plain_rows
from striate.arithmetic.reports import Pixels, ReceptiveField, RowReport, Span, Walk
from striate.arithmetic.structure import reads
from striate.arithmetic.walking import walk


__all__ = [
    "Pixels",
    "PlainRow",
    "ReceptiveField",
    "RowReport",
    "Span",
    "Walk",
    "never_negative",
    "plain_rows",
    "reads",
    "walk",
]
