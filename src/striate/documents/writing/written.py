"""What writing a network in another form gives: the text, and what that form has no place for."""

from dataclasses import dataclass
from typing import final

from striate.documents.document import Document, usual_recipe
from striate.errors.fault import listed
from striate.table import Claims


@final
@dataclass(frozen=True, slots=True)
class Written:
    """A network in another form.

    Args:
        text: The whole file.
        notes: What is not in it although it changes nothing of what the network computes, a sentence each.
    """

    text: str
    notes: tuple[str, ...] = ()


def left_out(document: Document, form: str, *, holds_claims: bool) -> tuple[str, ...]:
    """Name what a document says beside the network itself, which a form has no place for.

    Args:
        document: The network.
        form: The form, as it stands in a sentence.
        holds_claims: Whether it has a place for claims, notes, first numbers and side heads.
    """
    table = document.table
    found = [] if document.recipe == usual_recipe(document.table) else ["the recipe"]
    if not holds_claims:
        rows = table.rows
        told = {
            "the claims of the source": table.totals != Claims()
            or any(row.claims != Claims() for row in rows),
            "the notes on rows": any(row.note for row in rows),
            "how numbers begin": any(row.start is not None for row in rows),
        }
        found += [words for words, is_there in told.items() if is_there]
    return (f"{form} has no place for {listed(found)}.",) if found else ()
