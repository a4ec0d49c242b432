"""A figure as PDF, by matplotlib."""

from io import BytesIO

from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from striate.drawing.figure import Area, Figure, Item, Line, Text
from striate.drawing.raster import ALIGNMENTS, POINTS_PER_INCH
from striate.drawing.svg import arrow_head
from striate.pictures.fonts import families
from striate.pictures.plots import in_style


def write_pdf(figure: Figure) -> bytes:
    """Return the bytes of a PDF with its fonts in it."""
    width, height = figure.size
    with in_style():
        canvas = Canvas(
            figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH), facecolor="white"
        )
        axes = canvas.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        for order, item in enumerate(figure.items):
            for artist in _artists(item):
                artist.set_zorder(order)
                axes.add_artist(artist)
            if isinstance(item, Text):
                axes.text(
                    *item.place,
                    item.text,
                    size=item.size,
                    color=item.fill,
                    weight="bold" if item.is_bold else "normal",
                    ha=ALIGNMENTS[item.anchor],
                    va="baseline",
                    family=families(item.text),
                    zorder=order,
                )
        content = BytesIO()
        canvas.savefig(
            content, format="pdf", metadata={"Title": figure.title, "CreationDate": None}
        )
    return content.getvalue()


def _artists(item: Item) -> list[Polygon | Line2D]:
    match item:
        case Area():
            return [
                Polygon(
                    item.points,
                    closed=True,
                    facecolor=item.fill or "none",
                    edgecolor=item.stroke or "none",
                    linewidth=item.width,
                    joinstyle="round",
                )
            ]
        case Line():
            across, down = zip(*item.points, strict=True)
            line = Line2D(across, down, color=item.stroke, linewidth=item.width)
            if item.is_dashed:
                line.set_linestyle((0, (4, 3)))
            head = Polygon(arrow_head(item), closed=True, facecolor=item.stroke, edgecolor="none")
            return [line, head] if item.has_head else [line]
        case Text():
            return []
