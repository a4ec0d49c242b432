"""Read a folder of pictures: what the folders mean, and nothing of what is in the files."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data.images.listing import (
    SPLIT_SEED,
    SPLITS,
    Items,
    Listing,
    Split,
    choose_test,
    class_names,
)
from striate.data.images.scan import ending
from striate.data.sources.folder_layouts import Layout, is_of_all_classes, understand
from striate.data.sources.found_pictures import Found, Unclear, in_words, others, stepped_into
from striate.data.sources.lists_beside import Lists, read_lists
from striate.data.sources.name_patterns import likely_pattern
from striate.data.sources.other_forms import boxes_in
from striate.errors import DataError, Fault
from striate.errors.datasets import (
    folder_of_all_classes,
    no_classes,
    pictures_outside_classes,
)
from striate.errors.system import name_not_text


_VALIDATION, _TEST = SPLITS.index("validation"), SPLITS.index("test")

DRAWN = f"drawn: of every class 80 % for training and 20 % for the test, seed {SPLIT_SEED}"


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
    found = stepped_into(found)
    used = sorted(set(found.place_of.tolist()))
    layout = understand(where, {found.places[place] for place in used})
    meanings = {place: layout.meaning(found.places[place]) for place in used}
    known = {place: meaning for place, meaning in meanings.items() if meaning is not None}
    place_of = found.place_of.tolist()
    about = _about(unclear, {at for at, place in enumerate(place_of) if place in known})
    if about and not layout.is_sure:
        raise DataError(*about)
    if not known:
        beside = boxes_in(found.folder, others(found))
        missing = no_classes(where, len(found.numbers), likely_pattern(found.names), beside)
        raise DataError(missing, *(table.fault for table in unclear))
    lists = read_lists(
        found,
        lambda picture: known[place_of[picture]][0] if place_of[picture] in known else "",
        has_splits=layout.has_splits,
    )
    classes = class_names(label for label, _ in known.values())
    items, is_known = _told(found, classes, known, layout, lists)
    is_left_out = np.array([layout.is_unlabelled(place) for place in found.places])[found.place_of]
    is_left_out &= ~is_known
    is_stray = ~is_known & ~is_left_out & (not lists.splits)
    stray = [found.find(number)[0] for number in found.numbers[is_stray].tolist()]
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            items.chosen(np.flatnonzero(is_known)),
            lists.said or layout.said(),
            _left_out(found, found.place_of[is_left_out].tolist(), unclear, lists),
            (
                *([pictures_outside_classes(where, stray)] if stray else []),
                *layout.spelling_faults(where, set(known.values())),
                *_misnamed(found, where, classes),
            ),
            found.index,
            (*layout.notes(found.places, {found.places[place] for place in used}), *lists.notes),
        )
    )


def _about(unclear: Sequence[Unclear], known: Collection[int]) -> list[Fault]:
    """Return what is wrong with tables of pictures; where folders tell some, a table of others does no harm."""
    return [
        table.fault
        for table in unclear
        if table.is_about_pictures
        if not known or not table.pictures.isdisjoint(known)
    ]


def _left_out(
    found: Found, unlabelled: Sequence[int], unclear: Sequence[Unclear], lists: Lists
) -> tuple[str, ...]:
    """Say what is neither a picture to learn from nor read; the folder of each picture without a class is given."""
    tables = {table.path_below(found.folder) for table in unclear} | set(lists.read)
    unread = [name for name in lists.unread if name not in tables]
    ignored = found.ignored - Counter(ending(name) for name in (*tables, *unread))
    ignored += Counter(
        f"pictures without a class in {found.places[place].partition('/')[0]}/"
        for place in unlabelled
    )
    if lists.splits:
        ignored["pictures that no list of a split names"] = len(found.numbers) - len(lists.splits)
    return (
        *in_words(ignored, others(found, {*tables, *unread})),
        *(table.said for table in unclear if table.path_below(found.folder) not in lists.read),
        *(f"list {name}: names pictures, and no classes or splits" for name in unread),
    )


def _misnamed(found: Found, where: str, classes: Sequence[str]) -> Iterator[Fault]:
    """Report classes that are called as folders of any pictures, and those whose names are no text."""
    for name in classes:
        if is_of_all_classes(name):
            yield folder_of_all_classes(where, name, boxes_in(found.folder, others(found)))
        if not _is_text(name):
            yield name_not_text(repr(name))


def _told(
    found: Found,
    classes: tuple[str, ...],
    known: Mapping[int, tuple[str, Split]],
    layout: Layout,
    lists: Lists,
) -> tuple[Items, npt.NDArray[np.bool_]]:
    """Give all pictures by what folders and lists tell, and whether that is enough of each."""
    items = _items(found, classes, known)
    is_known = np.array([place in known for place in range(len(found.places))])[found.place_of]
    indices = {name: index for index, name in enumerate(classes)}
    for picture, label in lists.labels.items():
        top = found.names[picture].partition("/")[0]
        items.labels[picture] = indices[label]
        items.splits[picture] = SPLITS.index(layout.splits.get(top, "train"))
        is_known[picture] = True
    if lists.splits:
        is_known[:] = False
        for picture, split in lists.splits.items():
            items.splits[picture] = SPLITS.index(split)
            is_known[picture] = True
    return items, is_known


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
