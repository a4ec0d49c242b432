"""Trained networks made ready to be read: weights laid out once, rows merged, little between them."""

from striate.inference.form import InferenceForm, for_inference, kernels_for


__all__ = ["InferenceForm", "for_inference", "kernels_for"]
