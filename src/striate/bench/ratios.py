"""How many times as fast is one than the other, and how sure is that?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt


RESAMPLES = 10_000
LEVEL = 0.95
A_A_TOLERANCE = 0.02
"""How far from 1 the median of the control may lie, whatever its interval."""


@final
@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of paired ratios with its interval.

    Args:
        median: Of the ratios of single pairs.
        low: Lower end of the 95 % bootstrap interval of that median.
        high: Its upper end.
        pairs: Pairs that were kept.
    """

    median: float
    low: float
    high: float
    pairs: int

    @property
    def holds_one(self) -> bool:
        """Whether the two may be equally fast."""
        return self.low <= 1 <= self.high

    @property
    def is_fit_for_control(self) -> bool:
        """Whether a program measured against itself came out equal, as it must.

        Its interval holds 1, or its median lies within 2 % of it: many quiet pairs make an interval so
        narrow that it may miss 1 by a fraction that no other ratio depends on.
        """
        return self.holds_one or abs(self.median - 1) <= A_A_TOLERANCE


def paired_ratio(ours: Sequence[float], theirs: Sequence[float], seed: int = 0) -> Ratio:
    """Compare two programs that took turns.

    What slows a machine down for a while slows both of a pair, and leaves their ratio as it is.

    Args:
        ours: A rate a pair, above 0.
        theirs: The rate of the other program in the same pairs.
        seed: Of the draws of the bootstrap.

    Raises:
        ValueError: The two are not as long as each other, or empty.

    Source:
        B. Efron, Bootstrap methods: another look at the jackknife, 1979: the interval lies between
        the percentiles of the medians of samples drawn from the pairs with replacement.

    Examples:
        >>> paired_ratio([20.0, 10.0, 40.0], [10.0, 5.0, 20.0])
        Ratio(median=2.0, low=2.0, high=2.0, pairs=3)
    """
    if len(ours) != len(theirs) or not ours:
        message = f"pairs are needed, and {len(ours)} rates came with {len(theirs)}"
        raise ValueError(message)
    ratios = np.asarray(ours, np.float64) / np.asarray(theirs, np.float64)
    low, high = _interval_of_median(ratios, seed)
    return Ratio(float(np.median(ratios)), low, high, len(ratios))


def _interval_of_median(values: npt.NDArray[np.float64], seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    drawn = generator.integers(len(values), size=(RESAMPLES, len(values)))
    medians = np.median(values[drawn], axis=1)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(medians, [tail, 100 - tail])
    return float(low), float(high)
