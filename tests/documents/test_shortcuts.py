"""Blocks in brackets: their shortcuts where shapes differ, how many convolutions they have, and the layers around them."""

import itertools

import pytest
import torch
from torch import nn

from striate.checking import check
from striate.documents import read_networks
from striate.errors import Remark
from striate.modules import build


CIFAR = (
    "Batch normalisation follows every convolution; there are no biases. {shortcut}\n\n"
    "| layer | output size | 20 layers |\n|---|---|---|\n| input | 32×32 | 3 channels |\n| conv1 | 32×32 | 3×3, 16 |\n"
    "| conv2_x | 32×32 | [3×3, 16; 3×3, 16] × 3 |\n| conv3_x | 16×16 | [3×3, 32; 3×3, 32] × 3 |\n"
    "| conv4_x | 8×8 | [3×3, 64; 3×3, 64] × 3 |\n| | 1×1 | average pool, 10-d fc |\n"
    "| Parameters | | {total} |\n"
)
WITHOUT, WITH = "269,722", "272,474"
"""What ResNet-20 holds by others' programs: with shortcuts without weights, and with 1x1 convolutions in two of them."""


@pytest.mark.parametrize(
    ("shortcut", "total", "told"),
    [
        ("Shortcuts are of option A, without any projections.", WITHOUT, "identities, with"),
        ("Identity shortcuts are padded with zeros.", WITHOUT, "identities, with"),
        ("모양이 다른 곳의 지름길은 0으로 채운 항등이다.", WITHOUT, "identities, with"),
        ("지름길에는 파라미터가 없다.", WITHOUT, "identities, with"),
        ("捷径均为恒等映射，维度不同处补零。", WITHOUT, "identities, with"),
        ("The residual blocks have identity shortcuts.", WITHOUT, "identities, with"),
        ("The residual blocks have identity shortcuts.", WITH, "1x1 convolutions"),
        ("Identity shortcuts stand where shapes agree, projections elsewhere.", WITH, "1x1 conv"),
        ("All shortcuts are handled by our own kind of downsampling.", WITH, "1x1 convolutions"),
        ("There are shortcuts.", WITHOUT, "identities, with"),
    ],
)
def test_sentences_and_totals_tell_what_shortcuts_are_where_shapes_differ(
    shortcut: str, total: str, told: str
) -> None:
    (network,) = read_networks(CIFAR.format(shortcut=shortcut, total=total), "a.md")
    report = check(network)
    assert (report.agrees, f"{report.walk.total.parameters:,}") == (True, total)
    assert any(f"shortcuts: {told}" in remark.text for remark in network.remarks)
    assert not any("not understood" in remark.text for remark in network.remarks)


@pytest.mark.parametrize(
    ("shortcut", "computed"),
    [
        ("Residual blocks: the shortcuts have no projections.", WITHOUT),
        ("Parameter-free shortcuts throughout.", WITHOUT),
        ("잔차 블록의 지름길에는 투영을 쓰지 않는다.", WITHOUT),
        ("The shortcuts are projections where the number of maps changes.", WITH),
    ],
)
def test_a_plain_word_on_shortcuts_is_not_doubted(shortcut: str, computed: str) -> None:
    other = WITH if computed == WITHOUT else WITHOUT
    (network,) = read_networks(CIFAR.format(shortcut=shortcut, total=other), "a.md")
    report = check(network)
    assert (report.agrees, f"{report.walk.total.parameters:,}") == (False, computed)


def test_a_sentence_on_shortcuts_that_is_not_understood_is_named() -> None:
    text = "All shortcuts are handled by our own kind of downsampling."
    (network,) = read_networks(CIFAR.format(shortcut=text, total="1"), "a.md")
    told = (
        "What this line says of shortcuts is not understood. Where shapes differ they are 1x1 convolutions; "
        "'option A' or 'no projections' in the text makes them maps of zeros."
    )
    assert Remark("blocks", told, 1) in network.remarks


def test_maps_of_zeros_come_behind_every_second_cell() -> None:
    table = (
        "Residual blocks with shortcuts of option A, no biases, no batch normalisation.\n\n"
        "| layer | output size | net |\n|---|---|---|\n| input | 8×8 | 3 channels |\n| conv1 | 8×8 | 3×3, 4 |\n"
        "| conv2 | 4×4 | [3×3, 14; 3×3, 14] × 1 |\n| | 1×1 | average pool, 2-d fc |\n"
    )
    (document,) = read_networks(table, "a.md")
    network = build(document)
    seen: dict[str, torch.Tensor] = {}
    for name in ("conv1", "conv2_block_1_widened"):

        def keep(_module: object, _came: object, out: torch.Tensor, name: str = name) -> None:
            seen[name] = out

        network.get_submodule(name).register_forward_hook(keep)
    network(torch.rand(2, 3, 8, 8))
    wanted = torch.cat([seen["conv1"][:, :, ::2, ::2], torch.zeros(2, 10, 4, 4)], 1)
    assert torch.equal(seen["conv2_block_1_widened"], wanted)


STAGES = """| Layer | Output | Details |
|---|---|---|
| Input | 32x32x3 | |
| conv1 | 32x32x16 | 3x3, 16 |
| stage 1 | 32x32x32 | [3×3, 32] × 2{several} |
| pool | 32 | {pool} |
| fc | 10 | |
"""


@pytest.mark.parametrize(
    ("several", "pool", "maps"),
    [
        ("", "global average", [3, 16, 32, 32]),
        (" blocks of two", "global average", [3, 16, 32, 32, 32, 32]),
        (" blocks of 3 convolutions each", "average, global", [3, 16, *[32] * 6]),
    ],
)
def test_blocks_of_several_convolutions_and_layers_without_details(
    several: str, pool: str, maps: list[int]
) -> None:
    (network,) = read_networks(STAGES.format(several=several, pool=pool), "a.md")
    layers = [
        layer
        for before, after in itertools.pairwise(maps)
        for layer in (nn.Conv2d(before, after, 3, bias=False), nn.BatchNorm2d(after))
    ]
    wanted = sum(one.numel() for one in nn.Sequential(*layers, nn.Linear(32, 10)).parameters())
    report = check(network)
    assert report.walk.total.parameters == wanted
    assert [str(row.output) for row in report.walk.reports[-2:]] == ["32", "10"]
    assert not any("not understood" in remark.text for remark in network.remarks)


def test_a_line_between_blocks_that_names_no_layer_is_told() -> None:
    text = STAGES.format(several="", pool="global average").replace(
        "| fc", "| magic | 32 | odd |\n| fc"
    )
    (network,) = read_networks(text, "a.md")
    assert (
        Remark("line 7", "It is taken for a heading, not for a layer: 'magic odd'.", 7)
        in network.remarks
    )


def test_residual_blocks_of_one_convolution_are_told() -> None:
    text = "Residual blocks with projection shortcuts.\n\n" + STAGES.format(
        several="", pool="global average"
    )
    (network,) = read_networks(text, "a.md")
    told = (
        "Each of its residual blocks is taken for one convolution, as the brackets have it; "
        "'[3x3, 64; 3x3, 64]' or 'blocks of two' behind them says that it has two."
    )
    assert Remark("stage 1", told, 7) in network.remarks
