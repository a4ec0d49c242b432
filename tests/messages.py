"""Bring about messages and compare them word for word."""

import ast
import sys
from collections.abc import Callable
from inspect import getsource
from types import CodeType, FrameType, ModuleType

from striate.checking import check
from striate.documents import read_networks
from striate.errors import StriateError


Act = Callable[[], object]
Case = tuple[str, Act, str]
"""A function of `striate.errors`, what makes it speak, and what it then says."""

HEAD = (
    "| Layer | Type | Maps | Size | Kernel | Stride | Padding | Groups | Activation | From | Options |"
    " Parameters |\n" + "| --- " * 12 + "|\n"
)
INPUT = "| Input | Input | 3 | 8x8 | - | - | - | - | - | - | - | - |\n"
C1 = "| C1 | Convolution | 4 | 6x6 | 3 | 1 | - | - | tanh | - | - | - |\n"
OUTPUT = "| Output | Fully connected | - | 2 | - | - | - | - | softmax | - | - | - |\n"
RBF = "| Output | RBF | - | 2 | - | - | - | - | - | - | - | - |\n"
KINDS = (
    "Input, Convolution, Max pooling, Average pooling, Global average pooling, Global max pooling, "
    "Subsampling, Fully connected, RBF, Flatten, Activation, Dropout, Concat, Add, "
    "Sentence, Embedding or Total"
)


def of(*parts: str) -> Act:
    """Check a document and give the text of all findings."""
    return lambda: "\n".join(
        str(finding)
        for document in read_networks("".join(parts), "a.md")
        for finding in check(document).findings
    )


def rows(*parts: str) -> Act:
    """Check the rows of a table: the first stands on line 3."""
    return of(HEAD, *parts)


def recipe(lines: str, last: str = OUTPUT) -> Act:
    return of("---\n", lines, "---\n", HEAD, INPUT, last)


def text_of(act: Act) -> str:
    """Give what is raised or found, as a person reads it."""
    try:
        came = act()
    except StriateError as error:
        return str(error)
    return "\n".join(map(str, came)) if isinstance(came, tuple) else str(came)


def functions(module: ModuleType) -> set[str]:
    """Name the public functions that a module defines."""
    return {
        node.name
        for node in ast.parse(getsource(module)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def assert_reads(module: ModuleType, case: Case) -> None:
    """Bring a message about; it must read as expected, and come from the function of the case."""
    function, act, expected = case
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        text = text_of(act)
    finally:
        sys.setprofile(before)
    assert text == expected
    assert getattr(module, function).__code__ in called


def ids(cases: list[Case]) -> list[str]:
    """Name the cases by their functions."""
    return [f"{at}-{case[0]}" for at, case in enumerate(cases)]
