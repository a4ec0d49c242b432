"""Keep files and functions small enough to be seen whole.

A file may be as long as its subject; what is cut only to fit under a ceiling is read together all the same. So the
ceilings are high, and hold for Python and C++ alike.
"""

import ast
import sys
from pathlib import Path


FILE_LINES = 600
FUNCTION_LINES = 60
MATCH_LINES = 90
"""Of a function that is one match over the kinds of layers, with a branch for each."""

ENDINGS = (".py", ".cpp", ".h")


def long_places(root: Path) -> list[str]:
    """Return every file and function above its ceiling, each as one line."""
    places = []
    for file in sorted(path for path in root.rglob("*") if path.suffix in ENDINGS):
        text = file.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines > FILE_LINES:
            places.append(f"{file}: {lines} lines, at most {FILE_LINES}")
        if file.suffix == ".py":
            places += long_functions(file, text)
    return places


def long_functions(file: Path, text: str) -> list[str]:
    """Return every function of a Python file above its ceiling, each as one line."""
    places = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            most = (
                MATCH_LINES
                if any(isinstance(part, ast.Match) for part in node.body)
                else FUNCTION_LINES
            )
            if length > most:
                places.append(
                    f"{file}:{node.lineno}: {node.name} has {length} lines, at most {most}"
                )
    return places


if __name__ == "__main__":
    found = long_places(Path("src"))
    sys.stdout.writelines(f"{place}\n" for place in found)
    sys.exit(1 if found else 0)
