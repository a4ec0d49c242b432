"""Convolutional networks as tables: checked, built, trained, seen and shipped.

Everything is imported on first use: reading and checking need no torch, and a command that is interrupted while it
starts ends quietly.

Examples:
    >>> import striate
    >>> report = striate.check(striate.load("lenet5"))
    >>> report.agrees, report.walk.total.parameters
    (True, 60000)
"""

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING

from striate.version import __version__


if TYPE_CHECKING:
    from striate import see
    from striate.checking import Report, check
    from striate.classifier import StriateClassifier
    from striate.data import load_source
    from striate.documents import Document, read_networks
    from striate.errors import Fault, StriateError
    from striate.experiments.running import experiment
    from striate.export import export_onnx, export_torch
    from striate.layers import (
        ELU,
        Activation,
        AdaptivePooling,
        Add,
        AveragePooling,
        BatchNormalization,
        Border,
        ChannelShuffle,
        Codes,
        Concat,
        ConnectionTable,
        Convolution,
        Cropping,
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
        LpPooling,
        MaxPooling,
        Multiply,
        ParametricReLU,
        RadialBasis,
        Reshape,
        ResponseNormalization,
        Scaling,
        SideHead,
        Sides,
        Slice,
        Subsampling,
        TransposedConvolution,
        Upsampling,
    )
    from striate.modules import Network, build
    from striate.networks import document_of, load, load_networks, network_names, write_document
    from striate.prediction import (
        Bundle,
        Evaluation,
        evaluate,
        load_bundle,
        predict,
        predict_sentences,
    )
    from striate.preparation import Preparation, TextPreparation
    from striate.recipe import Recipe
    from striate.runtime import InferenceForm, TrainingForm, for_inference, for_training
    from striate.table import Claim, Claims, Row, Start, Table
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


_ROOMS = {
    "checking": (
        "Report",
        "check",
    ),
    "classifier": ("StriateClassifier",),
    "data": ("load_source",),
    "documents": (
        "Document",
        "read_networks",
    ),
    "errors": (
        "Fault",
        "StriateError",
    ),
    "experiments.running": ("experiment",),
    "export": (
        "export_onnx",
        "export_torch",
    ),
    "modules": (
        "Network",
        "build",
    ),
    "networks": (
        "document_of",
        "load",
        "load_networks",
        "network_names",
        "write_document",
    ),
    "prediction": (
        "Bundle",
        "Evaluation",
        "evaluate",
        "load_bundle",
        "predict",
        "predict_sentences",
    ),
    "preparation": (
        "Preparation",
        "TextPreparation",
    ),
    "recipe": ("Recipe",),
    "runtime": (
        "InferenceForm",
        "TrainingForm",
        "for_inference",
        "for_training",
    ),
    "see": ("see",),
    "table": (
        "Claim",
        "Claims",
        "Row",
        "Start",
        "Table",
    ),
    "training": (
        "RateSearch",
        "SeedRuns",
        "find_rate",
        "load_onnx_weights",
        "load_weights",
        "resume",
        "start",
        "train",
        "train_seeds",
    ),
}

_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
"""Where each name comes from; all others are layers."""


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for."""
    if name not in __all__:
        message = f"module 'striate' has no attribute {name!r}"
        raise AttributeError(message)
    place = _ROOM_OF.get(name, "layers")
    room = import_module(f"striate.{place}")
    found = room if name == place else getattr(room, name)
    if isinstance(found, FunctionType):
        found = import_module("striate.errors.typed").named(found)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Name those that are not imported yet, too."""
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
    "ChannelShuffle",
    "Claim",
    "Claims",
    "Codes",
    "Concat",
    "ConnectionTable",
    "Convolution",
    "Cropping",
    "DepthwiseConvolution",
    "Document",
    "Dropout",
    "Embedding",
    "Evaluation",
    "Fault",
    "Flatten",
    "FullyConnected",
    "GlobalPooling",
    "GroupNormalization",
    "Inception",
    "InferenceForm",
    "Input",
    "LayerNormalization",
    "LeakyReLU",
    "LpPooling",
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
    "Scaling",
    "SeedRuns",
    "SideHead",
    "Sides",
    "Slice",
    "Start",
    "StriateClassifier",
    "StriateError",
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
