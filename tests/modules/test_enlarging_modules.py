"""Layers that enlarge, gate and normalise, beside torch's functions, plain numpy and TensorFlow's rule."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from one_row import module_for
from strategies import (
    adaptive_poolings,
    borders,
    images,
    layers_on,
    transposed_convolutions,
)
from striate.arithmetic import walk
from striate.documents import document_of
from striate.layers import (
    ELU,
    FUNCTION_NAMES,
    BatchNormalization,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    FullyConnected,
    Function,
    GlobalPooling,
    GroupNormalization,
    Input,
    Layer,
    LayerNormalization,
    LeakyReLU,
    Multiply,
    ParametricReLU,
    Sides,
    TransposedConvolution,
    Upsampling,
)
from striate.modules import audit, build
from striate.modules.enlarging import transposed_convolution
from striate.modules.functions import function_module
from striate.shapes import Features, Image, Shape
from striate.table import Row, Table


Array = NDArray[np.float64]


def module_on(layer: Layer, shape: Shape) -> nn.Module:
    """The module of a layer that reads a shape, in double precision, with random numbers."""
    module = module_for(layer, shape).eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for numbers in module.parameters():
            numbers.uniform_(-1, 1)
    return module


def values_of(shape: Shape, batch: int = 2) -> Tensor:
    return torch.randn(batch, *shape.axes, dtype=torch.float64, generator=torch.manual_seed(2))


def laid(values: Array, weight: Array, layer: TransposedConvolution, out: Image) -> Array:
    """Every value times its kernel, laid at steps of the stride and added up, one by one."""
    channels, per_group, height, width = weight.shape
    groups, (down, across) = layer.groups, layer.window.stride
    apart, aside = layer.window.dilation
    (top, _), (left, _) = layer.cut
    sums = np.zeros(out.axes)
    for channel, row, column in np.ndindex(*values.shape):
        group = channel // (channels // groups)
        for number, y, x in np.ndindex(per_group, height, width):
            at, to = row * down + y * apart - top, column * across + x * aside - left
            if 0 <= at < out.height and 0 <= to < out.width:
                sums[group * per_group + number, at, to] += (
                    values[channel, row, column] * weight[channel, number, y, x]
                )
    return sums


@given(data=st.data(), image=images(5))
def test_a_transposed_convolution_lays_its_kernels_one_by_one(
    data: st.DataObject, image: Image
) -> None:
    layer = data.draw(transposed_convolutions(image))
    module, out = transposed_convolution(layer, image.channels).double(), layer.output(image)
    values = values_of(image, 1)
    expected = laid(values[0].numpy(), module.weight.detach().numpy(), layer, out)
    if module.bias is not None:
        expected += module.bias.detach().numpy()[:, None, None]
    np.testing.assert_allclose(module(values)[0].detach().numpy(), expected, atol=1e-12)


@given(
    length=st.integers(1, 9),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
)
def test_same_is_the_gradient_of_a_convolution_with_padding_same(
    length: int, kernel: int, stride: int
) -> None:
    # TensorFlow defines conv2d_transpose as that gradient; the convolution reads length x stride.
    layer = TransposedConvolution(1, (kernel, 1), (stride, 1), "same", has_bias=False)
    below, above = Image(1, length, 1), Image(1, length * stride, 1)
    assert layer.output(below) == above
    module = transposed_convolution(layer, 1).double()
    forward = module_for(Convolution(1, (kernel, 1), (stride, 1), "same", has_bias=False), above)
    with torch.no_grad():
        next(forward.parameters()).copy_(module.weight)
    image = values_of(above, 1).requires_grad_()
    given_back = values_of(below, 1)
    (slope,) = torch.autograd.grad(forward(image), image, given_back)
    torch.testing.assert_close(module(given_back).detach(), slope)


@given(data=st.data(), image=images(9))
def test_every_adaptive_pooling_counts_the_cells_that_its_windows_touch(
    data: st.DataObject, image: Image
) -> None:
    layer = data.draw(adaptive_poolings())
    out, cost = layer.output(image), layer.cost(image)
    touched = 0
    for length, count in ((image.height, out.height), (image.width, out.width)):
        ends = [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]
        touched = (touched or 1) * sum(end - start for start, end in ends)
    assert cost.connections == image.channels * touched
    down, _ = layer.axes(image)
    ends = [
        (i * image.height // out.height, -(-(i + 1) * image.height // out.height))
        for i in range(out.height)
    ]
    assert down.kernel == max(end - start for start, end in ends)


@pytest.mark.parametrize("factor", [(2, 2), (3, 1)])
def test_upsampling_repeats_values(factor: tuple[int, int]) -> None:
    image = Image(2, 3, 4)
    values = values_of(image)
    expected = values.numpy().repeat(factor[0], 2).repeat(factor[1], 3)
    np.testing.assert_array_equal(module_on(Upsampling(factor), image)(values).numpy(), expected)


def test_bilinear_upsampling_goes_straight_from_value_to_value() -> None:
    line = torch.tensor([[[[0.0, 4.0]]]], dtype=torch.float64)
    image = Image(1, 1, 2)
    squares = module_on(Upsampling((1, 2), "bilinear"), image)(line)
    assert squares.flatten().tolist() == [0, 1, 3, 4]  # pixels are squares, the outer ones repeated
    corners = module_on(Upsampling((1, 2), "bilinear", is_aligned=True), image)(line)
    torch.testing.assert_close(corners.flatten(), torch.linspace(0, 4, 4, dtype=torch.float64))


@given(data=st.data(), image=images(6))
def test_a_border_is_numpys_pad(data: st.DataObject, image: Image) -> None:
    layer = data.draw(borders(image))
    sides, values = layer.sides, values_of(image).numpy()
    widths = ((0, 0), (0, 0), (sides.top, sides.bottom), (sides.left, sides.right))
    modes = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}
    expected = np.pad(values, widths, modes[layer.mode])  # type: ignore[call-overload]
    found = module_on(layer, image)(torch.from_numpy(values))
    np.testing.assert_array_equal(found.numpy(), expected)


def test_a_depthwise_convolution_reads_each_map_by_itself() -> None:
    image = Image(3, 6, 5)
    layer = DepthwiseConvolution(3, padding=Sides(1, 0, 2, 1), multiplier=2)
    module, values = module_on(layer, image), values_of(image)
    weight, bias = next(module.parameters()), list(module.parameters())[1]
    padded = functional.pad(values, (2, 1, 1, 0))
    expected = torch.cat(
        [
            functional.conv2d(
                padded[:, at : at + 1], weight[2 * at : 2 * at + 2], bias[2 * at : 2 * at + 2]
            )
            for at in range(3)
        ],
        1,
    )
    torch.testing.assert_close(module(values), expected)


def normalized(values: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    centered = values - values.mean(axes, keepdims=True)
    return np.asarray(centered / np.sqrt((centered**2).mean(axes, keepdims=True) + epsilon))


@pytest.mark.parametrize("shape", [Image(4, 3, 5), Features(12)])
@pytest.mark.parametrize(("has_scale", "has_offset"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("over", ["all", "maps"])
def test_layer_normalisation_is_its_formula(
    shape: Shape, over: str, *, has_scale: bool, has_offset: bool
) -> None:
    layer = LayerNormalization(over, 0.1, has_scale, has_offset)  # type: ignore[arg-type]
    module, values = module_on(layer, shape), values_of(shape).numpy()
    axes = (1,) if over == "maps" else tuple(range(1, values.ndim))
    expected = normalized(values, axes, 0.1)
    held = dict(module.named_parameters())

    behind = [1] * (values.ndim - 2) if over == "maps" else []
    if has_scale:
        expected = expected * held["weight"].detach().numpy().reshape(-1, *behind).reshape(
            *held["weight"].shape, *behind
        )
    if has_offset:
        expected = expected + held["bias"].detach().numpy().reshape(*held["bias"].shape, *behind)
    assert len(held) == has_scale + has_offset
    np.testing.assert_allclose(module(torch.from_numpy(values)).detach(), expected, atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, None])
@pytest.mark.parametrize(
    ("has_scale", "has_offset"), [(True, False), (False, True), (False, False)]
)
def test_group_normalisation_is_its_formula(
    groups: int | None, *, has_scale: bool, has_offset: bool
) -> None:
    image = Image(4, 3, 5)
    module = module_on(GroupNormalization(groups, 0.1, has_scale, has_offset), image)
    values = values_of(image).numpy()
    parts = values.reshape(2, groups or 4, -1)
    expected = normalized(parts, (2,), 0.1).reshape(values.shape)
    held = {name: one.detach().numpy()[:, None, None] for name, one in module.named_parameters()}
    assert len(held) == has_scale + has_offset
    expected = expected * held.get("weight", 1.0) + held.get("bias", 0.0)
    np.testing.assert_allclose(module(torch.from_numpy(values)).detach(), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("has_scale", "has_offset"), [(True, False), (False, True), (False, False)]
)
def test_batch_normalisation_has_the_numbers_that_its_row_gives_it(
    *, has_scale: bool, has_offset: bool
) -> None:
    image = Image(4, 3, 5)
    module = module_on(BatchNormalization(0.1, 0.1, has_scale, has_offset), image).train()
    values = values_of(image).numpy()
    held = {name: one.detach().numpy()[:, None, None] for name, one in module.named_parameters()}
    assert len(held) == has_scale + has_offset
    expected = normalized(values, (0, 2, 3), 0.1) * held.get("weight", 1.0) + held.get("bias", 0.0)
    np.testing.assert_allclose(module(torch.from_numpy(values)).detach(), expected, atol=1e-12)
    assert module.get_buffer("running_mean").abs().sum() > 0


@pytest.mark.parametrize("slopes", ["one", "maps", "values"])
def test_a_parametric_relu_has_a_slope_for_each_of_what_it_says(slopes: str) -> None:
    image = Image(3, 2, 4)
    module = module_on(ParametricReLU(slopes), image)  # type: ignore[arg-type]
    slope = module.get_parameter("weight").detach().numpy()
    assert slope.size == {"one": 1, "maps": 3, "values": 24}[slopes]
    wide = slope.reshape(-1, 1, 1) if slopes == "maps" else slope
    values = values_of(image).numpy()
    expected = np.where(values > 0, values, wide * values)
    np.testing.assert_allclose(module(torch.from_numpy(values)).detach(), expected)


def test_whole_maps_are_dropped_at_once() -> None:
    module = module_on(Dropout(0.5, "maps"), Image(8, 3, 3)).train()
    kept = module(torch.ones(4, 8, 3, 3)) != 0
    assert torch.equal(kept.flatten(2).any(2), kept.flatten(2).all(2))
    assert 0 < kept.float().mean() < 1


def squeezed_and_excited() -> Table:
    return Table(
        (
            Row("I", Input.image(3, 5, 4)),
            Row("C", Convolution(6, 1)),
            Row("S", GlobalPooling()),
            Row("F", FullyConnected(2), "ReLU"),
            Row("E", FullyConnected(6), "sigmoid"),
            Row("M", Multiply(), reads=("E", "C")),
            Row("O", FullyConnected(2), "softmax"),
        )
    )


def test_a_gate_scales_whole_maps() -> None:
    network = build(document_of(squeezed_and_excited()))
    outputs = network.trace(torch.randn(2, 3, 5, 4))
    expected = outputs["C"] * outputs["E"][:, :, None, None]
    torch.testing.assert_close(outputs["M"], expected)


@pytest.mark.parametrize(
    ("function", "by_torch"),
    [
        ("log-softmax", lambda values: functional.log_softmax(values, 1)),
        ("ReLU6", lambda values: values.clamp(0, 6)),
        ("GELU", lambda values: values * 0.5 * (1 + torch.erf(values / 2**0.5))),
        (
            "GELU (tanh)",
            lambda x: 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3))),
        ),
        ("SiLU", lambda values: values / (1 + torch.exp(-values))),
        ("mish", lambda values: values * torch.tanh(torch.log1p(torch.exp(values)))),
        (
            "SELU",
            lambda x: 1.0507009873554805 * torch.where(x > 0, x, 1.6732632423543772 * x.expm1()),
        ),
        ("softplus", lambda values: torch.log1p(torch.exp(values))),
        ("softsign", lambda values: values / (1 + values.abs())),
        ("log sigmoid", lambda values: -torch.log(1 + torch.exp(-values))),
        ("hard swish", lambda values: values * (values + 3).clamp(0, 6) / 6),
        ("hard sigmoid", lambda values: (values + 3).clamp(0, 6) / 6),
        ("hard tanh", lambda values: values.clamp(-1, 1)),
        (LeakyReLU(0.3), lambda values: torch.maximum(values, 0.3 * values)),
        (ELU(0.5), lambda values: torch.where(values > 0, values, 0.5 * values.expm1())),
    ],
)
def test_a_function_is_its_formula(function: Function, by_torch: object) -> None:
    assert callable(by_torch)
    values = torch.linspace(-8, 8, 48, dtype=torch.float64).view(4, 12)
    torch.testing.assert_close(function_module(function)(values), by_torch(values))


def test_every_name_is_a_function() -> None:
    values = torch.randn(2, 3)
    assert all(function_module(name)(values).shape == (2, 3) for name in FUNCTION_NAMES)


@given(data=st.data(), image=images(6))
def test_every_row_gives_what_the_arithmetic_says(data: st.DataObject, image: Image) -> None:
    layer = data.draw(layers_on(image))
    function = data.draw(st.sampled_from(FUNCTION_NAMES))
    rows = (Row("I", Input(image)), Row("X", layer, function), Row("O", FullyConnected(2)))
    audit(walk(Table(rows)))  # raises where a size or a count of torch's differs
