"""Which installed fonts have the letters that the usual one lacks; matplotlib lists them."""

from contextlib import suppress
from functools import cache

from matplotlib.font_manager import FontEntry, findSystemFonts, fontManager, weight_dict
from matplotlib.ft2font import FT2Font


_MOST_FAMILIES = 6


@cache
def others(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the families that have some letters, in the order in which they are tried, and the letters that none has.

    Args:
        missing: Letters that the usual font lacks.
    """
    names: list[str] = []
    while missing and len(names) < _MOST_FAMILIES:
        other = _family_with(missing)
        if other is None:
            break
        left = missing_in(other, missing)
        if left == missing:
            break
        names.append(other)
        missing = left
    return tuple(names), missing


def missing_in(family: str, letters: frozenset[str]) -> frozenset[str]:
    """Return those of some letters that a family lacks."""
    font = FT2Font(file_of(family, bold=False))
    return frozenset(letter for letter in letters if not font.get_char_index(ord(letter)))


@cache
def file_of(family: str, *, bold: bool) -> str:
    """Return the file of a family whose weight is nearest to bold, or to the usual one."""
    wanted = weight_dict["bold" if bold else "normal"]
    entries = [entry for entry in fontManager.ttflist if entry.name == family]
    return min(entries, key=lambda entry: abs(_weight(entry) - wanted)).fname


def _weight(entry: FontEntry) -> int:
    return weight_dict[entry.weight] if isinstance(entry.weight, str) else entry.weight


@cache
def _list_new_fonts() -> None:
    """Have matplotlib list the fonts that were installed since it made its list, which it keeps for good."""
    known = {entry.fname for entry in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:
            # A file may be no font that matplotlib can read.
            with suppress(OSError, RuntimeError):
                fontManager.addfont(path)


@cache
def _family_with(characters: frozenset[str]) -> str | None:
    found = _listed_with(characters)
    if found is None or missing_in(found, characters):
        _list_new_fonts()
        found = _listed_with(characters)
    return found


def _listed_with(characters: frozenset[str]) -> str | None:
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
