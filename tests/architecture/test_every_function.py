"""A new activation function is written, and read back, in every form of code from the moment it has a name."""

import pytest

from striate.documents import read_networks
from striate.documents.writing.keras_code import write_keras
from striate.documents.writing.torch_code import write_torch
from striate.layers import ELU, FUNCTION_NAMES, Function, LeakyReLU


TABLE = """# Net

| Layer | Type            | Maps | Size | Kernel | Activation |
| ----- | --------------- | ---- | ---- | ------ | ---------- |
| In    | Input           | 1    | 8x8  | -      | -          |
| C1    | Convolution     | 3    | -    | 3x3    | {function} |
| Out   | Fully connected | -    | 10   | -      | softmax    |
"""
WRITERS = {"torch": write_torch, "keras": write_keras}


# Code gives its logarithm to the loss, so that within a network it is read as a fault.
NOT_WITHIN = "log-softmax"
NAMES = [name for name in FUNCTION_NAMES if name != NOT_WITHIN]


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("function", [*NAMES, LeakyReLU(0.1), ELU(0.5)], ids=str)
def test_code_holds_every_function_and_gives_it_back(function: Function, form: str) -> None:
    named = f"leaky ReLU {function.slope}" if isinstance(function, LeakyReLU) else str(function)
    named = f"ELU {function.alpha}" if isinstance(function, ELU) else named
    (document,) = read_networks(TABLE.format(function=named), "net.md")
    assert [row.activation for row in document.table.rows] == [None, function, "softmax"]
    written = WRITERS[form](document).text
    (back,) = read_networks(f"```python\n{written}\n```\n", "net.md", document.walk.input)
    functions = [row.function for row in back.table.rows if row.function]
    assert functions[0] == function
