"""Files about many examples: what excites each map among them, and where they lie behind the last hidden row."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from striate.arithmetic import RowReport
from striate.errors import SeeingError
from striate.errors.fault import counted
from striate.errors.seeing import no_rows_to_search
from striate.layers import Convolution, DepthwiseConvolution, Inception
from striate.modules import Network
from striate.pictures.embedding import draw_embedding, thumbnail_side
from striate.pictures.excited import Strip, draw_climbed, draw_strips, patch_tile
from striate.pictures.tiles import Level, tile, tile_size
from striate.see.embedding import Embedded, embedding
from striate.see.fields import receptive_field
from striate.see.gallery import Shown, plain
from striate.see.maximise import maximise
from striate.see.patches import PATCHES, Prepared, TopPatches, cut_patches, strongest, words_seen
from striate.see.rows import Array, report_of
from striate.shapes import Image


MOST_MAPS = 64
"""Maps that are drawn; files of numbers hold all."""

CLIMBED = 16
"""Maps of a row that are climbed for, where none is named."""

_PHRASES = 64
"""Places of each map among which equal phrases are counted."""

_HEADINGS = ("map", "rank", "value", "example", "row", "column")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Examples of a data set, and what is written beside them.

    Args:
        examples: As the network reads them.
        labels: The class of each.
        classes: Names of the classes.
        names: Of the files, or the sentences themselves; empty where examples have positions alone.
        title: Of the network.
        low: The number of black.
        high: The number of white.
    """

    examples: Prepared
    labels: Sequence[int]
    classes: tuple[str, ...]
    names: Sequence[str]
    title: str
    low: Level
    high: Level


def rows_to_search(network: Network, row: str | None) -> list[str]:
    """Return the rows whose maps are searched for what excites them: the one that is named, or all with kernels.

    Raises:
        SeeingError: No row of the network has kernels.
    """
    if row is not None:
        return [report_of(network, row).row.name]
    trunk = network.walk.reports[: network.trunk_length + 1]
    rows = [report.row.name for report in trunk if _has_kernels(report)]
    if not rows:
        raise SeeingError(no_rows_to_search(trunk[-1].row.name))
    return rows


def _has_kernels(report: RowReport) -> bool:
    return isinstance(report.row.layer, Convolution | DepthwiseConvolution | Inception)


def show_patches(network: Network, gathered: Gathered, rows: Sequence[str]) -> Iterator[Shown]:
    """Draw the patches of pictures that excite each map of some rows most, and list where they lie.

    Args:
        network: A network of images.
        gathered: The pictures.
        rows: Names of the rows.

    Yields:
        A picture and a table for each row.
    """
    found, low, high = strongest(network, gathered.examples, rows), gathered.low, gathered.high
    for row in rows:
        one = found[row]
        maps = list(range(min(len(one.values), MOST_MAPS)))
        tiles: dict[tuple[int, int], np.ndarray] = {}
        for number, rank, patch in cut_patches(network, gathered.examples, one, maps):
            tiles[number, rank] = patch_tile(patch, low=low, high=high)
        ranks = range(one.values.shape[1])
        strips = [
            Strip(
                str(number),
                [tiles[number, rank] for rank in ranks],
                [f"{one.values[number, rank]:.3g}" for rank in ranks],
            )
            for number in maps
        ]
        field = receptive_field(network, row, (0, 0))
        height, width = field.size
        notes = [
            f"Strongest of {counted(one.count, 'picture')}, one patch a picture, with its value",
            f"a unit sees {height}x{width} pixels",
            *_silent(one),
        ]
        if len(maps) < len(one.values):
            notes.append(f"the first {len(maps)} of {len(one.values):,} maps")
        content = draw_strips(strips, f"{gathered.title}: what excites {row}", notes)
        yield Shown(f"patches-{plain(row)}.png", content, f"the patches that excite {row} most")
        table = _table(network, one, gathered.names)
        yield Shown(f"patches-{plain(row)}.csv", table, "where they lie, with all maps")


def _silent(found: TopPatches) -> list[str]:
    silent = [number for number, values in enumerate(found.values) if values[0] == values[-1] == 0]
    if not silent:
        return []
    named = ", ".join(map(str, silent[:12])) + (", ..." if len(silent) > 12 else "")  # noqa: PLR2004
    return [f"never above 0: {counted(len(silent), 'map')} ({named})"]


def _table(network: Network, found: TopPatches, names: Sequence[str]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow((*_HEADINGS, "top", "bottom", "left", "right", "file"))
    for number, values in enumerate(found.values):
        for rank, value in enumerate(values):
            example = int(found.examples[number, rank])
            y, x = found.places[number, rank].tolist()
            field = receptive_field(network, found.row, (y, x))
            ends = (field.top, field.bottom, field.left, field.right)
            name = names[example] if names else ""
            rows.writerow((number, rank + 1, f"{value:.6g}", example, y, x, *ends, name))
    return text.getvalue().encode()


def show_phrases(
    network: Network, examples: Prepared, sentences: Sequence[Sequence[str]], rows: Sequence[str]
) -> Iterator[Shown]:
    """List the words that fire the windows of each map most, over many sentences.

    Args:
        network: A network of sentences.
        examples: The sentences, as the network reads them.
        sentences: Their tokens, in the same order.
        rows: Names of the rows.

    Yields:
        A text for each row.
    """
    found = strongest(network, examples, rows, _PHRASES)
    for row in rows:
        one = found[row]
        lines = [
            f"What fires the maps of {row} most, of {counted(one.count, 'sentence')}, one place a sentence."
        ]
        for number, values in enumerate(one.values):
            lines += ["", f"map {number}"]
            said: dict[str, list[float]] = {}
            for rank, value in enumerate(values):
                tokens = sentences[int(one.examples[number, rank])]
                words = phrase(network, row, int(one.places[number, rank, 0]), tokens)
                said.setdefault(words, []).append(float(value))
            for words, times in list(said.items())[:PATCHES]:
                often = f"  ({len(times)} times)" if len(times) > 1 else ""
                lines.append(f"  {times[0]:8.3f}  {words}{often}")
        content = ("\n".join(lines) + "\n").encode()
        yield Shown(f"phrases-{plain(row)}.txt", content, f"the words that fire {row} most")


def phrase(network: Network, row: str, place: int, tokens: Sequence[str]) -> str:
    """Return the words that a unit of a network of sentences sees; `_` stands for the padding.

    Args:
        network: A network of sentences.
        row: Name of the unit's row.
        place: Its row within the map.
        tokens: Of the sentence, without padding.
    """
    first, last = words_seen(network, row, place)
    shape = network.walk.input
    before = getattr(shape, "padding", 0)
    room = shape.elements - 2 * before
    kept = tokens[:room]
    return " ".join(
        kept[at - before] if 0 <= at - before < len(kept) else "_" for at in range(first, last + 1)
    )


def show_climbed(
    network: Network,
    row: str,
    maps: Sequence[int] | None,
    classes: tuple[str, ...],
    *,
    title: str,
    low: Level,
    high: Level,
    seed: int = 0,
) -> Iterator[Shown]:
    """Draw pictures that excite units of a row as strongly as can be.

    Args:
        network: A network of images.
        row: Name of the row.
        maps: Numbers of its maps; the first 16 where they are absent.
        classes: Names of the classes, which are written where the row is the last one.
        title: Of the network.
        low: The number of black.
        high: The number of white.
        seed: Of the noise that the climb begins with.

    Yields:
        One picture.
    """
    output = report_of(network, row).output
    is_last = row == network.steps[network.trunk_length - 1].row
    count = len(classes) if is_last or output is None else output.axes[0]
    chosen = list(range(min(count, CLIMBED))) if maps is None else list(maps)
    pictures: Array = maximise(network, row, chosen, low=low, high=high, seed=seed)
    captions = [classes[number] if is_last else f"map {number}" for number in chosen]
    middle = "middle units of maps" if isinstance(output, Image) else "units"
    notes = [
        f"Climbed to from noise (seed {seed}): what excites {middle} of {row} as strongly as can be",
        "no picture that anybody took; it shows what the weights look for",
    ]
    if maps is None and len(chosen) < count:
        notes.append(f"the first {len(chosen)} of {count:,}; --unit {row}:NUMBER chooses another")
    content = draw_climbed(
        pictures, captions, f"{title}: what {row} looks for", notes, low=low, high=high
    )
    yield Shown(f"climbed-{plain(row)}.png", content, f"pictures that {row} looks for")


def show_embedding(
    network: Network, gathered: Gathered, row: str | None = None, *, by_neighbours: bool = False
) -> Iterator[Shown]:
    """Draw where examples lie behind the last hidden row, and list the points.

    Args:
        network: Any network built from a table.
        gathered: The examples.
        row: Name of the row; the one that the last row reads where it is absent.
        by_neighbours: Whether they are placed by UMAP.

    Yields:
        A picture and a table.
    """
    found = embedding(network, gathered.examples, row, by_neighbours=by_neighbours)
    chosen = [gathered.labels[example] for example in found.examples]
    thumbnails = {}
    if isinstance(network.walk.input, Image):
        side = thumbnail_side(len(chosen))
        for number, example in enumerate(found.examples):
            picture = gathered.examples[slice(example, example + 1)][0].float().cpu().numpy()
            _, height, width = picture.shape
            size = tile_size(height, width, side)
            thumbnails[number] = tile(picture, size, low=gathered.low, high=gathered.high)
    notes = [
        f"{counted(len(chosen), 'example')} of {len(gathered.examples):,} as {found.row} has them, {_way(found)}",
        "a frame has the color of the class",
    ]
    content = draw_embedding(
        found.points,
        chosen,
        gathered.classes,
        thumbnails,
        f"{gathered.title}: what {found.row} tells apart",
        notes,
    )
    yield Shown(
        f"embedding-{plain(found.row)}.png", content, f"where examples lie behind {found.row}"
    )
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("example", "class", "across", "upwards", "file"))
    for example, label, (x, y) in zip(found.examples, chosen, found.points, strict=True):
        name = gathered.names[example] if gathered.names else ""
        rows.writerow((example, gathered.classes[label], f"{x:.6g}", f"{y:.6g}", name))
    yield Shown(f"embedding-{plain(found.row)}.csv", text.getvalue().encode(), "the points")


def _way(found: Embedded) -> str:
    """Say by what examples were placed."""
    if found.shares is None:
        return "by UMAP: what lies near is alike there; how far groups lie apart means little"
    across, down = (100 * share for share in found.shares)
    return (
        f"along the two directions in which they vary most: across {across:.0f} %, upwards {down:.0f} % of the "
        "variance"
    )
