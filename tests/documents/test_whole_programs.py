"""Programs as people write them, beside torch itself: parameters and outputs are equal, or the fault is named."""

from pathlib import Path

import numpy
import pytest
import torch
from torch import nn

from striate.arithmetic import walk
from striate.checking import check
from striate.documents import Document, read_networks
from striate.documents.code import doubts, reading
from striate.documents.code.evaluator import Evaluator
from striate.documents.code.library import Library
from striate.documents.code.source import Program


STEPS = 30_000
"""A tenth of what is allowed elsewhere."""

PROGRAMS = Path(__file__).parent / "programs"


def read(text: str) -> tuple[Document, ...]:
    return read_networks(f"# A network\n\n```python\n{text}\n```\n", "a.md")


@pytest.mark.parametrize("file", sorted(PROGRAMS.glob("*.py")), ids=lambda file: file.stem)
def test_a_program_gives_the_parameters_and_the_output_of_torch(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(text, file.name, "exec"), names)
    model, example = names["model"], names["example"]
    assert isinstance(model, nn.Module)
    assert isinstance(example, torch.Tensor)
    (document,) = read_networks(text, str(file))
    assert document.faults == ()
    walked = walk(document.table)
    assert walked.total.parameters == sum(one.numel() for one in model.parameters())
    assert walked.reports[-1].output is not None
    with torch.no_grad():
        assert walked.reports[-1].output.axes == tuple(model.eval()(example).shape[1:])


@pytest.mark.parametrize(
    "change",
    [
        "model.append(nn.Linear(3, 2))",
        "model.insert(1, nn.Linear(3, 3))",
        "model.extend([nn.Linear(3, 3), nn.Linear(3, 2)])",
        "model.add_module('last', nn.Linear(3, 2))",
        "model.pop(0); model.append(nn.Linear(3, 5))",
        "model[0] = nn.Linear(4, 3, bias=False)",
        "del model[1]",
        "other = model; other.append(nn.Linear(3, 2))",
        "for n in (3, 2):\n    model.append(nn.Linear(3, n))",
    ],
)
def test_what_later_lines_change_in_a_network_is_changed(change: str) -> None:
    text = "model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 3))\n" + change
    names: dict[str, object] = {"nn": nn}
    exec(text, names)
    model = names["model"]
    assert isinstance(model, nn.Sequential)
    (document,) = read(text)
    counted = sum(one.numel() for one in model.parameters())
    assert walk(document.table).total.parameters == counted


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("m = nn.Sequential(nn.Linear(4, 3))\nm = prune(m)", None),
        (
            "m = nn.Sequential(nn.Linear(4, 3))\nif deep:\n    m.append(nn.Linear(3, 2))",
            "Sequential",
        ),
        ("m = nn.Sequential(nn.Linear(4, 3))\nm[0].weight = m", "Linear"),
        ("m = nn.Sequential(resnet18(), nn.Linear(4, 3))", "Sequential"),
        ("m = keras.Sequential([Dense(3, input_dim=4)])\nm.add(load())", "Sequential"),
    ],
)
def test_what_is_not_known_is_named(text: str, where: str | None) -> None:
    (document,) = read(text)
    found = [*(one.where for one in document.faults), *(one.row for one in document.remarks)]
    assert found
    assert where is None or document.faults


@pytest.mark.parametrize(
    "text",
    [
        "n = 2**10**9\nmodel.append(nn.Linear(3, n))",
        "n = 10**60\nfor i in range(60): n = n * n\nmodel.append(nn.Linear(3, n))",
        "s = ','.join(['a' * 1000] * 100000)",
        "a = [1]\nfor i in range(200): a = [a, a]\nb = a == a",
        "a = [1]\nfor i in range(200): a += a",
        "while True: pass",
        "def f(n): return f(n + 1)\nf(0)",
        "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nf(35)",
        "x = [i for i in range(10**5) for j in range(10**5)]",
        "for i in range(10**9): model.append(nn.Linear(3, 3))",
        "n = len(range(2**64))\nfor i in range(10**30, 10**31): model.append(nn.Linear(3, 3))",
        "model.append(model)",
        "a = []\na.append(a)\nmodel.extend(a)",
        "s = '%99999999d' % 5\nt = f'{5:>99999999}'\nu = '{:>99999999}'.format(3)",
        "".join(
            f"class A{i}({', '.join(f'A{j}' for j in range(max(0, i - 6), i)) or 'object'}): pass\n"
            for i in range(40)
        ),
        "def f():\n    while True: yield 1\nfor x in f(): model.append(nn.Linear(3, 3))",
        "nn.Linear(3, 3)\n" * 30_000,
    ],
)
def test_hostile_code_is_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Evaluator] = []

    def note(program: Program, library: Library) -> Evaluator:
        made.append(Evaluator(program, library))
        return made[-1]

    monkeypatch.setattr(reading, "Evaluator", note)
    monkeypatch.setattr(doubts, "STEPS", STEPS)
    for document in read("model = nn.Sequential(nn.Linear(2, 3))\n" + text):
        check(document)
    # Unbounded, each of these would take hours, or all memory; what nothing calls is tried besides.
    # A program that is longer than is read is not even begun.
    assert len(made) <= 1
    assert all(0 < one.steps <= 2 * STEPS + 60_000 for one in made)


TRIAL = """
class Net(nn.Module):
    def __init__(self, shape=(2, 20, 30)):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(2, 5, 3), nn.MaxPool2d(2))
        self.out = nn.Linear(self.count(shape), 3)
    def count(self, shape):
        found = self.conv(torch.zeros(1, *shape))
        return COUNT
    def forward(self, x):
        return self.out(self.conv(x).view(x.size(0), -1))
model = Net()
print(model(torch.zeros(4, 2, 20, 30)).shape)
"""


@pytest.mark.parametrize(
    "count",
    [
        "int(np.prod(found.size()))",
        "found.numel()",
        "found.shape.numel()",
        "found.shape[0] * found.shape[1] * found.shape[2] * found.shape[3]",
    ],
)
def test_a_trial_pass_gives_the_number_of_values_that_torch_gives(count: str) -> None:
    text = TRIAL.replace("COUNT", count)
    names: dict[str, object] = {"nn": nn, "torch": torch, "np": numpy}
    exec(text, names)
    model = names["model"]
    assert isinstance(model, nn.Module)
    (document,) = read(text)
    counted = sum(one.numel() for one in model.parameters())
    assert check(document).findings == ()
    assert walk(document.table).total.parameters == counted


MEANS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 5, 3)
        self.out = nn.Linear(5, 3)
    def forward(self, x):
        x = self.conv(x)
        return self.out(MEAN)
model = Net()
example = torch.zeros(4, 2, 20, 30)
print(model(example).shape)
"""


@pytest.mark.parametrize(
    "mean",
    [
        "x.mean(3).mean(2)",
        "x.mean(2).mean(2)",
        "x.mean(-1).mean(-1)",
        "torch.mean(torch.mean(x, dim=2), dim=-1)",
        "x.amax(3, keepdim=True).amax(2, keepdim=True).flatten(1)",
    ],
)
def test_a_mean_over_one_axis_after_the_other_is_a_global_pooling(mean: str) -> None:
    text = MEANS.replace("MEAN", mean)
    names: dict[str, object] = {"nn": nn, "torch": torch}
    exec(text, names)
    (document,) = read(text)
    assert document.faults == ()
    assert any("Global" in type(row.layer).__name__ for row in document.table.rows)
    assert check(document).findings == ()


@pytest.mark.parametrize("mean", ["x.mean(3)", "x.mean(3).mean(1)", "x.mean(3).amax(2)"])
def test_a_mean_that_is_no_global_pooling_is_refused(mean: str) -> None:
    (document,) = read(MEANS.replace("MEAN", mean))
    assert document.faults


OWN = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(4, 3)
    def forward(self, x):
        if self.training:
            x = self.drop(x)
        return self.out(x)
example = torch.zeros(4, 4)
"""


def test_what_of_a_network_is_left_out_is_told() -> None:
    (document,) = read(OWN)
    told = {one.line: one.text for one in document.remarks}
    assert document.faults == ()
    # The block begins on line 3: the class, the parameter, and the branch.
    assert set(told) == {5, 8, 12}
    assert "line 15" in told[5]
    assert "Parameter" in told[8]
    assert "self.training" in told[12]


def test_a_weight_of_its_own_that_is_used_is_named() -> None:
    (document,) = read(OWN.replace("self.out(x)", "self.out(x + self.scale)"))
    (fault,) = document.faults
    assert "x + self.scale" in fault.came
    assert "Parameter" in fault.came


@pytest.mark.parametrize(
    ("forward", "came"),
    [
        ("self.fc2(F.log_softmax(self.fc1(x), dim=1))", "no row of a table does this."),
        ("self.fc2(self.log(self.fc1(x)))", "no row of a table does this."),
        ("F.log_softmax(self.fc2(self.fc1(x)), dim=1)", None),
        ("self.log(self.fc2(self.fc1(x)))", None),
    ],
)
def test_a_logarithm_of_softmax_ends_a_network_or_is_named(forward: str, came: str | None) -> None:
    text = (
        "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.fc1 = nn.Linear(20, 10)\n"
        "        self.fc2 = nn.Linear(10, 5)\n"
        "        self.log = nn.LogSoftmax(dim=1)\n"
        "    def forward(self, x):\n"
        f"        return {forward}\n"
        "Net()(torch.randn(1, 20))\n"
    )
    (document,) = read_networks(f"```python\n{text}```\n", "net.md")
    assert [fault.came for fault in document.faults] == ([] if came is None else [came])


def test_a_bias_that_is_taken_away_by_name_is_not_counted() -> None:
    text = (
        "import torch\nimport torch.nn as nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.c = nn.Conv2d(3, 8, 3)\n"
        "        self.c.register_parameter('bias', None)\n"
        "    def forward(self, x):\n"
        "        return self.c(x)\n"
        "Net()(torch.randn(1, 3, 8, 8))\n"
    )
    (document,) = read_networks(f"```python\n{text}```\n", "net.md")
    assert document.faults == ()
    assert document.walk.total.parameters == 8 * 3 * 3 * 3
