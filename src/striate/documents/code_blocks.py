"""Networks that stand in a document as Python code: read by their syntax, never run."""

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from textwrap import dedent
from typing import Any, final

from striate.documents.code_arguments import Code
from striate.documents.code_layers import Framework
from striate.documents.code_rows import code_rows
from striate.documents.code_sequentials import Sequential, example_of, sequentials
from striate.documents.code_training import CodeTraining, function_of_loss, read_training
from striate.documents.parts import Block
from striate.errors import Fault, RecipeError
from striate.errors.blocks import fence_not_closed
from striate.errors.code import code_not_parsed, function_taken_twice
from striate.layers import FullyConnected
from striate.recipe import Recipe
from striate.shapes import Shape
from striate.table import Row, Table, Unreadable


_LANGUAGES = {"", "python", "python3", "py", "pycon", "ipython"}
_SEQUENTIAL = re.compile(r"\bSequential\s*\(")
# What notebooks and consoles put ahead of a line of Python.
_PROMPT = re.compile(r"^(\s*)(?:>>>|\.\.\.)(?: |$)|^\s*[%!].*$", re.MULTILINE)


@final
@dataclass(slots=True)
class CodeNetwork:
    """One network in a block of code.

    Args:
        line: Line of its Sequential.
        heading: The nearest heading above it.
        framework: Whose it is.
        rows: Its rows.
        faults: What of it is not understood.
        fields: The fields of the recipe that its loss and its optimiser set.
        training_line: Line of the loss, or of the optimiser if there is no loss.
        loss: The loss as the code calls it.
        takes_function: Whether that loss takes the last row's function by itself.
    """

    line: int
    heading: str
    framework: Framework
    rows: tuple[Row, ...]
    faults: list[Fault]
    fields: dict[str, Any] = field(default_factory=dict)
    training_line: int | None = None
    loss: str = ""
    takes_function: bool = False

    @property
    def table(self) -> Table:
        """The network as a table."""
        return Table(self.rows)


def read_code(blocks: Sequence[Block], ends: Sequence[int]) -> list[CodeNetwork]:
    """Read the networks of all code blocks of a document.

    A loss or an optimiser belongs to the network above it, up to the next heading or network; one
    that stands above all networks of its block belongs to the first of them.

    Args:
        blocks: The blocks of the document.
        ends: Lines of headings and of tables of layers, which end what a network's training is
            read from.
    """
    networks: list[CodeNetwork] = []
    for fence in blocks:
        if _language(fence.info) not in _LANGUAGES:
            continue
        try:
            found = _read(fence, networks, ends)
        except RecursionError:
            found = [_broken(fence, code_not_parsed("it is nested too deeply", fence.line + 1))]
        networks += found
    for network in networks:
        _settle(network)
    return networks


def _language(info: str) -> str:
    return re.split(r"[\s,:]", info.strip("{}. "))[0].strip("}").casefold()


def _read(fence: Block, above: list[CodeNetwork], ends: Sequence[int]) -> list[CodeNetwork]:
    holds_network = _SEQUENTIAL.search("\n".join(fence.lines)) is not None
    if not fence.is_closed:
        fault = fence_not_closed(fence.info, fence.line)
        return [_broken(fence, fault)] if holds_network else []
    code = _parsed(fence)
    if isinstance(code, Fault):
        return [_broken(fence, code)] if holds_network else []
    found = sequentials(code) if holds_network else []
    example = example_of(code)
    networks = [_network(fence, one, example) for one in found]
    last = above[-1] if above else None
    if last is not None and any(last.line < end <= fence.line for end in ends):
        last = None
    framework = found[0].framework if found else last.framework if last else "torch"
    for training in read_training(code, framework):
        owners = [one for one in networks if one.line <= training.line]
        owner = owners[-1] if owners else networks[0] if networks else last
        if owner is not None:
            _train(owner, training)
    return networks


def _parsed(fence: Block) -> Code | Fault:
    text = dedent("\n".join(fence.lines))
    # As it stands; without what a console puts ahead; and cut out of a deeper block.
    fault: Fault | None = None
    attempts = ((text, 0), (dedent(_PROMPT.sub(r"\1", text)), 0), (f"if True:\n{text}", 1))
    for one, lines_above in attempts:
        try:
            with warnings.catch_warnings():
                # A backslash in a text is no matter of ours.
                warnings.simplefilter("ignore")
                return Code(one, ast.parse(one), fence.line - lines_above)
        except SyntaxError as error:
            place = fence.line + max(error.lineno or 1, 1)
            fault = fault or code_not_parsed(error.msg, place)
        except (ValueError, MemoryError) as error:
            problem = str(error) or "it is nested too deeply"
            fault = fault or code_not_parsed(problem, fence.line + 1)
    return fault or code_not_parsed("it is no Python", fence.line + 1)


def _broken(fence: Block, fault: Fault) -> CodeNetwork:
    """Keep the place of a network of which nothing can be read."""
    line = next(
        (at for at, text in enumerate(fence.lines, fence.line + 1) if _SEQUENTIAL.search(text)),
        fence.line,
    )
    rows = (Row("Sequential", Unreadable(), line=line),)
    return CodeNetwork(line, fence.heading, "torch", rows, [fault])


def _network(fence: Block, one: Sequential, example: Shape | None) -> CodeNetwork:
    read = code_rows(one.layers, one.framework, example, one.line)
    rows = read.rows or (Row("Sequential", Unreadable(), line=one.line),)
    faults = [*one.faults, *read.faults]
    return CodeNetwork(one.line, fence.heading, one.framework, rows, faults)


def _train(network: CodeNetwork, training: CodeTraining) -> None:
    network.faults += training.faults
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
        network.faults += [fault.at(fault.where, line) for fault in error.faults]
        wrong = {fault.where for fault in error.faults}
        network.fields = {key: one for key, one in network.fields.items() if key not in wrong}
    if not network.takes_function or line is None:
        return
    last = network.rows[-1]
    function = function_of_loss(network.fields["loss"])
    if last.function == function:
        network.faults.append(function_taken_twice(last.name, str(function), network.loss, line))
    elif isinstance(last.layer, FullyConnected) and last.activation is None:
        network.rows = (*network.rows[:-1], replace(last, activation=function))
