"""Read a folder of pictures whose names tell their classes, as `cat_001.jpg` by the pattern `{class}_#`."""

from collections import Counter
from pathlib import Path

import numpy as np

from striate.data.images.listing import SPLITS, Items, Listing, Split, class_names
from striate.data.sources.class_folders import Found, divided, in_words
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
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            items.chosen(named),
            f"by the folders {folders}" if folders else "",
            in_words(ignored),
            index=found.index,
            notes=(f"classes from the names of pictures, by {pattern}",),
        )
    )


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
