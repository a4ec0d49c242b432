"""Find the poolings that a network applies as functions, which PyTorch's summaries do not print."""

from collections.abc import Iterator
from itertools import pairwise

from striate.documents.forms.building import Builder
from striate.documents.forms.printed_rows import Printed, is_usual
from striate.documents.forms.summary_text import (
    PrintedRow,
)
from striate.documents.solve import Fit, poolings
from striate.layers import (
    GlobalPooling,
    Layer,
    MaxPooling,
)
from striate.shapes import Image, Shape


class UnprintedPoolings:
    """Finds poolings between two rows whose sizes do not fit each other.

    Args:
        printed: The rows of the summary.
        rows: The rows of the network, for what is inferred.
    """

    def __init__(self, printed: Printed, rows: Builder) -> None:
        self.printed = printed
        self.rows = rows

    def are_proved(self, leaves: list[PrintedRow]) -> bool:
        """Whether a layer shows that poolings are done by functions, none being printed."""
        kinds = [self.printed.kind(row) for row in leaves]
        if self.printed.style == "keras" or any("Pool" in kind for kind in kinds):
            return False
        for above, row in pairwise(leaves):
            below, output = self.printed.shape(above.output), self.printed.shape(row.output)
            if (
                isinstance(below, Image)
                and self.printed.kind(row) == "Linear"
                and row.parameters
                and output
            ):
                values = {row.parameters // output.elements, row.parameters // output.elements - 1}
                if below.elements not in values and any(
                    number % below.channels == 0 for number in values if number
                ):
                    return True
            if (
                isinstance(below, Image)
                and isinstance(output, Image)
                and self.printed.kind(row) == "Conv2d"
            ):
                direct = self.printed.convolutions(row, below, output)
                if not (direct and is_usual(direct[0])) and self.ahead_of_convolution(
                    row, below, output, None
                ):
                    return True
        return False

    def ahead_of_convolution(
        self, row: PrintedRow, below: Image, output: Image, inputs: Shape | None
    ) -> tuple[Fit, Image, list[Fit]] | None:
        """Find a pooling that is not printed, behind which the convolution fits."""
        for kernel, stride in ((2, 2), (3, 3), (3, 2), (4, 4)):
            for size in _pooled_sizes(below, kernel, stride):
                smaller = Image(below.channels, *size)
                if inputs is not None and smaller != inputs:
                    continue
                fits = self.printed.convolutions(row, smaller, output)
                if fits and is_usual(fits[0]) and (fits[0].stride == (1, 1) or inputs is not None):
                    found = [
                        pooling
                        for pooling in poolings(below, size, self.printed.style)
                        if pooling.stride == (stride, stride)
                    ]
                    if found:
                        return found[0], smaller, fits
        return None

    def ahead_of_units(
        self, row: PrintedRow, below: Shape, inputs: int
    ) -> list[tuple[Layer, str]] | None:
        """Find the pooling that is not printed, and leaves as many values as a full layer reads."""
        if self.printed.style == "keras" or not isinstance(below, Image) or inputs % below.channels:
            return None
        places = inputs // below.channels
        name = f"pool {row.name}"
        if places == 1:
            text = (
                f"a global pooling stands ahead of {row.name}, unprinted: it reads {inputs:,} values, one a map. "
                "The average is taken; a maximum would print the same."
            )
            self.rows.tell(name, text, row.line)
            return [(GlobalPooling("average"), name)]
        for kernel, stride in ((2, 2), (3, 3), (3, 2), (4, 4), (5, 5)):
            for size in _pooled_sizes(below, kernel, stride):
                fits = [
                    pooling
                    for pooling in poolings(below, size, self.printed.style)
                    if pooling.stride == (stride, stride)
                ]
                if size[0] * size[1] == places and fits:
                    fit = fits[0]
                    text = (
                        f"a {kernel}x{kernel} pooling of stride {stride} stands ahead of {row.name}, unprinted: "
                        f"it reads {inputs:,} = {below.channels} x {size[0]} x {size[1]} values, and {below} comes out "
                        "above. Maximum is taken; an average would print the same."
                    )
                    self.rows.tell(name, text, row.line)
                    layer = MaxPooling(fit.kernel, fit.stride, fit.padding, (1, 1), fit.rounding)
                    return [(layer, name)]
        return None


def _pooled_sizes(below: Image, kernel: int, stride: int) -> Iterator[tuple[int, int]]:
    """Give the sizes that a pooling without padding leaves, rounded down and up."""
    if min(below.height, below.width) < kernel:
        return
    for up in (0, stride - 1):
        yield (below.height - kernel + up) // stride + 1, (below.width - kernel + up) // stride + 1
