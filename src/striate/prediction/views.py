"""Read an image in one or in several views, and name its classes by all of them."""

from collections.abc import Iterator
from itertools import islice
from typing import final

import torch
from torch import Tensor

from striate.data import standardize, window
from striate.modules import Ending, class_probabilities, preferences
from striate.preparation import Preparation
from striate.recipe import Recipe, Views
from striate.runtime import InferenceForm, Reading, SmallNetwork, Way


_STORED = {torch.uint8, torch.int32}
"""Numbers of stored examples: of images, and of sentences."""


_TOGETHER = 64
"""Views that are read as one batch, at most: by then weights are read for so many that their own way counts no more."""


VIEW_COUNTS: dict[Views, int] = {"one": 1, "flip": 2, "ten-crop": 10}
"""How many views an image is read in."""


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


@final
class Reader:
    """A network that reads stored images, or sentences, as a recipe says.

    Args:
        form: The network, ready to be read.
        preparation: How bytes become the network's numbers.
        recipe: Its views are read.
        mean: Of the training images, if the preparation subtracts one.
    """

    def __init__(
        self,
        form: InferenceForm,
        preparation: Preparation,
        recipe: Recipe,
        mean: Tensor | None = None,
    ) -> None:
        self.form, self.preparation, self.recipe, self.mean = form, preparation, recipe, mean
        (low, *others), (step, *_) = preparation.byte_values
        self._way = Way(form.network, low, step, mean, recipe.map_constant)
        # The kernel knows one value of a byte for all channels.
        self._is_one_view = recipe.views == "one" and not others
        self._margin = preparation.margin

    def __call__(self, images: Tensor) -> Reading:
        """Read some examples, each in all views.

        Args:
            images: Bytes of the network's input size and its margin, float32 in their range, or the
                numbers of words.
        """
        if self._is_one_view and images.dtype in _STORED:
            run = self.form.now()
            if isinstance(run, SmallNetwork):
                margin = self._margin
                view = window(images, margin // 2, margin // 2, margin) if margin else images
                return run.read(view, self._way)
        with torch.inference_mode():
            return self._read(images)

    def _read(self, images: Tensor) -> Reading:
        count, views = len(images), read_views(images, self.preparation, self.recipe.views)
        several, read = max(1, _TOGETHER // max(1, count)), list[Tensor]()
        while together := list(islice(views, several)):
            inputs = standardize(torch.cat(together), self.preparation, self.mean)
            read.append(self.form(inputs))
        outputs, ending = torch.cat(read), self.form.ending
        chances = class_probabilities(outputs, ending, self.recipe.map_constant)
        if several := len(outputs) // max(1, count):
            chances = chances.view(several, count, -1).mean(0)
        return Reading(outputs[:count], chances, best_classes(outputs[:count], chances, ending))


def best_classes(outputs: Tensor, chances: Tensor, ending: Ending) -> Tensor:
    """Order the classes of each example, the likeliest first.

    Far from every code all probabilities are 0 in single precision; the outputs still tell.
    """
    by_outputs = preferences(outputs, ending).argsort(stable=True, dim=1, descending=True)
    order = chances.gather(1, by_outputs).argsort(stable=True, dim=1, descending=True)
    return by_outputs.gather(1, order)
