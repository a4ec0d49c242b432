"""Sentences that are a file each, in a folder for each class, as collections of reviews are published."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, final

from striate.data.examples import Origin, Source
from striate.data.images.listing import Split, plain_labels
from striate.data.sources.rows import read_text
from striate.data.sources.split_names import plain_split
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
    for path in _folders(folder):
        split = plain_split(path.name)
        places = [(path, None)] if split is None else [(place, split) for place in _folders(path)]
        for place, meant in places:
            texts = sorted(place.glob(f"*{_SUFFIX}"))
            if place.name.casefold() in _UNLABELLED:
                left_out[f"texts without a class in {path.name}/{place.name}"] += len(texts)
            elif texts:
                found += [_Text(text, place.name, meant) for text in texts]
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


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != ".")
