"""How the kernels of a network's first row came to be what they are."""

import copy
from pathlib import Path
from typing import Literal

from striate.errors import SeeingError
from striate.errors.seeing import no_film
from striate.modules import Network
from striate.pictures.film import draw_film
from striate.see.rows import Array, full_kernels
from striate.training.film import Film, first_row_with_kernels
from striate.training.history import read_history
from striate.training.results import points_of


MOST_FRAMES = 120


def frames_of(run: Path, network: Network) -> list[tuple[int, Array]]:
    """Return the kernels of the first row after each epoch of a run, the first ones before its first step.

    Args:
        run: Its folder.
        network: The network that it trained.

    Raises:
        SeeingError: The run kept no frames.
        TrainingError: A frame is damaged.
    """
    found = Film(run).frames()
    if not found:
        raise SeeingError(no_film(str(run)))
    row, child = first_row_with_kernels(network)
    frame = copy.deepcopy(network)
    kernels = []
    for epoch, state in found:
        frame.get_submodule(child).load_state_dict(state)
        kernels.append((epoch, full_kernels(frame, row).copy()))
    return kernels


def show_film(run: Path, network: Network, title: str, kind: Literal["gif", "apng"]) -> bytes:
    """Return the film of a run as the bytes of a file: kernels, and the loss beside them.

    Args:
        run: Its folder.
        network: The network that it trained.
        title: Of the film.
        kind: Of the file.

    Raises:
        SeeingError: The run kept no frames.
        TrainingError: A frame, or the table of epochs, is damaged.
    """
    frames = frames_of(run, network)
    row, _ = first_row_with_kernels(network)
    step = -(-len(frames) // MOST_FRAMES)
    shown = [*frames[:-1:step], frames[-1]]
    return draw_film(shown, points_of(read_history(run)), f"{title}: how {row} learnt", kind)
