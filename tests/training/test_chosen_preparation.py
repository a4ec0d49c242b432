"""A network from Python has its pictures prepared as its training images were."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import striate
from striate import FullyConnected, Input, Preparation, Row, Table
from striate.data import load_source
from striate.training.inputs import choose_preparation


TABLE = Table((Row("Input", Input.image(1, 28, 28)), Row("Output", FullyConnected(10), "softmax")))
TWO = Path(__file__).parent.parent.parent / "examples/digits/two-16-bit.png"


def test_digits_as_mnist_has_them_are_known_by_their_pixels(small_digits: str) -> None:
    source = load_source(small_digits)
    document, (remark,) = choose_preparation(striate.document_of(TABLE), source)
    assert document.preparation == Preparation(fit="digit")
    assert "fit: digit" in remark
    told = striate.document_of(TABLE, preparation=Preparation(high=2.0))
    assert choose_preparation(told, source) == (told, ())


@pytest.mark.parametrize("change", ["moved", "filled", "colored"])
def test_other_images_are_not_taken_for_digits(small_digits: str, change: str) -> None:
    source = load_source(small_digits)
    images = source.train.images
    assert isinstance(images, torch.Tensor)
    changed = {
        "moved": images.roll(3, dims=3),
        "filled": images + 1,
        "colored": images.expand(-1, 3, -1, -1),
    }[change]
    other = replace(source, train=replace(source.train, images=changed))
    assert choose_preparation(striate.document_of(TABLE), other)[1] == ()


def test_a_picture_of_a_two_is_read_as_one(small_digits: str, tmp_path: Path) -> None:
    document = striate.document_of(TABLE, "small")
    done = striate.train(document, small_digits, tmp_path / "run", epochs=5, validation=0)
    outcome = striate.predict(striate.load_bundle(done.bundle), [TWO])
    assert outcome.made[0].classes[0][0] == "2"
