"""How kernels and loss went over the epochs, as a film."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.pictures.curves import EpochPoint
from striate.pictures.page import Page, Pixels
from striate.pictures.plots import in_style
from striate.pictures.scale import scale_of
from striate.pictures.signed import enlarged, signed_colors
from striate.pictures.style import QUIET, RULE, SMALL, TRAINING, VALIDATION


_MOST = 64
_COLORS = 3
_GAP = 6
_CURVE_WIDTH, _CURVE_HEIGHT = 330, 150
_SECONDS = 12.0
_SHORTEST, _LONGEST = 0.08, 0.6
_LAST = 2.0


@in_style()
def draw_film(
    frames: Sequence[tuple[int, NDArray[np.float32]]],
    history: Sequence[EpochPoint],
    title: str,
    kind: Literal["gif", "apng"],
) -> bytes:
    """Draw the kernels of a row after each epoch, beside the loss until then.

    Shapes:
        frames: maps x channels x height x width, each

    Args:
        frames: The epoch of each, 0 before the first step, and the kernels; at least one.
        history: What is known of each epoch.
        title: Of the film.
        kind: Of the file.

    Returns:
        The file; it is shown again and again, each time with a rest at the end.
    """
    largest = max(float(np.abs(kernels).max()) for _, kernels in frames) or 1.0
    last = frames[-1][0]
    pictures = [
        Image.open(BytesIO(_frame(epoch, kernels, history, title, largest, last))).convert("RGB")
        for epoch, kernels in frames
    ]
    each = min(max(_SECONDS / len(frames), _SHORTEST), _LONGEST)
    durations = [round(1000 * each)] * (len(pictures) - 1) + [round(1000 * _LAST)]
    content = BytesIO()
    if kind == "gif":
        # One palette for all frames: colors stay what they mean.
        palette = pictures[-1].quantize(256, method=Image.Quantize.MEDIANCUT)
        pictures = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
    pictures[0].save(
        content,
        format="GIF" if kind == "gif" else "PNG",
        save_all=True,
        append_images=pictures[1:],
        duration=durations,
        loop=0,
    )
    return content.getvalue()


def _frame(
    epoch: int,
    kernels: NDArray[np.float32],
    history: Sequence[EpochPoint],
    title: str,
    largest: float,
    last: int,
) -> bytes:
    cells = [_cell(kernel, largest) for kernel in kernels[:_MOST]]
    height, width = cells[0].shape[:2]
    columns = max(1, round(len(cells) ** 0.5 * 1.2))
    rows = -(-len(cells) // columns)
    left = columns * (width + _GAP) + 60
    body = max(rows * (height + _GAP), _CURVE_HEIGHT + 60)
    count = f"the first {len(cells)} of {len(kernels):,} kernels" if len(kernels) > _MOST else ""
    now = "before the first step" if epoch == 0 else f"after epoch {epoch} of {last}"
    page = Page(
        left + _CURVE_WIDTH, body, title, [", ".join(part for part in (now, count) if part)]
    )
    for number, cell in enumerate(cells):
        x, y = number % columns * (width + _GAP), number // columns * (height + _GAP)
        page.paste(x + 1, y + 1, cell, framed=True)
    if history:
        _draw_curve(page, left, history, epoch, last)
    return page.png()


def _cell(kernel: NDArray[np.float32], largest: float) -> Pixels:
    if len(kernel) == _COLORS and kernel.shape[1] > 1:
        levels = 127.5 + 127.5 * np.clip(kernel / largest, -1, 1).transpose(1, 2, 0)
        return enlarged(np.rint(levels).astype(np.uint8), 44)
    # Of more channels than one, each stands beside the next.
    return enlarged(signed_colors(np.concatenate(list(kernel[:4]), axis=1), largest), 44)


def _draw_curve(
    page: Page, left: int, history: Sequence[EpochPoint], epoch: int, last: int
) -> None:
    lines = (
        ("training", TRAINING, [(point.epoch, point.training_loss) for point in history]),
        ("validation", VALIDATION, [(p.epoch, p.validation_loss) for p in history]),
    )
    values = [
        value
        for _, _, points in lines
        for _, value in points
        if value is not None and np.isfinite(value)
    ]
    if not values:
        return
    scale = scale_of(values)
    axes = page.axes(left, 22, _CURVE_WIDTH - 10, _CURVE_HEIGHT)
    axes.set_xlim(0, last + 0.5)
    axes.set_yscale("log" if scale.is_log else "linear")
    axes.set_ylim(scale.low, scale.high)
    axes.set_yticks(scale.marks, [f"{mark:.3g}" for mark in scale.marks])
    axes.set_xticks([])
    axes.minorticks_off()
    for name, color, points in lines:
        finite = [(at, value) for at, value in points if value is not None and np.isfinite(value)]
        if not finite:
            continue
        axes.plot(*zip(*finite, strict=True), color=RULE, linewidth=1.2)
        done = [(at, scale.place(value)) for at, value in finite if at <= epoch]
        if done:
            axes.plot(
                *zip(*done, strict=True), color=color, linewidth=1.6, marker="o", markersize=3
            )
            where = 22 + _CURVE_HEIGHT + (18 if name == "training" else 34)
            said = f"{name} {done[-1][1]:.3g}"
            page.write(left, where, said, size=SMALL, color=color)
    page.write(left, 10, "loss", color=QUIET)
