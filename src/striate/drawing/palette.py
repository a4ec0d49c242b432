"""Colors of blocks: light areas that print well in grey, with one darker tone of each for edges and sides."""

from striate.drawing.blocks import Family


FACE: dict[Family, str] = {
    "input": "#f2f2f2",
    "convolution": "#dbe7f5",
    "pooling": "#f7dfcb",
    "full": "#e0ecd9",
    "join": "#eee3f3",
    "other": "#f6efcf",
    "in place": "#f6efcf",
}
"""The side that faces the reader."""

SHADE: dict[Family, str] = {
    "input": "#d9d9d9",
    "convolution": "#b3cbe6",
    "pooling": "#ecc09a",
    "full": "#bfd6b1",
    "join": "#d5bfe0",
    "other": "#e6d795",
    "in place": "#e6d795",
}
"""The sides that lie in the shade."""

EDGE: dict[Family, str] = {
    "input": "#6b6b6b",
    "convolution": "#2b5483",
    "pooling": "#9a5417",
    "full": "#44692f",
    "join": "#6c4380",
    "other": "#7d6a14",
    "in place": "#7d6a14",
}
"""The lines around it."""

WINDOW = "#c0392b"
"""A kernel, and the lines to the unit that it feeds."""
