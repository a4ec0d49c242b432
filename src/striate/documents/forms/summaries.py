"""Read printed summaries: what is not printed of a layer is solved for from its sizes and counts."""

from dataclasses import replace

from striate.documents.forms.building import MOST_LAYERS, Builder
from striate.documents.forms.printed_blocks import PrintedBlocks
from striate.documents.forms.printed_classes import (
    FUNCTIONS,
)
from striate.documents.forms.printed_inputs import InputFinder
from striate.documents.forms.printed_layers import LayerSolver
from striate.documents.forms.printed_rows import Printed
from striate.documents.forms.summary_text import (
    PrintedRow,
    PrintedSummary,
    cut_summaries,
)
from striate.documents.parts import Block, NetworkRead
from striate.documents.trained import trained_beside
from striate.errors.forms import (
    printed_text_left,
    printed_weights_shared,
    too_many_layers,
    unknown_form_layer,
    unknown_form_source,
)
from striate.layers import (
    Add,
    Input,
)
from striate.shapes import Features, Image, Shape
from striate.table import Claim, Claims, Table


def read_summaries(block: Block, around: str, given: Shape | None = None) -> list[NetworkRead]:
    """Read every summary of a block.

    Args:
        block: The text.
        around: The document's other text, which may tell the input's size.
        given: What comes in, where the user says it.

    Returns:
        One network a summary.
    """
    summaries = [one for one in cut_summaries(block.lines, block.line + 1) if one.rows]
    printed: set[int] = set()
    for summary in summaries:
        printed |= {*range(summary.line, (summary.total_line or summary.rows[-1].line) + 1)}
        printed |= {*summary.memory_lines}
    # The numbers of any summary are no sizes that a text tells.
    own = [text for at, text in enumerate(block.lines, block.line + 1) if at not in printed]
    text = "\n".join([*own, around])
    return [_Reader(summary, text, given).read(block.heading) for summary in summaries]


class _Reader:
    """Makes rows of the rows of one summary."""

    def __init__(self, summary: PrintedSummary, around: str, given: Shape | None) -> None:
        self.printed = Printed(summary)
        self.rows = Builder()
        self.input = InputFinder(self.printed, around, self.rows, given)
        self.solver = LayerSolver(self.printed, self.rows)
        self.names: dict[str, str] = {}
        self.blocks = PrintedBlocks((), ())

    def read(self, heading: str) -> NetworkRead:
        """Read every row."""
        summary, solver = self.printed.summary, self.solver
        if len(summary.rows) > MOST_LAYERS:
            fault = too_many_layers(self.printed.form, len(summary.rows), MOST_LAYERS, summary.line)
            return NetworkRead(Table(()), summary.line, heading, faults=(fault,))
        leaves, modules = self.printed.leaves()
        self.blocks = solver.blocks = PrintedBlocks(summary.rows, leaves)
        solver.containers += modules
        if self.input.add(leaves):
            solver.pools_are_functions = solver.poolings.are_proved(leaves)
            for row in leaves:
                self.blocks.enter(row, self.rows.last)
                kind = self.printed.kind(row)
                self._add_input_of(self.blocks.added_ahead(row, kind), row)
                self._add(row)
                self._add_input_of(self.blocks.added_behind(row, kind), row)
        solver.tell()
        if summary.left:
            self.rows.remarks.append(
                printed_text_left(self.printed.form, summary.left, summary.line)
            )
        totals, more = Claims(), tuple[tuple[int, Claims], ...]()
        if summary.total is not None:
            total = summary.total - summary.optimizer - solver.left_out
            totals = Claims(parameters=Claim(f"{total:,}"))
            parts = trained_beside(summary.parts, Claim(f"{summary.total - summary.optimizer:,}"))
            more = () if solver.left_out else tuple(parts)
        table = Table(())
        if self.rows.last:
            table = self.rows.table(merged=False, totals=totals, totals_line=summary.total_line)
            table = replace(table, other_totals=more)
        return NetworkRead(
            table,
            summary.line,
            heading,
            faults=tuple(self.rows.faults),
            remarks=tuple(self.rows.remarks),
        )

    def _add_input_of(self, modules: list[PrintedRow], row: PrintedRow) -> None:
        """Add what residual blocks read to what comes out of them, where both are of one size."""
        for module in modules:
            source, last = self.blocks.inputs.get(module.line, ""), self.rows.last
            is_even = self.rows.outputs.get(source) == self.rows.outputs.get(last)
            if self.solver.branch or not source or source == last or not is_even:
                continue
            name = self.rows.add(f"add {module.name}", Add(), [last, source], line=row.line)
            text = (
                f"{module.name} is a {module.kind}, and what it reads, {source}, is of the size of what comes out: "
                "it is added, which no print shows."
            )
            self.rows.tell(name, text, module.line)

    def _add(self, row: PrintedRow) -> None:
        kind = self.printed.kind(row)
        if row.is_shared and row.parameters is None and kind not in FUNCTIONS:
            is_weighted = kind in {"Conv2d", "Linear", "ConvTranspose2d"} or kind.startswith(
                ("BatchNorm", "LayerNorm")
            )
            if is_weighted:
                self.rows.faults.append(printed_weights_shared(row.name, row.line))
        if kind == "InputLayer":
            self._input_layer(row)
            return
        sources = self._sources(row)
        if sources is None:
            return
        if self.solver.branch and not kind.startswith("BatchNorm"):
            sources = self._join(row, sources)
        output = self.printed.shape(row.output)
        below = self.rows.outputs.get(sources[0]) if sources else None
        made = self.solver.layers(row, kind, sources, below, output)
        if made is None:
            if sources:
                self.names[row.name] = sources[0]
            return
        claims = self._claims(row, output, kind)
        name = row.name
        for number, (layer, words) in enumerate(made):
            is_last = number == len(made) - 1
            read = sources if number == 0 else None
            name = self.rows.add(
                row.name if is_last else words,
                layer,
                read,
                line=row.line,
                claims=claims
                if is_last and kind not in {"SeparableConv2D", "Sequential"}
                else Claims(),
            )
        self.names[row.name] = name

    def _input_layer(self, row: PrintedRow) -> None:
        shape = self.printed.shape(row.output)
        if shape is None or self.rows.last:
            problem = "a second input" if self.rows.last else f"an input of {len(row.output)} sizes"
            self.rows.faults.append(
                unknown_form_layer(row.name, self.printed.form, problem, row.line)
            )
            return
        self.names[row.name] = self.rows.add(row.name, Input(shape), (), line=row.line)

    def _sources(self, row: PrintedRow) -> list[str] | None:
        if not self.printed.summary.is_graph or not row.sources:
            return [self.rows.last]
        found = [self._named(source) for source in row.sources]
        unknown = [source for source, name in zip(row.sources, found, strict=True) if not name]
        if unknown:
            self.rows.faults += [
                unknown_form_source(row.name, source, row.line) for source in unknown
            ]
            return None
        return found

    def _named(self, source: str) -> str:
        """Find a row by its printed name; one that is cut off is the nearest above that begins so."""
        if source in self.names:
            return self.names[source]
        start = source.removesuffix("…")
        for name in reversed(self.names):
            plain = name.removesuffix("…")
            if (
                plain.startswith(start)
                if start != source
                else name != plain and start.startswith(plain)
            ):
                return self.names[name]
        return ""

    def _join(self, row: PrintedRow, sources: list[str]) -> list[str]:
        """Add up two branches of one size: the print shows both, and not what joins them."""
        branch, self.solver.branch = self.solver.branch, ""
        last = self.rows.last
        if self.rows.outputs.get(branch) != self.rows.outputs.get(last):
            return sources
        name = self.rows.add(f"add {row.name}", Add(), [branch, last], line=row.line)
        text = f"{branch} and {last} are of one size, and the print shows nothing that reads both: they are added."
        self.rows.tell(name, text, row.line)
        return [name]

    def _claims(self, row: PrintedRow, output: Shape | None, kind: str) -> Claims:
        count = Claim(f"{row.parameters:,}") if row.parameters is not None else None
        if count is not None and not row.parameters and not _is_weighted(kind):
            count = None
        match output:
            case Image(channels, height, width):
                maps = None if kind.startswith(("Conv", "Separable", "Dense")) else channels
                return Claims(maps=maps, size=(height, width), parameters=count)
            case Features(values):
                size = None if kind in {"Dense", "Linear"} else (values,)
                return Claims(size=size, parameters=count)
            case _:
                return Claims(parameters=count)


def _is_weighted(kind: str) -> bool:
    return kind.startswith(("Conv", "Dense", "Linear", "Batch", "Depthwise", "Separable", "Lazy"))
