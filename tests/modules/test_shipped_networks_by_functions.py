"""Whole shipped networks beside the same tables run by torch's functions, with no module of Striate's."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor
from torch.nn import functional

import striate
from striate import layers
from striate.arithmetic import RowReport, Walk, reads
from striate.layers.windows import Window
from striate.shapes import Image, Words


NETWORKS = ("alexnet", "fashion-cnn", "googlenet", "lenet5", "mlp", "resnet18", "text-cnn")
FUNCTIONS = {
    "ReLU": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "scaled tanh": lambda values: 1.7159 * torch.tanh(2 * values / 3),
}


def by_functions(walk: Walk, state: Mapping[str, Tensor], examples: Tensor) -> dict[str, Tensor]:
    """Run all rows, and return the output of each by its name."""
    lasts = {part[-1].name for part in walk.table.parts}
    outputs = [examples]
    for report, below in zip(walk.reports[1:], reads(walk.table)[1:], strict=True):
        row, function = report.row, report.row.function
        own = {
            name.partition(".")[2]: values
            for name, values in state.items()
            if name.partition(".")[0].removesuffix("_") == row.identifier
        }
        values = layer_by_functions(report, own, [outputs[position] for position in below])
        left_to_the_loss = row.name in lasts and function in {"softmax", "sigmoid"}
        if not isinstance(row.layer, layers.Inception) and function and not left_to_the_loss:
            values = FUNCTIONS[function](values)  # type: ignore[index, no-untyped-call]
        outputs.append(values)
    return {report.row.name: values for report, values in zip(walk.reports, outputs, strict=True)}


def padded(values: Tensor, window: Window, filled: float = 0.0) -> Tensor:
    top, bottom, left, right = window.sides(Image(*values.shape[1:]))
    return functional.pad(values, (left, right, top, bottom), value=filled)


def convolved(
    layer: layers.Convolution, weight: Tensor, bias: Tensor | None, maps: Tensor
) -> Tensor:
    window = layer.window
    if layer.connection_table is not None:
        full = weight.new_zeros(layer.maps, maps.shape[1], *window.kernel)
        for kernel, (above, below) in zip(weight, layer.connection_table.pairs, strict=True):
            full[above, below] = kernel
        weight = full
    return functional.conv2d(
        padded(maps, window), weight, bias, window.stride, 0, window.dilation, layer.groups
    )


def pooled(layer: layers.MaxPooling, maps: Tensor) -> Tensor:
    window = layer.window
    return functional.max_pool2d(
        padded(maps, window, float("-inf")),
        *(window.kernel, window.stride),
        ceil_mode=window.rounding == "ceil",
    )


def branches(
    layer: layers.Inception, own: Mapping[str, Tensor], maps: Tensor, *, is_rectified: bool
) -> Tensor:
    found = []
    for branch in layer.branches:
        values = maps
        for name, part in branch:
            if isinstance(part, layers.MaxPooling):
                values = pooled(part, values)
            else:
                values = convolved(part, own[f"{name}.weight"], own[f"{name}.bias"], values)
                values = torch.relu(values) if is_rectified else values
        found.append(values)
    return torch.cat(found, dim=1)


def layer_by_functions(
    report: RowReport, own: Mapping[str, Tensor], inputs: list[Tensor]
) -> Tensor:
    values = inputs[0]
    match report.row.layer:
        case layers.Convolution() as layer:
            return convolved(layer, own["weight"], own.get("bias"), values)
        case layers.MaxPooling() as layer:
            return pooled(layer, values)
        case layers.Subsampling(window=window, reduction=reduction):
            sums = functional.avg_pool2d(
                values,
                window.kernel,
                window.stride,
                divisor_override=1 if reduction == "sum" else None,
            )
            return sums * own["weight"].view(-1, 1, 1) + own["bias"].view(-1, 1, 1)
        case layers.GlobalPooling(reduction="max"):
            return values.flatten(2).amax(2)
        case layers.GlobalPooling():
            return values.flatten(2).mean(2)
        case layers.FullyConnected():
            return functional.linear(values.flatten(1), own["weight"], own.get("bias"))
        case layers.RadialBasis():
            return (values.flatten(1).unsqueeze(1) - own["codes"]).square().sum(2)
        case layers.ResponseNormalization(groups=1, region="across") as layer:
            half = layer.size // 2
            squares = functional.pad(values.square(), (0, 0, 0, 0, half, half))
            sums = squares.unfold(1, layer.size, 1).sum(-1)
            return values / (layer.k + layer.coefficient * sums) ** layer.beta
        case layers.BatchNormalization(epsilon=epsilon):
            axes = (-1, 1, 1)
            mean, variance = own["running_mean"].view(axes), own["running_var"].view(axes)
            scaled = (values - mean) / torch.sqrt(variance + epsilon)
            return scaled * own["weight"].view(axes) + own["bias"].view(axes)
        case layers.Inception() as layer:
            return branches(layer, own, values, is_rectified=report.row.function == "ReLU")
        case layers.Embedding():
            vectors = torch.cat((own["padding"].unsqueeze(0), own["weight"]))
            return vectors[values.long()].unsqueeze(1)
        case layers.Concat():
            return torch.cat(inputs, dim=1)
        case layers.Add():
            return inputs[0] + inputs[1]
        case layers.Flatten():
            return values.flatten(1)
        case layers.AveragePooling(window=window):
            return functional.avg_pool2d(values, window.kernel, window.stride)
        case layers.Dropout() | layers.Activation() | layers.SideHead():
            return values
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_those_of_torch_s_functions(name: str) -> None:
    walk = striate.load(name).sound_walk()
    network = striate.build(name).eval()
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in network.parameters():
            values.normal_(0, 0.05, generator=random)
    if isinstance(walk.input, Words):
        examples = torch.randint(0, 50, (2, walk.input.count), generator=random)
    else:
        examples = torch.rand(2, *walk.input.axes, generator=random)
    with torch.no_grad():
        outputs, heads = network.forward_with_heads(examples)
        expected = by_functions(walk, network.state_dict(), examples)
    found = [outputs, *heads.values()]
    lasts = [part[-1].name for part in walk.table.parts]
    assert len(found) == len(lasts)
    for ours, last in zip(found, lasts, strict=True):
        theirs = expected[last].flatten(1)
        assert float((ours - theirs).abs().max()) <= 1e-4 * float(theirs.abs().max())
