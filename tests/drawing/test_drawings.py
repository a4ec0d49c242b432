"""Drawings are judged by what is in them: names, sizes, places, edges; never by their bytes."""

import math
import re
import shutil
import subprocess
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image as Picture

import striate
from striate import (
    AdaptivePooling,
    Add,
    AveragePooling,
    Convolution,
    FullyConnected,
    GlobalPooling,
    Input,
    LpPooling,
    MaxPooling,
    Row,
    Table,
    TransposedConvolution,
    Upsampling,
)
from striate.arithmetic import reads, walk
from striate.cli import main
from striate.drawing import COLUMN, DETAILS, PAGE, Detail, Style, draw, letters
from striate.drawing.blocks import blocks_of, span
from striate.drawing.boxes import towers_of
from striate.drawing.figure import QUIET, Area, Figure, Line, Text, bounds, text_width
from striate.drawing.graphviz import write_graphviz
from striate.drawing.mermaid import write_mermaid
from striate.drawing.modules import folded
from striate.drawing.palette import WINDOW
from striate.drawing.raster import write_png
from striate.drawing.svg import write_svg
from striate.drawing.tikz import write_tikz
from striate.layers import Layer
from striate.pictures.fonts import width_of
from striate.pictures.style import PIXELS_PER_INCH


SHIPPED = ["alexnet", "fashion-cnn", "googlenet", "lenet5", "mlp", "resnet18", "text-cnn", "vgg16"]


def drawn(name: str, **options: object) -> Figure:
    document = striate.load(name)
    return draw(document.sound_walk(), document.title, **options)  # type: ignore[arg-type]


def texts(figure: Figure) -> list[str]:
    return [item.text for item in figure.items if isinstance(item, Text)]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_block_is_named_in_the_graph(name: str) -> None:
    document = striate.load(name)
    figure = drawn(name, style="graph", detail="full")
    blocks = blocks_of(document.sound_walk(), "en", with_parts=True)
    assert {block.name for block in blocks if block.name} <= set(texts(figure))
    assert all(block.size in texts(figure) for block in blocks)


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", SHIPPED)
def test_boxes_of_a_graph_do_not_overlap(name: str, detail: Detail) -> None:
    figure = drawn(name, style="graph", detail=detail)
    areas = [item for item in figure.items if isinstance(item, Area)]
    for first, second in combinations([bounds([area]) for area in areas], 2):
        is_apart = (
            first[2] <= second[0]
            or second[2] <= first[0]
            or first[3] <= second[1]
            or second[3] <= first[1]
        )
        assert is_apart, (first, second)


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", SHIPPED)
def test_no_edge_passes_through_a_box(name: str, detail: Detail) -> None:
    items = drawn(name, style="graph", detail=detail).items
    boxes = [bounds([item]) for item in items if isinstance(item, Area)]
    for edge in (item for item in items if isinstance(item, Line)):
        for x, y in edge.points:
            assert not any(
                left + 0.1 < x < right - 0.1 and top + 0.1 < y < bottom - 0.1
                for left, top, right, bottom in boxes
            )


@pytest.mark.parametrize("detail", ["full", "lines"])
@pytest.mark.parametrize("name", SHIPPED)
def test_an_edge_for_everything_that_a_block_reads(name: str, detail: Detail) -> None:
    figure = drawn(name, style="graph", detail=detail)
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


STRAIGHT = ["alexnet", "fashion-cnn", "lenet5", "mlp", "vgg16"]
WAYS = [
    *((name, "graph", {"detail": detail}) for name in SHIPPED for detail in DETAILS),
    *((name, "graph", {"language": "ko"}) for name in SHIPPED),
    *(
        (name, style, {"width": width, "language": language})
        for name in STRAIGHT
        for style in ("stack", "boxes")
        for width in (120.0, 252.0, 510.0)
        for language in ("en", "ko")
    ),
]


@pytest.mark.parametrize(("name", "style", "options"), WAYS)
def test_every_text_can_be_read(name: str, style: Style, options: dict[str, object]) -> None:
    """No text lies on another or leaves the drawing, measured as the PNG is written, and none is smaller than 5 pt."""
    figure = drawn(name, style=style, **options)
    width, height = figure.size
    boxes = [measured(item) for item in figure.items if isinstance(item, Text)]
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert right <= width
        assert top >= 0
        assert bottom <= height
    for one, other in combinations(boxes, 2):
        is_beside = one[2] <= other[0] or other[2] <= one[0]
        assert is_beside or one[3] <= other[1] or other[3] <= one[1], (one, other)
    assert letters(figure) >= 5


def measured(text: Text) -> tuple[float, float, float, float]:
    """Give the edges of a text by the widths of the font's own letters, from a little above a capital to the baseline."""
    width = width_of(text.text, text.size, bold=text.is_bold) * 72 / PIXELS_PER_INCH
    left = text.place[0] - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] * width
    return left, text.place[1] - 0.75 * text.size, left + width, text.place[1]


@pytest.mark.parametrize("style", ["stack", "boxes"])
@pytest.mark.parametrize("name", STRAIGHT)
def test_captions_lie_on_nothing(name: str, style: Style) -> None:
    items = drawn(name, style=style).items
    areas = [bounds([item]) for item in items if isinstance(item, Area)]
    for text in (measured(item) for item in items if isinstance(item, Text)):
        for left, top, right, bottom in areas:
            is_beside = text[2] <= left or right <= text[0]
            assert is_beside or text[3] <= top or bottom <= text[1]
        for line in (item for item in items if isinstance(item, Line) and item.is_dashed):
            for (x, y), (to_x, to_y) in pairwise(line.points):
                is_across = text[0] < max(x, to_x) and min(x, to_x) < text[2]
                assert not (is_across and text[1] < max(y, to_y) and min(y, to_y) < text[3]), line


@pytest.mark.parametrize("name", SHIPPED)
def test_texts_are_not_wider_than_is_thought(name: str) -> None:
    for item in (item for item in drawn(name).items if isinstance(item, Text)):
        thought = text_width(item.text, item.size, is_bold=item.is_bold)
        left, _, right, _ = measured(item)
        assert 0.97 < thought / (right - left) < 1.3, item.text


@pytest.mark.parametrize("style", ["stack", "boxes"])
@pytest.mark.parametrize("name", [*STRAIGHT, "googlenet"])
def test_a_drawing_is_as_wide_as_a_column_with_letters_of_six_points(
    name: str, style: Style
) -> None:
    figure = drawn(name, style=style)
    assert figure.size[0] <= COLUMN + 0.1
    assert letters(figure) == 6


def test_a_stack_has_as_many_lines_as_it_needs_and_an_arrow_from_each_to_the_next() -> None:
    for name, width, lines in (
        ("lenet5", COLUMN, 1),
        ("alexnet", COLUMN, 2),
        ("vgg16", COLUMN, 4),
        ("vgg16", 2 * COLUMN, 2),
    ):
        figure = drawn(name, style="stack", width=width)
        names = [item for item in figure.items if isinstance(item, Text) and item.is_bold]
        heights = [item.place[1] for item in names]
        assert len(set(heights)) == lines
        assert heights == sorted(heights)  # read as words are
        for line in set(heights):
            beside = [item.place[0] for item in names if item.place[1] == line]
            assert beside == sorted(beside)
        arrows = [item for item in figure.items if isinstance(item, Line) and item.has_head]
        assert len(arrows) == lines - 1
        for arrow in arrows:  # from the right end of a line to the left end of the next
            assert arrow.points[0][0] > arrow.points[-1][0]
            assert arrow.points[0][1] < arrow.points[-1][1]


def test_what_neighbours_say_alike_is_said_once() -> None:
    shown = texts(drawn("mlp", style="stack"))
    assert [shown.count(text) for text in ("fully connected", "sigmoid", "10")] == [1, 1, 3]
    shown = texts(drawn("vgg16", style="boxes"))
    assert [shown.count(text) for text in ("4,096", "1,000", "3×3", "2×2/2")] == [1, 1, 5, 5]


def test_boxes_of_maps_of_one_size_touch_where_a_network_is_long() -> None:
    """VGG's 13 convolutions and 4 of its poolings stand in blocks of one size; AlexNet's few boxes stand apart."""
    fronts = [
        (min(x for x, _ in item.points), max(x for x, _ in item.points))
        for name in ("vgg16", "alexnet")
        for item in drawn(name, style="boxes").items
        if isinstance(item, Area) and item.fill and len({x for x, _ in item.points}) == 2
    ]
    edges = [{round(left, 3) for left, _ in fronts}, {round(right, 3) for _, right in fronts}]
    assert len(edges[0] & edges[1]) >= 8 + 4


def test_spans_are_short_where_names_differ_in_one_part() -> None:
    assert span(["conv3", "conv4", "conv5"]) == "conv3–5"
    assert span(["inception (4a)", "inception (4e)"]) == "inception (4a–e)"
    assert span(["Windows 3", "Windows 5"]) == "Windows 3–5"
    assert span(["C5", "Output"]) == "C5 – Output"
    assert span(["one.conv1", "two.conv2"]) == "one.conv1 – two.conv2"
    assert span(["a1", "b1"]) == "a1 – b1"
    assert span(["same"]) == "same"


def test_windows_of_alexnet_stand_under_their_boxes() -> None:
    """Those of the paper's section 3.5, with its overlapping pooling of section 3.4."""
    items = drawn("alexnet", style="boxes").items
    windows = [item.text for item in items if isinstance(item, Text) and item.fill == WINDOW]
    expected = "11×11/4 3×3/2 5×5 3×3/2 3×3 3×3 3×3/2"  # conv3 and conv4 are alike
    assert windows == expected.split()
    assert {"conv3–5", "fc6–8"} <= set(texts(drawn("alexnet", style="boxes")))


def test_modules_of_googlenet_with_the_numbers_of_the_paper() -> None:
    """Table 1 of Szegedy et al. 2014: 1x1, 3x3 reduce and 3x3, 5x5 reduce and 5x5, pool projection."""
    paper = {
        "3a": "64 | 96→128 | 16→32 | 32",
        "3b": "128 | 128→192 | 32→96 | 64",
        "4a": "192 | 96→208 | 16→48 | 64",
        "4b": "160 | 112→224 | 24→64 | 64",
        "4c": "128 | 128→256 | 24→64 | 64",
        "4d": "112 | 144→288 | 32→64 | 64",
        "4e": "256 | 160→320 | 32→128 | 128",
        "5a": "256 | 160→320 | 32→128 | 128",
        "5b": "384 | 192→384 | 48→128 | 128",
    }
    blocks = blocks_of(striate.load("googlenet").sound_walk(), "en", with_parts=True)
    trunk, modules = folded(blocks)
    said = {block.name: block.operation for block in trunk if block.is_module}
    assert said == {f"inception ({number})": f"A: {maps}" for number, maps in paper.items()}
    ((letter, inside),) = [(module.letter, module.blocks) for module in modules]
    assert (letter, len(inside)) == ("A", 1 + 7 + 1)
    shown = texts(drawn("googlenet", style="graph", detail="modules"))
    assert all(f"A: {maps}" in shown for maps in paper.values())


def test_modules_of_resnet18_are_with_and_without_a_projection() -> None:
    """Figure 3 and Table 1 of He et al. 2015: two blocks a stage, and a projection where the maps are doubled."""
    blocks = blocks_of(striate.load("resnet18").sound_walk(), "en", with_parts=True)
    trunk, modules = folded(blocks)
    assert [block.operation for block in trunk if block.is_module] == [
        "2 × A: 64→64",
        *("B: 128→128 | 128", "A: 128→128"),
        *("B: 256→256 | 256", "A: 256→256"),
        *("B: 512→512 | 512", "A: 512→512"),
    ]
    assert [module.letter for module in modules] == ["A", "B"]


def test_what_comes_once_is_no_module() -> None:
    blocks = blocks_of(striate.load("text-cnn").sound_walk(), "en", with_parts=True)
    assert folded(blocks) == (blocks, ())


@pytest.mark.parametrize(
    ("name", "detail"), [("text-cnn", "full"), ("googlenet", "lines"), ("resnet18", "lines")]
)
def test_a_graph_has_the_most_detail_with_which_it_fits_a_page(name: str, detail: Detail) -> None:
    figure = drawn(name)
    assert figure.size[0] <= PAGE[0] + 8
    assert figure.size[1] <= PAGE[1] + 8
    assert texts(figure) == texts(drawn(name, style="graph", detail=detail))
    if detail != "full":
        assert drawn(name, style="graph", detail="full").size[1] > PAGE[1]


def test_what_follows_each_convolution_is_said_once() -> None:
    figure = texts(drawn("resnet18", style="graph", detail="lines"))
    assert figure[-1] == "after each conv, unless said otherwise: BN"
    assert figure.count("3×3 conv, 64") == 2
    assert figure.count("3×3 conv, 64, BN, ReLU") == 2
    bare = (
        Row("Input", Input.image(1, 8, 8)),
        Row("a", Convolution(4, kernel=3), "ReLU"),
        Row("b", Convolution(4, kernel=3)),
        Row("c", Convolution(4, kernel=3), "ReLU"),
    )
    shown = texts(draw(walk(Table(bare)), "t", style="graph", detail="lines"))
    assert shown == [
        "Input 1@8×8",
        "3×3 conv, 4@6×6, ReLU",
        "3×3 conv, 4@4×4",
        "3×3 conv, 4@2×2, ReLU",
    ]


def test_groups_and_strides_are_said() -> None:
    rows = (
        Row("Input", Input.image(4, 9, 9)),
        Row("each", Convolution(4, kernel=3, groups=4)),
        Row("two", Convolution(4, kernel=3, groups=2, stride=(2, 1))),
    )
    shown = texts(draw(walk(Table(rows)), "t", style="graph"))
    assert "3×3 depthwise convolution" in shown
    assert "3×3/2×1 convolution, 2 groups" in shown


def test_what_makes_a_layer_another_one_is_said_in_every_style() -> None:
    rows = (
        Row("Input", Input.image(4, 16, 16)),
        Row("wide", Convolution(4, kernel=3, dilation=2, padding=2, groups=4), "ReLU"),
        Row("up", TransposedConvolution(6, kernel=3, stride=2, padding=1, output_padding=1)),
        Row("kept", MaxPooling(3, stride=2, rounding="ceil")),
        Row("same", MaxPooling(2, stride=2, rounding="ceil")),
        Row("some", AveragePooling(3, stride=1, padding=1, divisor="inside")),
        Row("smooth", Upsampling(2, interpolation="bilinear", is_aligned=True)),
        Row("root", LpPooling(2, stride=1, p=3)),
        Row("mean", AdaptivePooling(2, reduction="max")),
    )
    walked = walk(Table(rows))
    assert [report.output.axes[1] for report in walked.reports if report.output] == [
        *(16, 16, 32, 16, 8, 8, 16, 15, 2),
    ]
    said = [
        "3×3 depthwise convolution, dilation 2",
        "3×3/2 transposed convolution, padding 1, output padding 1",
        "3×3/2 max pooling, rounding ceil",
        "2×2/2 max pooling",  # 16 are halved either way
        "3×3 average pooling, divisor inside",
        "upsampling, interpolation bilinear, aligned",
        "2×2 L3 pooling",
        "adaptive max pooling",
    ]
    assert [block.operation for block in blocks_of(walked, "en", with_parts=True)[1:]] == said
    for style in ("stack", "boxes", "graph"):
        shown = " ".join(texts(draw(walked, "t", style=style)))
        for word in ("depthwise", "dilation 2", "output padding 1", "divisor inside"):
            assert word in shown, (style, word)
    for written in (write_graphviz(walked, "t"), write_mermaid(walked, "t")):
        assert all(words in written for words in said)
    korean = [block.operation for block in blocks_of(walked, "ko", with_parts=True)]
    assert korean[1] == "3×3 깊이별 합성곱, 팽창 2"


def test_modules_of_unlike_dilations_are_not_one() -> None:
    rows = [Row("Input", Input.image(4, 16, 16))]
    before = "Input"
    for number, dilation in enumerate((1, 2, 1)):
        conv = Convolution(4, kernel=3, padding="same", dilation=dilation)
        rows += [
            Row(f"c{number}", conv, reads=(before,)),
            Row(f"a{number}", Add(), reads=(before, f"c{number}")),
        ]
        before = f"a{number}"
    _, modules = folded(blocks_of(walk(Table(tuple(rows))), "en", with_parts=True))
    assert len(modules) == 1  # that of the two without a dilation


def test_captions_of_neighbours_stand_at_one_height_where_there_is_room() -> None:
    """What does not fit stands lower, with a broken line from its links that ends above it."""
    layers: tuple[Layer, ...] = (
        Convolution(64, kernel=3, padding=1),
        Convolution(64, kernel=5, padding=2),
        MaxPooling(2),
        GlobalPooling(),
        FullyConnected(10),
    )
    rows = [Row("Input", Input.image(3, 32, 32))]
    rows += [Row(f"r{number}", layer, "ReLU") for number, layer in enumerate(layers)]
    names = [drawn(name, style="stack") for name in STRAIGHT]
    for figure in (draw(walk(Table(tuple(rows))), "t", style="stack"), *names):
        captions = [item for item in figure.items if isinstance(item, Text) and item.fill == QUIET]
        pointers = [item for item in figure.items if isinstance(item, Line) and item.is_dashed]
        for line in pointers:
            x, y = line.points[-1]
            below = [
                text
                for text in captions
                if abs(text.place[0] - x) <= text_width(text.text, text.size) / 2 + 1
                and 0 < text.place[1] - y < 2 * text.size
            ]
            assert below, line
    figure = draw(walk(Table(tuple(rows))), "t", style="stack")
    tops = {item.place[1] for item in figure.items if isinstance(item, Text) and "×" in item.text}
    assert len(tops) == 2  # of the sizes above, and of all that leads to a block with a window


def test_long_names_are_broken_between_words() -> None:
    name = "Conv 3x3 + BN + ReLU stride 2"
    rows = (Row("Input", Input.image(1, 12, 12)), Row(name, Convolution(4, kernel=3)))
    shown = texts(draw(walk(Table(rows)), "t", style="stack"))
    lines = [text for text in shown if set(text.split()) <= set(name.split())]
    assert len(lines) == 3
    assert " ".join(reversed(lines)) == name


def test_only_graphs_have_details(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "r.svg")
    assert main(["draw", "lenet5", "--detail", "lines", "-o", file]) == 2
    assert capsys.readouterr().err == (
        "error: --detail: it is lines, and the drawing has the style stack.\n"
        "  Needed: a graph: only graphs have more or less detail.\n"
        "  Fix: leave --detail out, or draw it with --style graph.\n"
    )


def test_size_and_letters_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "n.svg"
    assert main(["draw", "text-cnn", "-o", str(file)]) == 0
    told = re.fullmatch(
        r".* x .* cm, letters from 6\.0 pt \(([\d.]+) pt in one column of 8\.9 cm\)\n",
        capsys.readouterr().out,
    )
    width = float(re.findall(r'width="([\d.]+)pt"', file.read_text())[0])
    assert told
    assert float(told[1]) == round(6 * 252 / width, 1)


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
    """Whether there is a LaTeX with pictures that stand alone and Helvetica, which come in packages of their own."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    files = ["kpsewhich", "standalone.cls", "phvr7t.tfm"]
    found = subprocess.run(files, check=False, capture_output=True, text=True)
    return len(found.stdout.splitlines()) == len(files) - 1


@pytest.mark.skipif(not has_standalone(), reason="needs pdflatex with standalone.cls")
@pytest.mark.parametrize(
    "figure",
    [drawn("lenet5"), drawn("alexnet"), drawn("googlenet"), hostile()],
    ids=["lenet5", "alexnet", "googlenet", "hostile"],
)
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
    assert "1×1, 3×3 convolution, ReLU, LRN" in texts(
        drawn("googlenet", style="graph", detail="full")
    )


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
