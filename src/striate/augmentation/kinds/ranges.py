"""Which numbers a kind of augmentation takes."""

import math

from striate.errors import Fault, RecipeError
from striate.errors.augmentation import value_outside


def outside(
    word: str,
    parameter: str,
    value: float,
    least: float,
    most: float = math.inf,
    *,
    is_above: bool = False,
    is_below: bool = False,
) -> list[Fault]:
    """Report a value outside of its range; `is_above` and `is_below` leave its ends out."""
    is_inside = least <= value <= most and math.isfinite(value)
    is_inside &= not (is_above and value == least) and not (is_below and value == most)
    if is_inside:
        return []
    lower = f"above {least:g}" if is_above else f"{least:g} or more"
    upper = f"below {most:g}" if is_below else f"at most {most:g}"
    needed = f"a finite number, {lower}" if math.isinf(most) else f"a number, {lower} and {upper}"
    return [value_outside(word, parameter, value, needed)]


def raise_faults(faults: list[Fault]) -> None:
    """Raise what was found, if anything was.

    Raises:
        RecipeError: There are faults.
    """
    if faults:
        raise RecipeError(*faults)
