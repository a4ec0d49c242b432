"""The painted shapes: the same at every time, balanced, and each class another shape."""

import pytest
import torch

from striate.data import Source, load_source
from striate.data.sources.painted import CLASSES


@pytest.fixture(scope="module")
def source() -> Source:
    return load_source("painted-shapes")


def test_the_pictures_are_balanced_and_the_same_at_every_time(source: Source) -> None:
    again = load_source("painted-shapes")
    assert source.classes == CLASSES
    assert source.train.images.shape == (3000, 3, 32, 32)
    assert source.test.images.shape == (1200, 3, 32, 32)
    assert source.train.labels.bincount().tolist() == [500] * 6
    assert source.test.labels.bincount().tolist() == [200] * 6
    assert torch.equal(source.train.images, again.train.images)
    # No test picture is one that is learnt from.
    known = {image.numpy().tobytes() for image in source.train.images}
    assert not known & {image.numpy().tobytes() for image in source.test.images}


def test_shape_and_ground_differ_in_colour(source: Source) -> None:
    values = source.train.images.float()
    ends = values.flatten(2)
    spread = ends.quantile(0.98, 2) - ends.quantile(0.02, 2)
    assert float((spread.amax(1) > 60).float().mean()) > 0.98
