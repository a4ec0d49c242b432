"""Columns told by their cells, names that count nothing, and lists of pages: as students' notes have them."""

import pytest

from striate.checking import Report, check
from striate.documents import read_networks
from striate.documents.table.words import roles_of
from striate.layers import Convolution


def _read(text: str, where: str = "notes.md") -> Report:
    (network,) = read_networks(text, where)
    return check(network)


@pytest.mark.parametrize("title", ["Additional Parameters", "关键参数", "Extra"])
def test_a_column_of_named_numbers_tells_of_layers_below_any_heading(title: str) -> None:
    report = _read(f"""
| Layer Type | Filters | Kernel Size | Input Shape | {title} |
|---|---|---|---|---|
| Conv2D | 12 | 3 | (20, 20, 3) | stride=2 |
| Flatten | | | | |
| Dense | | | | units=7 |
""")
    # By hand: 12 (27 + 1) + 7 (12 9 9 + 1).
    assert report.walk.total.parameters == 7147
    assert report.agrees


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("학습할 파라미터", "parameters"),
        ("학습되는 매개변수 수", "parameters"),
        ("#. Kernels", "maps"),
        ("Input Size: Width x Height x Channels", "input"),
        ("Spatial size", "size"),
    ],
)
def test_headings_in_other_words(title: str, role: str) -> None:
    assert role in roles_of(title)


def test_a_claim_below_such_a_heading_is_compared() -> None:
    report = _read("""
| 층 | 맵 수 | 맵 크기 | 커널 | 뉴런 수 | 학습할 파라미터 |
|---|---|---|---|---|---|
| 입력 | 1 | 26×26 | - | - | - |
| 합성곱 | 9 | 24×24 | 3×3 | - | 90 |
| 완전 연결 | - | - | - | 12 | 62,202 |
""")
    assert not report.agrees
    (finding,) = report.findings
    assert "62,202" in finding.came


def test_the_place_of_a_module_is_no_number_of_a_layer() -> None:
    report = _read("""
Input: 1 x 12 x 12.

| Module | Layer | Configuration |
|---|---|---|
| `features.0` | Conv2d | `in_channels=1`, `out_channels=18`, `kernel_size=3`, `padding=1` |
| `features.1` | MaxPool2d | `kernel_size=2` |
| `classifier.0` | Flatten | - |
| `classifier.1` | Dropout | `p=0.4` |
| `classifier.2` | Linear | `in_features=648`, `out_features=26` |
""")
    assert report.agrees
    assert not any("classifier" in str(remark) for remark in report.document.remarks)
    # By hand: 18 (9 + 1) + 26 (648 + 1).
    assert report.walk.total.parameters == 17_054


def test_the_number_of_a_block_is_not_the_number_of_its_maps() -> None:
    report = _read("""
| Stage | Block Type | Filters | Kernel | Output |
|---|---|---|---|---|
| Input | Input Image | - | - | 40×40×3 |
| Encoder | Conv Block 1 | 28 | 3×3 | 38×38×28 |
| Encoder | MaxPool 1 | - | 2×2 | 19×19×28 |
| Head | Dense | 6 | - | 6 |
""")
    assert report.agrees
    assert str(report.walk.reports[1].output) == "28x38x38"


def test_sizes_that_come_in_and_out_stand_in_one_cell() -> None:
    report = _read("""
Every convolution is 3 x 3 with padding 1. Input: 1 x 32 x 32.

| Block | Layers | Channels | Spatial size |
|---|---|---|---|
| Block 1 | Conv2d, BatchNorm2d, ReLU, Conv2d, ReLU, MaxPool2d | 16 | `32 x 32` to `16 x 16` |
| Block 2 | Conv2d, ReLU, MaxPool2d | 24 | `16 x 16` to `8 x 8` |
""")
    assert report.agrees
    assert str(report.walk.reports[-1].output) == "24x8x8"


@pytest.mark.parametrize(
    "words", ["Vollvermaschte Lage", "vollvermascht", "vollverbundene Ebene", "Ausgabelage"]
)
def test_german_words_for_full_layers(words: str) -> None:
    report = _read(f"""
| Lage | Art der Lage | Filterkern | Anzahl Filter | Ausgangsgröße |
|---|---|---|---|---|
| 0 | Eingabelage | – | – | 12×12×1 |
| 1 | Faltungslage | 5×5 | 4 | 8×8×4 |
| 2 | {words} | – | – | 9 |
""")
    # By hand: 4 (25 + 1) + 9 (256 + 1).
    assert report.walk.total.parameters == 2417


def test_a_size_column_of_words_tells_of_layers() -> None:
    report = _read(
        r"""
\begin{tabular}{rlll}
 & Layer.type & Size & Output.shape \\ \hline
1 & input &  & (64, 1, 45, 45) \\
2 & convolution & 32 3x3 filters & (64, 32, 45, 45) \\
3 & max pooling & 3x3, stride 2 & (64, 32, 22, 22) \\
4 & drop1 &  & (64, 32, 22, 22) \\
5 & fully connected & 20 hidden units & (64, 20) \\
\end{tabular}
""",
        "plankton.tex",
    )
    # By hand: 32 (9 + 1) + 20 (32 22 22 + 1).
    assert report.walk.total.parameters == 310_100
    assert report.agrees


def test_a_list_of_a_page_is_read_as_one_of_points() -> None:
    report = _read("""
<h3>Architecture</h3>
<ul>
  <li>Input: 28&times;28 grey image</li>
  <li>Conv Layer 1: 1 input, 12 output, 3&times;3 kernel, padding=1</li>
  <li>ReLU</li>
  <li>MaxPool 1: 2&times;2 kernel, stride=2</li>
  <li>Linear layer 1: 12&times;14&times;14=2352 &rarr; 10 outputs</li>
</ul>
""")
    # By hand: 12 (9 + 1) + 10 (2352 + 1).
    assert report.walk.total.parameters == 23_650


def test_sizes_beside_arrows_are_claims_and_the_last_line_names_what_comes_out() -> None:
    text = """
```
Input (32×32×1)
    ↓
Conv1 (8 filters, 5×5) → ReLU → MaxPool (2×2)
    ↓ (14×14×8)
Dense (10 units) → Softmax
    ↓
Output (10 classes)
```
"""
    report = _read(text)
    assert report.agrees
    # 8 (25 + 1) + 10 (8 14 14 + 1): what comes out is no layer of 10 (10 + 1) more.
    assert report.walk.total.parameters == 15_898
    told = [remark.text for remark in report.document.remarks]
    assert "It is taken for a heading, not for a layer: 'Output (10 classes)'." in told
    assert not _read(text.replace("14×14×8", "15×15×8")).agrees


def test_the_range_of_what_comes_out_is_no_number_of_a_layer() -> None:
    report = _read("""
All kernels are 3×3, padding 1; pooling is 2×2.

```
Input: grey picture (48x48)
    ↓
Conv2D(1→12) + BN + ReLU + MaxPool
    ↓
Flatten → Dense(20) → Dense(1)
    ↓
Output: probability [0~1]
```
""")
    assert report.agrees


def test_filters_ahead_of_their_kernel_are_no_repetition() -> None:
    report = _read("""
Input images: 16 × 16 × 3

| Step | Layer | Setup | Resulting shape | Trainable params |
|:--:|:--|:--|:--:|--:|
| 1 | Conv2D | 16 × (3×3), pad=same, act=ReLU | 16 × 16 × 16 | 448 |
| 2 | MaxPooling2D | pool=(2×2) | 8 × 8 × 16 | 0 |
| 3 | Dense | 8, act=softmax | 8 | 8,200 |
""")
    # By hand: 16 (27 + 1) = 448 and 8 (16 8 8 + 1) = 8200.
    assert report.agrees
    assert [type(row.layer) for row in report.document.table.rows].count(Convolution) == 1


def test_a_column_of_what_changes_into_what_counts_maps() -> None:
    report = _read("""
| 阶段 | 组成 | 卷积核 | 通道变化 | 特征图尺寸 |
|---|---|---|---|---|
| 输入 | 灰度图 | - | 1 | 32×32 |
| 阶段1 | Conv + BN + ReLU + MaxPool(2) | 5×5, pad 2 | 1→16 | 16×16 |
| 全连接 | Linear | - | 4096→6 | - |
""")
    # By hand: 16 (25 + 1) + 2 16 + 6 (4096 + 1).
    assert report.walk.total.parameters == 25_030
    assert report.agrees


def test_headings_that_fit_no_cell_below_leave_columns_to_their_cells() -> None:
    report = _read("""
| Schritt | Was passiert | Form danach |
|---|---|---|
| Eingabe | ein Graustufenbild | 28×28×1 |
| Faltung 1 | 10 Filter der Größe 5×5, ReLU | 24×24×10 |
| Pooling 1 | Maximum über 2×2 | 12×12×10 |
| Ausgabe | 10 Neuronen, Softmax | 10 |
""")
    # By hand: 10 (25 + 1) + 10 (10 12 12 + 1).
    assert report.walk.total.parameters == 14_670


def test_brackets_around_one_layer_are_no_block() -> None:
    report = _read("""
```
Image (28x28x1)
   |
[Conv 3x3, 32] -> ReLU
   |
[MaxPool 2x2]
   |
Flatten -> Dense 12 -> Softmax
```
""")
    # By hand: 32 (9 + 1) + 12 (32 13 13 + 1).
    assert report.walk.total.parameters == 65_228
