"""The ways in which what is said of one layer can be filled in, each with what it costs."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, cast

from striate.documents.table.axes import IMAGE_AXES, PLANE_AXES
from striate.documents.table.claims import (
    CONTRADICTION,
    SIZED_KERNEL,
    UNPROVEN,
    UNSAID_KERNEL,
    Candidate,
    Context,
    Target,
    agrees,
    fits,
    output_of,
    shapes_of,
    told_of,
)
from striate.documents.table.numbers import CONVOLUTIONS, Said
from striate.documents.table.phrases import Step
from striate.documents.table.pointwise import exact, normalisations, trained_slopes
from striate.documents.table.poolings import padding_of, pooling_kind, poolings
from striate.documents.table.resizing import (
    adaptive_poolings,
    borders,
    flat,
    inceptions,
    joins,
    reshapings,
    upsamplings,
)
from striate.documents.table.text import Size
from striate.documents.vocabulary import function_of
from striate.errors import LayerError
from striate.layers import (
    ELU,
    Activation,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    LeakyReLU,
    Padding,
    ResponseNormalization,
    TransposedConvolution,
)
from striate.shapes import Features, Image, Shape


MOST_MAPS = MOST_UNITS = 10**9
_WIDEST = 64
_SLACK = 4
_LIKELIEST = 3
_USUAL_KERNELS = (3, 5, 1, 7, 2, 4, 6, 8, 9, 11)


def candidates_of(step: Step, shape: Shape, goal: Target, context: Context) -> list[Candidate]:
    """Give the ways of filling in one step.

    Args:
        step: The step, as far as it is said.
        shape: What it reads.
        goal: Maps and size that it claims to give; empty where others of its line follow.
        context: What else is known of it.
    """
    found: list[Candidate] = []
    for rank, said in enumerate(meant_by(step, goal[0])):
        found += [
            replace(way, cost=way.cost + 0.1 * rank) if rank else way
            for way in _ways_of(step, said, shape, goal, context)
        ]
    if not found:
        # Nothing fits at all: the row is named, and the rows below go on from what it claims.
        hopeless = Candidate(
            None, _claimed(shape, goal), CONTRADICTION, missing=("a window that fits",)
        )
        return [hopeless]
    return found


def meant_by(step: Step, maps: int | None) -> tuple[Said, ...]:
    """Return the readings of a step that agree with the maps that are claimed; all of them where none does.

    Whether the 17 of `conv17` counts the layers or its maps needs no weighing where a column says 16.
    """
    if maps is None or len(step.said) == 1:
        return step.said
    return tuple(said for said in step.said if said.get("maps") in {None, maps}) or step.said


def _ways_of(
    step: Step, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    match step.op:
        case "convolution" | "depthwise":
            yield from _convolutions(step.op, said, shape, goal, context)
        case "max pooling" | "average pooling" | "lp pooling" | "pooling":
            yield from _poolings(step.op, said, shape, goal, context)
        case "global average" | "global max":
            yield from _global(step.op, shape)
        case "adaptive average" | "adaptive max":
            yield from adaptive_poolings(step.op, said, shape, _size_of(said, goal) or goal[1])
        case "transposed":
            yield from _transposed(said, shape, goal, context)
        case "upsampling":
            yield from upsamplings(said, shape, _size_of(said, goal))
        case "padding":
            yield from borders(said, shape, _size_of(said, goal))
        case "inception":
            yield from inceptions(said, shape)
        case "add" | "concat" | "multiply":
            yield from joins(step.op, shape, context)
        case "dense" | "output":
            yield from _dense(step.op, said, shape, goal, context)
        case "flatten":
            yield reshapings(shape, goal) or exact(Flatten(), shape)
        case "activation":
            yield from _activation(said, shape, goal, context)
        case "normalisation":
            yield from normalisations(said, shape, context)
        case "dropout":
            yield _dropout(said, shape)
        case "response":
            told = "its constants are the usual ones, for none are said"
            yield exact(ResponseNormalization(), shape, (told,))
        case "input":
            yield Candidate(None, shape, UNPROVEN, missing=("how a second input comes in",))
        case "identity":
            yield Candidate(None, shape, 0.0)
        case _:
            yield _unknown(step, shape, goal)


def _dropout(said: Said, shape: Shape) -> Candidate:
    fraction = said.get("fraction")
    if fraction is None or not 0 <= fraction < 1:
        return exact(
            Dropout(0.5), shape, ("it drops half of the values: the usual part, for none is said",)
        )
    return exact(Dropout(round(fraction, 6)), shape)


def _unknown(step: Step, shape: Shape, goal: Target) -> Candidate:
    maps, size = goal
    output = shape
    if len(size) == PLANE_AXES:
        channels = maps or (shape.channels if isinstance(shape, Image) else 1)
        output = Image(channels, *size)
    elif len(size) == 1:
        output = Features(size[0])
    return Candidate(None, output, 3.0, missing=(f"what {step.word or step.op} does",))


def _convolutions(
    op: str, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield flat(shape, "reads")
        return
    maps, penalty = _maps(op, said, shape, goal)
    if maps is None:
        what = "its maps" if op == "convolution" else "how it gives so many maps"
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=(what,))
        return
    groups = shape.channels if op == "depthwise" else said.get("groups", 1)
    if groups < 1 or shape.channels % groups or maps % groups:
        yield Candidate(None, _claimed(shape, goal), CONTRADICTION, missing=("its groups",))
        return
    size = _size_of(said, goal)
    dilation = said.get("dilation", 1)
    seen = False
    held = (maps * shape.channels // groups, maps)
    for way in _filled(said, size, shape, held, context):
        kernel, stride, padding, has_bias, cost, inferred = way
        made = _convolved(maps, kernel, stride, padding, dilation, groups, shape, has_bias=has_bias)
        if made is None:
            continue
        layer, result = made
        is_fit = bool(size) and fits(result, None, size)
        # Pixels that nothing says are believed where the size proves them.
        is_guessed = isinstance(padding, int) and padding != context.habits.padding
        if is_guessed and "padding" not in said and context.fixed is None and not is_fit:
            continue
        is_pinned = (
            is_fit
            and stride == (1, 1)
            and padding == "valid"
            and 1 < max(kernel) <= _USUAL_KERNELS[-1]
        )
        inferred = told_of(inferred, shape, size, result)
        told = (*inferred, SIZED_KERNEL) if UNSAID_KERNEL in inferred and is_pinned else inferred
        seen = True
        yield Candidate(layer, result, penalty + cost, told, choice=(kernel, padding, has_bias))
    if not seen:
        yield Candidate(None, _claimed(shape, goal), CONTRADICTION, missing=("a window that fits",))


@lru_cache(maxsize=16_384)
def _convolved(
    maps: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding,
    dilation: int,
    groups: int,
    shape: Image,
    *,
    has_bias: bool,
) -> tuple[Convolution, Image] | None:
    """Make a convolution and what comes out of it, once for all rows that are alike; None where it does not fit."""
    try:
        layer = Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)
    except LayerError:
        return None
    result = output_of(layer, shape)
    return (layer, result) if isinstance(result, Image) else None


_Filled = tuple[tuple[int, int], tuple[int, int], Padding, bool, float, tuple[str, ...]]


def _filled(
    said: Said, size: tuple[int, ...], image: Image, held: tuple[int, int], context: Context
) -> Iterator[_Filled]:
    """Give every kernel, stride, padding and bias that may be meant, with their cost."""
    for kernel, kernel_cost, kernel_told in _kernels(said, image, size, held, context):
        for stride, stride_cost, stride_told in _strides(said, size, image, context):
            step = _Step(kernel, stride)
            for padding, padding_cost, padding_told in _paddings(said, step, size, image, context):
                for has_bias, bias_cost in _biases(said, context):
                    cost = kernel_cost + stride_cost + padding_cost + bias_cost
                    told = (*kernel_told, *stride_told, *padding_told)
                    if bias_cost and not has_bias:
                        told = (*told, _without_biases(context))
                    yield kernel, stride, padding, has_bias, cost, told


class _Step(NamedTuple):
    kernel: tuple[int, int]
    stride: tuple[int, int]


def _claimed(shape: Shape, goal: Target) -> Shape:
    maps, size = goal
    if len(size) == PLANE_AXES:
        return Image(maps or (shape.channels if isinstance(shape, Image) else 1), *size)
    return Features(size[0]) if len(size) == 1 else shape


def _maps(op: str, said: Said, shape: Image, goal: Target) -> tuple[int | None, float]:
    """Give the maps of a convolution, as said or as claimed, and what that contradicts."""
    penalty = 0.0 if said.get("maps in") in {None, shape.channels} else CONTRADICTION
    maps: int | None = said.get("maps")
    if op == "depthwise":
        if maps is not None and maps % shape.channels:
            return None, penalty + CONTRADICTION
        return maps or shape.channels * said.get("multiplier", 1), penalty
    maps = maps or said.get("units")
    output: Size | None = said.get("output")
    if maps is None:
        maps = goal[0]
    if maps is None and output is not None and len(output.numbers) == IMAGE_AXES:
        maps = output.numbers[0 if output.order == "maps first" else 2]
    return (maps, penalty) if maps is not None and 0 < maps <= MOST_MAPS else (None, penalty)


def _kernels(
    said: Said, image: Image, size: tuple[int, ...], held: tuple[int, int], context: Context
) -> Iterator[tuple[tuple[int, int], float, tuple[str, ...]]]:
    """Give the kernels that may be meant.

    Args:
        said: What is said of the layer.
        image: What it reads.
        size: Height and width that it claims to give.
        held: Its weights in each cell of the kernel, and its biases.
        context: What else is known of it.
    """
    habits = context.habits
    if context.fixed is not None:
        yield context.fixed[0], 0.0, ()
    elif "kernel" in said:
        yield said["kernel"], 0.0, ()
    elif habits.kernel is not None:
        height, width = habits.kernel
        told = f"kernel {height}x{width}: by the sentence in line {habits.lines.get('kernel')}"
        yield habits.kernel, 0.0, (told,)
    else:
        options = [(side, side) for side in _USUAL_KERNELS]
        if len(size) == PLANE_AXES:
            shrunk = (image.height - size[0] + 1, image.width - size[1] + 1)
            is_new = min(shrunk) >= 1 and 1 < max(shrunk) <= _WIDEST and shrunk not in options
            options += [shrunk] if is_new else []
        allowed = _allowed(options, held, context)
        for rank, kernel in enumerate(options):
            if kernel in allowed:
                yield kernel, 0.05 * rank, (UNSAID_KERNEL,)


def _allowed(
    options: list[tuple[int, int]], held: tuple[int, int], context: Context
) -> list[tuple[int, int]]:
    """Give the kernels that the parameters of a line allow, where they are those of one layer alone.

    Where they allow none, they contradict every kernel alike: the likeliest are enough.
    """
    line = context.line
    trained = [step for step in line.steps if step.op in {*CONVOLUTIONS, "dense", "normalisation"}]
    if line.parameters is None or line.repeats > 1 or len(trained) != 1:
        return options
    weights, biases = held
    proven = [
        (height, width)
        for height, width in options
        if any(agrees(line.parameters, weights * height * width + extra) for extra in (0, biases))
    ]
    return proven or [*options[:_LIKELIEST], options[-1]]


def _strides(
    said: Said, size: tuple[int, ...], image: Image, context: Context
) -> Iterator[tuple[tuple[int, int], float, tuple[str, ...]]]:
    if "stride" in said:
        yield said["stride"], 0.0, ()
        if context.fixed is not None and said["stride"] != (1, 1):
            # Of layers in a row, often the first alone has the stride.
            yield (1, 1), 0.5, ()
        return
    yield (1, 1), 0.0, ()
    if len(size) == PLANE_AXES and context.fixed is None and size[0] < image.height:
        came = f"from {image.height}x{image.width} to {size[0]}x{size[1]}"
        for stride in (2, 3, 4):
            if image.height // stride <= size[0] + _SLACK:
                yield (stride, stride), 1.0 + 0.2 * stride, (f"stride {stride}: {came}",)


def _paddings(
    said: Said, step: _Step, size: tuple[int, ...], image: Image, context: Context
) -> Iterator[tuple[Padding, float, tuple[str, ...]]]:
    usual = context.habits.padding
    if context.fixed is not None:
        yield context.fixed[1], 0.0, ()
        return
    if "padding" in said or step.kernel == (1, 1):
        yield padding_of(said.get("padding", "valid")), 0.0, ()
        return
    # What a sentence says of all is doubted only where sizes contradict it.
    doubt = 0.0
    half = _half_of(step, context)
    even = ("TensorFlow's same would give the same sizes",) if half is not None else ()
    if "pads" in said:
        usual, doubt = "same", 3.0
        told = "the row says that it pads, and not by how much"
        yield half or "same", 0.0, (f"padding {half or 'same'}: {told}", *even)
    elif half is not None and usual == "same" and "padding" not in context.habits.lines:
        yield half, 0.0, (f"padding {half}: {context.habits.custom}", *even)
        doubt = 3.0
    elif usual is not None:
        word = cast("Padding", usual)
        said_in = context.habits.lines.get("padding")
        why = f"by the sentence in line {said_in}" if said_in else context.habits.custom
        yield word, 0.0, (f"padding {usual}: {why}",)
        doubt = 3.0
    is_sized = len(size) == PLANE_AXES
    told = (
        f"from {image.height}x{image.width} to {size[0]}x{size[1]}"
        if is_sized
        else "for none is said"
    )
    if usual != "valid":
        yield "valid", doubt, (f"padding valid: {told}",)
    if usual != "same":
        # Where its own size is not said, the sizes further down decide for it.
        why = told if is_sized else "what comes out further down agrees with it"
        yield half or "same", doubt or 0.3, (f"padding {half or 'same'}: {why}", *even)
    for pixels in range(1, max(step.kernel) // 2 + 2) if is_sized else ():
        is_same = step.kernel == (2 * pixels + 1,) * 2 and step.stride == (1, 1)
        if pixels not in {usual, half} and not is_same:
            yield pixels, 1.2 + doubt, (f"padding {pixels}: {told}",)


def _half_of(step: _Step, context: Context) -> int | None:
    """Give the pixels on each side that papers and PyTorch mean where a convolution with a stride keeps its places.

    They give the sizes of TensorFlow's `same`, which may pad one side more; nothing where the document speaks of it.
    """
    height, width = step.kernel
    is_even = height != width or height % 2 == 0
    return None if step.stride == (1, 1) or is_even or context.habits.has_keras else height // 2


def _transposed(said: Said, shape: Shape, goal: Target, context: Context) -> Iterator[Candidate]:
    """Give the ways of filling in a transposed convolution."""
    if not isinstance(shape, Image):
        yield flat(shape, "reads")
        return
    maps, penalty = _maps("transposed", said, shape, goal)
    if maps is None:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its maps",))
        return
    size = _size_of(said, goal)
    if "kernel" not in said and context.fixed is None and context.line.parameters is None:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its kernel",))
        return
    held = (maps * shape.channels, maps)
    for kernel, kernel_cost, kernel_told in _kernels(said, shape, size, held, context):
        for stride, told in _enlarging(said, shape, size):
            for padding, behind, cost in _cuts(said, kernel, stride, size):
                for has_bias, bias_cost in _biases(said, context):
                    try:
                        layer = TransposedConvolution(
                            maps, kernel, stride, padding, behind, has_bias=has_bias
                        )
                    except LayerError:
                        continue
                    result = output_of(layer, shape)
                    if result is None or (cost and size and not fits(result, None, size)):
                        continue
                    total = penalty + kernel_cost + cost + bias_cost
                    choice = (kernel, padding, has_bias)
                    ways = (*kernel_told, *told)
                    if bias_cost and not has_bias:
                        ways = (*ways, _without_biases(context))
                    yield Candidate(layer, result, total, ways, choice=choice)


def _enlarging(
    said: Said, image: Image, size: tuple[int, ...]
) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
    """Give the strides of a transposed convolution: as said, or as the sizes grow."""
    if "stride" in said:
        yield said["stride"], ()
    elif len(size) == PLANE_AXES:
        stride = (max(size[0] // image.height, 1), max(size[1] // image.width, 1))
        came = f"from {image.height}x{image.width} to {size[0]}x{size[1]}"
        yield stride, (() if stride == (1, 1) else (f"stride {stride[0]}x{stride[1]}: {came}",))
    else:
        yield (1, 1), ()


def _cuts(
    said: Said, kernel: tuple[int, int], stride: tuple[int, int], size: tuple[int, ...]
) -> Iterator[tuple[Padding, int, float]]:
    """Give what a transposed convolution cuts off and adds behind, with what each costs."""
    if "padding" in said:
        rules = [padding_of(said["padding"])]
    else:
        rules = ["valid", "same", *range(1, max(kernel) // 2 + 1)] if size else ["valid"]
    for rank, padding in enumerate(rules):
        yield padding, 0, 0.1 * rank
        if padding not in {"same", "valid"} and max(stride) > 1:
            yield padding, 1, 0.1 * rank + 0.3


def _biases(said: Said, context: Context) -> Iterator[tuple[bool, float]]:
    """Say whether a layer has biases: as said of it, as sentences say, or as its parameters tell."""
    usual = said.get("bias", context.habits.has_bias)
    has_claim = context.line.parameters is not None
    if context.fixed is not None:
        yield context.fixed[2], 0.0
    elif said.get("bias"):
        yield True, 0.0
    elif usual is False:
        yield False, 0.0
        if has_claim:
            yield True, 2.0
    else:
        yield True, 0.0
        if has_claim:
            unusual = 0.5 if context.below == "normalisation" else 1.5
            yield False, unusual if usual is None else 3.0


def _without_biases(context: Context) -> str:
    return f"no biases: from {context.line.parameters} parameters"


def _poolings(
    op: str, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield flat(shape, "pools")
        return
    size = _size_of(said, goal)
    kind, told = pooling_kind(op, said, context.habits)
    if kind is None:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its p",))
        return
    is_whole = size == (1, 1) or (not size and goal[1] == (shape.channels,))
    if (
        isinstance(kind, str)
        and "kernel" not in said
        and is_whole
        and (shape.height, shape.width) != (1, 1)
    ):
        layer = GlobalPooling(kind)
        why = "it pools whole maps: 1x1 comes out"
        yield Candidate(layer, Features(shape.channels), 0.1, (*told, why))
    for one in poolings(kind, said, shape, size, context.habits):
        result = output_of(one.layer, shape)
        if result is not None and not (one.is_exact and not fits(result, None, size)):
            inferred = (*told, *told_of(one.told, shape, size, result))
            yield Candidate(one.layer, result, one.cost, inferred)


def _size_of(said: Said, goal: Target) -> tuple[int, ...]:
    """Give the height and width that a step claims to give; empty where it claims none."""
    if len(goal[1]) == PLANE_AXES:
        return goal[1]
    output = said.get("output")
    numbers = shapes_of(output, "maps last")[1] if output is not None else ()
    return numbers if len(numbers) == PLANE_AXES else ()


def _global(op: str, shape: Shape) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield flat(shape, "pools")
        return
    yield Candidate(
        GlobalPooling("average" if op == "global average" else "max"), Features(shape.channels), 0.0
    )


def _dense(
    op: str, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    units = _units(said, goal)
    penalty = 0.0 if said.get("units in") in {None, shape.elements} else CONTRADICTION
    is_same = units == shape.elements and isinstance(shape, Features)
    if op == "output" and (units is None or is_same):
        # The output is named again: nothing is done to it.
        has_own = context.line.parameters not in {None, "0"}
        yield Candidate(None, shape, 5.0 if has_own or units is None else 0.2)
    if units is None or not 0 < units <= MOST_UNITS:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its units",))
        return
    full = replace(context, below="", fixed=None, habits=context.habits.of_full_layers())
    told: tuple[str, ...] = ()
    if op == "dense" and isinstance(shape, Image) and units == shape.elements > shape.channels:
        # `FC 9216` behind 256x6x6 may be what others call flattening: the parameters or the total decide.
        yield Candidate(Flatten(), Features(units), penalty + 0.6, (_LAID_FLAT,))
        if said.get("flat"):
            return
        told = () if context.line.parameters else (_AS_MANY,)
    for has_bias, cost in _biases(said, full):
        ways = (*told, _without_biases(context)) if cost and not has_bias else told
        yield Candidate(FullyConnected(units, has_bias), Features(units), penalty + cost, ways)


_LAID_FLAT = "it lays the maps flat: as many values come out as come in"
_AS_MANY = "a layer with weights, though as many values come out as come in: if it lays the maps flat, call it Flatten"


def _units(said: Said, goal: Target) -> int | None:
    """Give the units of a full layer, as said or as claimed."""
    maps, size = goal
    if "units" in said:
        units: int = said["units"]
        return units
    if len(size) == 1:
        return size[0]
    if maps is not None and math.prod(size) == 1:
        return maps
    if maps is None and 1 in size:
        return math.prod(size)
    return said.get("maps")


def _activation(said: Said, shape: Shape, goal: Target, context: Context) -> Iterator[Candidate]:
    if said.get("function") == "PReLU":
        yield from trained_slopes(shape)
        return
    layer = activation_of(said.get("function"), said.get("slope"))
    if layer is None:
        yield Candidate(None, shape, UNPROVEN, missing=("its function",))
        return
    size = goal[1]
    is_alone = len(context.line.steps) == 1 and said.get("function") == "softmax"
    if is_alone and len(size) == 1 and size[0] != shape.elements:
        told = "a full layer: other units come out than in"
        yield Candidate(FullyConnected(size[0]), Features(size[0]), 0.5, (told,))
    is_silent = isinstance(layer.function, LeakyReLU | ELU) and "slope" not in said
    told = f"{layer.function}: PyTorch's number, for none is said"
    yield Candidate(layer, shape, 0.0, (told,) if is_silent else ())


def activation_of(function: str | None, slope: float | None = None) -> Activation | None:
    """Make the row of a function, if its name is one that layers know."""
    known = None if function is None else function_of(function)
    if known is None:
        return None
    if slope is not None and isinstance(known, LeakyReLU | ELU):
        known = type(known)(slope)
    return Activation(known)
