"""Exclusive or, and other data of flat vectors."""

import pytest
import torch

from striate.data import Examples, fit_examples, load_source, standardize
from striate.errors import DataError
from striate.preparation import Preparation
from striate.shapes import Features, Image, Shape


def test_xor_is_the_truth_table_of_exclusive_or() -> None:
    source = load_source("xor")
    assert (source.name, source.classes) == ("xor", ("0", "1"))
    for examples in (source.train, source.test):
        values = standardize(examples.images, Preparation()).int().tolist()
        found = {
            (first, second): label
            for (first, second), label in zip(values, examples.labels.tolist(), strict=True)
        }
        assert found == {(a, b): a ^ b for a in (0, 1) for b in (0, 1)}


def test_vectors_of_the_networks_length_stay_as_they_are() -> None:
    examples = load_source("xor").train
    assert fit_examples(examples, Features(2), Preparation()) is examples


@pytest.mark.parametrize(
    ("images", "shape", "text"),
    [
        (
            torch.zeros(4, 2, dtype=torch.uint8),
            Features(1),
            (
                "input: the data holds vectors of 2 values.\n"
                "  Needed: vectors of 1 value, as the network reads them.\n"
                "  Fix: write 2 as the size of the input row, or choose other data."
            ),
        ),
        (
            torch.zeros(4, 2, dtype=torch.uint8),
            Image(1, 28, 28),
            (
                "input: the data holds vectors of 2 values, and the network reads 1x28x28.\n"
                "  Needed: images.\n"
                "  Fix: write 2 as the size of the input row, or choose data that holds images."
            ),
        ),
        (
            torch.zeros(4, 1, 28, 28, dtype=torch.uint8),
            Features(784),
            (
                "input: its input is a flat vector.\n"
                "  Needed: an input of maps x height x width for images.\n"
                "  Fix: write the size of the input row as height x width."
            ),
        ),
    ],
)
def test_data_that_a_network_cannot_read_is_named(
    images: torch.Tensor, shape: Shape, text: str
) -> None:
    with pytest.raises(DataError) as caught:
        fit_examples(Examples(images, torch.zeros(4, dtype=torch.int64)), shape, Preparation())
    assert str(caught.value) == text
