"""Networks that stand in a document as Python code: read by their syntax, never run."""

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

from striate.documents.code.evaluator import Evaluator
from striate.documents.code.keras_layers import OLD_NAMES
from striate.documents.code.library import Library
from striate.documents.code.networks import Finder
from striate.documents.code.rows import NetworkRows
from striate.documents.code.source import (
    LANGUAGES,
    Broken,
    Program,
    holds_network,
    language_of,
    network_line,
    programs_of,
)
from striate.documents.code.training import CodeTraining, function_of_loss, read_training
from striate.documents.code.values import Framework, Value
from striate.documents.parts import Block, NetworkRead, Prose
from striate.errors import Fault, RecipeError, Remark
from striate.errors.blocks import fence_not_closed
from striate.errors.code import code_goes_too_far, framework_not_read, function_taken_twice
from striate.layers import FullyConnected
from striate.preparation import Preparation
from striate.recipe import Recipe, output_fault
from striate.shapes import Shape
from striate.table import Row, Table, Unreadable


@final
@dataclass(slots=True)
class CodeNetwork:
    """One network in code.

    Args:
        line: Its line.
        heading: The nearest heading above it.
        framework: Whose it is.
        rows: Its rows.
        faults: What of it is not understood.
        remarks: What is told besides, with its line.
        fields: The fields of the recipe that its loss and its optimizer set.
        training_faults: What of its training is not understood.
        training_line: Line of the loss, or of the optimizer if there is no loss.
        loss: The loss as the code calls it.
        takes_function: Whether that loss takes the last row's function by itself.
        name: The name of its class, or of what makes it where a class does not tell networks apart.
        other_names: What it is called besides.
        preparation: What its transforms make of pictures.
        preparation_line: Their line.
    """

    line: int
    heading: str
    framework: Framework
    rows: tuple[Row, ...]
    faults: list[Fault]
    remarks: list[tuple[int, str]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    training_faults: list[Fault] = field(default_factory=list)
    training_line: int | None = None
    loss: str = ""
    takes_function: bool = False
    name: str = ""
    value: Value = None
    is_logarithm: bool = False
    gives_scores: bool = False
    other_names: tuple[str, ...] = ()
    preparation: Preparation | None = None
    preparation_line: int | None = None

    @property
    def table(self) -> Table:
        """The network as a table."""
        return Table(self.rows)

    def read(self) -> NetworkRead:
        """Return it as every reader gives a network."""
        last = self.rows[-1].name
        # The first row of a line gives its name.
        names = {row.line: row.name for row in reversed(self.rows)}
        remarks = dict.fromkeys(
            Remark(names.get(line) or last, text, line) for line, text in self.remarks
        )
        remarks |= dict.fromkeys(
            Remark(one.where, f"{one.came} Training needs {one.needed}", one.line)
            for one in self.training_faults
        )
        return NetworkRead(
            self.table,
            self.line,
            self.heading,
            self.name,
            tuple(self.faults),
            tuple(remarks),
            self.fields,
            self.training_line,
            tuple(self.training_faults),
            self.other_names,
            self.preparation,
            self.preparation_line,
        )


def read_code(
    fences: Sequence[Block],
    ends: Sequence[int],
    given: Shape | None = None,
    prose: Prose = (),
) -> list[NetworkRead]:
    """Read the networks of all code of a document, whose blocks are one program.

    A loss or an optimizer belongs to the network whose parameters it is given, or whose method is
    called; otherwise to the network above it, up to the next heading or network, and if it stands above
    all networks of its block, to the first of them.

    Args:
        fences: The blocks of the document.
        ends: Lines of headings and of tables of layers, which end what a network's training is read from.
        given: What comes into a network that does not say it.
        prose: (line, text) around the blocks, which may say it, too.
    """
    programs, broken = programs_of(fences)
    networks = [_broken(one) for one in broken]
    networks += [
        _placeholder(one.heading, network_line(one), fence_not_closed(one.info, one.line))
        for one in fences
        if not one.is_closed and language_of(one.info) in LANGUAGES and holds_network(one)
    ]
    for program in programs:
        found = _of_program(program, ends, given, prose)
        known = {(one.line, one.rows) for one in networks}
        networks += [one for one in found if (one.line, one.rows) not in known]
    for network in networks:
        _settle(network)
    return [one.read() for one in sorted(networks, key=lambda one: one.line)]


def _of_program(
    program: Program, ends: Sequence[int], given: Shape | None, prose: Prose
) -> list[CodeNetwork]:
    framework, is_old = _signs(program)
    library = Library(framework, is_old=is_old)
    evaluator = Evaluator(program, library)
    evaluator.run()
    found = Finder(evaluator, library, given, prose).networks()
    networks = [_network(program, one) for one in found]
    for network in networks:
        shape = network.table.input
        network.preparation, line, text = library.pictures.values(shape)
        network.preparation_line = line or None
        network.remarks += [(line, text)] if text else []
    _name(networks, found)
    if not networks and library.foreign:
        name, line = library.foreign[0]
        block = program.block_of(line) or program.blocks[0]
        return [_placeholder(block.fence.heading, line, framework_not_read(name, line))]
    too_far = [code_goes_too_far(one.what, one.line) for one in evaluator.failures]
    if too_far and not networks:
        block = program.block_of(too_far[0].line or 0) or program.blocks[0]
        if any(holds_network(one.fence) for one in program.blocks):
            networks = [_placeholder(block.fence.heading, too_far[0].line or 0, too_far[0])]
            too_far = too_far[1:]
    for network in networks:
        network.faults += too_far
    for training in read_training(evaluator, framework):
        owner = _owner(training, networks, program, ends)
        if owner is not None:
            _train(owner, training)
    return networks


def _signs(program: Program) -> tuple[Framework, bool]:
    """Tell from the words of a program whose it is, and whether it is written for Keras 1."""
    keras = torch = 0
    is_old = False
    for block in program.blocks:
        for node in ast.walk(block.tree):
            word = ""
            if isinstance(node, ast.Name):
                word = node.id
            elif isinstance(node, ast.Attribute):
                word = node.attr
            elif isinstance(node, ast.keyword):
                is_old = is_old or node.arg in OLD_NAMES
            elif isinstance(node, ast.ImportFrom):
                word = (node.module or "").partition(".")[0]
            keras += word in {
                "keras",
                "tf",
                "tensorflow",
                "Dense",
                "Conv2D",
                "MaxPooling2D",
                "layers",
            }
            torch += word in {"torch", "nn", "Linear", "Conv2d", "MaxPool2d", "forward", "F"}
    return ("keras" if keras > torch else "torch"), is_old


def _broken(one: Broken) -> CodeNetwork:
    return _placeholder(one.fence.heading, one.line, one.fault)


def _placeholder(heading: str, line: int, fault: Fault) -> CodeNetwork:
    """Keep the place of a network of which nothing can be read."""
    rows = (Row("Sequential", Unreadable(), line=line),)
    return CodeNetwork(line, heading, "torch", rows, [fault])


def _network(program: Program, one: NetworkRows) -> CodeNetwork:
    block = program.block_of(one.line) or program.blocks[0]
    made = CodeNetwork(
        one.line,
        block.fence.heading,
        one.value.framework or "torch",
        one.rows,
        one.faults,
        one.remarks,
    )
    made.value = one.value
    made.is_logarithm = one.is_logarithm
    made.gives_scores = one.gives_scores
    made.name = one.label.removeprefix("class ") if one.label.startswith("class ") else ""
    return made


def _name(networks: list[CodeNetwork], found: list[NetworkRows]) -> None:
    """Name networks of one class, or of none, by what makes or holds them."""
    classes = Counter(one.name for one in networks)
    for network, rows in zip(networks, found, strict=True):
        known = dict.fromkeys(name for name in (rows.maker, rows.holder, network.name) if name)
        is_one_of_many = classes[network.name] > 1 or (not network.name and rows.maker)
        # Over a block in Markdown stands a heading, which is the name of a network of no class.
        if is_one_of_many and (network.name or not network.heading):
            network.name = rows.maker or rows.holder or network.name
        network.other_names = tuple(name for name in known if name != network.name)


def _owner(
    training: CodeTraining, networks: list[CodeNetwork], program: Program, ends: Sequence[int]
) -> CodeNetwork | None:
    for one in networks:
        if training.owner is not None and one.value is training.owner:
            return one
    if training.owner is not None:
        # A network that is part of another, or was not taken for one.
        return None
    block = program.block_of(training.line)
    here = [one for one in networks if block and program.block_of(one.line) is block]
    above = [one for one in networks if one.line <= training.line]
    owner = above[-1] if above else here[0] if here else None
    if owner is None or owner in here or block is None:
        return owner
    is_ended = any(owner.line < end <= block.fence.line for end in ends)
    return None if is_ended else owner


def _train(network: CodeNetwork, training: CodeTraining) -> None:
    network.training_faults += training.faults
    network.remarks += training.remarks
    # The code that runs last decides.
    network.fields |= training.fields
    if training.loss:
        network.loss, network.takes_function = training.loss, training.takes_function
        network.training_line = training.line
    elif training.fields and not network.loss:
        network.training_line = training.line


def _settle(network: CodeNetwork) -> None:
    """Report impossible numbers of the training, and give the last row what its loss takes."""
    line = network.training_line
    try:
        Recipe(**network.fields)
    except RecipeError as error:
        network.training_faults += [fault.at(fault.where, line) for fault in error.faults]
        wrong = {fault.where for fault in error.faults}
        network.fields = {key: one for key, one in network.fields.items() if key not in wrong}
    if line is None or not network.rows:
        return
    last = network.rows[-1]
    unfit = output_fault(last)
    # Code that learns pictures, or several labels at once, names no class, and is a network all the same. Scores
    # behind any other function are a mistake.
    makes_values = not isinstance(last.layer, FullyConnected) or last.activation == "sigmoid"
    if unfit is not None and makes_values:
        network.training_faults.append(unfit.at(unfit.where, line))
    if not network.takes_function or network.is_logarithm:
        return
    function = function_of_loss(network.fields["loss"])
    if last.function == function and network.gives_scores:
        return
    if last.function == function:
        network.faults.append(function_taken_twice(last.name, str(function), network.loss, line))
    elif isinstance(last.layer, FullyConnected) and last.activation is None:
        network.rows = (*network.rows[:-1], replace(last, activation=function))
