import math
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from striate.pictures import EpochPoint, draw_curves
from striate.pictures.page import Page
from striate.pictures.scale import scale_of


LINES_END = 840  # the names of the lines stand to the right of it
BLUE = (0x12, 0x48, 0x7F)


def settings() -> dict[str, object]:
    # To read the backend would choose one.
    return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def blue(png: bytes) -> NDArray[np.bool_]:
    """Mark the pixels of the lines of validation."""
    mask: NDArray[np.bool_] = np.all(pixels(png)[:, :LINES_END] == BLUE, axis=2)
    return mask


def run(errors: Sequence[float], *, validation: bool = True) -> list[EpochPoint]:
    return [
        EpochPoint(
            epoch=epoch,
            training_loss=2 * error,
            training_error=error / 2,
            validation_loss=3 * error if validation else None,
            validation_error=error if validation else None,
            learning_rate=0.001,
        )
        for epoch, error in enumerate(errors, start=1)
    ]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Give what would be written, and at which height, without drawing it."""
    texts: dict[str, float] = {}
    monkeypatch.setattr(Page, "write", lambda _, __, y, text, **___: texts.update({text: y}))
    monkeypatch.setattr(Page, "png", lambda _: b"")
    return texts


def test_one_epoch_is_drawn_as_a_point_in_each_panel() -> None:
    mask = blue(draw_curves(run([0.05]), "one epoch"))
    rows = np.flatnonzero(mask.any(axis=1))
    assert mask.sum() > 20
    assert len(np.flatnonzero(np.diff(rows) > 100)) == 1
    assert np.ptp(np.flatnonzero(mask.any(axis=0))) < 12


def test_of_few_epochs_the_way_between_them_is_drawn(written: dict[str, float]) -> None:
    course = [(0.25 * at, 4.0 - at) for at in range(1, 5)]
    draw_curves(run([0.5]), "", course)
    assert any("the loss of training on the way" in text for text in written)
    written.clear()
    draw_curves(run([0.5] * 6), "", course)
    assert not any("on the way" in text for text in written)


def test_the_way_of_a_single_epoch_goes_from_left_to_right() -> None:
    history, course = run([0.5]), [(0.05 * at, 4.0 - 0.19 * at) for at in range(1, 21)]
    grey = 0xB8
    before, after = (
        np.all(pixels(draw_curves(history, "", way))[:, :LINES_END] == grey, axis=2)
        for way in ([], course)
    )
    way = after & ~before
    columns = np.flatnonzero(way.any(axis=0))
    assert np.ptp(columns) > 500
    heights = [way[:, column].argmax() for column in (columns[5], columns[-5])]
    assert heights[1] > heights[0] + 50


def test_a_falling_error_falls_and_a_rising_one_rises() -> None:
    falling = blue(draw_curves(run([0.05, 0.03, 0.02, 0.01]), ""))
    rising = blue(draw_curves(run([0.01, 0.02, 0.03, 0.05]), ""))
    middle = falling.shape[1] // 2
    for mask, sign in ((falling, 1), (rising, -1)):
        lower_panel = mask[len(mask) // 2 :]
        left = np.argwhere(lower_panel[:, :middle])[:, 0].mean()
        right = np.argwhere(lower_panel[:, middle:])[:, 0].mean()
        assert sign * (right - left) > 30


def test_without_validation_there_is_no_line_for_it() -> None:
    assert not blue(draw_curves(run([0.05, 0.02], validation=False), "")).any()


def test_without_validation_it_is_not_mentioned(written: dict[str, float]) -> None:
    draw_curves(run([0.05, 0.02], validation=False), "")
    assert "2 epochs" in written
    assert not any("validation" in text for text in written)


def test_errors_that_were_never_measured_have_no_panel(written: dict[str, float]) -> None:
    draw_curves([EpochPoint(1, 0.5, None, None, None, 0.1)], "")
    assert "loss" in written
    assert not any(text.startswith("error") for text in written)


def test_lines_end_with_their_name_and_last_value_in_per_cent(written: dict[str, float]) -> None:
    draw_curves(run([0.05, 0.0082]), "")
    assert {"validation 0.82 %", "training 0.41 %", "validation 0.0246", "training 0.0164"} <= set(
        written
    )


def test_names_of_lines_that_end_together_do_not_overlap(written: dict[str, float]) -> None:
    draw_curves([EpochPoint(e, 0.5, 0.25, 0.5, 0.2501, 0.1) for e in (1, 2)], "")
    assert abs(written["training 0.5"] - written["validation 0.5"]) >= 16
    assert abs(written["training 25 %"] - written["validation 25 %"]) >= 16
    assert written["training 25 %"] > written["validation 25 %"]


def test_the_epoch_of_the_lowest_validation_error_is_named(written: dict[str, float]) -> None:
    draw_curves(run([0.05, 0.011, 0.02]), "")
    assert "3 epochs; lowest validation error 1.1 %, in epoch 2 (ring)" in written


def test_validation_of_some_epochs_only_is_drawn() -> None:
    history = run([0.05, 0.04, 0.03, 0.02])
    sparse = [
        point if point.epoch % 2 else EpochPoint(point.epoch, 0.1, 0.02, None, None, 0.1)
        for point in history
    ]
    assert blue(draw_curves(sparse, "")).any()


def diverged() -> list[EpochPoint]:
    losses = [0.5, 0.7, math.nan, math.nan]
    return [EpochPoint(e, loss, 0.9, math.inf, 0.9, 0.5) for e, loss in enumerate(losses, start=1)]


def test_a_diverged_run_is_drawn_as_far_as_it_is_finite() -> None:
    assert blue(draw_curves(diverged(), "")).any()


def test_values_that_are_not_finite_are_counted(written: dict[str, float]) -> None:
    draw_curves(diverged(), "")
    assert "values that are not finite, and so not drawn: 6" in written


def test_a_run_without_epochs_says_so(written: dict[str, float]) -> None:
    draw_curves([], "nothing yet")
    assert "No epoch is finished." in written


def test_the_picture_of_a_run_without_epochs_is_not_empty() -> None:
    assert pixels(draw_curves([], "")).min() < 110


@pytest.mark.parametrize("epochs", [2, 500])
def test_runs_of_any_length_fit_a_screen(epochs: int) -> None:
    page = pixels(draw_curves(run([0.3 / epoch for epoch in range(1, epochs + 1)]), "한국어 " * 30))
    assert page.shape[0] < 900
    assert 900 < page.shape[1] < 1200


def test_equal_histories_give_equal_bytes_whatever_the_settings_of_matplotlib() -> None:
    usual = draw_curves(run([0.05, 0.02]), "t")
    with mpl.rc_context({"axes.facecolor": "black", "lines.linewidth": 9, "font.size": 30}):
        before = settings()
        assert draw_curves(run([0.05, 0.02]), "t") == usual
        assert settings() == before
    assert draw_curves(run([0.05, 0.021]), "t") != usual


def test_drawing_loads_neither_torch_nor_the_global_state_of_pyplot() -> None:
    program = (
        "import sys, striate.pictures as pictures\n"
        "pictures.draw_curves([pictures.EpochPoint(1, 0.5, 0.2, 0.6, 0.3, 0.1)], 'title')\n"
        "print(*{'torch', 'matplotlib.pyplot'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_values_over_more_than_a_decade_are_equally_far_apart_by_factor() -> None:
    scale = scale_of([10.0, 1.0, 0.1])
    heights = [scale.fraction(value) for value in (0.1, 1.0, 10.0)]
    assert scale.is_log
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])
    assert {0.1, 1.0, 10.0} <= set(scale.marks)


def test_values_within_a_decade_are_equally_far_apart_by_difference() -> None:
    scale = scale_of([1.0, 5.0, 9.0])
    heights = [scale.fraction(value) for value in (1.0, 5.0, 9.0)]
    assert not scale.is_log
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])


def test_a_zero_on_a_logarithmic_axis_is_below_every_other_value_and_is_marked() -> None:
    scale = scale_of([5.0, 0.01, 0.0])
    assert scale.is_log
    assert 0 < scale.fraction(0.0) < scale.fraction(0.01) - 0.05
    assert scale.marks[0] == scale.place(0.0)


@pytest.mark.parametrize(
    "values",
    [[0.0], [0.0, 0.0], [-1.0], [-3.0, 40.0], [2.3], [1e-9, 1e6], [0.0, 1e-9, 3.0], [0.69, 0.691]],
)
def test_every_value_is_inside_its_axis_and_the_axis_is_marked(values: list[float]) -> None:
    scale = scale_of(values)
    assert all(0 <= scale.fraction(value) <= 1 for value in values)
    assert 1 <= len(scale.marks) <= 9
    assert all(scale.low <= mark <= scale.high for mark in scale.marks)
