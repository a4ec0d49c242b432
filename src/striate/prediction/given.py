"""What a program gives as a picture: a file, a PIL image, an array or a tensor; each fitted to a network's input."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch
from torch import Tensor

from striate.data import (
    Examples,
    decode_picture,
    fit_examples,
    fit_picture,
    single_images,
    upright,
)
from striate.errors import DataError
from striate.errors.evaluation import no_such_picture, not_a_picture_in_memory
from striate.preparation import Preparation
from striate.shapes import Image


Picture = str | Path | PIL.Image.Image | npt.NDArray[Any] | Tensor
"""A file, or a folder of them where several are meant, or a picture that a program holds."""


def is_array(value: object) -> bool:
    """Whether a picture is an array or a tensor, which is prepared as those of a data set are."""
    return isinstance(value, np.ndarray | Tensor)


def as_array(value: Any) -> npt.NDArray[Any]:
    """Return the numbers of an array or a tensor."""
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)


def fit_array(pixels: npt.NDArray[np.uint8], image: Image, preparation: Preparation) -> Tensor:
    """Bring an array to the input of a network, as the images of a data set are brought to it."""
    examples = Examples(torch.from_numpy(pixels), torch.zeros(1, dtype=torch.int64))
    return fit_examples(examples, image, preparation).images[0]


def pixels_of(name: str, picture: object) -> npt.NDArray[np.uint8]:
    """Decode a file, or take the pixels of a PIL image in the same way.

    Raises:
        DataError: The file cannot be decoded, or it is neither.
    """
    match picture:
        case Path():
            return _decoded(picture)
        case PIL.Image.Image():
            return np.array(upright(picture, name, []).convert("RGB"))
        case _:
            raise DataError(not_a_picture_in_memory(name, type(picture).__name__))


def fit_given(picture: Picture, image: Image, preparation: Preparation) -> Tensor:
    """Bring one picture to the input of a network, as `predict` does.

    Shapes:
        out: channels x height x width, uint8

    Raises:
        DataError: It cannot be decoded or fitted, or is no picture.
    """
    if is_array(picture):
        stored, faults = single_images({"the picture": as_array(picture)})
        if faults:
            raise DataError(*faults)
        return fit_array(stored["the picture"], image, preparation)
    if isinstance(picture, str | Path):
        file = Path(picture)
        return fit_picture(_decoded(file), image, preparation, str(file))
    return fit_picture(pixels_of("the picture", picture), image, preparation, "the picture")


def _decoded(file: Path) -> npt.NDArray[np.uint8]:
    """Decode a file, or say that a sentence, or `-`, names none."""
    if not is_there(file):
        raise DataError(no_such_picture(str(file)))
    return decode_picture(file)


def is_there(path: Path) -> bool:
    """Whether there is a file or a folder; a sentence may be too long for the name of one."""
    try:
        return path.exists()
    except OSError:
        return False
