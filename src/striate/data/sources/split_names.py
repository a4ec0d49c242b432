"""Which names of folders, files, columns and cells mean a split: training, validation or test."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, NamedTuple, final

from striate.data.images.listing import Split


_TRAIN = ("train", "training", "trn", "traning", "학습", "훈련", "训练", "訓練")
_VALIDATION = ("val", "valid", "validation", "validate", "dev", "devel", "development", "검증")
_TEST = ("test", "testing", "tst", "시험", "평가", "테스트", "测试", "テスト")
_WORDS: Final[Mapping[str, Split]] = {
    **dict.fromkeys(_TRAIN, "train"),
    **dict.fromkeys(_VALIDATION, "validation"),
    **dict.fromkeys(_TEST, "test"),
}
# What these mean depends on what else there is: with train/ and test/, eval/ is for validation.
_EVALUATION = ("eval", "evaluation", "evaluate")
_HELD_OUT = ("holdout", "heldout")

# What stands beside such a word and says no more than that it is a part of a data set.
_FILLERS = frozenset(
    [
        "set",
        "sets",
        "data",
        "dataset",
        "images",
        "image",
        "imgs",
        "img",
        "pictures",
        "pics",
        "photos",
        "files",
        "folder",
        "dir",
        "split",
        "part",
        "subset",
        "samples",
        "examples",
        "original",
        "orig",
        "public",
        "private",
        "and",
    ]
)
_PARTED = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[\W_]+")
_GLUED = re.compile(
    rf"({'|'.join((*_TRAIN, *_VALIDATION, *_TEST, *_EVALUATION, *_HELD_OUT))})"
    r"(set|data|dataset|images|imgs|pictures|files|folder|dir|split)s?"
)


@final
class SplitName(NamedTuple):
    """A name with a split's word in it.

    Args:
        split: What it means.
        rest: The other words of the name that say something, joined by blanks.
        is_open: Whether the word is one of `eval` and `holdout`, which mean what is missing.
    """

    split: Split
    rest: str
    is_open: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the name says nothing but the split."""
        return not self.rest


@cache
def split_name(name: str) -> SplitName | None:
    """Return the split that a name begins or ends with; None where it has no such word there.

    Examples:
        >>> split_name("Train"), split_name("seg_test")
        (SplitName(split='train', rest='', is_open=False), SplitName(split='test', rest='seg', is_open=False))
        >>> split_name("test1").is_plain, split_name("training_set").split, split_name("trains")
        (True, 'train', None)
    """
    words = _words(name)
    for place in (0, len(words) - 1) if words else ():
        found = _meaning(words[place])
        if found is not None:
            others = words[:place] + words[place + 1 :]
            said = [word for word in others if word not in _FILLERS and not word.isdecimal()]
            return SplitName(found[0], " ".join(said), found[1])
    return None


def plain_split(name: str) -> Split | None:
    """Return the split that a cell, a folder or the stem of a file means, and nothing else."""
    found = split_name(name)
    return found.split if found is not None and found.is_plain else None


def settle(names: Mapping[str, SplitName]) -> dict[str, Split]:
    """Return what each name means beside the others: `eval` and `holdout` take the place that is free."""
    certain = {found.split for found in names.values() if not found.is_open}
    settled: dict[str, Split] = {}
    for name, found in names.items():
        other: Split = "validation" if found.split == "test" else "test"
        is_taken = found.is_open and found.split in certain and other not in certain
        settled[name] = other if is_taken else found.split
    return settled


def _words(name: str) -> list[str]:
    words = [word.casefold() for word in _PARTED.split(name) if word]
    # `hold-out` and `held_out` are one word.
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in {"hold", "held"} and word == "out":
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _meaning(word: str) -> tuple[Split, bool] | None:
    glued = _GLUED.fullmatch(word)
    word = glued[1] if glued else word
    if word in _WORDS:
        return _WORDS[word], False
    if word in _EVALUATION:
        return "validation", True
    return ("test", True) if word in _HELD_OUT else None


def same_rests(names: Iterable[SplitName]) -> bool:
    """Whether names differ in nothing but their split."""
    return len({found.rest for found in names}) == 1
