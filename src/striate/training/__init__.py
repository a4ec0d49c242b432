"""Run a recipe: from a document and data to a bundle."""

from striate.training.choosing import choose_network, load_for_data
from striate.training.events import Began, EpochEnded, Event, Finished, Interrupted, Stepped
from striate.training.folder import settle_process
from striate.training.history import EpochRecord
from striate.training.launch import resume, start, train
from striate.training.run import Run
from striate.training.transfer import load_onnx_weights, load_weights


__all__ = [
    "Began",
    "EpochEnded",
    "EpochRecord",
    "Event",
    "Finished",
    "Interrupted",
    "Run",
    "Stepped",
    "choose_network",
    "load_for_data",
    "load_onnx_weights",
    "load_weights",
    "resume",
    "settle_process",
    "start",
    "train",
]
