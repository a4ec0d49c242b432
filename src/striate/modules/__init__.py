"""From a table to torch: plain modules of torch, and nothing that is there for speed."""

from pathlib import Path

from striate.checking.memory import memory_fault
from striate.documents import Document
from striate.errors import DocumentError
from striate.modules.audit import audit
from striate.modules.embedding import Embedding
from striate.modules.initialization import initialize
from striate.modules.network import (
    Ending,
    Network,
    Step,
    description_of,
    limit_norms,
    limited_layers,
    options_of,
)
from striate.modules.outputs import (
    class_probabilities,
    class_weights_of,
    loss_function,
    mean_loss_function,
    predicted_classes,
    preferences,
)
from striate.networks import document_from
from striate.system.randomness import own_random_state
from striate.table import Table


def build(network: str | Path | Document | Table, seed: int | None = None) -> Network:
    """Build the network of a table or a document; torch's own random state is left as it was.

    Args:
        network: A shipped name, a path, a document, or a table written in Python.
        seed: Start of the draw of its first numbers; the recipe's when absent.

    Returns:
        A plain module whose children bear the rows' names, ready to train.

    Raises:
        DocumentError: It has faults, and every one is named; or its numbers do not fit into memory.
        AuditError: torch and the arithmetic differ, which is a bug of Striate.
    """
    document = document_from(network)
    walk = document.sound_walk()
    too_large = memory_fault(walk)
    if too_large is not None:
        raise DocumentError(too_large)
    audit(walk)
    recipe = document.recipe
    with own_random_state():
        built = Network(walk)
    initialize(built, recipe.initialization, recipe.seed if seed is None else seed)
    return built


__all__ = [
    "Embedding",
    "Ending",
    "Network",
    "Step",
    "audit",
    "build",
    "class_probabilities",
    "class_weights_of",
    "description_of",
    "initialize",
    "limit_norms",
    "limited_layers",
    "loss_function",
    "mean_loss_function",
    "options_of",
    "predicted_classes",
    "preferences",
]
