"""The network that a verb looks at: a trained one, or one with fresh weights."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from striate.errors import UsageError
from striate.errors.documents import bundle_has_input
from striate.networks import load
from striate.shapes import Shape


if TYPE_CHECKING:
    from striate.prediction import Bundle
    from striate.prediction.bundle import Weights


def bundle_of(where: str, weights: "Weights" = "best", given: Shape | None = None) -> "Bundle":
    """Load a bundle; of a shipped name or a file, make one with fresh weights, whose classes are numbers.

    Args:
        where: A bundle, also one on the hub, the folder of a run, a shipped name, or a file (FILE#NAME).
        weights: Those of the best or of the last epoch of a bundle.
        given: What comes into a network that does not say it.

    Raises:
        UsageError: A bundle is given an input.
    """
    from striate.modules import build
    from striate.prediction import Bundle, load_bundle
    from striate.prediction.hub_bundles import HUB

    if Path(where).is_dir() or where.startswith(HUB):
        if given is not None:
            raise UsageError(bundle_has_input(where, given))
        return load_bundle(where, weights)
    document = load(where, given)
    # No training images, no mean of them.
    preparation = replace(document.preparation, subtract="nothing")
    document = replace(document, preparation=preparation)
    network = build(document).eval()
    last = network.walk.reports[network.trunk_length].output
    count = 2 if network.ending == "one score" or last is None else last.elements
    return Bundle(document, network, tuple(map(str, range(count))), Path(where))
