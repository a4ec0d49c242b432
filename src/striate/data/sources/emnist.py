"""EMNIST: IDX files under its own names, pictures that are mirrored at their diagonal, and a table of letters.

Source:
    G. Cohen, S. Afshar, J. Tapson, A. van Schaik, EMNIST: an extension of MNIST to handwritten letters, 2017.
"""

import re
from dataclasses import replace
from pathlib import Path

from striate.data.examples import Examples, Origin, Source
from striate.data.sources.idx import read_pair
from striate.data.user_files import read_unpacked
from striate.errors import DataError, Fault
from striate.errors.datasets import emnist_incomplete, several_emnist


_NAME = re.compile(r"emnist-(\w+)-(train|test)-(images|labels)[-.]idx[13]-ubyte(?:\.gz|\.xz)?")
_PARTS = [(half, kind) for half in ("train", "test") for kind in ("images", "labels")]


def read_emnist(folder: Path) -> Source | None:
    """Read the training and the test examples of EMNIST; None where a folder has no file of its names.

    Pictures are turned upright: the published files hold them mirrored at the diagonal. Classes have the
    letters and digits of `emnist-...-mapping.txt`, where it lies beside them.

    Raises:
        DataError: Files are missing, cannot be read, or are of several of its sets.
        OSError: The folder cannot be listed.
    """
    found: dict[str, dict[tuple[str, str], Path]] = {}
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match and path.is_file():
            found.setdefault(match[1], {})[match[2], match[3]] = path
    if not found:
        return None
    if len(found) > 1:
        raise DataError(several_emnist(str(folder), list(found)))
    ((name, files),) = found.items()
    missing = [f"emnist-{name}-{half}-{kind}-idx{3 if kind == 'images' else 1}-ubyte"
               for half, kind in _PARTS if (half, kind) not in files]  # fmt: skip
    if missing:
        raise DataError(emnist_incomplete(str(folder), missing))
    halves, faults = [], list[Fault]()
    for half in ("train", "test"):
        try:
            halves.append(read_pair(files[half, "images"], files[half, "labels"]))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(*faults)
    train, test = (_upright(part) for part in halves)
    count = 1 + max(int(part.labels.max()) for part in (train, test))
    letters = _letters(folder / f"emnist-{name}-mapping.txt")
    first = min(int(part.labels.min()) for part in (train, test))
    if letters and all(number in letters for number in range(first, count)):
        # Labels of the letters begin at 1, and their first class is no class.
        classes = tuple(letters[number] for number in range(first, count))
        train, test = (replace(part, labels=part.labels - first) for part in (train, test))
    else:
        classes = tuple(map(str, range(count)))
    notes = (
        "pictures of EMNIST are mirrored at their diagonal in its files, and were turned upright",
    )
    return Source(f"emnist-{name}", classes, train, test, origin=Origin(notes=notes))


def _upright(part: Examples) -> Examples:
    return replace(part, images=part.images.transpose(2, 3).contiguous())


def _letters(file: Path) -> dict[int, str]:
    """Read which letter a label stands for: the label, the code of its capital, and of its small letter."""
    try:
        rows = [line.split() for line in bytes(read_unpacked(file)).decode().splitlines()]
        letters = {int(row[0]): chr(int(row[1])) for row in rows if row}
    except (DataError, ValueError, IndexError, OverflowError):
        return {}
    return letters if len(set(letters.values())) == len(letters) else {}
