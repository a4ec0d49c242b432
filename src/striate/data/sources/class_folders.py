"""Read a folder of pictures: what the folders mean, and nothing of what is in the files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import numpy.typing as npt

from striate.data.images.decode import SIGNATURE_BYTES, is_picture
from striate.data.images.index import FileIndex
from striate.data.images.manifest import NO_PICTURE, READ, UNKNOWN, Numbers
from striate.data.images.scan import ending
from striate.data.listing import (
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
from striate.errors import DataError
from striate.errors.datasets import (
    no_classes,
    no_training_pictures,
    one_class,
    pictures_outside_classes,
)


SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}

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
        root: The folder below which the names count.
        numbers: Of the files that are, or claim to be, pictures.
        names: Path of each picture below the root, as it is written everywhere.
        places: Path of each folder below the root; empty for the root itself and what is above it.
        place_of: Number of the folder that each picture lies in.
        ignored: How much was left out, by reason.
        index: All files, and what is known of them from before.
    """

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
    places = [place[len(around) :] for place in files.places]
    return Found(
        folder / around, numbers, _composed(names), _composed(places), place_of, left_out, index
    )


def is_table(path: Path) -> bool:
    """Tell whether a file may be a table of labels."""
    is_hidden = path.name.startswith(".")
    return path.suffix.lower() in {".csv", ".tsv"} and not is_hidden and path.is_file()


def in_words(ignored: Counter[str]) -> tuple[str, ...]:
    """Say what was left out, one entry a reason."""
    return tuple(f"{what}: {count:,}" for what, count in sorted(ignored.items()) if count)


def list_pictures(folder: Path, found: Found) -> Listing:
    """Understand class folders, with or without folders for training, validation and test.

    A picture's class is the topmost folder below its split that holds pictures itself: those in
    folders further down belong to it too. A class in a folder without pictures is named with it, as
    in `animals/cat`.

    Args:
        folder: As the user gave it; its last part is the data set's name.
        found: Its pictures.

    Raises:
        DataError: There are no training pictures, or fewer than two classes.
    """
    where = str(folder)
    used = sorted(set(found.place_of.tolist()))
    places = {found.places[at] for at in used}
    splits = _split_folders(places)
    meanings = {at: _meaning(found.places[at], places, splits) for at in used}
    known = {at: meaning for at, meaning in meanings.items() if meaning is not None}
    if not known:
        raise DataError(no_classes(where, len(found.numbers)))
    is_stray = np.array([at not in known for at in range(len(found.places))])[found.place_of]
    stray = [found.find(number)[0] for number in found.numbers[is_stray].tolist()]
    faults = [pictures_outside_classes(where, stray)] if stray else []
    classes = class_names(label for label, _ in known.values())
    if not any(split == "train" for _, split in known.values()):
        raise DataError(*faults, no_training_pictures(where))
    if len(classes) == 1:
        raise DataError(*faults, one_class(where, classes[0]))
    given = f"by the folders {', '.join(f'{name}/' for name in splits)}" if splits else ""
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            _items(found, classes, known).chosen(np.flatnonzero(~is_stray)),
            given,
            in_words(found.ignored),
            tuple(faults),
            found.index,
        )
    )


def divided(listing: Listing) -> Listing:
    """Choose test pictures where the data set names none, and put the pictures in order.

    Validation pictures are taken for the test where there are no others, as is usual.
    """
    items, split = listing.items, listing.split
    _, validation, test = items.counts()
    if not test and validation:
        splits = np.where(items.splits == _VALIDATION, _TEST, items.splits)
        items = replace(items, splits=splits)
        split = f"{split}; no test pictures, so those for validation are the test"
    elif not test:
        is_test = choose_test(items.names, items.labels.tolist())
        items = replace(items, splits=np.where(is_test, _TEST, items.splits))
        split = f"{split}; no test pictures, so {DRAWN}" if split else DRAWN
    return replace(listing, items=items.in_order(), split=split)


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
    kinds = index.looks.kinds
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
        if top.casefold() in SPLIT_NAMES or top in places:
            return around
        if any(map(is_table, (folder / around).iterdir())):
            return around
        around = f"{around}{top}/"
        places = {place.removeprefix(f"{top}/") for place in places}


def _split_folders(places: set[str]) -> dict[str, Split]:
    """Give the folders of the splits by their names; none where such a name is that of a class."""
    tops = sorted({place.partition("/")[0] for place in places if place})
    known = {top: SPLIT_NAMES[top.casefold()] for top in tops if top.casefold() in SPLIT_NAMES}
    # A train among cars and buses is a class.
    is_split = len(known) == len(tops) or {"train"} < set(known.values())
    return known if is_split else {}


def _meaning(place: str, places: set[str], splits: dict[str, Split]) -> tuple[str, Split] | None:
    """Give class and split of the pictures in a folder; None where they have none."""
    top, _, below = place.partition("/")
    if not splits:
        top, below = "", place
    elif top not in splits:
        return None
    parts = below.split("/") if below else []
    for depth in range(1, len(parts) + 1):
        label = "/".join(parts[:depth])
        if (f"{top}/{label}" if top else label) in places:
            return label, splits.get(top, "train")
    return None
