"""Documents in the forms that strangers write them; what is right is computed by torch from a few words a layer."""

import re
from itertools import groupby
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from striate.checking import check
from striate.documents import read_networks
from striate.errors import DocumentError


HERE = Path(__file__).with_name("strangers")
Trained = list[tuple[tuple[int, ...], int]]


def truths() -> list[tuple[str, str, list[str]]]:
    """Give the documents, each with its wrong claims and with its networks."""
    blocks = (HERE / "truth.txt").read_text(encoding="utf-8").strip().split("\n\n")
    heads = [(block.partition("\n")[0], block.partition("\n")[2]) for block in blocks]
    found = []
    for head, group in groupby(heads, key=lambda one: one[0]):
        name = re.match(r"\[(.*)\]", head)
        assert name
        found.append((name[1], head.partition("wrong: ")[2], [text for _, text in group]))
    return found


def layer_of(words: list[str], shape: torch.Size) -> nn.Module | None:
    """Make a layer of its words: `conv 16 3x3 s2 p1`; None for what changes neither sizes nor counts."""
    kind, *rest = words
    numbers = [int(word) for word in rest if word.isdigit()]
    named = {word[0]: int(word[1:]) for word in rest if re.fullmatch(r"[spgd]\d+", word)}
    padding = numbers[-1] // 2 if "same" in rest else named.get("p", 0)
    has_bias, is_up = "nob" not in rest, "ceil" in rest
    maps = shape[0]
    match kind:
        case "conv":
            return nn.Conv2d(
                maps,
                numbers[0],
                numbers[1],
                named.get("s", 1),
                padding,
                named.get("d", 1),
                groups=named.get("g", 1),
                bias=has_bias,
            )
        case "dw":
            return nn.Conv2d(
                maps, maps, numbers[0], named.get("s", 1), padding, groups=maps, bias=has_bias
            )
        case "max":
            return nn.MaxPool2d(numbers[0], named.get("s"), padding, ceil_mode=is_up)
        case "avg":
            return nn.AvgPool2d(numbers[0], named.get("s"), padding, ceil_mode=is_up)
        case "gap":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "gmp":
            return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        case "aap":
            return nn.AdaptiveAvgPool2d(numbers[0])
        case "bn":
            return nn.BatchNorm2d(maps) if len(shape) > 1 else nn.BatchNorm1d(maps)
        case "fc":
            return nn.Sequential(nn.Flatten(), nn.Linear(shape.numel(), numbers[0], has_bias))
        case "flat":
            return nn.Flatten()
        case "relu" | "drop" | "softmax" | "id":
            return None
        case _:
            raise ValueError(kind)


def by_torch(text: str) -> tuple[Trained, tuple[int, ...]]:
    """Give what comes out of each layer with trained numbers, and how many it has; and the last size of all."""
    first, *lines = text.splitlines()
    picture = torch.zeros(1, *(int(side) for side in first.split("x")))
    trained: Trained = []
    for line in lines:
        times = re.match(r"(\d+)\* ", line)
        for _ in range(int(times[1]) if times else 1):
            for words in (line[times.end() :] if times else line).split(";"):
                layer = layer_of(words.split(), picture.shape[1:])
                picture, count = applied(layer, picture)
                if count:
                    trained.append((sizes(picture), count))
    return trained, sizes(picture)


def applied(layer: nn.Module | None, picture: Tensor) -> tuple[Tensor, int]:
    if layer is None:
        return picture, 0
    with torch.no_grad():
        return layer.eval()(picture), sum(one.numel() for one in layer.parameters())


def sizes(picture: Tensor) -> tuple[int, ...]:
    """Give the sizes of one example; maps of 1x1 are a vector."""
    axes = tuple(picture.shape[1:])
    return axes[:1] if axes[1:] == (1, 1) else axes


@pytest.mark.parametrize(("name", "wrong", "networks"), truths(), ids=lambda one: str(one)[:30])
def test_a_document_of_a_stranger_is_the_network_that_torch_has(
    name: str, wrong: str, networks: list[str]
) -> None:
    documents = read_networks((HERE / name).read_text(encoding="utf-8"), name)
    assert len(documents) == len(networks)
    for document, text in zip(documents, networks, strict=True):
        trained, last = by_torch(text)
        report = check(document)
        found = [
            (tuple(int(side) for side in str(one.output).split("x")), one.cost.parameters)
            for one in report.walk.reports
            if one.cost is not None and one.cost.parameters
        ]
        assert [
            (axes[:1] if axes[1:] == (1, 1) else axes, count) for axes, count in found
        ] == trained
        assert str(report.walk.reports[-1].output).removesuffix("x1x1") == "x".join(map(str, last))
        digits = [re.sub(r"\D", "", str(one).partition("gives")[0]) for one in report.findings]
        assert [re.sub(r"\D", "", wrong) in one for one in digits] == [True] * bool(wrong)


def test_settings_of_two_networks_side_by_side_are_no_layers() -> None:
    table = (
        "| Hyperparameter | CNN | MLP |\n|---|---|---|\n| Layers | 4 | 3 |\n| Filters | 32, 64 | - |\n"
        "| Hidden units | 128 | 256, 128 |\n| Kernel | 3×3 | - |\n| Dropout | 0.25 | 0.5 |\n"
    )
    with pytest.raises(DocumentError):
        read_networks(table, "a.md")


CIFAR = (
    "합성곱 뒤에는 모두 배치 정규화가 오고 편향은 없다. 크기가 바뀌는 곳의 지름길은 1×1 합성곱(배치 정규화 포함)이다.\n\n"
    "| 층 이름 | 출력 크기 | 20층 |\n|---|---|---|\n| 입력 | 32×32 | 3채널 |\n| conv1 | 32×32 | 3×3, 16 |\n"
    "| conv2_x | 32×32 | [3×3, 16; 3×3, 16] × 3 |\n| conv3_x | 16×16 | [3×3, 32; 3×3, 32] × 3 |\n"
    "| conv4_x | 8×8 | [3×3, 64; 3×3, 64] × 3 |\n| | 1×1 | 전역 평균 풀링, 10-d fc |\n| 파라미터 수 | | {total} |\n"
)


@pytest.mark.parametrize(
    ("total", "agrees", "settled"),
    [
        # The convolutions of ResNet-20 with projections, 270,256, two numbers for each of 784 maps, and 650 of the end.
        ("272,474", True, "the total settles it"),
        ("272,475", False, "by the sentences around the table"),
    ],
)
def test_blocks_are_settled_by_a_total_only_where_it_is_met(
    total: str,
    agrees: object,
    settled: str,
) -> None:
    (network,) = read_networks(CIFAR.format(total=total), "a.md")
    report = check(network)
    assert (report.agrees, report.walk.total.parameters) == (agrees, 272_474)
    told = [remark.text for remark in network.remarks if remark.text.startswith("shortcuts")]
    assert [settled in one for one in told] == [True]


def test_a_table_that_is_read_from_below_says_so() -> None:
    (network,) = read_networks((HERE / "ko-from-below.md").read_text(encoding="utf-8"), "a.md")
    assert [row.name for row in network.table.rows][:3] == ["입력", "C1", "S2"]
    told = [(remark.row, remark.text) for remark in network.remarks]
    assert ("rows", "The input stands in the last line: the table is read from below.") in told
