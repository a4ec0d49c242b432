r"""Tables of LaTeX: `tabular` and its kin, with the captions and the text around them."""

import re

from striate.documents.forms.recognition import TABULAR
from striate.documents.parts import Block, Grid, Parts, preformatted
from striate.documents.patterns import pattern_of


_RULES = pattern_of(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering|small"
    r"|footnotesize|scriptsize|tiny|normalsize|noalign\{[^{}]*\}|(?:cline|cmidrule)(?:\([^)]*\))?\{[^{}]*\}"
    r"|Xhline\{[^{}]*\}|specialrule(?:\{[^{}]*\}){3}|addlinespace(?:\[[^\]]*\])?|rowcolor(?:\[[^\]]*\])?\{[^{}]*\})"
)
_SECTION = pattern_of(r"\\(?:part|chapter|(?:sub)*section|paragraph)\*?\{")
_TITLE = pattern_of(r"\\title\{")
_COMMENT = pattern_of(r"(?<!\\)%.*")
_VERBATIM = pattern_of(r"\\begin\{(verbatim|lstlisting|minted)\}")
_MULTI = pattern_of(r"\\multi(column|row)\s*(?:\[[^\]]*\])?\{([^{}]*)\}(?:\[[^\]]*\])?\s*\{")
_INNER = pattern_of(r"\\(begin|end)\{(array|[a-z]?matrix|tabular|aligned|gathered|split)\*?\}")
"""What parts its own lines and columns within a cell, as the blocks of a ResNet table do."""

_ALIGNMENT = pattern_of(
    r"\\begin\{(?:array|tabular)\*?\}\s*(?:\[[^\]]*\])?\s*\{(?:[^{}]|\{[^{}]*\})*\}"
)
_ROW_END = pattern_of(r"\\\\\*?\s*(?:\[[^\]]*\])?|\\tabularnewline|\\cr\b")


def split_latex(text: str) -> Parts:
    """Split LaTeX into its tables, listings, section headings and prose.

    Args:
        text: A document, or a piece of one.
    """
    # Comments go, and lines stay where they are.
    lines = [_COMMENT.sub("", line) for line in text.removeprefix("\ufeff").splitlines()]
    source = "\n".join(lines)
    grids: list[Grid] = []
    blocks: list[Block] = []
    headings: list[tuple[int, str]] = _headings(source)
    prose: list[tuple[int, str]] = []
    at, line = 0, 1

    def above(place: int) -> str:
        return next((words for start, words in reversed(headings) if start <= place), "")

    def tell(piece: str, first: int) -> None:
        for number, words in enumerate(piece.split("\n"), first):
            spoken = plain_words(words)
            if spoken:
                prose.append((number, spoken))

    while True:
        begin = min(
            (
                found
                for found in (TABULAR.search(source, at), _VERBATIM.search(source, at))
                if found
            ),
            key=lambda found: found.start(),
            default=None,
        )
        if begin is None:
            break
        tell(source[at : begin.start()], line)
        line += source.count("\n", at, begin.start())
        stop = _end_of(source, begin[1], begin.end())
        inner = source[begin.end() : stop]
        if begin.re.pattern == _VERBATIM.pattern:
            within = tuple(inner.split("\n")[1:])
            blocks.append(preformatted(line + 1, within, above(line)))
        else:
            grid = _grid(inner, line, above(line))
            if grid is not None:
                grids.append(grid)
        after = source.find("}", stop)
        after = len(source) if after < 0 else after + 1
        line += source.count("\n", begin.start(), after)
        at = after
    tell(source[at:], line)
    title = _TITLE.search(source)
    named = plain_words(_braced(source, title.end() - 1)) if title else ""
    first = headings[0][1] if headings else ""
    starts = tuple(start for start, _ in headings)
    return Parts(None, named or first, tuple(grids), tuple(blocks), "", starts, tuple(prose))


def _end_of(source: str, name: str, at: int) -> int:
    """Find where an environment ends, past those of the same name that stand in its cells."""
    depth = 1
    for found in re.compile(rf"\\(begin|end)\{{{re.escape(name)}\}}").finditer(source, at):
        depth += 1 if found[1] == "begin" else -1
        if depth == 0:
            return found.start()
    return len(source)


def _headings(source: str) -> list[tuple[int, str]]:
    found = []
    line, at = 1, 0
    for match in _SECTION.finditer(source):
        line += source.count("\n", at, match.start())
        at = match.start()
        found.append((line, plain_words(_braced(source, match.end() - 1))))
    return found


def _grid(inner: str, line: int, heading: str) -> Grid | None:
    start = _after_arguments(inner)
    line += inner.count("\n", 0, start)
    rows: list[tuple[int, tuple[str, ...]]] = []
    spans: dict[int, tuple[int, str]] = {}
    for piece, end in _pieces(inner[start:], _ROW_END):
        ruled = _RULES.sub("", _without_caption(piece))
        lead = len(piece) - len(piece.lstrip())
        at = line + piece.count("\n", 0, lead)
        # Rules in lines of their own stand above the row.
        at += (
            len(
                re.findall(
                    r"(?m)^\s*(?:\\[a-zA-Z]+(?:\([^)]*\))?(?:\{[^{}]*\})*\s*)+\n", piece[lead:]
                )
            )
            if (piece.lstrip().startswith("\\") and _RULES.match(piece.lstrip()))
            else 0
        )
        cells: list[str] = []
        for cell, _ in _pieces(ruled, pattern_of(r"&")):
            text, width, height = _cell(cell)
            for _ in range(width):
                # Below a cell that spans rows, TeX wants an empty one.
                left, above = spans.pop(len(cells), (0, ""))
                if left > 1:
                    spans[len(cells)] = (left - 1, above)
                if height > 1 and text:
                    spans[len(cells)] = (height - 1, text)
                cells.append(text or above)
        # A long table has its headings once more for its other pages.
        if any(cells) and not (rows and tuple(cells) == rows[0][1]):
            rows.append((at, tuple(cells)))
        line += (piece + end).count("\n")
    if not rows:
        return None
    return Grid(heading, rows[0][1], rows[0][0], tuple(rows[1:]))


_CAPTION = pattern_of(r"\\(?:caption|label)\*?(?:\[[^\]]*\])?(?=\{)")


def _without_caption(piece: str) -> str:
    r"""Leave out the caption of a long table, which stands in its first row."""
    found = _CAPTION.search(piece)
    if found is None:
        return piece
    behind = found.end() + len(_braced(piece, found.end())) + 2
    return _without_caption(piece[: found.start()] + piece[behind:])


def _after_arguments(inner: str) -> int:
    """Find the end of the column specification, with a width ahead of it perhaps."""
    at = 0
    while True:
        while at < len(inner) and inner[at].isspace():
            at += 1
        if inner[at : at + 1] == "[":
            at = max(inner.find("]", at), at) + 1
        elif inner[at : at + 1] == "{":
            at += len(_braced(inner, at)) + 2
        else:
            return min(at, len(inner))


def _pieces(text: str, mark: re.Pattern[str]) -> list[tuple[str, str]]:
    """Part a text at marks that stand in no braces and no array of their own; each piece with the mark behind it."""
    pieces: list[tuple[str, str]] = []
    depth = start = at = 0
    while at < len(text):
        edge = _INNER.match(text, at)
        if edge:
            depth = max(depth + (1 if edge[1] == "begin" else -1), 0)
            at = edge.end()
            continue
        found = mark.match(text, at) if depth == 0 else None
        if found:
            pieces.append((text[start:at], found[0]))
            start = at = found.end()
            continue
        if text[at] == "\\":
            at += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        depth = max(depth, 0)
        at += 1
    pieces.append((text[start:], ""))
    return pieces


def _cell(text: str) -> tuple[str, int, int]:
    """Give a cell's words, with how many columns and rows it spans."""
    width = height = 1
    for _ in range(2):
        multi = _MULTI.search(text)
        if multi is None:
            break
        inner = text[multi.end() - 1 :]
        if multi[1] == "column":
            width = min(int(multi[2]), 100) if multi[2].strip().isdecimal() else 1
            # Between the count and the text stands the alignment.
            rest = inner[len(_braced(inner, 0)) + 2 :]
            text = _braced(rest.lstrip(), 0)
        else:
            height = min(int(multi[2]), 1000) if multi[2].strip().isdecimal() else 1
            rest = inner[len(_braced(inner, 0)) + 2 :]
            text = _braced(rest.lstrip(), 0) if rest.lstrip().startswith("{") else _braced(inner, 0)
    return plain_words(text), width, height


def _braced(text: str, at: int) -> str:
    """Give what stands between the brace at a place and the one that closes it."""
    depth = 0
    for place in range(at, len(text)):
        if text[place] == "\\":
            continue
        if text[place] == "{" and text[place - 1 : place] != "\\":
            depth += 1
        elif text[place] == "}" and text[place - 1 : place] != "\\":
            depth -= 1
            if depth == 0:
                return text[at + 1 : place]
    return text[at + 1 :]


_WORDS = (
    (_ALIGNMENT, " "),
    (pattern_of(r"\\textbackslash(?:\{\})?"), "\ue000"),
    (pattern_of(r"\\textasciitilde(?:\{\})?"), "\ue001"),
    (pattern_of(r"\\textasciicircum(?:\{\})?"), "^"),
    (pattern_of(r"\\\\"), "; "),
    (pattern_of(r"\\(?:times|ast|cdot)(?![a-zA-Z])"), "×"),
    (pattern_of(r"\\(?:rightarrow|to|longrightarrow|Rightarrow)(?![a-zA-Z])"), "→"),
    (pattern_of(r"\\textrightarrow\b"), "→"),
    (pattern_of(r"\\texttimes\b"), "×"),
    (pattern_of(r"\{([,.·])\}"), r"\1"),
    (
        pattern_of(
            r"\\(?:label|ref|cite[a-z]*|footnote|begin|end|vspace|hspace|includegraphics)\*?(?:\[[^\]]*\])?\{[^{}]*\}"
        ),
        " ",
    ),
    (pattern_of(r"\\\{"), "\ue002"),
    (pattern_of(r"\\\}"), "\ue003"),
    (pattern_of(r"\\([%#&_])"), r"\1"),
    (pattern_of(r"\\\$"), "\ue004"),
    (pattern_of(r"\\[,;:! ]|\\quad|\\qquad|~"), " "),
    (pattern_of(r"\\[a-zA-Z]+\*?"), " "),
    (pattern_of(r"---?"), "–"),
    (pattern_of(r"[{}$]"), ""),
)

# Letters that TeX would take for its own stand aside until all commands are gone.
_ASIDE = str.maketrans("\ue000\ue001\ue002\ue003\ue004", "\\~{}$")


def plain_words(text: str) -> str:
    r"""Write a piece of TeX in plain letters: `$5 \times 5$` is `5 × 5`, `\textbf{Layer}` is `Layer`."""
    if re.search(r"\\(?:documentclass|usepackage|bibliography)", text):
        return ""
    for pattern, written in _WORDS:
        text = pattern.sub(written, text)
    return " ".join(text.split()).translate(_ASIDE)
