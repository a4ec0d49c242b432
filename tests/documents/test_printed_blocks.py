"""Prints of torchinfo and torchsummary that leave out the input, the shortcuts and what stands too deep."""

import pytest

from striate.checking import Report, check
from striate.documents import read_networks
from striate.layers import Add, Convolution


def read_one(text: str) -> Report:
    (document,) = read_networks(text, "a.txt")
    return check(document)


RULE = "=" * 88
TREE = f"""\
{RULE}
Layer (type:depth-idx)                   Output Shape              Param #
{RULE}
Small                                    [{{batch}}, 5]                    --
├─Conv2d: 1-1                            [{{batch}}, 8, 20, 20]            1,184
├─{{block}}: 1-2                        [{{batch}}, 8, 20, 20]            --
│    └─Conv2d: 2-1                       [{{batch}}, 8, 20, 20]            576
│    └─BatchNorm2d: 2-2                  [{{batch}}, 8, 20, 20]            16
│    └─ReLU: 2-3                         [{{batch}}, 8, 20, 20]            --
├─{{block}}: 1-3                        [{{batch}}, 12, 10, 10]           --
│    └─Conv2d: 2-4                       [{{batch}}, 12, 10, 10]           864
│    └─BatchNorm2d: 2-5                  [{{batch}}, 12, 10, 10]           24
│    └─Sequential: 2-6                   [{{batch}}, 12, 10, 10]           {{shortcut}}
│    └─ReLU: 2-7                         [{{batch}}, 12, 10, 10]           --
├─AdaptiveAvgPool2d: 1-4                 [{{batch}}, 12, 1, 1]             --
├─Linear: 1-5                            [{{batch}}, 5]                    65
{RULE}
Total params: {{total}}
{RULE}
Input size ({{unit}}): {{size}}
Forward/backward pass size (MB): 0.20
Params size (MB): 0.01
Estimated Total Size (MB): 40.40
{RULE}
"""


def tree(**said: object) -> str:
    usual: dict[str, object] = {
        "batch": 4,
        "block": "BasicBlock",
        "shortcut": 120,
        "total": "2,849",
        "unit": "kB",
        # 4 pictures of 3x40x40 in four bytes a value, and what torchinfo counts besides.
        "size": "76.85",
    }
    return TREE.format(**(usual | said))


def test_bytes_that_come_in_tell_the_stride_of_the_first_convolution() -> None:
    report = read_one(tree())
    assert report.agrees, report.findings
    assert str(report.walk.reports[0].output) == "3x40x40"
    first = report.document.table.rows[1].layer
    assert isinstance(first, Convolution)
    assert (first.window.kernel, first.window.stride) == ((7, 7), (2, 2))


@pytest.mark.parametrize(
    ("batch", "unit", "size", "came"),
    [
        (1, "kB", "19.25", "3x40x40"),
        (16, "MB", "0.31", "3x40x40"),
        (4, "kB", "19.25", "3x20x20"),
    ],
)
def test_the_number_of_examples_counts(batch: int, unit: str, size: str, came: str) -> None:
    report = read_one(tree(batch=batch, unit=unit, size=size))
    assert str(report.walk.reports[0].output) == came


def test_numbers_of_the_memory_are_no_sizes_of_pictures() -> None:
    text = tree(size="0.00", unit="GB").replace("40.40", "40.00")
    (finding, *_) = read_one(text).findings
    assert str(finding).startswith("line 2, torchinfo: the size of the input stands nowhere in it.")


def test_a_size_in_the_text_that_the_bytes_exclude_is_not_taken() -> None:
    around = f"Pictures of 20x20 pixels are cut out of larger ones.\n\n```\n{tree()}```\n"
    (document,) = read_networks(around, "a.md")
    assert str(document.table.input) == "3x40x40"


def test_blocks_that_are_residual_by_name_add_what_they_read() -> None:
    table = read_one(tree()).document.table
    added = {row.name: row.reads for row in table.rows if isinstance(row.layer, Add)}
    assert added == {
        "add BasicBlock 1-2": ("BatchNorm2d 2-2", "Conv2d 1-1"),
        "add ReLU 2-7": ("BatchNorm2d 2-5", "Sequential 2-6"),
    }
    branch = next(row for row in table.rows if row.name == "Sequential 2-6 convolution")
    assert branch.reads == ("ReLU 2-3",)


def test_blocks_of_other_names_are_read_one_behind_the_other() -> None:
    table = read_one(tree(block="PlainBlock", shortcut=120)).document.table
    assert [row.name for row in table.rows if isinstance(row.layer, Add)] == ["add ReLU 2-7"]


def test_a_branch_whose_numbers_are_no_projection_is_named() -> None:
    findings = [str(finding) for finding in read_one(tree(shortcut=130)).findings]
    assert findings[0].startswith(
        "line 13, Sequential 2-6: Sequential stands for a network of its own"
    )


SUMMARY = """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1         [-1, 16, 48, 48]           2,352
       BatchNorm2d-2         [-1, 16, 48, 48]              32
              ReLU-3         [-1, 16, 48, 48]               0
            Conv2d-4         [-1, 16, 48, 48]           2,304
 AdaptiveAvgPool2d-5           [-1, 16, 1, 1]               0
            Linear-6                    [-1, 3]              51
================================================================
Total params: 4,739
----------------------------------------------------------------
{memory}
"""


def test_a_wide_first_kernel_without_bytes_is_asked_for() -> None:
    (finding, *_) = read_one(SUMMARY.format(memory="")).findings
    assert "the size of the input stands nowhere in it" in str(finding)


def test_torchsummary_counts_in_binary_megabytes() -> None:
    report = read_one(SUMMARY.format(memory="Input size (MB): 0.11"))
    assert report.agrees
    assert str(report.walk.reports[0].output) == "3x96x96"
