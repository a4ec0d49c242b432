"""The files of scripts/, for tests that call what is in them."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


ROOT = Path(__file__).parents[1]


def script(name: str) -> Any:
    """Import a file of scripts/ under a name that shadows nothing."""
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
