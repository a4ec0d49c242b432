"""Images that are fitted when they are read are, byte for byte, those that are fitted at once."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor

import striate
from striate.augmentation.transforms.colors import color_axes
from striate.data import (
    Examples,
    ReadExamples,
    fit_examples,
    fit_for_reading,
    load_source,
    training_mean,
)
from striate.data.preprocessing import inputs
from striate.data.preprocessing.inputs import FittedExamples
from striate.errors import DataError
from striate.preparation import Preparation
from striate.shapes import Features, Image, Shape


CROP = Preparation(fit="crop", margin=3)
RESIZE = Preparation(fit="resize")
DIGIT = Preparation(fit="digit")


def stored(*shape: int) -> Examples:
    generator = torch.Generator().manual_seed(5)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    return Examples(images, torch.arange(len(images)))


def read(
    examples: Examples, shape: Shape, preparation: Preparation, limit: int = 0
) -> ReadExamples:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "KEPT_BYTES", limit)
        return fit_for_reading(examples, shape, preparation)


@pytest.mark.parametrize(
    ("shape", "image", "preparation"),
    [
        ((70, 1, 28, 28), Image(3, 64, 64), CROP),
        ((70, 3, 20, 30), Image(1, 17, 19), CROP),
        ((70, 3, 50, 41), Image(3, 23, 31), RESIZE),
        ((70, 1, 28, 28), Image(1, 57, 57), RESIZE),
        ((70, 1, 28, 28), Image(1, 32, 32), DIGIT),
    ],
)
@pytest.mark.parametrize("chunk", [1, 2**14, 2**20])
def test_any_part_is_as_fitted_at_once(
    shape: tuple[int, ...],
    image: Image,
    preparation: Preparation,
    chunk: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    examples = stored(*shape)
    whole = fit_examples(examples, image, preparation).images
    monkeypatch.setattr(inputs, "_CHUNK", chunk)
    late = read(examples, image, preparation)
    assert isinstance(late, FittedExamples)
    assert late.images.shape == whole.shape
    assert late.images.device == whole.device
    assert len(late) == len(late.images) == 70
    assert torch.equal(late.labels, examples.labels)
    order = torch.randperm(70, generator=torch.Generator().manual_seed(1))
    parts: list[slice | Tensor] = [
        slice(None),
        slice(3, 4),
        slice(60, 90),
        slice(0),
        slice(1, 9, 3),
    ]
    parts += [order, order[:13], order[:1], torch.tensor([4, 4, 0]), order[:0]]
    for part in parts:
        assert late.images[part].dtype == torch.uint8
        assert late.images[part].is_contiguous()
        assert torch.equal(late.images[part], whole[part])


@given(
    st.sampled_from([1, 3]),
    st.sampled_from([1, 3]),
    st.tuples(*[st.integers(1, 70)] * 4),
    st.sampled_from([CROP, RESIZE]),
    st.integers(1, 8),
)
def test_images_of_any_size_do_not_hang_on_those_beside_them(
    channels: int, wanted: int, sides: tuple[int, ...], preparation: Preparation, count: int
) -> None:
    examples, image = stored(8, channels, *sides[:2]), Image(wanted, *sides[2:])
    if examples.images.shape[1:] == (wanted, sides[2] + 3, sides[3] + 3):
        return
    whole = fit_examples(examples, image, preparation).images
    late = read(examples, image, preparation)
    parts = [late.images[start : start + count] for start in range(0, 8, count)]
    assert torch.equal(torch.cat(parts), whole)


def test_a_limit_of_bytes_tells_which_are_kept() -> None:
    examples, image = stored(6, 1, 5, 5), Image(3, 8, 7)
    bytes_in_all = 6 * 3 * 11 * 10
    kept = read(examples, image, CROP, limit=bytes_in_all)
    assert isinstance(kept, Examples)
    assert torch.equal(kept.images, fit_examples(examples, image, CROP).images)
    assert isinstance(read(examples, image, CROP, limit=bytes_in_all - 1), FittedExamples)


@pytest.mark.parametrize(
    ("network", "count", "kind"),
    [("lenet5", 60_000, Examples), ("alexnet", 5461, Examples), ("alexnet", 5462, FittedExamples)],
)
def test_mnist_is_kept_for_lenet5_and_not_for_alexnet(
    network: str, count: int, kind: type[ReadExamples]
) -> None:
    # 5461 x 3 x 256 x 256 bytes are just below 1 GiB; what is kept is not fitted here.
    document, train = striate.load(network), load_source("mnist").train
    part = Examples(train.images[:count], train.labels[:count])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "fit_examples", lambda given, *_: given)
        fitted = fit_for_reading(part, document.sound_walk().input, document.preparation)
    assert isinstance(fitted, kind)


def test_what_needs_no_fitting_stays_the_same_object() -> None:
    images = stored(2, 3, 8, 9)
    assert read(images, Image(3, 8, 9), RESIZE) is images
    vectors = stored(4, 9)
    assert read(vectors, Features(9), Preparation()) is vectors


def test_misfits_are_named_before_anything_is_read() -> None:
    with pytest.raises(DataError) as caught:
        read(stored(2, 2, 8, 9), Image(3, 4, 4), RESIZE)
    assert "2 channels" in str(caught.value)


def test_images_in_a_file_are_read_from_it(tmp_path: Path) -> None:
    examples = stored(20, 1, 28, 28)
    np.save(tmp_path / "images.npy", examples.images.numpy())
    mapped = np.load(tmp_path / "images.npy", mmap_mode="c")
    late = read(Examples(torch.from_numpy(mapped), examples.labels), Image(3, 40, 40), CROP)
    whole = fit_examples(examples, Image(3, 40, 40), CROP).images
    assert torch.equal(late.images[7:12], whole[7:12])
    assert torch.equal(late.images[torch.tensor([19, 2])], whole[[19, 2]])


@pytest.mark.parametrize("subtract", ["channel-mean", "mean-image"])
def test_the_mean_and_the_axes_of_colors_are_the_same(
    subtract: Literal["channel-mean", "mean-image"], monkeypatch: pytest.MonkeyPatch
) -> None:
    examples, image = stored(50, 3, 13, 17), Image(3, 30, 30)
    preparation = Preparation(fit="crop", margin=5, subtract=subtract)
    whole = fit_examples(examples, image, preparation).images
    mean, axes = training_mean(whole, preparation), color_axes(whole)
    monkeypatch.setattr("striate.data.preprocessing.standardize._CHUNK", 20_000)
    monkeypatch.setattr("striate.augmentation.transforms.colors._CHUNK", 20_000)
    late = read(examples, image, preparation).images
    late_mean, late_axes = training_mean(late, preparation), color_axes(late)
    assert mean is not None
    assert late_mean is not None
    assert torch.equal(late_mean, mean)
    assert torch.equal(late_axes.directions, axes.directions)
    assert torch.equal(late_axes.deviations, axes.deviations)
