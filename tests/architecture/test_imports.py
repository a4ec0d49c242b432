"""What may import what, and what stays quick because it never loads torch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from striate.cli import VERBS


ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "numpy", "matplotlib"}
PROBE = """
import json, sys
{statement}
print(json.dumps(sorted(sys.modules)))
"""
VERB = """
import striate.cli
try:
    assert striate.cli.main({words!r}) == 0
except SystemExit as end:
    assert not end.code
"""
LARGE_ROOMS = {"striate.documents.code", "striate.documents.table"}
READERS = {
    f"striate.documents.forms.{form}"
    for form in ("caffe", "darknet", "keras_config", "latex", "notebook", "summaries")
}


def modules_after(statement: str) -> set[str]:
    """Name the modules that a fresh interpreter holds after a statement."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def loaded(statement: str) -> set[str]:
    """Name the packages that a fresh interpreter holds after a statement."""
    return {name.partition(".")[0] for name in modules_after(statement)}


def linted(*options: str) -> subprocess.CompletedProcess[str]:
    command = (
        "import sys; from importlinter.cli import lint_imports_command as run; run(sys.argv[1:])"
    )
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import striate",
        "import striate.networks; striate.networks.load('lenet5')",
        "import striate; assert striate.check(striate.load('lenet5')).agrees",
        "import striate; striate.write_document(striate.load('lenet5'))",
    ],
)
def test_reading_and_checking_load_no_torch(statement: str) -> None:
    names = loaded(statement)
    assert "striate" in names
    assert names & HEAVY == set()


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["check", "lenet5"],
        ["summary", "lenet5"],
        ["draw", "lenet5", "--output", "{folder}/lenet5.svg"],
    ],
    ids=" ".join,
)
def test_a_verb_on_a_shipped_network_loads_only_what_it_needs(
    words: list[str], tmp_path: Path
) -> None:
    names = modules_after(VERB.format(words=[word.format(folder=tmp_path) for word in words]))
    assert "striate.documents.reader" in names
    assert names & (HEAVY | LARGE_ROOMS | READERS) == set()
    asked = [verb for verb in VERBS if verb in words] or VERBS
    assert names & {f"striate.cli.{module}" for module in VERBS.values()} == {
        f"striate.cli.{VERBS[verb]}" for verb in asked
    }


def test_the_list_of_networks_loads_no_torch() -> None:
    assert modules_after(VERB.format(words=["list"])) & HEAVY == set()


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("```python\nkeras.Sequential([Input((4,)), Dense(2)])\n```", "striate.documents.code"),
        (
            """| Layer | Kernel | Output |
|---|---|---|
| Input | | 8x8x1 |
| Convolution | 3x3 | 6x6x2 |
| Dense | | 3 |""",
            "striate.documents.table",
        ),
    ],
)
def test_a_document_that_needs_a_large_room_loads_that_one(text: str, room: str) -> None:
    names = modules_after(f"import striate; assert striate.read_networks({text!r}, 'a.md')")
    assert names & LARGE_ROOMS == {room}


TABLE = """| Layer | Type | Output Shape | Notes |
|---|---|---|---|
| Input | Image | 3x32x32 | |
| Block 1 | Conv2d + BN + ReLU + MaxPool | 16x16x16 | 16 filters, 3x3 |
| FC 1 | Linear | 10 | logits |"""


def test_a_table_in_json_loads_nothing_that_draws_or_writes(tmp_path: Path) -> None:
    file = tmp_path / "net.md"
    file.write_text(TABLE, "utf-8")
    names = modules_after(VERB.format(words=["check", "--json", str(file)]))
    assert "striate.documents.table" in names
    assert names & {*HEAVY, "rich", "ctypes", "hashlib", "yaml"} == set()


def test_a_table_needs_few_of_the_expressions_of_the_readers() -> None:
    """Compiling them all takes as long as the rest: 163 of 357 were compiled when this was written."""
    statement = f"""
import gc, striate
assert striate.read_networks({TABLE!r}, "a.md")
from striate.documents.patterns import Uncompiled
found = [one for one in gc.get_objects() if type(one) is Uncompiled]
sys.modules[f"expressions/{{len(found)}}/{{sum(one.is_compiled for one in found)}}"] = sys
"""
    names = modules_after(statement)
    (counts,) = (name.split("/")[1:] for name in names if name.startswith("expressions/"))
    known, compiled = map(int, counts)
    assert known > 300
    assert 0 < compiled < known / 2


@pytest.mark.parametrize("package", sorted(HEAVY))
def test_the_probe_sees_what_is_loaded(package: str) -> None:
    assert package in loaded(f"import {package}")


def test_what_needs_torch_loads_it_on_first_use() -> None:
    assert "torch" in loaded("import striate; striate.build")


def test_imports_point_down() -> None:
    done = linted()
    assert done.returncode == 0, done.stdout


def test_the_linter_of_imports_finds_an_import_that_is_forbidden(tmp_path: Path) -> None:
    config = tmp_path / "contracts.toml"
    config.write_text(
        "[tool.importlinter]\n"
        'root_package = "striate"\n'
        "[[tool.importlinter.contracts]]\n"
        'name = "Documents know no layers"\n'
        'type = "forbidden"\n'
        'source_modules = ["striate.documents"]\n'
        'forbidden_modules = ["striate.layers"]\n'
    )
    done = linted("--config", str(config))
    assert done.returncode == 1
    assert "striate.documents is not allowed to import striate.layers" in done.stdout
