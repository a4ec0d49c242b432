"""The four examples of exclusive or: the smallest task that no single layer can learn."""

import torch

from striate.data.examples import Examples, Source


def exclusive_or() -> Source:
    """Give the truth table of exclusive or, to learn from and to be measured on.

    Returns:
        Four vectors of two bytes, 0 or 255, and class 1 where exactly one of them is 255.
    """
    pairs = torch.tensor([[0, 0], [0, 255], [255, 0], [255, 255]], dtype=torch.uint8)
    examples = Examples(pairs, torch.tensor([0, 1, 1, 0]))
    return Source("xor", ("0", "1"), examples, examples)
