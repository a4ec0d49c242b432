"""A page is white, and has what is put on it where it is put."""

import subprocess
import sys
from io import BytesIO

import numpy as np
from PIL import Image

from striate.pictures.page import Page, Pixels, filled, rgb
from striate.pictures.style import MARGIN


def pixels_of(page: Page) -> Pixels:
    return np.asarray(Image.open(BytesIO(page.png())).convert("RGB"))


def body_of(page: Page, height: int) -> Pixels:
    shown = pixels_of(page)
    top = shown.shape[0] - MARGIN - height
    return shown[top : top + height, MARGIN:-MARGIN]


def test_a_line_goes_through_its_points_and_nowhere_else() -> None:
    page = Page(100, 60, "t")
    page.line([(10, 10), (10, 50), (90, 50)], "#ff0000", 2)
    body = body_of(page, 60)
    for x, y in ((10, 20), (10, 45), (40, 50), (85, 50)):
        assert tuple(body[y, x]) == (255, 0, 0)
    assert (body[:45, 15:] == 255).all()
    page.line([(95, 55), (400, 300)], "#0000ff", 2)  # what lies beyond the page is left out
    assert tuple(body_of(page, 60)[55, 95]) != (255, 255, 255)


def test_a_text_stands_on_its_baseline_and_lies_over_what_is_pasted_later() -> None:
    page = Page(200, 60, "t")
    page.write(50, 30, "EEE", color="#000000", size=12)
    page.paste(0, 0, filled(60, 200, "#00ff00"))
    inked = np.argwhere((body_of(page, 60) == 0).all(axis=2))
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0)
    # Letters of 12 points are 12 x 100 / 72 x 0.73 = 12 pixels high in DejaVu Sans.
    assert 17 <= top <= 19 and 28 <= bottom <= 30  # noqa: PT018
    assert 50 <= left <= 53 and 75 <= right <= 90  # noqa: PT018


def test_a_text_upwards_is_the_text_turned() -> None:
    page = Page(60, 200, "t")
    page.write(30, 150, "EEEE", size=12, upright=False)
    inked = np.argwhere((body_of(page, 200) < 128).all(axis=2))
    height, width = inked.max(axis=0) - inked.min(axis=0)
    assert height > 2 * width
    assert 145 <= inked[:, 0].max() <= 150
    assert 20 <= inked[:, 1].min() <= inked[:, 1].max() <= 40


def test_colors_are_those_of_the_web() -> None:
    assert [tuple(rgb(name)) for name in ("white", "#a8480c")] == [(255, 255, 255), (168, 72, 12)]


def test_pictures_without_axes_do_not_load_matplotlib() -> None:
    """Its import alone took as long as a look at LeNet-5."""
    code = (
        "import sys, numpy as np; from striate.pictures.seen import draw_maps, draw_tuning;"
        "draw_maps(np.ones((2, 3, 3), 'f4'), 'title');"
        "draw_tuning(np.ones((1, 3, 3), 'f4'), np.array([0., 90.]), np.ones((1, 2)), ['a'], 't', []);"
        "import striate; from striate.drawing import draw; from striate.drawing.raster import write_png;"
        "write_png(draw(striate.load('lenet5').sound_walk(), 'title'));"
        "print({'torch', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
