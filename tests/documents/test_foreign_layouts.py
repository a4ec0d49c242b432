"""Tables of other people's making: rows that read several others, sizes in any order, layers side by side."""

import pytest

from striate.checking import Report, check
from striate.documents import read_networks, vocabulary
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


def test_a_foreign_table_longer_than_anybody_writes_is_refused_by_its_rows() -> None:
    text = "| Layer | Filters | Kernel |\n|---|---|---|\n" + "| Conv | 4 | 3x3 |\n" * 1001
    with pytest.raises(DocumentError) as caught:
        read_networks(text, "a.md")
    assert str(caught.value) == (
        "line 1, table: it is a table of 1,001 rows that is not in the form of this project.\n"
        "  Needed: at most 1,000 rows.\n"
        "  Fix: split the table, or write it in the form that `--draft` gives of a part."
    )


def parameters(text: str) -> int:
    report = read_one(text)
    assert not report.findings, report.findings
    return report.walk.total.parameters


def test_the_size_of_a_picture_alone_proves_no_kernel_that_nobody_uses() -> None:
    text = (
        "Pictures of 72x72 pixels in grey.\n\n| Layer | Output Shape |\n|---|---|\n"
        "| Conv2D | (36, 36, 8) |\n| Dense | 5 |\n"
    )
    assert any("its kernel is not said" in finding for finding in findings(text))


@pytest.mark.parametrize(
    ("heading", "cells", "count"),
    [
        ("Size of filter", ("5x5", "-"), 6 * 26 + 10 * (6 * 8 * 8 + 1)),
        ("卷积核的大小", ("5x5", "-"), 6 * 26 + 10 * (6 * 8 * 8 + 1)),
        ("Größe der Filter", ("5x5", "-"), 6 * 26 + 10 * (6 * 8 * 8 + 1)),
        ("Size / Stride", ("5x5 / 1", "-"), 6 * 26 + 10 * (6 * 8 * 8 + 1)),
        ("Kernel", ("6 * 1 * 5 * 5", "10 * 384"), 6 * 26 + 10 * (6 * 8 * 8 + 1)),
        ("Kernel", ("6 * 1 * 5 * 5", "384 * 10"), 6 * 26 + 10 * (6 * 8 * 8 + 1)),
    ],
)
def test_headings_and_kernels_are_read_in_either_order(
    heading: str, cells: tuple[str, str], count: int
) -> None:
    text = (
        f"| Layer | {heading} | Output |\n|---|---|---|\n| Input | - | 12x12x1 |\n"
        f"| Conv | {cells[0]} | 8x8x6 |\n| FC | {cells[1]} | 10 |\n"
    )
    assert parameters(text) == count


def test_functions_keep_their_slopes_and_say_the_usual_one() -> None:
    text = (
        "| Layer | Kernel | Output |\n|---|---|---|\n| Input | - | 8x8x1 |\n"
        "| Conv2D (LeakyReLU 0.2) | 3x3 | 6x6x2 |\n| Conv, ELU | 3x3 | 4x4x2 |\n"
    )
    report = read_one(text)
    assert not report.findings
    functions = [str(row.activation) for row in report.document.table.rows]
    assert functions[1:] == ["leaky ReLU (0.2)", "ELU (1.0)"]
    assert (
        "Conv ELU: padding valid: from 6x6 to 4x4; ELU (1.0): PyTorch's number, for none is said."
        in remarks(text)
    )


@pytest.mark.parametrize(("shared", "slopes"), [(1, 1), (2, 2), (72, 72)])
def test_parameters_tell_how_a_prelu_shares_its_slopes(shared: int, slopes: int) -> None:
    text = (
        "| Layer | Kernel | Output | Params |\n|---|---|---|---|\n| Input | - | 8x8x1 | - |\n"
        f"| Conv | 3x3 | 6x6x2 | 20 |\n| PReLU | - | 6x6x2 | {shared} |\n"
    )
    assert parameters(text) == 20 + slopes


def test_a_letter_and_a_number_ahead_of_a_layer_are_its_name() -> None:
    text = (
        "| Layer | Window | Output |\n|---|---|---|\n| Input | - | 16x16x1 |\n"
        "| C3 Conv | 4 of 5x5 | 12x12x4 |\n| S4 subsampling | 2x2 | 6x6x4 |\n"
    )
    assert str(outputs(text)[-1]) == "4x6x6"


def test_a_count_in_millions_that_rounds_to_nothing_is_right() -> None:
    text = (
        "| Layer | Units | Params (K) | MACs (M) |\n|---|---|---|---|\n"
        "| Input | 100 | 0 | 0 |\n| FC | 10 | 1.0 | 0.0 |\n"
    )
    assert read_one(text).agrees


BOTTLENECKS = """\
Every convolution is followed by batch normalisation and ReLU and has no bias. Blocks are residual with a projection
shortcut (1x1) where shapes differ.{}

| stage | output | block |
|---|---|---|
| input | 16x16x3 | |
| 1 | 16x16 | 3x3, 8 |
| 2 | 8x8 | [1x1, 4<br>3x3, 4<br>1x1, 16] × 2 |
| 3 | 1x1 | global average pool, 5-d fc |
"""


@pytest.mark.parametrize(
    ("sentence", "strided", "place"),
    [
        ("", "conv 1", "first"),
        (" Stages begin with stride 2 in the 3x3 convolution.", "conv 2", "3x3"),
    ],
)
def test_the_stride_of_a_block_stands_where_a_sentence_says(
    sentence: str, strided: str, place: str
) -> None:
    text = BOTTLENECKS.format(sentence)
    report = read_one(text)
    assert not report.findings
    sizes = {row.row.name: row.output for row in report.walk.reports}
    names = [name for name in sizes if "block 1 conv" in name]
    halved = next(name for name in names if sizes[name] == Image(4, 8, 8))
    assert halved.endswith(strided)
    assert any(f"a stride stands in the {place} convolution" in told for told in remarks(text))
    # By hand: 3x3 of 3 to 8 maps, two blocks, a projection, a full layer.
    blocks = (8 * 4 + 4 * 4 * 9 + 4 * 16) + (16 * 4 + 4 * 4 * 9 + 4 * 16) + 8 * 16
    norms = 2 * (8 + 2 * (4 + 4 + 16) + 16)
    assert report.walk.total.parameters == 3 * 8 * 9 + blocks + norms + 5 * 17


def test_a_layer_without_biases_is_told_where_its_parameters_alone_say_so() -> None:
    text = (
        "| Layer | Output | Params |\n|---|---|---|\n| Input | 10x10x1 | 0 |\n"
        "| Conv 3x3 | 8x8x4 | 40 |\n| Conv 3x3 | 6x6x4 | 144 |\n"
    )
    assert parameters(text) == 40 + 144
    assert any(told.endswith("no biases: from 144 parameters.") for told in remarks(text))


@pytest.mark.parametrize(
    "row", ["| Conv | 8 filters, 3x3 | {word} |", "| Conv | 8 filters, 3x3, {word} | - |"]
)
def test_a_function_has_the_words_of_our_own_tables_and_is_no_part_of_another(row: str) -> None:
    head = "| Layer | Details | Activation |\n|---|---|---|\n| Input | 28x28x1 | - |\n"
    for name, words in vocabulary.function_words():
        if name != "PReLU":  # a layer of its own, with weights
            for word in words:
                _has_function(f"{head}{row.format(word=word)}", word)


def _has_function(table: str, word: str) -> None:
    if any(part[0].isdigit() for part in word.split()):
        return  # `relu 6`: in a strange table a number by itself may be one of the layer
    made = read_one(f"{table}\n| Dense | 10 | softmax |\n")
    assert not made.findings, (word, made.findings)
    functions = [report.row.function for report in made.walk.reports]
    assert functions == [None, vocabulary.function_of(word), "softmax"], word


def test_the_slope_of_a_function_is_no_number_of_the_layer_before_it() -> None:
    made = read_one(
        "| Layer | Details |\n|---|---|\n| Input | 28x28x1 |\n| Conv | 8 filters, 3x3, leaky ReLU (0.1) |\n| Dense | 10 |\n"
    )
    assert not made.findings
    assert str(made.walk.reports[1].row.function) == "leaky ReLU (0.1)"
