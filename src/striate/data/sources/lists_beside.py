"""What lists beside folders of classes say: which pictures are for the test, and what those in no class show."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, final

from striate.data.images.listing import Split
from striate.data.images.scan import ending
from striate.data.sources.found_pictures import Found
from striate.data.sources.named_pictures import NamedPictures
from striate.data.sources.split_names import plain_split
from striate.data.user_files import decoded, read_unpacked
from striate.errors import DataError


_SUFFIXES = {".txt", ".csv", ".tsv"}

# A folder of more lists has a text beside each picture.
_MOST_LISTS = 20
_MOST_BYTES = 2**26
_MOST = 0.9

_BETWEEN = re.compile(r"[\s,;]+")


@final
class Lists(NamedTuple):
    """What lists say of pictures, by their places among all.

    Args:
        labels: Classes of pictures that no folder tells.
        splits: What pictures of class folders are for; those that are not named are for nothing.
        said: How lists divide the pictures, in words; empty where they do not.
        notes: What was read where, in words.
        read: Paths of the lists that said so.
        unread: Those of lists that name pictures and say nothing that could be read.
    """

    labels: dict[int, str]
    splits: dict[int, Split]
    said: str
    notes: tuple[str, ...]
    read: tuple[str, ...]
    unread: tuple[str, ...]


@final
class _List(NamedTuple):
    name: str
    split: Split | None
    pictures: Sequence[int]
    columns: Sequence[Sequence[str]]


def read_lists(found: Found, label_of: Callable[[int], str], *, has_splits: bool) -> Lists:
    """Read the lists in a folder of pictures and in the folders of it.

    A list of a split's name divides pictures of known classes, as `meta/train.txt` does; a list in which each picture
    of no class stands beside the name of a class tells it, as `val/val_annotations.txt`.

    Args:
        found: The pictures.
        label_of: Gives the class of one by its folder; nothing where that tells none.
        has_splits: Whether folders say already what pictures are for.
    """
    lists = list(_lists(found))
    classes = {label_of(picture) for picture in range(len(found.names))} if lists else set()
    labels: dict[int, str] = {}
    notes: list[str] = []
    by_split: list[_List] = []
    unread: list[str] = []
    for one in lists:
        told = [label_of(picture) for picture in one.pictures]
        column = next((cells for cells in one.columns if set(cells) <= classes - {""}), None)
        if column is not None and not any(told):
            labels |= dict(zip(one.pictures, column, strict=True))
            notes.append(f"{one.name}: classes of {len(column):,} pictures")
        elif one.split and not has_splits and all(told):
            by_split.append(one)
        else:
            unread.append(one.name)
    splits: dict[int, Split] = {
        picture: one.split for one in by_split if one.split for picture in one.pictures
    }
    is_divided = len(set(splits.values())) > 1 and "train" in splits.values()
    if not is_divided or sum(len(set(one.pictures)) for one in by_split) > len(splits):
        splits = {}
        unread += [one.name for one in by_split]
    by_lists = f"by the lists {', '.join(one.name for one in by_split)}" if splits else ""
    read = [one.name for one in lists if one.name not in unread]
    return Lists(labels, splits, by_lists, tuple(notes), tuple(read), tuple(sorted(unread)))


def _lists(found: Found) -> Iterator[_List]:
    """Give text files whose lines name pictures: in the folders around them, or one folder further."""
    root = found.root.relative_to(found.folder)
    around = {place.as_posix().removeprefix(".") for place in (root, *root.parents)}
    near = [
        name
        for name in found.index.files.names
        if ending(name.rpartition("/")[2]) in _SUFFIXES
        if (place := name.rpartition("/")[0]) in around or place.rpartition("/")[0] in around
    ]
    if len(near) > _MOST_LISTS:
        return
    for name in near:
        place, _, last = name.rpartition("/")
        inner = place.removeprefix(f"{root.as_posix()}/".removeprefix("./"))
        split = plain_split(last.split(".")[0]) or plain_split(inner.rpartition("/")[2])
        rows = _rows(found.folder / name)
        width = min(map(len, rows), default=0)
        if not width:
            continue
        pictures = NamedPictures(found, inner, split)
        # Behind a class may stand what belongs to the one picture: boxes of its objects, however many.
        columns = list(zip(*(row[:width] for row in rows), strict=True))
        for cells in columns:
            named = [pictures.find(cell) for cell in cells]
            kept = [at for at, picture in enumerate(named) if picture is not None]
            has_heading = len(kept) > 1 and named[0] is None
            if len(kept) >= _MOST * (len(rows) - has_heading):
                others = [[column[at] for at in kept] for column in columns if column is not cells]
                yield _List(name, split, [one[0] for one in named if one is not None], others)
                break


def _rows(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return []
        lines = decoded(read_unpacked(path), str(path)).splitlines()
    except (DataError, OSError):
        return []
    return [_BETWEEN.split(line.strip()) for line in lines if line.strip()]
