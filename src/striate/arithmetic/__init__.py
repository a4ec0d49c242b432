"""Integer arithmetic on a table: shape, cost and receptive field of every row, no tensor made."""

from striate.arithmetic.reports import Pixels, ReceptiveField, RowReport, Span, Walk
from striate.arithmetic.structure import reads
from striate.arithmetic.walking import walk


__all__ = ["Pixels", "ReceptiveField", "RowReport", "Span", "Walk", "reads", "walk"]
