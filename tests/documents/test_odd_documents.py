"""Documents that nobody would write on purpose: each is refused or reported, and none breaks."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.strategies import DrawFn

from striate.checking import Report, check
from striate.documents import read_networks, write_document
from striate.errors import DocumentError
from striate.networks import network_text


HEAD = (
    "| Layer | Type | Maps | Size | Kernel | Stride | Padding | Groups | Activation | From |\n"
    + "| --- " * 10
    + "|\n"
)
INPUT = "| Input | Input | 1 | 8x8 | - | - | - | - | - | - |\n"
C1 = "| C1 | Convolution | 4 | - | 3 | - | - | - | - | - |\n"
OUTPUT = "| Output | Fully connected | - | 2 | - | - | - | - | - | - |\n"
LENET = network_text("lenet5")


def checked(text: str) -> tuple[Report, ...]:
    """Read and check; whatever else may be raised fails the test."""
    try:
        networks = read_networks(text, "a.md")
    except DocumentError:
        return ()
    reports = tuple(check(network) for network in networks)
    for report in reports:
        for finding in report.findings:
            assert finding.line is not None, finding
            assert 1 <= finding.line <= text.count("\n") + text.count("\r") + 1
            assert "None" not in str(finding)
            assert finding.where
        with suppress(DocumentError):
            write_document(report.document)
    return reports


def places(text: str) -> list[tuple[int | None, str]]:
    (report,) = checked(text)
    return [(finding.line, finding.where) for finding in report.findings]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (C1 + OUTPUT, [(3, "C1")]),
        (C1 + INPUT + OUTPUT, [(3, "C1"), (4, "Input")]),
        (INPUT, []),
        (INPUT * 2, [(4, "Input"), (4, "Input")]),
        (INPUT + C1.replace("| 4 |", "| 0 |") + OUTPUT, [(4, "C1, Convolution")]),
        (INPUT + C1.replace("| 4 |", "| -4 |") + OUTPUT, [(4, "C1, Maps")]),
        (INPUT + C1.replace("| 4 |", f"| {10**9} |") + OUTPUT, [(4, "C1, Maps")]),
        (INPUT + C1.replace("| 4 |", "| 999999999 |") + OUTPUT, []),
        (INPUT + C1.replace("| 3 |", "| 0x3 |") + OUTPUT, [(4, "C1, Convolution")]),
        (INPUT + C1.replace("| 3 |", f"| {'9' * 5000} |") + OUTPUT, [(4, "C1, Kernel")]),
        (INPUT + C1.replace("| 3 | - |", "| 3 | 0 |") + OUTPUT, [(4, "C1, Convolution")]),
        (INPUT + C1.replace("C1 |", "class |") + OUTPUT, []),
        (INPUT + C1.replace("C1 |", "1st |") + OUTPUT, []),
        (INPUT + C1.replace("C1 |", "C-1 |") + C1.replace("C1 |", "C 1 |"), [(5, "C 1")]),
        (INPUT + C1.replace("- |\n", "C1 |\n") + OUTPUT, [(4, "C1, From")]),
        (INPUT + C1.replace("- |\n", "Output |\n") + OUTPUT, [(4, "C1, From")]),
        (INPUT + C1.replace("- |\n", "Input, |\n") + OUTPUT, []),
        (INPUT + C1.replace("- |\n", ", ,Input |\n") + OUTPUT, []),
        (INPUT + C1.replace("- |\n", "Input, C1 |\n") + OUTPUT, [(4, "C1, From")]),
        (INPUT + C1 + "| J | Add | - | - | - | - | - | - | - | C1 |\n", [(5, "J, From")]),
        (INPUT + C1 + "| J | Add | - | - | - | - | - | - | - | C1, C1 |\n", []),
        (INPUT + C1 + "| J | Concat | - | - | - | - | - | - | - | Input, C1 |\n", [(5, "J, From")]),
        (INPUT + C1 + "| J | Concat | - | - | - | - | - | - | - | C1, nix |\n", [(5, "J, From")]),
        ("| J | Concat | - | - | - | - | - | - | - | - |\n" + OUTPUT, [(3, "J")]),
        (INPUT + "| C1 |\n" + OUTPUT, [(4, "C1, Type")]),
        (INPUT + "| C1 | Convolution | 4 | - | 3 |\n" + OUTPUT, []),
        (INPUT + C1.replace("|\n", "| surplus |\n") + OUTPUT, [(4, "C1")]),
        (INPUT + "|\n" + OUTPUT, [(4, "Layer")]),
        (INPUT + "\n\n" + C1 + OUTPUT, [(4, "table")]),
        ("", [(1, "table")]),
        (INPUT + C1 + "| | | | | | | | | | |\n" + OUTPUT, [(5, "Layer")]),
        (INPUT + "| Total | Total |\n" * 2 + OUTPUT, [(5, "Total")]),
        (INPUT.replace("8x8", "8") + OUTPUT, [(3, "Input, Maps")]),
        (
            INPUT + C1.replace("| 4 | - |", "| 4 | 0x0 |") + C1.replace("C1", "C2"),
            [(4, "C1, Size")],
        ),
    ],
)
def test_an_odd_table_is_reported_on_its_line(rows: str, expected: list[tuple[int, str]]) -> None:
    assert places(HEAD + rows) == expected


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("name: 1e-3\nsource: 2020-13-45\n", []),
        ("recipe:\n  learning_rate: 1e-3\n", []),
        ("recipe:\n  epochs: 1_000\n", []),
        ("recipe:\n", []),
        ("recipe: ~\ninput: null\n", []),
        ("# a remark\n", []),
        ("", []),
        ("recipe: {epochs: 3, epochs: 4}\n", [(2, "epochs")]),
        ("recipe: 5\n", [(2, "recipe")]),
        ("- name\n", [(2, "the front matter")]),
        ("just words\n", [(2, "the front matter")]),
        ("name: a: b\n", [(2, "front matter")]),
        ("name: 'a\n", [(2, "front matter")]),
        ("recipe:\n  epochs: !!int ''\n", [(3, "epochs")]),
        ("recipe:\n  epochs: !!python/object:os.system x\n", [(3, "epochs")]),
        ("recipe:\n  seed: =\n", [(3, "seed")]),
        ("recipe:\n  seed: 2020-13-45\n", [(3, "seed")]),
        ("recipe:\n  seed: 0x1F\n", [(3, "seed")]),
        ("recipe: &r\n  seed: 1\ninput: *r\n", [(3, "seed")]),
        ("recipe:\n  <<: {seed: 1}\n", [(3, "<<")]),
        (f"recipe:\n  seed: {'9' * 5000}\n", [(3, "seed")]),
        (f"recipe:\n  learning_rate: {'9' * 400}\n", [(3, "learning_rate")]),
        ("? [a, b]\n: c\n", [(2, "a list")]),
        ("? {a: b}\n: c\n", [(2, "a group of fields")]),
        ("name: x\n...\nname: y\n", [(4, "front matter")]),
        ("%YAML 9.9\n", [(2, "front matter")]),
        ("name: *nowhere\n", [(2, "front matter")]),
    ],
)
def test_odd_front_matter_is_reported_on_its_line(
    front: str, expected: list[tuple[int, str]]
) -> None:
    assert places(f"---\n{front}---\n{HEAD}{INPUT}{OUTPUT}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "---",
        "---\n---",
        "```",
        "|",
        "| |\n|-|",
        "|\n|\n|\n",
        "| Layer |\n| --- |",
        "\x00\x01\x02",
        "# only a title",
        "| Name | Note | Price |\n|-|-|-|\n| a | b | 5 |",
        "| Layer | Colour | Price |\n|-|-|-|\n| a | b | 5 |",
        LENET.replace("| ---", "| +++"),
        LENET.replace("# LeNet-5\n", "```\n# LeNet-5\n", 1).split("```codes")[0],
        LENET.replace("---\n\n# LeNet-5", "\n# LeNet-5").replace("## What the output", "---\n"),
    ],
)
def test_a_text_without_a_network_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match=r"none of them is a network|no table and no code"):
        read_networks(text, "a.md")


def test_front_matter_that_never_ends_leaves_the_table_readable() -> None:
    (report,) = checked(LENET.replace("---\n\n# LeNet-5", "\n# LeNet-5"))
    assert [(one.line, one.where) for one in report.findings] == [(1, "front matter")]


@pytest.mark.parametrize(
    "line",
    [
        "# a" + " " * 20000 + "b",
        "#" * 20000 + " a",
        "# " + "# " * 10000,
        "`" * 20000 + "x" + "`",
        "~" * 20000,
        "|" + "-" * 20000 + "x",
        "| Layer | Type |\n|" + " " * 20000 + "x",
        "|" * 20000,
        "| Layer | Type |\n| --- | --- |\n| a |" + " " * 20000 + "x",
        "| Layer | Type |\n| --- | --- |\n| a | " + "convolution" * 2000 + " |",
        "| Layer | Type |\n| --- | --- |\n" + "| a | b |\n" * 500,
        "| Layer | Type | Size |\n| --- | --- | --- |\n| a | Input | " + "1x" * 10000 + " |",
        "| Layer | Type | Size |\n|-|-|-|\n| a | Input | 1" + ",111" * 5000 + " |",
        "| Layer | Type | Size |\n|-|-|-|\n| a | Input | 1" + "(" * 10000 + " |",
        "| a" + " →" * 5000 + " b |\n|-|\n| Layer | Type |\n|-|-|\n| a | Input |",
        "---\n" + "a: b\n" * 3000 + "---\n",
        (
            "| Layer | Type | Maps | Size | Kernel | Padding | Options |\n|-|-|-|-|-|-|-|\n"
            "| I | Input | 1 | 999999999x2 | | | |\n"
            "| P | max pooling | | | 2x1 | 1 | dilation=9 |\n"
            "| Q | max pooling | | | 999999999 | 499999999 | dilation=999999999 |\n"
            "| R | max pooling | | | 2 | 999999999 | dilation=999999999 |\n"
        ),
        "```codes x\n" + "# " * 300 + "\n```\n",
        "\n" * 20000 + "| a |\n" * 200,
    ],
    ids=lambda line: line[:20].strip(),
)
def test_no_line_makes_reading_slow(line: str) -> None:
    start = time.process_time()
    checked(line + "\n\n" + HEAD + INPUT + OUTPUT)
    assert time.process_time() - start < 5


PIECES = (
    *("|", "||", "\\|", "-", "---", "```", "~~~", "#", "# ", "\n", "\n\n", "\r", "\t", " ", ":", ","),
    *("0", "-1", "9" * 30, "²", "½", "1e-3", "nan", "x", "×", "→", "\\", "{", "[", "'", '"', "&a", "*a", "!", "%"),
    *("S2", "C3", "Total", "Concat", "Add", "RBF", "softmax", "same", "codes", "Input", "출력", "\x00", "\u2028"),
)  # fmt: skip


@st.composite
def mutated(draw: DrawFn) -> str:
    """LeNet-5's document after a few accidents."""
    text = LENET
    for _ in range(draw(st.integers(1, 6))):
        # Accidents cluster at the table: it is a small part of the text.
        begin, end = draw(st.sampled_from(((0, len(text)), (0, 700), (700, 2200), (2200, 5200))))
        at = draw(st.integers(begin, max(min(end, len(text)), begin)))
        length = draw(st.sampled_from((0, 1, 1, 2, 5, 20, 100, 800)))
        cut = text[at : at + length]
        match draw(st.integers(0, 4)):
            case 0:
                text = text[:at] + text[at + length :]
            case 1:
                text = text[:at] + draw(st.sampled_from(PIECES)) + text[at + length :]
            case 2:
                to = draw(st.integers(0, len(text)))
                text = text[:to] + cut + text[to:]
            case 3:
                lines = text.split("\n")
                which = draw(st.integers(0, len(lines) - 1))
                to = draw(st.integers(0, len(lines) - 1))
                lines.insert(to, lines[which] if draw(st.booleans()) else lines.pop(which))
                text = "\n".join(lines)
            case _:
                text = text[:at] + draw(st.text(max_size=5)) + text[at:]
    return text


@settings(max_examples=100)
@given(mutated())
def test_accidents_with_a_document_are_findings(text: str) -> None:
    start = time.process_time()
    checked(text)
    assert time.process_time() - start < 2


@given(st.text())
def test_any_text_below_the_headings_is_read(text: str) -> None:
    checked(HEAD + INPUT + text)
    checked(HEAD + INPUT + f"| {text} | Convolution | {text} |\n" + OUTPUT)


@pytest.mark.parametrize("cut", range(0, len(LENET), 97))
def test_a_document_may_break_off_anywhere(cut: int) -> None:
    checked(LENET[:cut])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("| Input  | Input  ", "| Input  | 입력  "),
        lambda text: text.replace("5x5    |", "5×5    |"),
        lambda text: text + "\n```\nan open fence at the end",
        lambda text: text.replace("\n| S2     |", "\n S2     |"),
    ],
)
def test_harmless_oddities_are_no_findings(change: Callable[[str], str]) -> None:
    text = change(LENET)
    assert text != LENET
    (report,) = checked(text)
    assert report.findings == ()
    assert len(report.walk.reports) == 8
