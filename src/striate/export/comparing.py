"""Hold an exported network against `predict`, on pictures of odd sizes and on every kind of input."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data import fit_picture, lay_out, standardize
from striate.data.preprocessing.crop import central, stored_image
from striate.errors import DataError
from striate.prediction import Bundle
from striate.prediction.views import Reader


EXAMPLES = 200
_SEED = 0
_SPOTS = 4
_SIDES = (1, 400)
STORED_BATCH = 8
"""Examples without pixels that are read together, at most."""


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """How an exported network did beside `predict`.

    Args:
        examples: That both read.
        largest_difference: Of two probabilities.
        other_classes: Examples whose likeliest class is another one, though it is no tie.
    """

    examples: int
    largest_difference: float
    other_classes: int


Run = Callable[[NDArray[Any]], NDArray[np.float32]]
"""What was exported: it reads a picture or a batch, and gives the probabilities."""


def onnx_run(content: bytes, threads: int = 0) -> Run:
    """Return an ONNX file as ONNX Runtime reads it, on the processor, with as many threads as it likes where none is said."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, threads
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda given: session.run(None, {name: given})[0]


def compare(bundle: Bundle, run: Run, start: str, count: int = EXAMPLES) -> Comparison:
    """Read the same examples by both, in single precision.

    What reads inputs is given one view of each, and is compared with what that view says.

    Args:
        bundle: The trained network.
        run: What was exported.
        start: `pixels` or `inputs`.
        count: Examples.
    """
    examples, largest, others = 0, 0.0, 0
    recipe = bundle.document.recipe
    if start == "inputs":
        recipe = replace(recipe, views="one")
    with bundle.reading(count, "fp32") as (form, _):
        read = Reader(form, bundle.document.preparation, recipe, bundle.mean)
        for stored, given in _examples(bundle, start, count):
            expected = read(stored.to(form.device)).chances.cpu().numpy()
            found = run(given)
            examples += len(expected)
            largest = max(largest, float(np.abs(found - expected).max()))
            order = np.sort(expected, axis=1)
            is_clear = order[:, -1] - order[:, -2] > largest
            others += int((is_clear & (found.argmax(1) != expected.argmax(1))).sum())
    return Comparison(examples, largest, others)


def _examples(
    bundle: Bundle, start: str, count: int
) -> Iterator[tuple[torch.Tensor, NDArray[Any]]]:
    """Give stored examples as `predict` reads them, each with what the file reads."""
    draws = np.random.default_rng(_SEED)
    document = bundle.document
    image, words, vocabulary = document.table.image, document.table.words, bundle.vocabulary
    if start == "pixels" and image is not None:
        given = 0
        while given < count:
            picture = drawn_picture(draws)
            with suppress(DataError):  # one without ink is no digit
                stored = fit_picture(picture, image, document.preparation, "a drawn picture")
                yield stored.unsqueeze(0), picture
                given += 1
    elif words is not None and vocabulary is not None:
        for _ in range(count):
            length = int(draws.integers(1, words.count + 3))
            rows, _ = lay_out([draws.integers(0, len(vocabulary), length).tolist()], words)
            yield rows, rows.numpy().astype(np.int64)
    else:
        # What is read is prepared already: bytes stand for the pictures, and the same rule makes them numbers.
        shape = bundle.network.walk.input
        axes = shape.axes if image is None else stored_image(image, document.preparation).axes
        for start_at in range(0, count, STORED_BATCH):
            size = min(STORED_BATCH, count - start_at)
            drawn = draws.integers(0, 256, (size, *axes), dtype=np.uint8)
            stored = torch.from_numpy(drawn)
            view = stored if image is None else central(stored, document.preparation)
            mean = None if bundle.mean is None else bundle.mean.cpu()
            yield stored, standardize(view, document.preparation, mean).numpy()


def drawn_picture(draws: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a picture of any size: soft spots of color, edges, and grain.

    Shapes:
        out: height x width x 3

    Args:
        draws: Where the numbers come from.
    """
    height, width = (round(np.exp(draws.uniform(*np.log(_SIDES)))) for _ in range(2))
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    picture = np.full((height, width, 3), draws.uniform(0, 255, 3))
    for _ in range(_SPOTS):
        y, x, size = draws.uniform(0, 1, 3)
        color = draws.uniform(-255, 255, 3)
        spot = np.exp(-((down - y) ** 2 + (across - x) ** 2) / (0.02 + size**2))
        if draws.integers(2):
            spot = spot > draws.uniform(0.3, 0.9)
        picture += spot[..., None] * color
    picture += draws.normal(0, draws.uniform(0, 20), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)
