"""Patterns of einops become the rows that torch's own functions become."""

import pytest

from striate.documents import Document, read_networks


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 4, 3)
        self.f = nn.Linear({values}, 2)
        self.layer = {layer}
    def forward(self, x):
        x = self.c(x)
        x = {forward}
        return self.f(x)
model = Net()
model(torch.zeros(2, 3, 12, 10))
"""
IMPORTS = "from einops import rearrange, reduce, repeat\nfrom einops.layers.torch import Rearrange, Reduce\n"


def read(forward: str, values: int, layer: str = "None") -> Document:
    code = IMPORTS + NET.format(forward=forward, values=values, layer=layer)
    (document,) = read_networks(code, "net.py")
    return document


@pytest.mark.parametrize(
    ("pattern", "plain", "values"),
    [
        ("rearrange(x, 'b c h w -> b (c h w)')", "x.flatten(1)", 320),
        ("reduce(x, 'n c h w -> n c', 'mean')", "x.mean((2, 3))", 4),
        ("reduce(x, 'n c h w -> n c', reduction='max')", "x.amax((2, 3))", 4),
        (
            "rearrange(reduce(x, 'b c (h 2) (w p) -> b c h w', 'max', p=4), 'b c h w -> b (c h w)')",
            "F.max_pool2d(x, (2, 4)).flatten(1)",
            40,
        ),
        (
            "reduce(rearrange(rearrange(x, 'b c h w -> b h w c'), 'b h w c -> b c h w'), 'b c h w -> b c', 'mean')",
            "x.mean((2, 3))",
            4,
        ),
    ],
)
def test_a_pattern_is_what_it_does(pattern: str, plain: str, values: int) -> None:
    document = read(pattern, values)
    assert document.faults == ()
    ours, theirs = document.table.rows, read(plain, values).table.rows
    assert [row.layer for row in ours] == [row.layer for row in theirs]


def test_layers_of_einops_are_its_functions() -> None:
    document = read("self.layer(x)", 4, "nn.Sequential(Reduce('b c h w -> b c', 'mean'))")
    assert document.faults == ()
    assert document.table.rows == read("x.mean((2, 3))", 4).table.rows


@pytest.mark.parametrize(
    "pattern",
    [
        "rearrange(x, 'b c h w -> b (c w h)')",
        "rearrange(x, 'b c h w -> b (h w) c')",
        "reduce(x, 'b c h w -> b h w', 'mean')",
        "reduce(x, 'b c h w -> b c', 'sum')",
        "reduce(x, 'b (c 2) h w -> b c h w', 'mean')",
        "repeat(x, 'b c h w -> b (2 c) h w')",
    ],
)
def test_a_pattern_that_no_row_does_is_named(pattern: str) -> None:
    (fault,) = read(pattern, 4).faults
    assert pattern[:20] in f"{fault.where} {fault.came}"


def test_a_pattern_that_is_not_known_is_named() -> None:
    (fault,) = read("rearrange(x, pattern)", 4).faults
    assert "`pattern`" in fault.came
