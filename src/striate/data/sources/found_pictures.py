"""Which files of a folder are pictures, and what was found beside them."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import numpy.typing as npt

from striate.data.images.decode import SIGNATURE_BYTES, is_picture
from striate.data.images.index import FileIndex
from striate.data.images.listing import Open, composed
from striate.data.images.manifest import NO_PICTURE, READ, UNKNOWN, Numbers
from striate.data.images.scan import ending
from striate.data.sources.split_names import plain_split
from striate.errors import DataError, Fault


# Names that promise a picture: such a file is never passed over in silence.
PICTURE_NAMES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".gif",
        ".bmp",
        ".webp",
        ".tif",
        ".tiff",
        ".heic",
        ".heif",
        ".avif",
        ".jp2",
        ".ppm",
        ".pgm",
    ]
)


# Files of an ending that are named where they are left out.
_FEW_FILES = 4


@final
@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The pictures among the files of a folder.

    Args:
        folder: The folder that was given.
        root: The folder below which the names count.
        numbers: Of the files that are, or claim to be, pictures.
        names: Path of each picture below the root, as it is written everywhere.
        places: Path of each folder below the root; empty for the root itself and what is above it.
        place_of: Number of the folder that each picture lies in.
        ignored: How much was left out, by reason.
        index: All files, and what is known of them from before.
    """

    folder: Path
    root: Path
    numbers: Numbers
    names: list[str]
    places: list[str]
    place_of: Numbers
    ignored: Counter[str]
    index: FileIndex

    def find(self, number: int) -> tuple[str, Open]:
        """Give a file's path, and what opens it."""
        file = self.index.files.file(number)
        return file.where, file


@final
@dataclass(frozen=True, slots=True)
class Unclear:
    """A table that was not understood.

    Args:
        path: The file.
        fault: Why.
        said: The same in short, for what was left out.
        is_about_pictures: Whether its cells name pictures.
        pictures: Which ones.
    """

    path: Path
    fault: Fault
    said: str
    is_about_pictures: bool
    pictures: frozenset[int] = frozenset()

    def path_below(self, folder: Path) -> str:
        """Return its path below a folder."""
        return self.path.relative_to(folder).as_posix()


def find_pictures(folder: Path) -> Found:
    """Find the pictures of a folder and of all folders in it.

    A folder whose pictures all lie in one folder of it, as archives do when they are unpacked, is
    stepped into, unless it holds a table.

    Raises:
        OSError: A folder cannot be listed.
    """
    left_out: Counter[str] = Counter()
    index = FileIndex(folder, left_out)
    numbers = np.flatnonzero(_are_pictures(index, left_out))
    files, place_of = index.files, index.files.place_of[numbers]
    around = _around(folder, {files.places[at] for at in set(place_of.tolist())})
    names = files.names
    if len(numbers) < len(files):
        names = [names[at] for at in numbers.tolist()]
    if around:
        names = [name[len(around) :] for name in names]
    places = [place[len(around) :] if place.startswith(around) else "" for place in files.places]
    return Found(
        folder,
        folder / around,
        numbers,
        _composed(names),
        _composed(places),
        place_of,
        left_out,
        index,
    )


def pictures_below(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Return the pictures in a folder and in all folders in it, and what else lies there, in words.

    Raises:
        OSError: A folder cannot be listed.
    """
    left_out: Counter[str] = Counter()
    index = FileIndex(folder, left_out)
    numbers = np.flatnonzero(_are_pictures(index, left_out)).tolist()
    return [Path(index.files.file(number).where) for number in numbers], in_words(left_out)


def is_table(path: Path) -> bool:
    """Tell whether a file may be a table of labels."""
    is_hidden = path.name.startswith(".")
    return path.suffix.lower() in {".csv", ".tsv"} and not is_hidden and path.is_file()


def in_words(ignored: Counter[str], others: Iterable[str] = ()) -> tuple[str, ...]:
    """Say what was left out, one entry a reason.

    Args:
        ignored: How much, by reason; endings of files are such.
        others: Paths of files that were left out: of an ending that few have, they are named.
    """
    named: dict[str, list[str]] = {}
    for name in others:
        named.setdefault(ending(name.rpartition("/")[2]), []).append(name)
    said = []
    for what, count in sorted(ignored.items()):
        files = named.get(what, [])
        names = f" ({', '.join(files)})" if len(files) == count <= _FEW_FILES else ""
        said += [f"{what}: {count:,}{names}"] if count else []
    return tuple(said)


def _are_pictures(index: FileIndex, left_out: Counter[str]) -> npt.NDArray[np.bool_]:
    """Tell which files are pictures by their names or their first bytes, and count the others."""
    names = index.files.names
    # Nothing that is listed begins with a dot, so that this is what `ending` gives, if not in small
    # letters; of names without a dot, it is no ending of a picture.
    endings = [name[name.rfind(".") :] for name in names]
    promising = {one for one in set(endings) if one.lower() in PICTURE_NAMES}
    are_pictures = np.array([one in promising for one in endings], np.bool_)
    for number in np.flatnonzero(~are_pictures).tolist():
        if _is_picture(index, number):
            are_pictures[number] = True
        else:
            left_out[ending(names[number].rpartition("/")[2]) or "without an ending"] += 1
    return are_pictures


def _is_picture(index: FileIndex, number: int) -> bool:
    """Tell by its first bytes whether a file is a picture."""
    kinds = index.manifest.kinds
    if kinds[number] != UNKNOWN:
        return bool(kinds[number] == READ)
    try:
        with index.files.file(number)() as opened:
            found = is_picture(opened.read(SIGNATURE_BYTES))
    except (DataError, OSError):
        return False
    if not found:
        kinds[number] = NO_PICTURE
    return found


def _composed(names: list[str]) -> list[str]:
    return names if all(map(str.isascii, names)) else list(map(composed, names))


def _around(folder: Path, places: set[str]) -> str:
    """Give the folders, one in the other, that hold all pictures and say nothing about them."""
    around = ""
    while not any(map(is_table, (folder / around).iterdir())):
        inner = _only(places, around)
        if not inner:
            break
        around += inner
    return around


def _only(places: Iterable[str], above: str) -> str:
    """Give the one folder below another that holds all pictures and is no class; nothing where there is no such."""
    tops = {place[len(above) :].partition("/")[0] for place in places}
    top = next(iter(tops)) if len(tops) == 1 else ""
    is_whole = not top or plain_split(top) is not None or above + top in places
    return "" if is_whole else f"{top}/"


def others(found: Found, read: Collection[str] = ()) -> list[str]:
    """Return the paths below the folder of files that are neither pictures nor among those that were read."""
    pictures = set(found.numbers.tolist())
    names = enumerate(found.index.files.names)
    return [name for at, name in names if at not in pictures and name not in read]


def stepped_into(found: Found) -> Found:
    """Leave the folders out that hold all pictures, beside tables that say nothing of these."""
    places = {found.places[place] for place in set(found.place_of.tolist())}
    around = ""
    while inner := _only(places, around):
        around += inner
    return replace(
        found,
        root=found.root / around,
        names=[name[len(around) :] for name in found.names],
        places=[place[len(around) :] if place.startswith(around) else "" for place in found.places],
    )
