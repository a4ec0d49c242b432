"""Look through a whole data set, and say everything that is wrong with it at once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from textwrap import shorten
from typing import assert_never, final
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from striate.data.examples import Source
from striate.data.images.decode import decode_open
from striate.data.images.listing import SPLITS, Item, Listing, Split
from striate.data.images.load import sizes_in_words, training_faults, unusable_in_words
from striate.data.images.parallel import in_parallel
from striate.data.images.progress import Listener, told
from striate.data.images.read import read_item
from striate.data.inspection.findings import NOUNS, Finding, Kind
from striate.data.inspection.summary import Summary, summarize
from striate.data.sources.find import find_source
from striate.data.sources.in_memory import Data, data_name
from striate.errors import DataError, Fault
from striate.errors.checkups import duplicate, leaking, mislabelled, one_color


_LETTERS = 40
"""Letters of a sentence that its name shows."""


@final
@dataclass(frozen=True, slots=True)
class Checkup:
    """The outcome of a look through a data set.

    Args:
        summary: What was understood.
        findings: What was found, by kind.
    """

    summary: Summary
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.is_wrong for finding in self.findings)


@final
@dataclass(frozen=True, slots=True)
class _Seen:
    """An example that could be read; equal ones have an equal digest."""

    name: str
    label: int
    split: Split
    digest: bytes
    size: tuple[int, int] | None = None
    is_plain: bool = False


def check_source(data: Data, listen: Listener | None = None) -> Checkup:
    """Look at every picture or sentence of a data set once.

    Pictures are the same if their pixels are, whatever their files are called and packed as;
    sentences, if their characters are, blanks between words and Unicode's two spellings aside.

    Args:
        data: As `load_source` takes it.
        listen: Called after every picture that was decoded.

    Raises:
        DataError: There is no such data set, or nothing of it can be understood.
    """
    found = find_source(data)
    summary, findings = summarize(found), list[Finding]()
    match found:
        case Source():
            seen = list(_sentences(found) if found.texts else _stored(found))
        case Listing():
            faults = list(found.faults) or training_faults(found)
            findings += [Finding("unusable", fault) for fault in faults]
            seen, unusable = _decoded(found, listen)
            findings += unusable
            summary = summarize(_without(found, unusable))
            sizes = sizes_in_words({one.size for one in seen if one.size})
            summary = replace(summary, origin=replace(summary.origin, sizes=sizes))
        case _:
            assert_never(found)
    findings += _alike(
        seen, found.classes, "sentence" if summary.noun == "sentences" else "picture"
    )
    findings += summary.findings(data_name(data))
    return Checkup(summary, tuple(findings))


def _stored(source: Source) -> Iterator[_Seen]:
    parts = (source.train, source.validation, source.test)
    for split, part in zip(SPLITS, parts, strict=True):
        if part is None:
            continue
        images = part.images.numpy()
        for index, (image, label) in enumerate(zip(images, part.labels.tolist(), strict=True)):
            yield _Seen(f"{split} {index}", label, split, _digest(image))


def _sentences(source: Source) -> Iterator[_Seen]:
    parts = (source.train, source.validation, source.test)
    for split, part in zip(SPLITS, parts, strict=True):
        if part is None:
            continue
        pairs = zip(part.images.flatten().tolist(), part.labels.tolist(), strict=True)
        for index, (number, label) in enumerate(pairs):
            text = " ".join(normalize("NFC", source.texts[number]).split())
            name = f"{split} {index} {shorten(text, _LETTERS, placeholder='...')!r}"
            yield _Seen(name, label, split, text.encode())


def _decoded(listing: Listing, listen: Listener | None) -> tuple[list[_Seen], list[Finding]]:
    seen, findings = [], []
    outcomes = told(in_parallel(_look, listing.items), "read", len(listing.items), listen)
    for item, outcome in zip(listing.items, outcomes, strict=True):
        if isinstance(outcome, _Seen):
            seen.append(outcome)
            if outcome.is_plain:
                findings.append(Finding("plain", one_color(item.where), (item.where,)))
        else:
            findings += [Finding("unusable", fault, (item.where,)) for fault in outcome]
    return seen, findings


def _without(listing: Listing, unusable: list[Finding]) -> Listing:
    """Return what is left to train and to measure on, counted as `train` counts it."""
    broken = {name for finding in unusable if finding.kind == "unusable" for name in finding.names}
    if not broken:
        return listing
    kept = [place for place, item in enumerate(listing.items) if item.where not in broken]
    items = listing.items.chosen(np.array(kept, np.int64))
    ignored = (*listing.ignored, unusable_in_words(len(listing.items) - len(kept)))
    return replace(listing, items=items, ignored=ignored)


def _look(item: Item) -> _Seen | tuple[Fault, ...]:
    try:
        pixels = decode_open(BytesIO(read_item(item)), item.where)
    except DataError as error:
        return error.faults
    height, width, _ = pixels.shape
    is_plain = bool((pixels == pixels[0, 0]).all())
    digest = _digest(pixels)
    return _Seen(item.where, item.label, item.split, digest, (width, height), is_plain)


def _digest(pixels: npt.NDArray[np.uint8]) -> bytes:
    return sha256(f"{pixels.shape}".encode() + pixels.tobytes()).digest()


def _alike(seen: list[_Seen], classes: tuple[str, ...], noun: str) -> list[Finding]:
    groups: dict[bytes, list[_Seen]] = {}
    for one in seen:
        groups.setdefault(one.digest, []).append(one)
    several = [group for group in groups.values() if len(group) > 1]
    found: dict[Kind, list[Finding]] = {"mislabelled": [], "leaking": [], "duplicate": []}
    for group in several:
        names = tuple(one.name for one in group)
        if len({one.label for one in group}) > 1:
            fault = mislabelled([(one.name, classes[one.label]) for one in group], noun)
            found["mislabelled"].append(Finding("mislabelled", fault, names))
        if len({one.split for one in group}) > 1:
            fault = leaking([(one.name, NOUNS[one.split]) for one in group], noun)
            found["leaking"].append(Finding("leaking", fault, names))
        for place in dict.fromkeys((one.label, one.split) for one in group):
            copies = tuple(one.name for one in group if (one.label, one.split) == place)
            if len(copies) > 1:
                found["duplicate"].append(Finding("duplicate", duplicate(copies, noun), copies))
    return [finding for kind in found.values() for finding in kind]
