"""What a document says of the trained part of all parameters, beside their total."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, final

from striate.documents.patterns import pattern_of
from striate.table import Claim, Claims


_PART = pattern_of(
    r"\W*(?:total |number of )?(?P<fixed>non[- ]?|비 ?|不可|非|nicht[- ]?)?"
    r"(?:(?:trainable|learnable)\s+(?:param(?:eter)?s?|weights)|(?:학습|훈련) ?(?:가능한? |(?P<never>불가능?한? ))(?:파라미터|매개 ?변수)|"
    r"可?训练参数|(?:訓練|学習)可能な?パラメータ|trainierbare parameter)(?: ?(?:count|수|量|数))?(?: \([^)\d]*\))?"
    r"\W*?(?P<count>~?\d{1,3}(?:,\d{3})+|~?\d+(?:\.\d+)?\s?[KMkm]?)(?![a-z@]|[,.]?\d)",
    re.IGNORECASE,
)


@final
class Part(NamedTuple):
    """A count of the parameters that are trained, or of those that are not.

    Args:
        line: Where it stands.
        is_fixed: Whether it counts those that are not trained.
        claim: The count.
    """

    line: int
    is_fixed: bool
    claim: Claim


def part_of_total(line: int, text: str) -> Part | None:
    """Read a line that counts what is trained, or what is not.

    >>> part_of_total(9, "Non-trainable params: 96")
    Part(line=9, is_fixed=True, claim=Claim(text='96'))
    """
    found = _PART.match(text)
    if found is None:
        return None
    return Part(
        line, bool(found["fixed"] or found["never"]), Claim(found["count"].replace(" ", ""))
    )


def trained_beside(parts: Iterable[Part], total: Claim) -> Iterator[tuple[int, Claims]]:
    """Give the claims of what is trained, and of what is not, that do not make up a total.

    Where they do, layers may be frozen, which no row says.
    """
    known = tuple(parts)
    fixed = next((part.claim.number for part in known if part.is_fixed), None)
    trained = next((part.claim.number for part in known if not part.is_fixed), None)
    if None not in {fixed, trained} and (trained or 0) + (fixed or 0) == total.number:
        return
    for part in known:
        if part.is_fixed and trained is not None:
            yield part.line, Claims(fixed=part.claim)
        elif not part.is_fixed and part.claim != total:
            yield part.line, Claims(parameters=part.claim)
