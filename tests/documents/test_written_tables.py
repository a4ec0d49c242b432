"""Tables as people write them, in five languages and five forms: the right answers are torch's."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from striate.arithmetic import RowReport
from striate.checking import Report, check
from striate.documents import read_file, read_networks, write_draft
from striate.errors import DocumentError
from striate.shapes import Image


FOLDER = Path(__file__).parent / "written"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def spelled(row: RowReport) -> str:
    """Write an output as the answers have it, maps of 1x1 as values."""
    assert row.output is not None
    axes = row.output.axes
    return "x".join(map(str, axes[:1] if axes[1:] == (1, 1) else axes))


def plain(output: str) -> str:
    return output.removesuffix("x1x1")


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_a_written_table_gives_the_rows_that_torch_has(case: dict[str, Any]) -> None:
    path = FOLDER / case["file"]
    if not case["networks"]:
        with pytest.raises(DocumentError):
            read_file(path)
        return
    reports = [check(document) for document in read_file(path)]
    assert len(reports) == len(case["networks"])
    contradicted: list[str] = []
    for wanted, report in zip(case["networks"], reports, strict=True):
        assert not report.document.faults
        assert str(report.walk.table.input) == wanted["input"]
        assert report.walk.total.parameters == wanted["parameters"]
        assert spelled(report.walk.reports[-1]) == plain(wanted["last"])
        trained = [
            (spelled(row), row.cost.parameters)
            for row in report.walk.reports
            if row.cost is not None and row.cost.parameters
        ]
        expected = [(plain(output), parameters) for output, parameters in wanted["trained"]]
        if wanted["in_order"]:
            assert trained == expected
        else:
            assert Counter(trained) == Counter(expected)
        contradicted += [one.claimed for one in report.comparisons if one.verdict == "contradicts"]
    # Exactly the numbers that are wrong in the document are called wrong.
    assert len(contradicted) == len(case["wrong"])
    for claimed, printed in zip(contradicted, case["wrong"], strict=True):
        assert set(re.findall(r"\d+", claimed)) <= set(re.findall(r"\d+", printed))


def read_one(text: str, where: str = "a.md") -> Report:
    (document,) = read_networks(text, where)
    return check(document)


TWO_ROWS = """\
{above}

| Layer | Type | Output Shape | Parameters |
|---|---|---|---|
| 1 | Conv2D | {size} | {parameters} |
| 2 | Dense | 10 | - |
"""


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7, 9, 11])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("padded", [False, True])
def test_a_kernel_is_solved_from_parameters(kernel: int, channels: int, *, padded: bool) -> None:
    side = 32 if padded else 32 - kernel + 1
    text = TWO_ROWS.format(
        above=f"Pictures of 32x32 pixels in {'grey' if channels == 1 else 'RGB'}.",
        size=f"{side}x{side}x6",
        parameters=6 * (kernel * kernel * channels + 1),
    )
    report = read_one(text)
    assert report.agrees
    row = report.walk.reports[1]
    assert row.output == Image(6, side, side)
    assert row.cost is not None
    assert row.cost.parameters == 6 * (kernel * kernel * channels + 1)


def test_a_kernel_that_nothing_proves_is_asked_for_and_drafted() -> None:
    report = read_one(
        TWO_ROWS.format(above="Pictures of 28x28 pixels in grey.", size="28x28x8", parameters="-")
    )
    (finding,) = report.findings
    assert str(finding) == (
        "line 5, 1: its kernel is not said, and the arithmetic does not tell.\n"
        "  Needed: its kernel.\n"
        "  Fix: write it in the row."
    )
    draft = write_draft(report.document)
    assert "| 1     | Convolution     | 8    | 28x28 | ?      | same    |" in draft
    assert read_one(draft.replace("?", "3")).agrees


def test_a_filled_draft_reads_as_the_document_does() -> None:
    report = read_one((FOLDER / "md-13-udacity.md").read_text(encoding="utf-8"))
    again = read_one(write_draft(report.document))
    assert [row.output for row in again.walk.reports] == [row.output for row in report.walk.reports]
    assert again.walk.total.parameters == report.walk.total.parameters


def test_sizes_that_contradict_each_other_are_weighed_against_all_rows() -> None:
    text = (FOLDER / "md-01-none-shapes.md").read_text(encoding="utf-8")
    report = read_one(text.replace("(None, 15, 15, 40)", "(None, 13, 13, 40)"))
    assert [one.claimed for one in report.comparisons if one.verdict == "contradicts"] == ["13x13"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("same", "Every convolution keeps the size."),
        ("same", "모든 합성곱은 패딩을 두어 크기를 유지한다."),
        ("valid", "Convolutions are not padded."),
        ("valid", "卷积层不做填充。"),
        ("valid", "畳み込みはすべてパディングなし。"),
        ("valid", "Am Rand wird nicht aufgefüllt."),
    ],
)
def test_a_sentence_says_how_convolutions_are_padded(name: str, sentence: str) -> None:
    text = (
        f"Input: 3x32x32 images. {sentence}\n\n| Layer | Filters | Kernel |\n|---|---|---|\n"
        "| Conv | 6 | 5x5 |\n| Conv | 8 | 3x3 |\n"
    )
    report = read_one(text)
    assert not report.findings
    last = report.walk.reports[-1].output
    assert last == (Image(8, 32, 32) if name == "same" else Image(8, 26, 26))
    assert any("by the sentence in line 1" in remark.text for remark in report.remarks)


def test_tables_in_comments_and_code_are_none_and_quoted_ones_are_read() -> None:
    table = (FOLDER / "md-04-words-and-total-row.md").read_text(encoding="utf-8")
    assert read_one("\n".join(f"> {line}" for line in table.splitlines())).agrees
    for hidden in (f"<!--\n{table}\n-->", f"<pre>\n{table.replace(chr(10) * 2, chr(10))}</pre>"):
        with pytest.raises(DocumentError):
            read_networks(hidden, "a.md")
    with pytest.raises(DocumentError):
        read_networks("\n".join(f"    {line}" for line in table.splitlines()), "a.md")


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("| Layer | Conv | Pool |\n|---|---|---|\n| Conv | 9 | 1 |\n| Pool | 2 | 8 |\n", "1 table"),
        (
            "| Model | Layers | Accuracy |\n|---|---|---|\n| conv | 4 | 91 |\n| fc | 6 | 93 |\n",
            "1 table",
        ),
        ("nothing", "no table and no code"),
    ],
)
def test_what_is_no_network_is_refused_by_what_it_holds(text: str, came: str) -> None:
    with pytest.raises(DocumentError, match=came):
        read_networks(text, "a.md")


def test_the_front_matter_of_other_programs_is_passed_over() -> None:
    table = (FOLDER / "md-04-words-and-total-row.md").read_text(encoding="utf-8")
    for front in ("---\nlayout: post\ntitle: 'A: b'\nx: [\n---\n", "+++\ntitle = 'a'\n+++\n"):
        assert read_one(front + table).agrees


def test_an_input_is_given_where_the_table_does_not_say_it() -> None:
    text = "| Layer | Filters | Kernel | Output |\n|---|---|---|---|\n| Conv | 6 | 5x5 | 24x24x6 |\n| FC | - | - | 10 |\n"
    (silent,) = read_networks(text, "a.md")
    assert [str(fault) for fault in silent.reading_faults] == [
        (
            "line 1, Input: neither a row nor a sentence says what comes in, and the sizes do not tell.\n"
            "  Needed: channels, height and width of the pictures.\n"
            "  Fix: add a row of the type Input, or say `--input CHANNELSxHEIGHTxWIDTH`."
        )
    ]
    (given,) = read_networks(text, "a.md", Image(1, 28, 28))
    assert check(given).agrees
    (other,) = read_networks(f"Pictures of 28x28 pixels in grey.\n\n{text}", "a.md")
    assert check(other).agrees


def test_thousands_of_tables_take_time_in_proportion_to_their_number() -> None:
    table = (FOLDER / "md-29-own-form-wrong.md").read_text(encoding="utf-8")
    foreign = (FOLDER / "md-06-chw-relu-in-type.md").read_text(encoding="utf-8")
    assert len(read_networks(f"{table}\n\n{foreign}\n\n" * 20, "a.md")) == 40
    with pytest.raises(DocumentError, match="at most 5,000,000"):
        read_networks("x" * 5_000_001, "a.md")
