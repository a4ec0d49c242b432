"""A trained network: how it travels, how it reads, how good it is, and what it says."""

from striate.prediction.bundle import Bundle, load_bundle, prepare_picture, save_bundle
from striate.prediction.evaluation import Evaluation, evaluate, measure
from striate.prediction.intervals import mean_interval
from striate.prediction.predictions import Predictions, predict, predict_sentences


__all__ = [
    "Bundle",
    "Evaluation",
    "Predictions",
    "evaluate",
    "load_bundle",
    "mean_interval",
    "measure",
    "predict",
    "predict_sentences",
    "prepare_picture",
    "save_bundle",
]
