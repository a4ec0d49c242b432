"""Networks of small rows, all of which, their loss and the way back take one call of a kernel."""

from typing import final

import torch
from torch import Tensor, nn

from striate import layers
from striate.arithmetic import RowReport
from striate.kernels import Kernel, losses, straight_network
from striate.kernels.straight_network import Kind, Row
from striate.layers import Convolution
from striate.modules import Network, Step
from striate.modules.radial_basis import RadialBasis
from striate.recipe import Recipe
from striate.runtime.coverage import covers
from striate.shapes import Image


@final
class StraightStep:
    """A network of small rows one behind the other: images stay in the cache of a core on their way.

    Args:
        network: As it was built; it is read at each step.
        rows: Each row that does anything, and what it is for the kernel.
        recipe: Its loss.
    """

    kernel: Kernel = straight_network.KERNEL

    def __init__(self, network: Network, rows: list[tuple[nn.Module, Row]], recipe: Recipe) -> None:
        self.plan = straight_network.Plan(network.walk.input.axes, [row for _, row in rows])
        self.parameters = [values for module, _ in rows for values in _numbers(module)]
        self.loss, self.constant = losses.LOSSES[recipe.loss], recipe.map_constant
        self.trained = [values for values in self.parameters if isinstance(values, nn.Parameter)]
        counts = [values.numel() for values in self.trained]
        self.gradients = torch.empty(sum(counts), dtype=torch.float32)
        parts = torch.split(self.gradients, counts)
        pairs = zip(parts, self.trained, strict=True)
        self.each = [part.view(parameter.shape) for part, parameter in pairs]

    def does(self, inputs: Tensor) -> bool:
        """Whether the kernel can take some inputs, and is there."""
        return inputs.shape[1:] == self.plan.axes and _are_plain(inputs) and self.kernel.is_ready

    def __call__(self, inputs: Tensor, labels: Tensor) -> tuple[float, int]:
        """Leave the gradients in the parameters, and return the mean loss and the errors of a batch."""
        loss, errors = straight_network.learn(
            *(self.plan, self.parameters, self.gradients, inputs, labels),
            *(self.loss, self.constant),
        )
        for parameter, gradient in zip(self.trained, self.each, strict=True):
            parameter.grad = gradient
        return loss, errors


def one_call_step(network: Network, recipe: Recipe) -> StraightStep | None:
    """Return a network's step in one call of a kernel, if it has one.

    Args:
        network: As it was built, with numbers in fp32.
        recipe: Its loss.

    Returns:
        None unless every row reads the one before it alone and has few numbers, all parameters are
        trained and lie side by side, and the kernel knows all rows and the loss.
    """
    reports = network.walk.reports
    follows = all(step.reads == (position,) for position, step in enumerate(network.steps))
    suits = all(
        values.requires_grad and values.is_contiguous() and values.is_cpu
        for values in network.parameters()
    )
    values = sum(report.output.elements for report in reports if report.output is not None)
    is_small = values <= straight_network.MOST_VALUES
    if network.heads or not (follows and suits and is_small) or recipe.loss not in losses.LOSSES:
        return None
    rows = []
    for step, report in zip(network.steps, reports[1:], strict=True):
        module = network.get_submodule(step.child)
        if isinstance(module, nn.Flatten) and step.function is None:
            continue
        row = _row(step, report)
        if row is None:
            return None
        rows.append((module, row))
    return StraightStep(network, rows, recipe) if rows else None


def _are_plain(inputs: Tensor) -> bool:
    return (
        inputs.dtype is torch.float32
        and inputs.is_cpu
        and not inputs.requires_grad
        and len(inputs) > 0
    )


def _row(step: Step, report: RowReport) -> Row | None:
    """Return a row for the kernel; None if that does not know its numbers, or is slower with them."""
    layer, shape, function = report.row.layer, report.inputs[0], step.function
    if not covers("straight step", layer, function):
        return None
    reads = shape.axes if isinstance(shape, Image) else (shape.elements, 1, 1)
    count = shape.elements
    match layer:
        case layers.FullyConnected(units=units) if units * count <= straight_network.MOST_WEIGHTS:
            return Row(Kind.WEIGH, reads, units, function)
        case Convolution() if isinstance(shape, Image):
            return _convolution(layer, shape, step)
        case layers.Subsampling(window=window) if window.stride == window.kernel:
            share = 1.0 if layer.reduction == "sum" else 1 / (window.kernel[0] * window.kernel[1])
            return Row(Kind.SUBSAMPLE, reads, reads[0], function, window.kernel, share=share)
        case layers.RadialBasis() if function is None:
            return Row(Kind.MEASURE, reads, layer.units)
        case _:
            return None


def _convolution(layer: Convolution, image: Image, step: Step) -> Row | None:
    window, table = layer.window, layer.connection_table
    is_single = window.stride == window.dilation == (1, 1) and layer.groups == 1
    if not is_single or any(window.sides(image)):
        return None
    covers_all = table is None and window.kernel == (image.height, image.width)
    if covers_all and layer.maps * image.elements <= straight_network.MOST_WEIGHTS:
        return Row(Kind.WEIGH, image.axes, layer.maps, step.function)
    if image.channels > straight_network.MOST_CHANNELS:
        return None
    every = ((above, below) for above in range(layer.maps) for below in range(image.channels))
    pairs = tuple(every) if table is None else table.pairs
    return Row(Kind.CONVOLVE, image.axes, layer.maps, step.function, window.kernel, pairs)


def _numbers(module: nn.Module) -> tuple[Tensor | None, Tensor | None]:
    if isinstance(module, RadialBasis):
        return module.codes, None
    return module.weight, module.bias  # type: ignore[return-value]
