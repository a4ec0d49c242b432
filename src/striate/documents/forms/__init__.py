"""The forms in which people write networks: each file becomes the same parts, or networks at once."""

from pathlib import PurePath

from striate.documents.forms.delimited import is_delimited, split_delimited
from striate.documents.forms.drawn_tables import with_drawn_tables
from striate.documents.forms.keras_config import is_keras_config, split_keras_config
from striate.documents.forms.latex import is_latex, split_latex
from striate.documents.forms.listings import is_listing, read_listings
from striate.documents.forms.notebook import is_notebook, split_notebook
from striate.documents.forms.outlines import names_input, outlines_of
from striate.documents.html import is_html, split_html
from striate.documents.markdown import LINE_END, split
from striate.documents.parts import Block, Parts


_CODE = {".py": "python", ".pyw": "python"}
ENDINGS = frozenset(
    {
        *(".md", ".markdown", ".txt", ".rst", ".org", ".ipynb", ".csv", ".tsv", ".tab"),
        *(".html", ".htm", ".xhtml", ".tex", ".latex", ".ltx", ".prototxt", ".cfg", ".onnx"),
        ".keras",
        *_CODE,
    }
)
"""Endings of files that may hold networks; a folder's other files are not opened."""


def split_file(text: str, where: str) -> Parts:
    """Split a file of any form into its parts.

    Args:
        text: The whole file.
        where: Its path or name; its ending and the text itself tell the form.

    Returns:
        The parts; a file that is nothing but code, or a listing, is one block.
    """
    ending = PurePath(where.rpartition("#")[0] or where).suffix.casefold()
    if ending in _CODE:
        return whole(text, _CODE[ending])
    if is_listing(text, ending):
        return whole(text, ending.removeprefix("."))
    for is_form, split_form in (
        (is_notebook, split_notebook),
        (is_keras_config, split_keras_config),
        (is_delimited, split_delimited),
        (is_html, split_html),
        (is_latex, split_latex),
    ):
        if is_form(text, ending):
            return with_drawn_tables(split_form(text))
    return with_drawn_tables(split(text))


def whole(text: str, info: str) -> Parts:
    """Take a whole file as one block.

    Args:
        text: The file.
        info: What it is, as behind a fence: python, prototxt, cfg.
    """
    lines = tuple(LINE_END.split(text.removeprefix("\ufeff")))
    return Parts(None, "", (), (Block(info, 0, lines, is_closed=True),), "")


__all__ = ["ENDINGS", "names_input", "outlines_of", "read_listings", "split_file", "whole"]
