"""From a table to torch: a plain module for each row, and the kernels of small ones beside it."""

from striate.documents import Document, document_of
from striate.modules.audit import audit
from striate.modules.chains import Chain
from striate.modules.convolutions import lay_out
from striate.modules.initialization import initialize
from striate.modules.network import Ending, Network
from striate.modules.outputs import (
    class_probabilities,
    loss_function,
    mean_loss_function,
    predicted_classes,
    preferences,
)
from striate.modules.precision import Width, lower_precision, multiplies_bf16, width_of
from striate.modules.rows import limit_norms, limited_layers
from striate.modules.straight import StraightNetwork, straight_network_of
from striate.modules.words import WordVectors
from striate.system.randomness import own_random_state
from striate.table import Table


def build(network: Document | Table, seed: int | None = None) -> Network:
    """Build the network of a document or table; torch's own random state is left as it was.

    Args:
        network: A document, or a table written in Python.
        seed: Start of the draw of its first numbers; the recipe's when absent.

    Returns:
        A plain module whose children bear the rows' names, ready to train.

    Raises:
        DocumentError: It has faults; every one is named.
        AuditError: torch and the arithmetic differ, which is a bug of Striate.
    """
    document = document_of(network) if isinstance(network, Table) else network
    walk = document.sound_walk()
    audit(walk)
    recipe = document.recipe
    with own_random_state():
        built = Network(walk)
    initialize(built, recipe.initialization, recipe.seed if seed is None else seed)
    return built


__all__ = [
    "Chain",
    "Ending",
    "Network",
    "StraightNetwork",
    "Width",
    "WordVectors",
    "audit",
    "build",
    "class_probabilities",
    "initialize",
    "lay_out",
    "limit_norms",
    "limited_layers",
    "loss_function",
    "lower_precision",
    "mean_loss_function",
    "multiplies_bf16",
    "predicted_classes",
    "preferences",
    "straight_network_of",
    "width_of",
]
