"""Read a folder of pictures whose names tell their classes, as `cat_001.jpg` by the pattern `{class}_#`."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from striate.data.images.listing import SPLITS, Items, Listing, Split, class_names
from striate.data.images.scan import ending
from striate.data.sources.class_folders import divided
from striate.data.sources.found_pictures import Found, in_words
from striate.data.sources.name_patterns import labels_by
from striate.data.sources.split_names import same_rests, settle, split_name
from striate.errors import DataError
from striate.errors.datasets import folder_beside_train, names_unlike_pattern


def list_named(folder: Path, found: Found, pattern: str) -> Listing:
    """Read the class of each picture from its name, and its split from the topmost folder.

    Args:
        folder: As the user gave it; its last part is the data set's name.
        found: Its pictures.
        pattern: What names look like, as `labels_by` takes it. Pictures with other names are left out and counted.

    Raises:
        DataError: The pattern has no class, no picture is called so, or only some folders are called as splits.
    """
    labels = labels_by(pattern, found.names)
    named = np.array([at for at, label in enumerate(labels) if label], np.intp)
    where = str(folder)
    if not len(named):
        raise DataError(names_unlike_pattern(where, pattern, found.names))
    classes = class_names(label for label in labels if label)
    indices = {name: index for index, name in enumerate(classes)} | {"": 0}
    tops = [name.rpartition("/")[0].partition("/")[0] for name in found.names]
    split_of = _splits(where, {tops[at] for at in named.tolist()})
    items = Items(
        found.names,
        np.array([indices[label] for label in labels], np.int64),
        np.array([SPLITS.index(split_of.get(top, "train")) for top in tops], np.int8),
        found.numbers,
        found.find,
    )
    ignored = found.ignored + Counter({f"pictures unlike {pattern}": len(labels) - len(named)})
    folders = ", ".join(f"{top}/" for top in split_of)
    notes = [f"classes from the names of pictures, by {pattern}"]
    kept = [found.names[at] for at in named.tolist()]
    repeated = _of_the_same_names(kept)
    if repeated:
        notes.append(f"pictures of the same names lie in {' and '.join(repeated)}: all are learnt")
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            items.chosen(named),
            f"by the folders {folders}" if folders else "",
            in_words(ignored),
            index=found.index,
            notes=tuple(notes),
        )
    )


def _of_the_same_names(names: Sequence[str]) -> list[str]:
    """Return two folders of which one repeats the names of the other, endings aside, as masks beside pictures do."""
    stems: dict[str, set[str]] = {}
    for name in names:
        place, _, last = name.rpartition("/")
        stems.setdefault(place, set()).add(last.removesuffix(ending(last)))
    for one, other in combinations(stems, 2):
        if stems[one] <= stems[other] or stems[other] <= stems[one]:
            return [f"{one}/" if one else "the folder itself", f"{other}/"]
    return []


def _splits(where: str, tops: set[str]) -> dict[str, Split]:
    """Return what each topmost folder is for, where all of them are called as splits: `train/`, or `pets_train/`.

    Raises:
        DataError: Some are, and what lies beside them may be for anything.
    """
    named = {top: found for top in sorted(tops) if (found := split_name(top)) is not None}
    if named and len(named) == len(tops) and same_rests(named.values()):
        return settle(named)
    plain = [top for top, found in named.items() if found.is_plain]
    if plain:
        others = [top or "." for top in sorted(tops) if top != plain[0]]
        raise DataError(folder_beside_train(where, plain[0], others))
    return {}
