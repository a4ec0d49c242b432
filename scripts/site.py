"""Assemble the pages of the site, some of them generated, and build it with mkdocs: `pip install 'striate[docs]'`.

Pages go to build/site-source, the site to build/site, where it opens from the disk.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from reference_pages import errors, language

import striate


SOURCE = Path("build/site-source")
_TO_REPOSITORY = re.compile(r"\]\((?:\.\./)*(?:src/striate/experiments/([\w-]+\.md))\)")


def api() -> str:
    """Return the page of the Python names, whose text comes from their docstrings."""
    lines = ["# In Python", ""]
    for name in sorted(striate.__all__):
        if not name.startswith("_"):
            lines += [f"::: striate.{name}", ""]
    return "\n".join(lines)


def assemble(root: Path, source: Path) -> None:
    """Write every page of the site.

    Args:
        root: The repository.
        source: Where to; what is there is replaced.
    """
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(root / "docs", source)
    readme = (root / "README.md").read_text(encoding="utf-8")
    (source / "index.md").write_text(readme.replace("](docs/", "]("), encoding="utf-8")
    for name, text in {"language": language(), "errors": errors(), "api": api()}.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    claims = source / "claims"
    claims.mkdir()
    for path in (root / "src/striate/experiments").glob("*.md"):
        shutil.copy(path, claims / path.name)
    for page in source.rglob("*.md"):
        above = "../" * (len(page.relative_to(source).parts) - 1)
        text = page.read_text(encoding="utf-8")
        page.write_text(_TO_REPOSITORY.sub(rf"]({above}claims/\1)", text), encoding="utf-8")


if __name__ == "__main__":
    assemble(Path(), SOURCE)
    built = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet"], check=False)
    sys.exit(built.returncode)
