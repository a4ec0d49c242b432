"""A network whose rows torch runs one after the other, to be read."""

import copy
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from striate import layers
from striate.layers import Convolution, Function
from striate.modules import Embedding, Network, Step
from striate.modules.convolutions import PartialConvolution
from striate.modules.inception import Inception
from striate.modules.merging import Add, Concat
from striate.modules.normalization import ResponseNormalization
from striate.modules.poolings import GlobalPooling, InsideMean, Subsampling
from striate.modules.radial_basis import RadialBasis
from striate.runtime.precision import at_least_fp32
from striate.runtime.products import (
    BLOCK,
    Kernels,
    Operation,
    convolution,
    following,
    kernels_of,
    product,
    scale_and_shift,
)
from striate.runtime.rows import FasterResponseNorm
from striate.shapes import Image, Shape


_SAME_IN_TRAINING = (
    *(nn.MaxPool2d, nn.AvgPool2d, nn.Flatten, nn.LocalResponseNorm, nn.ZeroPad2d, nn.ConstantPad2d),
    *(GlobalPooling, InsideMean, Subsampling, ResponseNormalization, RadialBasis, Embedding),
    *(Concat, Add),
)
"""Modules that do the same in training mode and out of it; of others a copy is kept that is not in it."""


@final
@dataclass(frozen=True, slots=True)
class _Call:
    """One row at work.

    Args:
        run: What it does.
        reads: Positions of the rows whose outputs it takes.
        gives: Its own position.
        drops: Positions of the rows whose outputs nobody needs after it.
    """

    run: Operation
    reads: tuple[int, ...]
    gives: int
    drops: tuple[int, ...]


@final
class LargeNetwork:
    """A network of many numbers, its weights laid out for the machine's products.

    Rows that do nothing once a network has learnt are left out, and a batch normalisation is folded into
    the convolution before it. A batch goes through the rows of maps in blocks, and as a whole through the
    flat rows behind them, whose weights are many and are then read once.

    Args:
        network: As it was built, and of finite numbers in fp32; its weights are copied as they are now.
        number: What is multiplied: fp32 or bf16.
    """

    def __init__(self, network: Network, number: torch.dtype) -> None:
        self.number = number
        self.calls = _calls(network, number)
        self.of_maps = _count_rows_of_maps(self.calls, network)
        self.last = self.calls[-1].gives if self.calls else 0

    @torch.inference_mode()
    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x values
        """
        if examples.is_floating_point():
            examples = examples.to(self.number)
        if examples.dim() == 4:  # noqa: PLR2004 - batch, maps, height, width
            examples = examples.contiguous(memory_format=torch.channels_last)
        maps, flat = self.calls[: self.of_maps], self.calls[self.of_maps :]
        values = examples
        if maps:
            # A card has neither cores that share a block nor a cache that it stays in.
            at_once = BLOCK if examples.device.type == "cpu" else max(len(examples), 1)
            parts = [_run(maps, 0, part, maps[-1].gives) for part in torch.split(examples, at_once)]
            values = parts[0] if len(parts) == 1 else torch.cat(parts)
        values = _run(flat, maps[-1].gives if maps else 0, values, self.last)
        return values.flatten(1).to(torch.promote_types(values.dtype, torch.float32))


def _run(calls: tuple[_Call, ...], begins: int, values: Tensor, ends: int) -> Tensor:
    """Run some rows on the output of the row before them."""
    outputs = {begins: values}
    for call in calls:
        outputs[call.gives] = call.run(*(outputs[read] for read in call.reads))
        for done in call.drops:
            del outputs[done]
    return outputs[ends]


def _calls(network: Network, number: torch.dtype) -> tuple[_Call, ...]:
    steps = network.steps[: network.trunk_length]
    folded = _folded(network)
    stands_for = {0: 0}
    kept: list[tuple[Operation, tuple[int, ...], int]] = []
    for position, step in enumerate(steps, start=1):
        module = getattr(network, step.child)
        reads = tuple(stands_for[read] for read in step.reads)
        stands_for[position] = position
        if position in folded.values():
            stands_for[position] = reads[0]  # done with the row behind it
            continue
        if step.function is None and isinstance(module, nn.Dropout | nn.Identity):
            stands_for[position] = reads[0]
            continue
        is_last = position == len(steps)
        # Scores that differ in their third digit must not become the same.
        of_row = torch.float32 if is_last and number == torch.bfloat16 else number
        if position in folded:
            convolving = steps[folded[position] - 1]
            kernels = _kernels(network, convolving).scaled(module)
            size = _size(network.walk.trunk[folded[position]].inputs[0])
            run = convolution(kernels, size, step.function, of_row)
        else:
            run = _operation(network, step, position, of_row)
        kept.append((run, reads, position))
    uses = {read: gives for _, reads, gives in kept for read in reads}
    return tuple(
        _Call(run, reads, gives, tuple({read for read in reads if uses[read] == gives}))
        for run, reads, gives in kept
    )


def _folded(network: Network) -> dict[int, int]:
    """Find the batch normalisations that alone read a convolution, by position, and those convolutions."""
    steps = network.steps[: network.trunk_length]
    readers: dict[int, list[int]] = {}
    for position, step in enumerate(steps, start=1):
        for read in step.reads:
            readers.setdefault(read, []).append(position)
    folded = {}
    for position, step in enumerate(steps, start=1):
        norm, read = getattr(network, step.child), step.reads[0]
        if type(norm) is not nn.BatchNorm2d or norm.running_mean is None or not read:
            continue
        before = steps[read - 1]
        does = type(getattr(network, before.child)) in {nn.Conv2d, PartialConvolution}
        if does and before.function is None and readers[read] == [position]:
            folded[position] = read
    return folded


def _kernels(network: Network, step: Step) -> Kernels:
    padding = None if step.children[0] == step.child else getattr(network, step.children[0])
    return kernels_of(getattr(network, step.child), padding)


def _operation(network: Network, step: Step, position: int, number: torch.dtype) -> Operation:
    """Prepare a row.

    Args:
        network: Its weights are copied.
        step: The row.
        position: Of the row.
        number: What is multiplied: fp32 or bf16.
    """
    report = network.walk.trunk[position]
    layer, shape = report.row.layer, report.inputs[0]
    module, function = getattr(network, step.child), step.function
    match module:
        case nn.Conv2d() | PartialConvolution():
            return convolution(_kernels(network, step), _size(shape), function, number)
        case nn.Linear():
            return product(module, function, number)
        case Inception() if isinstance(layer, layers.Inception) and isinstance(shape, Image):
            return _branches(module, layer, shape, function, number)
        case nn.BatchNorm2d() | nn.BatchNorm1d() if module.running_mean is not None:
            return _followed(_scaling(module), function)
        case nn.LocalResponseNorm() | ResponseNormalization() if (
            isinstance(layer, layers.ResponseNormalization) and layer.region == "across"
        ):
            return _followed(FasterResponseNorm(layer), function)
        case _:
            return _rest(network, step)


def _scaling(norm: nn.BatchNorm2d | nn.BatchNorm1d) -> Operation:
    scale, shift = scale_and_shift(norm)

    def run(values: Tensor) -> Tensor:
        axes = (1, -1, *[1] * (values.dim() - 2))
        return torch.addcmul(shift.view(axes), values, scale.view(axes)).to(values.dtype)

    return run


def _followed(operation: Operation, function: Function | None) -> Operation:
    then = following(function)
    return operation if then is None else lambda *values: then(operation(*values))


def _rest(network: Network, step: Step) -> Operation:
    """Run the modules of a row as they are, out of training mode, in fp32 where they have numbers."""
    modules = [getattr(network, child) for child in step.children]
    kept = [
        module if type(module) in _SAME_IN_TRAINING else copy.deepcopy(module).eval()
        for module in modules
    ]
    has_numbers = any(True for module in modules for _ in module.state_dict().values())

    def run(*values: Tensor) -> Tensor:
        if has_numbers and values[0].is_floating_point():
            values = tuple(map(at_least_fp32, values))
        if step.is_flat:
            values = tuple(branch.flatten(1) for branch in values)
        given: Tensor = kept[0](*values)
        for module in kept[1:]:
            given = module(given)
        return given

    return run


def _branches(
    module: Inception,
    layer: layers.Inception,
    image: Image,
    function: Function | None,
    number: torch.dtype,
) -> Operation:
    """Prepare a module of branches.

    Args:
        module: Its weights are copied.
        layer: The row's numbers.
        image: What it reads.
        function: What follows its convolutions.
        number: What is multiplied: fp32 or bf16.
    """
    size = image.height, image.width
    # A pooling stands alone ahead of a convolution.
    branches = [
        [
            convolution(kernels_of(getattr(module, name)), size, function, number)
            if isinstance(part, Convolution)
            else getattr(module, name)
            for name, part in branch
        ]
        for branch in layer.branches
    ]

    def run(maps: Tensor) -> Tensor:
        outputs = []
        for branch in branches:
            values = maps
            for operation in branch:
                values = operation(values)
            outputs.append(values)
        return torch.cat(outputs, dim=1)

    return run


def _size(shape: Shape) -> tuple[int, int]:
    if not isinstance(shape, Image):
        message = f"a row of maps was prepared for {shape}"
        raise TypeError(message)
    return shape.height, shape.width


def _count_rows_of_maps(calls: tuple[_Call, ...], network: Network) -> int:
    """Count the rows ahead of the first flat product, if all of it goes through one row there."""
    for index, call in enumerate(calls):
        if isinstance(getattr(network, network.steps[call.gives - 1].child), nn.Linear):
            before = calls[index - 1].gives if index else 0
            is_narrow = all(
                read >= call.gives or read == before
                for later in calls[index:]
                for read in later.reads
                if read < call.gives
            )
            return index if is_narrow else len(calls)
    return len(calls)
