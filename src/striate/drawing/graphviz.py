"""A network as a graph in the language of Graphviz, which lays it out itself."""

from striate.arithmetic import Walk
from striate.drawing.blocks import blocks_of
from striate.drawing.palette import EDGE, FACE
from striate.drawing.words import Language


def write_graphviz(walk: Walk, title: str, language: Language = "en") -> str:
    """Return the text of a `.dot` file.

    Args:
        walk: The arithmetic on a table without faults.
        title: Of the graph.
        language: Of the words in it.
    """
    blocks = blocks_of(walk, language, with_parts=True)
    lines = [
        f"digraph {_quoted(title)} {{",
        '  node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=10];',
    ]
    for number, block in enumerate(blocks):
        label = r"\n".join(map(_plain, block.lines))
        colors = f'fillcolor="{FACE[block.family]}", color="{EDGE[block.family]}"'
        lines.append(f'  b{number} [label="{label}", {colors}];')
        lines += [f"  b{source} -> b{number};" for source in block.sources]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
