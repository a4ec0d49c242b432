"""Counts of parameters that stand among the words of a layer: `dense 10 (90 params)`."""

import re
from collections.abc import Sequence
from dataclasses import replace

from striate.documents.patterns import pattern_of
from striate.documents.table.claims import Line
from striate.documents.table.text import plain
from striate.documents.table.words import Role, ops_in


_PARAMETERS = (
    r"(?:(?:trainable|learnable|total) )?"
    r"(?:params?|parameters?|parametern|파라미터|매개 ?변수|参数|參數|パラメーター?)(?![a-z])"
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?:\s?[km])?)(?!,?\.?\d|[a-z]|\s?[x*·+/^]\s?\d)"
_COUNTED = (
    rf"(?<![\w.,x*·+/^=])({_NUMBER})\s*(?:개의?|个|個の?)?\s*{_PARAMETERS}"
    rf"|{_PARAMETERS}\s*(?:수|개수|数量?|數量?|量|count|number)?\s*(?:은|는|は|为|是|:|=)?\s*"
    rf"({_NUMBER})(?:\s*(?:개|个|個))?"
)
_BESIDE = pattern_of(
    rf"\s*(?:[(\[]\s*(?:{_COUNTED})\s*[)\]]|[,;:]?\s*(?:{_COUNTED}))", re.IGNORECASE
)
"""A count of parameters, in brackets of its own or not, with the comma ahead of it."""


def parameters_apart(cells: dict[Role, str]) -> dict[Role, str]:
    """Give the count of parameters that the words of a layer hold a cell of its own: it is no number of the layer.

    Cells that say several counts, or that stand beside a column of counts, stay as they are.
    """
    if {"parameters", "weights"} & set(cells):
        return cells
    roles: tuple[Role, ...] = ("layer", "type", "details")
    found = [
        (role, words, count)
        for role in roles
        for words in (plain(cells.get(role, "")),)
        for count in _BESIDE.finditer(words)
    ]
    if len(found) != 1 or not any(ops_in(plain(cells.get(role, ""))) for role in roles):
        return cells
    (role, words, count) = found[0]
    rest = f"{words[: count.start()]}{words[count.end() :]}".strip(" ,;:")
    others = {other: text for other, text in cells.items() if other != role}
    others |= {role: rest} if rest else {}
    return {**others, "parameters": next(one for one in count.groups() if one)}


def settle_ordinals(lines: Sequence[Line]) -> None:
    """Take a number behind the word of a layer for its own where there are not so many rows that it could count.

    It matters where words hold a count as well: `dense 10, 91 params` is wrong about its parameters, not unsaid.
    """
    keys = ("units", "maps")
    for line in lines:
        for at, step in enumerate(line.steps) if line.parameters else ():
            own = tuple(
                said for said in step.said if any(said.get(key, 0) > len(lines) for key in keys)
            )
            others = [said for said in step.said if said not in own]
            if own and not any(key in said for said in others for key in keys):
                line.steps[at] = replace(step, said=own)
