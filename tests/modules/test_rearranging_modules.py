"""Rows that take, cut, shuffle and scale maps, beside plain numpy and torch's own functions."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

from one_row import module_for
from strategies import crops, images, shuffles, slices
from striate.errors import LayerError
from striate.layers import ChannelShuffle, Cropping, Layer, Scaling, Sides, Slice
from striate.shapes import Features, Image, Shape


def values_on(layer: Layer, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Some values, and what a layer makes of them."""
    values = torch.arange(2 * shape.elements, dtype=torch.float32).reshape(2, *shape.axes)
    with torch.no_grad():
        made = module_for(layer, shape).eval()(values)
    assert tuple(made.shape[1:]) == layer.output(shape).axes  # type: ignore[call-arg]
    return values.numpy(), made.numpy()


@given(images(), st.data())
def test_slices_and_crops_are_those_of_numpy(image: Image, data: st.DataObject) -> None:
    part = data.draw(slices(image))
    values, made = values_on(part, image)
    assert np.array_equal(made, values[:, part.first :][:, : part.maps])
    crop = data.draw(crops(image))
    values, made = values_on(crop, image)
    sides = crop.sides
    rows = range(sides.top, image.height - sides.bottom)
    columns = range(sides.left, image.width - sides.right)
    assert np.array_equal(made, values[:, :, rows][..., columns])


@given(images(), st.data())
def test_a_shuffle_is_that_of_torch_and_of_the_paper(image: Image, data: st.DataObject) -> None:
    layer = data.draw(shuffles(image))
    values, made = values_on(layer, image)
    theirs = torch.nn.ChannelShuffle(layer.groups)(torch.from_numpy(values))
    assert np.array_equal(made, theirs.numpy())
    length = image.channels // layer.groups
    order = [group * length + at for at in range(length) for group in range(layer.groups)]
    assert np.array_equal(made, values[:, order])


def test_a_scale_multiplies_and_adds_and_a_trained_one_counts_a_factor_a_map() -> None:
    image = Image(3, 2, 2)
    values, made = values_on(Scaling(0.5, 1.0), image)
    assert np.allclose(made, values / 2 + 1)
    values, made = values_on(Scaling(0.25, is_trained=True), image)
    assert np.allclose(made, values / 4)
    module = module_for(Scaling(is_trained=True), image)
    assert sum(one.numel() for one in module.parameters()) == 3
    assert Scaling(is_trained=True).cost(image).parameters == 3
    assert Scaling(is_trained=True).cost(Features(7)).parameters == 7
    assert Scaling(2).cost(image).parameters == 0


@pytest.mark.parametrize(
    ("make", "came"),
    [
        (lambda: Slice(0, -1), ["maps is 0.", "first is -1."]),
        (lambda: Slice(3, 2).output(Image(4, 5, 5)), ["it takes 3 from 2 on, and 4 come in."]),
        (lambda: Cropping("same"), ["padding is same."]),
        (
            lambda: Cropping(Sides(2, 3, 0, 1)).output(Image(1, 5, 5)),
            ["5 cells are cut off from 5."],
        ),
        (lambda: ChannelShuffle(0), ["groups is 0."]),
        (lambda: ChannelShuffle(3).output(Image(4, 5, 5)), ["3 groups on 4 maps."]),
        (lambda: Scaling(float("inf")), ["factor is inf."]),
        (lambda: Scaling(1, 2, is_trained=True), ["offset is 2."]),
    ],
)
def test_impossible_numbers_are_named(make: object, came: list[str]) -> None:
    with pytest.raises(LayerError) as caught:
        make()  # type: ignore[operator]
    assert [fault.came for fault in caught.value.faults] == came
