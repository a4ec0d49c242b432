"""Find the input of a network in its printed summary, which leaves it out more often than not."""

from itertools import pairwise

from striate.documents.forms.building import Builder
from striate.documents.forms.printed_classes import (
    NOTHING,
    RESIZES,
)
from striate.documents.forms.printed_rows import Printed, is_usual
from striate.documents.forms.summary_text import (
    PrintedRow,
)
from striate.documents.forms.told_sizes import sizes_in
from striate.documents.solve import kernels
from striate.errors.forms import (
    form_input_unknown,
)
from striate.layers import (
    Input,
)
from striate.shapes import Features, Image, Shape


_WIDEST_BORDER = 10
"""Pixels by which a border ahead of the first convolution may enlarge an image."""


_WIDE = 7
"""Side of the kernels that open networks for large pictures, mostly with a stride."""


class InputFinder:
    """Finds the input by the print, by the text around it, or by the first layer.

    Args:
        printed: The rows of the summary.
        around: Other text, which may tell the input's size.
        rows: The rows of the network, to which the input is added.
        given: What comes in, where the user says it.
    """

    def __init__(
        self, printed: Printed, around: str, rows: Builder, given: Shape | None = None
    ) -> None:
        self.printed = printed
        self.around = around
        self.rows = rows
        self.given = given

    def add(self, leaves: list[PrintedRow]) -> bool:
        """Add the row of the input; whether it could be found."""
        first = next(iter(leaves), None)
        if first is None:
            return False
        if self.printed.kind(first) == "InputLayer":
            return True
        inputs = self.printed.summary.rows[0].inputs or first.inputs
        shape = self.printed.shape(inputs)
        if shape is not None:
            self.rows.add("input", Input(shape), (), line=self.printed.summary.line)
            return True
        if self._keeps_shape(first):
            # What keeps its shape gives away what it reads.
            shape = self.printed.shape(first.output)
            if shape is not None:
                self.rows.add("input", Input(shape), (), line=self.printed.summary.line)
                does = (
                    "prepares the pictures"
                    if self.printed.kind(first) in RESIZES
                    else "changes no shape"
                )
                text = f"{shape}: what comes out of {first.name}, which {does}."
                self.rows.tell("input", text, first.line)
                return True
        if self.given is not None and self.printed.summary.may_read(self.given.elements):
            self.rows.add("input", Input(self.given), (), line=self.printed.summary.line)
            return True
        for candidate in sizes_in(self.around):
            shape = self._fitting_input(candidate, leaves)
            if shape is not None:
                self.rows.add("input", Input(shape), (), line=self.printed.summary.line)
                self.rows.tell(
                    "input", f"{shape}: the text says so, and {first.name} fits it.", first.line
                )
                return True
        shape = self._usual_input(leaves)
        if shape is not None:
            self.rows.add("input", Input(shape), (), line=self.printed.summary.line)
            return True
        needed = "height, width and maps of the input, which the print leaves out"
        fix = "write them into the text: `The input is 1 x 28 x 28`"
        self.rows.faults.append(
            form_input_unknown(self.printed.form, needed, fix, self.printed.summary.line)
        )
        return False

    def _fitting_input(self, sizes: tuple[int, ...], leaves: list[PrintedRow]) -> Shape | None:
        """Give the input that some numbers of the text mean, if the first layers can read it."""
        first = leaves[0]
        output = self.printed.shape(first.output)
        match sizes:
            case (a, b, c):
                images = [Image(a, b, c), Image(c, a, b)]
                images.sort(key=lambda image: image.channels not in {1, 3})
            case (a, b):
                images = [Image(maps, a, b) for maps in (3, 1, 4, 2)]
            case _:
                return None
        read = [
            image
            for image in images
            if self.printed.summary.may_read(image.elements) and self._reads(first, image, output)
        ]
        # A kernel of 1x3 for colours is the square one of 3x3 for grey.
        return next(
            (image for image in read if self._is_square(first, image, output)),
            next(iter(read), None),
        )

    def _is_square(self, first: PrintedRow, image: Image, output: Shape | None) -> bool:
        """Whether the first layer has no kernel that is wider than high."""
        if first.parameters is None or not isinstance(output, Image):
            return True
        fits = self.printed.convolutions(first, image, output)
        return not fits or len(set(fits[0].kernel)) == 1

    def _reads(self, first: PrintedRow, image: Image, output: Shape | None) -> bool:
        """Whether the first printed layer can read an image."""
        kind = self.printed.kind(first)
        if kind in {"Conv2d", "Conv2D", "Convolution2D"} and isinstance(output, Image):
            fits = self.printed.convolutions(first, image, output)
            is_near = bool(fits) and max(fits[0].stride) <= max(fits[0].kernel)
            return is_near and is_usual(fits[0]) and fits[0].groups == 1
        if kind == "Flatten" and isinstance(output, Features):
            return image.elements == output.count
        if kind in {"Linear", "Dense"} and isinstance(output, Features) and first.parameters:
            is_picture = image.channels in {1, 3} and min(image.height, image.width) > 1
            return is_picture and first.parameters in {
                output.count * (image.elements + 1),
                output.count * image.elements,
            }
        if kind in {"ZeroPadding2D", "ZeroPad2d"} and isinstance(output, Image):
            is_larger = output.height > image.height and output.width > image.width
            return (
                is_larger
                and output.height - image.height < _WIDEST_BORDER
                and output.channels == image.channels
            )
        return False

    def _keeps_shape(self, row: PrintedRow) -> bool:
        """Whether what comes out of a row has the shape of what it reads."""
        kind = self.printed.kind(row)
        return kind in NOTHING or kind.startswith("BatchNorm")

    def _usual_input(self, leaves: list[PrintedRow]) -> Shape | None:
        """Find the input from the first layer alone, where the other layers show its padding."""
        first = leaves[0]
        output = self.printed.shape(first.output)
        kind = self.printed.kind(first)
        if isinstance(output, Features) and first.parameters and kind in {"Linear", "Dense"}:
            inputs, rest = divmod(first.parameters - output.count, output.count)
            if rest == 0 and inputs > 0:
                text = f"{inputs} values: from {first.parameters:,} parameters of {output.count} units."
                self.rows.tell("input", text, first.line)
                return Features(inputs)
        if kind not in {"Conv2d", "Conv2D", "Convolution2D"} or not isinstance(output, Image):
            return (
                Features(output.count)
                if kind == "Flatten" and isinstance(output, Features)
                else None
            )
        padded, plain = self._styles(leaves)
        is_open = bool(padded and plain) or (
            not (padded or plain) and self.printed.style == "torch"
        )
        ways = (True, False) if is_open else (bool(padded),)
        reason = (
            "the print says how many bytes come in"
            if is_open
            else "every other convolution keeps the size"
            if padded
            else "every other convolution is without padding"
            if plain
            else "Keras pads only where it is told to"
        )
        found = self._by_bytes(first, output, ways)
        is_wide = self.printed.style == "torch" and self._is_wide(first, output)
        if not found or ((is_open or is_wide) and len(set(found)) != 1):
            return None
        if is_open and self.printed.summary.bytes_in is None:
            return None
        text = (
            f"{found[0]}: from {first.parameters:,} parameters of {first.name}, and its "
            f"{output.height}x{output.width}; {reason}. The print leaves it out."
        )
        self.rows.tell("input", text, first.line)
        return found[0]

    def _by_bytes(self, first: PrintedRow, output: Image, ways: tuple[bool, ...]) -> list[Image]:
        """Give the images that a first convolution may read, of those whose bytes the print names, if it does.

        A stride is believed where the bytes prove it. A kernel as wide as those that open networks for
        large pictures has one more often than not.
        """
        is_wide = self.printed.style == "torch" and self._is_wide(first, output)
        is_counted = self.printed.summary.bytes_in is not None or is_wide
        found: list[Image] = []
        for maps in (3, 1, 4, 2):
            for kernel in kernels(first.parameters or 0, maps, output.channels):
                height, width = kernel.size
                if height != width or (height % 2 == 0 and height > 2) or height == 1:  # noqa: PLR2004
                    continue
                for stride in (1, 2, 3, 4) if is_counted else (1,):
                    for is_padded in ways:
                        more = 0 if is_padded else height - stride
                        image = Image(
                            maps, output.height * stride + more, output.width * stride + more
                        )
                        if self.printed.summary.may_read(image.elements):
                            found.append(image)
        return found

    def _is_wide(self, first: PrintedRow, output: Image) -> bool:
        """Whether a first convolution has a kernel that mostly has a stride."""
        return any(
            kernel.size[0] == kernel.size[1] and kernel.size[0] >= _WIDE
            for maps in (3, 1)
            for kernel in kernels(first.parameters or 0, maps, output.channels)
        )

    def _styles(self, leaves: list[PrintedRow]) -> tuple[int, int]:
        """Count the other convolutions that keep the size, and those without padding."""
        padded = plain = 0
        for above, row in pairwise(leaves):
            below, output = self.printed.shape(above.output), self.printed.shape(row.output)
            if (
                self.printed.kind(row) in {"Conv2d", "Conv2D"}
                and isinstance(below, Image)
                and isinstance(output, Image)
            ):
                fits = self.printed.convolutions(row, below, output)
                if fits and max(fits[0].kernel) > 1 and fits[0].stride == (1, 1):
                    padded += fits[0].padding != "valid"
                    plain += fits[0].padding == "valid"
        return padded, plain
