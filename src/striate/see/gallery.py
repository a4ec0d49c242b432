"""All pictures of what a network sees, one after the other, under the names of their files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from striate.errors import SeeingError
from striate.errors.seeing import no_plane, no_spatial_row
from striate.layers import FullyConnected
from striate.modules import Network, class_probabilities
from striate.pictures.seen import (
    Frame,
    Reason,
    draw_field,
    draw_filters,
    draw_maps,
    draw_reasons,
    draw_tuning,
)
from striate.pictures.surface import draw_surface
from striate.pictures.tiles import Level
from striate.see.fields import Field, effective_field, receptive_field
from striate.see.reasons import grad_cam, integrated_gradients, last_spatial_row, occlusion
from striate.see.rows import Array, evaluating, filters, maps, report_of, rows_with_kernels
from striate.see.tuning import SELECTIVE, tuning
from striate.see.units import Unit, WindowedLayer, as_lines, unit
from striate.shapes import Features, Image


_PLANE = 2
"""Numbers that are the places of a plane."""

_LARGEST_TUNED = 64
"""Side of a kernel up to which its tuning is drawn."""


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """A file of the gallery.

    Args:
        name: Of the file.
        content: Its bytes.
        says: What it shows, in a sentence.
    """

    name: str
    content: bytes
    says: str


@final
@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture, or a sentence, that a network looks at.

    Args:
        name: Of the picture; the sentence itself.
        inputs: 1 x channels x height x width, or 1 x words, as the network reads it.
        low: The number of black; of no meaning for a sentence.
        high: The number of white; of no meaning for a sentence.
        words: The word at each place of a sentence, nothing where there is padding; none for a picture.
        unknown: Places of words that have no number.
        remark: What was left out of the picture, in a sentence; empty where nothing was.
    """

    name: str
    inputs: Tensor
    low: Level
    high: Level
    words: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()
    remark: str = ""

    @property
    def shown(self) -> Array:
        """The picture without its batch: channels x height x width."""
        return self.inputs[0].float().cpu().numpy()


def show_network(
    network: Network, title: str, classes: tuple[str, ...] = (), map_constant: float = 1.0
) -> Iterator[Shown]:
    """Draw what belongs to the network alone: the kernels of every convolution, and the tuning of the first ones.

    Of a network that reads two numbers it is what comes out at every point of the plane.

    Args:
        network: Any network built from a table.
        title: Of the network.
        classes: Names of its classes.
        map_constant: That of the recipe, by which distances become scores.

    Yields:
        A file at a time; none where the network has no convolutions and reads other than two numbers.
    """
    if network.walk.input == Features(_PLANE):
        yield _surface(network, title, classes, map_constant)
    rows = rows_with_kernels(network)
    for number, row in enumerate(rows, 1):
        found = filters(network, row)
        content = draw_filters(found.weights, found.is_connected, f"{title}: kernels of {row}")
        yield Shown(f"filters-{number:02}-{plain(row)}.png", content, f"the kernels of {row}")
    if rows and _has_angles(network, rows[0]):
        yield _tuning(network, rows[0], title)


def surface(
    network: Network,
    class_number: int,
    low: float = -0.5,
    high: float = 1.5,
    side: int = 121,
    map_constant: float = 1.0,
) -> Array:
    """Return the score of a class at points of the plane, for a network that reads two numbers.

    Shapes:
        out: side x side: the first number grows along a row, the second one from row to row

    Args:
        network: One that reads two numbers.
        class_number: The class, counted from 0.
        low: The smallest number of both.
        high: The largest one.
        side: Points in each direction.
        map_constant: That of the recipe, by which distances become scores.

    Raises:
        SeeingError: The network reads something else.
    """
    if network.walk.input != Features(_PLANE):
        raise SeeingError(no_plane(str(network.walk.input)))
    steps = torch.linspace(low, high, side)
    second, first = torch.meshgrid(steps, steps, indexing="ij")
    points = torch.stack((first.flatten(), second.flatten()), dim=1)
    parameter = next(network.parameters())
    with evaluating(network), torch.no_grad():
        outputs = network(points.to(parameter))
        scores = class_probabilities(outputs, network.ending, map_constant)
    return scores[:, class_number].reshape(side, side).float().cpu().numpy()


def _surface(network: Network, title: str, classes: tuple[str, ...], map_constant: float) -> Shown:
    last = classes[-1] if classes else "the last class"
    scores = surface(network, len(classes) - 1, map_constant=map_constant)
    notes = (
        "The first number to the right, the second one upwards; black where both classes are equally likely",
    )
    content = draw_surface(scores, -0.5, 1.5, last, f"{title}: the plane", notes)
    return Shown("surface.png", content, f"the score of {last} over the plane of both numbers")


def _has_angles(network: Network, row: str) -> bool:
    """Whether kernels lie on a picture, with more than one pixel in each direction, and are small enough to be drawn."""
    sides = filters(network, row).weights.shape[2:]
    return isinstance(network.walk.input, Image) and min(sides) > 1 and max(sides) <= _LARGEST_TUNED


def _tuning(network: Network, row: str, title: str) -> Shown:
    found = tuning(network, row)
    captions = [
        f"{number}: {angle:.0f}°, selectivity {selectivity:.2f}"
        for number, (angle, selectivity) in enumerate(
            zip(found.preferred, found.selectivity, strict=True)
        )
    ]
    share = f"{100 * found.share_selective:.0f} % of {len(captions)} filters are selective"
    notes = [
        "Answer to grey bars against their angle (0° is horizontal), at the spacing that each filter likes best",
        f"{share} (selectivity from {SELECTIVE:g} on)",
    ]
    kernels = filters(network, row).weights.sum(axis=1)
    content = draw_tuning(
        kernels, found.angles, found.responses, captions, f"{title}: tuning of {row}", notes
    )
    return Shown("tuning.png", content, f"the angles that the filters of {row} answer to")


def show_picture(
    network: Network,
    look: Look,
    classes: tuple[str, ...],
    reasons_for: tuple[int, ...],
    *,
    chosen: tuple[str, int, tuple[int, int]] | None = None,
    cam_row: str | None = None,
    map_constant: float = 1.0,
) -> Iterator[Shown]:
    """Draw what a network makes of one picture: maps, a unit with its field and sum, and reasons for classes.

    Args:
        network: A network of images.
        look: The picture.
        classes: Names of the classes.
        reasons_for: Numbers of the classes to give reasons for.
        chosen: Row, map and place of the unit; the strongest one of the last row with places where it is absent.
        cam_row: Row that Grad-CAM looks at; the last one with places where it is absent.
        map_constant: That of the recipe, by which distances become scores.

    Yields:
        A file at a time.

    Raises:
        SeeingError: The unit or the row is not there.
    """
    outputs = maps(network, look.inputs)
    for number, (row, values) in enumerate(outputs.items()):
        if number:
            content = draw_maps(values[0], f"{row} for {look.name}")
            yield Shown(f"maps-{number:02}-{plain(row)}.png", content, f"what {row} gives")
    row, map_number, place = chosen or strongest_unit(network, outputs)
    taken = unit(network, look.inputs, row, map_number, place)
    text = "\n".join(as_lines(taken)) + "\n"
    yield Shown("unit.txt", text.encode(), f"how a value of {row} comes about")
    if taken.field is not None:
        yield _field(network, look, taken)
    scores = scores_of(network, look, map_constant)
    for class_number in reasons_for:
        yield _drawn_reasons(network, look, classes, class_number, scores, cam_row)


def scores_of(network: Network, look: Look, map_constant: float) -> list[float]:
    """Return the score of every class for a picture.

    Args:
        network: A network of images.
        look: The picture.
        map_constant: That of the recipe, by which distances become scores.
    """
    with evaluating(network), torch.no_grad():
        found = class_probabilities(network(look.inputs), network.ending, map_constant)[0]
    return [float(score) for score in found]


def strongest_unit(network: Network, outputs: dict[str, Array]) -> tuple[str, int, tuple[int, int]]:
    """Return row, map and place of the largest value of the last row of windows whose maps have places.

    Where none has any, it is the largest one of the first full layer.

    Raises:
        SeeingError: The network has neither.
    """
    for report in reversed(network.walk.reports[1 : network.trunk_length + 1]):
        shape = report.output
        if not isinstance(shape, Image) or shape.height * shape.width == 1:
            continue
        values = outputs[report.row.name][0]
        number, down, across = np.unravel_index(int(np.nan_to_num(values).argmax()), values.shape)
        place = (int(down), int(across))
        if isinstance(report.row.layer, WindowedLayer):
            return report.row.name, int(number), place
    for report in network.walk.reports[1 : network.trunk_length + 1]:
        if isinstance(report.row.layer, FullyConnected):
            row = report.row.name
            return row, int(np.nan_to_num(outputs[row][0]).argmax()), (0, 0)
    raise SeeingError(no_spatial_row(network.walk.reports[-1].row.name))


def _field(network: Network, look: Look, taken: Unit) -> Shown:
    row, place = taken.row, taken.place
    field = receptive_field(network, row, place)
    beside = [
        _frame(receptive_field(network, row, near)) for near in _neighbours(network, row, place)
    ]
    slopes = effective_field(network, look.inputs, row, taken.map_number, place)
    height, width = field.size
    sees = f"sees {height}x{width} pixels"
    if isinstance(report_of(network, row).output, Image):
        notes = [
            f"map {taken.map_number}, row {place[0]}, column {place[1]}: {sees}",
            f"its neighbours see the same, {field.jump[0]} rows and {field.jump[1]} columns further: fields overlap"
            if min(field.size) > max(field.jump)
            else "fields of neighbours do not overlap",
        ]
    else:
        notes = [f"unit {taken.map_number}: {sees}, as all units of its row do"]
    content = draw_field(
        look.shown,
        _frame(field),
        beside,
        slopes,
        f"What a unit of {row} sees of {look.name}",
        notes,
        low=look.low,
        high=look.high,
    )
    return Shown("field.png", content, f"what this unit of {row} sees of the picture")


def _frame(field: Field) -> Frame:
    return Frame(field.top, field.bottom, field.left, field.right)


def _neighbours(network: Network, row: str, place: tuple[int, int]) -> list[tuple[int, int]]:
    output = report_of(network, row).output
    height, width = output.axes[1:] if isinstance(output, Image) else (1, 1)
    return [
        (place[0] + down, place[1] + across)
        for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1))
        if 0 <= place[0] + down < height and 0 <= place[1] + across < width
    ]


def reasons(
    network: Network, look: Look, class_number: int, cam_row: str | None = None
) -> tuple[Reason, ...]:
    """Return which places of a picture speak for a class, by three methods.

    Args:
        network: A network of images.
        look: The picture.
        class_number: The class, counted from 0.
        cam_row: Row that Grad-CAM looks at; the last one with places where it is absent.
    """
    looked: tuple[Reason, ...] = ()
    try:
        row = cam_row or last_spatial_row(network)
        looked = (Reason(f"Grad-CAM at {row}", grad_cam(network, look.inputs, class_number, row)),)
    except SeeingError:
        # Where no row has places, the other two ask for none.
        if cam_row is not None:
            raise
    slopes = integrated_gradients(network, look.inputs, class_number)
    return (
        *looked,
        Reason("occlusion", occlusion(network, look.inputs, class_number)),
        Reason("integrated gradients", slopes.sum(axis=0)),
    )


def _drawn_reasons(
    network: Network,
    look: Look,
    classes: tuple[str, ...],
    class_number: int,
    scores: list[float],
    cam_row: str | None,
) -> Shown:
    name, score = classes[class_number], scores[class_number]
    rank = sum(other > score for other in scores)
    place = "first" if rank == 0 else f"number {rank + 1}"
    notes = [
        f"{name} is {place} of {len(classes)} classes, score {score:.4f}",
        "orange speaks for it, blue against it",
        *([look.remark] if look.remark else []),
    ]
    content = draw_reasons(
        look.shown,
        reasons(network, look, class_number, cam_row),
        f"Why {name}? {look.name}",
        notes,
        low=look.low,
        high=look.high,
    )
    return Shown(f"reasons-{class_number:02}-{plain(name)}.png", content, f"what speaks for {name}")


def plain(name: str) -> str:
    """Return a name so that it can be part of a file's name on every system."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name).strip(
        "-"
    )
