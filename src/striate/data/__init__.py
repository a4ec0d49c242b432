"""Where images come from, and how they become what a network reads.

A data set is found by name or folder (`sources`), held as bytes (`examples`), and brought to the
network's size (`inputs`). A picture in a file goes the same way (`decoding`, `digits`), so that a
network meets at its work what it has learned from. Whatever is wrong with a file is a DataError.
"""

from striate.data.decoding import decode_picture
from striate.data.digits import center_digit
from striate.data.examples import Examples, Origin, Source, hold_out, training_parts
from striate.data.fetching import fetch
from striate.data.idx import read_idx, write_idx
from striate.data.inputs import fit_examples, fit_picture, standardize
from striate.data.sources import load_source


__all__ = [
    "Examples",
    "Origin",
    "Source",
    "center_digit",
    "decode_picture",
    "fetch",
    "fit_examples",
    "fit_picture",
    "hold_out",
    "load_source",
    "read_idx",
    "standardize",
    "training_parts",
    "write_idx",
]
