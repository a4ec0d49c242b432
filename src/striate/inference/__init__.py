"""Trained networks made ready to be read: weights laid out once, rows merged, little between them."""

from striate.inference.form import InferenceForm, for_inference, kernels_for
from striate.inference.small import Reading, SmallNetwork, Way


__all__ = ["InferenceForm", "Reading", "SmallNetwork", "Way", "for_inference", "kernels_for"]
