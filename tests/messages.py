"""Bring about messages and compare them word for word."""

import ast
import re
import sys
from collections.abc import Callable
from inspect import getsource
from types import CodeType, FrameType, ModuleType

from striate.checking import check
from striate.documents import read_networks, vocabulary
from striate.errors import Fault, StriateError
from striate.errors.fault import listed
from striate.errors.words import Words
from striate.networks import network_names


_HANGUL = re.compile("[가-힣]")

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
KINDS = listed(vocabulary.KINDS)
"""Every type; the messages name them all, and their words are tested where the vocabulary is."""
COLUMNS = listed(vocabulary.COLUMNS)
NETWORKS = listed(network_names())


def of(*parts: str) -> Act:
    """Check a document and give all findings."""
    return lambda: tuple(
        finding
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
    return brought(act)[0]


def brought(act: Act) -> tuple[str, tuple[Fault, ...]]:
    """Give what is raised or found, as a person reads it, and its faults."""
    try:
        came = act()
    except StriateError as error:
        return str(error), error.faults
    found = came if isinstance(came, tuple) else (came,)
    return "\n".join(map(str, found)), tuple(one for one in found if isinstance(one, Fault))


def functions(module: ModuleType) -> set[str]:
    """Name the public functions that a module defines."""
    return {
        node.name
        for node in ast.parse(getsource(module)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def assert_reads(module: ModuleType, case: Case) -> None:
    """Bring a message about; it must read as expected, come from the function of the case, and have a Korean form."""
    function, act, expected = case
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        text, faults = brought(act)
    finally:
        sys.setprofile(before)
    assert text == expected
    assert getattr(module, function).__code__ in called
    words = Words("ko")
    told = [words.fault(fault) for fault in faults]
    assert list(words.untranslated) == []
    assert all(_HANGUL.search(text) for text in told)


def ids(cases: list[Case]) -> list[str]:
    """Name the cases by their functions."""
    return [f"{at}-{case[0]}" for at, case in enumerate(cases)]
