"""What folders of pictures mean by their names: classes, splits, or both, told before any file is read."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import final
from unicodedata import normalize

from striate.data.images.listing import Split
from striate.data.sources.split_names import SplitName, plain_split, settle, split_name
from striate.errors import DataError, Fault
from striate.errors.datasets import (
    class_spelt_differently,
    folder_beside_classes,
    folder_beside_train,
    same_classes_in_two_folders,
)


# Folders of pictures whose classes nobody tells, beside those of training and test.
_UNLABELLED = frozenset(
    [
        "pred",
        "prediction",
        "predictions",
        "predict",
        "unlabeled",
        "unlabelled",
        "unsup",
        "submission",
    ]
)

# Words that say no more of what is in a folder than that it is pictures.
_PICTURES = frozenset(["image", "images", "img", "imgs", "jpg", "jpeg", "jpegs", "png", "pngs"])

# Folders that share as many names of classes are parts of one data set, and not classes themselves.
_SHARED = 2

Meaning = tuple[str, Split]


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """How folders below a root are understood.

    Args:
        places: Path of every folder that holds pictures itself.
        splits: Topmost folders that stand for a split; none where the topmost are classes.
        wrappers: What is stepped over below a topmost folder, as the second `seg_train/` in
            `seg_train/seg_train/`; each with a `/` behind it.
        unlabelled: Topmost folders whose pictures have no class.
        within: Whether the splits are folders in those of the classes, as in `cat/train`.
        others_learn: Whether topmost folders that stand for no split are classes to learn.
        joined: Whether each topmost folder is a split and a class, as in `train_cat`.
        ending: What the folders of all classes end in, with a `/` before it, as the `/images` of `n01/images` and
            `n02/images`.
    """

    places: frozenset[str]
    splits: Mapping[str, Split] = field(default_factory=dict)
    wrappers: Mapping[str, str] = field(default_factory=dict)
    unlabelled: frozenset[str] = frozenset()
    within: bool = False
    others_learn: bool = False
    joined: bool = False
    ending: str = ""

    @property
    def has_splits(self) -> bool:
        """Whether folders say what pictures are for."""
        return bool(self.splits) or self.within or self.joined

    @property
    def is_sure(self) -> bool:
        """Whether several folders of splits hold classes, so that nothing but these can be meant."""
        met = {meaning for place in self.places if (meaning := self.meaning(place)) is not None}
        learnt = {label for label, split in met if split == "train"}
        return len(learnt) > 1 and any(label in learnt for label, split in met if split != "train")

    def meaning(self, place: str) -> Meaning | None:
        """Return class and split of the pictures in a folder; None where they have none."""
        meant = self._meaning(place)
        return meant and (meant[0].removesuffix(self.ending), meant[1])

    def _meaning(self, place: str) -> Meaning | None:
        top, _, below = place.partition("/")
        if self.within:
            split = plain_split(below.partition("/")[0])
            return (top, split) if top and split else None
        if self.joined:
            found = split_name(top)
            return (found.rest, found.split) if found is not None else None
        if not self.splits or (self.others_learn and top not in self.splits):
            return self._labelled("", place, "train")
        if top not in self.splits or top in self.unlabelled:
            return None
        return self._labelled(f"{top}/{self.wrappers.get(top, '')}", place, self.splits[top])

    def is_unlabelled(self, place: str) -> bool:
        """Whether the pictures of a folder are left out, for nothing tells what they show."""
        return place.partition("/")[0] in self.unlabelled

    def said(self) -> str:
        """Return in words how the splits were told apart; nothing where there are none."""
        if self.within:
            return "by the folders in those of the classes"
        names = [
            f"{top}/{self.wrappers.get(top, '')}"
            for top in self.splits
            if top not in self.unlabelled
        ]
        return f"by the folders {', '.join(names)}" if names else ""

    def spelling_faults(self, where: str, meanings: Iterable[Meaning]) -> list[Fault]:
        """Report classes of one split that another has under a name that differs in its spelling."""
        names: dict[Split, set[str]] = defaultdict(set)
        for label, split in meanings:
            names[split].add(label)
        learnt = names.pop("train", set())
        faults = []
        for split, labels in names.items():
            spelt = {_folded(label): label for label in learnt - labels}
            faults += [
                class_spelt_differently(where, spelt[_folded(label)], label, split)
                for label in sorted(labels - learnt)
                if _folded(label) in spelt
            ]
        return faults

    def notes(self, places: Iterable[str], used: set[str]) -> tuple[str, ...]:
        """Return what is to be said of class folders without a picture."""
        if self.within or self.joined:
            return ()
        filled = {"/".join(place.split("/")[:depth]) for place in used for depth in range(1, 9)}
        roots = {f"{top}/{self.wrappers.get(top, '')}" for top in self.splits} or {""}
        empty = [
            place
            for place in sorted(set(places) - filled - {""})
            for root in roots
            if place.startswith(root) and "/" not in place.removeprefix(root)
            if root or split_name(place) is None
        ]
        if not empty:
            return ()
        names = ", ".join(f"{place}/" for place in empty[:5])
        more = f" and {len(empty) - 5:,} more" if len(empty) > 5 else ""  # noqa: PLR2004
        noun = (
            "a folder without a picture is" if len(empty) == 1 else "folders without a picture are"
        )
        return (f"{noun} no class: {names}{more}",)

    def _labelled(self, above: str, place: str, split: Split) -> Meaning | None:
        if not place.startswith(above):
            return None
        below = place[len(above) :]
        parts = below.split("/") if below else []
        for depth in range(1, len(parts) + 1):
            label = "/".join(parts[:depth])
            if above + label in self.places:
                return label, split
        return None


def understand(where: str, places: set[str]) -> Layout:
    """Understand folders by their names and by how they lie in each other.

    Args:
        where: The root, in messages.
        places: Path below it of every folder that holds pictures itself; empty for the root.

    Raises:
        DataError: They can be understood in two ways, and one of them would double the classes.
    """
    layout = _understood(where, places)
    met = {meaning[0] for place in places if (meaning := layout.meaning(place)) is not None}
    _refuse_doubled(where, met)
    endings = {label[label.rfind("/") :] if "/" in label else "" for label in met}
    return replace(layout, ending=endings.pop()) if len(met) > 1 and len(endings) == 1 else layout


def _refuse_doubled(where: str, labels: Iterable[str]) -> None:
    """Refuse two folders, however deep, that hold classes of the same names: `cell_images/` in itself, or two sizes."""
    below: dict[str, set[str]] = defaultdict(set)
    for label in labels:
        above, _, name = label.rpartition("/")
        below[above].add(name)
    for one, other in combinations(sorted(below), 2):
        shared = below[one] & below[other]
        if len(shared) >= _SHARED:
            raise DataError(same_classes_in_two_folders(where, one, other, sorted(shared)))


def is_of_all_classes(name: str) -> bool:
    """Whether a folder is called as one in which all pictures lie, whatever they show.

    Examples:
        >>> is_of_all_classes("JPEGImages"), is_of_all_classes("images"), is_of_all_classes("cat images")
        (True, True, False)
    """
    words = _words(re.sub(r"(?<=[a-zA-Z])(?=[A-Z][a-z])", " ", name))
    return bool(words) and set(words) <= _PICTURES


def _understood(where: str, places: set[str]) -> Layout:
    tops = sorted({place.partition("/")[0] for place in places} - {""})
    named = {top: found for top in tops if (found := split_name(top)) is not None}
    plain = {top: found for top, found in named.items() if found.is_plain}
    unlabelled = {top for top in tops if top not in named and _UNLABELLED & set(_words(top))}
    if _is_joined(named, tops, places):
        return Layout(frozenset(places), settle(named), joined=True)
    chosen = _chosen(named, plain, set(tops) - unlabelled)
    if chosen:
        unlabelled |= {top for top in named if top not in chosen and top in places}
        return _with_splits(places, settle(chosen), frozenset(unlabelled))
    if _are_within(places):
        return Layout(frozenset(places), within=True)
    flat = [top for top in tops if top in places]
    for top in plain or named:
        others = [other for other in tops if other != top]
        split = named[top].split
        if top in places:
            if split == "test" and top in plain and len(flat) == len(tops):
                raise DataError(folder_beside_classes(where, top, others))
        elif _classes_below(top, places) <= set(flat) and len(flat) >= _SHARED:
            wrapper = _wrapper(top, places, set())
            return Layout(frozenset(places), {top: split}, {top: wrapper}, others_learn=True)
        elif split == "train" or top in plain:
            raise DataError(folder_beside_train(where, top, others))
    for one, other in combinations([top for top in tops if top not in places], 2):
        shared = _classes_below(one, places) & _classes_below(other, places)
        if len(shared) >= _SHARED:
            raise DataError(same_classes_in_two_folders(where, one, other, sorted(shared)))
    return Layout(frozenset(places))


def _chosen(
    named: Mapping[str, SplitName], plain: Mapping[str, SplitName], tops: set[str]
) -> Mapping[str, SplitName]:
    """Return the folders that stand for splits; none where such a name is that of a class."""
    if plain and len(plain) == len(tops):
        return plain
    for names, needs_all in ((plain, False), (named, True)):
        # A train among cars and buses is a class.
        has_both = len({found.split for found in names.values()}) > 1 or _is_open_pair(names)
        has_train = any(found.split == "train" for found in names.values())
        if has_both and has_train and (len(names) == len(tops) or not needs_all):
            return names
    return {}


def _is_open_pair(names: Mapping[str, SplitName]) -> bool:
    return len(set(settle(names).values())) > 1


def _is_joined(named: Mapping[str, SplitName], tops: Sequence[str], places: set[str]) -> bool:
    """Whether every folder is a split and a class in one, as `train_cat` and `test_dog`."""
    if len(named) < len(tops) or not all(top in places for top in tops):
        return False
    by_split: dict[Split, set[str]] = defaultdict(set)
    for found in named.values():
        by_split[found.split].add(found.rest)
    train = by_split.pop("train", set())
    return len(train) > 1 and "" not in train and all(rests <= train for rests in by_split.values())


def _with_splits(places: set[str], splits: dict[str, Split], unlabelled: frozenset[str]) -> Layout:
    """Step over what encloses all of a split, and leave out tests without classes."""
    whole = frozenset(places)
    wrappers = {top: _wrapper(top, places, set()) for top in splits if splits[top] == "train"}
    learnt = _labels(Layout(whole, splits, wrappers), "train")
    known = {label.partition("/")[0] for label in learnt}
    wrappers |= {top: _wrapper(top, places, known) for top in splits if splits[top] != "train"}
    layout = Layout(whole, splits, wrappers)
    for top, split in splits.items():
        labels = {
            meaning[0]
            for place in places
            if place.partition("/")[0] == top and (meaning := layout.meaning(place))
        }
        # One class that is none of those to be learnt, as `test/unknown/`, or no folder at all.
        if split != "train" and len(labels) <= 1 and not labels & learnt and len(learnt) > 1:
            unlabelled |= {top}
    return Layout(whole, splits, wrappers, unlabelled)


def _labels(layout: Layout, split: Split) -> set[str]:
    meanings = map(layout.meaning, layout.places)
    return {meaning[0] for meaning in meanings if meaning is not None and meaning[1] == split}


def _wrapper(top: str, places: set[str], known: set[str]) -> str:
    """Return the folders, one in the other, that hold all pictures of a split and are no class."""
    above = f"{top}/"
    while True:
        below = {place.removeprefix(above) for place in places if place.startswith(above)}
        inner = {place.partition("/")[0] for place in below}
        if len(inner) != 1 or top in places:
            return above.removeprefix(f"{top}/")
        (only,) = inner
        if only in below or only in known or (above + only) in places:
            return above.removeprefix(f"{top}/")
        above = f"{above}{only}/"


def _are_within(places: set[str]) -> bool:
    """Whether every class has folders for the splits in it."""
    parts = [place.split("/") for place in places]
    if any(len(names) < 2 for names in parts):  # noqa: PLR2004
        return False
    splits = {plain_split(names[1]) for names in parts}
    return None not in splits and "train" in splits and len(splits) > 1


def _classes_below(top: str, places: set[str]) -> set[str]:
    """Return the names of the folders in a topmost one, without what encloses them all."""
    above = f"{top}/{_wrapper(top, places, set())}"
    return {
        place.removeprefix(above).partition("/")[0] for place in places if place.startswith(above)
    }


def _words(name: str) -> list[str]:
    return [word.casefold() for word in re.split(r"[\W_\d]+", name) if word]


def _folded(label: str) -> str:
    """Return what is the same for all spellings of a name: `Cat_1`, `cat 01` and `CAT-1`."""
    words = re.findall(r"[^\W\d_]+|\d+", normalize("NFKC", label).casefold())
    return " ".join(str(int(word)) if word.isdecimal() else word for word in words) or label
