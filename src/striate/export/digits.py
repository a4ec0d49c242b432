"""The way of a digit from the pixels of a picture to what a network reads, as torch and so as ONNX.

It is that of `striate.data.preprocessing.digits`. What is cut, scaled and moved there is here a product with matrices
whose shapes do not depend on where the ink is, so that one graph does it for every picture.
"""

import math
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from striate.data import standardize
from striate.data.preprocessing.digits import (
    FRINGE,
    NOISE_DEVIATIONS,
    NOISE_REACH,
    NORMAL_SPREAD,
    SEARCH_SIDE,
)
from striate.prediction.views import read_views
from striate.preparation import Preparation
from striate.recipe import Views
from striate.shapes import Image


if TYPE_CHECKING:
    import onnx


_LUMA = (19595, 38470, 7471)
"""ITU-R 601-2 in the fixed point of Pillow's convert("L"), of which 65,536 are one."""

_HAMMING = tuple(torch.tensor((0.54, 0.46)).tolist())
"""Of Hamming's window, in the single precision that Pillow writes them in."""

_LEAST_INK = 1e-6
"""Below it there is none: the weakest ink that a picture can have is half a byte."""


class DigitReader(nn.Module):
    """Turns the pixels of one picture into the views that a network of digits reads.

    A picture without ink becomes a field of 0; `predict` refuses it.

    Args:
        image: What the network reads, with its margin: gray and square.
        preparation: Its box, its values and its margin.
        views: Which windows are read.
        mean: Of the training images, if the preparation subtracts one.
    """

    def __init__(
        self, image: Image, preparation: Preparation, views: Views, mean: Tensor | None
    ) -> None:
        super().__init__()
        self.side, self.preparation, self.views, self.mean = image.height, preparation, views, mean

    def forward(self, picture: Tensor) -> Tensor:
        """Return the views: views x 1 x height x width, of a picture of height x width x 3 bytes."""
        ink = _ink(_reduced(_gray(picture)))
        stored = self._centered(ink)[None, None].float()
        views = [
            standardize(view, self.preparation, self.mean)
            for view in read_views(stored, self.preparation, self.views)
        ]
        return torch.cat(views)

    def _centered(self, ink: Tensor) -> Tensor:
        """Fit the ink into the box, and put its center of mass in the middle of the field."""
        box, strongest = self.preparation.box, ink.max()
        whole = [_bounds((ink > 0).any(axis)) for axis in (1, 0)]
        dense = [_bounds((ink > FRINGE * strongest).any(axis)) for axis in (1, 0)]
        lengths = [last - first for first, last in whole]
        is_fit = torch.maximum(*lengths) == box
        chosen = [
            tuple(torch.where(is_fit, *ends) for ends in zip(one, other, strict=True))
            for one, other in zip(whole, dense, strict=True)
        ]
        longest = torch.maximum(*(last - first for first, last in chosen))
        cells, shares, sizes = [], [], []
        for (first, last), side in zip(chosen, ink.shape, strict=True):
            length = last - first
            scaled = (_quotient(box, longest) * length.double()).round().clamp(min=1)
            step = _quotient(length, scaled).floor().clamp(min=1)
            cells.append(_averaging(torch.arange(side) - first, length, step, box))
            shares.append(_scaling(length, step, scaled, box))
            sizes.append(scaled)
        # Pillow sums in double precision, and keeps what comes of each of its three passes in single precision.
        areas = cells[0].sum(1)[:, None] * cells[1].sum(1)[None]
        whole_cells = (
            cells[0] @ ink.double() @ cells[1].T * _quotient(1, areas.clamp(min=1))
        ).float()
        narrow = (whole_cells.double() @ shares[1].T).float()
        cut = (shares[0] @ narrow.double()).float()
        brighter = torch.div(torch.tensor(255.0), cut.max().clamp(min=_LEAST_INK))
        digit = (cut * brighter).round()
        moves = [self._move(digit.sum(1 - axis), size) for axis, size in enumerate(sizes)]
        return moves[0] @ digit.double() @ moves[1].T

    def _move(self, profile: Tensor, size: Tensor) -> Tensor:
        """Return the matrix that moves a line of the box to its place in the field."""
        box, profile = self.preparation.box, profile.double()
        moment = (profile * torch.arange(box)).sum(0, keepdim=True)
        center = _quotient(moment, profile.sum(0, keepdim=True).clamp(min=1))
        first = (self.side // 2 - center - 0.5).ceil()
        first = torch.minimum(first.clamp(min=0), self.side - size)
        places = torch.arange(self.side)[:, None] - torch.arange(box)[None]
        return (places == first).double()


def _gray(picture: Tensor) -> Tensor:
    luma = torch.tensor(_LUMA, dtype=torch.int32)
    weighted = (picture.to(torch.int32) * luma).sum(2) + 2**15
    return torch.div(weighted, 2**16, rounding_mode="floor").double()


def _reduced(gray: Tensor) -> Tensor:
    """Average whole cells of pixels, as Pillow's `reduce` does, where the picture is too large to be searched."""
    rows, columns = (torch.arange(length) for length in gray.shape)
    longest = torch.maximum(rows[-1], columns[-1]) + 1
    factor = torch.div(longest + SEARCH_SIDE - 1, SEARCH_SIDE, rounding_mode="floor")
    cells = [_cells(places, factor) for places in (rows, columns)]
    areas = cells[0].sum(1)[:, None] * cells[1].sum(1)[None]
    sums = cells[0] @ gray @ cells[1].T + (areas / 2).floor()
    # Pillow multiplies by a whole number of 2^-24 for what it would divide by, and cuts the rest off.
    multipliers = (torch.tensor(2.0**32) / (256 * areas).float()).floor().double()
    return (sums * multipliers / 2**24).floor()


def _cells(places: Tensor, factor: Tensor) -> Tensor:
    """Return which cell each place belongs to: cells x places."""
    cell = torch.div(places, factor, rounding_mode="floor")
    count = cell[-1] + 1
    numbers = torch.arange(count)  # type: ignore[call-overload]  # a trace takes it for a number
    return (numbers[:, None] == cell[None]).double()


def _ink(gray: Tensor) -> Tensor:
    """Measure how far each pixel is from the background, towards the ink."""
    border = torch.cat((gray[0], gray[-1], gray[:, 0], gray[:, -1])).float()
    background = _median(border)
    strays = (border - background).abs()
    usual = NOISE_DEVIATIONS * NORMAL_SPREAD * _median(strays)
    noise = torch.minimum(usual, NOISE_REACH * strays.max())
    away = gray.float() - background
    away = torch.where(away.abs() <= noise, torch.zeros(()), away)
    lighter, darker = away.clamp(min=0), (-away).clamp(min=0)
    return torch.where(lighter.double().sum() > darker.double().sum(), lighter, darker)


def _median(values: Tensor) -> Tensor:
    """Return the median of a line whose length is even."""
    ordered = values.sort().values
    half = torch.div(torch.arange(values.shape[0])[-1] + 1, 2, rounding_mode="floor")
    return (ordered[half - 1] + ordered[half]) / 2


def _bounds(is_ink: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first place with ink, and the one behind the last; the first and the last where there is none.

    Shapes:
        out: 1
    """
    places = torch.arange(is_ink.shape[0])
    beyond = places[-1] + 1
    first = torch.where(is_ink, places, beyond).amin(0, keepdim=True)
    last = torch.where(is_ink, places + 1, torch.zeros_like(places)).amax(0, keepdim=True)
    is_empty = first >= last
    return torch.where(is_empty, 0, first), torch.where(is_empty, beyond, last)


def _quotient(dividend: Tensor | int, divisor: Tensor) -> Tensor:
    """Divide in double precision.

    As ONNX, torch writes a number over a tensor as a product with its inverse, which is rounded twice, and quotients of
    tensors without axes in single precision.
    """
    given = dividend if isinstance(dividend, Tensor) else torch.tensor([dividend])
    return torch.div(given.double(), divisor.double())


def _averaging(places: Tensor, length: Tensor, step: Tensor, box: int) -> Tensor:
    """Return which cell each place belongs to, where whole steps are averaged: cells x places.

    Args:
        places: Of the picture, from where the part that is scaled begins.
        length: Of that part.
        step: Places of a cell.
        box: Places of the box; fewer than twice as many cells are scaled to them.
    """
    is_inside = (places >= 0) & (places < length)
    cell = (places.double() / step).floor()
    return ((torch.arange(2 * box)[:, None] == cell[None]) & is_inside[None]).double()


def _scaling(length: Tensor, step: Tensor, scaled: Tensor, box: int) -> Tensor:
    """Return the share of each cell in each place of the box, by a Hamming window: box x cells.

    Each sum stands as in Pillow, whose bounds and lengths are of single precision.

    Args:
        length: Places of what is scaled.
        step: Places of a cell.
        scaled: Length in the box.
        box: Places of the box.
    """
    cells_exactly = _quotient(length, step)
    scale = _quotient(cells_exactly.float(), scaled)
    reach = scale.clamp(min=1)
    targets, cells = torch.arange(box).double(), torch.arange(2 * box).double()
    centers = ((targets + 0.5) * scale)[:, None]
    first = (centers - reach + 0.5).floor().clamp(min=0)
    last = torch.minimum((centers + reach + 0.5).floor(), cells_exactly.ceil())
    away = ((cells[None] - centers + 0.5) * _quotient(1, reach)).abs()
    turn = away * math.pi
    wave = torch.where(turn == 0, 1.0, turn.sin() / torch.where(turn == 0, 1.0, turn))
    window = torch.where(turn == 0, 1.0, wave * (_HAMMING[0] + _HAMMING[1] * turn.cos()))
    is_near = (away < 1) & (cells >= first) & (cells < last) & (targets < scaled)[:, None]
    shares = torch.where(is_near, window, 0.0)
    sums = shares.sum(1, keepdim=True)
    return shares / torch.where(sums == 0, 1.0, sums)


def digits_model(reader: DigitReader, opset: int) -> "onnx.ModelProto":
    """Return a reader of digits as ONNX, for a picture of any size.

    Args:
        reader: From `picture` to `prepared`.
        opset: Of ONNX.
    """
    import onnx

    content = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            reader.eval(),
            (torch.zeros(40, 30, 3, dtype=torch.uint8),),
            content,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=opset,
            input_names=["picture"],
            output_names=["prepared"],
            dynamic_axes={"picture": {0: "picture_height", 1: "picture_width"}},
        )
    return onnx.load_from_string(content.getvalue())
