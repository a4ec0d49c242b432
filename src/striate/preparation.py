"""How the bytes of a picture, or the letters of a sentence, become what a network reads."""

import math
from dataclasses import dataclass
from typing import Literal, assert_never, final, get_args

from striate.errors import RecipeError
from striate.errors.recipes import field_below, field_not_a_choice, field_not_finite, range_is_empty
from striate.errors.typed import typed
from striate.shapes import Image


Fit = Literal["resize", "crop", "letterbox", "digit"]
Subtract = Literal["nothing", "channel-mean", "mean-image"]
Tokens = Literal["words", "characters"]
Letters = Literal["lower", "as written"]


@final
@dataclass(frozen=True, slots=True)
class Preparation:
    """The way from a picture to the network's input. It travels with the weights.

    Args:
        fit: `resize` scales the whole picture to the input's size. `crop` keeps its aspect: it
            scales the picture until it covers that size, and cuts out the middle. `letterbox` keeps its
            aspect, too: it scales the picture until it fits into that size, and fills the rest with byte
            0. `digit` finds the
            ink, fits it into the box with its aspect kept, and puts its center of mass in the
            middle.
        box: Side of the square that the ink is fitted into, in pixels; used by `digit`.
        low: Value of byte 0: the background of a digit.
        high: Value of byte 255: its ink.
        margin: Pixels by which pictures are kept higher and wider than the input, so that windows of
            them can be read: random ones in training, where the recipe crops, and the central one
            otherwise.
        subtract: What is taken from the values: `nothing`; `channel-mean`, the mean of each channel
            over the training images; or `mean-image`, the mean of each of their pixels.

    Raises:
        RecipeError: A value is impossible; all of them are named.

    Source:
        LeCun et al. 1998, III-A for the box and the center of mass, II-B for the values.
        Krizhevsky et al. 2012, 2 and 4.1, for `crop`, a margin of 32 and the mean image. The paper
        subtracts before it cuts windows; here, every window less the mean of the central ones.
    """

    fit: Fit = "resize"
    box: int = 20
    low: float = 0.0
    high: float = 1.0
    margin: int = 0
    subtract: Subtract = "nothing"

    def __post_init__(self) -> None:
        faults = []
        faults += [
            field_not_a_choice(name, value, get_args(choices))
            for name, value, choices in (
                ("fit", self.fit, Fit),
                ("subtract", self.subtract, Subtract),
            )
            if value not in get_args(choices)
        ]
        faults += [
            field_below(name, value, least)
            for name, value, least in (("box", self.box, 1), ("margin", self.margin, 0))
            if value < least
        ]
        faults += [
            field_not_finite(name, value)
            for name, value in (("low", self.low), ("high", self.high))
            if not math.isfinite(value)
        ]
        if self.low == self.high and math.isfinite(self.low):
            faults.append(range_is_empty(self.low, self.high))
        if faults:
            raise RecipeError(*faults)


def mean_axes(image: Image, preparation: Preparation) -> tuple[int, ...] | None:
    """Give the sizes of the mean that is subtracted from an input; None if there is none."""
    match preparation.subtract:
        case "nothing":
            return None
        case "channel-mean":
            return (image.channels, 1, 1)
        case "mean-image":
            return image.axes
        case _:
            assert_never(preparation.subtract)


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


typed(RecipeError, Preparation, TextPreparation)
