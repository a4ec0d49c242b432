"""Whatever is added to a right cell is named: no number and no word of a row is passed over."""

import re
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from striate.checking import check
from striate.documents import read_networks
from striate.errors import DocumentError


KINDS = {
    "en": ("Conv", "Max pooling", "FC", "Dropout"),
    "ko": ("합성곱", "최대 풀링", "완전연결", "드롭아웃"),
    "zh": ("卷积", "最大池化", "全连接", "Dropout"),
    "ja": ("畳み込み", "最大プーリング", "全結合", "ドロップアウト"),
    "de": ("Faltung", "Max-Pooling", "Vollverbunden", "Dropout"),
}
HEADINGS = {
    "en": ("Layer", "Type", "Details", "Output"),
    "ko": ("층", "종류", "설정", "출력 크기"),
    "zh": ("层", "类型", "说明", "输出尺寸"),
    "ja": ("層", "種類", "設定", "出力サイズ"),
    "de": ("Schicht", "Art", "Einstellung", "Ausgabe"),
}
SAID = {
    "en": (
        (
            *("6 filters, 5x5, valid", "5x5, 6 filters, stride 1, ReLU", "6@5x5"),
            *("k=5, 6 channels, s=1", "6 filters of 5×5 with ReLU"),
        ),
        ("2x2, stride 2", "2×2", "window 2x2, s2"),
        ("10 units, softmax", "10", "10 neurons"),
        ("0.25", "25%", "rate 0.25"),
    ),
    "ko": (
        ("필터 6개, 5×5, 패딩 0", "5x5 커널, 6 채널, 보폭 1, ReLU"),
        ("2×2, 보폭 2",),
        ("10개, softmax", "10 뉴런"),
        ("25%",),
    ),
    "zh": (
        ("6 个 5×5 卷积核，步长 1", "5×5，6 通道，填充 0，ReLU"),
        ("2×2，步长 2",),
        ("10 个神经元", "10 单元，softmax"),
        ("0.25",),
    ),
    "ja": (
        ("フィルタ 6 個、5×5、パディングなし", "5x5、6 チャネル、ストライド 1"),
        ("2×2、ストライド 2",),
        ("10 ユニット", "10、ソフトマックス"),
        ("0.25",),
    ),
    "de": (
        ("6 Filter, 5x5, ohne Padding", "5×5, 6 Kanäle, Schrittweite 1"),
        ("2x2, Schrittweite 2",),
        ("10 Einheiten", "10 Neuronen, softmax"),
        ("0,25",),
    ),
}
SIZES = ("6x24x24", "6x12x12", "10", "10")
FORMS = ("columns", "one column", "points")
# Numbers and words that mean nothing in any of the rows.
SURPLUS = ("7", "13", "0.35", "77", "frobnicated", "mystisch", "신비")


def rows_of(language: str, form: str, said: Sequence[str]) -> list[list[str]]:
    """Give the cells of a small network, with its headings."""
    kinds, headings = KINDS[language], HEADINGS[language]
    if form == "columns":
        rows = [["Input", "Input", "", "1x28x28"]]
        rows += [["row", *row] for row in zip(kinds, said, SIZES, strict=True)]
        return [list(headings), *rows]
    return [
        [headings[0]],
        ["Input 28x28x1"],
        *([f"{kind} ({one})"] for kind, one in zip(kinds, said, strict=True)),
    ]


def written(form: str, rows: list[list[str]]) -> str:
    if form == "points":
        return "# A network\n\n" + "".join(f"- {row[0]}\n" for row in rows[1:])
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def told(text: str, name: str = "a.md") -> Any:
    """Read a network: its rows with what is wrong and what is remarked; None where none is found."""
    try:
        (document,) = read_networks(text, name)
    except DocumentError:
        return None
    report = check(document)
    rows = [(one.row.layer, one.output) for one in report.walk.reports]
    return rows, report.findings, {(one.row, one.text) for one in document.remarks}


CASES = [
    (language, form, said)
    for language, form in product(SAID, FORMS)
    for said in product(*SAID[language])
]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_is_added_to_a_cell_is_named(data: st.DataObject) -> None:
    language, form, said = data.draw(st.sampled_from(CASES))
    rows = rows_of(language, form, said)
    right = told(written(form, rows))
    assert right is not None
    assert not right[1], right[1]
    at = data.draw(st.integers(2, len(rows) - 1))
    # The first of several columns is the name of the row, which may be any.
    column = data.draw(st.integers(1 if len(rows[at]) > 1 else 0, len(rows[at]) - 1))
    cell = rows[at][column]
    place = data.draw(
        st.sampled_from([one.start() for one in re.finditer(r"(?<=\S)(?=[ ,，、)])|$", cell)])
    )
    added = data.draw(st.sampled_from([", ", " "])) + data.draw(st.sampled_from(SURPLUS))
    rows[at][column] = f"{cell[:place]}{added}{cell[place:]}"
    other = told(written(form, rows))
    if other is not None and other[0] == right[0]:
        assert other[1] or other[2] - right[2], f"{rows[at][column]!r}: {added!r} is passed over"


PATTERN = """\
```
INPUT [32x32x3] -> CONV3-32 -> RELU -> MAXPOOL 2x2 -> CONV(5x5, 64, s1) -> POOL2 -> FC-256 -> DROPOUT(0.5) -> FC-10 -> SOFTMAX
```
"""
CAFFE = """\
layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST }
  transform_param { crop_size: 32 } data_param { source: "x" batch_size: 8 } }
layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 8 kernel_size: 3 } }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "f" type: "InnerProduct" bottom: "p" top: "f" inner_product_param { num_output: 10 } }
layer { name: "l" type: "SoftmaxWithLoss" bottom: "f" bottom: "label" top: "l" }
"""
DARKNET = """\
[net]
height=32
width=32
channels=3
batch=10
[convolutional]
filters=8
size=3
activation=relu
[maxpool]
size=2
stride=2
[connected]
output=10
activation=linear
[softmax]
[cost]
type=sse
"""
KERAS = """\
Layer (type)                 Output Shape              Param #
=================================================================
conv2d (Conv2D)              (None, 26, 26, 8)         80
_________________________________________________________________
max_pooling2d (MaxPooling2D) (None, 13, 13, 8)         0
_________________________________________________________________
flatten (Flatten)            (None, 1352)              0
_________________________________________________________________
dense (Dense)                (None, 10)                13530
=================================================================
Total params: 13,610
"""
TORCHSUMMARY = """\
Pictures of 28x28 in grey.

```
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 8, 26, 26]              80
              ReLU-2            [-1, 8, 26, 26]               0
         MaxPool2d-3            [-1, 8, 13, 13]               0
            Linear-4                   [-1, 10]          13,530
================================================================
Total params: 13,610
```
"""
OTHERS = (
    # The file, its text, the places at which something is added, and what.
    ("a.md", PATTERN, r"(?<=[\w)\]])(?=[ ,)\]])", (" 77", ", 0.35", " frobnicated")),
    ("a.prototxt", CAFFE, r"(?<=[{}])", (" frob: 7 ", " frob_param { z: 3 } ")),
    ("a.cfg", DARKNET, r"(?<=\n)(?=.)", ("frob=7\n",)),
    ("a.txt", KERAS, r"(?<=\w)(?=\n)", ("   77", "   frobnicated")),
    ("a.md", TORCHSUMMARY, r"(?<=\w)(?=\n)", ("   77", "   frobnicated")),
)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_is_added_to_a_definition_is_named(data: st.DataObject) -> None:
    name, text, places, added = data.draw(st.sampled_from(OTHERS))
    right = told(text, name)
    assert right is not None
    assert not right[1], right[1]
    # What stands ahead of the first section of a configuration belongs to none.
    at = data.draw(
        st.sampled_from([one.start() for one in re.finditer(places, text) if one.start()])
    )
    one = data.draw(st.sampled_from(added))
    other = told(f"{text[:at]}{one}{text[at:]}", name)
    if other is not None and other[0] == right[0]:
        assert other[1] or other[2] - right[2], (
            f"{one!r} is passed over behind {text[at - 20 : at]!r}"
        )


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ("FC 10, softmax, 3", "3"),
        ("Dense 10, dropout 0.5, 7", "7"),
        ("Conv 6@5x5, 9", "9"),
        ("MaxPool 2x2, 8 units", "8"),
        ("LRN 7", "7"),
        ("BatchNorm, momentum 0.8", "momentum 0.8"),
        ("Conv 5x5, 6 filters, stride (1, 1), 4", "4"),
    ],
)
def test_a_number_that_no_layer_has_is_named_in_its_row(row: str, numbers: str) -> None:
    table = f"| Layer |\n|---|\n| Input 28x28x1 |\n| Conv 3x3, 6 filters |\n| {row} |\n| FC 10 |\n"
    (document,) = read_networks(table, "a.md")
    findings = [one for one in check(document).findings if one.line == 5]
    assert [one.came for one in findings] == [f"'{numbers}' is not understood."]


@pytest.mark.parametrize(
    "row",
    [
        *(
            "Conv2D-1 3x3, 6",
            "3. Conv 3x3, 6 filters",
            "conv2_1 (3x3, 6)",
            "Conv Block 2: 3x3, 6 filters",
        ),
        *("Conv 1-2, 3x3, 6", "Dropout (keep 0.75)", "Dropout (0,25)"),
        *(
            "MaxPool 2x2/2",
            "Conv(6→8, 3x3)",
            "Conv 3x3x6, 8",
            "FC 1,024",
            "1st Conv: 3x3, 6 filters",
        ),
    ],
)
def test_numbers_that_name_a_row_or_say_it_twice_are_taken(row: str) -> None:
    table = f"| Layer |\n|---|\n| Input 28x28x1 |\n| Conv 3x3, 6 filters |\n| {row} |\n| FC 10 |\n"
    (document,) = read_networks(table, "a.md")
    assert not check(document).findings


def test_a_count_in_thousands_is_one_number() -> None:
    for row in ("FC 1,024", "FC 1024"):
        table = f"| Layer |\n|---|\n| Input 4x4x1 |\n| Conv 3x3, 6 filters |\n| {row} |\n"
        (document,) = read_networks(table, "a.md")
        assert check(document).walk.total.parameters == 60 + 1024 * 25


def test_words_that_no_layer_takes_are_told_with_their_lines() -> None:
    table = (
        "| Layer | Details | Output |\n|---|---|---|\n| Input | | 1x28x28 |\n| Conv | 5x5, 6 filters, twisted | 6x24x24 |\n"
        "| FC | 10 units; sings softly | 10 |\n"
    )
    (document,) = read_networks(table, "a.md")
    assert "No layer takes these words: 'twisted' in line 4; 'sings softly' in line 5." in [
        remark.text for remark in document.remarks
    ]


def test_the_size_of_a_row_is_read_to_its_end() -> None:
    table = "| Layer | Output |\n|---|---|\n| Input | 1x28x28 |\n| Conv 5x5, 6 filters | 6x24x24, 9 |\n| FC 10 | 10 |\n"
    (document,) = read_networks(table, "a.md")
    assert ("Conv 5x5 6 filters, output", "It is not read: '9' is not understood.") in [
        (remark.row.replace("5x5,", "5x5"), remark.text) for remark in document.remarks
    ]


def test_a_column_of_receptive_fields_is_told_and_not_compared() -> None:
    table = "| Layer | Output | RF |\n|---|---|---|\n| Input | 1x28x28 | 1 |\n| Conv 5x5, 6 filters | 6x24x24 | 5 |\n| FC 10 | 10 | |\n"
    (document,) = read_networks(table, "a.md")
    assert ("column 'RF'", "It is not compared: rows claim no receptive fields.") in [
        (remark.row, remark.text) for remark in document.remarks
    ]


def test_a_row_that_prepares_pictures_is_told_and_is_none_of_the_network() -> None:
    table = "| Layer | Details |\n|---|---|\n| Rescaling | 1./255 |\n| Conv2D | 6 filters, 5x5 |\n| Flatten | |\n| Dense | 10 units |\n"
    (document,) = read_networks(f"Images of 28x28 in grey.\n\n{table}", "a.md")
    assert [
        (remark.row, remark.text) for remark in document.remarks if remark.row.startswith("line")
    ] == [
        (
            "line 5",
            "It prepares pictures and is no row: 'Rescaling'; the document's `input` says how they are prepared.",
        )
    ]
    assert len(document.table.rows) == 4


STAGES = """\
# A residual network

Shortcuts are projections where shapes differ. Batch normalisation stands behind every convolution, which have no bias.

| layer | output | net |
|---|---|---|
| input | 16x16 | 3 channels |
| conv1 | 16x16 | 3x3, 8 |
| conv2 | 8x8 | [3x3, 16; 3x3, 16] x 2 |
| | 1x1 | average pool, 4-d fc |
"""


@pytest.mark.parametrize(
    ("cell", "added"),
    [
        ("| 3 channels", " 77"),
        ("3x3, 8", " 77"),
        ("3x3, 8", " twisted"),
        ("x 2", " 77"),
        ("| 8x8", " 77"),
        ("4-d fc", ", 77"),
    ],
)
def test_what_is_added_to_stages_of_blocks_is_named(cell: str, added: str) -> None:
    right, other = told(STAGES), told(STAGES.replace(cell, cell + added))
    assert not right[1], right[1]
    if other is not None and other[0] == right[0]:
        assert other[1] or other[2] - right[2]


def test_a_number_in_the_row_of_the_input_is_named() -> None:
    table = "| Layer | Output |\n|---|---|\n| Input | 1x28x28, 77 |\n| Conv 5x5, 6 filters | 6x24x24 |\n| FC 10 | 10 |\n"
    (document,) = read_networks(table, "a.md")
    assert ("Input, numbers", "It is not read: '77' is not understood.") in [
        (remark.row, remark.text) for remark in document.remarks
    ]
