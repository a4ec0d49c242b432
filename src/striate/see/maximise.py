"""Pictures that excite a unit as strongly as can be, found by climbing from noise."""

from collections.abc import Sequence

import torch
from torch import Tensor

from striate.errors import SeeingError
from striate.errors.seeing import no_picture_to_see, no_such_unit
from striate.modules import Network, preferences
from striate.pictures.tiles import Level
from striate.see.patches import run_until
from striate.see.rows import Array, evaluating, report_of
from striate.shapes import Image


STEPS = 64
_STRIDE = 0.08
_START = 0.3
_CONTRAST = 1.5
"""Spread of a picture before it is bent between black and white: about that of a picture with full contrast."""

_AT_ONCE = 8
_OPPONENTS = ((1.0, 1.0, 1.0), (0.4, 0.0, -0.4), (0.15, -0.3, 0.15))
"""What one step along each axis adds to red, green and blue: lightness, then two opponent colors, which vary less in
natural pictures."""


def maximise(
    network: Network,
    row: str,
    maps: Sequence[int],
    *,
    low: Level,
    high: Level,
    steps: int = STEPS,
    seed: int = 0,
) -> Array:
    """Return a picture for each map of a row that excites its middle unit as strongly as can be.

    A picture is the sum of waves, each the weaker the finer it is, as in natural pictures, and all of them together
    no stronger than in one: the climb seeks the best among the likely pictures. In each step the picture is moved by
    some pixels at random, so that nothing depends on a single one. The sum that goes into the row's function is
    climbed, for the function itself may be flat.

    Shapes:
        out: maps x channels x height x width, from `low` to `high`

    Args:
        network: A network of images; its mode and its gradients are left as they were.
        row: Name of the row; the last one gives a picture for each class.
        maps: Numbers of the maps, or of the units in a row without maps, counted from 0.
        low: The number of black.
        high: The number of white.
        steps: Of the climb.
        seed: Of the noise and of the moves; equal seeds give equal pictures.

    Raises:
        SeeingError: There is no such row or map, or the network reads no images.

    Source:
        C. Olah, A. Mordvintsev, L. Schubert, Feature visualization, Distill 2017; D. J. Field, Relations between the
        statistics of natural images and the response properties of cortical cells, 1987, for the waves.
    """
    image, output = network.walk.input, report_of(network, row).output
    if not isinstance(image, Image) or output is None:
        raise SeeingError(no_picture_to_see(row))
    is_last = row == network.steps[network.trunk_length - 1].row
    count = 2 if is_last and network.ending == "one score" else output.axes[0]
    for number in maps:
        if not 0 <= number < count:
            sides = (output.height, output.width) if isinstance(output, Image) else (1, 1)
            raise SeeingError(no_such_unit(row, (number, 0, 0), (count, *sides)))
    pictures = []
    with evaluating(network), torch.enable_grad():
        for start in range(0, len(maps), _AT_ONCE):
            part = list(maps[start : start + _AT_ONCE])
            pictures.append(_climb(network, row, part, image, (low, high), steps, seed))
    return torch.cat(pictures).numpy()


def _climb(
    network: Network,
    row: str,
    maps: list[int],
    image: Image,
    ends: tuple[Level, Level],
    steps: int,
    seed: int,
) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    height, width = image.height, image.width
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequencies = (down.square() + across.square()).sqrt()
    sizes = 1 / frequencies.clamp_min(1 / max(height, width))
    scale = _CONTRAST * sizes / sizes.square().mean().sqrt()
    shape = (len(maps), image.channels, *scale.shape, 2)
    limit = float(torch.tensor(shape[1:]).prod()) ** 0.5
    waves = _START * torch.randn(shape, generator=generator)
    reach = max(1, min(height, width) // 16)
    for _ in range(steps):
        waves.requires_grad_()
        picture = _painted(waves, scale, image, ends)
        moves = torch.randint(-reach, reach + 1, (2,), generator=generator).tolist()
        answers = _answers(network, row, picture.roll(moves, (2, 3)))
        chosen = answers[torch.arange(len(maps)), torch.tensor(maps)]
        (slopes,) = torch.autograd.grad(chosen.sum(), waves)
        # Each picture goes its own way, a step of one length along its slope, and back to the likely ones.
        waves = waves.detach() + _STRIDE * limit * slopes / _lengths(slopes)
        waves *= (limit / _lengths(waves)).clamp_max(1)
    return _painted(waves, scale, image, ends).detach()


def _lengths(waves: Tensor) -> Tensor:
    return waves.flatten(1).norm(dim=1).clamp_min(1e-20).view(-1, 1, 1, 1, 1)


def _painted(waves: Tensor, scale: Tensor, image: Image, ends: tuple[Level, Level]) -> Tensor:
    """Add the waves up to pictures between two numbers."""
    spectrum = torch.view_as_complex(waves) * scale
    values = torch.fft.irfft2(spectrum, s=(image.height, image.width), norm="ortho")
    if image.channels == len(_OPPONENTS):
        values = torch.einsum("nahw,ac->nchw", values, torch.tensor(_OPPONENTS))
    low, high = (one if isinstance(one, float | int) else torch.from_numpy(one) for one in ends)
    return low + (high - low) * values.sigmoid()


def _answers(network: Network, row: str, pictures: Tensor) -> Tensor:
    """Give the sums of the middle units of all maps: pictures x maps; of the last row, what speaks for each class."""
    (step,) = (step for step in network.steps if step.row == row)
    if step is network.steps[network.trunk_length - 1]:
        return preferences(run_until(network, pictures, {row})[row].flatten(1), network.ending)
    sums: list[Tensor] = []
    hook = network.get_submodule(step.child).register_forward_hook(
        lambda _module, _read, given: sums.append(given)
    )
    try:
        run_until(network, pictures, {row})
    finally:
        hook.remove()
    (values,) = sums
    if values.dim() == 2:  # noqa: PLR2004 - pictures, units
        return values
    return values[:, :, values.shape[2] // 2, values.shape[3] // 2]
