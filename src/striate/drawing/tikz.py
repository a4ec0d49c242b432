r"""A figure as a TeX document of its own, which an \input or \includestandalone takes, too."""

from striate.drawing.figure import Area, Figure, Item, Line, Text


_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "×": r"$\times$",
    "–": "--",
}


def write_tikz(figure: Figure) -> str:
    """Return a TeX document; with letters beyond Latin it asks for XeLaTeX or LuaLaTeX by its first line."""
    colors = sorted({color for item in figure.items for color in _colors(item)})
    texts = "".join(item.text for item in figure.items if isinstance(item, Text))
    is_latin = all(character in _SPECIAL or character.isascii() for character in texts)
    lines = [
        *([] if is_latin else ["% !TEX program = xelatex"]),
        r"\documentclass[tikz,border=4bp]{standalone}",
        *([r"\usepackage{helvet}"] if is_latin else [r"\usepackage{kotex}"]),
        r"\renewcommand{\familydefault}{\sfdefault}",
        *(f"\\definecolor{{{_name(color)}}}{{HTML}}{{{color[1:].upper()}}}" for color in colors),
        r"\begin{document}",
        r"\begin{tikzpicture}[x=1bp, y=-1bp, line join=round, >=stealth]",
        *(f"  {_item(item)}" for item in figure.items),
        r"\end{tikzpicture}",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


def _item(item: Item) -> str:
    match item:
        case Area():
            options = (
                []
                if item.stroke is None
                else [f"draw={_name(item.stroke)}", f"line width={item.width}bp"]
            )
            options += [] if item.fill is None else [f"fill={_name(item.fill)}"]
            return rf"\path[{', '.join(options)}] {_path(item.points)} -- cycle;"
        case Line():
            options = [_name(item.stroke), f"line width={item.width}bp"]
            options += ["->"] if item.has_head else []
            options += ["densely dashed"] if item.is_dashed else []
            return rf"\draw[{', '.join(options)}] {_path(item.points)};"
        case Text():
            (x, y), size = item.place, item.size
            font = rf"\fontsize{{{size:.2f}}}{{{1.2 * size:.2f}}}\selectfont" + (
                r"\bfseries" if item.is_bold else ""
            )
            look = f"inner sep=0pt, font={{{font}}}, text={_name(item.fill)}"
            return rf"\node[anchor={_ANCHORS[item.anchor]}, {look}] at ({x:.2f},{y:.2f}) {{{_escaped(item.text)}}};"


def _colors(item: Item) -> tuple[str, ...]:
    found = (
        (item.fill, item.stroke)
        if isinstance(item, Area)
        else (item.stroke,)
        if isinstance(item, Line)
        else (item.fill,)
    )
    return tuple(color for color in found if color is not None)


def _name(color: str) -> str:
    return f"c{color[1:]}"


def _path(points: tuple[tuple[float, float], ...]) -> str:
    return " -- ".join(f"({x:.2f},{y:.2f})" for x, y in points)


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)
