"""A line an epoch: which columns there are, and which of them a narrow terminal shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from rich.cells import cell_len

from striate.cli.terminal import duration, per_cent


if TYPE_CHECKING:
    from striate.training.history import EpochRecord


BEST = " best"

_WIDE = 8


@final
@dataclass(frozen=True, slots=True)
class _Column:
    """One column.

    Args:
        heading: What stands over it.
        least: Cells that its numbers take where there is little room.
        leaves: Its turn to leave where even so there is too little; 0 if it always stays.
    """

    heading: str
    least: int
    leaves: int = 0


@final
class EpochTable:
    """Writes the headings and the line of an epoch.

    Args:
        heads: Names of the side heads, whose losses have a column each.
        has_validation: Whether there are columns for held-out images.
        width: Cells of the terminal; None where nothing limits a line.
    """

    def __init__(
        self, heads: Sequence[str] = (), *, has_validation: bool = False, width: int | None = None
    ) -> None:
        self.heads, self.has_validation = tuple(heads), has_validation
        self.columns = _columns(self.heads, has_validation=has_validation)
        room = None if width is None else width - (len(BEST) if has_validation else 0)
        self.widths = {at: max(_WIDE, column.least) for at, column in enumerate(self.columns)}
        if room is not None and _length(self.widths) > room:
            self.widths = {at: column.least for at, column in enumerate(self.columns)}
            self._leave_out(room)

    @property
    def left_out(self) -> list[str]:
        """Headings of the columns for which there is no room."""
        return [one.heading for at, one in enumerate(self.columns) if at not in self.widths]

    def headings(self) -> str:
        """Write the line over the table; a head's name is cut where it is longer than its column."""
        return self._line(
            [_cut(one.heading, self.widths.get(at, 0)) for at, one in enumerate(self.columns)]
        )

    def line(self, record: "EpochRecord") -> str:
        """Write the line of an epoch, without the mark of the best one."""
        cells = [
            str(record.epoch),
            f"{record.learning_rate:.2g}",
            f"{record.training_loss:.4f}",
            per_cent(record.training_error),
            *(f"{record.head_losses[name]:.4f}" for name in self.heads),
        ]
        if self.has_validation:
            loss, error = record.validation_loss, record.validation_error
            cells += ["-" if loss is None else f"{loss:.4f}"]
            cells += ["-" if error is None else per_cent(error)]
        return self._line([*cells, f"{record.images_per_second:,.0f}", duration(record.seconds)])

    def _line(self, cells: Sequence[str]) -> str:
        return " ".join(
            " " * (width - cell_len(cells[at])) + cells[at] for at, width in self.widths.items()
        )

    def _leave_out(self, room: int) -> None:
        turns = sorted((one.leaves, at) for at, one in enumerate(self.columns) if one.leaves)
        for _, at in turns:
            if _length(self.widths) <= room:
                return
            del self.widths[at]


def _columns(heads: Sequence[str], *, has_validation: bool) -> list[_Column]:
    """Give all columns; images/s leaves first, for the line below the table tells it, too."""
    after = 3 + len(heads)
    # What a recipe is chosen by stays: the loss, and the error on images that were held out, with the
    # column that tells whose error it is.
    error = _Column("error", 8, after + 1 if has_validation else 0)
    columns = [_Column("epoch", 5), _Column("rate", 7, 2), _Column("loss", 7), error]
    # The head that was added last, nearest the end, leaves first.
    columns += [_Column(name, 7, after - 1 - at) for at, name in enumerate(heads)]
    if has_validation:
        columns += [_Column("held out", 8), _Column("error", 8)]
    return [*columns, _Column("images/s", 8, 1), _Column("time", 9, after)]


def _length(widths: dict[int, int]) -> int:
    return sum(widths.values()) + len(widths) - 1


def _cut(text: str, width: int) -> str:
    """Leave out the middle of a long name: its end is often the number that tells it from others."""
    cut, kept = text, len(text)
    while cell_len(cut) > width and kept > 1:
        kept -= 1
        cut = f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"
    return cut
