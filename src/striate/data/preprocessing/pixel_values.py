"""What the numbers of images mean: bytes, shares of 1, or values around 0; told from their range."""

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
import numpy.typing as npt

from striate.errors import DataError
from striate.errors.datasets import values_not_finite, values_not_plain


Range = Literal["bytes", "unit", "signed"]

# What rounding leaves above 1 or below -1.
_ROUNDING = 1e-3
# A largest value between 1 and this one may be of anything: few images of bytes are so dark.
_LEAST_BYTES = 16

# Values converted at a time, so that no second copy of all of them in float64 is needed.
_CHUNK = 2**22

_WORDS = {"bytes": "0 to 255", "unit": "0 to 1", "signed": "-1 to 1"}


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """What the numbers of an array mean.

    Args:
        range: What they run from and to.
        kind: Their dtype.
        low: The smallest one.
        high: The largest one.
        is_told: Whether the numbers tell; all black images do not.
    """

    range: Range
    kind: str
    low: float
    high: float
    is_told: bool = True

    @property
    def said(self) -> str:
        """How they were read, in words; nothing for bytes of 0 to 255."""
        if self.kind == "uint8" and self.range == "bytes":
            return ""
        done = {
            "bytes": "taken as bytes",
            "unit": "multiplied by 255",
            "signed": "to which 1 is added, multiplied by 127.5",
        }[self.range]
        return f"images of {self}, read as {_WORDS[self.range]}: {done}"

    def __str__(self) -> str:
        """Give dtype and range."""
        return f"{self.kind} from {self.low:.6g} to {self.high:.6g}"


def scale_of(images: npt.NDArray[Any], where: str) -> Scale:
    """Tell what the numbers of images mean.

    Args:
        images: Of any dtype of whole numbers, floats or booleans.
        where: The array, in messages.

    Raises:
        DataError: They are not finite, or it is not plain what they mean.
    """
    if not images.size:
        return Scale("bytes", str(images.dtype), 0, 0, is_told=False)
    low, high = float(images.min()), float(images.max())
    kind = str(images.dtype)
    if not np.isfinite((low, high)).all():
        raise DataError(values_not_finite(where, int(images.size - np.isfinite(images).sum())))
    if images.dtype == np.bool_:
        return Scale("unit", kind, low, high)
    if low == high == 0:
        return Scale("bytes", kind, low, high, is_told=False)
    if -1 - _ROUNDING <= low < 0 and high <= 1 + _ROUNDING and images.dtype.kind == "f":
        return Scale("signed", kind, low, high)
    if low >= 0 and high <= 1 + _ROUNDING:
        return Scale("unit", kind, low, high)
    is_bytes = low >= 0 and high <= 255  # noqa: PLR2004 - the largest byte
    if is_bytes and (images.dtype == np.uint8 or high >= _LEAST_BYTES):
        return Scale("bytes", kind, low, high)
    raise DataError(values_not_plain(where, kind, low, high))


def as_bytes(images: npt.NDArray[Any], scale: Scale) -> npt.NDArray[np.uint8]:
    """Turn images into bytes, rounded to the nearest."""
    if images.dtype == np.uint8 and scale.range == "bytes":
        return images
    factor, offset = {"bytes": (1.0, 0.0), "unit": (255.0, 0.0), "signed": (127.5, 1.0)}[
        scale.range
    ]
    made = np.empty(images.shape, np.uint8)
    step = max(1, _CHUNK // max(1, images[:1].size))
    for begin in range(0, len(images), step):
        values = (images[begin : begin + step].astype(np.float64) + offset) * factor
        made[begin : begin + step] = np.rint(values).clip(0, 255)
    return made
