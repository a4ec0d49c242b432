"""Which networks a program of many classes and functions holds, what they are called, and what comes in if it is given."""

import pytest
import torch
from torch import nn

from striate.arithmetic import walk
from striate.cli import main
from striate.documents import choose, read_networks
from striate.errors import DocumentError
from striate.layers import FullyConnected, Input
from striate.shapes import Features, Image


FAMILY = """
import torch.nn as nn

def stage(maps, out):
    return nn.Sequential(nn.Conv2d(maps, out, 3, padding=1), nn.ReLU())

def stages(numbers, out):
    return nn.Sequential(*[stage(n, out) for n in numbers])

class Tower(nn.Module):
    def __init__(self, widths):
        super().__init__()
        parts, maps = [], 3
        for width in widths:
            parts.append(stage(maps, width))
            maps = width
        self.body = nn.Sequential(*parts)
        self.head = nn.Linear(maps, 10)

    def forward(self, x):
        return self.head(self.body(x).mean([2, 3]))

def tower_small():
    return Tower([4, 8])

def tower_large(): return Tower((8, 16, 32))
"""


def test_functions_that_make_networks_of_one_class_give_their_names() -> None:
    names: dict[str, object] = {}
    exec(FAMILY, names)
    networks = read_networks(FAMILY, "towers.py", Image(3, 20, 24))
    assert [one.title for one in networks] == ["tower_small", "tower_large"]
    for one in networks:
        assert one.faults == ()
        assert one.table.rows[0].layer == Input(Image(3, 20, 24))
        model = names[one.title]()  # type: ignore[operator]
        count = sum(parameter.numel() for parameter in model.parameters())
        assert walk(one.table).total.parameters == count
        with torch.no_grad():
            shape = tuple(model(torch.zeros(1, 3, 20, 24)).shape[1:])
        assert walk(one.table).reports[-1].output == Features(*shape)


def test_a_network_is_picked_by_its_function_or_its_class() -> None:
    networks = read_networks(FAMILY, "towers.py", Image(3, 8, 8))
    assert choose(networks, "tower_large", "towers.py").title == "tower_large"
    with pytest.raises(DocumentError) as error:
        choose(networks, "Tower", "towers.py")
    assert str(error.value) == (
        "towers.py: it holds 2 networks: tower_small, tower_large.\n"
        "  Needed: the name or number of one of them.\n"
        "  Fix: write `towers.py#tower_small` or `towers.py#1`."
    )
    (one,) = read_networks(FAMILY.partition("def tower_large")[0], "t.py", Image(3, 8, 8))
    assert one.title == "Tower"
    assert choose((one, *networks), "tower_small", "t.py").title == "tower_small"
    assert choose((one, networks[1]), "tower_small", "t.py") is one


def test_a_given_input_is_for_what_does_not_say_its_own(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "net.py"
    file.write_text("net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 2))\n")
    assert main(["check", str(file)]) == 1
    assert "--input 1x32x32" in capsys.readouterr().out
    assert main(["check", str(file), "--input", "1x8x8"]) == 0
    file.write_text(f"{file.read_text()}net(torch.zeros(1, 1, 8, 8))\n")
    assert main(["check", str(file), "--input", "1x9x9"]) == 1
    assert "--input says 1x9x9, the document says 1x8x8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "given", "sizes"),
    [
        ("Sequential([Conv2D(4, 3), Flatten(), Dense(2)])", Image(3, 8, 10), (3, 8, 10)),
        ("nn.Sequential(nn.Conv1d(3, 4, 3), nn.Flatten())", Image(3, 1, 9), (3, 1, 9)),
        ("nn.Sequential(nn.ReLU(), nn.Linear(6, 2))", Features(6), (6,)),
    ],
)
def test_a_given_input_stands_in_the_order_of_the_framework(
    code: str, given: Image | Features, sizes: tuple[int, ...]
) -> None:
    (document,) = read_networks(f"net = {code}", "a.py", given)
    assert document.faults == ()
    assert document.table.rows[0].layer == Input(given)
    assert document.table.input is not None
    assert document.table.input.axes == sizes


def test_a_class_that_no_call_fits_is_a_network_and_no_lack_of_one() -> None:
    text = """
class Deep(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(4, 4) for _ in range(depth)])
    def forward(self, x):
        return self.layers(x)
def deep(**kwargs):
    return Deep(**kwargs)
"""
    (document,) = read_networks(text, "deep.py")
    assert document.title == "Deep"
    assert document.faults


def test_what_a_layer_is_called_decides_nothing_about_it() -> None:
    text = """
def net(classes=3, name=None):
    i = Input((8,))
    x = Dense(4, name=name + "first")(i)
    return Model(i, Dense(classes, name="last")(x))
"""
    (document,) = read_networks(text, "a.py")
    assert document.faults == ()
    assert [row.name for row in document.table.rows] == ["Input", "Dense", "last"]


def test_outputs_on_the_way_to_another_are_told_and_not_read() -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(6, 4), nn.Linear(4, 3)
    def forward(self, x):
        features = torch.relu(self.body(x))
        scores = self.head(features)
        return scores, F.softmax(scores, dim=1), features
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
scores, probabilities, features = net(torch.zeros(2, 6))
loss = nn.CrossEntropyLoss()
"""
    (document,) = read_networks(text, "a.py")
    assert document.faults == ()
    assert document.training_faults == ()
    assert document.table.rows[-1].activation == "softmax"
    assert [remark.text for remark in document.remarks] == [
        "It has 3 outputs: Softmax on line 9 is read, and the others stand on the way to it."
    ]
    apart = text.replace("scores, F.softmax(scores, dim=1), features", "scores, self.body(x)")
    (document,) = read_networks(apart.replace("= net(", "= [net]("), "a.py")
    assert [fault.came for fault in document.faults] == ["it has 2 outputs: Linear:5, Linear:5."]


@pytest.mark.parametrize(
    ("test", "is_chosen"),
    [
        ("isinstance([1], List)", True),
        ("isinstance((1, 2), Sequence)", True),
        ("isinstance({}, Mapping)", True),
        ("isinstance(2, List)", False),
        ("isinstance('ab', typing.Tuple)", False),
    ],
)
def test_classes_of_typing_are_told_apart(test: str, *, is_chosen: bool) -> None:
    text = f"""
import typing
from collections.abc import Mapping
from typing import List, Sequence
net = nn.Sequential(nn.Linear(4, 3 if {test} else 2))
"""
    (document,) = read_networks(text, "a.py")
    assert document.faults == ()
    assert document.table.rows[-1].layer == FullyConnected(3 if is_chosen else 2)


def test_a_sequential_runs_what_is_set_as_an_attribute_and_finds_what_was_added() -> None:
    text = """
class Block(nn.Sequential):
    def __init__(self, maps, out):
        super().__init__()
        self.add_module("norm", nn.BatchNorm2d(maps))
        self.conv = nn.Conv2d(maps, out, 3)
class Dense(Block):
    def forward(self, *before):
        return self.conv(self.norm(torch.cat(before, 1)))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Block(3, 4), Dense(8, 5)
    def forward(self, x):
        x = self.first(x)
        return self.second(x, x)
net = Net()
example = torch.zeros(1, 3, 9, 9)
net(example)
"""
    names: dict[str, object] = {"nn": nn, "torch": torch}
    exec(text, names)
    model = names["net"]
    assert isinstance(model, nn.Module)
    (document,) = read_networks(text, "a.py")
    assert document.faults == ()
    total = walk(document.table).total.parameters
    assert total == sum(parameter.numel() for parameter in model.parameters())


def test_whole_maps_are_dropped_from_what_is_pooled_to_one_value_each() -> None:
    text = """
net = nn.Sequential(
    nn.ConstantPad2d((1, 0, 1, 0), 0), nn.Conv2d(3, 6, 3), nn.AdaptiveAvgPool2d(1),
    nn.Dropout2d(0.2), nn.Flatten(), nn.Linear(6, 2),
)
net(torch.zeros(1, 3, 9, 9))
"""
    (document,) = read_networks(text, "a.py")
    assert document.faults == ()
    assert [str(report.output) for report in walk(document.table).reports][1:5] == [
        *("3x10x10", "6x8x8", "6x1x1", "6x1x1")
    ]
    (document,) = read_networks(text.replace("1, 0), 0)", "1, 0), 3)"), "a.py")
    assert [fault.where for fault in document.faults] == ["ConstantPad2d, value"]


@pytest.mark.parametrize(
    ("text", "came"),
    [
        (
            (
                "def endless():\n    while True:\n        yield 3\n"
                "net = nn.Sequential(*[nn.Linear(n, n) for n in endless()])"
            ),
            "`*[nn.Linear(n, n) for n in endless()]` is no layer that is written out; the code is never run.",
        ),
        (
            "net = nn.Linear(2, 2)\nfor _ in range(120):\n    net = nn.Sequential(net)",
            "it depends on line 4: `…` is not known, for the code is read and never run.",
        ),
        (
            "\n".join(f"a{i} = nn.Sequential(nn.Linear(2, {i}))" for i in range(1, 221)),
            "this part was left: more than 200 networks stand in it.",
        ),
    ],
)
def test_what_has_no_end_is_named(text: str, came: str) -> None:
    networks = read_networks(f"import torch.nn as nn\n{text}\n", "a.py")
    assert len(networks) <= 200
    assert came in {fault.came for one in networks for fault in one.faults}


def test_values_that_share_their_parts_are_copied_and_looked_up_once() -> None:
    text = """
import copy
shared, key = [nn.Linear(2, 2)], (1,)
for _ in range(60):
    shared, key = [shared, shared], (key, key)
found = {key: 1}
twins = copy.deepcopy([nn.Linear(2, 2)] * 2 + [shared])
net = nn.Sequential(twins[0], nn.Linear(2, 3))
"""
    (document,) = read_networks(text, "a.py")
    assert document.faults == ()
    assert [row.layer for row in document.table.rows[1:]] == [FullyConnected(2), FullyConnected(3)]
