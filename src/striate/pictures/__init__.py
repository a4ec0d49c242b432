"""The pictures of a training run: plain values in, the bytes of a PNG out.

    curves      loss, error and learning rate over the epochs, of one run or of several
    batches     what the network reads, with the numbers it reads
    confusion   which class is taken for which
    mistakes    the images that are misread

Equal input gives equal bytes. Nothing here writes a file, and nothing here needs torch.
"""

from striate.pictures.batches import draw_batch
from striate.pictures.confusion import draw_confusion
from striate.pictures.curves import EpochPoint, draw_curves, draw_runs
from striate.pictures.mistakes import Mistake, draw_mistakes


__all__ = [
    "EpochPoint",
    "Mistake",
    "draw_batch",
    "draw_confusion",
    "draw_curves",
    "draw_mistakes",
    "draw_runs",
]
