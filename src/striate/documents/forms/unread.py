"""Forms of networks that are known by their words and not read, so that their name can be told."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from striate.documents.parts import Parts
from striate.documents.patterns import pattern_of


_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "written for MATLAB": r"\b(?:convolution2dLayer|imageInputLayer|fullyConnectedLayer)\s*\(",
        "written for Torch7, in Lua": r"\bnn\.Spatial\w+\s*\(",
        "written for Flux, in Julia": r"^\s*using\b.*\bFlux\b",
        "written for TensorFlow.js": r"\btf\.layers\.\w+\(\s*\{",
        "written for TensorFlow 1": r"\btf\.(?:compat\.v1\.)?(?:nn\.conv2d|layers\.conv2d|placeholder)\s*\(",
        "written for Keras, in R": r"\blayer_(?:conv_2d|dense|max_pooling_2d|flatten)\s*\(",
        "written for PyTorch, in C++": r"\btorch::nn::\w+",
        "written in Rust": r"\b(?:nn::conv2d|candle_nn|Conv2dConfig)\b",
        "written for Deeplearning4j": r"\bnew\s+(?:ConvolutionLayer|SubsamplingLayer)\.Builder\b",
        "written for Wolfram Language": r"\b(?:NetChain|NetGraph|ConvolutionLayer)\[",
        "written for Ultralytics, in YAML": r"^\s*-\s*\[\s*-?\d+\s*,\s*\d+\s*,\s*[A-Za-z]\w*\s*,",
        "written for cuda-convnet": r"^\s*type\s*=\s*(?:conv|pool|fc|neuron)\s*$",
        "written for cxxnet": r"^\s*layer\[[^\]]*\]\s*=",
        "saved by MXNet, in JSON": r'"op"\s*:\s*"(?:Convolution|FullyConnected)"',
        "a config of Hugging Face": r'"model_type"\s*:\s*"',
        "a table of AsciiDoc that nothing closes": r"^\|={3,}\s*$",
        "a table of MediaWiki that nothing closes": r"^\s*\{\|\s*(?:\w+\s*=.*)?$",
        "a table of AsciiDoc in separated values": r"^[,:]={3,}\s*$",
        "a list-table of reStructuredText": r"^\s*\.\.\s+(?:list|csv)-table::",
    }
)
"""What follows "this is", and the words that tell it."""

_NAMED = pattern_of("|".join(f"({words})" for words in _WORDS.values()), re.MULTILINE)

_BINARY = {
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".t7", ".bin", ".pkl"), "weights of torch"),
    **dict.fromkeys((".safetensors", ".npz", ".npy"), "arrays of weights"),
    ".pt2": "a program of torch.export",
    ".tflite": "a network of LiteRT",
    ".pb": "a graph of TensorFlow",
    ".caffemodel": "weights of Caffe",
    ".mlmodel": "a network of Core ML",
    ".mat": "values of MATLAB",
}


def unread_form(parts: Parts) -> tuple[str, int] | None:
    """Return the name of a form that is not read, and the line on which its words stand.

    Args:
        parts: A document that holds no network which is read.

    Returns:
        What follows "this is"; None if no form is known by its words.
    """
    lines = [*parts.prose]
    for block in parts.blocks:
        lines += enumerate(block.lines, block.line + 1)
    for line, text in lines:
        found = _NAMED.search(text)
        if found is not None:
            return list(_WORDS)[(found.lastindex or 1) - 1], line
    return None


def lost_columns(parts: Parts) -> tuple[int, str] | None:
    """Return the line and the words of headings below which layers stand, and which single blanks part.

    Args:
        parts: A document that holds no network which is read.
    """
    from striate.documents.table.words import ops_in

    lines = [*parts.prose]
    for block in parts.blocks:
        lines += enumerate(block.lines, block.line + 1)
    named = [bool(ops_in(text[:_LONGEST])) and any(map(str.isdigit, text)) for _, text in lines]
    for at, (line, text) in enumerate(lines):
        if sum(named[at + 1 : at + 1 + _NEAR]) >= _ROWS and _are_headings(text):
            return line, text.strip()
    return None


_LONGEST, _ROWS, _NEAR, _TITLES, _WORDS_OF_TITLE = 200, 3, 12, 3, 3
"""Most characters of a line, fewest rows that name layers, how near they stand, and fewest headings and their most words."""


def _are_headings(text: str) -> bool:
    """Whether nearly all words of a line are headings of a table of layers, one behind the other."""
    from striate.documents.table.words import roles_of

    if "|" in text:
        return False
    words = text[:_LONGEST].replace("/", " ").split()
    titles = unknown = at = 0
    while at < len(words):
        ends = range(min(at + _WORDS_OF_TITLE, len(words)), at, -1)
        end = next((end for end in ends if roles_of(" ".join(words[at:end]))), None)
        titles, unknown = (titles, unknown + 1) if end is None else (titles + 1, unknown)
        at = at + 1 if end is None else end
    return titles >= _TITLES and unknown * 4 <= len(words)


def binary_form(ending: str) -> str | None:
    """Return what a file that is no text holds, by the ending of its name; None if that says nothing."""
    return _BINARY.get(ending)
