"""A figure as SVG."""

from xml.sax.saxutils import escape, quoteattr

from striate.drawing.figure import Area, Figure, Item, Line, Text


FONTS = "Helvetica, Arial, 'DejaVu Sans', 'Noto Sans CJK KR', 'Malgun Gothic', sans-serif"


def write_svg(figure: Figure) -> str:
    """Return the text of an SVG file: sizes in points, title and description for screen readers."""
    width, height = figure.size
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.1f}pt" height="{height:.1f}pt"'
        f' viewBox="0 0 {width:.1f} {height:.1f}" role="img" font-family="{FONTS}">'
    )
    lines = [
        opening,
        f"<title>{escape(figure.title)}</title>",
        f"<desc>{escape(figure.description)}</desc>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *(_item(item) for item in figure.items),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _item(item: Item) -> str:
    match item:
        case Area():
            stroke = (
                "none"
                if item.stroke is None
                else f'{item.stroke}" stroke-width="{item.width}" stroke-linejoin="round'
            )
            return f'<polygon points="{_points(item.points)}" fill="{item.fill or "none"}" stroke="{stroke}"/>'
        case Line():
            dash = ' stroke-dasharray="2 1.5"' if item.is_dashed else ""
            line = (
                f'<polyline points="{_points(item.points)}" fill="none" stroke="{item.stroke}"'
                f' stroke-width="{item.width}"{dash}/>'
            )
            return line + (_head(item) if item.has_head else "")
        case Text():
            weight = ' font-weight="bold"' if item.is_bold else ""
            x, y = item.place
            return (
                f'<text x="{x:.2f}" y="{y:.2f}" font-size="{item.size:.2f}" text-anchor={quoteattr(item.anchor)}'
                f' fill="{item.fill}"{weight}>{escape(item.text)}</text>'
            )


def _head(line: Line) -> str:
    return f'<polygon points="{_points(arrow_head(line))}" fill="{line.stroke}"/>'


def arrow_head(line: Line, length: float = 3.2) -> tuple[tuple[float, float], ...]:
    """Return the corners of the arrow head at the end of a line."""
    (x0, y0), (x, y) = line.points[-2:]
    distance = max(((x - x0) ** 2 + (y - y0) ** 2) ** 0.5, 1e-9)
    along, aside = ((x - x0) / distance, (y - y0) / distance), length * 0.38
    back = (x - length * along[0], y - length * along[1])
    return (
        (x, y),
        (back[0] - aside * along[1], back[1] + aside * along[0]),
        (back[0] + aside * along[1], back[1] - aside * along[0]),
    )


def _points(points: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
