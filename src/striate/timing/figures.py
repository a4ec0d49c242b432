"""From raw numbers to figures: how fast, how many times as fast, which share of the machine."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from striate.timing.rounds import Comparison, compare
from striate.timing.study import AGAIN, MATRICES, speed_of


Raw = Mapping[str, Any]
"""The numbers of one study, as `Study.run` gives them or JSON holds them."""


def compared(raw: Raw, peer: str, share: int = 50) -> Comparison:
    """Compare the measured program with a peer; above 1 it is faster.

    Args:
        raw: The numbers.
        peer: Its name.
        share: The percentile of times that is compared, for single examples.
    """
    return compare(raw["rounds"], raw["ours"], peer, speed_of(raw["kind"], share))


def control(raw: Raw) -> Comparison:
    """Compare the measured program with itself; anything but 1 tells of the machine, or of a fault."""
    return compared(raw, AGAIN)


def peers(raw: Raw) -> list[str]:
    """Name what was measured besides the program itself and its control."""
    return [name for name in raw["programs"] if name not in {raw["ours"], AGAIN}]


def typical(raw: Raw, program: str, share: int = 50) -> float:
    """Give the median over all rounds: examples a second, or seconds an answer at a percentile."""
    blocks = [one[program] for one in raw["rounds"] if program in one]
    if raw["kind"] == "answering":
        return median(float(block[f"p{share}"]) for block in blocks)
    return median(speed_of(raw["kind"])(block) for block in blocks)


def peak(raw: Raw, width: str) -> float:
    """Give the operations a second that a product of matrices reached, median over the rounds."""
    return median(one[MATRICES][width] for one in raw["rounds"])


def share_of_peak(raw: Raw, program: str) -> float:
    """Give the part of the peak that a program reaches, by the products that the table needs.

    The peak is that of the program's width in the same round. Shortcuts that leave out products, as
    those by zero, count as if they were done.
    """
    width = raw["programs"][program]["width"]
    shares = [
        speed_of(raw["kind"])(one[program]) * raw["operations_an_example"] / one[MATRICES][width]
        for one in raw["rounds"]
        if program in one
    ]
    return median(shares)
