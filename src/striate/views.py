"""Read an image in one or in several views, and name its classes by all of them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from striate.data import standardize, window
from striate.inference import InferenceForm
from striate.modules import Ending, class_probabilities, preferences
from striate.preparation import Preparation
from striate.recipe import Recipe, Views


def read_views(images: Tensor, preparation: Preparation, views: Views) -> Iterator[Tensor]:
    """Give the views of stored images, the central one first.

    Shapes:
        in:  examples x channels x height + margin x width + margin
        out: examples x channels x height x width, each

    Source:
        Krizhevsky et al. 2012, 4.1: ten-crop.
    """
    margin = preparation.margin
    middle = margin // 2
    corners = [(middle, middle)]
    if views == "ten-crop":
        corners += [(0, 0), (0, margin), (margin, 0), (margin, margin)]
    for top, left in corners:
        view = window(images, top, left, margin)
        yield view
        if views != "one":
            yield view.flip(-1)


def read_images(
    form: InferenceForm,
    images: Tensor,
    preparation: Preparation,
    recipe: Recipe,
    mean: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Run a network over all views of a recipe.

    Args:
        form: The network, ready to be read.
        images: Bytes of the network's input size and its margin.
        preparation: How bytes become the network's numbers.
        recipe: Its views are read.
        mean: Of the training images, if the preparation subtracts one.

    Returns:
        The outputs for the first view, and the probabilities of the classes, averaged over all.
    """
    outputs = [
        form(standardize(view, preparation, mean))
        for view in read_views(images, preparation, recipe.views)
    ]
    chances = [class_probabilities(one, form.ending, recipe.map_constant) for one in outputs]
    return outputs[0], torch.stack(chances).mean(0) if len(chances) > 1 else chances[0]


def best_classes(outputs: Tensor, chances: Tensor, ending: Ending) -> Tensor:
    """Order the classes of each example, the likeliest first.

    Far from every code all probabilities are 0 in single precision; the outputs still tell.
    """
    by_outputs = preferences(outputs, ending).argsort(stable=True, dim=1, descending=True)
    order = chances.gather(1, by_outputs).argsort(stable=True, dim=1, descending=True)
    return by_outputs.gather(1, order)
