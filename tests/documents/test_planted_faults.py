"""Faults put into sound documents: each is reported once, on its line, and nothing else is."""

from pathlib import Path

import pytest

from striate.checking import check
from striate.documents import read_networks
from striate.networks import load, network_text


HERE = Path(__file__).parent
FRONT = """\
---
name: lenet5
source: LeCun et al. 1998
input:
  fit: digit
  low: -0.1
  high: 1.175
recipe:
  epochs: 12
  momentum: 0.9
  loss: map
---
"""
LENET = FRONT + network_text("lenet5").split("---\n", 2)[2]


def test_all_faults_of_a_document_are_reported_in_one_pass() -> None:
    report = check(load(HERE / "planted-faults.md"))
    text = "".join(f"{finding}\n" for finding in report.findings)
    assert text == (HERE / "planted-faults.txt").read_text(encoding="utf-8")
    assert not report.agrees
    assert [remark.row for remark in report.remarks] == ["recipe"]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("came", "planted", "where"),
    [
        ("| Input  | Input           | 1    | 32x32 |", "| Input | Input | 1 | 32 by 32 |", "Input, Size"),
        ("| Input  | Input           | 1    | 32x32 |", "| Input | Input | one | 32x32 |", "Input, Maps"),
        ("| C1     | Convolution ", "| C1 | Attention ", "C1, Type"),
        ("| C1     | Convolution ", "| C1 | Convlution ", "C1, Type"),
        ("| C1     | Convolution ", "|    | Convolution ", "Layer"),
        ("| C1     | Convolution     | 6    | 28x28 | 5x5 ", "| C1 | Convolution | 6 | 28x28 | - ", "C1, Kernel"),
        ("| C3     | Convolution     | 16   | 10x10 | 5x5 ", "| C3 | Convolution | 16 | 10x10 | 5.5 ", "C3, Kernel"),
        ("| C3     | Convolution     | 16   | 10x10 | 5x5    | 1 ", "| C3 | Convolution | 16 | 10x10 | 5x5 | 0 ", "C3, Convolution"),
        ("| C3     | Convolution     | 16   | 10x10 | 5x5    | 1 ", "| C3 | Convolution | 16 | 10x10 | 5x5 | one ", "C3, Stride"),
        ("| S4     | Subsampling ", "| S4 | Subsamplin ", "S4, Type"),
        ("reduction=sum |\n| C3 ", "reduction=maximum |\n| C3 ", "S2, Subsampling"),
        ("reduction=sum |\n| C3 ", "reductoin=sum |\n| C3 ", "S2, Options"),
        ("| C5     | Convolution     | 120  | 1x1   | 5x5    | 1      | scaled tanh ", "| C5 | Convolution | 120 | 1x1 | 5x5 | 1 | scaled tahn ", "C5, Activation"),
        ("| 48,120     | 48,120 ", "| 48,121     | 48,120 ", "C5, Parameters"),
        ("| F6     | Fully connected | -    | 84 ", "| F6 | Fully connected | - | - ", "F6, Size"),
        ("| F6     | Fully connected | -    | 84    | - ", "| F6 | Fully connected | - | 84 | 5x5 ", "F6, Kernel"),
        ("| Output | RBF ", "| Output | RBG ", "Output, Type"),
        ("| Output | RBF ", "| Output | Distances ", "Output, Type"),
        ("| Total  | Total ", "| F6 | Total ", None),
        ("| 60,000     | 340,908 ", "| 60,001     | 340,908 ", "Total, Parameters"),
        ("| S2 → C3 |", "| S2 → c3 |", "connection table"),
        ("| S2 → C3 |", "| C1 → C3 |", "C3, connection table"),
        ("| 0       | X  |    |", "| 0       | X  | ?  |", "C3, connection table"),
        ("| 15 |\n| ---", "| 15 | 16 |\n| ---", "C3, connection table"),
        ("```codes Output", "```codes output", "codes"),
        ("```codes Output", "```codes F6", "codes"),
        ("Output\n..###.. ...#... .#####.", "Output\n..###.. ...#... .##x##.", "Output, codes"),
        ("  loss: map", "  loss: mapp", "loss"),
        ("  loss: map", "  lost: map", "lost"),
        ("  loss: map", "  loss: cross-entropy", "loss"),
        ("  momentum: 0.9", "  momentum: 9", "momentum"),
        ("  fit: digit", "  fit: [digit]", "fit"),
        ("  low: -0.1", "  low: 1.175", "high"),
        ("  low: -0.1", "  low:", "low"),
        ("epochs: 12", "epochs: 12\n  epochs: 12", "epochs"),
        ("---\n\n# LeNet-5", "\n# LeNet-5", "front matter"),
        ("| Activation  | Parameters |", "| Activation  | Parametters |", "heading 'Parametters'"),
        ("| Activation  | Parameters |", "| Activation  | Stride |", "heading 'Stride'"),
        ("| Kernel | Stride |", "| Kernal | Stride |", "heading 'Kernal'"),
        ("| Layer  | Type            | Maps |", "| Layer  | Typ             | Maps |", "heading 'Typ'"),
        ("| Layer  | Type            | Maps |", "| Lyer   | Type            | Maps |", "heading 'Lyer'"),
    ],
)  # fmt: skip
def test_one_fault_is_one_finding(came: str, planted: str, where: str | None) -> None:
    text = LENET
    assert text.count(came) == 1
    (document,) = read_networks(text.replace(came, planted), "a.md")
    findings = check(document).findings
    assert [finding.where for finding in findings] == ([] if where is None else [where])
    if where == "front matter":
        return
    for finding in findings:
        # The one line that was changed, or the one of the two that stands below.
        assert finding.line is not None
        assert abs(finding.line - line_of(text, came.strip("\n"))) <= came.count("\n") + (
            1 if where in {"high", "epochs"} else 0
        )


@pytest.mark.parametrize(
    ("first", "where"),
    [
        ("| C1     |", "S2, Maps"),
        ("| S2     |", "C3, connection table"),
        ("| Input  |", "C1"),
        ("| Output |", "codes"),
    ],
)
def test_a_row_that_is_left_out_is_noticed(first: str, where: str) -> None:
    lines = LENET.splitlines()
    text = "\n".join(line for line in lines if not line.startswith(first))
    (document,) = read_networks(text, "a.md")
    assert where in {finding.where for finding in check(document).findings}


@pytest.mark.parametrize("first", ["| C1 ", "| S2 ", "| C3 ", "| F6 ", "| Output ", "| Total "])
def test_a_line_that_is_copied_by_mistake_is_one_finding(first: str) -> None:
    text = LENET
    line = next(line for line in text.splitlines() if line.startswith(first))
    (document,) = read_networks(text.replace(line, f"{line}\n{line}"), "a.md")
    (finding,) = check(document).findings
    assert finding.where == first.strip("| ")
    assert finding.line == line_of(text, line) + 1


def test_rows_below_a_name_borne_twice_are_computed_as_they_stand() -> None:
    text = (
        "| Layer | Type | Maps | Size | Kernel | Activation | Parameters |\n|-|-|-|-|-|-|-|\n"
        "| I | Input | 1 | 9x9 | - | - | - |\n"
        "| C | Convolution | 2 | 7x7 | 3 | - | 20 |\n"
        "| ReLU | Activation | - | - | - | ReLU | - |\n"
        "| D | Convolution | 3 | 5x5 | 3 | - | 57 |\n"
        "| ReLU | Activation | - | - | - | ReLU | - |\n"
        "| F | Fully connected | - | 2 | - | - | 152 |\n"
    )
    (document,) = read_networks(text, "a.md")
    assert [(one.where, one.line) for one in check(document).findings] == [("ReLU", 7)]
