"""What the arithmetic says an output sees, beside the gradients that torch computes."""

from fractions import Fraction

import pytest
import torch
from hypothesis import assume, given, strategies as st
from hypothesis.strategies import DataObject, DrawFn
from torch import Tensor
from torch.nn import functional

from strategies import pairs, sides
from striate.arithmetic import ReceptiveField, reads, walk
from striate.layers import (
    Add,
    AveragePooling,
    Border,
    Concat,
    Convolution,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Padding,
    Subsampling,
    TransposedConvolution,
    Upsampling,
)
from striate.layers.windows import pair
from striate.shapes import Image
from striate.table import Row, Table


SIDE = 32


def output_of(table: Table, image: Tensor) -> Tensor:
    """Run a table with every weight 1, so that no gradient can cancel another."""
    outputs: list[Tensor] = []
    shape = (image.shape[-2], image.shape[-1])
    for row, sources in zip(table.rows, reads(table), strict=True):
        values = [outputs[source] for source in sources]
        match row.layer:
            case Input():
                outputs.append(image)
            case Add():
                outputs.append(torch.stack(values).sum(0))
            case Concat():
                outputs.append(torch.cat(values, 1).sum(1, keepdim=True))
            case Flatten():
                outputs.append(values[0].flatten(1))
            case FullyConnected() | GlobalPooling():
                outputs.append(values[0].flatten(1).sum(1, keepdim=True))
            case Convolution() | MaxPooling() | AveragePooling() | Subsampling():
                window = row.layer.window
                shape = (values[0].shape[-2], values[0].shape[-1])
                top, bottom, left, right = window.sides(Image(1, *shape))
                wide = functional.pad(values[0], (left, right, top, bottom))
                ones = torch.ones(1, 1, *window.kernel, dtype=image.dtype)
                outputs.append(
                    functional.conv2d(wide, ones, stride=window.stride, dilation=window.dilation)
                )
            case TransposedConvolution() as layer:
                (top, below), (left, right) = layer.cut
                ones = torch.ones(1, 1, *layer.window.kernel, dtype=image.dtype)
                whole = functional.conv_transpose2d(
                    values[0], ones, stride=layer.window.stride, dilation=layer.window.dilation
                )
                outputs.append(functional.pad(whole, (-left, -right, -top, -below)))
            case Upsampling():
                down, across = pair(row.layer.factor)
                tall = values[0].repeat_interleave(down, 2)
                outputs.append(tall.repeat_interleave(across, 3))
            case Border() as layer:
                ends = layer.sides
                beside = (ends.left, ends.right, ends.top, ends.bottom)
                outputs.append(functional.pad(values[0], beside))
            case _:
                pytest.fail(f"no rule for {row.layer}")
    return outputs[-1]


def seen(table: Table, place: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Rows and columns of the image on which one output depends."""
    image = torch.ones(1, 1, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(output_of(table, image)[(0, 0, *place)], image)
    touched = gradient[0, 0] != 0
    rows, columns = touched.any(1).nonzero().flatten(), touched.any(0).nonzero().flatten()
    return rows.tolist(), columns.tolist()


def chained(*layers: Layer) -> Table:
    return Table(tuple(Row(f"R{index}", layer) for index, layer in enumerate(layers)))


def field_of(table: Table) -> ReceptiveField:
    walked = walk(table)
    assert walked.faults == ()
    field = walked.reports[-1].field
    assert field is not None
    return field


@st.composite
def windows(draw: DrawFn) -> Layer:
    kernel, stride = draw(pairs(1, 4)), draw(pairs(1, 2))
    rules: tuple[Padding, ...] = ("same", "valid")
    padding = draw(st.one_of(st.sampled_from(rules), sides(1)))
    match draw(st.integers(0, 3)):
        case 0:
            return Convolution(1, kernel, stride, padding, draw(pairs(1, 2)))
        case 1:
            return MaxPooling((2, 3), stride, "valid")
        case 2:
            return AveragePooling((3, 2), stride, "same")
        case _:
            return Subsampling(kernel, stride)


def assert_field_is_what_gradients_touch(data: DataObject, table: Table) -> None:
    walked = walk(table)
    output = walked.reports[-1].output
    assume(not walked.faults)
    assert isinstance(output, Image)
    place = (
        data.draw(st.integers(0, output.height - 1)),
        data.draw(st.integers(0, output.width - 1)),
    )
    field = field_of(table)
    for span, at, touched in zip(
        (field.height, field.width), place, seen(table, place), strict=True
    ):
        assume(touched)  # an output that sees padding alone has no ends to compare
        first, last = span.first + at * span.jump, span.last + at * span.jump
        assert min(touched) >= first
        assert max(touched) <= last
        # In the padding nothing can be touched; everywhere else the ends are exact.
        if first >= 0 and last < SIDE:
            assert (min(touched), max(touched)) == (first, last)


@given(data=st.data(), layers=st.lists(windows(), min_size=1, max_size=4))
def test_a_chain_sees_exactly_its_field(data: DataObject, layers: list[Layer]) -> None:
    assert_field_is_what_gradients_touch(data, chained(Input.image(1, SIDE, SIDE), *layers))


@given(
    data=st.data(),
    above=st.lists(windows(), max_size=1),
    kernels=st.lists(pairs(1, 6), min_size=2, max_size=3),
    stride=st.integers(1, 2),
    joint=st.sampled_from((Add(), Concat())),
    below=st.lists(windows(), max_size=2),
)
def test_the_widest_branch_decides(
    data: DataObject,
    above: list[Layer],
    kernels: list[tuple[int, int]],
    stride: int,
    joint: Add | Concat,
    below: list[Layer],
) -> None:
    head = chained(Input.image(1, SIDE, SIDE), *above).rows
    branches = tuple(
        Row(f"branch {index}", Convolution(1, kernel, stride, "same"), reads=(head[-1].name,))
        for index, kernel in enumerate(kernels)
    )
    tail = tuple(Row(f"T{index}", layer) for index, layer in enumerate(below))
    joined = Row("joint", joint, reads=tuple(row.name for row in branches))
    assert_field_is_what_gradients_touch(data, Table((*head, *branches, joined, *tail)))


@st.composite
def enlarging(draw: DrawFn) -> Layer:
    match draw(st.integers(0, 3)):
        case 0:
            kernel, stride = draw(pairs(1, 4)), draw(pairs(1, 3))
            return TransposedConvolution(
                1, kernel, stride, draw(st.sampled_from(("same", "valid")))
            )
        case 1:
            return Upsampling(draw(pairs(1, 3)))
        case 2:
            return Border(draw(sides(2)))
        case _:
            return Convolution(1, draw(pairs(1, 4)), 1, "same")


@given(data=st.data(), layers=st.lists(enlarging(), min_size=1, max_size=3))
def test_behind_an_upsampling_no_pixel_beside_the_field_is_touched(
    data: DataObject, layers: list[Layer]
) -> None:
    table = chained(Input.image(1, SIDE, SIDE), *layers)
    walked = walk(table)
    assume(not walked.faults)
    output, field = walked.reports[-1].output, field_of(table)
    assert isinstance(output, Image)
    spans = (field.height, field.width)
    place = tuple(data.draw(st.integers(0, length - 1)) for length in output.axes[1:])
    for span, at, touched in zip(spans, place, seen(table, place), strict=True):
        assume(touched)
        first, last = span.at_output(at)
        assert first <= min(touched)
        assert max(touched) <= last


@pytest.mark.parametrize(
    ("layer", "size", "jump"),
    [
        (Upsampling(2), 2, Fraction(1, 2)),  # of three copies, two are of one pixel
        (TransposedConvolution(1, 4, 2, 1), 3, Fraction(1, 2)),
        (Convolution(1, 3, 2, 1), 7, 2),
    ],
)
def test_the_field_of_a_kernel_behind_it(layer: Layer, size: int, jump: Fraction) -> None:
    span = field_of(chained(Input.image(1, SIDE, SIDE), layer, Convolution(1, 3, 1, 1))).height
    assert (span.size, span.jump) == (size, jump)


def test_where_strides_are_unequal_the_field_holds_what_both_branches_see() -> None:
    rows = (
        Row("I", Input.image(1, 12, 12)),
        Row("A", Convolution(1, 3, 3), reads=("I",)),
        Row("B", Convolution(1, 5, 2), reads=("I",)),
        Row("J", Add(), reads=("A", "B")),
        Row("C", Convolution(1, 4)),
    )
    # The only output of C reads all four of A, whose last sees the pixels 9 to 11.
    span = field_of(Table(rows)).height
    assert span.first == 0
    assert span.last >= 11
    assert field_of(Table(rows[:-1])).height.jump == 3


def test_two_small_kernels_see_what_one_large_one_sees() -> None:
    image = Input.image(1, SIDE, SIDE)
    two = chained(image, Convolution(1, 3), Convolution(1, 3))
    one = chained(image, Convolution(1, 5))
    assert field_of(two) == field_of(one)
    assert str(field_of(one)) == "5x5"


def test_centers_of_neighbours_lie_a_jump_apart() -> None:
    field = field_of(chained(Input.image(1, SIDE, SIDE), Convolution(1, 5, 2, 2), MaxPooling(2)))
    assert (field.height.first, field.height.last, field.height.jump) == (-2, 4, 4)
    assert field.height.center == 1.0


@pytest.mark.parametrize(
    "whole", [[FullyConnected(1)], [GlobalPooling()], [Flatten(), FullyConnected(1)], [Flatten()]]
)
def test_a_row_that_reads_all_maps_sees_the_whole_image(whole: list[Layer]) -> None:
    table = chained(Input.image(1, SIDE, SIDE), Convolution(1, 3), MaxPooling(2), *whole)
    assert str(field_of(table)) == f"{SIDE}x{SIDE}"
    if not isinstance(whole[-1], Flatten):
        assert seen(table, ()) == (list(range(SIDE)), list(range(SIDE)))


def test_a_flat_input_has_no_field() -> None:
    walked = walk(chained(Input.features(3), FullyConnected(2)))
    assert [report.field for report in walked.reports] == [None, None]
