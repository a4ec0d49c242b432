"""Messages about documents as files, and about the headings and cells of their tables."""

from collections.abc import Iterable

from striate.errors.fault import Fault, counted, listed, nearest, typed


def no_network(where: str, tables: int, blocks: int) -> Fault:
    """Report a document without a network, and say what there is in it instead."""
    there = " and ".join(
        counted(number, noun) for number, noun in ((tables, "table"), (blocks, "block")) if number
    )
    came = (
        f"it holds {there}, and none of them is a network."
        if there
        else "it holds no table and no code."
    )
    return Fault(
        where=where,
        came=came,
        needed="a table whose rows name layers (Convolution, 합성곱, 卷积 ...) and whose columns give their sizes, "
        "filters or kernels, in Markdown, HTML, LaTeX or CSV; or a model of Keras or PyTorch in Python.",
        fix="write the network as such a table, one row a layer, or as a list, one line a layer behind `-` or a number.",
    )


def columns_lost(where: str, line: int, headings: str) -> Fault:
    """Report a table that was copied without what parted its columns."""
    return Fault(
        where=where,
        came=f"line {line} holds the headings of a table, {headings!r}, and nothing parts the columns.",
        needed="a mark between the cells of every line: `|`, a tab, or two blanks.",
        fix="copy the table with its columns, or put the marks in.",
    )


def folder_without_network(where: str, files: int) -> Fault:
    """Report a folder of which no file holds a network."""
    came = (
        f"no network stands in its {counted(files, 'file')}." if files else "no file in it is read."
    )
    return Fault(
        where=where,
        came=came,
        needed="at least one file that holds a network: Markdown, Python, a notebook, HTML, LaTeX, CSV, text.",
        fix="check the path, or name the files.",
    )


def nothing_to_watch(places: Iterable[str]) -> Fault:
    """Report places of which none is a file that could change."""
    return Fault(
        where="--watch",
        came=f"{' and '.join(places)}: no file or folder of this name is there.",
        needed="a file, or a folder, that changes.",
        fix="name the file that you write.",
    )


def document_too_long(where: str, came: int, most: int) -> Fault:
    """Report a document longer than is read."""
    return Fault(
        where=where,
        came=f"it has {came:,} characters.",
        needed=f"at most {most:,}.",
        fix="cut the part out that holds the network.",
    )


def other_input(given: str, came: str, line: int | None) -> Fault:
    """Report an input that was given, where the document has another one."""
    return Fault(
        where="Input",
        came=f"--input says {given}, the document says {came}.",
        needed="one of the two: --input is for tables that do not say what comes in.",
        fix="leave --input out, or write the input into the document.",
        line=line,
    )


def bundle_has_input(where: str, given: object) -> Fault:
    """Report an input that is given to a trained network."""
    return Fault(
        where="--input",
        came=f"{given} is given to {where}, which is trained.",
        needed="nothing: a trained network reads what it was trained on.",
        fix="leave --input out.",
    )


def too_many_tables(where: str, most: int) -> Fault:
    """Report a document with more tables of layers in other people's forms than are read."""
    return Fault(
        where=where,
        came=f"it holds more than {most:,} tables of layers that are not in the form of this project.",
        needed=f"at most {most:,} in one document.",
        fix="split the document.",
    )


def too_many_rows(came: int, most: int, line: int) -> Fault:
    """Report a table in other people's form with more rows than are solved."""
    return Fault(
        where="table",
        came=f"it is a table of {came:,} rows that is not in the form of this project.",
        needed=f"at most {most:,} rows.",
        fix="split the table, or write it in the form that `--draft` gives of a part.",
        line=line,
    )


def several_networks(where: str, names: Iterable[str]) -> Fault:
    """Report a document from which one network must be named."""
    listing = tuple(names)
    return Fault(
        where=where,
        came=f"it holds {len(listing)} networks: {', '.join(listing)}.",
        needed="the name or number of one of them.",
        fix=f"write `{where}#{listing[0]}` or `{where}#1`.",
    )


def no_such_network(where: str, came: str, names: Iterable[str]) -> Fault:
    """Report a network that a document does not hold."""
    listing = tuple(names)
    meant = nearest(came, listing)
    return Fault(
        where=where,
        came=f"it holds no network {came!r}.",
        needed=f"{listed(listing)}, or a number from 1 to {len(listing)}.",
        fix=f"write `{where}#{meant or listing[0]}`.",
    )


def unknown_network(came: str, names: Iterable[str]) -> Fault:
    """Report a network that is neither shipped nor a file."""
    listing = tuple(names)
    meant = nearest(came, listing)
    return Fault(
        where=came,
        came="it is neither a shipped network nor a file.",
        needed=f"{listed(listing)}, or the path of a Markdown file.",
        fix=f"write {meant!r}." if meant else "see `striate list`, or check the path.",
    )


def unreadable_file(path: str, problem: str) -> Fault:
    """Report a document that cannot be read as text."""
    return Fault(
        where=path,
        came=f"it cannot be read: {problem}.",
        needed="a text file in UTF-8.",
        fix="check the path and the encoding.",
    )


def folder_for_file(path: str, file: str | None) -> Fault:
    """Report a folder where a document is needed; that of a run or a bundle holds one."""
    return Fault(
        where=path,
        came="it is a folder, and no file.",
        needed="a file that holds a network.",
        fix=f"write {typed(file)}." if file else "write the file in it that is meant.",
    )


def unknown_heading(
    came: str, columns: Iterable[str], known: Iterable[str], line: int, meaning: str | None = None
) -> Fault:
    """Report a column that means nothing.

    Args:
        came: The heading.
        columns: The headings of this project.
        known: All words for them, for a slip of the pen.
        line: Line of the headings.
        meaning: The heading that has the same meaning; None if none is known.
    """
    meant = meaning or nearest(came, known)
    return Fault(
        where=f"heading {came!r}",
        came="no column of this name is known.",
        needed=f"{listed(columns)}.",
        fix=f"write {meant!r}." if meant else "rename the column Note if it is a remark.",
        line=line,
    )


def repeated_heading(column: str, line: int) -> Fault:
    """Report a column that stands twice."""
    return Fault(
        where=f"heading {column!r}",
        came="two columns bear it.",
        needed="each column once.",
        fix="remove one of the two.",
        line=line,
    )


def missing_heading(column: str, line: int) -> Fault:
    """Report a layer table without one of its two necessary columns."""
    return Fault(
        where="headings",
        came=f"the table has no column {column}.",
        needed="the columns Layer and Type.",
        fix=f"add the column {column}.",
        line=line,
    )


def too_many_cells(row: str, came: int, needed: int, line: int) -> Fault:
    """Report a line with more cells than the table has columns."""
    return Fault(
        where=row,
        came=f"the row has {counted(came, 'cell')}.",
        needed=f"at most {needed}, one a column.",
        fix="remove the surplus, or write a bar inside a cell as `\\|`.",
        line=line,
    )


def gap_in_table(line: int) -> Fault:
    """Report an empty line between two rows of a table."""
    return Fault(
        where="table",
        came="an empty line stands between two of its rows.",
        needed="rows without a gap: Markdown ends a table at the first empty line.",
        fix="remove the empty line.",
        line=line,
    )


def unnamed_row(line: int) -> Fault:
    """Report a row without a name."""
    return Fault(
        where="Layer",
        came="the row has no name.",
        needed="a name, such as C1.",
        fix="write the layer's name in the column Layer.",
        line=line,
    )


def unknown_type(
    row: str, came: str, kinds: Iterable[str], known: Iterable[str], line: int
) -> Fault:
    """Report a layer type that is not known, with the one that was probably meant."""
    meant = nearest(came, known)
    return Fault(
        where=f"{row}, Type",
        came=f"{came!r} is no type of layer." if came else "the row has no type.",
        needed=f"{listed(kinds)}.",
        fix=f"write {meant!r}." if meant else "choose the type of what the row does.",
        line=line,
    )


def unknown_function(row: str, came: str, functions: Iterable[str], line: int) -> Fault:
    """Report an activation function that is not known."""
    names = tuple(functions)
    meant = nearest(came, names)
    return Fault(
        where=f"{row}, Activation",
        came=f"{came!r} is no activation function.",
        needed=f"{listed(names)}.",
        fix=f"write {meant!r}." if meant else "leave the cell empty for none.",
        line=line,
    )


def unreadable_cell(row: str, column: str, came: str, needed: str, line: int) -> Fault:
    """Report a cell that is not of its column's form."""
    return Fault(
        where=f"{row}, {column}",
        came=f"{came!r} cannot be read.",
        needed=f"{needed}.",
        fix="write it in this form, or `-` for none.",
        line=line,
    )


def missing_cell(row: str, column: str, kind: str, line: int) -> Fault:
    """Report a row that lacks what its type needs."""
    return Fault(
        where=f"{row}, {column}",
        came="the cell is empty.",
        needed=f"a value: {kind} cannot do without.",
        fix=f"fill in the column {column}.",
        line=line,
    )


def missing_option(row: str, option: str, kind: str, line: int) -> Fault:
    """Report a row that lacks an option which its type needs."""
    return Fault(
        where=f"{row}, Options",
        came=f"there is no {option}.",
        needed=f"a value: {kind} cannot do without.",
        fix=f"write it in the column Options, as in {option}=1000.",
        line=line,
    )


def meaningless_cell(row: str, column: str, came: str, kind: str, line: int) -> Fault:
    """Report a number that would have no effect."""
    return Fault(
        where=f"{row}, {column}",
        came=f"it says {came!r}, which means nothing to {kind}.",
        needed="an empty cell.",
        fix="write `-`, or change the type of the row.",
        line=line,
    )


def meaningless_group(came: str, reads: str, line: int) -> Fault:
    """Report a group of the front matter that prepares what a network does not read."""
    other = "input" if came == "text" else "text"
    return Fault(
        where=came,
        came=f"the network reads {reads}, so that nothing of this group has an effect.",
        needed=f"the group {other}, or none.",
        fix=f"remove the group {came}.",
        line=line,
    )


def said_twice(row: str, column: str, line: int) -> Fault:
    """Report a stride or padding that two columns give differently."""
    return Fault(
        where=f"{row}, {column}",
        came=f"the columns Kernel and {column} give different values.",
        needed="one value.",
        fix="remove one of the two.",
        line=line,
    )


def reduction_of_other_kernel(row: str, kernel: str, line: int) -> Fault:
    """Report a convolution with a reduction column that belongs to another kernel."""
    return Fault(
        where=f"{row}, Kernel",
        came=f"{kernel}, beside a reduction.",
        needed="3x3/1 with #3x3 reduce and #3x3, or 5x5/1 with #5x5 reduce and #5x5.",
        fix="correct the kernel, or write the reduction as a row of its own.",
        line=line,
    )


def total_in_side_head(row: str, line: int) -> Fault:
    """Report a row of totals in the table of a side head."""
    return Fault(
        where=row,
        came="it stands in the table of a side head.",
        needed="one row of totals, in the table of the network.",
        fix="move its claims there; one that counts the side heads too is understood.",
        line=line,
    )


def unknown_option(row: str, came: str, kind: str, options: Iterable[str], line: int) -> Fault:
    """Report an option that a row's type does not have."""
    names = tuple(options)
    meant = nearest(came, names)
    remedy = f"write {meant!r}." if meant else "remove it."
    return Fault(
        where=f"{row}, Options",
        came=f"{kind} has no option {came!r}.",
        needed=f"{listed(names)}." if names else f"no option: {kind} has none.",
        fix=remedy,
        line=line,
    )


def unwritable_row(row: str, line: int | None) -> Fault:
    """Report a row that was never understood and so cannot be written."""
    return Fault(
        where=row,
        came="the row could not be read.",
        needed="a row without faults.",
        fix="correct the document first: `striate check` names its faults.",
        line=line,
    )


def unreadable_input(came: str) -> Fault:
    """Report an input that a flag gives and that is none."""
    return Fault(
        where="--input",
        came=f"{came!r} cannot be read.",
        needed="channels x height x width, as in 3x32x32, or how many numbers a vector has, as in 784.",
        fix="write it in this form.",
    )
