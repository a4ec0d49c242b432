"""The parameters of networks side by side, of which a small table below theirs tells."""

import re
from collections.abc import Sequence

from striate.documents.parts import Grid
from striate.documents.patterns import pattern_of
from striate.documents.table.text import plain, read_count


COUNTS_PARAMETERS = pattern_of(
    r"(?:#|number of |no\. of )?\s*(?:params?|parameters?|파라미터|参数|パラメータ|parameterzahl).*",
    re.IGNORECASE,
)
"""The name of a row that counts parameters."""


def totals_below(grids: Sequence[Grid], names: Sequence[str], line: int) -> dict[str, str]:
    """Find the parameters of each network of a table in a small table below it, by their names."""
    for grid in grids:
        titles = [plain(title) for title in grid.titles]
        if grid.line <= line or not set(names) <= set(titles):
            continue
        for _, texts in grid.lines:
            if texts and COUNTS_PARAMETERS.fullmatch(plain(texts[0])):
                unit = "M" if re.search(r"million|백만|百万|\(m\)", texts[0], re.IGNORECASE) else ""
                found = {}
                for title, text in zip(titles[1:], texts[1:], strict=False):
                    words = plain(text)
                    printed = (
                        f"{words}{unit}"
                        if unit and re.fullmatch(r"\d+(?:\.\d+)?", words)
                        else read_count(words)
                    )
                    if printed and title in names:
                        found[title] = printed
                return found
    return {}
