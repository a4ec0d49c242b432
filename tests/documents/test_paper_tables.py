"""Tables as papers print them: blocks of arrays in LaTeX, names in columns without a heading; sizes and counts are torch's."""

from pathlib import Path

import pytest
import torch
from torch import nn

from striate.checking import check
from striate.cli import main
from striate.documents import read_networks
from striate.errors import DocumentError
from striate.layers import Convolution
from striate.modules import build
from striate.shapes import Image


def blocks(maps_in: int, maps: int, times: int, stride: int) -> list[nn.Module]:
    """Give pairs of convolutions and normalisations, the first of them with a stride."""
    layers: list[nn.Module] = []
    for number in range(2 * times):
        came, step = (maps_in, stride) if number == 0 else (maps, 1)
        convolution = nn.Conv2d(came, maps, 3, step, 1, bias=False)
        layers += [convolution, nn.BatchNorm2d(maps), nn.ReLU()]
    return layers


STAGES = (("conv2\\_x", 32, 16), ("conv3\\_x", 16, 32), ("conv4\\_x", 8, 64))


@pytest.mark.parametrize("array", ["array}{c", "array}[c]{@{}c@{}", "matrix", "tabular}{c"])
def test_blocks_of_an_array_in_a_cell_of_latex_are_those_of_torch(array: str) -> None:
    name = array.split("}", maxsplit=1)[0]
    rows = "".join(
        f"{stage} & {side}$\\times${side} & $\\left[\\begin{{{array}}}3\\times3, {maps}\\\\ 3\\times3, {maps}"
        f"\\end{{{name}}}\\right]\\times 3$ \\\\ \\hline\n"
        for stage, side, maps in STAGES
    )
    text = (
        "Batch normalization follows every convolution.\n"
        "\\begin{tabular}{c|c|c}\nlayer name & output size & 20-layer \\\\ \\hline\n"
        f"conv1 & 32$\\times$32 & 3$\\times$3, 16 \\\\ \\hline\n{rows}"
        " & 1$\\times$1 & average pool, 10-d fc, softmax \\\\ \\hline\n\\end{tabular}\n"
    )
    (network,) = read_networks(text, "resnet.tex", Image(3, 32, 32))
    plain = nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False),
        nn.BatchNorm2d(16),
        *blocks(16, 16, 3, 1),
        *blocks(16, 32, 3, 2),
        *blocks(32, 64, 3, 2),
        nn.Linear(64, 10),
    )
    assert network.walk.total.parameters == sum(one.numel() for one in plain.parameters())
    assert str(network.walk.reports[-1].output) == "10"


UNKNOWN = """\
| layer name | output size | 20-layer |
|---|---|---|
| conv1 | 32x32 | 16 ~ 3 |
| conv2 | 32x32 | 32 ~ 3 |
| conv3 | 16x16 | 32 ~ 3 |
| | 1x1 | average pool, 10-d fc, softmax |
"""


def test_a_row_that_an_unknown_column_alone_names_does_not_vanish() -> None:
    (network,) = read_networks(UNKNOWN, "a.md", Image(3, 32, 32))
    assert [row.line for row in network.table.rows] == [3, 3, 4, 5, 6, 6]
    assert next(f"line {one.line}, {one.row}: {one.text}" for one in network.remarks) == (
        "line 1, column '20-layer': It is read where nothing else says what a row does: "
        "what its other cells hold is not known."
    )
    assert str(check(network).findings[0]) == (
        "line 3, conv1: its maps is not said, and the arithmetic does not tell.\n"
        "  Needed: its maps.\n"
        "  Fix: write it in the row; '16 ~ 3' in column '20-layer' is not understood."
    )


NORMALISED = """\
| Layer | Layers | Output | #Params |
|---|---|---|---|
| 0 | Input | 12x12x3 | |
| 1 | Conv 3x3x8, BN, ReLU | 12x12x8 | 240 |
| 2 | FC 5 | 5 | 5,765 |
"""


def test_a_count_of_several_rows_stands_beside_their_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.md"
    path.write_text(NORMALISED, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    printed = capsys.readouterr().out
    both = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    count = sum(one.numel() for one in both.parameters())
    assert f"16; with 1 row above {count} = 240" in printed
    assert "16 = 240" not in printed
    assert "Its counts are the sums of 2 layers, 1 convolution to 1 normalisation." in printed


def test_an_input_that_no_row_names_is_not_wrong_for_the_row_below(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.md"
    path.write_text(UNKNOWN, encoding="utf-8")
    assert main(["check", str(path), "--input", "3x32x32"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if " Input " in line[:20]]
    assert line.rstrip().endswith("no claim")


COPIED = """\
Table 1: Our network.

Layer   Type   Filter size / stride   Output size   # Params
input   image      16×16×3   –
conv1   convolution   3×3 / 1   14×14×8   224
pool1   max pooling   2×2 / 2   7×7×8   –
fc   linear      10   3930

The text goes on.
"""


def copied_network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(392, 10)
    )


@pytest.mark.parametrize("gap", ["  ", "   ", "\t", " \t "])
def test_columns_that_blanks_alone_part_are_a_table(gap: str) -> None:
    text = COPIED.replace("   ", gap)
    (network,) = read_networks(text, "paper.txt")
    count = sum(one.numel() for one in copied_network().parameters())
    assert network.walk.total.parameters == count
    assert check(network).agrees
    assert [row.line for row in network.table.rows] == [4, 5, 6, 7]


def test_columns_that_blanks_line_up_have_empty_cells_where_nothing_stands() -> None:
    rows = [
        ("층", "종류", "커널 크기", "출력 크기"),
        ("입력", "", "", "1x12x12"),
        ("합성곱 1", "합성곱", "3x3", "4x10x10"),
        ("출력", "완전연결", "", "5"),
    ]
    text = "\n".join("".join(f"{cell:14}" for cell in row) for row in rows)
    (network,) = read_networks(text, "표.txt")
    plain = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(400, 5))
    assert network.walk.total.parameters == sum(one.numel() for one in plain.parameters())


LOST = """\
Network architecture

No. Layer Kernel size Stride Padding Output
1 Input - - - 1 × 128 × 128
2 Conv1 + ReLU 5 × 5 2 2 32 × 64 × 64
3 MaxPool 2 × 2 2 0 32 × 32 × 32
"""


def test_a_table_whose_columns_were_lost_is_named() -> None:
    with pytest.raises(DocumentError) as raised:
        read_networks(LOST, "paper.txt")
    assert str(raised.value) == (
        "paper.txt: line 3 holds the headings of a table, 'No. Layer Kernel size Stride Padding Output', "
        "and nothing parts the columns.\n"
        "  Needed: a mark between the cells of every line: `|`, a tab, or two blanks.\n"
        "  Fix: copy the table with its columns, or put the marks in."
    )


def test_a_row_whose_empty_cells_cannot_be_placed_makes_no_table() -> None:
    with pytest.raises(DocumentError):
        read_networks(COPIED.replace("linear      10   3930", "linear   10   3930"), "paper.txt")


LISTS = (
    (
        "입력 이미지(28x28x3) → 합성곱(3x3, 8개) → ReLU → 최대풀링(2x2) → 평탄화 → 완전연결(16) → ReLU → 드롭아웃(0.5) → "
        "완전연결(5) → 소프트맥스"
    ),
    (
        "输入图像 (28x28x3) → 卷积 (3x3, 8个) → ReLU → 最大池化 (2x2) → 展平 → 全连接 (16) → ReLU → Dropout (0.5) → "
        "全连接 (5) → Softmax"
    ),
    (
        "入力画像 (28x28x3) → 畳み込み (3x3, 8枚) → ReLU → 最大プーリング (2x2) → 平坦化 → 全結合 (16) → ReLU → "
        "ドロップアウト (0.5) → 全結合 (5) → ソフトマックス"
    ),
    (
        "Eingabe (28x28x3) → Faltung (3x3, 8 Filter) → ReLU → Max-Pooling (2x2) → Flatten → Vollverbunden (16) → ReLU → "
        "Dropout (0.5) → Ausgabe (5) → Softmax"
    ),
)


@pytest.mark.parametrize("text", LISTS)
def test_a_list_with_arrows_is_read_in_five_languages(text: str) -> None:
    (network,) = read_networks(f"# Net\n\n{text}\n", "a.md")
    plain = nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1352, 16),
        nn.Linear(16, 5),
    )
    assert network.walk.total.parameters == sum(one.numel() for one in plain.parameters())
    assert check(network).agrees
    assert not [remark for remark in network.remarks if "takes these words" in remark.text]


STRIDED = """\
{above}

| Layer | Output | Kernel | Parameters |
|---|---|---|---|
| Input | 64x64x3 | - | - |
| Conv 1 (ReLU) | 32x32x8 | {kernel}x{kernel}, stride 2 | - |
| FC | 5 | - | - |
"""


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_an_unsaid_padding_beside_a_stride_is_that_of_torch_unless_keras_is_named(
    kernel: int,
) -> None:
    (network,) = read_networks(STRIDED.format(kernel=kernel, above="A net."), "a.md")
    layer = network.table.rows[1].layer
    assert isinstance(layer, Convolution)
    assert layer.window.padding == kernel // 2
    plain = nn.Conv2d(3, 8, kernel, 2, kernel // 2)
    assert plain(torch.zeros(1, 3, 64, 64)).shape[1:] == (8, 32, 32)
    (told,) = [one.text for one in network.remarks if "TensorFlow" in one.text]
    assert told == (
        f"padding {kernel // 2}: from 64x64 to 32x32; TensorFlow's same would give the same sizes."
    )
    (other,) = read_networks(STRIDED.format(kernel=kernel, above="In Keras:"), "a.md")
    layer = other.table.rows[1].layer
    assert isinstance(layer, Convolution)
    assert layer.window.padding == "same"


def remarks(text: str) -> list[str]:
    (network,) = read_networks(text, "a.md")
    return [f"{one.row}: {one.text}" for one in network.remarks]


POINTS = """\
1. Input: 28x28 grey image
2. Convolution (5x5, 6 filters, padding 2{conv})
3. Max pooling 2x2
4. Fully connected 120 neurons{first}
5. Batch normalization
6. Fully connected 84 neurons
7. Output 10 (softmax)
"""
LINEAR = "No function is said behind it, and none is taken: other layers have theirs."


def test_hidden_full_layers_without_a_function_are_told_where_others_have_one() -> None:
    told = remarks(POINTS.format(conv=", ReLU", first=""))
    assert f"Fully connected 120 neurons, Fully connected 84 neurons: {LINEAR}" in told
    told = remarks(POINTS.format(conv="", first=", tanh"))
    assert f"Fully connected 84 neurons: {LINEAR}" in told
    assert not [one for one in remarks(POINTS.format(conv="", first="")) if LINEAR in one]
    arrows = "Input (28x28x1) -> Conv (3x3, 8){} -> FC (16) -> Dropout (0.5) -> FC (5) -> Softmax\n"
    assert f"fc1: {LINEAR}" in remarks(arrows.format(" -> ReLU"))
    assert not [one for one in remarks(arrows.format("")) if LINEAR in one]
    behind = arrows.format(" -> ReLU").replace("Dropout (0.5)", "Dropout (0.5) -> ReLU")
    assert not [one for one in remarks(behind) if LINEAR in one]


BOTTLENECKS = """\
\\begin{tabular}{c|c|c|c|c|c}
Input & Operator & $t$ & $c$ & $n$ & $s$ \\\\
$32^2\\times3$ & conv2d & - & 8 & 1 & 2 \\\\
$16^2\\times8$ & bottleneck & 1 & 4 & 1 & 1 \\\\
$16^2\\times4$ & bottleneck & 6 & 6 & 2 & 2 \\\\
$8^2\\times6$ & bottleneck & 6 & 10 & 3 & 1 \\\\
$8^2\\times10$ & conv2d 1x1 & - & 20 & 1 & 1 \\\\
$8^2\\times20$ & avgpool 8x8 & - & - & 1 & - \\\\
$1\\times1\\times20$ & conv2d 1x1 & - & classes & - \\\\
\\end{tabular}
"""


class Bottleneck(nn.Module):
    """The block of Sandler et al. (2018), Table 1, written in plain torch."""

    def __init__(self, came: int, maps: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = came * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [nn.Conv2d(came, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6()]
        layers += [nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False)]
        layers += [nn.BatchNorm2d(wide), nn.ReLU6()]
        self.body = nn.Sequential(
            *layers, nn.Conv2d(wide, maps, 1, bias=False), nn.BatchNorm2d(maps)
        )
        self.has_shortcut = stride == 1 and came == maps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.body(x)
        return out + x if self.has_shortcut else out


def normalised(came: int, maps: int, side: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(came, maps, side, stride, side // 2, bias=False)
    return [convolution, nn.BatchNorm2d(maps), nn.ReLU6()]


def test_a_table_of_inverted_bottlenecks_is_the_network_of_the_paper() -> None:
    (network,) = read_networks(BOTTLENECKS.replace("classes & -", "5 & 1"), "mobile.tex")
    plain = nn.Sequential(
        *normalised(3, 8, 3, 2),
        Bottleneck(8, 4, 1, 1),
        *(Bottleneck(4, 6, 6, 2), Bottleneck(6, 6, 6, 1)),
        *(Bottleneck(6, 10, 6, 1), Bottleneck(10, 10, 6, 1), Bottleneck(10, 10, 6, 1)),
        *normalised(10, 20, 1, 1),
        nn.AvgPool2d(8),
        nn.Conv2d(20, 5, 1),
    )
    assert check(network).agrees
    built = build(network.table)
    assert network.walk.total.parameters == sum(one.numel() for one in plain.parameters())
    ours, theirs = list(built.parameters()), list(plain.parameters())
    assert [one.shape for one in ours] == [one.shape for one in theirs]
    with torch.no_grad():
        for one, other in zip(ours, theirs, strict=True):
            one.copy_(other)
    example = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    expected = plain.eval()(example).flatten(1)
    assert torch.allclose(built.eval()(example).flatten(1), expected, atol=1e-5)


def test_mobilenet_v2_has_the_parameters_that_its_users_count() -> None:
    rows = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
    rows += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    lines = "".join(f"| | bottleneck | {t} | {c} | {n} | {s} |\n" for t, c, n, s in rows)
    text = (
        "| Input | Operator | t | c | n | s |\n|---|---|---|---|---|---|\n"
        f"| 224²×3 | conv2d | - | 32 | 1 | 2 |\n{lines}| | conv2d 1x1 | - | 1280 | 1 | 1 |\n"
        "| | avgpool 7x7 | - | - | 1 | - |\n| | conv2d 1x1 | - | 1000 | - | - |\n"
    )
    (network,) = read_networks(text, "a.md")
    assert (
        network.walk.total.parameters == 3_504_872
    )  # torchvision's mobilenet_v2; 3.4M in the paper


def test_what_a_table_of_bottlenecks_leaves_open_is_asked_for() -> None:
    (network,) = read_networks(BOTTLENECKS, "mobile.tex")
    assert [str(finding) for finding in check(network).findings] == [
        (
            "line 9, conv2d 1x1: its maps is not said, and the arithmetic does not tell.\n"
            "  Needed: its maps.\n"
            "  Fix: write it in the row; 'classes' in column 'c' is not understood."
        )
    ]
    text = BOTTLENECKS.replace("classes & -", "5 & 1").replace("8^2\\times6", "9^2\\times6")
    (network,) = read_networks(text, "mobile.tex")
    (finding,) = check(network).findings
    assert "the table says 6x9x9, the row above gives 6x8x8" in str(finding)
    assert any("ReLU6 behind the first two" in one.text for one in network.remarks)
    text = BOTTLENECKS.replace("& 6 & 10 & 3 & 1", "& six & 10 & 3 & 1")
    (network,) = read_networks(text, "mobile.tex")
    assert any("'six' is not understood" in str(one) for one in check(network).findings)


TRIED = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, kind):
        super().__init__()
        maps = {'small': 4, 'large': 8}[kind]
        self.conv, self.fc = nn.Conv2d(3, maps, 3), nn.Linear(maps * 36, 5)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))

def test():
    net = Net('small')
    print(net(torch.zeros(2, 3, 8, 8)).shape)
"""


def test_code_tells_which_trial_gives_the_input_and_the_arguments() -> None:
    (network,) = read_networks(TRIED, "net.py")
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(144, 5))
    assert network.walk.total.parameters == sum(one.numel() for one in plain.parameters())
    assert [one.text for one in network.remarks] == [
        "Its input is 3x8x8: it is given so on line 15.",
        "Its arguments are those of line 14: \"net = Net('small')\".",
    ]
    flat = TRIED.replace("def test():\n    net", "net").replace("    print", "print")
    (network,) = read_networks(flat, "net.py")
    assert network.remarks == ()
