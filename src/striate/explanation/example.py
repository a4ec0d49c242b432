"""Take one training example as a network reads it."""

from torch import Tensor

from striate.data import Examples, Source, Vocabulary, fit_examples, fit_sentences, standardize
from striate.data.preprocessing.crop import central
from striate.documents import Document
from striate.errors import ExplanationError
from striate.errors.explanation import no_such_example, no_words_known
from striate.shapes import Image, Words
from striate.training.learning import input_shape


def read_example(
    document: Document,
    source: Source,
    index: int,
    mean: Tensor | None = None,
    vocabulary: Vocabulary | None = None,
) -> tuple[Tensor, int]:
    """Take one training example as a network reads it.

    Args:
        document: The network.
        source: The data.
        index: Which training example, counted from 0.
        mean: Of the training images, if the preparation subtracts one.
        vocabulary: The words of a network of sentences.

    Returns:
        Its values, 1 x the network's input, and the index of its class.

    Raises:
        DocumentError: The document has faults.
        DataError: The data does not suit the network.
        ExplanationError: There is no such example, or the network reads sentences and knows no words.
    """
    shape, train = input_shape(document, source), source.train
    if not 0 <= index < len(train):
        raise ExplanationError(no_such_example(source.name, index, len(train)))
    one = Examples(train.images[index : index + 1], train.labels[index : index + 1])
    if isinstance(shape, Words):
        if vocabulary is None:
            raise ExplanationError(no_words_known(document.name))
        fitted, _ = fit_sentences(one, source.texts, shape, document.text, vocabulary)
        return fitted.images, int(one.labels)
    images = fit_examples(one, shape, document.preparation).images
    if isinstance(shape, Image):
        images = central(images, document.preparation)
    return standardize(images, document.preparation, mean), int(one.labels)
