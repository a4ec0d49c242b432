"""Tables of other people's making: rows that read several others, sizes in any order, layers side by side."""

import pytest

from striate.checking import Report, check
from striate.documents import read_networks
from striate.errors import DocumentError
from striate.shapes import Image, Shape


def read_one(text: str) -> Report:
    (document,) = read_networks(text, "a.md")
    return check(document)


def findings(text: str) -> list[str]:
    return [str(finding) for finding in read_one(text).findings]


def remarks(text: str) -> list[str]:
    return [f"{remark.row}: {remark.text}" for remark in read_one(text).document.remarks]


def outputs(text: str) -> list[Shape | None]:
    report = read_one(text)
    assert not report.findings, report.findings
    return [row.output for row in report.walk.reports]


JOINED = """\
Pictures of 16x16 pixels in grey. Every convolution is 3x3 and keeps the size.

| Layer (type) | Output Shape | Param # | {heading} |
|---|---|---|---|
| image (InputLayer) | (None, 16, 16, 1) | 0 | - |
| a (Conv2D) | (None, 16, 16, 8) | 80 | {image} |
| b (Conv2D) | (None, 16, 16, 8) | 584 | a |
| joined ({join}) | (None, 16, 16, {maps}) | 0 | {sources} |
| d (Dense) | (None, 5) | {full} | joined |
"""


@pytest.mark.parametrize(
    "heading", ["Connected to", "연결된 층", "输入", "接続元", "Verbunden mit"]
)
@pytest.mark.parametrize(
    ("join", "maps", "sources"),
    [
        ("Add", 8, "a, b"),
        ("Multiply", 8, "a[0][0] b[0][0]"),
        ("Concatenate", 16, "a + b"),
        ("Concatenate", 9, "image and b"),
    ],
)
def test_a_row_reads_the_rows_that_its_column_names(
    heading: str, join: str, maps: int, sources: str
) -> None:
    full = (maps * 16 * 16 + 1) * 5
    text = JOINED.format(
        heading=heading, image="image", join=join, maps=maps, sources=sources, full=full
    )
    report = read_one(text)
    assert report.agrees
    assert report.walk.total.parameters == 80 + 584 + full
    assert [row.reads for row in report.document.table.rows][-2] == tuple(
        {"image": "image (InputLayer)"}.get(name, f"{name} (Conv2D)")
        for name in (("image", "b") if "image" in sources else ("a", "b"))
    )


def test_a_row_that_is_not_there_is_named() -> None:
    text = JOINED.format(
        heading="Connected to", image="imago", join="Add", maps=8, sources="a, b", full=10245
    )
    assert findings(text)[0] == (
        "line 6, a (Conv2D), reads: no row above is called 'imago'.\n"
        "  Needed: the name or the number of a row above it, or the input.\n"
        "  Fix: correct 'imago', or add the row."
    )


@pytest.mark.parametrize(
    ("heading", "first", "second"),
    [
        ("Output (C×H×W)", "8x10x20", "8x5x10"),
        ("Output (W×H×C)", "20x10x8", "10x5x8"),
        ("출력 (높이, 너비, 채널)", "(10, 20, 8)", "(5, 10, 8)"),
        ("输出（宽×高×通道）", "20×10×8", "10×5×8"),
        ("出力（高さ×幅×チャネル）", "10×20×8", "5×10×8"),
        ("Ausgabe (Breite × Höhe × Kanäle)", "20×10×8", "10×5×8"),
        ("Size (width × height)", "20×10", "10×5"),
    ],
)
def test_a_heading_says_the_order_of_its_sizes(heading: str, first: str, second: str) -> None:
    text = (
        "Grey scans, 20 wide and 10 high.\n\n"
        f"| Layer | Filters | Kernel | Padding | {heading} |\n|---|---|---|---|---|\n"
        f"| Conv | 8 | 3x3 | same | {first} |\n| Max pooling | - | 2x2 | - | {second} |\n"
    )
    assert outputs(text) == [Image(1, 10, 20), Image(8, 10, 20), Image(8, 5, 10)]


def test_widths_ahead_of_heights_are_told_by_heading_and_by_sentence() -> None:
    table = (
        "| Layer | Filters | Kernel | Padding | {} |\n|---|---|---|---|---|\n"
        "| Input | 1 | - | - | 20x10 |\n| Conv | 8 | 3x3 | same | 20x10 |\n"
    )
    by_heading = table.format("Output (W x H)")
    by_sentence = "Sizes are width x height.\n\n" + table.format("Output")
    for text, said in (
        (by_heading, "the heading 'Output (W x H)'"),
        (by_sentence, "the sentence in line 1"),
    ):
        assert outputs(text) == [Image(1, 10, 20), Image(8, 10, 20)]
        assert (
            f"sizes: Widths stand ahead of heights, by {said}; here the height is first."
            in remarks(text)
        )


def test_a_table_whose_layers_stand_side_by_side_is_turned() -> None:
    text = (
        "RGB pictures of 12x12 pixels.\n\n"
        "| | Conv 1 | Pool 1 | Conv 2 | FC |\n|---|---|---|---|---|\n"
        "| Kernel | 3x3 | 2x2 | 3x3 | - |\n| Filters | 4 | - | 6 | - |\n"
        "| Output | 10x10x4 | 5x5x4 | 3x3x6 | 7 |\n"
    )
    assert [str(shape) for shape in outputs(text)][1:] == ["4x10x10", "4x5x5", "6x3x3", "7"]


@pytest.mark.parametrize(
    ("row", "output", "parameters"),
    [
        ("AdaptiveAvgPool2d((2, 2)) | -", Image(4, 2, 2), 0),
        ("UpSampling2D | 2x2", Image(4, 16, 16), 0),
        ("ZeroPadding2D(1) | -", Image(4, 10, 10), 0),
        ("SeparableConv2D (6 filters, 3x3, same) | -", Image(6, 8, 8), 4 * 9 + (4 + 1) * 6),
        (
            "Conv2DTranspose (6 filters, 2x2, stride 2) | -",
            Image(6, 16, 16),
            (4 * 4 + 1) * 6,
        ),
    ],
)
def test_rows_that_resize_maps_are_read(row: str, output: Image, parameters: int) -> None:
    text = (
        "| Layer | Kernel | Channels |\n|---|---|---|\n| Input | - | 4 |\n"
        f"| {row} | - |\n\nThe input has 8x8 pixels.\n"
    )
    report = read_one(text)
    assert not report.findings
    assert report.walk.reports[-1].output == output
    assert report.walk.total.parameters == parameters


@pytest.mark.parametrize("kind", ["LocallyConnected2D", "ConvLSTM2D", "Capsule"])
def test_a_kind_that_no_row_can_hold_is_named(kind: str) -> None:
    text = (
        "| Layer | Kernel | Filters |\n|---|---|---|\n| Input (8x8x1) | - | - |\n"
        f"| {kind} | 3x3 | 4 |\n| Dense | - | 2 |\n"
    )
    assert any(f"what {kind} does is not said" in finding for finding in findings(text))


def test_cells_that_are_not_understood_are_named() -> None:
    table = (
        "| Layer | Filters | Kernel | Padding | Output |\n|---|---|---|---|---|\n"
        "| Input | 1 | - | - | 8x8 |\n| Conv | 4 | 3x3 | mirrored | {} |\n"
    )
    assert findings(table.format("-")) == [
        (
            "line 4, Conv, padding: 'mirrored' is not understood.\n"
            "  Needed: a number, or height x width as in 3x3; for padding also same or valid.\n"
            "  Fix: write it so, or `-` for none."
        )
    ]
    assert "Conv, padding: It is not read: 'mirrored' is not understood." in remarks(
        table.format("8x8")
    )


def test_more_foreign_tables_than_anybody_writes_are_refused_by_their_number() -> None:
    table = "| Layer | Filters | Kernel |\n|---|---|---|\n| Conv | 4 | 3x3 |\n| FC | 2 | - |\n\n"
    with pytest.raises(DocumentError) as caught:
        read_networks(table * 201, "a.md")
    assert str(caught.value) == (
        "a.md: it holds more than 200 tables of layers that are not in the form of this project.\n"
        "  Needed: at most 200 in one document.\n"
        "  Fix: split the document."
    )
