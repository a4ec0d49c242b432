"""Two forms made from a plain network, for speed alone: one that learns, and one that reads."""

from striate.runtime.engine import Engine
from striate.runtime.inference import InferenceForm, PlainNetwork, for_inference, kernels_for
from striate.runtime.precision import Width, multiplies_bf16, width_of
from striate.runtime.small_network import Reading, SmallNetwork, Way
from striate.runtime.training import Outcome, TrainingForm, for_training


__all__ = [
    "Engine",
    "InferenceForm",
    "Outcome",
    "PlainNetwork",
    "Reading",
    "SmallNetwork",
    "TrainingForm",
    "Way",
    "Width",
    "for_inference",
    "for_training",
    "kernels_for",
    "multiplies_bf16",
    "width_of",
]
