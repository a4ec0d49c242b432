"""Korean particles, whose form depends on the sound before them: 커널은, 크기는."""

import re


_PAIRS = "은/는|이/가|을/를|과/와|으로/로|이라고/라고|이라는/라는|이라면/라면"
_WITH_SOUND = re.compile(rf"(\S?)([)\]}}'\"`’”.%]*)({_PAIRS})(?!\w)")
_BOTH = {
    "은/는": "은(는)",
    "이/가": "이(가)",
    "을/를": "을(를)",
    "과/와": "과(와)",
    "으로/로": "(으)로",
    "이라고/라고": "(이)라고",
    "이라는/라는": "(이)라는",
    "이라면/라면": "(이)라면",
}
"""Both forms, as Korean prints them behind words whose sound it does not know."""
_FIRST, _SYLLABLES, _FINALS = 0xAC00, 11_172, 28
"""Hangul syllables in Unicode: the first one, how many, and how many ends each beginning has."""
_RIEUL = 8
"""The end ㄹ, behind which 로 stands as behind a vowel."""
_DIGITS = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}
"""Digits that end in a consonant when they are read: 영, 일, 삼, 육, 칠, 팔."""
_LETTERS = {"L": _RIEUL, "M": 16, "N": 4, "R": _RIEUL}
"""Letters whose names end in a consonant: 엘, 엠, 엔, 알. What longer words sound like is not known."""


def with_particles(text: str) -> str:
    """Choose the form of every particle that is written in both.

    >>> with_particles("커널은/는 5을/를, 크기은/는 28으로/로, C1이/가")
    '커널은 5를, 크기는 28로, C1이'
    >>> with_particles("2.7K으로/로, 34M으로/로, Conv은/는 `same`과/와")
    '2.7K로, 34M으로, Conv은(는) `same`과(와)'
    """
    return _WITH_SOUND.sub(_chosen, text)


def _chosen(found: re.Match[str]) -> str:
    before, closing, pair = found.groups()
    end = _end_of(before, is_alone=not found.string[: found.start()][-1:].isalpha())
    if end is None:
        return f"{before}{closing}{_BOTH[pair]}"
    behind_consonant, behind_vowel = pair.split("/")
    is_vowel = end == 0 or (pair == "으로/로" and end == _RIEUL)
    return f"{before}{closing}{behind_vowel if is_vowel else behind_consonant}"


def _end_of(letter: str, *, is_alone: bool) -> int | None:
    """Number the consonant in which a letter ends: 0 for a vowel, None where its sound is not known.

    Args:
        letter: The last one of a word.
        is_alone: Whether no letter stands ahead of it.
    """
    if letter.isascii() and letter.isalnum():
        if letter.isdigit():
            return _DIGITS.get(letter, 0)
        return _LETTERS.get(letter.upper(), 0) if is_alone else None
    place = ord(letter) - _FIRST if letter else -1
    return place % _FINALS if 0 <= place < _SYLLABLES else None
