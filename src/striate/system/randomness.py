"""Torch's one random state of the process, lent to one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor


_LENT = threading.RLock()


@contextmanager
def own_random_state() -> Iterator[None]:
    """Draw from torch's random state of the processor, and leave it as it was.

    Torch's layers draw from one state that all threads share. Threads that enter this wait for each other.
    """
    with _LENT:
        before = torch.get_rng_state()
        try:
            yield
        finally:
            torch.set_rng_state(before)


@final
class RandomState:
    """A random state that outlasts each use: what is drawn within goes on where the last use ended.

    Args:
        seed: Of the first use.
    """

    def __init__(self, seed: int) -> None:
        self.state: Tensor = torch.Generator().manual_seed(seed).get_state()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Have torch draw from this state."""
        with own_random_state():
            torch.set_rng_state(self.state)
            try:
                yield
            finally:
                self.state = torch.get_rng_state()


def checked_random_state(state: Tensor) -> Tensor:
    """Return a random state that torch takes.

    Raises:
        RuntimeError: It is none.
        TypeError: Its numbers are no bytes.
    """
    torch.Generator().set_state(state)
    return state
