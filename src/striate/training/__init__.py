"""Run a recipe: from a document and data to a bundle."""

from striate.training.choosing import choose_network, load_for_data
from striate.training.events import Began, EpochEnded, Event, Finished, Interrupted, Stepped
from striate.training.folder import settle_process
from striate.training.history import EpochRecord
from striate.training.launch import resume, start, train
from striate.training.rate_search import RateSearch, find_rate
from striate.training.run import Run
from striate.training.seeds import SeedRuns, Seeds, resume_seeds, start_seeds, train_seeds
from striate.training.weights.transfer import load_onnx_weights, load_weights


__all__ = [
    "Began",
    "EpochEnded",
    "EpochRecord",
    "Event",
    "Finished",
    "Interrupted",
    "RateSearch",
    "Run",
    "SeedRuns",
    "Seeds",
    "Stepped",
    "choose_network",
    "find_rate",
    "load_for_data",
    "load_onnx_weights",
    "load_weights",
    "resume",
    "resume_seeds",
    "settle_process",
    "start",
    "start_seeds",
    "train",
    "train_seeds",
]
