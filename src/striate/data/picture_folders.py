"""Read a folder of pictures: what the folders mean, and nothing of what is in the files."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from striate.data.decoding import SIGNATURE_BYTES, is_picture
from striate.data.file_index import NO_PICTURE, FileIndex
from striate.data.listed_files import File, ending, list_files
from striate.data.listing import (
    SPLIT_SEED,
    Item,
    Listing,
    Split,
    choose_test,
    class_names,
    composed,
    in_order,
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

DRAWN = f"drawn: of every class 80 % for training and 20 % for the test, seed {SPLIT_SEED}"


@final
@dataclass(frozen=True, slots=True)
class Found:
    """The files of a folder.

    Args:
        root: The folder below which the names count.
        around: What lies between the folder that was listed and this one: nothing, or a path with `/`
            behind it.
        pictures: Those that are, or claim to be, pictures; named from the folder that was listed.
        ignored: How much was left out, by reason.
        index: What is known of the files from before.
    """

    root: Path
    around: str
    pictures: tuple[File, ...]
    ignored: Counter[str]
    index: FileIndex

    def name(self, file: File) -> str:
        """Give the path of a picture below the root, as it is written everywhere."""
        return composed(file.name[len(self.around) :])


def find_pictures(folder: Path) -> Found:
    """Find the pictures of a folder and of all folders in it.

    A folder whose pictures all lie in one folder of it, as archives do when they are unpacked, is
    stepped into, unless it holds a table.

    Raises:
        OSError: A folder cannot be listed.
    """
    pictures: list[File] = []
    left_out: Counter[str] = Counter()
    index = FileIndex(folder)
    for file in list_files(folder, left_out):
        kind = ending(file.name.rpartition("/")[2])
        if kind in PICTURE_NAMES or _is_picture(file, index):
            pictures.append(file)
        else:
            left_out[kind or "without an ending"] += 1
    around = _around(folder, {_place(file.name) for file in pictures})
    return Found(folder / around, around, tuple(pictures), left_out, index)


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
    splits = _split_folders({_place(found.name(file)) for file in found.pictures})
    labelled, stray = _labelled(found, splits)
    if not labelled:
        raise DataError(no_classes(where, len(stray)))
    faults = [pictures_outside_classes(where, stray)] if stray else []
    classes = class_names(label for label, *_ in labelled)
    if not any(split == "train" for _, split, *_ in labelled):
        raise DataError(*faults, no_training_pictures(where))
    if len(classes) == 1:
        raise DataError(*faults, one_class(where, classes[0]))
    indices = {name: index for index, name in enumerate(classes)}
    items = [
        Item(name, indices[label], split, file.where, file) for label, split, name, file in labelled
    ]
    given = f"by the folders {', '.join(f'{name}/' for name in splits)}" if splits else ""
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            tuple(items),
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
    given = {item.split for item in items}
    if "test" not in given and "validation" in given:
        items = tuple(
            replace(one, split="test") if one.split == "validation" else one for one in items
        )
        split = f"{split}; no test pictures, so those for validation are the test"
    elif "test" not in given:
        chosen = choose_test([item.name for item in items], [item.label for item in items])
        items = tuple(
            replace(item, split="test") if is_test else item
            for item, is_test in zip(items, chosen, strict=True)
        )
        split = f"{split}; no test pictures, so {DRAWN}" if split else DRAWN
    return replace(listing, items=in_order(items), split=split)


def _is_picture(file: File, index: FileIndex) -> bool:
    """Tell by its first bytes whether a file is a picture."""
    known = index.known(file)
    if known is not None:
        return known != NO_PICTURE
    try:
        with file() as opened:
            found = is_picture(opened.read(SIGNATURE_BYTES))
    except (DataError, OSError):
        return False
    if not found:
        index.learn(file, NO_PICTURE)
    return found


def _place(name: str) -> str:
    """Give the folder that a name lies in."""
    return name.rpartition("/")[0]


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


def _labelled(
    found: Found, splits: dict[str, Split]
) -> tuple[list[tuple[str, Split, str, File]], list[str]]:
    """Give label, split and name of each picture; the second part are the paths of those without."""
    names = [found.name(file) for file in found.pictures]
    places = {_place(name) for name in names}
    meanings = {place: _meaning(place, places, splits) for place in places}
    labelled, stray = [], []
    for name, file in zip(names, found.pictures, strict=True):
        meaning = meanings[_place(name)]
        if meaning is None:
            stray.append(file.where)
        else:
            labelled.append((*meaning, name, file))
    return labelled, stray


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
