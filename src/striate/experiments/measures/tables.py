"""Measures that follow from the table alone: whole numbers and their ratios, no torch."""

from collections.abc import Sequence

from striate.arithmetic import RowReport, Walk
from striate.arithmetic.reports import Span
from striate.errors import ExperimentError
from striate.errors.experiments import not_for_this_network
from striate.experiments.measures.kinds import Measure
from striate.shapes import Image, Shape


_BYTES = 4


def measure_table(
    walk: Walk, measure: Measure, network: str, unshared: Sequence[str] = ()
) -> float:
    """Compute a measure of a table.

    Args:
        walk: The arithmetic on it, without faults.
        measure: One that is exact.
        network: Its name, for messages.
        unshared: Rows whose places have weights of their own.

    Raises:
        ExperimentError: The row has no such thing.
    """
    reports = (walk.report(measure.row),) if measure.row else walk.trunk
    match measure.name:
        case "parameters":
            return parameters_of(reports, unshared)
        case "unshared parameters":
            return sum(_unshared(one) for one in reports)
        case "multiply-adds":
            return sum(one.cost.multiply_adds for one in reports if one.cost)
        case "memory":
            return _BYTES * sum(one.output.elements for one in reports if one.output)
        case "output values":
            return _output(walk, measure, network).elements
        case "output height":
            return _image(walk, measure, network).height
        case "output width":
            return _image(walk, measure, network).width
        case "share of the view in one field":
            down, across = _seen(walk, measure, network)
            image = _view(walk, measure, network)
            return down[0] * across[0] / (image.height * image.width)
        case "share of the view in all fields":
            down, across = _seen(walk, measure, network)
            image = _view(walk, measure, network)
            return down[1] * across[1] / (image.height * image.width)
        case "fields over each pixel":
            down, across = _seen(walk, measure, network)
            return down[2] * across[2] / (down[1] * across[1])
        case _:
            raise AssertionError(measure.name)


def parameters_of(reports: Sequence[RowReport], unshared: Sequence[str]) -> int:
    """Count the trained numbers of rows, some of whose places have weights of their own."""
    return sum(
        _unshared(one) if one.row.name in unshared else one.cost.parameters
        for one in reports
        if one.cost
    )


def _unshared(report: RowReport) -> int:
    """Count the weights and biases that units without sharing would have: their links."""
    cost = report.cost
    return cost.connections if cost is not None and cost.parameters else 0


def _output(walk: Walk, measure: Measure, network: str) -> Shape:
    output = walk.report(measure.row).output
    if output is None:
        raise _refused(measure, network, "nothing is known of its output")
    return output


def _image(walk: Walk, measure: Measure, network: str) -> Image:
    output = _output(walk, measure, network)
    if not isinstance(output, Image):
        raise _refused(measure, network, "its units lie in no maps")
    return output


def _view(walk: Walk, measure: Measure, network: str) -> Image:
    if not isinstance(walk.input, Image):
        raise _refused(measure, network, "it reads no pictures")
    return walk.input


def _seen(walk: Walk, measure: Measure, network: str) -> tuple[tuple[int, int, int], ...]:
    """Count along height and width: pixels in one field, in all of them, and in all added up."""
    view, field = _view(walk, measure, network), walk.report(measure.row).field
    image = _image(walk, measure, network)
    if field is None:
        raise _refused(measure, network, "its units have no field")
    return (
        _along(field.height, image.height, view.height),
        _along(field.width, image.width, view.width),
    )


def _along(span: Span, places: int, length: int) -> tuple[int, int, int]:
    fields = [
        range(max(first, 0), min(last + 1, length))
        for first, last in map(span.at_output, range(places))
    ]
    seen = {pixel for pixels in fields for pixel in pixels}
    return max(map(len, fields)), len(seen), sum(map(len, fields))


def _refused(measure: Measure, network: str, why: str) -> ExperimentError:
    return ExperimentError(not_for_this_network(str(measure), network, why))
