"""Forms that a table, a cell and the Markdown around them may take."""

from pathlib import Path

import pytest

from striate.checking import check
from striate.documents import Document, read_file, read_networks
from striate.documents.cells import read_start
from striate.layers import (
    AveragePooling,
    Codes,
    Convolution,
    Dropout,
    FullyConnected,
    Input,
    Layer,
    MaxPooling,
    RadialBasis,
    Sides,
    Subsampling,
)
from striate.networks import load, network_text
from striate.table import Claim, Claims, Row, Start


ENGLISH = """\
| Layer | Type | Maps | Size | Kernel | Stride | Padding | Groups | Activation | From | Parameters | Connections | Operations | Options |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| in | Input | 2 | 9x9 | - | - | - | - | - | - | - | - | - | - |
| a | Convolution | 2 | 9x9 | 3x3 | 1 | same | 2 | ReLU | in | 20 | 1,620 | 2.9K | bias=yes |
| b | Max pooling | 2 | - | 3 | 1 | 1 | - | tanh | in | - | - | - | rounding=ceil |
| c | Add | - | - | - | - | - | - | sigmoid | a, b | - | - | - | - |
| d | Average pooling | - | 4x4 | 2 | - | - | - | scaled tanh | - | - | - | - | - |
| e | Subsampling | - | - | 2 | - | - | - | - | - | 4 | - | - | reduction=mean |
| f | Concat | - | - | - | - | - | - | - | e, e | - | - | - | - |
| g | Global average pooling | - | - | - | - | - | - | - | - | - | - | - | - |
| h | Dropout | - | - | - | - | - | - | - | - | - | - | - | fraction=0.4 |
| i | Flatten | - | - | - | - | - | - | - | - | - | - | - | - |
| j | Activation | - | - | - | - | - | - | ReLU | - | - | - | - | - |
| k | Fully connected | - | 3 | - | - | - | - | softmax | - | - | - | - | - |
| l | RBF | - | 3 | - | - | - | - | - | - | - | - | - | - |
| all | Total | - | - | - | - | - | - | - | - | 39 | - | - | - |
"""

KOREAN = """\
| 층 | 종류 | 특성 맵 | 크기 | 커널 크기 | 스트라이드 | 패딩 | 그룹 | 활성화 함수 | 입력 | 파라미터 | 연결 | 연산 | 옵션 | 비고 |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
| in | 입력 | 2 | 9×9 | - | - | - | - | - | - | - | - | - | - | - |
| a | 합성곱 | 2 | 9×9 | 3×3 | 1 | SAME | 2 | 렐루 | in | 20 | 1,620 | 2.9K | bias=yes | |
| b | 최대 풀링 | 2 | - | 3 | 1 | 1 | - | 하이퍼볼릭 탄젠트 | in | - | - | - | rounding=ceil | |
| c | 덧셈 | - | - | - | - | - | - | 시그모이드 | a, b | - | - | - | - | |
| d | 평균 풀링 | - | 4 x 4 | 2 | - | - | - | 1.7159*tanh(2x/3) | - | - | - | - | - | |
| e | 서브샘플링 | - | - | 2 | - | - | - | - | - | 4 | - | - | reduction=mean | |
| f | 깊이 연결 | - | - | - | - | - | - | - | e, e | - | - | - | - | |
| g | 전역 평균 풀링 | – | — | - | - | - | - | - | - | - | - | - | - | |
| h | 드롭아웃 | - | - | - | - | - | - | - | - | - | - | - | fraction = 40 % | |
| i | **평탄화** | - | - | - | - | - | - | - | - | - | - | - | - | |
| j | 활성화 | - | - | - | - | - | - | `ReLU` | - | - | - | - | - | |
| k | 완전 연결 | - | 3 | - | - | - | - | 소프트맥스 | - | - | - | - | - | |
| l | 방사 기저 함수 | - | 3 | - | - | - | - | RBF | - | - | - | - | - | |
| all | 합계 | - | - | - | - | - | - | - | - | 39 | - | - | - | |
"""


def read(text: str) -> Document:
    """Read a text that holds one network and no fault."""
    (document,) = read_networks(text, "a.md")
    assert document.faults == ()
    return document


def row_of(cells: str, headings: str = "Kernel | Stride | Padding") -> Row:
    """Read one row below an input of 3 maps of 99x99."""
    count = headings.count("|") + 1
    separator, empty = " --- |" * count, " |" * count
    text = (
        f"| Layer | Type | Maps | Size | {headings} |\n| --- | --- | --- | --- |{separator}\n"
        f"| I | Input | 3 | 99x99 |{empty}\n| {cells} |\n"
    )
    return read(text).table.rows[1]


def test_korean_and_english_headings_give_the_same_table() -> None:
    assert read(KOREAN).table == read(ENGLISH).table
    assert len(read(ENGLISH).table.rows) == 13
    assert read(ENGLISH).table.totals == Claims(parameters=Claim("39"))


def test_columns_stand_in_any_order() -> None:
    def turned(line: str) -> str:
        return "|" + "|".join(reversed(line.strip("|\n").split("|"))) + "|"

    assert read("\n".join(map(turned, ENGLISH.splitlines()))).table == read(ENGLISH).table


@pytest.mark.parametrize(
    ("cells", "layer"),
    [
        ("C | conv | 64 | - | 7x7+2(S) | - | -", Convolution(64, 7, 2, "same")),
        ("C | conv | 64 | - | 7×7/2 | - | 3", Convolution(64, 7, 2, 3)),
        ("C | conv | 64 | - | 7 X 7 | 2x1 | valid", Convolution(64, 7, (2, 1))),
        ("C | conv | 64 | - | 3x3+1(V) | 1 | -", Convolution(64, 3, 1, "valid")),
        ("C | Conv2D | 1,024 | - | 3x5 | - | 1x2", Convolution(1024, (3, 5), 1, Sides(1, 1, 2, 2))),
        ("C | conv | 64 | - | 3 | - | 0+3", Convolution(64, 3, 1, Sides(0, 3, 0, 3))),
        ("C | conv | 64 | - | 3 | - | 0+1x2+3", Convolution(64, 3, 1, Sides(0, 1, 2, 3))),
        ("P | max pool | - | - | 3 | 2 | -", MaxPooling(3, 2)),
        ("P | avg pooling | - | - | 3 | - | same", AveragePooling(3, 3, "same")),
        ("S | sub-sampling | - | - | 2 | - | -", Subsampling(2)),
        ("F | Dense | 4,096 | - | - | - | -", FullyConnected(4096)),
        ("F | linear | - | 4,096 | - | - | -", FullyConnected(4096)),
        ("F | full connection | - | 7x12 | - | - | -", FullyConnected(84)),
        ("D | dropout | - | - | - | - | -", Dropout(0.5)),
    ],
)
def test_a_cell_may_be_written_as_papers_and_notes_do(cells: str, layer: Layer) -> None:
    assert row_of(cells).layer == layer


def test_an_input_may_say_what_its_maps_are() -> None:
    text = "| Layer | Type | Maps | Size |\n|-|-|-|-|\n| I | Input | 3(RGB) | 227x227 |\n"
    assert read(text).table.rows[0].layer == Input.image(3, 227, 227)


def test_options_are_parted_by_commas_or_semicolons() -> None:
    row = row_of("P | max pooling | - | - | 3 | Rounding = ceil; dilation=2x1", "Kernel | Options")
    assert row.layer == MaxPooling(3, 3, "valid", (2, 1), "ceil")
    row = row_of(
        "P | average pooling | - | - | 3 | rounding=ceil, divisor=inside", "Kernel | Options"
    )
    assert row.layer == AveragePooling(3, rounding="ceil", divisor="inside")


def test_units_beside_a_size_make_the_size_a_claim() -> None:
    assert row_of("F | dense | 10 | 1x1 | - | - | -").claims == Claims(size=(1, 1))
    assert row_of("F | dense | - | 10 | - | - | -").claims == Claims()


def test_a_count_may_be_rounded() -> None:
    row = row_of("F | dense | 10 | - | 2.9 M | 294K | 290\u00a0k", "Parameters | Connections | Ops")
    assert row.claims == Claims(None, None, Claim("2.9M"), Claim("294K"), Claim("290k"))


def test_a_fully_connected_row_with_the_function_rbf_is_an_rbf() -> None:
    assert row_of("O | 완전 연결 | - | 10 | RBF", "Activation") == Row("O", RadialBasis(10))


def test_short_rows_leave_their_last_cells_empty() -> None:
    assert row_of("D | dropout").layer == Dropout()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "- a list right behind the table | with a bar\n",
        lambda text: text + "> a quotation | with a bar\n",
        lambda text: text + "1. a numbered list | with a bar\n",
        lambda text: "```text\n| Layer | Type |\n| --- | --- |\n| x | y |\n```\n\n" + text,
        lambda text: "~~~\n```\n| Layer | Type |\n| --- | --- |\n~~~~\n\n" + text,
        lambda text: "````\n```\n| Layer | Type |\n| --- | --- |\n```\n````\n" + text,
        lambda text: "```not a fence``` but code in a line\n\n" + text,
        lambda text: "| Command | Meaning |\n| --- | --- |\n| check | reads |\n\n" + text,
        lambda text: text.replace("| ---", "|:---:").replace("\n| ", "\n  | "),
        lambda text: "\n".join(line.strip("| ") for line in text.splitlines()),
        lambda text: "a form feed \x0c and \u2028 separators\n\n" + text,
        lambda text: text.replace(" |\n", "\n"),
    ],
)
def test_the_markdown_around_and_the_line_ends_change_nothing(change: object) -> None:
    assert callable(change)
    table = "\n".join(
        line.replace("| - |", "| x |") if line.startswith("|:") else line
        for line in ENGLISH.splitlines()
    )
    assert read(change(table + "\n")).table == read(ENGLISH).table


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = "\x0ba\x0cb\x1cc\x85d\u2028e\r\rf\r\n\n" + ENGLISH
    assert read(text).line == 5
    assert read(text).table.rows[0].line == 7


def test_an_escaped_bar_is_a_bar_within_a_cell() -> None:
    row = row_of(r"a \| b \|\| c | dropout | - | - | - | - | -")
    assert row.name == "a | b || c"


def test_connection_tables_may_stand_above_their_network() -> None:
    marks = "| in → a | 0 | 1 |\n|---|---|---|\n| 0 | 1 | 0 |\n| 1 | • | . |\n\n"
    table = ENGLISH.replace("| same | 2 |", "| same | - |").replace("| 1,620 ", "| - ")
    layer = check(read_networks(marks + table, "a.md")[0]).document.table.rows[1].layer
    assert isinstance(layer, Convolution)
    assert layer.connection_table is not None
    assert layer.connection_table.marks == ((True, False), (True, False))


@pytest.mark.parametrize("arrow", ["→", "->", "\\"])
def test_arrows_have_three_forms_and_may_stand_in_names(arrow: str) -> None:
    text = (
        "| Layer | Type | Maps | Size | Kernel |\n|-|-|-|-|-|\n| a -> b | Input | 1 | 9x9 | |\n"
        "| b → c | Convolution | 2 | | 3 |\n\n"
        f"| a -> b {arrow} b → c | 0 | 1 |\n|-|-|-|\n| 0 | x | X |\n"
    )
    layer = read(text).table.rows[1].layer
    assert isinstance(layer, Convolution)
    assert layer.connection_table is not None


def test_codes_stand_side_by_side_or_one_below_the_other() -> None:
    head = (
        "| Layer | Type | Size |\n|-|-|-|\n| I | Input | 4 |\n| the output | RBF | 3 |\n\n"
        "```codes the output\n"
    )
    expected = RadialBasis(3, Codes((("##", ".."), ("#.", "#."), (".#", "##"))))
    side_by_side = read(head + "## #. .#\n.. #. ##\n```\n")
    in_bands = read(head + "\n## #.\n.. #.\n\n\n.#\n##\n\n```\n")
    assert side_by_side.table.rows[1].layer == in_bands.table.rows[1].layer == expected


def test_a_title_keeps_a_sharp_that_belongs_to_it() -> None:
    assert read("# Networks in C#\n\n" + ENGLISH).title == "Networks in C#"
    assert read("## Networks ##\n\n" + ENGLISH).title == "Networks"
    assert read("### #\n\n# A\n\n" + ENGLISH).title == "A"


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        (ENGLISH, "notes", "notes"),
        ("# My Net (2)\n\n" + ENGLISH, "my-net-2", "My Net (2)"),
        ("# 신경망\n\n" + ENGLISH, "신경망", "신경망"),
        ("---\nname: tiny\n---\n# My Net\n\n" + ENGLISH, "tiny", "My Net"),
        ("---\nname: tiny\n---\n" + ENGLISH, "tiny", "tiny"),
        ("# !?\n\n" + ENGLISH, "network", "!?"),
    ],
)
def test_a_network_is_named_by_its_front_matter_its_heading_or_its_file(
    text: str, name: str, title: str
) -> None:
    (document,) = read_networks(text, "folder/notes.md")
    assert (document.name, document.title) == (name, title)


def test_a_file_is_read_as_its_text_is(tmp_path: Path) -> None:
    path = tmp_path / "n.md"
    path.write_bytes(b"\xef\xbb\xbf" + network_text("lenet5").replace("\n", "\r\n").encode())
    assert read_file(path) == (load("lenet5"),)
    assert load(path) == load("lenet5")
    assert load(f"{path}#lenet5").where == str(path)


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("C1", "C1"),
        ("inception (3a)", "inception_3a"),
        ("3x3 reduce", "row_3x3_reduce"),
        ("출력", "출력"),
        ("class", "row_class"),
        ("²", "row_2"),
        ("|", "row_"),
    ],
)
def test_a_name_becomes_an_attribute(name: str, identifier: str) -> None:
    assert Row(name, Dropout()).identifier == identifier


@pytest.mark.parametrize(
    "start",
    [
        Start("normal", 1.0, 0.0005416669762431551),
        Start("uniform", 1.2345678901234567e-30, -0.00012345678901234567),
        Start("zero", bias=-7.0),
    ],
)
def test_how_numbers_begin_is_read_with_all_its_digits(start: Start) -> None:
    assert read_start(str(start)) == start
