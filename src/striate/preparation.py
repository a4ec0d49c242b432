"""How the bytes of a picture, or the letters of a sentence, become what a network reads."""

import math
from dataclasses import asdict, dataclass
from typing import Literal, assert_never, final, get_args

from striate.errors import RecipeError
from striate.errors.fault import Fault
from striate.errors.recipes import (
    digit_of_channels,
    field_below,
    field_not_a_choice,
    field_not_finite,
    field_not_positive,
    mean_beside_range,
    mean_beside_subtract,
    mean_not_a_fraction,
    mean_without_std,
    means_and_stds_differ,
    range_is_empty,
)
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
        mean: In place of `low` and `high`: what is subtracted from the shares of 1 that bytes are, one number
            for each channel or one for all.
        std: What the rest is divided by, as many numbers as those of `mean`.

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
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

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
        faults += self._channel_faults()
        if faults:
            raise RecipeError(*faults)

    def _channel_faults(self) -> list[Fault]:
        if not self.mean and not self.std:
            return []
        if not self.mean or not self.std:
            return [mean_without_std(*(("mean", "std") if self.mean else ("std", "mean")))]
        faults = [mean_not_a_fraction(one) for one in self.mean if not 0 <= one <= 1]
        faults += [field_not_finite("std", one) for one in self.std if not math.isfinite(one)]
        faults += [field_not_positive("std", one) for one in self.std if one <= 0]
        if len(self.mean) != len(self.std):
            faults.append(means_and_stds_differ(len(self.mean), len(self.std)))
        faults += [
            mean_beside_range(name)
            for name, value, usual in (("low", self.low, 0), ("high", self.high, 1))
            if value != usual
        ]
        if self.subtract != "nothing":
            faults.append(mean_beside_subtract(self.subtract))
        if self.fit == "digit" and len(self.mean) > 1:
            faults.append(digit_of_channels(len(self.mean)))
        return faults

    @property
    def byte_values(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The value of byte 0, and what each further byte adds: one number for all channels, or one for each."""
        if not self.mean:
            return (self.low,), ((self.high - self.low) / 255,)
        pairs = tuple(zip(self.mean, self.std, strict=True))
        return tuple(-mean / std for mean, std in pairs), tuple(1 / (255 * std) for _, std in pairs)

    def as_json(self) -> dict[str, object]:
        """Give the fields for other programs: of low and high, and mean and std, the pair that holds."""
        unused = ("low", "high") if self.mean else ("mean", "std")
        return {name: value for name, value in asdict(self).items() if name not in unused}

    @property
    def values(self) -> str:
        """What values bytes become, in words: `from 0 to 1`, or by mean and std."""
        if not self.mean:
            return f"from {self.low:g} to {self.high:g}"
        return f"with mean {numbers_as_text(self.mean)} and std {numbers_as_text(self.std)}"


def numbers_as_text(numbers: tuple[float, ...]) -> str:
    """Write a number for each channel as front matter has them: `0.485, 0.456, 0.406`."""
    return ", ".join(map(repr, numbers))


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
