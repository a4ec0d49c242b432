"""Write what a release is made of: `python scripts/sbom.py dist`.

Beside the wheel and the sdist of the folder come `striate-VERSION.cdx.json`, which names every library that Striate and
its extras bring, as it is installed here (CycloneDX 1.6), and `SHA256SUMS`.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path


_NAME = re.compile(r"[A-Za-z0-9._-]+")


def main() -> int:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the wheel and the sdist")
    folder: Path = parser.parse_args().folder
    artefacts = sorted((*folder.glob("striate-*.whl"), *folder.glob("striate-*.tar.gz")))
    if not artefacts:
        print(f"{folder}: it holds neither a wheel nor an sdist of striate.", file=sys.stderr)
        return 2
    root = distribution("striate")
    report = bill_of(root, artefacts)
    place = folder / f"striate-{root.version}.cdx.json"
    place.write_text(f"{json.dumps(report, indent=2)}\n", encoding="utf-8")
    sums = [f"{digest_of(file)}  {file.name}\n" for file in (*artefacts, place)]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    print(f"{place}: {len(report['components'])} libraries")
    return 0


def bill_of(root: Distribution, artefacts: list[Path]) -> dict[str, list[object]]:
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


def closure(root: Distribution) -> dict[str, Distribution]:
    """Return all that a distribution needs, directly or not, as far as it is installed."""
    found: dict[str, Distribution] = {}
    waiting = [*needs(root, with_extras=True)]
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


def needs(one: Distribution, *, with_extras: bool = False) -> Iterator[str]:
    """Name what a distribution requires; those of its extras where they are asked for."""
    for line in one.requires or []:
        requirement, _, marker = line.partition(";")
        is_for_development = re.search(r"extra == ['\"](dev|measure)['\"]", marker)
        if is_for_development or ("extra" in marker and not with_extras):
            continue
        match = _NAME.match(requirement.strip())
        if match is not None:
            yield re.sub(r"[-_.]+", "-", match.group()).lower()


def reference(one: Distribution) -> str:
    """Return the package URL of a distribution."""
    name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
    return f"pkg:pypi/{name}@{one.version}"


def component(one: Distribution) -> dict[str, object]:
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
