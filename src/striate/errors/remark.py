"""Something that is right and worth saying: what was inferred, and what a reader would stumble over."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is right and worth saying.

    Args:
        row: Name of the row, or of what the remark is about.
        text: One or two sentences.
        line: Line of the document.
    """

    row: str
    text: str
    line: int | None = None
