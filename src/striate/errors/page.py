"""Messages about what is asked of a page that shows a network live."""

from striate.errors.fault import Fault, counted


def no_such_number(where: str, kind: str, came: int, count: int) -> Fault:
    """Report a number of a row, or a picture of the page, that is not there."""
    return Fault(
        where=where,
        came=f"it has no {kind} of number {came:,}.",
        needed=f"a number from 0 to {count - 1:,}." if count else "a row that has such.",
        fix="load the page again, which then knows what there is.",
    )


def not_a_number(row: str, came: str) -> Fault:
    """Report what is to be a weight and is no finite number."""
    return Fault(
        where=row,
        came=f"{came} is no finite number.",
        needed="a number that float32 can hold.",
        fix="write one as in -0.25.",
    )


def row_without_cell(row: str, column: str) -> Fault:
    """Report a row that has no such cell to change."""
    return Fault(
        where=row,
        came=f"its {column} cannot be changed here.",
        needed="a row with a window for a padding, a row with weights or a function for an activation.",
        fix="choose another row, or edit the document itself.",
    )


def padding_not_understood(row: str, came: str, needed: str) -> Fault:
    """Report a padding that is not written as one."""
    return Fault(
        where=f"{row}, Padding",
        came=f"{came!r} is no padding.",
        needed=f"{needed}.",
        fix="write valid for none, or same to keep the size.",
    )


def row_begins_anew(row: str, came: tuple[int, ...], needed: tuple[int, ...]) -> Fault:
    """Report weights that no longer fit, once a row before has changed."""
    return Fault(
        where=row,
        came=f"its weights of {_axes(came)} do not fit: {_axes(needed)} are needed now, and begin anew.",
        needed="training, before what comes out of it means anything.",
        fix="look at the rows before it, or put the network back.",
    )


def _axes(axes: tuple[int, ...]) -> str:
    return "x".join(map(str, axes))


def no_such_place(came: str) -> Fault:
    """Report something asked of a page that it does not do."""
    return Fault(
        where=came,
        came="the page has nothing of this name.",
        needed="what its own program asks for.",
        fix="load the page again.",
    )


def not_understood(came: str) -> Fault:
    """Report words of a program that are not those of the page."""
    return Fault(
        where="the page",
        came=f"what was sent is not understood: {came}.",
        needed="what its own program sends.",
        fix="load the page again.",
    )


def too_many_bytes(came: int, most: int) -> Fault:
    """Report a picture that is larger than a page takes."""
    return Fault(
        where="the picture",
        came=f"it has {counted(came, 'byte')}.",
        needed=f"at most {most:,}.",
        fix="make it smaller, or write a page with `striate see --page`.",
    )


def port_taken(port: int, problem: str) -> Fault:
    """Report a port at which no page can be shown."""
    return Fault(
        where=f"--port {port}",
        came=f"it cannot be used: {problem}.",
        needed="a free port from 1024 to 65535.",
        fix="leave --port out for a free one, or name another.",
    )


def not_a_port(came: int) -> Fault:
    """Report a number that is no port."""
    return Fault(
        where="--port",
        came=f"it is {came}.",
        needed="a number from 0 to 65535; 0 takes a free one.",
        fix="leave it out, or name another.",
    )


def run_without_its_mean(run: str) -> Fault:
    """Report a run that has not written down the mean of its training images yet."""
    return Fault(
        where=run,
        came="the mean of its training images, which its network subtracts, is written down when it ends.",
        needed="a run that has ended, or was interrupted by Ctrl-C.",
        fix="wait for its end; its curves are in curves.png.",
    )
