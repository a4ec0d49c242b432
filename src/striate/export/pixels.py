"""The way from a picture's pixels to what a network reads, written in ONNX's own language.

It is that of `striate.data.preprocessing.resize`, step by step: Pillow's gray, Pillow's bilinear filter with its
rounding between the two passes, cut or filled, and the numbers of the bytes.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from striate.data.preprocessing.crop import stored_image
from striate.preparation import Preparation
from striate.recipe import Views
from striate.shapes import Image


if TYPE_CHECKING:
    import onnx


OPSET = 18
"""ReduceSum's and Pad's axes came with 13 and 18; runtimes of 2023 and later read it."""

_IR = 9

_SHARES = """
<domain: "striate", opset_import: ["" : {opset}]>
Shares (length, target) => (shares)
{{
    zero = Constant <value = double {{0.0}}> ()
    half = Constant <value = double {{0.5}}> ()
    unit = Constant <value = double {{1.0}}> ()
    across = Constant <value = int64[1] {{1}}> ()
    down = Constant <value = int64[1] {{0}}> ()
    exact = Cast <to = 11> (length)
    wanted = Cast <to = 11> (target)
    scale = Div (exact, wanted)
    reach = Max (scale, unit)
    places = Range (zero, wanted, unit)
    middles = Add (places, half)
    centers = Mul (middles, scale)
    cells = Range (zero, exact, unit)
    pixels = Add (cells, half)
    rows = Unsqueeze (centers, across)
    columns = Unsqueeze (pixels, down)
    away = Sub (rows, columns)
    apart = Abs (away)
    inward = Div (unit, reach)
    part = Mul (apart, inward)
    rest = Sub (unit, part)
    raw = Max (rest, zero)
    sums = ReduceSum <keepdims = 1> (raw, across)
    exactly = Div (raw, sums)
    fine = Constant <value = double {{4194304.0}}> ()
    scaled = Mul (exactly, fine)
    up = Add (scaled, half)
    shares = Floor (up)
}}
"""
"""The share of each pixel in each pixel of the result, in units of 2^-22 as Pillow counts them.

The filter is a triangle, as wide to each side as a pixel of the coarser grid. Sums of whole numbers are exact in
double precision, so that a pixel half way between two bytes becomes the same one as in Pillow."""


def pixels_model(
    image: Image, preparation: Preparation, views: Views, mean: NDArray[np.float32] | None
) -> "onnx.ModelProto":
    """Return a model that turns the pixels of one picture into the views that a network reads.

    Shapes:
        picture: height x width x 3, bytes of red, green and blue
        prepared: views x channels x height x width, float32

    Args:
        image: What the network reads, of 1 or 3 channels.
        preparation: How pictures are fitted: by `resize`, `crop` or `letterbox`.
        views: Which windows are read.
        mean: Of the training images, in the range of bytes, if the preparation subtracts one.
    """
    import onnx
    import onnx.parser

    steps = [*_planes(image.channels), *_size(stored_image(image, preparation), preparation)]
    steps += [*_resized(), *_views(image, preparation.margin, views)]
    steps += _values(preparation, has_mean=mean is not None)
    values = [] if mean is None else [f"float[{','.join(map(str, mean.shape))}] mean"]
    head = f"<{', '.join(values)}>" if values else ""
    text = (
        f'<ir_version: {_IR}, opset_import: ["" : {OPSET}, "striate" : 1]>\n'
        f"pixels (uint8[picture_height, picture_width, 3] picture) => "
        f"(float[views, {image.channels}, {image.height}, {image.width}] prepared) {head}\n"
        "{\n" + "".join(f"    {step}\n" for step in steps) + "}\n" + _SHARES.format(opset=OPSET)
    )
    model = onnx.parser.parse_model(text)
    if mean is not None:
        model.graph.initializer.append(onnx.numpy_helper.from_array(mean, "mean"))
    return model


def _planes(channels: int) -> Iterator[str]:
    """Bring the picture to planes of float: channels x height x width."""
    yield "whole = Cast <to = 6> (picture)"
    if channels == 1:
        # ITU-R 601-2 in the fixed point of Pillow's convert("L").
        yield "luma = Constant <value = int32[3] {19595, 38470, 7471}> ()"
        yield "rounded = Constant <value = int32 {32768}> ()"
        yield "fixed = Constant <value = int32 {65536}> ()"
        yield "last = Constant <value = int64[1] {2}> ()"
        yield "weighted = Mul (whole, luma)"
        yield "summed = ReduceSum <keepdims = 1> (weighted, last)"
        yield "nearest = Add (summed, rounded)"
        yield "colors = Div (nearest, fixed)"
    else:
        yield "colors = Identity (whole)"
    yield "planes32 = Transpose <perm = [2, 0, 1]> (colors)"
    yield "planes = Cast <to = 11> (planes32)"
    yield "axes = Shape (picture)"
    for name, place in (("tall", 0), ("broad", 1)):
        yield f"{name}_at = Constant <value = int64 {{{place}}}> ()"
        yield f"{name} = Gather <axis = 0> (axes, {name}_at)"


def _size(image: Image, preparation: Preparation) -> Iterator[str]:
    """Decide the size to scale to, and what is cut off or filled at top, left, bottom and right."""
    yield f"height = Constant <value = int64 {{{image.height}}}> ()"
    yield f"width = Constant <value = int64 {{{image.width}}}> ()"
    if preparation.fit == "resize":
        yield "scaled_height = Identity (height)"
        yield "scaled_width = Identity (width)"
    else:
        bound = "Max" if preparation.fit == "crop" else "Min"
        # Of the two ways to keep the aspect, the larger one covers the field and the smaller one fits into it.
        for own, other, side, across in (
            ("tall", "broad", "height", "width"),
            ("broad", "tall", "width", "height"),
        ):
            yield f"{own}_by = Mul ({own}, {across})"
            yield f"{own}_exact = Cast <to = 11> ({own}_by)"
            yield f"{other}_exact_of_{own} = Cast <to = 11> ({other})"
            yield f"{own}_ratio = Div ({own}_exact, {other}_exact_of_{own})"
            yield f"{own}_round = Round ({own}_ratio)"
            yield f"{own}_whole = Cast <to = 7> ({own}_round)"
            yield f"{own}_bound = {bound} ({own}_whole, {side})"
            yield f"least_{own} = Constant <value = int64 {{1}}> ()"
            yield f"scaled_{side} = Max ({own}_bound, least_{own})"
    yield "two = Constant <value = double {2.0}> ()"
    yield "none = Constant <value = int64[1] {0}> ()"
    yield "first_axis = Constant <value = int64[1] {0}> ()"
    for side, before, after in (("height", "above", "below"), ("width", "left", "right")):
        yield f"{side}_over = Sub (scaled_{side}, {side})"
        yield f"{side}_over64 = Cast <to = 11> ({side}_over)"
        yield f"{side}_half = Div ({side}_over64, two)"
        yield f"{side}_floor = Floor ({side}_half)"
        yield f"{side}_corner = Cast <to = 7> ({side}_floor)"
        yield f"{before}_1 = Neg ({side}_corner)"
        yield f"{after}_1 = Sub ({side}_corner, {side}_over)"
        yield f"{before} = Unsqueeze ({before}_1, first_axis)"
        yield f"{after} = Unsqueeze ({after}_1, first_axis)"
    yield "pads = Concat <axis = 0> (none, above, left, none, below, right)"


def _resized() -> Iterator[str]:
    """Resize with a rounding behind each pass, as Pillow does, and cut or fill."""
    yield "units = Constant <value = double {4194304.0}> ()"
    yield "half = Constant <value = double {2097152.0}> ()"
    yield "column_shares = striate.Shares (broad, scaled_width)"
    yield "column_weights = Transpose <perm = [1, 0]> (column_shares)"
    yield "row_shares = striate.Shares (tall, scaled_height)"
    for sums, product, made in (
        ("narrow", "MatMul (planes, column_weights)", "narrow_bytes"),
        ("low", "MatMul (row_shares, narrow_bytes)", "resized_bytes"),
    ):
        yield f"{sums} = {product}"
        yield f"{sums}_up = Add ({sums}, half)"
        yield f"{sums}_parts = Div ({sums}_up, units)"
        yield f"{made} = Floor ({sums}_parts)"
    yield "resized = Cast <to = 1> (resized_bytes)"
    yield "stored = Pad (resized, pads)"


def _values(preparation: Preparation, *, has_mean: bool) -> Iterator[str]:
    """Turn bytes into the numbers that a network reads; a mean is subtracted from each window."""
    low, step = map(_across, preparation.byte_values)
    yield f"step = Constant <value = {step}> ()"
    if has_mean:
        yield "less = Sub (bytes, mean)"
        yield "prepared = Mul (less, step)"
    else:
        yield f"low_value = Constant <value = {low}> ()"
        yield "scaled = Mul (bytes, step)"
        yield "prepared = Add (scaled, low_value)"


def _across(numbers: tuple[float, ...]) -> str:
    """Write one number for all channels, or one for each, which meets all its pixels."""
    axes = f"[{len(numbers)}, 1, 1]" if len(numbers) > 1 else ""
    return f"float{axes} {{{', '.join(map(repr, numbers))}}}"


def _views(image: Image, margin: int, views: Views) -> Iterator[str]:
    corners = [(margin // 2, margin // 2)]
    if views == "ten-crop":
        corners += [(0, 0), (0, margin), (margin, 0), (margin, margin)]
    yield "plane_axes = Constant <value = int64[2] {1, 2}> ()"
    if views != "one":
        yield "last_axis = Constant <value = int64[1] {2}> ()"
        yield "back = Constant <value = int64[1] {-1}> ()"
        yield "end = Constant <value = int64[1] {-9223372036854775807}> ()"
    names = []
    for number, (top, left) in enumerate(corners):
        yield f"from_{number} = Constant <value = int64[2] {{{top}, {left}}}> ()"
        yield f"to_{number} = Constant <value = int64[2] {{{top + image.height}, {left + image.width}}}> ()"
        yield f"window_{number} = Slice (stored, from_{number}, to_{number}, plane_axes)"
        names.append(f"window_{number}")
        if views != "one":
            yield f"mirrored_{number} = Slice (window_{number}, back, end, last_axis, back)"
            names.append(f"mirrored_{number}")
    for name in names:
        yield f"{name}_1 = Unsqueeze ({name}, first_axis)"
    yield f"bytes = Concat <axis = 0> ({', '.join(f'{name}_1' for name in names)})"
