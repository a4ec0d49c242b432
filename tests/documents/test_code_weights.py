"""Weights that code trains beside its layers, and maps that it puts behind the places, beside torch itself."""

import re

import pytest
import torch
from torch import nn

from striate.documents import Document, read_networks
from striate.modules import build


HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
NORM = """
class Norm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.eps = eps
    def forward(self, x):
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]
"""
OTHER = NORM.replace(
    """        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]
""",
    """        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, (6,), self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)
""",
)
BLOCK = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 2, stride=2)
        self.n = Norm(6)
        self.deep = nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.norm = nn.LayerNorm(6, eps=1e-6)
        self.wide = nn.Linear(6, 24)
        self.narrow = nn.Linear(24, 6)
        self.gamma = nn.Parameter(0.5 * torch.ones((6)), requires_grad=True)
        self.head = nn.Linear(6, 4)
    def forward(self, x):
        x = self.n(self.stem(x))
        y = self.deep(x).permute(0, 2, 3, 1)
        y = self.narrow(F.gelu(self.wide(self.norm(y))))
        if self.gamma is not None:
            y = self.gamma * y
        x = x + y.permute(0, 3, 1, 2)
        return self.head(x.mean([-2, -1]))
"""
CALL = "Net()(torch.zeros(1, 3, 8, 12))\n"


def read(code: str) -> Document:
    (document,) = read_networks(code, "net.py")
    return document


@pytest.mark.parametrize("norm", [NORM, OTHER], ids=["written out", "by function"])
def test_a_block_of_convnext_gives_what_torch_gives(norm: str) -> None:
    code = HEAD + norm + BLOCK + CALL
    document = read(code)
    assert document.faults == ()
    space: dict[str, type[nn.Module]] = {}
    exec(code, space)
    torch.manual_seed(4)
    theirs, ours = space["Net"]().double().eval(), build(document).double().eval()
    for values in theirs.parameters():
        nn.init.uniform_(values, -1, 1)
    given = theirs.state_dict()
    with torch.no_grad():
        for name, values in ours.named_parameters():
            row, kind = name.rsplit(".", 1)
            row = "n" if row.startswith("Norm") else row
            found = given.pop("gamma" if row == "gamma" else f"{row}.{kind}")
            values.copy_(found.reshape(values.shape))
    assert given == {}
    inputs = torch.randn(2, 3, 8, 12, dtype=torch.float64)
    torch.testing.assert_close(ours(inputs), theirs(inputs))


def with_forward(forward: str, made: str = "") -> str:
    return (
        f"{HEAD}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.c = nn.Conv2d(3, 6, 3)\n        {made or 'pass'}\n"
        f"    def forward(self, x):\n        x = self.c(x)\n        return {forward}\n{CALL}"
    )


GAMMA = "self.g = nn.Parameter(torch.ones({}))"


@pytest.mark.parametrize(
    "view",
    ["self.g.view(1, -1, 1, 1)", "self.g[:, None, None]", "self.g.unsqueeze(-1).unsqueeze(-1)"],
)
def test_a_factor_for_each_map_is_a_trained_scale(view: str) -> None:
    document = read(with_forward(f"{view} * x", GAMMA.format(6)))
    assert document.faults == ()
    assert document.walk.total.parameters == 6 * 3 * 9 + 6 + 6


@pytest.mark.parametrize(
    ("forward", "made", "came"),
    [
        # A factor for each column, not for each map.
        ("self.g * x", GAMMA.format(10), "self.g * x: a weight of its own (Parameter)"),
        ("self.g * x", GAMMA.format(1), "self.g * x: a weight of its own (Parameter)"),
        ("self.g[:, None, None] + x", GAMMA.format(6), "a weight of its own (Parameter)"),
        (
            "x - x.mean(1, keepdim=True)",
            "",
            "line 7: `a normalisation of what Conv2d gives, which is not written to its end`",
        ),
        ("x.permute(0, 3, 2, 1)", "", "x.permute(0, 3, 2, 1)"),
    ],
)
def test_what_no_row_does_is_named(forward: str, made: str, came: str) -> None:
    faults = read(with_forward(forward, made)).faults
    assert came in " ".join(f"{fault.where} {fault.came}" for fault in faults)


def test_a_convolution_of_maps_behind_the_places_is_a_fault() -> None:
    made = "self.d = nn.Conv2d(6, 6, 1)"
    (fault,) = read(with_forward("self.d(x.permute(0, 2, 3, 1))", made)).faults
    assert "Conv2d" in fault.where


def test_a_norm_that_is_used_twice_is_told() -> None:
    code = (
        HEAD + NORM + BLOCK.replace("self.n(self.stem(x))", "self.n(self.n(self.stem(x)))") + CALL
    )
    (fault,) = read(code).faults
    assert "is applied 2 times, each time with the same weights" in fault.came


@pytest.mark.parametrize(
    ("forward", "rows"),
    [
        ("F.pad(self.c(x), (1, 0, 2, 1))", 1),
        ("F.pad(self.c(x), (-1, -2, 0, -3))", 1),
        ("F.pad(self.c(x), [2, -1])", 2),
        ('F.pad(self.c(x), (1, 2, 1, 0), mode="reflect")', 1),
        ("F.pad(self.c(x), (0, 0, 0, 0))", 0),
        ("F.pad(self.c(x)[:, :, ::2, 1::3], (0, 0, 0, 0, 2, 6))", 6),
        ("F.pad(self.c(x), (1, 0, 0, 2, 0, 1))", 4),
        ("nn.ZeroPad2d((-1, 0, 2, 0))(self.c(x))", 2),
    ],
)
def test_borders_and_negative_ones_are_those_of_torch(forward: str, rows: int) -> None:
    code = with_forward("x").replace("x = self.c(x)", f"x = {forward}")
    document = read(code)
    assert document.faults == ()
    assert len(document.table.rows) == 2 + rows
    space: dict[str, type[nn.Module]] = {}
    exec(code, space)
    torch.manual_seed(5)
    theirs, ours = space["Net"]().eval(), build(document).eval()
    ours.get_submodule("c").load_state_dict(theirs.get_submodule("c").state_dict())
    inputs = torch.randn(2, 3, 8, 12)
    torch.testing.assert_close(ours(inputs), theirs(inputs).flatten(1))


@pytest.mark.parametrize(
    "convolution",
    [
        "nn.Conv2d(3, 6, (3, 4), stride=(2, 1), padding=(1, 2), padding_mode='reflect')",
        "nn.Conv2d(3, 6, (2, 3), padding='same', dilation=(1, 2), padding_mode='replicate')",
        "nn.Conv2d(3, 6, 3, padding_mode='reflect')",
    ],
)
def test_borders_of_convolutions_are_those_of_torch(convolution: str) -> None:
    code = re.sub(r"self\.c = .*", f"self.c = {convolution}", with_forward("x"))
    document = read(code)
    assert document.faults == ()
    space: dict[str, type[nn.Module]] = {}
    exec(code, space)
    theirs, ours = space["Net"]().eval(), build(document).eval()
    ours.get_submodule("c").load_state_dict(theirs.get_submodule("c").state_dict())
    inputs = torch.randn(2, 3, 8, 12)
    torch.testing.assert_close(ours(inputs), theirs(inputs).flatten(1))


@pytest.mark.parametrize(
    "border",
    [
        "(1, 1, 1, 1), value=2.0",
        "(0, 0, 0, 0, 9, 1)",
        "(0, 0, 0, 0, 1, -1)",
        '(1, 1, 1, 1), mode="circular"',
    ],
)
def test_a_border_that_no_row_puts_is_a_fault(border: str) -> None:
    assert read(with_forward(f"F.pad(x, {border})")).faults


def test_a_network_of_several_inputs_says_so() -> None:
    code = (
        with_forward("x")
        .replace("def forward(self, x):", "def forward(self, x, y):")
        .replace(CALL, "")
    )
    (fault,) = read(code).faults
    assert fault.came == "it has 2 inputs: x, y."
    assert fault.fix == "write a network for one of them."


def test_heads_of_a_keras_model_are_named() -> None:
    code = """from keras import Input, Model, layers
image = Input((8, 8, 1))
seen = layers.Flatten()(image)
age = layers.Dense(1, name="age")(seen)
model = Model(image, [age, layers.Dense(2)(seen)])
"""
    (fault,) = read(code).faults
    assert fault.came == "it has 2 outputs: age, Dense:5."
    assert read(code.replace("[age, layers.Dense(2)(seen)]", "age")).faults == ()
