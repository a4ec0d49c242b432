"""Find the blocks of a printed tree whose input comes in a second time, which no print shows."""

from collections.abc import Sequence

from striate.documents.forms.printed_classes import FUNCTIONS
from striate.documents.forms.summary_text import PrintedRow
from striate.documents.patterns import pattern_of


_RESIDUAL = pattern_of(
    r"BasicBlock|Bottleneck|(?:Inverted)?Res(?:idual)?(?:Net)?(?:Block|Unit|Layer)?(?:V\d)?"
)
"""Classes whose name says that they add what they read: ResNet's blocks, and MobileNet's inverted ones."""


class PrintedBlocks:
    """Knows the modules of a tree: which row opens one, which closes one, and where each stands.

    Args:
        rows: All rows of the print.
        leaves: Those that are layers.
    """

    def __init__(self, rows: Sequence[PrintedRow], leaves: Sequence[PrintedRow]) -> None:
        self._opened: dict[int, list[PrintedRow]] = {}
        self._closed: dict[int, list[PrintedRow]] = {}
        self._parents: dict[int, PrintedRow] = {}
        are_leaves = {row.line for row in leaves}
        above: list[PrintedRow] = []
        waiting: list[PrintedRow] = []
        last: PrintedRow | None = None
        for row in rows:
            while above and above[-1].depth >= row.depth:
                closed = above.pop()
                if last is not None:
                    self._closed.setdefault(last.line, []).append(closed)
            if above:
                self._parents[row.line] = above[-1]
            if row.line in are_leaves:
                self._opened[row.line] = waiting
                waiting, last = [], row
            else:
                above.append(row)
                waiting = [*waiting, row]
        for module in reversed(above):
            if last is not None:
                self._closed.setdefault(last.line, []).append(module)
        self.inputs: dict[int, str] = {}

    def enter(self, leaf: PrintedRow, last: str) -> None:
        """Note which row of the network the modules read that begin with a layer."""
        for module in self._opened.get(leaf.line, ()):
            self.inputs[module.line] = last

    def input_of(self, row: PrintedRow) -> str:
        """Return the row that the module around a printed row reads; nothing if there is none."""
        parent = self._parents.get(row.line)
        return "" if parent is None else self.inputs.get(parent.line, "")

    def added_ahead(self, leaf: PrintedRow, kind: str) -> list[PrintedRow]:
        """Return the residual blocks that end in this function, ahead of which their input is added."""
        return self._residual(leaf) if kind in FUNCTIONS else []

    def added_behind(self, leaf: PrintedRow, kind: str) -> list[PrintedRow]:
        """Return the residual blocks that end in this layer, behind which their input is added."""
        return [] if kind in FUNCTIONS else self._residual(leaf)

    def _residual(self, leaf: PrintedRow) -> list[PrintedRow]:
        closed = self._closed.get(leaf.line, ())
        return [module for module in closed if _RESIDUAL.fullmatch(module.kind)]
