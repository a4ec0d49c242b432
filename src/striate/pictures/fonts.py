"""Which fonts a text needs, how wide it becomes, and how to make it narrower."""

from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import text_to_path

from striate.pictures.style import FONT, PIXELS_PER_INCH, POINTS_PER_INCH


_ELLIPSIS = "…"
_MOST_FAMILIES = 6


def families(text: str) -> list[str]:
    """Name the fonts to draw a text with, in the order in which they are tried.

    Returns:
        The usual font, and others if it lacks characters that they have: one for each script, where no single one has
        all of them.
    """
    return [FONT, *_others(_not_in_usual(text))[0]]


def lacking(text: str) -> frozenset[str]:
    """Return the letters of a text that none of its fonts has, and that are drawn as a box."""
    return _others(_not_in_usual(text))[1]


def _not_in_usual(text: str) -> frozenset[str]:
    usual = _usual()
    return frozenset(letter for letter in text if not usual.get_char_index(ord(letter)))


def _missing_in(family: str, letters: frozenset[str]) -> frozenset[str]:
    font = FT2Font(findfont(FontProperties(family=[family])))
    return frozenset(letter for letter in letters if not font.get_char_index(ord(letter)))


def _others(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the fonts that have what the usual one lacks, and the letters that none has."""
    names: list[str] = []
    while missing and len(names) < _MOST_FAMILIES:
        other = _family_with(missing)
        if other is None:
            break
        left = _missing_in(other, missing)
        if left == missing:
            break
        names.append(other)
        missing = left
    return tuple(names), missing


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Measure a line of text, in pixels."""
    return _measure(text, size, "bold" if bold else "normal")


def shortened(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Replace the middle of a text by an ellipsis if it is wider than a width in pixels.

    Both ends stay, since the names of classes often differ in the last word only.
    """
    if width_of(text, size, bold=bold) <= width:
        return text
    fitting, too_many = 0, len(text)
    while too_many - fitting > 1:
        kept = (fitting + too_many) // 2
        if width_of(_ends(text, kept), size, bold=bold) <= width:
            fitting = kept
        else:
            too_many = kept
    return _ends(text, fitting)


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text between words into lines of a width in pixels; cut a word that is wider."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(shortened(word, width, size, bold=bold))
    return lines


def _ends(text: str, kept: int) -> str:
    tail = kept // 2
    return f"{text[: kept - tail].rstrip()}{_ELLIPSIS}{text[len(text) - tail :].lstrip()}"


@cache
def _usual() -> FT2Font:
    return FT2Font(findfont(FontProperties(family=[FONT])))


@cache
def _family_with(characters: frozenset[str]) -> str | None:
    counts: dict[str, int] = {}
    for entry in fontManager.ttflist:
        # Last Resort has a box for every character, and a character for none.
        if entry.style == "normal" and not entry.name.startswith("Last Resort"):
            counts[entry.name] = max(counts.get(entry.name, 0), _held(entry.fname, characters))
    best = max(counts.values(), default=0)
    holders = sorted(name for name, count in counts.items() if count == best > 0)
    return min(holders, key=_is_not_sans, default=None)


def _held(path: str, characters: frozenset[str]) -> int:
    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):  # removed since matplotlib listed it, or damaged
        return 0
    return sum(font.get_char_index(ord(character)) > 0 for character in characters)


def _is_not_sans(name: str) -> bool:
    return not any(word in name for word in ("Sans", "Gothic"))


@lru_cache(maxsize=4096)
def _measure(text: str, size: float, weight: str) -> float:
    font = FontProperties(family=families(text), size=size, weight=weight)
    points, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return points * PIXELS_PER_INCH / POINTS_PER_INCH
