"""Messages about networks that a document writes as Python code, which is read and never run."""

from collections.abc import Iterable, Sequence
from typing import Literal

from striate.errors.fault import SURELY, Fault, listed, nearest


_SLIP = 0.88
"""How like a layer's name a word is that can be read as it: a letter amiss in a long name."""


def code_not_parsed(problem: str, line: int) -> Fault:
    """Report a block that holds a Sequential and is no Python."""
    return Fault(
        where="code",
        came=f"the block holds a Sequential and cannot be read: {problem}.",
        needed="Python that parses; it is read and never run.",
        fix="correct this line, or write the network as a table.",
        line=line,
    )


def unknown_code_layer(came: str, layers: Iterable[str], line: int) -> Fault:
    """Report a layer of Keras or PyTorch that the table language does not have."""
    names = tuple(layers)
    # CELU is no slip of the pen for ELU.
    meant = nearest(came.rpartition(".")[2], names, cutoff=_SLIP)
    return Fault(
        where=came,
        came="no layer of this name is understood.",
        needed="a layer that tables hold: convolutions, poolings, dense layers, normalisations, dropout, "
        "activation functions.",
        fix=f"write {meant!r}." if meant else "remove it, or write the network as a table.",
        line=line,
    )


def layer_not_written_out(came: str, line: int) -> Fault:
    """Report a part of a Sequential that only running the code could tell."""
    return Fault(
        where="Sequential",
        came=f"`{came}` is no layer that is written out; the code is never run.",
        needed="one call a layer, such as Dense(10) or nn.Linear(84, 10).",
        fix="write its layers in its place, one by one.",
        line=line,
    )


def argument_not_written_out(layer: str, came: str, line: int) -> Fault:
    """Report arguments that only running the code could tell."""
    return Fault(
        where=layer,
        came=f"`{came}` stands for arguments that are not written out; the code is never run.",
        needed="every argument as a value.",
        fix="write the arguments in its place, one by one.",
        line=line,
    )


def too_many_arguments(layer: str, came: int, needed: int, line: int) -> Fault:
    """Report more arguments than a layer has."""
    return Fault(
        where=layer,
        came=f"{came} arguments stand without a name.",
        needed=f"at most {needed}.",
        fix="remove the surplus, or name the arguments.",
        line=line,
    )


def argument_given_twice(layer: str, argument: str, line: int) -> Fault:
    """Report an argument that is given by its place and by its name, or twice by its name."""
    return Fault(
        where=f"{layer}, {argument}",
        came="it is given twice.",
        needed="it once.",
        fix="remove one of the two.",
        line=line,
    )


def unknown_argument(layer: str, argument: str, names: Iterable[str], line: int) -> Fault:
    """Report an argument that would have no effect here."""
    understood = tuple(names)
    meant = nearest(argument, understood, cutoff=SURELY)
    return Fault(
        where=f"{layer}, {argument}",
        came="the argument is not understood.",
        needed=f"{listed(understood)}." if understood else "no argument.",
        fix=f"write {meant!r}." if meant else "remove it: it would have no effect here.",
        line=line,
    )


def missing_argument(layer: str, argument: str, line: int) -> Fault:
    """Report a layer without an argument that it needs."""
    return Fault(
        where=f"{layer}, {argument}",
        came="the argument is missing.",
        needed=f"a value: {layer} cannot do without.",
        fix=f"write {argument}=... with its value.",
        line=line,
    )


def unreadable_argument(layer: str, argument: str, came: str, needed: str, line: int) -> Fault:
    """Report an argument of another form, or one that only running the code could tell."""
    return Fault(
        where=f"{layer}, {argument}",
        came=f"`{came}` cannot be read; the code is never run.",
        needed=f"{needed}.",
        fix="write the value in its place.",
        line=line,
    )


def unknown_code_function(layer: str, came: str, functions: Iterable[str], line: int) -> Fault:
    """Report an activation function that the table language does not have."""
    names = tuple(functions)
    meant = nearest(came, names)
    return Fault(
        where=layer,
        came=f"{came!r} is no activation function that is understood.",
        needed=f"{listed(names)}.",
        fix=f"write {meant!r}." if meant else "choose one of these.",
        line=line,
    )


def no_layers(line: int) -> Fault:
    """Report a Sequential without a layer."""
    return Fault(
        where="Sequential",
        came="it holds no layer.",
        needed="at least one layer.",
        fix="write its layers into it.",
        line=line,
    )


def nothing_between(label: str, line: int) -> Fault:
    """Report a Model of Keras whose output is its input."""
    return Fault(
        where=label,
        came="it gives what it reads: no layer stands between the two.",
        needed="at least one layer.",
        fix="give it the output of its layers.",
        line=line,
    )


def _is_line(layer: str) -> bool:
    """Whether a layer reads lines of values: Conv1d."""
    return layer.lower().endswith("1d")


def keras_input_unknown(layer: str, line: int) -> Fault:
    """Report a Keras network that does not say what it reads."""
    needed, shape, given = (
        "height, width and channels, or a number of values",
        "28, 28, 1",
        "1x28x28",
    )
    if _is_line(layer):
        needed, shape, given = "length and channels", "100, 1", "1x1x100"
    return Fault(
        where=layer,
        came="the first layer does not say what comes in.",
        needed=f"{needed}.",
        fix=f"write input_shape=({shape}) into it, for example, or give it: --input {given}.",
        line=line,
    )


def torch_input_unknown(layer: str, line: int, channels: int) -> Fault:
    """Report a PyTorch network whose first layer leaves the size of the images open."""
    if _is_line(layer):
        return Fault(
            where=layer,
            came="the first layer does not say the length of what comes in.",
            needed="the size of one example.",
            fix=f"write an example into the block, such as `torch.zeros(1, {channels}, 100)`: "
            f"1 line of 100 values in {channels} channels, or give it: --input {channels}x1x100.",
            line=line,
        )
    return Fault(
        where=layer,
        came="the first layer does not say the height and width of what comes in.",
        needed="the size of one example.",
        fix=f"write an example into the block, such as `torch.zeros(1, {channels}, 32, 32)`: "
        f"1 image of {channels}x32x32, or give it: --input {channels}x32x32.",
        line=line,
    )


def flatten_missing(layer: str, came: str, line: int) -> Fault:
    """Report a dense layer on maps, which Keras and PyTorch apply along one axis alone."""
    return Fault(
        where=layer,
        came=f"maps of {came} come in, and without a Flatten it would weigh one axis of them alone.",
        needed="a flat vector.",
        fix="write a Flatten above it.",
        line=line,
    )


def claimed_input_differs(
    layer: str, argument: str, *, claimed: str, computed: str, above: str, line: int
) -> Fault:
    """Report a layer that says it reads something else than comes in."""
    return Fault(
        where=f"{layer}, {argument}",
        came=f"the code says {claimed}, and {above} gives {computed}.",
        needed=f"{computed}.",
        fix=f"write {computed}, or correct what stands above it.",
        line=line,
    )


def unknown_code_loss(came: str, losses: Iterable[str], line: int) -> Fault:
    """Report a loss that no recipe has."""
    names = tuple(losses)
    meant = nearest(came, names, cutoff=SURELY)
    return Fault(
        where="loss",
        came=f"{came!r} is no loss that is understood.",
        needed=f"{listed(names)}.",
        fix=f"write {meant!r}." if meant else "choose one of these, or remove the line.",
        line=line,
    )


def unknown_code_optimizer(came: str, optimizers: Iterable[str], line: int) -> Fault:
    """Report an optimizer that no recipe has."""
    names = tuple(optimizers)
    meant = nearest(came, names)
    return Fault(
        where="optimizer",
        came=f"{came!r} is no optimizer that is understood.",
        needed=f"{listed(names)}.",
        fix=f"write {meant!r}." if meant else "choose one of these, or remove the line.",
        line=line,
    )


def code_schedule_not_read(came: str, line: int) -> Fault:
    """Report code that changes the learning rate while a network learns."""
    return Fault(
        where="schedule",
        came=f"`{came}` is not read.",
        needed="a schedule of the recipe: constant, one-cycle, step or plateau.",
        fix="write `schedule` in the recipe, or remove the line.",
        line=line,
    )


def code_callback_not_read(came: str, line: int) -> Fault:
    """Report code that acts on the training while it runs."""
    return Fault(
        where="callbacks",
        came=f"`{came}` is not read.",
        needed="epochs that are all run, of which the best one is kept.",
        fix="remove the line.",
        line=line,
    )


def code_clipping_not_read(came: str, line: int) -> Fault:
    """Report code that bounds gradients, which no recipe does."""
    return Fault(
        where="optimizer, gradients",
        came=f"`{came}` is not read.",
        needed="gradients that are followed as they are.",
        fix="remove the line.",
        line=line,
    )


def function_taken_twice(row: str, function: str, loss: str, line: int) -> Fault:
    """Report a loss that takes the function once more which the network ends in."""
    return Fault(
        where=row,
        came=f"it ends in {function}, and {loss} takes the {function} once more.",
        needed=f"one {function}.",
        fix=f"remove the {function} from the network, or choose the loss that expects it.",
        line=line,
    )


def no_row_for(layer: str, line: int) -> Fault:
    """Report a layer of Keras or PyTorch that is known, and that no row of a table can say."""
    return Fault(
        where=layer,
        came="no row of a table does this.",
        needed="a layer that the table language holds.",
        fix="remove it, or put a layer in its place that a table holds.",
        line=line,
    )


def does_not_divide(layer: str, came: str, needed: str, line: int) -> Fault:
    """Report an enlargement to a size that is no multiple of what comes in."""
    return Fault(
        where=layer,
        came=f"{came} comes in, and {needed} is no multiple of it.",
        needed="a whole factor down and to the right.",
        fix="choose a size that is a multiple of what comes in.",
        line=line,
    )


def formats_differ(layer: str, line: int) -> Fault:
    """Report a Keras layer that expects the maps at another place than they stand."""
    return Fault(
        where=f"{layer}, data_format",
        came="it takes the sizes of the maps in another order than the layer above gives them.",
        needed="channels_first or channels_last for all layers.",
        fix="give all layers one data_format.",
        line=line,
    )


def norm_of_other_axis(layer: str, axis: int, line: int) -> Fault:
    """Report a normalisation or a softmax that does not run over the maps."""
    return Fault(
        where=f"{layer}, axis",
        came=f"axis {axis} is not that of the maps: it would normalise rows or columns.",
        needed="the axis of the maps: 1 for channels_first, -1 for channels_last.",
        fix="write that axis, or change data_format.",
        line=line,
    )


def depends_on_data(label: str, what: str, at: int, line: int) -> Fault:
    """Report a network whose way through its layers depends on the numbers of the examples."""
    return Fault(
        where=label,
        came=f"its forward depends on the data at line {at}: `{what}`.",
        needed="one way through the layers, which all examples take.",
        fix="write the network of each way by itself.",
        line=line,
    )


def depends_on_unknown(label: str, what: str, at: int, line: int) -> Fault:
    """Report a network that depends on something that reading alone cannot tell."""
    return Fault(
        where=label,
        came=f"it depends on line {at}: `{what}` is not known, for the code is read and never run.",
        needed="layers and numbers that the document itself spells out.",
        fix="write the value in its place, or the layers one by one.",
        line=line,
    )


def sizes_misfit(what: str, why: str, line: int) -> Fault:
    """Report a `view`, `reshape` or `flatten` that cannot be done to what comes in."""
    return Fault(
        where=what,
        came=f"{why}.",
        needed="the number of examples first, and behind it sizes that hold all values of an example.",
        fix="write such sizes, as `torch.flatten(x, 1)` does for a vector, or correct the layers ahead of it.",
        line=line,
    )


def several_ends(
    label: str, ends: Literal["inputs", "outputs"], names: Sequence[str], line: int
) -> Fault:
    """Report a network of several inputs or outputs.

    Args:
        label: The network.
        ends: Which of the two.
        names: What each is called.
        line: Where it is made.
    """
    choose = "return one of them, or give `Model` one: what leads to it is read then"
    return Fault(
        where=label,
        came=f"it has {len(names)} {ends}: {', '.join(names)}.",
        needed=f"one of the {ends}: a table has one.",
        fix=f"{choose if ends == 'outputs' else 'write a network for one of them'}.",
        line=line,
    )


def weights_shared(label: str, layer: str, times: int, line: int) -> Fault:
    """Report a layer with trained numbers that is applied several times."""
    return Fault(
        where=label,
        came=f"{layer} is applied {times} times, each time with the same weights.",
        needed="a layer of its own in each place: rows of a table share no weights.",
        fix="make a layer for each use.",
        line=line,
    )


def framework_not_read(name: str, line: int) -> Fault:
    """Report code of a framework that is not read."""
    return Fault(
        where="code",
        came=f"it is written for {name}, whose layers are not read.",
        needed="Keras, PyTorch, or a table.",
        fix="write the network in one of these.",
        line=line,
    )


def code_goes_too_far(why: str, line: int) -> Fault:
    """Report a part of the code that is beyond the bounds of the reader."""
    return Fault(
        where="code",
        came=f"this part was left: {why}.",
        needed="code that is read within bounds of steps, sizes and depth.",
        fix="write the layers without it.",
        line=line,
    )


def norm_of_part(layer: str, came: str, needed: str, line: int) -> Fault:
    """Report a layer normalisation that does not run over all that comes in."""
    return Fault(
        where=layer,
        came=f"it runs over {came}, and {needed} comes in.",
        needed=f"a normalisation over all of {needed}.",
        fix=f"write {needed} as its shape, or write the network as a table.",
        line=line,
    )
