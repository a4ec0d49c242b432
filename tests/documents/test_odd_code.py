"""Code that is broken, hostile or not about networks: never run, never the end of the reader."""

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from striate.checking import check
from striate.documents import Document, read_networks
from striate.errors import DocumentError


TABLE = "| Layer | Type | Size |\n|-|-|-|\n| Input | Input | 4 |\n| Output | Dense | 2 |\n"


def read(text: str, info: str = "python") -> tuple[Document, ...]:
    return read_networks(f"# A network\n\n```{info}\n{text}\n```\n\n# Another\n\n{TABLE}", "a.md")


def test_code_is_never_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    touch = f"__import__('os').system('touch {trace}')"
    text = (
        f"{touch}\n"
        f"size = [{touch}]\n"
        "model = nn.Sequential(\n"
        f"    nn.Linear({touch}, 3),\n"
        f"    nn.Linear(3, (lambda: {touch})()),\n"
        f"    *[{touch}],\n"
        f"    {touch},\n"
        ")\n"
        f"criterion = nn.BCELoss({touch})\n"
        f"optimizer = torch.optim.SGD(model.parameters(), lr={touch})\n"
    )
    code, table = read(text)
    findings = check(code).findings
    assert {finding.line for finding in findings} == {7, 8, 9, 10}
    assert {fault.line for fault in code.training_faults} == {12, 13}
    assert check(table).findings == ()
    assert not trace.exists()
    # The same line does leave a trace where it is run.
    eval(touch)
    assert trace.exists()


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nprint(np.zeros(3))",
        "this is no Python at all (",
        "",
        "class Net(nn.Module):\n    def __init__(self):\n        self.a = nn.Sequential(nn.Linear(2, 1))",
        "x = mine.Sequential(nn.Linear(2, 1))",
        "nn.Sequential",
        "optimizer = torch.optim.SGD(model.parameters(), lr=1)",
        "# nn.Sequential(nn.Linear(2, 1))",
        "'nn.Sequential(nn.Linear(2, 1))'",
    ],
)
def test_a_block_without_a_network_is_passed_over(text: str) -> None:
    assert len(read(text)) == 1


@pytest.mark.parametrize("info", ["bash", "text", "js", "markdown", "codes Output"])
def test_a_block_in_another_language_is_passed_over(info: str) -> None:
    assert len(read("nn.Sequential(nn.Linear(2, 1))", info)) == 1


@pytest.mark.parametrize("info", ["", "py", "Python", "{python}", "python title=a.py", "{.python}"])
def test_a_block_of_python_goes_by_several_names(info: str) -> None:
    assert [one.name for one in read("nn.Sequential(nn.Linear(2, 1))", info)] == [
        *("a-network", "another")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "    model = nn.Sequential(\n\t\tnn.Linear(2, 3), # tab\n        nn.Linear(3, 1)\n  )",
        "%matplotlib inline\n!pip install torch\nnn.Sequential(\nnn.Linear(2, 3), nn.Linear(3, 1))",
        "net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))\nprint net, 'made'\nprint '%d' % 3",
        (
            "try:\n    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))\n"
            "except IOError, error:\n    print >>log, error\n    print 'none'"
        ),
        ">>> model = nn.Sequential(\n...     nn.Linear(2, 3),\n...     nn.Linear(3, 1),\n... )",
        "    model = nn.Sequential(\n  nn.Linear(2, 3),\n nn.Linear(3, 1))\n    loss = nn.BCELoss",
        "def make():\n    return torch.nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).to(device)",
        "print(nn.Sequential(nn.Linear(2, 3, device=device), nn.Linear(3, 1)), '\\d')",
    ],
)
def test_code_is_read_as_people_write_it(text: str) -> None:
    code, _ = read(text)
    assert code.faults == ()
    assert [row.name for row in code.table.rows] == ["Input", "Linear", "Output"]


def test_code_that_does_not_parse_is_one_fault_on_its_line_and_keeps_its_number() -> None:
    code, table = read("model = nn.Sequential(\n    nn.Linear(2, 1),\n    ...and so on...\n)")
    assert [(one.line, one.where) for one in check(code).findings] == [(6, "code")]
    assert (code.name, code.line, table.name) == ("a-network", 4, "another")


def test_a_block_that_never_ends_is_one_fault() -> None:
    text = f"{TABLE}\n```python\nnn.Sequential(nn.Linear(2, 1))\n\nMore text.\n"
    table, code = read_networks(text, "a.md")
    assert check(table).findings == ()
    assert [(one.line, one.where) for one in check(code).findings] == [(6, "python")]


@pytest.mark.parametrize(
    "text",
    [
        f"nn.Sequential(nn.Linear(2, {'1+' * 3000}1))",
        f"nn.Sequential({'[' * 300}{']' * 300})",
        f"nn.Sequential({'nn.Sequential(' * 80}nn.Linear(2, 1){')' * 81}",
        f"nn.Sequential(nn.Linear(2, {'9' * 5000}))",
        f"nn.Sequential(nn.Linear(2, 10**{'9' * 9}))",
        f"nn.Sequential(nn.Linear(2, {'-' * 5000}1))",
        "nn.Sequential(nn.Linear(2, 1e400))",
        "nn.Sequential(nn.Linear(2, 0))",
        "nn.Sequential(nn.Linear(999999999 * 999999999, 1))",
        "nn.Sequential(nn.Linear(2, 1\x00))",
        "nn.Sequential(nn.Linear(2, 1j), nn.Linear(b'', ...))",
        "nn.Sequential" + ".a" * 3000 + "(nn.Sequential(nn.Linear(2, 1)))",
        "nn.Sequential(nn.Linear('\ud83d', 1))",
        "keras.Sequential([[Dense(1)], {}, (), None])",
        "keras.Sequential([Dense(1, input_shape=())])",
        "keras.Sequential([Dense(2, input_dim=0, name=''), Dense(2, name='a|b'), Dense(2, name='a|b')])",
        "model = keras.Sequential()\nmodel.add()\nmodel.add(1, 2)",
    ],
)
def test_no_code_ends_the_reader(text: str) -> None:
    for network in read(text):
        check(network)


WORDS = st.sampled_from(
    [
        *(
            "nn.Sequential(",
            "keras.Sequential([",
            "])",
            ")",
            "(",
            "[",
            "]",
            ",",
            "\n",
            "    ",
            "\t",
        ),
        *("nn.Linear(2, 3)", "Dense(", "layers.Conv2D(4, 3, input_shape=(8, 8, 1))", "Flatten()"),
        *(
            "nn.Conv2d(1, 2, 3)",
            "nn.ReLU()",
            "*",
            "**",
            "=",
            "lambda: 0",
            "for x in y",
            "if",
            "def f():",
        ),
        *(
            "class A:",
            "model",
            ".add(",
            "nn.BCELoss()",
            "SGD(",
            "lr=",
            "-1",
            "1e9",
            "None",
            "'same'",
        ),
        *(
            "padding=",
            "torch.zeros(1, 1, 8, 8)",
            "model.compile(loss=",
            "# ",
            '"""',
            "\\",
            "0x",
            "é",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=25).map("".join))
def test_no_mixture_of_code_ends_the_reader(text: str) -> None:
    try:
        networks = read(text)
    except DocumentError:
        return
    assert networks
    for network in networks:
        check(network)
