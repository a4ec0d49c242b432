"""Messages about tables of labels, and the choice of their columns."""

from collections.abc import Iterable, Sequence

from striate.errors.fault import Fault, all_quoted, counted, listed


def several_label_files(where: str, names: Iterable[str]) -> Fault:
    """Report two tables that may both be the one with the labels."""
    return Fault(
        where=where,
        came=f"{' and '.join(names)} all have columns of files and labels.",
        needed="one table, or tables called train, val and test.",
        fix="call the right one labels.csv, and the others are left alone.",
    )


def several_file_columns(where: str, names: Sequence[str]) -> Fault:
    """Report columns that name pictures, each of them others in the same rows."""
    return Fault(
        where=where,
        came=f"the columns {all_quoted(names)} both name pictures of the folder, and not the same ones.",
        needed="to know which of them says what a row is about.",
        fix=f"write --columns 'file={names[0]}', or file={names[-1]}, whichever is right.",
    )


def several_label_columns(where: str, names: Sequence[str]) -> Fault:
    """Report columns that may each hold the classes, and do not say the same."""
    return Fault(
        where=where,
        came=f"the columns {all_quoted(names)} may each hold the classes.",
        needed="to know which of them is to be learnt.",
        fix=f"write --columns 'label={names[0]}', or label={names[-1]}, whichever is meant.",
    )


def no_label_column(where: str, names: Sequence[str], others: Sequence[str]) -> Fault:
    """Report a table of which no column is known to hold the classes; the others are those that could."""
    rest = "no other column could"
    if others:
        rest = f"any of {all_quoted(others)} may" if len(others) > 1 else f"{others[0]!r} may"
    return Fault(
        where=where,
        came=f"its headings are {', '.join(names)}; {rest} hold the classes.",
        needed="a column of classes called label or class, or one column of 0 and 1 for each class.",
        fix=f"write --columns 'label={others[0]}' if that is meant."
        if others
        else "add such a column.",
    )


def several_classes_a_row(where: str, names: Sequence[str]) -> Fault:
    """Report columns of 0 and 1 of which several, or none, are 1 in a row."""
    return Fault(
        where=where,
        came=f"the columns {all_quoted(names)} hold yes and no, for several classes or none in a row.",
        needed="one class for each example.",
        fix=f"write --columns 'label={names[0]}', for example, to tell that class from all others.",
    )


def labels_unlike_classes(where: str, name: str, distinct: int, rows: int) -> Fault:
    """Report the only column beside the pictures, which holds measures or names and no classes."""
    return Fault(
        where=where,
        came=f"the column {name!r} has {counted(distinct, 'value')} in {counted(rows, 'row')}.",
        needed="classes: few values, each in several rows.",
        fix=f"write --columns 'label={name}' if they are classes all the same.",
    )


def column_not_there(where: str, role: str, name: str, names: Sequence[str]) -> Fault:
    """Report a heading that a user chose and the table does not have once."""
    return Fault(
        where=f"{where}, --columns",
        came=f"{role}={name}, and the headings are {', '.join(names)}.",
        needed="one of these headings.",
        fix="write it as it stands in the table.",
    )


def option_not_understood(text: str, roles: Sequence[str]) -> Fault:
    """Report a choice of columns that has another form."""
    return Fault(
        where="--columns",
        came=f"{text!r}.",
        needed=f"a role and a heading, as in label=breed; roles are {listed(roles)}; a comma between two.",
        fix="write --columns 'file=filename,label=breed', for example.",
    )


def labels_are_lists(where: str, name: str, cell: str) -> Fault:
    """Report a column of classes whose cells hold several each."""
    return Fault(
        where=where,
        came=f"the column {name!r} holds several classes in a cell, as in {cell}.",
        needed="one class for each example.",
        fix=f"keep the one that matters, or write --columns 'label={name}' if each such list is a class by itself.",
    )


def table_of_no_pictures(where: str, names: Sequence[str]) -> Fault:
    """Report a table beside pictures that names none of them."""
    return Fault(
        where=where,
        came=f"its headings are {', '.join(names)}, and no column names the pictures.",
        needed="a column of the names of the files, with or without their endings, and one of classes.",
        fix="add such columns, or move the pictures into a folder for each class.",
    )


def table_not_text(where: str, problem: str) -> Fault:
    """Report a table that cannot be read as CSV or TSV."""
    return Fault(
        where=where,
        came=f"it cannot be read: {problem}.",
        needed="a CSV or TSV table in UTF-8.",
        fix="save it again as CSV in UTF-8.",
    )


def pixels_without_classes(where: str) -> Fault:
    """Report a table of pixels without the classes of its pictures."""
    return Fault(
        where=where,
        came="its rows are pixels of pictures, and nothing says what these show.",
        needed="a column of classes, called label, beside the pixels.",
        fix="give the table that has one: that of the training pictures, where this is a test to be handed in.",
    )


def row_not_of_pixels(where: str, count: int) -> Fault:
    """Report a row of a table of pictures that is unlike the first one."""
    return Fault(
        where=where,
        came="it does not hold the pixels of a picture.",
        needed=f"{count:,} values from 0 to 255, as in the first row.",
        fix="correct or remove it.",
    )


def table_without_headings(where: str, first: Sequence[str], text: str, label: str) -> Fault:
    """Report a table of sentences that begins with a row of its data."""
    shown = ", ".join(repr(cell[:30]) for cell in first[:8])
    return Fault(
        where=where,
        came=f"it has no headings: the first row is {shown}.",
        needed="to know which column holds the sentences, and which one their classes.",
        fix=f"write --columns 'text={text},label={label}', with the numbers that are meant, or headings in the "
        "first line.",
    )


def row_without_picture(where: str, name: str) -> Fault:
    """Report a row about a picture that is not there, or that several files may be."""
    return Fault(
        where=where,
        came=f"{name!r} is no picture of the folder, or the name of several.",
        needed="the path of a picture, counted from the folder.",
        fix="correct the path, or remove the row.",
    )


def row_with_more_cells(where: str, cells: Sequence[str], names: Sequence[str]) -> Fault:
    """Report a row that has cells below no heading: a name or a class may have been parted."""
    return Fault(
        where=where,
        came=f"it has cells behind the last heading: {', '.join(map(repr, filter(None, cells)))}.",
        needed=f"a cell for each of {', '.join(map(repr, filter(None, names)))}, or fewer.",
        fix="put quotes around a cell that holds the sign between cells, or remove the row.",
    )


def row_without_label(where: str, name: str) -> Fault:
    """Report a row that does not say what its picture shows."""
    return Fault(
        where=where,
        came=f"{name!r} has no label.",
        needed="the class of the picture.",
        fix="write its class, or remove the row.",
    )


def unknown_split(where: str, came: str) -> Fault:
    """Report a row for something else than training, validation or test."""
    return Fault(
        where=where,
        came=f"the split is {came!r}.",
        needed="train, val or test.",
        fix="write one of these, or remove the column split: the pictures are divided then.",
    )


def picture_named_twice(where: str, name: str, first: str, labels: tuple[str, str]) -> Fault:
    """Report a second row about one picture."""
    once, again = labels
    said = f"twice as {once!r}" if once == again else f"as {once!r} and as {again!r}"
    return Fault(
        where=where,
        came=f"{name} is named {said}; the first is {first.rpartition(', ')[2]}.",
        needed="each picture once.",
        fix="remove one of the two rows.",
    )
