"""Forms of tables that were met in notes of strangers, in words of our own."""

import pytest

from striate.checking import Report, check
from striate.documents import read_networks
from striate.errors import NoNetworkError


def read_one(text: str) -> Report:
    (document,) = read_networks(text, "a.md")
    return check(document)


def sizes(report: Report) -> list[str]:
    return [str(row.output) for row in report.walk.reports]


def findings(text: str) -> list[str]:
    return [str(finding).splitlines()[0] for finding in read_one(text).findings]


DESCRIBED = """\
| Layer | Description |
|---|---|
| Input | 20x20x3 RGB picture (normalised) |
| Convolution 5x5 | 1x1 stride, valid padding, depth 7, output 16x16x7 |
| RELU | |
| Dropout | |
| Max pooling | 2x2 stride, output 8x8x7 |
| RELU | |
| Dropout | keep_prob = 0.8 |
| Flatten | from (8,8,7) to {flat} |
| Fully Connect | input = 448, ouput = 30 |
| RELU | |
| Dropout | |
| {dense} |
| Softmax | |
"""


@pytest.mark.parametrize(
    "dense",
    ["Fully connected | input 30, ouput 9", "Fully connected | 30 inputs 9 outputs"],
)
def test_rows_of_functions_without_numbers_hide_no_network(dense: str) -> None:
    report = read_one(DESCRIBED.format(flat=448, dense=dense))
    assert report.agrees
    assert report.walk.total.parameters == 7 * (25 * 3 + 1) + 30 * 449 + 9 * 31


def test_the_values_of_a_flattening_are_a_claim() -> None:
    text = DESCRIBED.format(flat=350, dense="Fully connected | 9")
    assert findings(text) == [
        "line 10, Flatten, Size: the table says 350, the arithmetic gives 448."
    ]


def test_a_count_with_its_sum_in_brackets_is_no_product() -> None:
    text = """\
| 层 | 输入尺寸 | 输出尺寸 | 参数量 |
|---|---|---|---|
| 卷积层 | 1x20x20 | 8x18x18 | 80 (1*3*3*8 + 8) |
| 池化层 | 8x18x18 | 8x9x9 | 0 |
| 全连接层 | 8x9x9 | 5 | 3245 (8*9*9*5 + 5) |
"""
    report = read_one(text)
    assert report.agrees
    assert report.walk.total.parameters == 3325


def test_a_factor_ahead_of_brackets_is_a_product() -> None:
    text = "| Layer | Output | Params |\n|---|---|---|\n| Input | 20x20x1 | 0 |\n| Conv 3x3 | 18x18x8 | 8 (3x3x1 + 1) |\n| Dense | 5 | 5 (18x18x8 + 1) |\n"
    report = read_one(text)
    assert report.agrees
    assert report.walk.total.parameters == 80 + 5 * 2593


def test_scanned_formulas_are_read_in_one_piece() -> None:
    text = """\
| Layer | Kernel | Output |
|---|---|---|
| Input | - | $1 \\times 2 4 \\times 4 8$ |
| Conv | $3 \\times 3$ | $8 \\times 2 2 \\times 4 6$ |
| Conv | $3 \\times 3$ | ${16} \\times {20} \\times {44}$ |
"""
    assert sizes(read_one(text)) == ["1x24x48", "8x22x46", "16x20x44"]


def test_a_batch_ahead_of_all_sizes_is_left_out() -> None:
    text = """\
| Layer | Output Shape |
|---|---|
| Input | $(8, 3, 16, 16)$ |
| Conv2d(3, 12, 3, padding=1) | $(8, 12, 16, 16)$ |
| MaxPool2d(2) | $(8, 12, 8, 8)$ |
| Flatten | $(8, 768)$ |
| Linear(768, 5) | $(8, 5)$ |

Count:

| Layer | Parameters |
|---|---|
| Conv2d(3, 12, 3) | $12 \\times 3 \\times 9 + 12 = 336$ |
| Linear(768, 5) | {count} |
"""
    report = read_one(text.replace("{count}", "3,845"))
    assert report.agrees
    assert sizes(report)[-2:] == ["768", "5"]
    assert findings(text.replace("{count}", "3,840 + 6")) == [
        "line 7, Linear(768 5), Parameters: the table says 3,846, the arithmetic gives 3,845."
    ]


KERAS = """\
| Layer (type) | Output Shape | Param # |
|---|---|---|
| **a** (Conv2D) | (None, {side}, {side}, 16) | {count} |
| **p** (MaxPooling2D) | (None, {half}, {half}, 16) | 0 |
| **b** (Conv2D) | (None, {out}, {out}, 24) | 3,480 |
| **g** (GlobalAveragePooling2D) | (None, 24) | 0 |
| **d** (Dense) | (None, 4) | 100 |
"""


@pytest.mark.parametrize(
    ("side", "half", "out", "count", "came"),
    [
        (30, 15, 13, 160, "1x32x32"),
        (30, 15, 13, 448, "3x32x32"),
        (32, 16, 16, 448, "3x32x32"),
        (28, 14, 12, 1216, "3x32x32"),
    ],
)
def test_an_input_that_no_row_says_follows_from_the_other_convolutions(
    side: int, half: int, out: int, count: int, came: str
) -> None:
    report = read_one(KERAS.format(side=side, half=half, out=out, count=count))
    assert report.agrees
    assert sizes(report)[0] == came


def test_an_input_is_asked_for_where_the_other_convolutions_differ() -> None:
    text = KERAS.format(side=30, half=15, out=13, count=160).replace(
        "| **g**", "| **c** (Conv2D) | (None, 13, 13, 24) | 5,208 |\n| **g**"
    )
    assert findings(text)[0] == (
        "line 1, Input: neither a row nor a sentence says what comes in, and the sizes do not tell."
    )


def test_rows_below_one_that_is_not_understood_go_on_from_its_claim() -> None:
    text = """\
| Layer | Output Shape | Param # |
|---|---|---|
| Input | (64, 64, 3) | 0 |
| Pretrained Convolutional Base 1 | (2, 2, 512) | 14,714,688 |
| Flatten | (2048,) | 0 |
| Dense | (2,) | 4,098 |
"""
    assert findings(text) == [
        "line 4, Pretrained Convolutional Base 1: its kernel is not said, and the arithmetic does not tell."
    ]


@pytest.mark.parametrize("note", ["numbers 0-9", "숫자 0~9 분류", "数字0到9"])
def test_the_names_of_classes_count_no_units(note: str) -> None:
    text = f"| Layer | Type | Output | Remarks |\n|---|---|---|---|\n| In | Input | 12 | |\n| Out | FC | 10 | {note} |\n"
    assert read_one(text).walk.total.parameters == 130


def test_a_rule_on_top_is_no_front_matter() -> None:
    text = f"---\n\n# Notes\n\n{DESCRIBED.format(flat=448, dense='Fully connected | 9')}\n\n---\n"
    assert read_one(text).agrees


def test_front_matter_of_a_vault_is_passed_over() -> None:
    table = DESCRIBED.format(flat=448, dense="Fully connected | 9")
    text = f"---\ntype: note\nsource: a lecture\ndifficulty: easy\ncreated_date: 2020-01-01\n---\n\n{table}"
    assert read_one(text).agrees


def test_a_bound_in_a_task_is_no_claim_of_the_total() -> None:
    table = DESCRIBED.format(flat=448, dense="Fully connected | 9")
    for sentence in (
        "设计一个网络，总参数量控制在 9,000 以内。",
        "Stay within a total of 9,000 parameters.",
        "총 파라미터 수 9,000개 이하로 설계하라.",
    ):
        assert read_one(f"{sentence}\n\n{table}").agrees, sentence


def test_counts_in_whole_thousands_are_rounded() -> None:
    text = "| Layer | Kernel | Output | Params |\n|---|---|---|---|\n| Input | | 30x30x3 | 0 |\n| Conv | 11x11 | 20x20x96 | {count} |\n| Dense | | 2 | 77,000 |\n"
    assert read_one(text.replace("{count}", "35,000")).agrees
    assert findings(text.replace("{count}", "36,000")) == [
        "line 4, Conv, Parameters: the table says 36,000, the arithmetic gives 34,944."
    ]


def test_a_title_over_all_columns_of_html_parts_the_rows() -> None:
    cells = "".join(f"<td>{cell}</td>" for cell in ("Conv", "3x3", "8", "14x14x8"))
    text = (
        "<table><tr><td>Layer</td><td>Kernel</td><td>Filters</td><td>Output</td></tr>"
        '<tr><td colspan="4">Encoder</td></tr>'
        "<tr><td>Input</td><td>-</td><td>-</td><td>16x16x1</td></tr>"
        f"<tr>{cells}</tr><tr><td>Dense</td><td>-</td><td>6</td><td>6</td></tr></table>"
    )
    assert sizes(read_one(text)) == ["1x16x16", "8x14x14", "6"]


def test_the_name_of_an_input_without_a_row_is_the_input() -> None:
    text = """\
Pictures of 16x16 pixels in grey.

| Layer (type) | Output Shape | Param # | Connected to |
|---|---|---|---|
| a (Conv2D) | (None, 14, 14, 8) | 80 | a_input_1[0][0] |
| f (Flatten) | (None, 1568) | 0 | a[0][0] |
| d (Dense) | (None, 3) | 4,707 | f[0][0] |
"""
    assert read_one(text).agrees


def test_a_count_that_stands_twice_in_its_cell_is_not_read() -> None:
    report = read_one(DOUBLED)
    assert [remark.text for remark in report.document.remarks] == [
        "It is not read: '7,290 7,290' is not understood."
    ]
    assert report.agrees


DOUBLED = """\
| Layer | Type | Output Shape | Parameters |
|---|---|---|---|
| 1 | Input | 9x9x1 | 0 |
| 2 | Flatten | 81 | 0 |
| 3 | Dense (90) | 90 | 7,290 7,290 |
"""


def test_a_row_that_names_only_places_is_a_fault() -> None:
    found = findings(
        """\
| Layer | Type | Output Size | Number of Weights | Number of Biases |
|---|---|---|---|---|
| L0 | Input | 32x32x1 | - | - |
| L1 | Convolution 5x5 same | 32x32x8 | 200 | 8 |
|All in all 208 numbers are stored.
"""
    )
    assert len(found) == 1
    assert "line 5" in found[0]


SUMMED = (
    "| Layer | Output | {count} |\n|---|---|---|\n| Input | 3x32x32 | 0 |\n"
    "| Conv 3x3, 16, same | 16x32x32 | {conv} |\n| FC 10 | 10 | 163,850 |\n{below}\n"
)


@pytest.mark.parametrize(
    "below",
    ["Total: {}", "\nTotal: {}", "\n**Sum** = {}.", "\n합계: {}", "\n总计：{}", "\nSumme: {}"],
)
def test_a_line_below_a_table_of_parameters_that_says_total_counts_them(below: str) -> None:
    # 3x3x3x16 + 16, and 16x32x32x10 + 10.
    true, false = 448 + 163_850, 999_999
    table = SUMMED.replace("{count}", "Params").replace("{conv}", "448")
    assert read_one(table.replace("{below}", below.format(f"{true:,}"))).agrees
    found = read_one(table.replace("{below}", below.format(f"{false:,}"))).findings
    assert len(found) == 1
    assert "999,999" in found[0].came
    assert "164,298" in f"{found[0].came} {found[0].needed}"


def test_a_total_that_may_be_of_something_else_is_no_claim() -> None:
    table = SUMMED.replace("{count}", "Params").replace("{conv}", "448")
    graded = f"Total: 100\n\n{table.replace('{below}', 'Total: 100 points')}"
    assert read_one(graded).agrees
    costs = SUMMED.replace("{count}", "FLOPs").replace("{conv}", "-").replace("163,850", "-")
    assert read_one(costs.replace("{below}", "Total: 999,999")).agrees


COUNTED = """\
| Layer | Output shape | Parameters |
|---|---|---|
| Input | 12x12x1 | 0 |
| Conv2D 3x3, 4 filters | 10x10x4 | 40 |
| BatchNorm | 10x10x4 | 16 |
| Dense, 5 units | 5 | 2,005 |

"""


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("Total params: 2,061\nTrainable params: 2,053\nNon-trainable params: 8", ""),
        ("Total params: 2,061\nTrainable params: 2,035\nNon-trainable params: 8", "2,035"),
        ("Total params: 2,061\nTrainable params: 2,053\nNon-trainable params: 9", "9"),
        (
            "- 전체 파라미터: 2,061개\n- 학습 가능한 파라미터: 2,053개\n- 학습 불가능한 파라미터: 80개",
            "80",
        ),
        ("- Total params: 2,061\n- Trainable params: 2,035\n- Non-trainable params: 8", "2,035"),
        ("- Total params: 2,061\n- Trainable params: 2,035", "2,035"),
        # What is not trained may be frozen: no row says so, and the two make up the total.
        ("- Total params: 2,061\n- Trainable params: 2,005\n- Non-trainable params: 56", ""),
        ("- 전체 파라미터: 2,061개\n- 학습 가능한 파라미터: 2,035개", "2,035"),
        ("参数总数：2,061。\n\n可训练参数：2,035。", "2,035"),
    ],
)
def test_trained_numbers_are_compared_beside_their_total(said: str, wrong: str) -> None:
    assert [one.split("says ")[1].split(", the")[0] for one in findings(COUNTED + said)] == [
        wrong
    ] * bool(wrong)


@pytest.mark.parametrize(
    "said",
    [
        "The number of parameters is {}.",
        "The number of trainable parameters of the network is {}.",
        "With only {} parameters the model fits into the cache.",
        "This small network gets by with {} parameters.",
        "Model size: {} parameters",
        "이 모델의 파라미터는 총 {}개다.",
        "모델은 파라미터가 약 {}개이다.",
        "全体で {} 個のパラメータを持つ。",
        "模型共有 {} 个参数。",
        "Das Netz kommt mit {} Parametern aus, dieses Modell auch.",
    ],
)
def test_a_total_is_found_in_sentences_of_many_words(said: str) -> None:
    assert findings(COUNTED + said.format("2,053")) == []
    assert [one.partition("says ")[2] for one in findings(COUNTED + said.format("9,876"))] in (
        ["9,876, the arithmetic gives 2,053."],
        ["~9,876, the arithmetic gives 2,053."],
    )


@pytest.mark.parametrize(
    "said",
    [
        "The dense layer has 2,005 parameters.",
        "The first layer of the model has 40 parameters.",
        "The network's largest layer holds 2,005 parameters.",
        "A dense network would have 9,876 parameters.",
        "It needs fewer than 9,876 parameters.",
    ],
)
def test_a_count_of_a_part_or_of_another_network_is_no_total(said: str) -> None:
    assert findings(COUNTED + said) == []


def test_a_sentence_is_compared_beside_a_row_of_totals() -> None:
    total = COUNTED.rstrip("\n") + "\n| Total | | 2,053 |\n\nThe network has {} parameters.\n"
    assert findings(total.format("2,053")) == []
    assert findings(total.format("about 2,100")) == []
    assert findings(total.format("9,999")) == [
        "line 9, Total, Parameters: the table says 9,999, the arithmetic gives 2,053."
    ]


PRINTED = """\
Model: "net"
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
input_1 (InputLayer)         [(None, 8, 8, 1)]         0
conv2d (Conv2D)              (None, 6, 6, 4)           40
flatten (Flatten)            (None, 144)               0
dense (Dense)                (None, 3)                 435
=================================================================
Total params: 475
Trainable params: {}
Non-trainable params: 0
"""


@pytest.mark.parametrize(("count", "is_right"), [("475", True), ("457", False)])
def test_a_printed_summary_is_held_to_its_trained_numbers(count: str, *, is_right: bool) -> None:
    (document,) = read_networks(PRINTED.format(count), "a.txt")
    assert check(document).agrees == is_right


@pytest.mark.parametrize(
    ("total", "trained", "fixed", "computed"),
    [
        ("491", "483", "8", ""),
        ("491", "483", "9", "8"),
        # PyTorch's prints leave out what is not trained.
        ("483", "483", "0", ""),
        ("483", "483", "8", "0"),
        # Frozen layers, which no row says: the two make up the total.
        ("491", "443", "48", ""),
    ],
)
def test_a_printed_summary_is_held_to_its_numbers_that_are_not_trained(
    total: str, trained: str, fixed: str, computed: str
) -> None:
    norm = "batch_normalization (BatchNormalization) (None, 6, 6, 4)        16\n"
    text = PRINTED.format(trained).replace("params: 475\n", f"params: {total}\n", 1)
    text = text.replace("flatten (", f"{norm}flatten (").replace("params: 0", f"params: {fixed}")
    (document,) = read_networks(text, "a.txt")
    told = (
        f"line 13, Total, Non-trainable: the table says {fixed}, the arithmetic gives {computed}. "
        f"Needed: {computed}. Fix: write {computed}."
    )
    found = [" ".join(str(fault).split()) for fault in check(document).findings]
    assert found == [told] * bool(computed)


@pytest.mark.parametrize(
    ("item", "side", "told"),
    [
        (
            "CONV5-4",
            12,
            (
                "no padding is given: convolutions keep the size, as is the custom of such lists; "
                "write `valid` into the text if they do not."
            ),
        ),
        (
            "Conv(4, 5x5)",
            8,
            (
                "no padding is given, and so none is taken; write `same` into the text if "
                "convolutions keep the size."
            ),
        ),
    ],
)
def test_the_notation_of_a_list_says_whether_sizes_are_kept(
    item: str, side: int, told: str
) -> None:
    (document,) = read_networks(f"INPUT [12x12x1] -> {item} -> RELU -> FC-3\n", "a.txt")
    report = check(document)
    assert sizes(report)[1] == f"4x{side}x{side}"
    assert told in [remark.text for remark in document.remarks]


@pytest.mark.parametrize(
    ("said", "side"),
    [
        ('CIFAR-10 (32x32x3); all convolutions 3x3, "same"', 32),
        ('CIFAR-10 (32x32x3), all convolutions 3x3 "same"', 32),
        ("CIFAR-10 (32x32x3). All convolutions are 3x3 same.", 32),
        ("CIFAR-10 (32x32x3). All convolutions are 3x3 and of the same kind.", 30),
    ],
)
def test_a_chain_that_begins_with_a_layer_takes_its_input_and_habits_from_sentences(
    said: str, side: int
) -> None:
    report = read_one(f"{said}\n\n**Layers:** Conv(8) → ReLU → MaxPool(2) → Conv(16) → FC(10)\n")
    assert report.agrees
    assert sizes(report)[1] == f"8x{side}x{side}"


def test_a_sentence_with_arrows_is_no_chain_of_layers() -> None:
    with pytest.raises(NoNetworkError):
        read_networks("Pictures go from disk → memory → the network → a file.", "a.md")
