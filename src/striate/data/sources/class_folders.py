"""Read a folder of pictures: what the folders mean, and nothing of what is in the files."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import numpy.typing as npt

from striate.data.images.decode import SIGNATURE_BYTES, is_picture
from striate.data.images.index import FileIndex
from striate.data.images.listing import (
    SPLIT_SEED,
    SPLITS,
    Items,
    Listing,
    Open,
    Split,
    choose_test,
    class_names,
    composed,
)
from striate.data.images.manifest import NO_PICTURE, READ, UNKNOWN, Numbers
from striate.data.images.scan import ending
from striate.data.sources.folder_layouts import understand
from striate.data.sources.name_patterns import likely_pattern
from striate.data.sources.split_names import plain_split
from striate.errors import DataError, Fault
from striate.errors.datasets import no_classes, pictures_outside_classes
from striate.errors.system import name_not_text


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

_VALIDATION, _TEST = SPLITS.index("validation"), SPLITS.index("test")

DRAWN = f"drawn: of every class 80 % for training and 20 % for the test, seed {SPLIT_SEED}"


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
        fault: Why.
        said: The same in short, for what was left out.
        is_about_pictures: Whether its cells name pictures.
    """

    fault: Fault
    said: str
    is_about_pictures: bool

    @property
    def ending(self) -> str:
        """Ending of its name."""
        return ending(self.fault.where.rpartition("/")[2].partition(",")[0])


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


def in_words(ignored: Counter[str]) -> tuple[str, ...]:
    """Say what was left out, one entry a reason."""
    return tuple(f"{what}: {count:,}" for what, count in sorted(ignored.items()) if count)


def list_pictures(folder: Path, found: Found, unclear: Sequence[Unclear] = ()) -> Listing:
    """Understand class folders, with or without folders for training, validation and test.

    A picture's class is the topmost folder below its split that holds pictures itself: those in
    folders further down belong to it too. A class in a folder without pictures is named with it, as
    in `animals/cat`.

    Args:
        folder: As the user gave it; its last part is the data set's name.
        found: Its pictures.
        unclear: Tables beside them that were not understood.

    Raises:
        DataError: Nothing says what the pictures show, or folders can be understood in two ways.
    """
    where = str(folder)
    used = sorted(set(found.place_of.tolist()))
    layout = understand(where, {found.places[place] for place in used})
    meanings = {place: layout.meaning(found.places[place]) for place in used}
    known = {place: meaning for place, meaning in meanings.items() if meaning is not None}
    if not known:
        missing = no_classes(where, len(found.numbers), likely_pattern(found.names))
        raise DataError(missing, *(table.fault for table in unclear))
    is_known = np.array([place in known for place in range(len(found.places))])[found.place_of]
    is_left_out = np.array([layout.is_unlabelled(place) for place in found.places])[found.place_of]
    ignored = found.ignored - Counter(table.ending for table in unclear)
    ignored += Counter(
        f"pictures without a class in {found.places[place].partition('/')[0]}/"
        for place in found.place_of[is_left_out].tolist()
    )
    stray = found.numbers[~is_known & ~is_left_out].tolist()
    faults = (
        [pictures_outside_classes(where, [found.find(one)[0] for one in stray])] if stray else []
    )
    faults += layout.spelling_faults(where, set(known.values()))
    classes = class_names(label for label, _ in known.values())
    faults += [name_not_text(repr(name)) for name in classes if not _is_text(name)]
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            _items(found, classes, known).chosen(np.flatnonzero(is_known)),
            layout.said(),
            (*in_words(ignored), *(table.said for table in unclear)),
            tuple(faults),
            found.index,
            layout.notes(found.places, {found.places[place] for place in used}),
        )
    )


def _is_text(name: str) -> bool:
    """Whether the bytes of a name are text: Python keeps others as halves of characters."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def divided(listing: Listing) -> Listing:
    """Choose test pictures where the data set names none, and put the pictures in order.

    Validation pictures are taken for the test where there are no others, as is usual.
    """
    items, split, is_drawn = listing.items, listing.split, False
    train, validation, test = items.counts()
    if not train:
        return replace(listing, items=items.in_order())
    if not test and validation:
        splits = np.where(items.splits == _VALIDATION, _TEST, items.splits)
        items = replace(items, splits=splits)
        split = f"{split}; no test pictures, so those for validation are the test"
    elif not test:
        is_test = choose_test(items.names, items.labels.tolist())
        items = replace(items, splits=np.where(is_test, _TEST, items.splits))
        split = f"{split}; no test pictures, so {DRAWN}" if split else DRAWN
        is_drawn = True
    return replace(listing, items=items.in_order(), split=split, is_drawn=is_drawn)


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


def _items(
    found: Found, classes: tuple[str, ...], meanings: Mapping[int, tuple[str, Split]]
) -> Items:
    """Give all pictures, those without a meaning as any."""
    indices = {name: index for index, name in enumerate(classes)}
    label_of = np.zeros(len(found.places), np.int64)
    split_of = np.zeros(len(found.places), np.int8)
    for at, (label, split) in meanings.items():
        label_of[at], split_of[at] = indices[label], SPLITS.index(split)
    labels, splits = label_of[found.place_of], split_of[found.place_of]
    return Items(found.names, labels, splits, found.numbers, found.find)


def _around(folder: Path, places: set[str]) -> str:
    """Give the folders, one in the other, that hold all pictures and say nothing about them."""
    around = ""
    while True:
        tops = {place.partition("/")[0] for place in places}
        if len(tops) != 1 or "" in places:
            return around
        (top,) = tops
        if plain_split(top) is not None or top in places:
            return around
        if any(map(is_table, (folder / around).iterdir())):
            return around
        around = f"{around}{top}/"
        places = {place.removeprefix(f"{top}/") for place in places}
