"""The forms in which people write networks: each file becomes the same parts, or networks at once."""

import re
from pathlib import PurePath

from striate.documents.forms.flowcharts import WITH_TABLE, charts_as_tables
from striate.documents.forms.listings import is_listing, read_listings
from striate.documents.forms.outlines import names_input, outlines_of
from striate.documents.forms.recognition import (
    is_delimited,
    is_html,
    is_keras_config,
    is_latex,
    is_notebook,
)
from striate.documents.parts import LINE_END, Block, Parts
from striate.documents.patterns import pattern_of


_IMPORTS = pattern_of(r"^(?:import [\w.]+|from [\w.]+ import )", re.MULTILINE)
"""What a program of Python begins with, whose file has no ending: standard input has none."""

_CODE = {".py": "python", ".pyw": "python"}
_WIKI = {".wiki", ".mediawiki"}
_ASCIIDOC = {".adoc", ".asciidoc"}
ENDINGS = frozenset(
    {
        *(".md", ".markdown", ".txt", ".rst", ".org", ".ipynb", ".csv", ".tsv", ".tab"),
        *(".html", ".htm", ".xhtml", ".tex", ".latex", ".ltx", ".prototxt", ".cfg", ".onnx"),
        ".keras",
        *_WIKI,
        *_ASCIIDOC,
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
    if not ending and _IMPORTS.search(text) and "```" not in text:
        return whole(text, "python")
    if ending in _CODE:
        return whole(text, _CODE[ending])
    if is_listing(text, ending):
        return whole(text, ending.removeprefix("."))
    from striate.documents.forms.drawn_tables import with_drawn_tables
    from striate.documents.forms.printed_modules import with_printed_modules

    return with_drawn_tables(with_printed_modules(_split(text, ending)))


def _split(text: str, ending: str) -> Parts:
    """Split a file that is no listing; what splits a form is loaded where the form is met."""
    if is_notebook(text, ending):
        from striate.documents.forms.notebook import split_notebook

        return split_notebook(text)
    if is_keras_config(text, ending):
        from striate.documents.forms.keras_config import split_keras_config

        return split_keras_config(text)
    if is_delimited(text, ending):
        from striate.documents.forms.delimited import split_delimited

        return split_delimited(text)
    if is_html(text, ending):
        from striate.documents.html import split_html

        return split_html(text)
    if is_latex(text, ending):
        from striate.documents.forms.latex import split_latex

        return split_latex(text)
    from striate.documents.markdown import split

    return split(_as_markdown(text, ending))


def _as_markdown(text: str, ending: str) -> str:
    """Write what Markdown lacks, tables of MediaWiki and AsciiDoc, so that every line stays where it is."""
    if ending in _WIKI or "{|" in text:
        from striate.documents.forms.mediawiki import wiki_as_markdown, wiki_tables_as_html

        text = wiki_as_markdown(text) if ending in _WIKI else wiki_tables_as_html(text)
    if ending in _ASCIIDOC or "|===" in text:
        from striate.documents.forms.asciidoc import asciidoc_as_markdown, asciidoc_tables_as_html

        is_whole = ending in _ASCIIDOC
        text = asciidoc_as_markdown(text) if is_whole else asciidoc_tables_as_html(text)
    if WITH_TABLE in text:
        text = charts_as_tables(text)
    return text


def whole(text: str, info: str) -> Parts:
    """Take a whole file as one block.

    Args:
        text: The file.
        info: What it is, as behind a fence: python, prototxt, cfg.
    """
    lines = tuple(LINE_END.split(text.removeprefix("\ufeff")))
    return Parts(None, "", (), (Block(info, 0, lines, is_closed=True),), "")


__all__ = ["ENDINGS", "names_input", "outlines_of", "read_listings", "split_file", "whole"]
