"""Name what pictures show."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from striate.bundles import Bundle
from striate.data import decode_picture, fit_picture
from striate.errors import DataError, Fault
from striate.errors.evaluation import network_reads_no_images
from striate.views import best_classes, read_images


_BATCH = 64


@final
@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network sees in one picture.

    Args:
        file: The picture.
        classes: Names and probabilities of the likeliest classes, the first one first. Those of a
            network with distances add up to less than 1 where a picture is far from every code.
    """

    file: Path
    classes: tuple[tuple[str, float], ...]


@final
@dataclass(frozen=True, slots=True)
class Predictions:
    """The outcome for many pictures.

    Args:
        made: One for each picture that could be read, in the order in which they came.
        refused: Why the others could not, each with its file.
    """

    made: tuple[Prediction, ...]
    refused: tuple[Fault, ...]


def predict(bundle: Bundle, files: Iterable[str | Path], top: int = 3) -> Predictions:
    """Name the likeliest classes of pictures.

    Args:
        bundle: A trained network.
        files: PNG or JPEG, of any size and mode; for digits, dark on light or light on dark.
        top: Classes named a picture, at most.

    Returns:
        A prediction for each picture that can be read; a broken one does not keep the others back.

    Raises:
        DataError: The network reads no images.
    """
    image = bundle.document.table.image
    if image is None:
        raise DataError(network_reads_no_images(bundle.document.name))
    made: list[Prediction] = []
    refused: list[Fault] = []
    pending: list[tuple[Path, Tensor]] = []
    for name in files:
        file = Path(name)
        try:
            pixels = decode_picture(file)
            pending.append(
                (file, fit_picture(pixels, image, bundle.document.preparation, str(file)))
            )
        except DataError as error:
            refused += error.faults
        if len(pending) == _BATCH:
            made += _predict_batch(bundle, pending, top)
            pending = []
    made += _predict_batch(bundle, pending, top)
    return Predictions(tuple(made), tuple(refused))


def _predict_batch(
    bundle: Bundle, pictures: list[tuple[Path, Tensor]], top: int
) -> list[Prediction]:
    if not pictures:
        return []
    document, network = bundle.document, bundle.network
    with torch.inference_mode():
        images = torch.stack([bytes_ for _, bytes_ in pictures])
        outputs, chances = read_images(
            network, images, document.preparation, document.recipe, bundle.mean
        )
    kept = best_classes(outputs, chances, network)[:, :top]
    return [
        Prediction(file, tuple((bundle.classes[index], float(row[index])) for index in best))
        for (file, _), row, best in zip(pictures, chances, kept.tolist(), strict=True)
    ]
