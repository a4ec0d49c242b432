"""Intervals that hold what a few counts, or a few values, are drawn from."""

import math
from collections.abc import Sequence


def wilson_interval(events: int, trials: int) -> tuple[float, float]:
    """Give Wilson's 95 % interval for a rate; it stays honest near 0 and for few trials.

    Args:
        events: Times that it happened.
        trials: Times that it could have; at least 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    Examples:
        >>> low, high = wilson_interval(95, 10_000)
        >>> f"{low:.4f} to {high:.4f}"
        '0.0078 to 0.0116'
    """
    z = 1.959963984540054  # the normal distribution's 97.5 % point
    rate = events / trials
    middle = rate + z * z / (2 * trials)
    spread = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Give the 95 % interval for the mean of what a few values are drawn from.

    Args:
        values: Independent ones.

    Returns:
        None for a single value.

    Source:
        Student, The probable error of a mean, 1908.

    Examples:
        >>> low, high = mean_interval([2.0, 4.0, 6.0])
        >>> f"{low:.3f} to {high:.3f}"
        '-0.968 to 8.968'
    """
    count = len(values)
    if count <= 1:
        return None
    mean = math.fsum(values) / count
    variance = math.fsum((one - mean) ** 2 for one in values) / (count - 1)
    half = student_quantile(0.975, count - 1) * math.sqrt(variance / count)
    return mean - half, mean + half


def student_below(value: float, freedom: int) -> float:
    """Return the probability that Student's t with some degrees of freedom lies below a value.

    >>> round(student_below(4.303, 2), 3)
    0.975

    Source:
        M. Abramowitz, I. A. Stegun, Handbook of mathematical functions, 26.7.3 and 26.7.4: finite sums.
    """
    angle = math.atan2(abs(value), math.sqrt(freedom))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    total = term = 1.0
    if freedom % 2 == 0:
        for step in range(1, freedom // 2):
            term *= square * (2 * step - 1) / (2 * step)
            total += term
        within = sine * total
    else:
        for step in range(1, (freedom - 1) // 2):
            term *= square * 2 * step / (2 * step + 1)
            total += term
        tail = sine * math.cos(angle) * total if freedom > 1 else 0.0
        within = 2 / math.pi * (angle + tail)
    return 0.5 + math.copysign(within, value) / 2


def student_quantile(probability: float, freedom: int) -> float:
    """Return the value below which Student's t lies with a probability above 1/2.

    >>> round(student_quantile(0.975, 9), 3)
    2.262
    """
    low, high = 0.0, 1.0
    while student_below(high, freedom) < probability:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if student_below(middle, freedom) < probability else (low, middle)
        )
    return high


_HALVINGS = 60
