"""Tell what a row of a printed summary is: its class, its shape, and the convolutions that fit its numbers."""

import re

from striate.documents.forms.printed_classes import (
    ALL_KERAS,
    KERAS,
    WHOLE_NETWORKS,
)
from striate.documents.forms.summary_text import (
    PrintedRow,
    PrintedSummary,
)
from striate.documents.solve import Fit, Style, convolutions
from striate.layers import (
    Sides,
)
from striate.shapes import Features, Image, Shape


class Printed:
    """Reads the rows of one summary, each by itself.

    Args:
        summary: The summary, cut into rows.
    """

    def __init__(self, summary: PrintedSummary) -> None:
        self.summary = summary
        self.style: Style = "keras" if summary.dialect == "Keras" else "torch"
        self.is_first_maps = self._is_channels_first()

    @property
    def form(self) -> str:
        """Name of what printed the summary."""
        names = {"Keras": "Keras summary", "torchsummary": "torchsummary", "torchinfo": "torchinfo"}
        return names[self.summary.dialect]

    def leaves(self) -> tuple[list[PrintedRow], list[PrintedRow]]:
        """Give the rows that are layers, below which nothing stands in a tree, and the author's own modules."""
        rows = self.summary.rows
        if self.summary.dialect != "torchinfo":
            return list(rows), []
        leaves, modules = [], []
        for row, below in zip(rows, [*rows[1:], None], strict=True):
            if below is None or below.depth <= row.depth:
                leaves.append(row)
            elif row.depth and row.kind not in WHOLE_NETWORKS:
                modules.append(row)
        return leaves, modules

    def _is_channels_first(self) -> bool:
        """Whether maps come first in the print, as in PyTorch, and in Keras where it is set so."""
        if self.style == "torch":
            return True
        for row in self.summary.rows:
            if self.kind(row) == "Conv2D" and len(row.output) == 3 and row.parameters:  # noqa: PLR2004
                last = row.parameters % row.output[2] == 0
                first = row.parameters % row.output[0] == 0
                if last != first:
                    return first
        return False

    def shape(self, sizes: tuple[int, ...]) -> Shape | None:
        """Give the shape that printed sizes mean; None if a table has none like it."""
        match sizes:
            case (first, second, third) if min(sizes) > 0:
                return (
                    Image(first, second, third)
                    if self.is_first_maps
                    else Image(third, first, second)
                )
            case (count,) if count > 0:
                return Features(count)
            case _:
                return None

    def kind(self, row: PrintedRow) -> str:
        """Give the class of a row; what is cut off is found by the layer's name."""
        kind = row.kind.rpartition(".")[2].removesuffix(")").removesuffix("…")
        if self.style == "torch":
            return kind
        candidates = [name for name in ALL_KERAS if name.startswith(kind)]
        plain = re.sub(r"_\d+$", "", row.name).replace("_", "").casefold()
        named = [name for name in candidates if name.casefold() == plain]
        # `average_pooling2d_1 (Average` is cut off where another class ends.
        if kind in ALL_KERAS:
            return named[0] if named else kind
        # Layers of maps are likelier than any that a table does not hold.
        candidates = [name for name in candidates if name in KERAS] or candidates
        aliases = {"GlobalAvgPool2D", "GlobalMaxPool2D", "MaxPool2D", "AvgPool2D"}
        candidates = [name for name in candidates if name not in aliases] or candidates
        shortest = min(candidates, key=len, default=kind)
        if named or not kind:
            return named[0] if named else kind
        return shortest if all(name.startswith(shortest) for name in candidates) else kind

    def convolutions(self, row: PrintedRow, below: Image, output: Image) -> list[Fit]:
        """Give the convolutions with the printed numbers of a row, the usual ones first."""
        kernel = (row.kernel[0], row.kernel[1]) if len(row.kernel) == 2 else None  # noqa: PLR2004
        return convolutions(row.parameters, below, output, self.style, kernel=kernel)


def is_usual(fit: Fit) -> bool:
    """Whether a kernel is square, or its padding fits it, as networks have them."""
    padding = fit.padding
    if isinstance(padding, int) and padding > max(fit.kernel) // 2:
        return False
    if isinstance(padding, Sides):
        return max(fit.kernel) > 1 and fit.stride[0] == fit.stride[1]
    return fit.stride[0] == fit.stride[1]
