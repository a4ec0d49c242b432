"""Claims as experiments: a document each, with variants of a table, a rule, and a verdict.

Documents are read, checked and listed without torch; `running` imports it.
"""

from striate.experiments.experiment import Budget, Comparison, Edit, Experiment, Margin, Variant
from striate.experiments.reading import experiment_names, load_experiment, read_experiment
from striate.experiments.writing import write_experiment


__all__ = [
    "Budget",
    "Comparison",
    "Edit",
    "Experiment",
    "Margin",
    "Variant",
    "experiment_names",
    "load_experiment",
    "read_experiment",
    "write_experiment",
]
