"""Where images come from, and how they become what a network reads.

A data set is found by name or path (`sources`). Pictures in files are listed first (`listing`), which
tells classes and splits, and decoded when the network's size is known (`loading`); everything else has
its size. Held as bytes (`examples`), all of it is brought to the network's input
(`inputs`), at once or, where that would take too much memory, as it is read (`fitted`). A picture in a file goes
the same way (`decoding`, `fitting`, `digits`), so that a network meets at its work what it has learned from. Whatever is wrong with a file is a DataError.
"""

from striate.data.decoding import decode_picture
from striate.data.digits import center_digit
from striate.data.examples import Examples, Origin, Source, hold_out, training_parts
from striate.data.fetching import fetch
from striate.data.fitted import ReadExamples, ReadImages
from striate.data.fitting import fit_picture
from striate.data.idx import read_idx, write_idx
from striate.data.inputs import (
    byte_values,
    fit_examples,
    fit_for_reading,
    misfits,
    standardize,
)
from striate.data.reading import Listener, PicturesRead
from striate.data.sentences import fit_sentences, lay_out, tokenize
from striate.data.sources import find_source, load_source
from striate.data.suiting import kind_faults, load_for
from striate.data.summaries import Summary, summarize
from striate.data.text_files import read_lines
from striate.data.vocabulary import Vocabulary, read_vocabulary, vocabulary_of
from striate.data.windows import central, stored_image, training_mean, value_range, window
from striate.data.word_vectors import GivenVectors, read_vectors


__all__ = [
    "Examples",
    "GivenVectors",
    "Listener",
    "Origin",
    "PicturesRead",
    "ReadExamples",
    "ReadImages",
    "Source",
    "Summary",
    "Vocabulary",
    "byte_values",
    "center_digit",
    "central",
    "decode_picture",
    "fetch",
    "find_source",
    "fit_examples",
    "fit_for_reading",
    "fit_picture",
    "fit_sentences",
    "hold_out",
    "kind_faults",
    "lay_out",
    "load_for",
    "load_source",
    "misfits",
    "read_idx",
    "read_lines",
    "read_vectors",
    "read_vocabulary",
    "standardize",
    "stored_image",
    "summarize",
    "tokenize",
    "training_mean",
    "training_parts",
    "value_range",
    "vocabulary_of",
    "window",
    "write_idx",
]
