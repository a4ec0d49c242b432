"""Messages about networks that another form cannot say."""

from striate.errors.fault import Fault


def no_second_table(row: str, what: str, line: int | None) -> Fault:
    """Report what needs a table of its own in a form that has one alone."""
    return Fault(
        where=row,
        came=f"it has {what} beside the table of rows.",
        needed="a form of several tables; CSV is one.",
        fix="write it with --to markdown, html or latex.",
        line=line,
    )


def unsayable(row: str, what: str, form: str, fix: str, line: int | None) -> Fault:
    """Report what a form has no word for."""
    return Fault(
        where=row,
        came=f"{form} has no {what}.",
        needed=f"rows that {form} can say without changing what they compute.",
        fix=fix,
        line=line,
    )
