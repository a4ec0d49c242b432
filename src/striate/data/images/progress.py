"""What is told while many pictures are read; whoever listens shows it, or not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar, final


Pass = Literal["compare", "read"]

_Made = TypeVar("_Made")


@final
@dataclass(frozen=True, slots=True)
class PicturesRead:
    """One more picture is done.

    Args:
        doing: Which pass over the pictures this is: `compare` looks whether they were decoded
            before, `read` decodes them. A pass that fails on the way may begin again.
        done: Pictures that the pass is done with.
        pictures: All of them.
    """

    doing: Pass
    done: int
    pictures: int


Listener = Callable[[PicturesRead], None]


def told(
    outcomes: Iterator[_Made], doing: Pass, pictures: int, listen: Listener | None
) -> Iterator[_Made]:
    """Give the outcomes of a pass as they come, and tell of each.

    Args:
        outcomes: One a picture.
        doing: The pass.
        pictures: How many there will be.
        listen: Called after every picture, by the thread that asks for the outcomes.
    """
    for done, outcome in enumerate(outcomes, start=1):
        if listen is not None:
            listen(PicturesRead(doing, done, pictures))
        yield outcome
