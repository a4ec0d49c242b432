"""Rows that read all values below as one flat vector."""

import numpy as np
import pytest

from one_row import as_array, example, module_for, run
from striate.layers import Flatten, FullyConnected
from striate.shapes import Features, Image, Shape


@pytest.mark.parametrize("shape", [Features(6), Image(2, 1, 3)])
@pytest.mark.parametrize("has_bias", [True, False])
def test_a_fully_connected_row_weighs_every_value_below(shape: Shape, *, has_bias: bool) -> None:
    module = module_for(FullyConnected(4, has_bias), shape)
    state = {
        name.rpartition(".")[2]: as_array(values) for name, values in module.named_parameters()
    }
    assert {name: values.shape for name, values in state.items()} == (
        {"weight": (4, 6), "bias": (4,)} if has_bias else {"weight": (4, 6)}
    )
    values = example(shape)
    bias = state.get("bias", np.zeros(4))
    expected = [
        sum(weight * value for weight, value in zip(row, values.ravel(), strict=True)) + own
        for row, own in zip(state["weight"], bias, strict=True)
    ]
    np.testing.assert_allclose(run(module, values), expected, rtol=1e-12)


def test_flattening_reads_map_by_map_and_row_by_row() -> None:
    values = np.arange(12.0).reshape(2, 2, 3)
    assert run(module_for(Flatten(), Image(2, 2, 3)), values).tolist() == list(range(12))
