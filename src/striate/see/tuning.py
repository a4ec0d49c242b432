"""Which angle each filter of the first row answers to, as Hubel and Wiesel measured it in the cortex."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from striate.modules import Network
from striate.notebook import table_html
from striate.see.rows import filters


ANGLES = 24
"""Gratings over half a turn: 7.5 degrees from one to the next."""

SELECTIVE = 0.5
"""Selectivity from which a filter counts as selective."""


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tuning:
    """How strongly each filter answers to gratings of each angle.

    Args:
        row: The filters' row.
        angles: In degrees: the direction in which a grating's bars run; 0 is horizontal, 90 upright.
        responses: filters x angles: the amplitude of the answer as a grating moves by, at the spatial frequency that
            the filter likes best.
        frequencies: That frequency for each filter, in cycles per pixel.
    """

    row: str
    angles: NDArray[np.float64]
    responses: NDArray[np.float64]
    frequencies: NDArray[np.float64]

    def __repr__(self) -> str:
        """Tell how many filters are selective."""
        share = f"{100 * self.share_selective:.0f} %"
        return f"<Tuning of {self.row!r}: {share} of {len(self.responses)} filters are selective>"

    def _repr_html_(self) -> str:
        found = zip(self.preferred.tolist(), self.selectivity.tolist(), strict=True)
        cells = ((number, angle, selectivity) for number, (angle, selectivity) in enumerate(found))
        return table_html(("Filter", "Preferred angle", "Selectivity"), cells, repr(self)[1:-1])

    @property
    def preferred(self) -> NDArray[np.float64]:
        """The angle of the strongest answer of each filter, in degrees."""
        return self.angles[self.responses.argmax(axis=1)]

    @property
    def selectivity(self) -> NDArray[np.float64]:
        """From 0, the same answer to all angles, to 1, an answer to one alone: 1 less the circular variance."""
        turns = np.exp(2j * np.deg2rad(self.angles))
        totals = self.responses.sum(axis=1)
        sums = np.abs(self.responses @ turns)
        return np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0)

    @property
    def share_selective(self) -> float:
        """The share of filters that are selective."""
        return float((self.selectivity >= SELECTIVE).mean())


def tuning(network: Network, row: str | None = None) -> Tuning:
    """Return how the filters of a convolution are tuned to angles.

    A filter is a sum of products, so that its answers to a grating that moves by are a wave; its amplitude is the
    size of the kernel's Fourier sum at the grating's frequency, with all phases in one number.

    Args:
        network: Any network built from a table.
        row: Name of the convolution; the first one where it is absent. Its channels are added: gratings are grey.

    Source:
        D. H. Hubel, T. N. Wiesel, Receptive fields of single neurones in the cat's striate cortex, 1959.
        Selectivity: D. L. Ringach, R. M. Shapley, M. J. Hawken, Orientation selectivity in macaque V1, 2002.
    """
    found = filters(network, row)
    kernels = found.weights.astype(np.float64).sum(axis=1)
    _, height, width = kernels.shape
    angles = np.arange(ANGLES) * 180 / ANGLES
    # From one cycle over the kernel to one over two pixels, which is the finest that pixels can show.
    frequencies = np.geomspace(1 / max(height, width, 2), 0.5, 6)
    down, across = np.mgrid[:height, :width]
    # Bars that run along an angle change across it; rows are counted downwards.
    radians = np.deg2rad(angles)
    phase = across * np.sin(radians)[:, None, None] + down * np.cos(radians)[:, None, None]
    waves = np.exp(2j * np.pi * frequencies[:, None, None, None] * phase)
    amplitudes = np.abs(np.einsum("fhw,sahw->fsa", kernels, waves))
    best = amplitudes.max(axis=2).argmax(axis=1)
    responses = amplitudes[np.arange(len(kernels)), best]
    return Tuning(found.row, angles, responses, frequencies[best])
