"""Documents: Markdown to networks and back.

What writes them is imported on first use: most documents are read alone.
"""

from typing import TYPE_CHECKING

from striate.documents.cells import read_input
from striate.documents.document import Document, document_of
from striate.documents.fingerprint import fingerprint
from striate.documents.forms import ENDINGS
from striate.documents.reader import choose, read_file, read_networks


if TYPE_CHECKING:
    from striate.documents.writer import write_document, write_draft


def __getattr__(name: str) -> object:
    """Import what writes when it is first asked for."""
    if name not in {"write_document", "write_draft"}:
        message = f"module 'striate.documents' has no attribute {name!r}"
        raise AttributeError(message)
    from striate.documents import writer  # noqa: PLC0415 - see above

    return getattr(writer, name)


__all__ = [
    "ENDINGS",
    "Document",
    "choose",
    "document_of",
    "fingerprint",
    "read_file",
    "read_input",
    "read_networks",
    "write_document",
    "write_draft",
]
