"""Networks of PyTorch as code writes them, compared with what torch itself makes of the same code."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from striate.arithmetic import walk
from striate.checking import check
from striate.documents import Document, read_networks, write_document
from striate.layers import (
    Activation,
    AveragePooling,
    Convolution,
    Dropout,
    FullyConnected,
    GlobalPooling,
    Input,
    LpPooling,
    Sides,
)
from striate.preparation import Preparation
from striate.recipe import Optimizer, Recipe
from striate.table import Row
from striate.training.optimizers import learning_rate


def read(text: str) -> Document:
    (document,) = read_networks(f"# A network\n\n```python\n{text}\n```\n", "a.md")
    return document


def plain(optimizer: Optimizer, rate: float, momentum: float) -> Recipe:
    """Make a recipe without decay and without a schedule."""
    return Recipe(
        optimizer=optimizer,
        learning_rate=rate,
        momentum=momentum,
        schedule="constant",
        warmup=0.0,
    )


SNIPPETS = {
    "mlp": ("nn.Sequential(nn.Linear(2, 10), nn.Sigmoid(), nn.Linear(10, 1), nn.Sigmoid())", (2,)),
    "lenet": (
        (
            "nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), "
            "nn.Tanh(), nn.AvgPool2d(2, 2), nn.Flatten(), nn.Linear(16 * 5 * 5, 120), nn.Tanh(), "
            "nn.Linear(120, 84, bias=False), nn.Tanh(), nn.Linear(84, 10))"
        ),
        (1, 28, 28),
    ),
    "odd windows": (
        (
            "nn.Sequential(nn.Conv2d(3, 8, (3, 5), stride=(1, 2), padding=(1, 2), bias=False), "
            "nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1, ceil_mode=True), "
            "nn.Conv2d(8, 8, 3, padding='same', dilation=2, groups=4), nn.ReLU(), "
            "nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), nn.Dropout(p=0.3), "
            "nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(1), nn.Linear(8, 5), nn.Softmax(dim=-1))"
        ),
        (3, 20, 17),
    ),
    "nested": (
        (
            "nn.Sequential(nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU()), nn.Identity(), nn.MaxPool2d(2), "
            "nn.Sequential(nn.Flatten(), nn.Linear(36, 3)))"
        ),
        (2, 8, 8),
    ),
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_layer_has_the_parameters_and_the_output_that_torch_gives_it(name: str) -> None:
    text, shape = SNIPPETS[name]
    network = eval(text, {"nn": nn})
    example = torch.zeros(1, *shape)
    counts, value = [], example
    for layer in network.modules():
        if not isinstance(layer, nn.Sequential):
            value = layer(value)
            counts += [sum(one.numel() for one in layer.parameters())]
    document = read(f"model = {text}\nmodel(torch.zeros{(1, *shape)})")
    assert document.faults == ()
    reports = walk(document.table).reports
    computed = [report.cost.parameters for report in reports if report.cost]
    assert [count for count in computed if count] == [count for count in counts if count]
    assert reports[-1].output is not None
    assert reports[-1].output.axes == tuple(value.shape[1:])
    assert read_networks(write_document(document), "a.md") == (document,)


@pytest.mark.parametrize(
    ("used", "is_read"),
    [
        ("x * y.expand_as(x)", True),
        ("x.mul(y.expand(-1, 4, 6, 6))", True),
        ("torch.mul(x, y.expand(x.size(0), -1, x.size(2), x.size(3)))", True),
        ("y.expand_as(x)", False),
        ("self.conv(y.expand(-1, 4, 6, 6))", False),
        ("x * y.expand(-1, 4, 3, 3)", False),
        ("x.expand(-1, 4, 12, 6)", False),
    ],
)
def test_repeated_maps_are_read_only_where_a_row_repeats_them(used: str, is_read: bool) -> None:  # noqa: FBT001 - a case
    document = read(
        "class Net(nn.Module):\n def __init__(self):\n  super().__init__()\n"
        "  self.conv = nn.Conv2d(4, 4, 3, padding=1)\n  self.fc = nn.Linear(144, 2)\n"
        " def forward(self, x):\n  x = self.conv(x)\n  y = F.adaptive_avg_pool2d(x, 1)\n"
        f"  return self.fc(({used}).flatten(1))\nNet()(torch.zeros(1, 4, 6, 6))"
    )
    assert (document.faults == ()) == is_read


def test_paddings_divisors_and_global_pooling_are_torchs() -> None:
    document = read(f"{SNIPPETS['odd windows'][0]}\ntorch.rand(1, 3, 20, 17)")
    layers = [row.layer for row in document.table.rows]
    assert layers[0] == Input.image(3, 20, 17)
    assert layers[1] == Convolution(8, (3, 5), (1, 2), Sides(1, 1, 2, 2), has_bias=False)
    assert layers[4] == AveragePooling(3, 2, 1, divisor="inside")
    assert layers[6] == GlobalPooling("average")


def test_lp_poolings_are_read_as_modules_and_as_functions() -> None:
    document = read(
        "class Net(nn.Module):\n def __init__(self):\n  super().__init__()\n"
        "  self.a = nn.LPPool2d(2, 3, stride=2, ceil_mode=True)\n"
        " def forward(self, x):\n  return F.lp_pool2d(self.a(torch.relu(x)), 1.5, (1, 2)).flatten(1)\n"
        "Net()(torch.zeros(1, 4, 8, 8))"
    )
    layers = [row.layer for row in document.table.rows]
    assert LpPooling(3, 2, rounding="ceil", p=2) in layers
    assert LpPooling((1, 2), p=1.5) in layers
    came = functional.lp_pool2d(torch.zeros(1, 4, 8, 8), 2, 3, 2, ceil_mode=True)
    came = functional.lp_pool2d(came, 1.5, (1, 2))
    assert str(document.walk.reports[-1].output) == str(came.numel())
    # What torch's has no argument for is named.
    fault = read("nn.Sequential(nn.LPPool2d(2, 2, padding=1))(torch.zeros(1, 4, 8, 8))").faults[0]
    assert fault.where == "LPPool2d, padding"


def test_a_function_behind_a_layer_is_its_activation_and_otherwise_a_row() -> None:
    document = read(
        "nn.Sequential(nn.ReLU(), nn.Linear(4, 3), nn.Tanh(), nn.Sigmoid(), nn.Dropout(), nn.ReLU(), "
        "nn.Linear(3, 2), nn.Softmax(1))"
    )
    assert document.table.rows == (
        Row("Input", Input.features(4)),
        Row("ReLU1", Activation("ReLU")),
        Row("Linear", FullyConnected(3), "tanh"),
        Row("Sigmoid", Activation("sigmoid")),
        Row("Dropout", Dropout(0.5)),
        Row("ReLU2", Activation("ReLU")),
        Row("Output", FullyConnected(2), "softmax"),
    )


def test_what_is_not_understood_leaves_the_rest_to_be_checked() -> None:
    document = read(
        "model = nn.Sequential(\n"
        "    nn.Linear(4, 8),\n"
        "    nn.Mystery(8),\n"
        "    nn.Linear(8, 6),\n"
        "    nn.Linear(5, 2),\n"
        ")"
    )
    assert [(one.line, one.where) for one in check(document).findings] == [
        (6, "nn.Mystery"),
        (8, "Linear, in_features"),
    ]
    assert [row.name for row in document.table.rows] == [
        *("Input", "Linear1", "Mystery", "Linear2", "Output")
    ]


def test_a_first_layer_that_cannot_be_read_is_one_finding() -> None:
    for first in ("nn.Mystery(4)", "nn.Linear(n, 8)", "*head"):
        document = read(f"nn.Sequential({first}, nn.Tanh(), nn.Linear(8, 2))")
        assert [one.line for one in check(document).findings] == [4]


@pytest.mark.parametrize(
    ("layers", "where"),
    [
        ("nn.Conv2d(1, 2, 3), nn.Conv2d(3, 2, 3)", "Conv2d, in_channels"),
        ("nn.Conv2d(2, 2, 3)", "Conv2d, in_channels"),
        ("nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(71, 2)", "Linear, in_features"),
        ("nn.AdaptiveAvgPool2d(1), nn.Linear(1, 2)", "Linear"),
        ("nn.Flatten(), nn.Linear(64, 2), nn.Conv2d(1, 1, 1)", "Output, Convolution"),
        ("nn.Conv2d(1, 2, 3, stride=2, padding='same')", "Conv2d, padding"),
        ("nn.Conv2d(1, 2, 3, padding_mode='circular')", "Conv2d, padding_mode"),
        ("nn.Conv2d(1, 2, 0)", "Conv2d, Convolution"),
        ("nn.Dropout(1.5)", "Dropout, Dropout"),
        ("nn.Softmax(dim=2)", "Softmax, dim"),
    ],
)
def test_what_torch_would_refuse_or_do_otherwise_is_a_finding(layers: str, where: str) -> None:
    document = read(f"nn.Sequential({layers})\ntorch.zeros(1, 1, 8, 8)")
    assert [(one.line, one.where) for one in check(document).findings] == [(4, where)]


@pytest.mark.parametrize(
    ("statement", "recipe"),
    [
        (
            "torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)",
            Recipe(
                optimizer="nesterov",
                learning_rate=0.1,
                momentum=0.9,
                weight_decay=1e-4,
                schedule="constant",
                warmup=0.0,
            ),
        ),
        (
            "torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9)",
            Recipe(
                optimizer="sgd", learning_rate=0.1, momentum=0.9, schedule="constant", warmup=0.0
            ),
        ),
        (
            "optim.Adam(m.parameters(), betas=(0.8, 0.999))",
            Recipe(
                optimizer="adam", learning_rate=0.001, momentum=0.8, schedule="constant", warmup=0.0
            ),
        ),
        (
            "AdamW(m.parameters(), 3e-4)",
            Recipe(
                optimizer="adamw",
                learning_rate=3e-4,
                momentum=0.9,
                weight_decay=0.01,
                schedule="constant",
                warmup=0.0,
            ),
        ),
        (
            "RMSprop(m.parameters(), weight_decay=1e-5)",
            Recipe(
                optimizer="rmsprop",
                learning_rate=0.01,
                momentum=0.99,
                weight_decay=1e-5,
                schedule="constant",
                warmup=0.0,
            ),
        ),
        ("torch.optim.RMSprop(m.parameters(), 0.02, 0.9)", plain("rmsprop", 0.02, 0.9)),
        ("torch.optim.Adagrad(m.parameters())", plain("adagrad", 0.01, 0.0)),
        ("torch.optim.Adamax(m.parameters())", plain("adamax", 0.002, 0.9)),
        ("torch.optim.NAdam(m.parameters())", plain("nadam", 0.002, 0.9)),
        ("torch.optim.RAdam(m.parameters(), betas=(0.95, 0.999))", plain("radam", 0.001, 0.95)),
    ],
)
def test_an_optimiser_becomes_a_recipe_with_torchs_defaults(statement: str, recipe: Recipe) -> None:
    document = read(
        f"m = nn.Sequential(nn.Linear(4, 2))\nloss = nn.CrossEntropyLoss()\n{statement}"
    )
    assert document.faults == ()
    assert document.recipe == recipe
    kind = statement.partition("(")[0].rpartition(".")[2]
    parameters = [nn.Parameter(torch.zeros(1))]
    m = SimpleNamespace(parameters=lambda: parameters)
    made = eval(
        f"{kind}{statement.removeprefix(statement.partition('(')[0])}",
        {"m": m, kind: getattr(torch.optim, kind)},
    )
    assert made.defaults["lr"] == recipe.learning_rate
    assert made.defaults["weight_decay"] == recipe.weight_decay
    if "betas" in made.defaults:
        assert made.defaults["betas"] == (recipe.momentum, 0.999)
    else:
        kept = made.defaults.get("alpha", made.defaults.get("momentum", 0.0))
        assert kept == recipe.momentum


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("RMSprop(m.parameters(), momentum=0.9)", "RMSprop, momentum"),
        ("RMSprop(m.parameters(), centered=True)", "RMSprop, centered"),
        ("Adagrad(m.parameters(), lr_decay=0.1)", "Adagrad, lr_decay"),
        ("NAdam(m.parameters(), momentum_decay=0.1)", "NAdam, momentum_decay"),
        ("Adamax(m.parameters(), betas=(0.9, 0.99))", "Adamax, betas"),
    ],
)
def test_what_of_an_optimiser_no_recipe_says_is_named(statement: str, where: str) -> None:
    document = read(f"m = nn.Sequential(nn.Linear(4, 2))\ntorch.optim.{statement}")
    assert document.faults == ()
    assert [one.where for one in document.training_faults] == [where]


@pytest.mark.parametrize(
    ("statement", "epochs", "factor"),
    [
        ("StepLR(o, step_size=3, gamma=0.5)", 3, 0.5),
        ("StepLR(o, 2)", 2, 0.1),
        ("ExponentialLR(o, gamma=0.9)", 1, 0.9),
        ("MultiStepLR(o, [2, 5], 0.5)", 10, 0.5),
        ("MultiStepLR(o, milestones=[1, 3, 4])", 10, 0.1),
    ],
)
def test_a_schedule_that_falls_by_a_factor_gives_torchs_rates(
    statement: str, epochs: int, factor: float
) -> None:
    text = (
        "m = nn.Sequential(nn.Linear(4, 2))\no = torch.optim.SGD(m.parameters(), lr=0.4)\n"
        f"s = torch.optim.lr_scheduler.{statement}\n"
    )
    document = read(text)
    assert (document.faults, document.training_faults) == ((), ())
    recipe = replace(document.recipe, epochs=8)
    assert (recipe.schedule, recipe.step_epochs, recipe.step_factor) == ("step", epochs, factor)
    names: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(text, names)
    for epoch in range(8):
        assert learning_rate(recipe, 5 * epoch, 40) == pytest.approx(
            names["o"].param_groups[0]["lr"]
        )
        names["o"].step()
        names["s"].step()
    assert read_networks(write_document(document), "a.md") == (document,)


NORMALIZED = """from torch import nn
from torchvision import datasets, transforms
way = transforms.Compose([transforms.ToTensor(), {}])
data = datasets.CIFAR10("data", transform=way)
net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 30 * 30, 10))
"""


@pytest.mark.parametrize(
    "written",
    [
        "transforms.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))",
        "transforms.Normalize(mean=[0.49, 0.48, 0.45], std=[0.25, 0.24, 0.26])",
    ],
)
def test_the_values_of_pixels_are_read_from_normalize(written: str) -> None:
    document = read(NORMALIZED.format(written))
    assert document.faults == ()
    assert document.preparation.mean == (0.49, 0.48, 0.45)
    assert document.preparation.std == (0.25, 0.24, 0.26)
    assert [one.text for one in document.remarks if one.row == "input"] == [
        (
            "Pictures are prepared as Normalize says, with mean 0.49, 0.48, 0.45 and std 0.25, 0.24, 0.26: "
            "the same as `mean` and `std` below `input:`."
        )
    ]
    assert read_networks(write_document(document), "a.md") == (document,)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (
            "transforms.Normalize((0.1307,) * 2, (0.3081,) * 2)",
            "it has 2 numbers, and the input 3x32x32",
        ),
        (
            "transforms.Normalize(means, stds)",
            "its numbers are not known, or none that mean and std can be",
        ),
        (
            "transforms.Normalize((123.7,), (58.4,))",
            "its numbers are not known, or none that mean and std can be",
        ),
        (
            "transforms.Normalize(0.5, 0.5), transforms.Normalize(0.4, 0.5)",
            "there is another one on line 6",
        ),
    ],
)
def test_what_of_normalize_is_not_taken_is_said(written: str, why: str) -> None:
    document = read(NORMALIZED.format(written))
    assert document.preparation == Preparation()
    assert (
        f"Normalize is not taken, for {why}: write `mean:` and `std:` below `input:` in front matter."
        in [one.text for one in document.remarks]
    )


def test_what_of_a_schedule_is_not_understood_is_settled_by_a_schedule() -> None:
    document = read(
        "m = nn.Sequential(nn.Linear(4, 2))\no = torch.optim.SGD(m.parameters(), lr=0.4)\n"
        "torch.optim.lr_scheduler.StepLR(o, step_size=n)"
    )
    assert [one.where for one in document.training_faults] == ["schedule, StepLR, step_size"]
    assert document.recipe.schedule == "constant"
    assert document.training_faults_beside({"schedule"}) == ()


def test_an_impossible_rate_is_reported_on_the_line_of_the_optimiser() -> None:
    document = read("m = nn.Sequential(nn.Linear(4, 2))\ntorch.optim.SGD(m.parameters(), lr=-1)")
    assert document.faults == ()
    assert [(one.line, one.where) for one in document.training_faults] == [(5, "learning_rate")]


def test_a_loss_that_takes_the_sigmoid_gives_it_to_the_last_row() -> None:
    document = read("m = nn.Sequential(nn.Linear(4, 1))\nnn.BCEWithLogitsLoss()")
    assert document.faults == ()
    assert document.table.rows[-1].activation == "sigmoid"
    assert document.recipe.loss == "binary-cross-entropy"


def test_a_loss_that_does_not_fit_is_reported_on_its_line() -> None:
    document = read("m = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))\nloss = nn.BCELoss()")
    assert [(one.line, one.where) for one in document.faults] == [(5, "loss")]
