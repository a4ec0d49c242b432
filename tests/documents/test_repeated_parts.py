"""Cells that hold several layers, some of them several times: what is repeated, and how wide each of them is."""

import pytest
import torch
from torch import nn

from striate.checking import Report, check
from striate.documents import read_networks
from striate.layers import AveragePooling, Convolution, Layer, MaxPooling


def _read(text: str) -> Report:
    (network,) = read_networks(text, "notes.md")
    return check(network)


def _outputs(report: Report) -> list[str]:
    return [str(row.output) for row in report.walk.reports]


def _trained(*layers: nn.Module) -> int:
    return sum(part.numel() for layer in layers for part in layer.parameters())


_PAIR = (nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 16, 3), nn.BatchNorm2d(16))


@pytest.mark.parametrize(
    "cell",
    [
        "2× [Conv 3×3, BN, ReLU], MaxPool 2×2",
        "[Conv 3×3, BN, ReLU] × 2, MaxPool 2×2",
        "(Conv 3×3 + BN + ReLU) ×2 + MaxPool 2×2",
        "2x Conv 3x3 + BN + ReLU, MaxPool 2x2",
        "Conv 3×3, BN, ReLU, Conv 3×3, BN, ReLU, MaxPool 2×2",
    ],
)
def test_what_is_repeated_within_a_cell_repeats_nothing_beside_it(cell: str) -> None:
    report = _read(f"""
Convolutions are padded so that they keep the size.

| Block | Layers | Channels | Output |
|---|---|---|---|
| Input | RGB | 3 | 32×32 |
| B1 | {cell} | 16 | 16×16 |
| FC | Linear | 5 | - |
""")
    assert report.agrees
    assert [out for out in _outputs(report) if out.endswith("x32")] == [
        "3x32x32",
        *["16x32x32"] * 4,
    ]
    assert report.walk.total.parameters == _trained(*_PAIR, nn.Linear(16 * 16 * 16, 5))


def test_a_repetition_of_the_whole_cell_stays_one() -> None:
    report = _read("""
| Layer | Details | Output |
|---|---|---|
| Input | grey | 24×24×1 |
| Conv + ReLU ×2 | 8 filters, 3×3, same | 24×24×8 |
| Output | Dense, 4 units | 4 |
""")
    assert _outputs(report)[:3] == ["1x24x24", "8x24x24", "8x24x24"]


def test_filters_behind_a_sign_of_times_are_no_repetition_beside_a_pooling() -> None:
    report = _read("""
| Layer | Output |
|---|---|
| Input (grey) | 24×24×1 |
| 3×3 conv × 64, 2×2 max pool | 11×11×64 |
| Dense, 4 units | 4 |
""")
    assert [type(row.layer) for row in report.document.table.rows].count(Convolution) == 1


def test_a_number_behind_the_maps_of_vgg_repeats_and_is_no_kernel() -> None:
    report = _read("""
| Block | Content | Feature maps |
|---|---|---|
| Input | grey 24×24 | 1 × 24 × 24 |
| 1 | conv3-20 ×2 | 20 × 24 × 24 |
| | maxpool | 20 × 12 × 12 |
| 2 | FC-7 | 7 |
""")
    assert report.agrees
    convolutions = (nn.Conv2d(1, 20, 3), nn.Conv2d(20, 20, 3))
    assert report.walk.total.parameters == _trained(*convolutions, nn.Linear(20 * 12 * 12, 7))


def test_layers_of_one_row_have_widths_of_their_own() -> None:
    report = _read("""
| Layer | Operation | Output Size | Parameters |
|---|---|---|---|
| Input | - | 13×13×64 | 0 |
| Conv3–5 | 96, 80, 64 filters, 3×3, padding 1 | 13×13×64 | 170,736 |
| MaxPool | 3×3, stride 2 | 6×6×64 | 0 |
| FC1–3 | Fully connected | 256, 200, 50 | 651,530 |
""")
    # torch: 64 to 96 to 80 to 64 maps, and 2304 to 256 to 200 to 50 units.
    convolutions = (nn.Conv2d(64, 96, 3), nn.Conv2d(96, 80, 3), nn.Conv2d(80, 64, 3))
    full = (nn.Linear(2304, 256), nn.Linear(256, 200), nn.Linear(200, 50))
    assert (_trained(*convolutions), _trained(*full)) == (170_736, 651_530)
    assert report.agrees
    assert _outputs(report)[1:4] == ["96x13x13", "80x13x13", "64x13x13"]
    assert _outputs(report)[-3:] == ["256", "200", "50"]


def test_two_numbers_beside_a_kernel_are_maps_that_come_in_and_out() -> None:
    report = _read("""
Pictures of 32x32 pixels, RGB.

| Layer | Details |
|---|---|
| Conv1 | 3x24, kernel 3, padding 1 -> BatchNorm -> ReLU -> MaxPool 2x2 |
| Conv2 | 24x48, kernel 3, padding 1 -> BatchNorm -> ReLU -> AdaptiveAvgPool 4x4 |
| FC | 768 -> 10 (logits) |
""")
    net = nn.Sequential(
        nn.Conv2d(3, 24, 3, padding=1), nn.BatchNorm2d(24), nn.MaxPool2d(2),
        nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.AdaptiveAvgPool2d(4),
        nn.Flatten(), nn.Linear(768, 10),
    )  # fmt: skip
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    assert report.agrees
    assert report.walk.total.parameters == _trained(net)
    assert "48x4x4" in _outputs(report)


def test_layers_named_among_the_functions_are_layers() -> None:
    report = _read("""
Crops of 40×40 in colour; all convolutions use padding 1.

| Layer | Filters | Kernel | Non-linearity | Pooling |
|---|---|---|---|---|
| Conv1 | 24 | 3×3 | BN + ReLU | MaxPool 2×2 |
| Conv2 | 48 | 3×3 | BN + ReLU | — |
| GAP | — | — | — | — |
| FC | 7 | — | Softmax | — |
""")
    layers = (nn.Conv2d(3, 24, 3), nn.BatchNorm2d(24), nn.Conv2d(24, 48, 3), nn.BatchNorm2d(48))
    assert report.walk.total.parameters == _trained(*layers, nn.Linear(48, 7))
    assert _outputs(report)[1:4] == ["24x40x40", "24x40x40", "24x20x20"]


@pytest.mark.parametrize(("word", "kind"), [("Max", MaxPooling), ("Mean", AveragePooling)])
def test_a_function_column_may_say_what_a_pooling_takes(word: str, kind: type[Layer]) -> None:
    report = _read(f"""
Grey digits of 28x28.

| Layer | Kernel Size | #Features | Stride | Non-linearity |
|---|---|---|---|---|
| Conv-1 | 5x5 | 20 | 1 | ReLU |
| Pool-1 | 2x2 | 20 | 2 | {word} |
| FC | 2880 | 10 | - | - |
""")
    assert report.agrees
    assert type(report.document.table.rows[2].layer) is kind


@pytest.mark.parametrize(
    ("sentence", "normalised"),
    [
        ("Batch normalization follows every convolution but the last one.", (8,)),
        ("Every convolution except the first is followed by batch normalization.", (12,)),
        ("마지막 합성곱을 제외한 모든 합성곱 뒤에 배치 정규화가 있다.", (8,)),
        ("除最后一层外，所有卷积层后都有批归一化。", (8,)),
        ("最後の畳み込み以外のすべての畳み込みの後にバッチ正規化を行う。", (8,)),
        ("Auf jede Faltung außer der letzten folgt BatchNorm.", (8,)),
        ("Batch normalization follows every convolution.", (8, 12)),
    ],
)
def test_a_sentence_may_spare_one_convolution(sentence: str, normalised: tuple[int, ...]) -> None:
    report = _read(f"""
{sentence}

| Type | Filters | Kernel | Output |
|---|---|---|---|
| Input | 3 | - | 32×32 |
| Conv | 8 | 3×3 | 30×30 |
| Conv | 12 | 1×1 | 30×30 |
| GlobalAvgPool | - | - | 12 |
""")
    norms = [nn.BatchNorm2d(maps) for maps in normalised]
    expected = _trained(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 12, 1), *norms)
    assert report.walk.total.parameters == expected
