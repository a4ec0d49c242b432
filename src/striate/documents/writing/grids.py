"""The table of a network as LaTeX, HTML and CSV: the same cells as in Markdown."""

import csv
import html
import io
import re
from collections.abc import Sequence

from striate.documents.document import Document
from striate.documents.writer import Lines, code_lines, connection_lines, table_lines
from striate.documents.writing.written import Written, left_out
from striate.errors import DocumentError
from striate.errors.writing import no_second_table
from striate.layers import Convolution, RadialBasis


_NOTE_WIDTH = "5cm"


def write_csv(document: Document) -> Written:
    """Return the rows as comma-separated values; side heads stand below the trunk.

    Raises:
        DocumentError: A row has a connection table or drawn codes, which are tables of their own.
    """
    second = [
        no_second_table(row.name, what, row.line)
        for row in document.table.rows
        if (what := _beside(row.layer))
    ]
    if second:
        raise DocumentError(*second)
    (lines,) = table_lines(document.table, is_one=True)
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(lines)
    return Written(file.getvalue(), left_out(document, "CSV", holds_claims=True))


def _beside(layer: object) -> str:
    match layer:
        case Convolution(connection_table=marks) if marks is not None:
            return "a connection table"
        case RadialBasis(codes=codes) if codes is not None:
            return "drawn codes"
        case _:
            return ""


def write_html(document: Document) -> Written:
    """Return a page with the table of rows, one a side head, connection tables and drawn codes."""
    title = html.escape(document.heading)
    lines = ["<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">']
    lines += [f"<title>{title}</title>", "</head>", "<body>", f"<h1>{title}</h1>"]
    if document.source:
        lines.append(f"<p>{html.escape(document.source)}</p>")
    for table in (*table_lines(document.table), *connection_lines(document.table)):
        lines += _html_table(table)
    for name, drawn in code_lines(document.table):
        lines += [f"<pre>codes {html.escape(name)}", *drawn, "</pre>"]
    lines += ["</body>", "</html>"]
    return Written("\n".join(lines) + "\n", left_out(document, "HTML", holds_claims=True))


def _html_table(lines: Lines) -> list[str]:
    head, *rows = lines
    titles = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    below = [
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    ]
    return ["<table>", f"<thead><tr>{titles}</tr></thead>", "<tbody>", *below, "</tbody></table>"]


def write_latex(document: Document) -> Written:
    """Return a document of LaTeX with `booktabs` tables; letters beyond Latin need LuaLaTeX or XeLaTeX."""
    title = document.heading
    lines = [
        r"\documentclass{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage[landscape,margin=1cm]{geometry}",
        r"\usepackage{booktabs}",
        rf"\title{{{_latex(title)}}}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
    ]
    if document.source:
        lines += [_latex(document.source), ""]
    for table in (*table_lines(document.table), *connection_lines(document.table)):
        lines += _latex_table(table)
    for name, drawn in code_lines(document.table):
        lines += [r"\begin{verbatim}", f"codes {name}", *drawn, r"\end{verbatim}"]
    lines.append(r"\end{document}")
    notes = left_out(document, "LaTeX", holds_claims=True)
    return Written("\n".join(lines) + "\n", notes)


def _latex_table(lines: Lines) -> list[str]:
    head, *rows = lines
    columns = "".join(f"p{{{_NOTE_WIDTH}}}" if cell == "Note" else "l" for cell in head)
    return [
        r"\begin{center}\footnotesize\setlength{\tabcolsep}{2pt}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _latex_row(head),
        r"\midrule",
        *map(_latex_row, rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{center}",
    ]


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(map(_latex, cells)) + r" \\"


_IN_LATEX = {
    **{letter: f"\\{letter}" for letter in "%#&_${}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    "→": r"$\rightarrow$",
}


def _latex(text: str) -> str:
    """Write plain words so that TeX prints the same."""
    written = "".join(_IN_LATEX.get(letter, letter) for letter in text)
    # Two hyphens would become a dash, and a bracket behind the end of a row an argument of it.
    written = re.sub(r"-(?=-)", "-{}", written)
    return "{[}" + written[1:] if written.startswith("[") else written
