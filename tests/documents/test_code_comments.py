"""Sizes and counts in comments of code are compared with its layers where they are certain, and prose is left alone."""

import pytest
import torch
from torch import nn

from striate.checking import check
from striate.documents import Document, read_networks
from striate.documents.code.comments import Said, meaning_of


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 3)      # {conv}
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(6 * 9 * 4, 5)   # {fc}
    def forward(self, x):
        x = self.conv(x)
        x = self.pool(torch.relu(x))        # {pooled}
        x = x.view(x.size(0), -1)           # {flat}
        return self.fc(x)
model = Net()
example = torch.zeros(7, 2, 20, 11)
model(example)
"""
SILENT = {"conv": "", "fc": "", "pooled": "", "flat": ""}


def read(text: str) -> Document:
    (document,) = read_networks(text, "net.py")
    assert document.faults == ()
    return document


def sizes_by_torch() -> dict[str, tuple[int, ...]]:
    names: dict[str, object] = {"nn": nn, "torch": torch}
    exec(NET.format(**SILENT), names)
    model, example = names["model"], names["example"]
    assert isinstance(model, nn.Module)
    assert isinstance(example, torch.Tensor)
    found: dict[str, tuple[int, ...]] = {}
    for name, layer in model.named_children():
        layer.register_forward_hook(lambda *at, name=name: found.update({name: tuple(at[2].shape)}))
    model(example)
    return found


def test_comments_that_torch_gives_agree() -> None:
    found = sizes_by_torch()
    _, maps, height, width = found["conv"]
    comments = {
        "conv": f"20x11x2 -> {height}x{width}x{maps}",
        "fc": f"{5 * (6 * 9 * 4 + 1):,} parameters",
        "pooled": "[batch, " + ", ".join(map(str, found["pool"][1:])) + "]",
        "flat": f"(N, {found['pool'][1:][0] * 9 * 4})",
    }
    document = read(NET.format(**comments))
    checked = check(document)
    assert not checked.findings
    # Maps and size of the input, the convolution and the pooling; the values of the vector; the parameters.
    assert len(checked.comparisons) == 8
    (told,) = [one.text for one in document.remarks if "comments" in one.text]
    assert told == "Its comments are compared with the rows: lines 5, 7, 10, 11."


def test_a_wrong_comment_is_told_on_its_own_line() -> None:
    comments = {
        "conv": "18x9x6",
        "fc": "1,000 params",
        "pooled": "out: 6 x 9 x 5",
        "flat": "?, 216",
    }
    wrong = check(read(NET.format(**comments))).findings
    assert [str(one).split("\n")[0] for one in wrong] == [
        "line 7, fc, Parameters: a comment says 1,000, the arithmetic gives 1,085.",
        "line 10, pool, Size: a comment says 9x5, the arithmetic gives 9x4.",
    ]


def test_sizes_that_hardly_agree_are_no_claims() -> None:
    document = read(NET.format(**SILENT | {"conv": "-> 30x30x6", "pooled": "-> 15x15x6"}))
    assert not check(document).comparisons
    (told,) = [one.text for one in document.remarks if "comments" in one.text]
    assert told == "Sizes in its comments are not compared, as 0 of 2 agree: lines 5, 10."


@pytest.mark.parametrize(
    "comment",
    [
        "3x3x6",
        "3 x 3",
        "2 input maps, 6 output maps",
        "20x11x2",
        "kernel of 3x3",
        "was 64x64x3 in the paper",
        "5 * 5",
        "6",
        "TODO: try 32",
        "TODO 18x9x7",
        "see https://example.org/28x28",
        "(3, 3)",
        "100 / 2 / 2 = 25",
        "18x9x6 or 16x7x6",
        "28x28 (28 x 28 x 1)",
    ],
)
def test_prose_kernels_and_what_comes_in_are_no_claims(comment: str) -> None:
    document = read(NET.format(**SILENT | {"conv": comment}))
    checked = check(document)
    assert not checked.comparisons
    assert not checked.findings
    assert not [one for one in document.remarks if "comments" in one.text]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("28x28x1 -> 26x26x32", Said(1, (28, 28, 1), (26, 26, 32))),
        ("28 × 28 × 1 → 26 × 26 × 32", Said(1, (28, 28, 1), (26, 26, 32))),
        ("in: 1x28x28, out: 32x26x26", Said(1, (1, 28, 28), (32, 26, 26))),
        ("output: 64 x 7 x 7", Said(1, (), (64, 7, 7))),
        ("Output shape: (None, 26, 26, 32)", Said(1, (), (26, 26, 32))),
        ("출력: 26x26x32, 파라미터: 320", Said(1, (), (26, 26, 32), "320")),
        ("[batch_size, 32, 13, 13]", Said(1, (), (32, 13, 13), is_bare=True)),
        ("torch.Size([64, 10])", Said(1, (), (10,), is_bare=True)),
        ("torch.Size([64, 3, 7, 9])", Said(1, (), (3, 7, 9), is_bare=True)),
        ("(?, 14, 14, 32)", Said(1, (), (14, 14, 32), is_bare=True)),
        ("b, 16, 5, 5", Said(1, (), (16, 5, 5), is_bare=True)),
        ("N x 16 x 5 x 5", Said(1, (), (16, 5, 5), is_bare=True)),
        ("[-1, 16, 5, 5]", Said(1, (), (16, 5, 5), is_bare=True)),
        ("16@5x5", Said(1, (), (16, 5, 5), is_bare=True)),
        ("12,544 parameters", Said(1, parameters="12,544")),
        ("params: 12544", Said(1, parameters="12544")),
        ("(3*3*1+1)*32 = 320 params", Said(1, parameters="320")),
        ("11x11x64, 18.5K params", Said(1, (), (11, 11, 64), "18.5K", is_bare=True)),
        ("input(400) output(120)", Said(1, (400,), (120,))),
        ("(120)", None),
        ("(64, 10)", None),
        ("9 " * 20_000, None),
    ],
)
def test_what_a_comment_says(comment: str, said: Said | None) -> None:
    assert meaning_of(f"# {comment}", 1) == said


def test_a_line_that_is_read_several_times_has_no_one_size() -> None:
    text = (
        "def block(a, b):\n"
        "    return nn.Conv2d(a, b, 3)  # 8x8x4\n"
        "model = nn.Sequential(block(1, 4), block(4, 4))\n"
        "model(torch.zeros(1, 1, 10, 10))\n"
    )
    assert not check(read(text)).comparisons


def test_a_comment_says_what_a_network_reads_that_nothing_else_says() -> None:
    text = NET.format(**SILENT | {"conv": "input(20, 11, 2) output(6, 18, 9)"})
    document = read(text[: text.index("model =")])
    assert str(document.table.input) == "2x20x11"
    told = "Its input is not said: 2x20x11, which the comment on line 5 names, is taken."
    assert told in [one.text for one in document.remarks]
    assert [one.verdict for one in check(document).comparisons] == ["agrees"] * 4


def test_classes_of_a_network_that_nothing_makes_may_be_others() -> None:
    comments = SILENT | {"conv": "(2, 20, 11) -> (6, 18, 9)", "fc": "[batch, 1000]"}
    text = NET.format(**comments)
    assert [one.came for one in check(read(text)).findings] == [
        "a comment says 1,000, the arithmetic gives 5."
    ]
    assert not check(read(text[: text.index("model =")])).findings
