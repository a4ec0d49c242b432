"""Run the notebooks of docs/notebooks/ and keep what their cells give, as Jupyter would.

    .venv/bin/python scripts/notebooks.py

Cells are plain Python, and what a cell ends with is shown as a notebook shows it: by its HTML, else as text.
"""

import ast
import json
import os
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any


ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "notebooks"


def run(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook with what its cells give, one after the other, in the folder where we are.

    Raises:
        Exception: What a cell raises.
    """
    held: dict[str, Any] = {"__name__": "__main__"}
    cells, number = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            cells.append(cell)
            continue
        number += 1
        outputs = run_cell("".join(cell["source"]), held, number)
        cells.append({**cell, "execution_count": number, "outputs": outputs})
    return {**notebook, "cells": cells}


def run_cell(source: str, held: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """Run one cell, and return what it printed and what it ended with."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = StringIO(), None
    with redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), held)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), held)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        outputs.append({"output_type": "stream", "name": "stdout", "text": text})
    if value is not None:
        data = {"text/plain": [repr(value)]}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = [value._repr_html_()]
        shown = {"output_type": "execute_result", "execution_count": number, "metadata": {}}
        outputs.append({**shown, "data": data})
    return outputs


def as_markdown(notebook: dict[str, Any]) -> str:
    """Return a notebook as a page: its text, its code in blocks, and what each gave."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
            continue
        parts.append(f"```python\n{text}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {})
            plain = "".join(data.get("text/plain", output.get("text", [])))
            html = "".join(data.get("text/html", []))
            parts.append(html.replace("\n", "&#10;") or f"```text\n{plain.rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Run all of them."""
    for file in sorted(FOLDER.glob("*.ipynb")):
        notebook = json.loads(file.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            done = run(notebook)
            os.chdir(ROOT)
        text = json.dumps(done, indent=1, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(text) // 1000:,} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
