"""A trained network is given as a bundle, or by the path of its run or of the bundle."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import striate
from striate.errors import BundleError
from striate.prediction.bundle import save_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = striate.load("lenet5")
    state = striate.build(document).state_dict()
    classes = tuple(map(str, range(10)))
    save_bundle(tmp_path / "bundle", document, classes, {"best": state, "last": state}, "")
    return tmp_path


def test_a_path_is_as_good_as_a_bundle(folder: Path, small_digits: str) -> None:
    bundle = striate.load_bundle(folder)
    picture = [np.eye(28, dtype=np.uint8)]
    known = striate.predict(bundle, picture).made
    measured = striate.evaluate(bundle, small_digits)
    for place in (folder, str(folder / "bundle")):
        assert striate.predict(place, picture).made == known
        assert striate.evaluate(place, small_digits).confusion == measured.confusion


@pytest.mark.parametrize(
    "ask",
    [
        lambda given: striate.predict(given, ["x.png"]),
        lambda given: striate.predict_sentences(given, ["a word"]),
        lambda given: striate.evaluate(given, "mnist"),
    ],
)
def test_what_is_no_bundle_is_a_fault(ask: Callable[[object], object]) -> None:
    with pytest.raises(BundleError) as caught:
        ask(striate.load("lenet5"))
    assert str(caught.value) == (
        "bundle: it is of the type Document.\n"
        "  Needed: a trained network: a Bundle, or the path of a run or of its bundle.\n"
        "  Fix: write load_bundle('runs/lenet5-1'), for example, or the path alone."
    )
