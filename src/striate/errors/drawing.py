"""Messages about drawings of networks."""

from striate.errors.fault import Fault, listed


def not_straight(style: str, row: str, sources: list[str]) -> Fault:
    """Report a network with branches in a style that has no place for them."""
    reads = " and ".join(sources) if sources else "nothing"
    return Fault(
        where=row,
        came=f"it reads {reads}, and the style {style} draws each row behind the one before it.",
        needed="a style that shows branches.",
        fix="draw it with --style graph.",
    )


def detail_without_graph(detail: str, style: str) -> Fault:
    """Report a detail of graphs that is asked for in a drawing that is none."""
    return Fault(
        where="--detail",
        came=f"it is {detail}, and the drawing has the style {style}.",
        needed="a graph: only graphs have more or less detail.",
        fix="leave --detail out, or draw it with --style graph.",
    )


def unknown_ending(file: str, endings: list[str]) -> Fault:
    """Report a file whose ending names no kind of drawing."""
    return Fault(
        where=file,
        came="its ending does not say what kind of file to write.",
        needed=f"a name that ends in {listed(endings)}.",
        fix=f"write the name with one of them, such as network{endings[0]}.",
    )


def width_out_of_range(width: str) -> Fault:
    """Report a width that no drawing can have."""
    return Fault(
        where="--width",
        came=f"it is {width}.",
        needed="a number of centimetres from 4 to 100.",
        fix="write 8.9 for one column of a paper, or 18 for two.",
    )
