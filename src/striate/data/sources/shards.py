"""Shards: many .tar files of pictures, each picture beside a small file that says what it shows, as WebDataset writes them.

One pass over the heads of what the shards hold tells where each picture lies; only the files beside pictures are read
then. Pictures are read from within the shards, which are not unpacked.
"""

import json
import re
import tarfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import IO, final

import numpy as np
import numpy.typing as npt

from striate.data.images.listing import (
    SPLITS,
    Items,
    Listing,
    Split,
    class_names,
    composed,
    plain_labels,
)
from striate.data.images.parallel import in_parallel
from striate.data.sources.class_folders import divided
from striate.data.sources.found_pictures import PICTURE_NAMES, in_words
from striate.data.sources.split_names import settle, split_name
from striate.data.user_files import problem
from striate.errors import DataError, Fault
from striate.errors.streams import (
    class_without_name,
    pattern_not_understood,
    pattern_without_files,
    shard_not_read,
    shards_without_classes,
    shards_without_pictures,
)


ENDING = ".tar"
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_MOST_SHARDS = 100_000

_LABEL_NAMES = ("cls", "txt", "label")
_LABEL_KEYS = ("label", "labels", "class", "cls", "class_name", "category")
_MOST_LABEL_BYTES = 2**16
_CLASS_LISTS = ("classes.txt", "classnames.txt", "class_names.txt", "labels.txt")


def is_pattern(name: str) -> bool:
    """Whether a text names several shards by braces."""
    return name.lower().endswith(ENDING) and _BRACES.search(name) is not None


def expanded(pattern: str) -> list[str]:
    """Give the names that braces stand for, as a shell does.

    Raises:
        DataError: Braces hold no range and no words, or name too many.

    Examples:
        >>> expanded("a/train-{08..10}.tar")
        ['a/train-08.tar', 'a/train-09.tar', 'a/train-10.tar']
        >>> expanded("{train,val}-{0..1}.tar")
        ['train-0.tar', 'train-1.tar', 'val-0.tar', 'val-1.tar']
    """
    texts, choices, count = [], list[Sequence[str]](), 1
    end = 0
    for braces in _BRACES.finditer(pattern):
        texts.append(pattern[end : braces.start()])
        end, ends = braces.end(), _RANGE.fullmatch(braces[1])
        if ends is not None:
            first, last = map(int, ends.groups())
            if first > last:
                raise DataError(pattern_not_understood(pattern, f"{braces[0]} counts down"))
            count *= last - first + 1
            _check_count(pattern, count)
            width = len(ends[1]) if ends[1].startswith("0") else 1
            choices.append([f"{number:0{width}}" for number in range(first, last + 1)])
        elif "," in braces[1]:
            choices.append(braces[1].split(","))
            count *= len(choices[-1])
            _check_count(pattern, count)
        else:
            raise DataError(pattern_not_understood(pattern, f"{braces[0]} is no range and no list"))
    rest = pattern[end:]
    return [
        "".join(f"{text}{word}" for text, word in zip(texts, words, strict=True)) + rest
        for words in product(*choices)
    ]


def _check_count(pattern: str, count: int) -> None:
    if count > _MOST_SHARDS:
        raise DataError(
            pattern_not_understood(pattern, f"the braces name more than {_MOST_SHARDS:,} shards")
        )


def shards_in(folder: Path) -> list[Path]:
    """Give the shards of a folder, in the order of their names."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith(ENDING) and not path.name.startswith(".") and path.is_file()
    )


def list_pattern(pattern: str) -> Listing:
    """List the pictures of shards that braces name.

    Raises:
        DataError: A shard is not there, cannot be read, or does not say what its pictures show.
    """
    paths = [Path(name) for name in expanded(pattern)]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise DataError(pattern_without_files(pattern, missing, len(paths)))
    name = _BRACES.sub("", paths[0].name if len(paths) == 1 else Path(pattern).name)
    name = name.removesuffix(ENDING).strip("-_. ") or paths[0].parent.resolve().name
    return list_shards(name, pattern, paths)


@final
@dataclass(frozen=True, slots=True)
class _Shard:
    """What one shard holds, a column each.

    Args:
        names: Of the pictures, as they stand in the shard.
        begins: Where their bytes begin.
        sizes: How many bytes they have.
        labels: What each shows; empty where nothing says it.
        left_out: What else it holds, by reason.
    """

    names: list[str] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def list_shards(name: str, where: str, paths: Sequence[Path]) -> Listing:
    """List the pictures of shards.

    Args:
        name: What the data set is called.
        where: How it was named, for messages.
        paths: The shards; their names may say what they are for, as `train-000.tar` and `val-000.tar`.

    Raises:
        DataError: One cannot be read, or does not say what its pictures show; all faults are named.
    """
    read = _read_all(paths)
    counts = [len(shard.names) for shard in read]
    if not sum(counts):
        raise DataError(shards_without_pictures(where))
    labels = [label for shard in read for label in shard.labels]
    nameless = [
        f"{path.name}, {one}"
        for path, shard in zip(paths, read, strict=True)
        for one, label in zip(shard.names, shard.labels, strict=True)
        if not label
    ]
    if nameless:
        raise DataError(shards_without_classes(where, nameless, len(labels)))
    labels, classes = _classes_of(labels, paths[0].parent)
    indices = {label: index for index, label in enumerate(classes)}
    shards = np.repeat(np.arange(len(paths)), counts)
    begins = np.fromiter((one for shard in read for one in shard.begins), np.int64, len(shards))
    sizes = np.fromiter((one for shard in read for one in shard.sizes), np.int64, len(shards))
    firsts = np.cumsum([0, *counts])
    meant = _splits_of(paths)
    left_out = sum((shard.left_out for shard in read), Counter[str]())

    def find(number: int) -> tuple[str, partial[IO[bytes]]]:
        shard = int(shards[number])
        inside = read[shard].names[number - int(firsts[shard])]
        opened = partial(_opened, paths[shard], int(begins[number]), int(sizes[number]))
        return f"{paths[shard]}, {inside}", opened

    items = Items(
        [
            f"{path.name}/{one}"
            for path, shard in zip(paths, read, strict=True)
            for one in shard.names
        ],
        np.array([indices[label] for label in labels], np.int64),
        np.array([SPLITS.index(meant[int(shard)]) for shard in shards], np.int8),
        np.arange(len(shards)),
        find,
    )
    said = "by the names of the shards" if len(set(meant)) > 1 else ""
    notes = _notes(shards, items.labels, len(classes))
    listing = Listing(name, where, classes, items, said, in_words(left_out), notes=notes)
    listing = divided(listing)
    return replace(listing, is_stream=True, shards=shards)


def _read_all(paths: Sequence[Path]) -> list[_Shard]:
    """Read the heads of all shards.

    Raises:
        DataError: Some cannot be read; all of them are named.
    """
    faults: list[Fault] = []
    read: list[_Shard] = []
    for outcome in in_parallel(_outcome, paths):
        if isinstance(outcome, _Shard):
            read.append(outcome)
        else:
            faults += outcome
    if faults:
        raise DataError(*faults)
    return read


def _outcome(path: Path) -> "_Shard | tuple[Fault, ...]":
    try:
        return _read(path)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        said = problem(error) if isinstance(error, OSError) else " ".join(str(error).split())
        return (shard_not_read(str(path), said.rstrip(".") or type(error).__name__),)


def _read(path: Path) -> _Shard:
    """Go over the heads of a shard once, and read the small files beside its pictures."""
    shard = _Shard()
    beside: dict[str, str] = {}
    end = 0
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined]  # which it would keep, a thousand bytes each
            end = member.offset_data + -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
            if not member.isfile() or Path(member.name).name.startswith("."):
                continue
            stem, ending = _parted(member.name)
            if f".{ending.rpartition('.')[2]}" in PICTURE_NAMES:
                shard.names.append(composed(member.name))
                shard.begins.append(member.offset_data)
                shard.sizes.append(member.size)
            elif ending in {*_LABEL_NAMES, "json"} and member.size <= _MOST_LABEL_BYTES:
                content = archive.extractfile(member)
                label = _label(b"" if content is None else content.read(), ending)
                if label and (stem not in beside or ending == "cls"):
                    beside[stem] = label
            else:
                shard.left_out[f".{ending}" if ending else "without an ending"] += 1
    # Behind the last one stands an empty block; a shard that was cut off between two has none.
    if _opened(path, end, tarfile.BLOCKSIZE).read() != bytes(tarfile.BLOCKSIZE):
        message = f"its end is missing: it has {path.stat().st_size:,} bytes"
        raise ValueError(message)
    _leave_second_pictures(shard)
    for name in shard.names:
        folder = name.rpartition("/")[0].rpartition("/")[2]
        told = "" if split_name(folder) is not None or folder == "." else composed(folder)
        shard.labels.append(beside.get(_parted(name)[0], told))
    return shard


def _leave_second_pictures(shard: _Shard) -> None:
    """Leave out what is a picture and not the one of an example: `0001.seg.png` beside `0001.jpg`."""
    parted = list(map(_parted, shard.names))
    whole = {stem for stem, ending in parted if "." not in ending}
    for at in range(len(parted) - 1, -1, -1):
        stem, ending = parted[at]
        if "." in ending and stem in whole:
            shard.left_out[f".{ending}"] += 1
            del shard.names[at], shard.begins[at], shard.sizes[at]


def _parted(name: str) -> tuple[str, str]:
    """Part a name at the first dot behind its folders: what stands ahead of it is the same for an example.

    Examples:
        >>> _parted("a.b/0001.seg.png")
        ('a.b/0001', 'seg.png')
    """
    folder, slash, last = name.rpartition("/")
    stem, _, ending = last.partition(".")
    return f"{folder}{slash}{stem}", ending.lower()


def _label(content: bytes, ending: str) -> str:
    """Read what a file beside a picture says of its class; nothing where it says nothing."""
    try:
        text = content.decode("utf-8").strip()
        if ending != "json":
            return composed(text) if "\n" not in text else ""
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    known = next((found[key] for key in _LABEL_KEYS if key in found), None)
    return composed(str(known)) if isinstance(known, str | int) else ""


def _classes_of(labels: Sequence[str], folder: Path) -> tuple[list[str], tuple[str, ...]]:
    """Name classes: by a list beside the shards, where they are numbers and there is one, else as they are."""
    plain = plain_labels(labels)
    written = next((folder / one for one in _CLASS_LISTS if (folder / one).is_file()), None)
    if written is None or not all(label.isdecimal() for label in set(plain)):
        return plain, class_names(plain)
    names = tuple(
        composed(line.strip()) for line in written.read_text("utf-8").splitlines() if line.strip()
    )
    beyond = [label for label in set(plain) if int(label) >= len(names)]
    if beyond:
        raise DataError(class_without_name(str(written), max(beyond, key=int), len(names)))
    return [names[int(label)] for label in plain], names


def _splits_of(paths: Sequence[Path]) -> list[Split]:
    """Say what each shard is for, by its name; for training where it does not say."""
    found = {path.name: split_name(path.name.removesuffix(ENDING)) for path in paths}
    settled = settle({name: split for name, split in found.items() if split is not None})
    return [settled.get(path.name, "train") for path in paths]


_FEW = 2


def _notes(
    shards: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], classes: int
) -> tuple[str, ...]:
    """Say where shards are not mixed, for a stream shuffles little more than they are."""
    pairs = len(np.unique(shards * classes + labels))
    count = int(shards.max()) + 1
    if classes < _FEW or pairs > count or count < _FEW:
        return ()
    said = (
        "each shard holds pictures of one class alone: a stream is shuffled by shards and a buffer, so that steps see "
        "few classes; write the shards with all classes mixed"
    )
    return (said,)


def _opened(path: Path, begin: int, size: int) -> IO[bytes]:
    with path.open("rb") as file:
        file.seek(begin)
        return BytesIO(file.read(size))
