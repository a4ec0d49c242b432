"""Images that are brought to a network's input when they are read, and not before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.data.examples import Examples


@final
@dataclass(frozen=True, slots=True, eq=False)
class FittedImages:
    """Images of a network's input size and its margin, of which only those that are read exist.

    Args:
        stored: The images as they came: bytes, examples first. They may lie in a file that is mapped
            to memory.
        axes: Of one fitted image.
        fit: Gives fitted images for stored ones; each result depends on its own image alone.
    """

    stored: Tensor
    axes: tuple[int, ...]
    fit: Callable[[Tensor], Tensor]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.stored)

    def __getitem__(self, chosen: slice | Tensor) -> Tensor:
        """Fit some images, and give them as indexing a tensor of all of them would."""
        return self.fit(self.stored[chosen])

    @property
    def shape(self) -> torch.Size:
        """Examples x channels x height + margin x width + margin."""
        return torch.Size((len(self), *self.axes))

    @property
    def device(self) -> torch.device:
        """Where fitted images lie."""
        return self.stored.device


@final
@dataclass(frozen=True, slots=True, eq=False)
class FittedExamples:
    """Examples whose images are fitted when they are read.

    Args:
        images: As a network reads them.
        labels: Index of the class of each image, int64.
    """

    images: FittedImages
    labels: Tensor

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.labels)

    def on(self, device: str) -> "FittedExamples":
        """Stay where they are: what is read is put on a device then."""
        del device
        return self


# What a network trains on and is measured on. Who reads it takes a part at a time, by a slice or by
# a tensor of indices.
ReadImages = Tensor | FittedImages
ReadExamples = Examples | FittedExamples
