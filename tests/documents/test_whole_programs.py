"""Programs as people write them, beside torch itself: parameters and outputs are equal, or the fault is named."""

import math
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from striate.arithmetic import walk
from striate.checking import check
from striate.documents import Document, read_networks


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
def test_hostile_code_is_bounded(text: str) -> None:
    began = time.process_time()
    for document in read("model = nn.Sequential(nn.Linear(2, 3))\n" + text):
        check(document)
    # Unbounded, each of these would take hours, or all memory.
    assert time.process_time() - began < 60 < math.inf
