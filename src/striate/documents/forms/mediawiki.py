"""Tables, headings and code of MediaWiki, written as Markdown and HTML in the same lines."""

import re
from collections.abc import Iterator

from striate.documents.forms.marked_tables import with_tables_as_html
from striate.documents.parts import LINE_END
from striate.documents.patterns import pattern_of


_OPEN = pattern_of(r"[\s:]*\{\|")
_CLOSE = pattern_of(r"\s*\|\}")
_TITLE = pattern_of(r"(={1,6})\s*(\S.*?)\s*\1\s*")
_COMMENT = pattern_of(r"<!--.*?-->", re.DOTALL)
_NOTE = pattern_of(r"<ref\b[^>]*/>|<ref\b.*?</ref>", re.DOTALL | re.IGNORECASE)
_LISTED = pattern_of(
    r"<(syntaxhighlight|source|pre)\b[^>]*?(?:\blang\s*=\s*[\"']?([\w+-]+)[^>]*)?>", re.IGNORECASE
)
_LINK = pattern_of(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]|\[(?:https?:)?//\S+\s+([^\]]*)\]")
_TEMPLATE = pattern_of(r"\{\{([^{}]*)\}\}")
_ATTRIBUTES = pattern_of(r"\s*(?:[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w%#.-]+)\s*)*")
_QUOTES = pattern_of(r"'{2,5}")


def wiki_tables_as_html(text: str) -> str:
    """Write each table of MediaWiki that is closed as one of HTML, line for line; the rest stays as it is."""
    return with_tables_as_html(text, _end_of, _write)


def wiki_as_markdown(text: str) -> str:
    """Write a page of MediaWiki as Markdown, line for line: its tables, headings and listings."""
    lines = LINE_END.split(_blanked(_COMMENT, text))
    closing = ""
    for at, line in enumerate(lines):
        if closing:
            if closing in line.casefold():
                lines[at], closing = "```", ""
            continue
        listing = _LISTED.fullmatch(line.strip())
        if listing:
            lines[at], closing = f"```{listing[2] or ''}", f"</{listing[1].casefold()}>"
            continue
        title = _TITLE.fullmatch(line)
        lines[at] = f"{'#' * len(title[1])} {_words(title[2])}" if title else line
    return wiki_tables_as_html("\n".join(lines))


def _end_of(lines: list[str], first: int) -> int | None:
    if not _OPEN.match(lines[first]):
        return None
    depth = 0
    for at in range(first, len(lines)):
        depth += bool(_OPEN.match(lines[at])) - bool(_CLOSE.match(lines[at]))
        if depth == 0:
            return at
    return None


def _write(lines: list[str], first: int, last: int) -> None:
    lines[first : last + 1] = _table(_plain("\n".join(lines[first : last + 1])).split("\n"))


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """Leave out what a pattern finds, but not the ends of its lines."""
    return pattern.sub(lambda found: "\n" * found[0].count("\n"), text)


def _plain(text: str) -> str:
    """Write links, templates and quotes as the words that a page shows."""
    text = _blanked(_NOTE, _blanked(_COMMENT, text))
    # A bar within a link or a template parts no cells. What is within another goes first.
    while (found := _TEMPLATE.search(text)) is not None:
        words = found[1].split("|")
        shown = [word for word in words[1:] if "=" not in word] or words[:1]
        text = text[: found.start()] + shown[-1] + text[found.end() :]
    return _LINK.sub(lambda found: found[1] or found[2] or "", text)


def _words(text: str) -> str:
    return _QUOTES.sub("", text).strip()


def _table(lines: list[str]) -> list[str]:
    written = ["<table>"]
    is_open = False
    for line in lines[1:-1]:
        mark = line.strip()
        if mark.startswith("|+"):
            written.append(f"<p>{_words(_without_attributes(mark[2:])[1])}</p>")
        elif mark.startswith("|-"):
            written.append("")
            is_open = False
        elif mark[:1] in {"|", "!"}:
            written.append(("" if is_open else "<tr>") + "".join(_cells(mark)))
            is_open = True
        else:
            written.append(_words(line))
    return [*written, "</table>"]


def _cells(mark: str) -> Iterator[str]:
    parting = r"\|\||!!" if mark[0] == "!" else r"\|\|"
    # A line may begin with the mark between two cells.
    inner = mark[1:].removeprefix("|") if mark.startswith("||") else mark[1:]
    for cell in re.split(parting, inner):
        attributes, words = _without_attributes(cell)
        yield f"<td {attributes}>{_words(words)}"


def _without_attributes(cell: str) -> tuple[str, str]:
    """Part the attributes ahead of a single bar from the words of a cell."""
    ahead, bar, behind = cell.partition("|")
    if bar and _ATTRIBUTES.fullmatch(ahead):
        return ahead.strip(), behind
    return "", cell
