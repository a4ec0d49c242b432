"""Take one training example as a network reads it."""

import numpy as np

from striate.data import Examples, Source, fit_examples, standardize
from striate.documents import Document
from striate.errors import ExplanationError
from striate.errors.explanation import no_such_example
from striate.explanation.formulas import Array
from striate.training.run import input_shape


def read_example(document: Document, source: Source, index: int) -> tuple[Array, int]:
    """Take one training example as a network reads it.

    Args:
        document: The network.
        source: The data.
        index: Which training example, counted from 0.

    Returns:
        Its values in one flat vector, and the index of its class.

    Raises:
        DocumentError: The document has faults.
        DataError: The data does not suit the network.
        ExplanationError: There is no such example.
    """
    shape, train = input_shape(document, source), source.train
    if not 0 <= index < len(train):
        raise ExplanationError(no_such_example(source.name, index, len(train)))
    one = Examples(train.images[index : index + 1], train.labels[index : index + 1])
    images = fit_examples(one, shape, document.preparation).images
    values = standardize(images, document.preparation).flatten().numpy()
    return values.astype(np.float64), int(one.labels)
