"""Where images come from, and how they become what a network reads.

A data set is found by name or folder (`sources`), held as bytes (`examples`), and brought to the
network's size (`inputs`). A picture in a file goes the same way (`decoding`, `digits`), so that a
network meets at its work what it has learned from. Whatever is wrong with a file is a DataError.
"""

from striate.data.decoding import decode_picture
from striate.data.digits import center_digit
from striate.data.examples import Examples, Source, hold_out
from striate.data.idx import read_idx, write_idx
from striate.data.inputs import fit_examples, fit_picture, standardize
from striate.data.sentences import fit_sentences, lay_out, tokenize
from striate.data.sources import load_source
from striate.data.text_files import read_lines
from striate.data.vocabulary import Vocabulary, read_vocabulary, vocabulary_of
from striate.data.word_vectors import GivenVectors, read_vectors


__all__ = [
    "Examples",
    "GivenVectors",
    "Source",
    "Vocabulary",
    "center_digit",
    "decode_picture",
    "fit_examples",
    "fit_picture",
    "fit_sentences",
    "hold_out",
    "lay_out",
    "load_source",
    "read_idx",
    "read_lines",
    "read_vectors",
    "read_vocabulary",
    "standardize",
    "tokenize",
    "vocabulary_of",
    "write_idx",
]
