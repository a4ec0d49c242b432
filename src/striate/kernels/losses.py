"""The losses that kernels know, and what comes of a batch; `losses.h` in the C++."""

from ctypes import Structure, c_double, c_long
from typing import ClassVar, final

import torch
from torch import Tensor


LOSSES: dict[str, int] = {"cross-entropy": 0, "binary-cross-entropy": 1, "map": 2, "distance": 3}
"""Those of a recipe, by their numbers in the C++."""


@final
class Outcome(Structure):
    """The mean loss of a batch, and how many examples were given another class than their label."""

    _fields_: ClassVar = [("loss", c_double), ("errors", c_long)]

    def read(self, classes: int) -> tuple[float, int]:
        """Give both.

        Args:
            classes: Numbers that a label may be below.

        Raises:
            IndexError: A label names no class.
        """
        if self.errors < 0:
            message = f"a label is none of the numbers of {classes} outputs"
            raise IndexError(message)
        return self.loss, self.errors


def as_labels(labels: Tensor, examples: int) -> Tensor:
    """Give labels as the kernels read them.

    Raises:
        ValueError: There is not one int64 label an example.
    """
    if labels.shape != (examples,) or labels.dtype != torch.int64:
        came = f"labels of shape {tuple(labels.shape)}, {labels.dtype}"
        message = f"{examples} examples have {came}"
        raise ValueError(message)
    return labels.contiguous()
