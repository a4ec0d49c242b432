"""The pictures of a training run: plain values in, the bytes of a PNG out.

    curves      loss, error and learning rate over the epochs, of one run or of several
    batches     what the network reads, with the numbers it reads
    confusion   which class is taken for which
    mistakes    the images that are misread

Equal input gives equal bytes. Nothing here writes a file, and nothing here needs torch. Each is loaded when it is
first asked for: who draws nothing does not wait for matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from striate.pictures.batches import draw_batch
    from striate.pictures.confusion import draw_confusion
    from striate.pictures.curves import EpochPoint, draw_curves, draw_runs
    from striate.pictures.mistakes import Mistake, draw_mistakes
    from striate.pictures.rates import draw_rates

_HOMES = {
    "EpochPoint": "curves",
    "Mistake": "mistakes",
    "draw_batch": "batches",
    "draw_confusion": "confusion",
    "draw_curves": "curves",
    "draw_mistakes": "mistakes",
    "draw_rates": "rates",
    "draw_runs": "curves",
}


def __getattr__(name: str) -> object:
    """Load a picture when it is first asked for."""
    if name not in _HOMES:
        message = f"module 'striate.pictures' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"striate.pictures.{_HOMES[name]}"), name)


__all__ = [
    "EpochPoint",
    "Mistake",
    "draw_batch",
    "draw_confusion",
    "draw_curves",
    "draw_mistakes",
    "draw_rates",
    "draw_runs",
]
