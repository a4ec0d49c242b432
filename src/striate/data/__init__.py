"""Where examples come from, and how they become what a network reads.

`sources` finds a data set by its name or path. Pictures in files are first listed (`images.listing`), which tells
classes and splits; `images` decodes them when the size of the network is known. `preprocessing` brings
all examples to the input of the network, those of a data set and those of a prediction in the same way.
`inspection` tells people about a data set. Whatever is wrong with a file is a DataError.
"""

from striate.data.compatibility import kind_faults, load_for, load_test
from striate.data.examples import Examples, Origin, Source, hold_out, training_parts
from striate.data.images.decode import decode_picture, upright
from striate.data.images.progress import Listener, PicturesRead
from striate.data.inspection.summary import Summary, summarize
from striate.data.preprocessing.crop import central, stored_image, window
from striate.data.preprocessing.digits import center_digit
from striate.data.preprocessing.inputs import (
    FittedImages,
    ReadExamples,
    ReadImages,
    fit_examples,
    fit_for_reading,
    misfits,
    streamed,
)
from striate.data.preprocessing.resize import fit_picture
from striate.data.preprocessing.standardize import (
    standardize,
    training_mean,
    value_range,
)
from striate.data.preprocessing.tokens import fit_sentences, lay_out, tokenize
from striate.data.preprocessing.vectors import GivenVectors, read_vectors
from striate.data.preprocessing.vocabulary import Vocabulary, read_vocabulary, vocabulary_of
from striate.data.sources.fetching import fetch
from striate.data.sources.find import find_source, is_stream, load_source
from striate.data.sources.found_pictures import pictures_below
from striate.data.sources.idx import read_idx, write_idx
from striate.data.sources.in_memory import Data, data_name
from striate.data.sources.npz import single_images
from striate.data.sources.rows import text_format
from striate.data.sources.texts import read_sentences


__all__ = [
    "Data",
    "Examples",
    "FittedImages",
    "GivenVectors",
    "Listener",
    "Origin",
    "PicturesRead",
    "ReadExamples",
    "ReadImages",
    "Source",
    "Summary",
    "Vocabulary",
    "center_digit",
    "central",
    "data_name",
    "decode_picture",
    "fetch",
    "find_source",
    "fit_examples",
    "fit_for_reading",
    "fit_picture",
    "fit_sentences",
    "hold_out",
    "is_stream",
    "kind_faults",
    "lay_out",
    "load_for",
    "load_source",
    "load_test",
    "misfits",
    "pictures_below",
    "read_idx",
    "read_sentences",
    "read_vectors",
    "read_vocabulary",
    "single_images",
    "standardize",
    "stored_image",
    "streamed",
    "summarize",
    "text_format",
    "tokenize",
    "training_mean",
    "training_parts",
    "upright",
    "value_range",
    "vocabulary_of",
    "window",
    "write_idx",
]
