"""Networks of PyTorch as code writes them, compared with what torch itself makes of the same code."""

import pytest
import torch
from torch import nn

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
    Sides,
)
from striate.recipe import Recipe
from striate.table import Row


def read(text: str) -> Document:
    (document,) = read_networks(f"# A network\n\n```python\n{text}\n```\n", "a.md")
    return document


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


def test_paddings_divisors_and_global_pooling_are_torchs() -> None:
    document = read(f"{SNIPPETS['odd windows'][0]}\ntorch.rand(1, 3, 20, 17)")
    layers = [row.layer for row in document.table.rows]
    assert layers[0] == Input.image(3, 20, 17)
    assert layers[1] == Convolution(8, (3, 5), (1, 2), Sides(1, 1, 2, 2), has_bias=False)
    assert layers[4] == AveragePooling(3, 2, 1, divisor="inside")
    assert layers[6] == GlobalPooling("average")


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
        ("nn.Conv2d(1, 2, 3, padding_mode='reflect')", "Conv2d, padding_mode"),
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
    ],
)
def test_an_optimiser_becomes_a_recipe_with_torchs_defaults(statement: str, recipe: Recipe) -> None:
    document = read(
        f"m = nn.Sequential(nn.Linear(4, 2))\nloss = nn.CrossEntropyLoss()\n{statement}"
    )
    assert document.faults == ()
    assert document.recipe == recipe
    kind = statement.partition("(")[0].rpartition(".")[2]
    made = getattr(torch.optim, kind)([nn.Parameter(torch.zeros(1))], lr=recipe.learning_rate)
    if "weight_decay" not in statement:
        assert made.defaults["weight_decay"] == recipe.weight_decay


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
