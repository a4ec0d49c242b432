"""Drawings are judged by what is in them: names, sizes, places, edges; never by their bytes."""

import math
import re
import shutil
import subprocess
from io import BytesIO
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image as Picture

import striate
from striate import Convolution, FullyConnected, Input, MaxPooling, Row, Table
from striate.arithmetic import reads, walk
from striate.cli import main
from striate.drawing import draw
from striate.drawing.blocks import blocks_of
from striate.drawing.boxes import towers_of
from striate.drawing.figure import Area, Figure, Line, Text, bounds
from striate.drawing.graphviz import write_graphviz
from striate.drawing.raster import write_png
from striate.drawing.svg import write_svg
from striate.drawing.tikz import write_tikz


SHIPPED = ["alexnet", "fashion-cnn", "googlenet", "lenet5", "mlp", "resnet18", "text-cnn", "vgg16"]


def drawn(name: str, **options: object) -> Figure:
    document = striate.load(name)
    return draw(document.sound_walk(), document.title, **options)  # type: ignore[arg-type]


def texts(figure: Figure) -> list[str]:
    return [item.text for item in figure.items if isinstance(item, Text)]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_block_is_named_in_the_graph(name: str) -> None:
    document = striate.load(name)
    figure = drawn(name, style="graph")
    blocks = blocks_of(document.sound_walk(), "en", with_parts=True)
    assert {block.name for block in blocks if block.name} <= set(texts(figure))
    assert all(block.size in texts(figure) for block in blocks)


@pytest.mark.parametrize("name", SHIPPED)
def test_boxes_of_a_graph_do_not_overlap(name: str) -> None:
    areas = [item for item in drawn(name, style="graph").items if isinstance(item, Area)]
    for first, second in combinations([bounds([area]) for area in areas], 2):
        is_apart = (
            first[2] <= second[0]
            or second[2] <= first[0]
            or first[3] <= second[1]
            or second[3] <= first[1]
        )
        assert is_apart, (first, second)


@pytest.mark.parametrize("name", SHIPPED)
def test_an_edge_for_everything_that_a_block_reads(name: str) -> None:
    figure = drawn(name, style="graph")
    blocks = blocks_of(striate.load(name).sound_walk(), "en", with_parts=True)
    edges = [item for item in figure.items if isinstance(item, Line) and item.has_head]
    assert len(edges) == sum(len(block.sources) for block in blocks)
    # Each edge goes downwards from the lower edge of a box to the upper edge of another.
    assert all(edge.points[0][1] < edge.points[-1][1] for edge in edges)


def test_shortcuts_of_a_residual_network_are_there() -> None:
    table = striate.load("resnet18").table
    joins = [at for at, row in enumerate(table.rows) if row.name.startswith("add")]
    blocks = blocks_of(walk(table), "en", with_parts=True)
    drawn_joins = [block for block in blocks if block.name.startswith("add")]
    assert [len(block.sources) for block in drawn_joins] == [len(reads(table)[at]) for at in joins]


def test_maps_of_a_stack_are_to_scale() -> None:
    figure = drawn("lenet5", style="stack")
    extents = [bounds([item]) for item in figure.items if isinstance(item, Area) and item.fill]
    squares = [
        bottom - top
        for left, top, right, bottom in extents
        if abs(right - left - bottom + top) < 0.01
    ]
    assert {round(32 * side / max(squares)) for side in squares} == {32, 28, 14, 10, 5}


def test_as_many_sheets_as_maps_up_to_sixteen() -> None:
    figure = drawn("lenet5", style="stack")
    convolutions = [
        item for item in figure.items if isinstance(item, Area) and item.fill == "#dbe7f5"
    ]
    assert len(convolutions) == 6 + 16 + 1  # C1, C3, and the bar of C5


def test_two_towers_where_convolutions_have_two_groups() -> None:
    blocks = blocks_of(striate.load("alexnet").sound_walk(), "en", with_parts=False)
    towers = {block.name: count for block, count in zip(blocks, towers_of(blocks), strict=True)}
    assert towers == {
        "data": 1,
        "conv1": 2,
        "pool1": 2,
        "conv2": 2,
        "pool2": 2,
        "conv3": 2,
        "conv4": 2,
        "conv5": 2,
        "pool5": 2,
        "fc6": 1,
        "fc7": 1,
        "fc8": 1,
    }
    assert "2×48" in texts(drawn("alexnet", style="boxes"))


def test_the_style_suits_the_network() -> None:
    def has_heads(figure: Figure) -> bool:
        return any(isinstance(item, Line) and item.has_head for item in figure.items)

    assert [has_heads(drawn(name)) for name in ("lenet5", "alexnet", "vgg16")] == [False] * 3
    assert [has_heads(drawn(name)) for name in ("googlenet", "resnet18", "text-cnn")] == [True] * 3


@pytest.mark.parametrize("width", [120.0, 252.0, 510.0])
@pytest.mark.parametrize("name", ["lenet5", "alexnet", "vgg16"])
def test_no_two_texts_of_one_size_lie_on_each_other(name: str, width: float) -> None:
    items = [item for item in drawn(name, width=width).items if isinstance(item, Text)]
    for first, second in combinations(items, 2):
        if first.place[1] == second.place[1]:
            one, other = bounds([first]), bounds([second])
            assert one[2] <= other[0] + 0.7 or other[2] <= one[0] + 0.7, (first.text, second.text)


def test_branches_cannot_be_stacked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "resnet18", "--style", "stack", "-o", str(tmp_path / "r.svg")]) == 2
    assert capsys.readouterr().err == (
        "error: conv2_2a: it reads add2_1, and the style stack draws each row behind the one before it.\n"
        "  Needed: a style that shows branches.\n"
        "  Fix: draw it with --style graph.\n"
    ).replace("conv2_2a: it reads add2_1", "add2_1: it reads conv2_1b and pool1")
    assert not list(tmp_path.iterdir())


def test_all_that_is_wrong_with_a_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.bmp"
    assert main(["draw", "lenet5", "--width", "1", "-o", str(file)]) == 2
    assert capsys.readouterr().err == (
        f"error: {file}: its ending does not say what kind of file to write.\n"
        "  Needed: a name that ends in .svg, .png, .pdf, .tex or .dot.\n"
        "  Fix: write the name with one of them, such as network.svg.\n"
        "--width: it is 1.\n"
        "  Needed: a number of centimetres from 4 to 100.\n"
        "  Fix: write 8.9 for one column of a paper, or 18 for two.\n"
    )


HOSTILE = '<script>alert("x")</script> & \\end{document} "%$#_{}~^'


def hostile() -> Figure:
    rows = (
        Row("Input", Input.image(1, 12, 12)),
        Row(HOSTILE, Convolution(4, kernel=3), "ReLU"),
        Row("P", MaxPooling(2)),
        Row("Output", FullyConnected(3), "softmax"),
    )
    return draw(walk(Table(rows)), HOSTILE)


def test_names_are_never_markup() -> None:
    root = ElementTree.fromstring(write_svg(hostile()))
    assert HOSTILE in {element.text for element in root.iter()}
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    tex = write_tikz(hostile())
    assert tex.count(r"\end{document}") == 1
    rows = (Row("Input", Input.image(1, 4, 4)), Row('a"b\\', FullyConnected(3)))
    assert '"a\\"b\\\\\\n' in write_graphviz(walk(Table(rows)), "t")


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
@pytest.mark.parametrize("name", SHIPPED)
def test_graphviz_takes_what_is_written(name: str) -> None:
    text = write_graphviz(striate.load(name).sound_walk(), name)
    subprocess.run(["dot", "-Tsvg"], input=text, text=True, check=True, capture_output=True)


def has_standalone() -> bool:
    """Whether there is a LaTeX with the class of pictures that stand alone, which comes in a package of its own."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(["kpsewhich", "standalone.cls"], check=False, capture_output=True)
    return found.returncode == 0


@pytest.mark.skipif(not has_standalone(), reason="needs pdflatex with standalone.cls")
@pytest.mark.parametrize("figure", [drawn("lenet5"), hostile()], ids=["lenet5", "hostile"])
def test_tex_compiles(figure: Figure, tmp_path: Path) -> None:
    (tmp_path / "net.tex").write_text(write_tikz(figure), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "net.pdf").read_bytes().startswith(b"%PDF")


def test_each_ending_gives_its_kind_of_file(tmp_path: Path) -> None:
    begins = {".svg": b"<svg", ".pdf": b"%PDF", ".png": b"\x89PNG", ".tex": b"\\documentclass"}
    for ending, begin in begins.items():
        file = tmp_path / f"net{ending}"
        assert main(["draw", "lenet5", "-o", str(file)]) == 0
        assert file.read_bytes().startswith(begin)
    with Picture.open(tmp_path / "net.png") as picture:
        width = float(re.findall(r'width="([\d.]+)pt"', (tmp_path / "net.svg").read_text())[0])
        assert abs(picture.width - width / 72 * 300) <= 2


def test_words_in_korean() -> None:
    assert "5×5 합성곱" in texts(drawn("lenet5", language="ko"))
    assert write_tikz(drawn("lenet5", language="ko")).startswith("% !TEX program = xelatex")


def test_a_chain_of_convolutions_in_one_row_is_named_by_its_windows() -> None:
    """GoogLeNet's conv2 is two convolutions in a row of the paper's table, and no module with branches."""
    assert "1×1, 3×3 convolution, ReLU, LRN" in texts(drawn("googlenet", style="graph"))


def test_a_drawing_speaks_the_language_of_its_document(tmp_path: Path) -> None:
    rows = "| 층 | 설정 | 출력 |\n| --- | --- | --- |\n| 입력 | - | 8x8x3 |\n| 합성곱1 | 3x3, 4개, ReLU | 6x6x4 |\n"
    (tmp_path / "mine.md").write_text(rows, "utf-8")
    for language, words in ((), "합성곱"), (("--language", "en"), "convolution"):
        file = tmp_path / "mine.svg"
        assert main(["draw", str(tmp_path / "mine.md"), "-o", str(file), *language]) == 0
        assert f"3×3 {words}" in file.read_text("utf-8")


def test_a_png_has_every_area_in_its_color_where_the_figure_has_it() -> None:
    """Against the figure itself: each area's middle, unless something lies over it, and 300 dots an inch."""
    figure = Figure(
        (
            Area(((4, 4), (40, 4), (40, 30), (4, 30)), "#ff0000", "#0000ff", 2.0),
            Line(((60, 5), (60, 300)), "#00ff00", 1.0),
            Line(((80, 5), (80, 300)), "#00ff00", 1.0, is_dashed=True),
        ),
        "title",
        "description",
    )
    picture = Picture.open(BytesIO(write_png(figure)))
    assert (picture.text["Title"], round(picture.info["dpi"][0])) == ("title", 300)  # type: ignore[attr-defined]
    scale = 300 / 72
    assert picture.size == tuple(math.ceil(side * scale) for side in figure.size)
    colors = {
        place: picture.getpixel((round(place[0] * scale), round(place[1] * scale)))
        for place in ((20, 15), (4, 15), (60, 100), (60, 299), (50, 100))
    }
    assert list(colors.values()) == [
        (255, 0, 0),
        (0, 0, 255),
        (0, 255, 0),
        (0, 255, 0),
        (255, 255, 255),
    ]
    dashes = [picture.getpixel((round(80 * scale), y)) == (0, 255, 0) for y in range(30, 1240)]
    assert 0.5 < sum(dashes) / len(dashes) < 0.64  # 4 of 7 parts
