"""What was inferred when a table was read, each in a line, and what could not be."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted, listed
from striate.errors.remark import Remark


def column_not_read(title: str, line: int) -> Remark:
    """Tell of a column whose heading is not known and whose cells are of no known form."""
    return Remark(f"column {title!r}", "It is not read: what it holds is not known.", line)


def column_names_rows(title: str, line: int) -> Remark:
    """Tell of a column whose heading is not known and that alone says what some rows do."""
    told = "It is read where nothing else says what a row does: what its other cells hold is not known."
    return Remark(f"column {title!r}", told, line)


def column_not_compared(title: str, line: int) -> Remark:
    """Tell of a column that is understood, and that no claim of a row holds."""
    return Remark(f"column {title!r}", "It is not compared: rows claim no receptive fields.", line)


def cell_not_read(row: str, column: str, cell: str, line: int) -> Remark:
    """Tell of a cell of a known column that is not understood, where the rest of its row decides."""
    return Remark(f"{row}, {column}", f"It is not read: {cell!r} is not understood.", line)


def words_not_taken(words: tuple[tuple[int, str], ...], line: int) -> Remark:
    """Tell of the words in the rows of a table that change nothing of its layers, each with its line."""
    said = "; ".join(f"{text[:40]!r} in line {place}" for place, text in words)
    return Remark("words", f"No layer takes these words: {said}.", line)


def cell_not_understood(row: str, column: str, cell: str, line: int) -> Fault:
    """Report a cell of a known column that is not understood and on which the numbers depend."""
    return Fault(
        where=f"{row}, {column}",
        came=f"{cell!r} is not understood.",
        needed="a number, or height x width as in 3x3; for padding also same or valid.",
        fix="write it so, or `-` for none.",
        line=line,
    )


def input_inferred(shape: object, said: str, line: int) -> Remark:
    """Tell where the input of a table without a row for it comes from."""
    return Remark("Input", f"It is {shape}: from {said}.", line)


def maps_of_input(claimed: str, shape: str, line: int) -> Remark:
    """Tell that a column of maps says another number for the input than its size does."""
    return Remark(
        "Input",
        f"It is {shape}, as its size says; the {claimed} in a column of maps is no number of its channels.",
        line,
    )


def sizes_inferred(order: str, agreeing: int, all_of_them: int, line: int) -> Remark:
    """Tell in which order the sizes of a table were read."""
    return Remark(
        "sizes", f"They are {order}: {agreeing} of {all_of_them} rows agree that way.", line
    )


def widths_first(said: str, line: int) -> Remark:
    """Tell that a table writes its widths ahead of its heights."""
    return Remark(
        "sizes", f"Widths stand ahead of heights, by {said}; here the height is first.", line
    )


def rows_from_below(line: int) -> Remark:
    """Tell that a table has its input in the last line, and is read from there."""
    return Remark("rows", "The input stands in the last line: the table is read from below.", line)


def source_not_found(row: str, source: str, line: int) -> Fault:
    """Report a row that says that it reads another one which is not there."""
    return Fault(
        where=f"{row}, reads",
        came=f"no row above is called {source!r}.",
        needed="the name or the number of a row above it, or the input.",
        fix=f"correct {source!r}, or add the row.",
        line=line,
    )


def goes_on_below(line: int, first: int) -> Remark:
    """Tell that a second table is taken for the end of the network of the one above it."""
    told = "It ends the network of the table in line {}: it begins with flattening or a full layer, which that one has not."
    return Remark("table", told.format(first), line)


def layer_inferred(row: str, inferred: tuple[str, ...], line: int | None) -> Remark:
    """Tell what of a row was filled in, and from what."""
    return Remark(row, f"{'; '.join(inferred)}.", line)


def habit_followed(row: str, came: str, said_in: int | None, line: int) -> Remark:
    """Tell what a sentence adds to rows."""
    return Remark(row, f"{came}, by the sentence in line {said_in}.", line)


def input_not_said(line: int, likely: tuple[str, ...] = ()) -> Fault:
    """Ask for the input, which neither the table nor the sentences around it give.

    Args:
        line: Line of the table.
        likely: Inputs from which the size that its first row claims comes.
    """
    sizes = ", or ".join(likely) or "CHANNELSxHEIGHTxWIDTH"
    return Fault(
        where="Input",
        came="neither a row nor a sentence says what comes in, and the sizes do not tell.",
        needed="channels, height and width of the pictures.",
        fix=f"add a row of the type Input, or say `--input {sizes}`.",
        line=line,
    )


def missing_in_row(
    row: str, missing: tuple[str, ...], line: int | None, beside: Sequence[tuple[str, str]] = ()
) -> Fault:
    """Ask for what neither the words of a row nor its claims tell; cells beside it that are not read may."""
    titles, cells = (", ".join(f"{one[at]!r}" for one in beside) for at in (0, 1))
    unread = f"{cells} in column {titles}" if beside else ""
    return Fault(
        where=row,
        came=f"{listed(missing)} is not said, and the arithmetic does not tell.",
        needed=f"{listed(missing)}.",
        fix=f"write it in the row; {unread} is not understood."
        if unread
        else "write it in the row.",
        line=line,
    )


def input_contradicted(row: str, claimed: str, computed: str, line: int | None) -> Fault:
    """Report a size that comes in and is not what the row above gives."""
    return Fault(
        where=f"{row}, input size",
        came=f"the table says {claimed}, the row above gives {computed}.",
        needed=f"{computed}.",
        fix=f"write {computed}, or correct the row above.",
        line=line,
    )


def line_of_no_layer(came: str, line: int) -> Remark:
    """Tell of a line that is taken for a heading between the rows."""
    return Remark(
        f"line {line}", f"It is taken for a heading, not for a layer: {came[:60]!r}.", line
    )


def line_of_preparation(came: str, line: int) -> Remark:
    """Tell of a line ahead of all layers that says how pictures are prepared, or varied for training."""
    text = f"It prepares pictures and is no row: {came[:60]!r}; the document's `input` says how they are prepared."
    return Remark(f"line {line}", text, line)


def sum_of_rows(row: str, number: int, ends: tuple[str, str], line: int) -> Remark:
    """Tell that a count is that of several layers, and of which."""
    first, last = ends
    told = f"Its counts are the sums of {counted(number, 'layer')}, {first} to {last}."
    return Remark(row, told, line)


def full_layers_linear(rows: tuple[str, ...], line: int | None) -> Remark:
    """Tell of hidden full layers that have no function where other layers have theirs."""
    names = ", ".join(rows)
    return Remark(
        names, "No function is said behind it, and none is taken: other layers have theirs.", line
    )


def network_of_column(title: str, line: int) -> Remark:
    """Tell that a column is a network of its own."""
    return Remark(
        f"column {title}",
        "It is read as a network of its own, from its first row to its last.",
        line,
    )


def bottlenecks_inferred(line: int) -> Remark:
    """Tell how the blocks of MobileNetV2's table are built."""
    told = (
        "As in MobileNetV2: 1x1 to t times the maps (none where t is 1), depthwise, 1x1 without a function; "
        "batch normalisation behind each and ReLU6 behind the first two; "
        "a sum where the shape stays; s is the first block's."
    )
    return Remark("blocks", told, line)


def shortcuts_inferred(rule: str, settled: str, line: int) -> Remark:
    """Tell by which rule blocks in brackets were built."""
    return Remark("blocks", f"{rule}: {settled}.", line)


def shortcut_not_understood(line: int) -> Remark:
    """Tell that a sentence about shortcuts was not understood."""
    told = (
        "What this line says of shortcuts is not understood. Where shapes differ they are 1x1 convolutions; "
        "'option A' or 'no projections' in the text makes them maps of zeros."
    )
    return Remark("blocks", told, line)


def block_of_one(row: str, line: int) -> Remark:
    """Tell that each residual block of a row is one convolution, as its brackets have it."""
    told = (
        "Each of its residual blocks is taken for one convolution, as the brackets have it; "
        "'[3x3, 64; 3x3, 64]' or 'blocks of two' behind them says that it has two."
    )
    return Remark(row, told, line)
