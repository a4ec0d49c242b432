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
from striate.documents import Document, read_networks
from striate.layers import (
    ELU,
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    BatchNormalization,
    Border,
    Codes,
    Concat,
    ConnectionTable,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    LayerNormalization,
    LeakyReLU,
    MaxPooling,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    SideHead,
    Sides,
    Subsampling,
    TransposedConvolution,
    Upsampling,
)
from striate.networks import document_of, load, load_networks, network_names, write_document
from striate.preparation import Preparation, TextPreparation
from striate.recipe import Recipe
from striate.table import Claim, Claims, Row, Start, Table
from striate.version import __version__


if TYPE_CHECKING:
    from striate import see
    from striate.classifier import StriateClassifier
    from striate.data import load_source
    from striate.experiments.running import experiment
    from striate.export import export_onnx, export_torch
    from striate.modules import Network, build
    from striate.prediction import (
        Bundle,
        Evaluation,
        evaluate,
        load_bundle,
        predict,
        predict_sentences,
    )
    from striate.runtime import InferenceForm, TrainingForm, for_inference, for_training
    from striate.training import (
        RateSearch,
        SeedRuns,
        find_rate,
        load_onnx_weights,
        load_weights,
        resume,
        start,
        train,
        train_seeds,
    )


_NEED_TORCH = {
    "Bundle": "prediction",
    "StriateClassifier": "classifier",
    "Evaluation": "prediction",
    "InferenceForm": "runtime",
    "Network": "modules",
    "RateSearch": "training",
    "SeedRuns": "training",
    "build": "modules",
    "evaluate": "prediction",
    "experiment": "experiments.running",
    "export_onnx": "export",
    "export_torch": "export",
    "find_rate": "training",
    "for_inference": "runtime",
    "load_bundle": "prediction",
    "load_source": "data",
    "load_onnx_weights": "training",
    "load_weights": "training",
    "predict": "prediction",
    "predict_sentences": "prediction",
    "resume": "training",
    "TrainingForm": "runtime",
    "for_training": "runtime",
    "see": "see",
    "start": "training",
    "train": "training",
    "train_seeds": "training",
}


def __getattr__(name: str) -> object:
    """Import a name that needs torch when it is first asked for."""
    if name not in _NEED_TORCH:
        message = f"module 'striate' has no attribute {name!r}"
        raise AttributeError(message)
    module = import_module(f"striate.{_NEED_TORCH[name]}")
    return module if name == _NEED_TORCH[name] else getattr(module, name)


def __dir__() -> list[str]:
    """Name those that are imported on first use, too."""
    return sorted({*globals(), *__all__})


__all__ = [
    "ELU",
    "Activation",
    "AdaptivePooling",
    "Add",
    "AveragePooling",
    "BatchNormalization",
    "Border",
    "Bundle",
    "Claim",
    "Claims",
    "Codes",
    "Concat",
    "ConnectionTable",
    "Convolution",
    "DepthwiseConvolution",
    "Document",
    "Dropout",
    "Embedding",
    "Evaluation",
    "Flatten",
    "FullyConnected",
    "GlobalPooling",
    "GroupNormalization",
    "Inception",
    "InferenceForm",
    "Input",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling",
    "Multiply",
    "Network",
    "ParametricReLU",
    "Preparation",
    "RadialBasis",
    "RateSearch",
    "Recipe",
    "Report",
    "Reshape",
    "ResponseNormalization",
    "Row",
    "SeedRuns",
    "SideHead",
    "Sides",
    "Start",
    "StriateClassifier",
    "Subsampling",
    "Table",
    "TextPreparation",
    "TrainingForm",
    "TransposedConvolution",
    "Upsampling",
    "__version__",
    "build",
    "check",
    "document_of",
    "evaluate",
    "experiment",
    "export_onnx",
    "export_torch",
    "find_rate",
    "for_inference",
    "for_training",
    "load",
    "load_bundle",
    "load_networks",
    "load_onnx_weights",
    "load_source",
    "load_weights",
    "network_names",
    "predict",
    "predict_sentences",
    "read_networks",
    "resume",
    "see",
    "start",
    "train",
    "train_seeds",
    "write_document",
]
