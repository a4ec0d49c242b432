"""The notebooks run from their first cell to the last, and say what they said when they were written."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts_of_repository import script


NOTEBOOKS: Any = script("notebooks")
FILES = sorted(NOTEBOOKS.FOLDER.glob("*.ipynb"))
MOST_BYTES = 300_000


LESS = {"[:1000]": "[:100]", "seeds: 4, train: 200, test: 300": "seeds: 2, train: 50, test: 50"}
"""What a test learns from, in place of what a notebook does."""


def smaller(notebook: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(notebook)
    changed = text
    for much, little in LESS.items():
        changed = changed.replace(much, little)
    assert changed != text
    found: dict[str, Any] = json.loads(changed)
    return found


def outputs(notebook: dict[str, Any]) -> list[Any]:
    return [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_notebook_runs_and_is_kept_with_what_it_gave(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file.stat().st_size < MOST_BYTES
    kept = json.loads(file.read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    done = NOTEBOOKS.run(smaller(kept))
    assert len(outputs(done)) > 2
    for before, after in zip(outputs(kept), outputs(done), strict=True):
        # Another machine may learn other numbers; what kinds of things are shown is the same.
        assert [one.get("data", {}).keys() for one in before] == [
            one.get("data", {}).keys() for one in after
        ], "run scripts/notebooks.py"


def test_a_cell_gives_what_it_prints_and_what_it_ends_with() -> None:
    class Drawn:
        def _repr_html_(self) -> str:
            return "<b>5</b>"

    held = {"drawn": Drawn()}
    printed, shown = NOTEBOOKS.run_cell("x = 2\nprint(x)\nx + 3", held, 1)
    assert printed["text"] == ["2\n"]
    assert shown["data"] == {"text/plain": ["5"]}
    (shown,) = NOTEBOOKS.run_cell("drawn", held, 2)
    assert shown["data"]["text/html"] == ["<b>5</b>"]
    assert NOTEBOOKS.run_cell("x = 3", held, 3) == []
    with pytest.raises(ZeroDivisionError):
        NOTEBOOKS.run_cell("1 / 0", held, 4)


def test_a_notebook_becomes_a_page() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {
            "cell_type": "code",
            "source": ["1 + 1"],
            "outputs": [{"output_type": "execute_result", "data": {"text/plain": ["2"]}}],
        },
    ]
    page = NOTEBOOKS.as_markdown({"cells": cells})
    assert page == "# Title\n\n```python\n1 + 1\n```\n\n```text\n2\n```\n"
