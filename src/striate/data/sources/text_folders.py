"""Sentences that are a file each, in a folder for each class, as collections of reviews are published."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, final

from striate.data.examples import Origin, Source
from striate.data.images.listing import Split, plain_labels
from striate.data.images.scan import ending
from striate.data.sources.rows import read_text
from striate.data.sources.split_names import same_rests, settle, split_name
from striate.data.sources.texts import text_source
from striate.errors import DataError, Fault


_SUFFIX = ".txt"
# Folders whose texts nobody has labelled, as those of the large movie review data set.
_UNLABELLED = frozenset(["unsup", "unlabeled", "unlabelled"])


@final
class _Text(NamedTuple):
    path: Path
    label: str
    split: Split | None


def read_text_folders(name: str, folder: Path) -> Source | None:
    """Read a folder of classes of text files, or of `train`, `test` and the like with such folders in them.

    Args:
        name: What the data set is called.
        folder: Where it lies.

    Returns:
        The data set; None where the folder has no two classes of text files.

    Raises:
        DataError: A file cannot be read, or is not UTF-8; every one is named.
    """
    found, left_out = list[_Text](), Counter[str]()
    named = {path.name: split_name(path.name) for path in _folders(folder)}
    called = {name: split for name, split in named.items() if split is not None}
    are_splits = len(called) == len(named) and same_rests(called.values())
    meant = settle({name: split for name, split in called.items() if are_splits or split.is_plain})
    for path in _folders(folder):
        split = meant.get(path.name)
        places = [(path, None)] if split is None else [(place, split) for place in _folders(path)]
        for place, part in places:
            texts = sorted(place.glob(f"*{_SUFFIX}")) or _without_endings(place)
            if place.name.casefold() in _UNLABELLED:
                left_out[f"texts without a class in {path.name}/{place.name}"] += len(texts)
            elif texts:
                found += [_Text(text, place.name, part) for text in texts]
    if any(text.split == "train" for text in found):
        left_out["texts in folders beside train"] = sum(text.split is None for text in found)
        found = [text for text in found if text.split is not None]
    if len({text.label for text in found}) == 1 or not found:
        return None
    read, faults = list[tuple[str, _Text]](), list[Fault]()
    for text in found:
        try:
            content = " ".join(read_text(text.path).split())
        except DataError as error:
            faults += error.faults
            continue
        if content:
            read.append((content, text))
        else:
            left_out["empty texts"] += 1
    if faults:
        raise DataError(*faults)
    splits = [text.split for _, text in read if text.split]
    told = f"by the folders {', '.join(dict.fromkeys(splits))}"
    is_divided = "train" not in splits
    return text_source(
        name,
        [content for content, _ in read],
        plain_labels([text.label for _, text in read]),
        None if is_divided else splits,
        Origin(
            told,
            ignored=tuple(f"{what}: {count:,}" for what, count in left_out.items() if count),
            notes=(f"{told}: none is for training",) if splits and is_divided else (),
        ),
    )


def _without_endings(folder: Path) -> list[Path]:
    """Return the files of a folder if none has an ending, as those of newsgroups, which are numbered."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."]
    return [] if any(ending(path.name) for path in files) else files


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != ".")
