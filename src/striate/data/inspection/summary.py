"""What was understood of a data set, for a person to read before anything is trained."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, assert_never, final

from striate.data.examples import Origin, Source
from striate.data.images.listing import SPLITS, Listing, Split
from striate.data.inspection.findings import NOUNS, Finding, class_findings
from striate.errors.fault import in_a_list


Noun = Literal["images", "sentences"]

_CLASSES_SHOWN = 10
_NOTES_SHOWN = 8


@final
@dataclass(frozen=True, slots=True)
class Summary:
    """What was understood of a data set.

    Args:
        name: What it is called.
        classes: Name of each class, by index.
        counts: Examples of each class, by split; the data set's own validation examples alone.
        image: Size of the examples, channels x height x width; empty for sentences, and before
            pictures are decoded.
        origin: What was understood of the place that it came from.
        noun: What its examples are: images, or sentences.
    """

    name: str
    classes: tuple[str, ...]
    counts: Mapping[Split, tuple[int, ...]]
    image: str
    origin: Origin
    noun: Noun = "images"

    def findings(self, where: str = "") -> tuple[Finding, ...]:
        """Return what the counts of the classes tell; `where` names the data in messages."""
        noun = self.noun.removesuffix("s")
        return tuple(class_findings(where or self.name, self.classes, self.counts, noun))

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know before anything is trained, one sentence each."""
        said = [*self.origin.notes, *(finding.fault.came for finding in self.findings())]
        more = len(said) - _NOTES_SHOWN
        rest = [f"and {more:,} more: `striate data check` names all."] if more > 0 else []
        return (*said[:_NOTES_SHOWN], *rest)

    def lines(self, *, with_notes: bool = True) -> tuple[str, ...]:
        """Return the summary as lines of text, with what the classes tell or without."""
        counts = [
            f"{sum(self.counts[split]):,} {noun}"
            for split, noun in NOUNS.items()
            if split != "validation" or any(self.counts[split])
        ]
        size = f", {self.image}" if self.image else ""
        names = [in_a_list(name) for name in self.classes[:_CLASSES_SHOWN]]
        more = len(self.classes) - len(names)
        names += [f"and {more:,} more"] if more else []
        lines = [
            f"Data      {self.name}: {' + '.join(counts)} {self.noun}{size}",
            f"Classes   {len(self.classes):,}: {', '.join(names)}; {self._spread()}",
            f"Split     {self.origin.split}",
        ]
        for heading, text in (
            ("Stored as", self.origin.sizes),
            ("Left out", "; ".join(self.origin.ignored)),
            ("Cache", self.origin.cache),
        ):
            lines += [f"{heading:<10}{text}"] if text else []
        notes = self.notes() if with_notes else self.origin.notes
        lines += [f"{'Note':<10}{note}" for note in notes]
        return tuple(lines)

    def plain(self) -> dict[str, object]:
        """Give the summary as values for JSON."""
        return asdict(self)

    def _spread(self) -> str:
        least, most = min(self.counts["train"]), max(self.counts["train"])
        spread = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        return f"{spread} training {self.noun} a class"


def summarize(found: Source | Listing) -> Summary:
    """Say what was understood of a data set, decoded or not."""
    noun: Noun = "images"
    match found:
        case Source():
            parts = (found.train, found.validation, found.test)
            labels = [[] if part is None else part.labels.tolist() for part in parts]
            axes = found.train.images.shape[1:] if found.stream is None else found.stream.axes
            size = "x".join(map(str, axes))
            size, noun = ("", "sentences") if found.texts else (size, noun)
            origin = found.origin
        case Listing():
            labels = [found.items.of(split).labels.tolist() for split in SPLITS]
            size, origin = "", Origin(found.split, ignored=found.ignored, notes=found.notes)
        case _:
            assert_never(found)
    numbers = range(len(found.classes))
    counts = {
        split: tuple(map(Counter(one).__getitem__, numbers))
        for split, one in zip(SPLITS, labels, strict=True)
    }
    return Summary(found.name, found.classes, counts, size, origin, noun)
