"""A network as a flowchart of Mermaid, which GitHub and many wikis draw within Markdown."""

import json

from striate.arithmetic import Walk
from striate.documents.forms.flowcharts import table_as_comments
from striate.documents.writer import write_attachments, write_table
from striate.drawing.blocks import blocks_of
from striate.drawing.palette import EDGE, FACE
from striate.drawing.words import Language


def write_mermaid(walk: Walk, title: str, language: Language = "en") -> str:
    """Return the text of a `.mmd` file.

    Args:
        walk: The arithmetic on a table without faults.
        title: Of the graph.
        language: Of the words in it.
    """
    blocks = blocks_of(walk, language, with_parts=True)
    lines = ["---", f"title: {json.dumps(title, ensure_ascii=False)}", "---", "flowchart TD"]
    for number, block in enumerate(blocks):
        label = "<br>".join(map(_plain, block.lines))
        lines.append(f'  b{number}["{label}"]:::{block.family}')
    lines += [
        f"  b{source} --> b{number}"
        for number, block in enumerate(blocks)
        for source in block.sources
    ]
    families = dict.fromkeys(block.family for block in blocks)
    lines += [
        f"  classDef {family} fill:{FACE[family]},stroke:{EDGE[family]},color:#222222"
        for family in families
    ]
    rows = [row.name for row in walk.table.rows]
    attached = write_attachments(walk.table, rows)
    told = f"{write_table(walk.table)}\n\n{attached}" if attached else write_table(walk.table)
    lines += table_as_comments(lines[3:], told)
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Write letters that mean something to Mermaid by their numbers."""
    return "".join(f"#{ord(letter)};" if letter in '"#<>&`\\' else letter for letter in text)
