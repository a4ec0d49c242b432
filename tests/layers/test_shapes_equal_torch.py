"""The integer arithmetic beside torch's own answers, on the meta device where nothing is computed."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil

import pytest
import torch
from hypothesis import assume, given, strategies as st
from hypothesis.strategies import DataObject
from torch import Tensor, nn
from torch.nn import functional

from strategies import images, pairs, sides
from striate.errors import LayerError
from striate.layers import AveragePooling, Axis, Convolution, MaxPooling, Sides, window_count
from striate.shapes import Image


def torch_shape(run: Callable[[Tensor], Tensor], image: Image) -> tuple[int, ...] | None:
    """Shape without the batch; None where torch refuses."""
    try:
        return tuple(run(torch.empty(1, *image.axes, device="meta")).shape[1:])
    except (RuntimeError, ValueError):
        return None


def striate_shape(answer: Callable[[], Image]) -> tuple[int, ...] | None:
    try:
        return answer().axes
    except LayerError:
        return None


def padded(values: Tensor, padding: Sides) -> Tensor:
    return functional.pad(values, (padding.left, padding.right, padding.top, padding.bottom))


@given(
    image=images(),
    maps=st.integers(1, 8),
    kernel=pairs(1, 7),
    stride=pairs(1, 4),
    padding=st.integers(0, 4),
    dilation=pairs(1, 3),
    groups=st.integers(1, 4),
    has_bias=st.booleans(),
)
def test_a_convolution_has_torchs_shape_and_parameters_or_is_refused_by_both(
    image: Image,
    maps: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: int,
    dilation: tuple[int, int],
    groups: int,
    *,
    has_bias: bool,
) -> None:
    layer = Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)
    held = []

    def run(values: Tensor) -> Tensor:
        module = nn.Conv2d(
            image.channels, maps, kernel, stride, padding, dilation, groups, has_bias, device="meta"
        )
        held.append(sum(parameter.numel() for parameter in module.parameters()))
        return module(values)

    expected = torch_shape(run, image)
    assert striate_shape(lambda: layer.output(image)) == expected
    if expected is not None:
        assert [layer.cost(image).parameters] == held


@given(
    image=images(),
    kernel=pairs(1, 6),
    stride=pairs(1, 7),
    padding=st.integers(0, 4),
    dilation=pairs(1, 3),
    is_ceil=st.booleans(),
)
def test_a_max_pooling_has_torchs_shape_or_is_refused_by_both(
    image: Image,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: int,
    dilation: tuple[int, int],
    *,
    is_ceil: bool,
) -> None:
    # Torch gives minus infinity for a window whose cells all lie beside the image.
    assume(dilation[0] <= image.height and dilation[1] <= image.width)
    layer = MaxPooling(kernel, stride, padding, dilation, "ceil" if is_ceil else "floor")
    module = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=is_ceil)
    assert striate_shape(lambda: layer.output(image)) == torch_shape(module, image)


@given(
    image=images(),
    kernel=pairs(1, 6),
    stride=pairs(1, 7),
    padding=st.integers(0, 4),
    is_ceil=st.booleans(),
)
def test_an_average_pooling_has_torchs_shape_or_is_refused_by_both(
    image: Image,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: int,
    *,
    is_ceil: bool,
) -> None:
    layer = AveragePooling(kernel, stride, padding, "ceil" if is_ceil else "floor")
    module = nn.AvgPool2d(kernel, stride, padding, ceil_mode=is_ceil)
    assert striate_shape(lambda: layer.output(image)) == torch_shape(module, image)


@given(data=st.data(), image=images(), padding=sides(), kernel=pairs(1, 5), stride=pairs(1, 3))
def test_padding_side_by_side_is_torchs_padding_and_then_the_unpadded_layer(
    data: DataObject,
    image: Image,
    padding: Sides,
    kernel: tuple[int, int],
    stride: tuple[int, int],
) -> None:
    dilation = data.draw(pairs(1, 2))
    convolution = Convolution(3, kernel, stride, padding, dilation)
    weights = torch.empty(3, image.channels, *kernel, device="meta")
    expected = torch_shape(
        lambda values: functional.conv2d(
            padded(values, padding), weights, stride=stride, dilation=dilation
        ),
        image,
    )
    assert striate_shape(lambda: convolution.output(image)) == expected
    half = min(kernel) // 2
    if max(padding.top, padding.bottom, padding.left, padding.right) <= half:
        assume(dilation[0] <= image.height and dilation[1] <= image.width)
        pooling = MaxPooling(kernel, stride, padding, dilation)
        expected = torch_shape(
            lambda values: functional.max_pool2d(
                padded(values, padding), kernel, stride, 0, dilation
            ),
            image,
        )
        assert striate_shape(lambda: pooling.output(image)) == expected


@given(length=st.integers(1, 300), kernel=st.integers(1, 9), stride=st.integers(1, 9))
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_padding_same_follows_tensorflows_rule(
    length: int, kernel: int, stride: int, dilation: int
) -> None:
    image = Image(1, length, 1)
    layer = Convolution(1, (kernel, 1), (stride, 1), "same", (dilation, 1))
    top, bottom, left, right = layer.window.sides(image)
    # As TensorFlow's guide states it: by the remainder of the length, not by the outputs.
    reach = (kernel - 1) * dilation + 1
    total = max(reach - (length % stride or stride), 0)
    assert (top, bottom) == (total // 2, total - total // 2)
    assert (left, right) == (0, 0)
    assert layer.output(image) == Image(1, ceil(length / stride), 1)
    for axis in (
        Axis(kernel, stride, top, bottom, dilation),
        Axis(kernel, stride, top, bottom, dilation, "ceil"),
    ):
        assert window_count(length, axis) == ceil(length / stride)


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "expected"),
    [(224, 7, 2, (2, 3)), (55, 3, 2, (1, 1)), (56, 3, 2, (0, 1)), (5, 1, 3, (0, 0))],
)
def test_padding_same_puts_the_odd_pixel_behind(
    length: int, kernel: int, stride: int, expected: tuple[int, int]
) -> None:
    layer = MaxPooling(kernel, stride, "same")
    assert layer.window.sides(Image(1, length, length)) == (*expected, *expected)


@given(
    length=st.integers(1, 40),
    kernel=st.integers(1, 6),
    stride=st.integers(1, 6),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
def test_windows_counted_one_by_one(
    length: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> None:
    reach = (kernel - 1) * dilation + 1
    starts = range(-before, length + after, stride)
    whole = [start for start in starts if start + reach <= length + after]
    axis = Axis(kernel, stride, before, after, dilation)
    assert max(window_count(length, axis), 0) == len(whole)
    if whole and after <= kernel // 2:
        # Ceil keeps one more window that runs over the end, if it begins inside of the input.
        further = [start for start in starts if start < length and start + reach > length + after]
        overrun = further[:1] if whole[-1] + reach < length + after else []
        ceiled = Axis(kernel, stride, before, after, dilation, "ceil")
        assert window_count(length, ceiled) == len(whole) + len(overrun)


@given(image=images(), kernel=pairs(1, 5), strides=st.lists(st.integers(1, 6), min_size=2))
def test_a_larger_stride_never_gives_more_windows(
    image: Image, kernel: tuple[int, int], strides: list[int]
) -> None:
    layers = [Convolution(1, kernel, stride, 2) for stride in sorted(strides)]
    assume(not layers[0].window.misfits(image))
    for smaller, larger in pairwise(layers):
        assert smaller.output(image).height >= larger.output(image).height
        assert smaller.output(image).width >= larger.output(image).width


def test_googlenets_first_pooling_keeps_56_columns_by_ceil_and_55_by_floor() -> None:
    maps = Image(64, 112, 112)
    assert MaxPooling(3, 2, rounding="ceil").output(maps) == Image(64, 56, 56)
    assert MaxPooling(3, 2).output(maps) == Image(64, 55, 55)


def test_alexnets_first_convolution_needs_227_pixels_for_its_55() -> None:
    assert Convolution(96, 11, 4).output(Image(3, 227, 227)) == Image(96, 55, 55)
    assert Convolution(96, 11, 4).output(Image(3, 224, 224)) == Image(96, 54, 54)
