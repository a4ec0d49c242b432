"""How the bytes of a picture, or the letters of a sentence, become what a network reads."""

import math
from dataclasses import dataclass
from typing import Literal, final, get_args

from striate.errors import RecipeError
from striate.errors.recipes import field_below, field_not_a_choice, field_not_finite, range_is_empty


Fit = Literal["resize", "digit"]
Tokens = Literal["words", "characters"]
Letters = Literal["lower", "as written"]


@final
@dataclass(frozen=True, slots=True)
class Preparation:
    """The way from a picture to the network's input. It travels with the weights.

    Args:
        fit: `resize` scales the whole picture to the input's size. `digit` finds the ink, fits it
            into the box with its aspect kept, and puts its center of mass in the middle.
        box: Side of the square that the ink is fitted into, in pixels; used by `digit`.
        low: Value of byte 0: the background of a digit.
        high: Value of byte 255: its ink.

    Raises:
        RecipeError: A value is impossible; all of them are named.

    Source:
        LeCun et al. 1998, III-A for the box and the center of mass, II-B for the values.
    """

    fit: Fit = "resize"
    box: int = 20
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if self.fit not in get_args(Fit):
            faults.append(field_not_a_choice("fit", self.fit, get_args(Fit)))
        if self.box < 1:
            faults.append(field_below("box", self.box, 1))
        faults += [
            field_not_finite(name, value)
            for name, value in (("low", self.low), ("high", self.high))
            if not math.isfinite(value)
        ]
        if self.low == self.high and math.isfinite(self.low):
            faults.append(range_is_empty(self.low, self.high))
        if faults:
            raise RecipeError(*faults)


@final
@dataclass(frozen=True, slots=True)
class TextPreparation:
    """The way from a sentence to its tokens. It travels with the weights.

    Args:
        tokens: `words` parts a sentence at blanks and around punctuation, and English `n't`, `'s`
            and their like from the words that they hang on. `characters` takes every character but
            blanks by itself: Hangul syllables, for example.
        letters: `lower` makes all letters small, `as written` keeps them.

    Raises:
        RecipeError: A value is impossible; all of them are named.

    Source:
        Kim's code for Kim 2014, `process_data.py`, for small letters and the parted endings.
    """

    tokens: Tokens = "words"
    letters: Letters = "lower"

    def __post_init__(self) -> None:
        faults = [
            field_not_a_choice(name, value, get_args(choices))
            for name, value, choices in (
                ("tokens", self.tokens, Tokens),
                ("letters", self.letters, Letters),
            )
            if value not in get_args(choices)
        ]
        if faults:
            raise RecipeError(*faults)
