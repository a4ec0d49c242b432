"""Keep files and functions small enough to be seen whole."""

import ast
import sys
from pathlib import Path


FILE_LINES = 300
FUNCTION_LINES = 45

LONGER: dict[str, str] = {}
"""Files that may be longer, each with its reason."""


def long_places(root: Path) -> list[str]:
    """Name every file and function above its ceiling."""
    places = []
    for file in sorted(root.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines > FILE_LINES and str(file) not in LONGER:
            places.append(f"{file}: {lines} lines, at most {FILE_LINES}")
        places += [
            f"{file}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)
            and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
        ]
    return places


if __name__ == "__main__":
    found = long_places(Path("src"))
    sys.stdout.writelines(f"{place}\n" for place in found)
    sys.exit(1 if found else 0)
