"""Write what a release is made of: `python scripts/sbom.py dist`.

Beside the wheel and the sdist of the folder come `striate-VERSION.cdx.json`, which names every library that Striate and
its extras bring, as it is installed here (CycloneDX 1.6), and `SHA256SUMS`.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path


_NAME = re.compile(r"[A-Za-z0-9._-]+")
_OURS = ("dev", "measure")
"""Extras for those who work on Striate itself."""


def main() -> int:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the wheel and the sdist")
    folder: Path = parser.parse_args().folder
    artefacts = sorted((*folder.glob("striate-*.whl"), *folder.glob("striate-*.tar.gz")))
    if not artefacts:
        print(f"{folder}: it holds neither a wheel nor an sdist of striate.", file=sys.stderr)
        return 2
    root = Project()
    report = bill_of(root, artefacts)
    place = folder / f"striate-{root.version}.cdx.json"
    place.write_text(f"{json.dumps(report, indent=2)}\n", encoding="utf-8")
    sums = [f"{digest_of(file)}  {file.name}\n" for file in (*artefacts, place)]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    print(f"{place}: {len(report['components'])} libraries")
    return 0


class Project:
    """Striate itself, as its source says it: an editable installation may be older."""

    def __init__(self) -> None:
        root = Path(__file__).parent.parent
        told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        text = (root / "src/striate/version.py").read_text(encoding="utf-8")
        self.version = re.findall(r'__version__ = "(.*)"', text)[0]
        self.metadata = {"Name": told["name"], "License-Expression": told["license"]}
        extras = told["optional-dependencies"]
        self.requires = [
            *told["dependencies"],
            *(line for name in extras if name not in _OURS for line in extras[name]),
        ]


def bill_of(root: Project, artefacts: list[Path]) -> dict[str, list[object]]:
    """Return the bill of materials of a distribution with all its extras."""
    found = dict(sorted(closure(root).items()))
    edges = {name: sorted(set(needs(one)) & found.keys()) for name, one in found.items()}
    report: dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": component(root)
            | {
                "components": [
                    {
                        "type": "file",
                        "name": file.name,
                        "hashes": [{"alg": "SHA-256", "content": digest_of(file)}],
                    }
                    for file in artefacts
                ]
            }
        },
        "components": [component(one) for one in found.values()],
        "dependencies": [
            {"ref": reference(root), "dependsOn": [reference(one) for one in found.values()]},
            *(
                {"ref": reference(found[name]), "dependsOn": [reference(found[n]) for n in needed]}
                for name, needed in edges.items()
            ),
        ],
    }
    return report  # type: ignore[return-value]


def closure(root: Project) -> dict[str, Distribution]:
    """Return all that a distribution needs, directly or not, as far as it is installed."""
    found: dict[str, Distribution] = {}
    waiting = [*needs(root)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # of another system, or of an extra that is not installed
        waiting += needs(found[name])
    return found


def needs(one: Distribution | Project) -> Iterator[str]:
    """Name what a distribution requires, without its extras."""
    for line in one.requires or []:
        requirement, _, marker = line.partition(";")
        match = _NAME.match(requirement.strip())
        if match is not None and "extra" not in marker:
            yield re.sub(r"[-_.]+", "-", match.group()).lower()


def reference(one: Distribution | Project) -> str:
    """Return the package URL of a distribution."""
    name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
    return f"pkg:pypi/{name}@{one.version}"


def component(one: Distribution | Project) -> dict[str, object]:
    """Describe a distribution."""
    told: dict[str, object] = {
        "type": "library",
        "bom-ref": reference(one),
        "name": one.metadata["Name"],
        "version": one.version,
        "purl": reference(one),
    }
    expression = one.metadata.get("License-Expression")
    written = one.metadata.get("License")
    if expression:
        told["licenses"] = [{"expression": expression}]
    elif written and "\n" not in written:
        told["licenses"] = [{"license": {"name": written}}]
    return told


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
