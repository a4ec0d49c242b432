"""What is printed beside tables: messages, JSON, and texts that steer no terminal; JSON waits for no library."""

import json
import math
import re
import sys
from collections.abc import Iterable


_UNSEEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Characters that steer a terminal, or turn text around, or are no characters; all but tab and new line."""
_IN_TEXT, _IN_NAME = re.compile(f"[{_UNSEEN}]"), re.compile(f"[\\t\\n{_UNSEEN}]")


def visible(text: str, *, is_name: bool = True) -> str:
    r"""Write characters that steer a terminal as they are written in code: `\x1b`, `\u202e`.

    Args:
        text: From a document, from data, or from a file system.
        is_name: Whether it stands in a line, so that ends of lines are written out, too.
    """
    return (_IN_NAME if is_name else _IN_TEXT).sub(_in_code, text)


def steers(text: str) -> bool:
    """Whether a text of several lines holds characters that steer a terminal."""
    return _IN_TEXT.search(text) is not None


def _in_code(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape", "surrogatepass").decode("ascii")


def print_error(text: str) -> None:
    """Print an error where errors belong."""
    _print_beside("red", "error", text)


def print_note(text: str) -> None:
    """Print what is worth knowing beside the output, where it does not mix with it."""
    _print_beside("cyan", "note", text)


def _print_beside(colour: str, word: str, text: str) -> None:
    # What draws tables and colours takes long to load, and is not needed where all is well.
    from striate.cli.console import Console, escape_lines

    Console(stderr=True, soft_wrap=True).print(f"[{colour}]{word}[/]: {escape_lines(text)}")


def print_notes(texts: Iterable[str]) -> None:
    """Print several notes, a line each."""
    for text in texts:
        print_note(text)


def print_json(value: object, indent: int | None = 2) -> None:
    """Print a value as JSON, and nothing else; JSON has no word for what is not finite, which becomes null."""
    # In a stream of another encoding every letter is written as its number, which JSON knows.
    is_ascii = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(_finite(value), indent=indent, ensure_ascii=is_ascii, allow_nan=False)
    sys.stdout.write(_IN_TEXT.sub(_in_json, text) + "\n")
    sys.stdout.flush()


def _in_json(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case _:
            return value


def per_cent(fraction: float) -> str:
    """Write a fraction in per cent, with two digits."""
    return f"{100 * fraction:.2f} %"


def duration(seconds: float) -> str:
    """Write a time in the largest unit that suits: `12 s`, `3:05 min`, `2:30 h`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02} h"
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"
