"""A run that fits its images as it reads them ends as one that has fitted them before."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import final

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import striate
from finished_runs import end_of
from small_digits import write_small_digits
from striate.data import Examples, fit_examples, load_source
from striate.data.preprocessing import inputs
from striate.data.preprocessing.inputs import FittedExamples
from striate.training import Finished, start


DOCUMENT = """---
name: colors
input:
  fit: crop
  margin: 4
  subtract: mean-image
recipe:
  epochs: 2
  batch_size: 25
  learning_rate: 0.02
  validation: 100
  augmentation: crop, flip, lighting 0.1
  views: flip
---

| Layer  | Type            | Maps | Size  | Kernel | Activation |
| ------ | --------------- | ---- | ----- | ------ | ---------- |
| Input  | Input           | 3    | 40x40 | -      | -          |
| C1     | Convolution     | 2    | -     | 9x9    | ReLU       |
| S2     | Max pooling     | -    | -     | 8x8    | -          |
| Output | Fully connected | -    | 10    | -      | softmax    |
"""
SIDE = 44


@pytest.fixture(scope="module")
def few_digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_small_digits(tmp_path_factory.mktemp("digits") / "few", 400, 100))


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("colors") / "colors.md"
    file.write_text(DOCUMENT, encoding="utf-8")
    return file


@contextmanager
def late() -> Iterator[None]:
    """Keep no images that have to be fitted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "KEPT_BYTES", 0)
        yield


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory, document: Path, few_digits: str) -> Finished:
    return striate.train(document, few_digits, tmp_path_factory.mktemp("run") / "at-once")


@pytest.fixture(scope="module")
def as_read(tmp_path_factory: pytest.TempPathFactory, document: Path, few_digits: str) -> Finished:
    with late():
        return striate.train(document, few_digits, tmp_path_factory.mktemp("run") / "as-read")


def test_a_run_takes_what_is_fitted_as_it_is_read(
    document: Path, few_digits: str, tmp_path: Path
) -> None:
    with late():
        run = start(striate.load(document), few_digits, tmp_path / "run")
    for examples in (run.trainer.examples, run.held_out, run.test):
        assert isinstance(examples, FittedExamples)


def test_weights_and_state_are_bit_for_bit_the_same(at_once: Finished, as_read: Finished) -> None:
    ours, others = (end_of(run.folder) for run in (at_once, as_read))
    assert ours.keys() == others.keys()
    for name, values in ours.items():
        assert torch.equal(values, others[name]), name
    mean, other = (striate.load_bundle(one.bundle).mean for one in (at_once, as_read))
    assert mean is not None
    assert other is not None
    assert torch.equal(mean, other)


def test_evaluations_are_the_same(at_once: Finished, as_read: Finished, few_digits: str) -> None:
    bundle = striate.load_bundle(at_once.bundle)
    expected = striate.evaluate(bundle, few_digits)
    with late():
        again = striate.evaluate(bundle, few_digits)
    for one, other in ((as_read.test, at_once.test), (again, expected)):
        assert (one.confusion, one.loss) == (other.confusion, other.loss)
        assert torch.equal(one.scores, other.scores)


@pytest.mark.parametrize("picture", ["first-batch", "mistakes", "confusion"])
def test_the_pictures_are_the_same(at_once: Finished, as_read: Finished, picture: str) -> None:
    ours, others = ((one.folder / f"{picture}.png").read_bytes() for one in (at_once, as_read))
    assert ours == others


def test_mistakes_are_drawn_from_the_fitted_test_images(
    document: Path,
    few_digits: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[striate.pictures.Mistake] = []

    def keep(mistakes: list[striate.pictures.Mistake], *_: object, **__: object) -> bytes:
        drawn.extend(mistakes)
        return b""

    monkeypatch.setattr("striate.pictures.draw_mistakes", keep)
    with late():
        done = striate.train(document, few_digits, tmp_path / "run", epochs=1)
    read = striate.load(document)
    mean = striate.load_bundle(done.bundle).mean
    assert mean is not None
    shape = read.sound_walk().input
    whole = fit_examples(load_source(few_digits).test, shape, read.preparation)
    assert drawn
    for one in drawn:
        expected = whole.images[one.index, :, 2:-2, 2:-2] - mean
        torch.testing.assert_close(torch.from_numpy(one.image) * 255, expected)


@final
class LargestTensor(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Remembers the bytes of the largest tensor that any operation gave."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.size_bytes = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        _types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        result = func(*args, **(kwargs or {}))
        for one in result if isinstance(result, tuple | list) else (result,):
            # Weights that are laid out for inference have a storage that torch cannot see.
            if isinstance(one, torch.Tensor) and not one.is_mkldnn:
                self.size_bytes = max(self.size_bytes, one.untyped_storage().nbytes())
        return result


def test_memory_does_not_grow_with_the_images(
    document: Path, few_digits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Numbers handled at a time: a few images each.
    for place in (
        "data.preprocessing.inputs._CHUNK",
        "data.preprocessing.standardize._CHUNK",
        "augmentation.transforms.colors._CHUNK",
    ):
        monkeypatch.setattr(f"striate.{place}", 20_000)
    monkeypatch.setattr("striate.prediction.evaluation._BATCH", 10)
    source = load_source(few_digits)

    def largest(count: int, how: AbstractContextManager[None]) -> int:
        part = Examples(source.train.images[:count], source.train.labels[:count])
        given = striate.data.Source("digits", source.classes, part, part, part)
        monkeypatch.setattr("striate.training.launch.load_for", lambda *_, **__: given)
        with how, LargestTensor() as mode:
            folder = tmp_path / f"{count}-{type(how).__name__}"
            striate.train(document, "digits", folder, epochs=1, batch_size=20)
        return mode.size_bytes

    bytes_of_300 = 300 * 3 * SIDE * SIDE
    assert largest(300, late()) == largest(400, late()) < bytes_of_300
    assert largest(300, nullcontext()) >= bytes_of_300
