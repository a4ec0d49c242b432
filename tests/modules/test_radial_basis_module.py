"""LeNet-5's output: squared distances to fixed codes."""

import numpy as np
import pytest
import torch

import striate
from one_row import as_array, as_tensor, example, module_for, run
from plain_numpy import Array, slopes
from striate.layers import Codes, RadialBasis
from striate.modules import radial_basis
from striate.shapes import Features, Image


DRAWN = Codes((("##", ".."), ("#.", "#."), ("..", "##")))
VECTORS = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [-1, -1, 1, 1]], dtype=np.float64)


def distances(values: Array, codes: Array) -> Array:
    return np.array(
        [sum((x - w) ** 2 for x, w in zip(values, code, strict=True)) for code in codes]
    )


def lenet5_distances() -> radial_basis.RadialBasis:
    module = striate.build(striate.load("lenet5")).get_submodule("Output")
    assert isinstance(module, radial_basis.RadialBasis)
    return module


def test_distances_equal_the_direct_formula() -> None:
    values = example(Features(4))
    found = run(module_for(RadialBasis(3, DRAWN), Features(4)), values)
    np.testing.assert_allclose(found, distances(values, VECTORS), rtol=1e-12)


def test_the_gradients_of_distances_equal_central_differences() -> None:
    values, weighing = example(Features(4)), np.array([0.5, -2.0, 1.0])
    source = as_tensor(values)[None].requires_grad_()
    output = module_for(RadialBasis(3, DRAWN), Features(4))(source)
    (output[0] * as_tensor(weighing)).sum().backward()
    expected = slopes(lambda moved: float(distances(moved, VECTORS) @ weighing), values)
    assert source.grad is not None
    np.testing.assert_allclose(as_array(source.grad[0]), expected, rtol=1e-7, atol=1e-8)


def test_maps_are_compared_as_one_flat_vector() -> None:
    values = example(Image(1, 2, 2))
    found = run(module_for(RadialBasis(3, DRAWN), Image(1, 2, 2)), values)
    np.testing.assert_allclose(found, distances(values.ravel(), VECTORS), rtol=1e-12)


def test_each_code_has_distance_0_to_itself_and_4_a_cell_to_the_others() -> None:
    module = lenet5_distances()
    found = module(module.codes)
    cells = (module.codes[:, None] != module.codes).sum(dim=2)
    assert torch.equal(found, 4.0 * cells)
    assert (found.diagonal() == 0).all()


@pytest.mark.parametrize("apart", [1e-6, 1e-4, 1e-2, 1.0])
def test_distances_stay_close_to_the_direct_formula_near_a_code(apart: float) -> None:
    module = lenet5_distances()
    near = module.codes + apart * torch.randn(10, 84, generator=torch.Generator().manual_seed(0))
    direct = (near[:, None].double() - module.codes.double()).square().sum(dim=2)
    found = module(near).double()
    assert found.min() >= -1e-4
    assert (found - direct).abs().max() < 2e-4


def test_codes_are_kept_but_never_trained() -> None:
    module = module_for(RadialBasis(3, DRAWN), Features(4))
    assert not list(module.parameters())
    assert list(module.state_dict()) == ["codes"]
    np.testing.assert_array_equal(as_array(module.state_dict()["codes"]), VECTORS)
    module(torch.randn(2, 4, dtype=torch.float64, requires_grad=True)).sum().backward()
    assert module.get_buffer("codes").grad is None


def test_codes_that_are_not_drawn_in_the_document_are_saved_and_loaded() -> None:
    first, second = (module_for(RadialBasis(3), Features(9)) for _ in range(2))
    torch.nn.init.constant_(second.get_buffer("codes"), 0)
    second.load_state_dict(first.state_dict())
    assert torch.equal(second.get_buffer("codes"), first.get_buffer("codes"))
    assert first.get_buffer("codes").abs().eq(1).all()
