"""Documents: Markdown to networks and back."""

from striate.documents.cells import read_input
from striate.documents.document import Document, document_of
from striate.documents.fingerprint import fingerprint
from striate.documents.forms import ENDINGS
from striate.documents.reader import choose, read_file, read_networks
from striate.documents.writer import write_document, write_draft


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
