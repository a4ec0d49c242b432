"""Convolutional networks as tables: checked, built, trained, seen and shipped.

Everything that needs torch is imported on first use, so that reading and checking stay quick.

Examples:
    >>> import striate
    >>> report = striate.check(striate.load("lenet5"))
    >>> report.agrees, report.walk.total.parameters
    (True, 60000)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from striate.checking import Report, check
from striate.documents import Document, document_of, read_networks, write_document
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Codes,
    Concat,
    ConnectionTable,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Inception,
    Input,
    MaxPooling,
    RadialBasis,
    ResponseNormalization,
    SideHead,
    Sides,
    Subsampling,
)
from striate.networks import load, load_networks, network_names
from striate.preparation import Preparation, TextPreparation
from striate.recipe import Recipe
from striate.table import Claim, Claims, Row, Start, Table


if TYPE_CHECKING:
    from striate.data import load_source
    from striate.inference import InferenceForm, for_inference
    from striate.modules import Network, build
    from striate.prediction import (
        Bundle,
        Evaluation,
        evaluate,
        load_bundle,
        predict,
        predict_sentences,
    )
    from striate.training import resume, start, train


__version__ = "0.1.0"

_NEED_TORCH = {
    "Bundle": "prediction",
    "Evaluation": "prediction",
    "InferenceForm": "inference",
    "Network": "modules",
    "build": "modules",
    "evaluate": "prediction",
    "for_inference": "inference",
    "load_bundle": "prediction",
    "load_source": "data",
    "predict": "prediction",
    "predict_sentences": "prediction",
    "resume": "training",
    "start": "training",
    "train": "training",
}


def __getattr__(name: str) -> object:
    """Import a name that needs torch when it is first asked for."""
    if name not in _NEED_TORCH:
        message = f"module 'striate' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"striate.{_NEED_TORCH[name]}"), name)


__all__ = [
    "Activation",
    "Add",
    "AveragePooling",
    "BatchNormalization",
    "Bundle",
    "Claim",
    "Claims",
    "Codes",
    "Concat",
    "ConnectionTable",
    "Convolution",
    "Document",
    "Dropout",
    "Embedding",
    "Evaluation",
    "Flatten",
    "FullyConnected",
    "GlobalPooling",
    "Inception",
    "InferenceForm",
    "Input",
    "MaxPooling",
    "Network",
    "Preparation",
    "RadialBasis",
    "Recipe",
    "Report",
    "ResponseNormalization",
    "Row",
    "SideHead",
    "Sides",
    "Start",
    "Subsampling",
    "Table",
    "TextPreparation",
    "build",
    "check",
    "document_of",
    "evaluate",
    "for_inference",
    "load",
    "load_bundle",
    "load_networks",
    "load_source",
    "network_names",
    "predict",
    "predict_sentences",
    "read_networks",
    "resume",
    "start",
    "train",
    "write_document",
]
