"""Read a folder of pictures: what the folders mean, and nothing of what is in the files."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import final

from striate.data.decoding import is_picture
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
from striate.data.opening import open_file
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

# What systems leave in folders.
SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "icon\r"})

DRAWN = f"drawn: of every class 80 % for training and 20 % for the test, seed {SPLIT_SEED}"


@final
@dataclass(frozen=True, slots=True)
class Found:
    """The files of a folder.

    Args:
        root: The folder below which the names count.
        pictures: Those that are, or claim to be, pictures.
        ignored: How much was left out, by reason.
    """

    root: Path
    pictures: tuple[Path, ...]
    ignored: Counter[str]


def find_pictures(folder: Path) -> Found:
    """Find the pictures of a folder and of all folders in it.

    A folder whose pictures all lie in one folder of it, as archives do when they are unpacked, is
    stepped into, unless it holds a table.

    Raises:
        OSError: A folder cannot be listed.
    """
    pictures: list[Path] = []
    left_out: Counter[str] = Counter()
    for path in _files(folder, left_out, frozenset()):
        if path.suffix.lower() in PICTURE_NAMES or is_picture(path):
            pictures.append(path)
        else:
            left_out[path.suffix.lower() or "without an ending"] += 1
    return Found(_unwrapped(folder, pictures), tuple(pictures), left_out)


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
    where, root = str(folder), found.root
    splits = _split_folders(root, found.pictures)
    labelled, stray = _labelled(root, found.pictures, splits)
    if not labelled:
        raise DataError(no_classes(where, len(stray)))
    faults = [pictures_outside_classes(where, [str(path) for path in stray])] if stray else []
    classes = class_names(label for _, label, _ in labelled)
    if not any(split == "train" for _, _, split in labelled):
        raise DataError(*faults, no_training_pictures(where))
    if len(classes) == 1:
        raise DataError(*faults, one_class(where, classes[0]))
    items = [item_of(path, root, classes.index(label), split) for path, label, split in labelled]
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
        )
    )


def item_of(path: Path, root: Path, label: int, split: Split) -> Item:
    """Make the item of a file."""
    name = composed(path.relative_to(root).as_posix())
    return Item(name, label, split, str(path), partial(open_file, path))


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


def _files(folder: Path, left_out: Counter[str], above: frozenset[Path]) -> Iterator[Path]:
    """Give the files of a folder and those below it, in the order of their names."""
    place = folder.resolve()
    if place in above:
        left_out["links to a folder that they lie in"] += 1
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.casefold() in SYSTEM_NAMES:
            left_out[entry.name.strip()] += 1
        elif entry.name.startswith("."):
            left_out["hidden"] += 1
        elif entry.is_dir():
            yield from _files(Path(entry.path), left_out, above | {place})
        else:
            yield Path(entry.path)


def _unwrapped(folder: Path, pictures: list[Path]) -> Path:
    root = folder
    while True:
        below = {path.relative_to(root).parts[:2] for path in pictures}
        tops = {parts[0] for parts in below}
        if len(tops) != 1 or any(len(parts) == 1 for parts in below):
            return root
        inner = root / tops.pop()
        if inner.name.casefold() in SPLIT_NAMES or any(path.parent == inner for path in pictures):
            return root
        if any(map(is_table, root.iterdir())):
            return root
        root = inner


def _split_folders(root: Path, pictures: tuple[Path, ...]) -> dict[str, Split]:
    """Give the folders of the splits by their names; none where such a name is that of a class."""
    tops = sorted({path.relative_to(root).parts[0] for path in pictures if path.parent != root})
    known = {top: SPLIT_NAMES[top.casefold()] for top in tops if top.casefold() in SPLIT_NAMES}
    # A train among cars and buses is a class.
    is_split = len(known) == len(tops) or {"train"} < set(known.values())
    return known if is_split else {}


def _labelled(
    root: Path, pictures: tuple[Path, ...], splits: dict[str, Split]
) -> tuple[list[tuple[Path, str, Split]], list[Path]]:
    """Give each picture its class and split; the second part are those that have none."""
    places = {path.parent for path in pictures}
    labelled, stray = [], []
    for path in pictures:
        parts = path.relative_to(root).parts[:-1]
        split = splits.get(parts[0]) if splits and parts else None
        label = _class_of(path, root / parts[0] if split else root, places)
        if label is None or (splits and split is None):
            stray.append(path)
        else:
            labelled.append((path, label, split or "train"))
    return labelled, stray


def _class_of(path: Path, top: Path, places: set[Path]) -> str | None:
    parts = path.relative_to(top).parts[:-1]
    for depth in range(1, len(parts) + 1):
        if top.joinpath(*parts[:depth]) in places:
            return composed("/".join(parts[:depth]))
    return None
