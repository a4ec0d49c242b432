"""What excites the maps of a row most among a user's own examples: patches of pictures, or phrases of sentences."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.arithmetic import RowReport, reads
from striate.arithmetic.reports import Span
from striate.data import ReadExamples, central, standardize
from striate.errors import SeeingError
from striate.errors.seeing import no_field, nothing_to_search
from striate.layers import Embedding
from striate.modules import Network
from striate.preparation import Preparation
from striate.see.fields import Field, receptive_field
from striate.see.rows import Array, evaluating, report_of
from striate.shapes import Image
from striate.table import Unreadable


PATCHES = 9
"""Patches of a map, the strongest first."""

_VALUES = 2**24
"""Values of all rows that a part of the examples may have: 64 MiB."""

_MOST_EXAMPLES = 512


@runtime_checkable
class Prepared(Protocol):
    """Examples as a network reads them, of which a part is made when it is asked for; a tensor is such."""

    def __len__(self) -> int:
        """Return the number of examples."""
        ...

    def __getitem__(self, chosen: slice) -> Tensor:
        """Return some of them, as the network reads them."""
        ...


@final
@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Stored examples that become numbers when they are read.

    Args:
        examples: As the data set is fitted to the network.
        preparation: How bytes become numbers.
        mean: Of the training images, if the preparation subtracts one.
    """

    examples: ReadExamples
    preparation: Preparation
    mean: Tensor | None = None

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.examples)

    def __getitem__(self, chosen: slice) -> Tensor:
        """Return some of them, as the network reads them."""
        images = self.examples.images[chosen]
        if images.dim() == 4:  # noqa: PLR2004 - examples, channels, height, width
            images = central(images, self.preparation)
        return standardize(images, self.preparation, self.mean)


@final
@dataclass(frozen=True, slots=True, eq=False)
class TopPatches:
    """Where the maps of a row have their largest values, one place an example.

    Args:
        row: Name of the row.
        values: maps x patches, the largest first.
        examples: maps x patches: positions in the data.
        places: maps x patches x 2: row and column within the map; 0 and 0 in a row of units.
        count: Examples that were run.
    """

    row: str
    values: Array
    examples: NDArray[np.int64]
    places: NDArray[np.int64]
    count: int


def top_patches(
    network: Network, examples: Prepared, row: str, patches: int = PATCHES
) -> TopPatches:
    """Return what excites each map of a row most, by running examples through the network once.

    Of each example a map's strongest place alone is kept, so that nine patches are of nine examples; no more than
    these are in memory, however many examples there are.

    Args:
        network: Any network built from a table; its mode is left as it was.
        examples: As the network reads them: a tensor, or `Fitted` examples of any number.
        row: Name of the row.
        patches: How many of each map are kept.

    Raises:
        SeeingError: There is no such row, or no example.
    """
    return strongest(network, examples, [row], patches)[row]


def strongest(
    network: Network, examples: Prepared, rows: Sequence[str], patches: int = PATCHES
) -> dict[str, TopPatches]:
    """Return what excites each map of several rows most, by running examples through the network once.

    Args:
        network: Any network built from a table; its mode is left as it was.
        examples: As the network reads them.
        rows: Names of the rows.
        patches: How many of each map are kept.

    Raises:
        SeeingError: There is no such row, or no example.
    """
    for row in rows:
        report_of(network, row)
    if not len(examples):
        raise SeeingError(nothing_to_search())
    kept: dict[str, tuple[Tensor, Tensor, Tensor]] = {}
    for start, outputs in outputs_of(network, examples, rows):
        for row, values in outputs.items():
            found = _largest_places(values, start)
            older = kept.get(row)
            if older is not None:
                found = tuple(torch.cat(parts) for parts in zip(older, found, strict=True))
            order = found[0].argsort(dim=0, descending=True, stable=True)[:patches]
            kept[row] = (
                found[0].gather(0, order),
                found[1].gather(0, order),
                found[2].gather(0, order),
            )
    result = {}
    for row, (values, numbers, places) in kept.items():
        output = report_of(network, row).output
        width = output.width if isinstance(output, Image) else 1
        both = torch.stack((places // width, places % width), dim=-1)
        result[row] = TopPatches(
            row,
            values.t().float().numpy(),
            numbers.t().numpy(),
            both.transpose(0, 1).numpy(),
            len(examples),
        )
    return result


def _largest_places(values: Tensor, start: int) -> tuple[Tensor, ...]:
    """Give the largest value of each map in each example, the example's number, and its place: examples x maps."""
    flat = values.flatten(2) if values.dim() > 2 else values.unsqueeze(2)  # noqa: PLR2004 - units have no places
    largest, places = torch.nan_to_num(flat, nan=-torch.inf).max(dim=2)
    numbers = torch.arange(start, start + len(values)).unsqueeze(1).expand_as(places)
    return largest.cpu(), numbers, places.cpu()


def outputs_of(
    network: Network, examples: Prepared, rows: Collection[str]
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Run examples through a network, as many at a time as memory is spared for, and give what some rows make of them.

    Args:
        network: Any network built from a table; its mode is left as it was.
        examples: As the network reads them.
        rows: Names of the rows; the network is run no further than the last one.

    Yields:
        The number of the first example of a part, and the outputs of the rows for that part.
    """
    sizes = [report.output.elements for report in network.walk.reports if report.output is not None]
    part = max(1, min(_MOST_EXAMPLES, _VALUES // sum(sizes)))
    for start in range(0, len(examples), part):
        batch = examples[slice(start, start + part)]
        with evaluating(network), torch.inference_mode():
            outputs = run_until(network, batch, rows)
        yield start, outputs


def run_until(network: Network, inputs: Tensor, rows: Collection[str]) -> dict[str, Tensor]:
    """Return the outputs of some rows; what comes behind the last one is not computed.

    Args:
        network: In the mode that is wanted.
        inputs: A batch.
        rows: Names of the rows, the input among them or not.
    """
    first = network.walk.reports[0].row.name
    outputs, left = {0: inputs}, set(rows) - {first}
    kept = {first: inputs} if first in rows else {}
    last_use = {read: at for at, step in enumerate(network.steps, 1) for read in step.reads}
    for position, step in enumerate(network.steps, start=1):
        if not left:
            break
        outputs[position] = network.run(step, outputs)
        if step.row in left:
            kept[step.row] = outputs[position]
            left.remove(step.row)
        for done in step.reads:
            if last_use[done] == position:
                outputs.pop(done, None)
    return kept


def cut_patches(
    network: Network, examples: Prepared, found: TopPatches, maps: Sequence[int]
) -> Iterator[tuple[int, int, Array]]:
    """Cut what excites maps out of the pictures: each patch is what the unit sees.

    Args:
        network: A network of images.
        examples: The pictures that were searched.
        found: What `top_patches` gave.
        maps: Numbers of the maps.

    Yields:
        A map's number, the patch's place in the order of that map, and the patch, channels x height x width of
        the field; what lies beyond the edge of the picture is not a number. In the order of the pictures.

    Raises:
        SeeingError: The network reads no images.
    """
    wanted = [
        (int(found.examples[number, rank]), number, rank)
        for number in maps
        for rank in range(found.values.shape[1])
    ]
    read, picture = -1, torch.empty(0)
    for example, number, rank in sorted(wanted):
        if example != read:
            read, picture = example, examples[slice(example, example + 1)][0]
        field = receptive_field(network, found.row, tuple(found.places[number, rank].tolist()))
        yield number, rank, _cut(picture, field)


def _cut(picture: Tensor, field: Field) -> Array:
    """Cut a field out of a picture; no part of it is larger than the picture and its padding together."""
    channels, height, width = picture.shape
    top, left = max(field.top, -height), max(field.left, -width)
    bottom, right = min(field.bottom, 2 * height), min(field.right, 2 * width)
    patch = np.full((channels, bottom - top + 1, right - left + 1), np.nan, np.float32)
    rows = slice(max(top, 0), min(bottom + 1, height))
    columns = slice(max(left, 0), min(right + 1, width))
    inside = picture[:, rows, columns].float().cpu().numpy()
    patch[:, rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = (
        inside
    )
    return patch


def words_seen(network: Network, row: str, place: int) -> tuple[int, int]:
    """Return the first and the last word that a unit of a network of sentences sees, counted in the padded sentence.

    Args:
        network: A network of sentences.
        row: Name of the unit's row.
        place: Its row within the map; 0 where it has none.

    Raises:
        SeeingError: There is no such row, or the network reads no sentences.
    """
    report = report_of(network, row)
    spans = word_spans(network)
    if row not in spans or report.output is None:
        raise SeeingError(no_field(row))
    return spans[row].at_output(place)


def word_spans(network: Network) -> Mapping[str, Span]:
    """Return which words the first unit of each row sees, for the rows that see words."""
    spans: dict[int, Span] = {}
    sources = reads(network.walk.table)
    for position, report in enumerate(network.walk.reports):
        span = _span_of(report, [spans.get(source) for source in sources[position]])
        if span is not None:
            spans[position] = span
    return {network.walk.reports[position].row.name: span for position, span in spans.items()}


def _span_of(report: RowReport, below: list[Span | None]) -> Span | None:
    layer = report.row.layer
    if isinstance(layer, Embedding):
        return Span(0, 0, 1)
    seen = [span for span in below if span is not None]
    if not seen or len(seen) < len(below) or isinstance(layer, Unreadable):
        return None
    joined = Span(
        min(span.first for span in seen),
        max(span.last for span in seen),
        max(span.jump for span in seen),
    )
    return joined.through(layer.axes(*report.inputs)[0])
