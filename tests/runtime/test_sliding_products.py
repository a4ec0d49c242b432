"""Kernels as wide as their map, beside torch's convolution, forward and backward."""

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor, nn
from torch.nn import functional

from one_row import module_for
from striate.arithmetic import walk
from striate.layers import Convolution, Input
from striate.layers.windows import Sides
from striate.modules.rows import module_of, padding_of
from striate.runtime.learning_rows import SlidingConvolution, is_full_width
from striate.runtime.sliding import SlidingProducts, _distinct
from striate.shapes import Image
from striate.table import Row, Table


def by_torch(lines: Tensor, kernels: Tensor) -> Tensor:
    return functional.conv2d(lines.unsqueeze(1), kernels.unsqueeze(1)).squeeze(3).transpose(1, 2)


@given(
    batch=st.integers(1, 3),
    more=st.integers(0, 6),
    reach=st.integers(1, 4),
    maps=st.integers(1, 3),
    width=st.integers(1, 5),
    is_sparse=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_sums_and_gradients_are_those_of_torchs_convolution(
    *, batch: int, more: int, reach: int, maps: int, width: int, is_sparse: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    lines, kernels, weights = (
        torch.randn(size, dtype=torch.float64, generator=generator)
        for size in ((batch, reach + more, width), (maps, reach, width), (batch, more + 1, maps))
    )
    lines[torch.rand(lines.shape[:2], generator=generator) < 0.5] = 0
    if is_sparse:
        weights[torch.rand(weights.shape, generator=generator) < 0.95] = 0
    outcomes = []
    for function in (SlidingProducts.apply, by_torch):
        inputs = [one.clone().requires_grad_() for one in (lines, kernels)]
        sums = function(*inputs)
        outcomes.append((sums.detach(), *torch.autograd.grad((sums * weights).sum(), inputs)))
    for ours, theirs in zip(*outcomes, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_equal_lines_are_found() -> None:
    drawn = torch.randint(0, 2, (200, 3), generator=torch.Generator().manual_seed(0)).float()
    drawn[:, 0] = drawn[:, 0] * drawn[:, 1]  # lines that begin alike and differ
    distinct, numbers = _distinct(drawn)
    assert torch.equal(distinct[numbers], drawn)
    assert len(torch.unique(drawn, dim=0)) <= len(distinct) <= len(drawn)
    repeated = torch.randn(7, 3).repeat(5, 1)
    assert len(_distinct(repeated)[0]) == 7
    assert [len(one) for one in _distinct(drawn[:0])] == [0, 0]
    sums = SlidingProducts.apply(torch.zeros(2, 5, 3), torch.ones(4, 2, 3))  # type: ignore[no-untyped-call]
    assert not sums.any()


def test_only_what_is_asked_for_is_computed() -> None:
    lines, kernels = torch.randn(2, 5, 3), torch.randn(4, 2, 3, requires_grad=True)
    SlidingProducts.apply(lines, kernels).amax(1).sum().backward()  # type: ignore[no-untyped-call]
    assert kernels.grad is not None
    fixed = kernels.detach()
    lines.requires_grad_()
    SlidingProducts.apply(lines, fixed).sum().backward()  # type: ignore[no-untyped-call]
    assert lines.grad is not None


@pytest.mark.parametrize(
    ("layer", "image", "is_wide"),
    [
        (Convolution(2, (3, 5)), Image(1, 8, 5), True),
        (Convolution(2, (3, 5), padding=Sides(2, 1, 0, 0)), Image(1, 8, 5), True),
        (Convolution(2, (3, 5), has_bias=False), Image(1, 3, 5), True),
        (Convolution(2, (3, 4)), Image(1, 8, 5), False),
        (Convolution(2, (3, 5), stride=2), Image(1, 8, 5), False),
        (Convolution(2, (3, 5), padding=1), Image(1, 8, 5), False),
        (Convolution(2, (3, 5)), Image(2, 8, 5), False),
        (Convolution(2, (3, 1)), Image(1, 8, 1), False),
        (Convolution(2, (2, 5), dilation=(2, 1)), Image(1, 8, 5), False),
    ],
)
def test_a_wide_kernel_gives_what_torch_gives(
    layer: Convolution, image: Image, *, is_wide: bool
) -> None:
    assert is_full_width(layer, image) == is_wide
    if is_wide:
        report = walk(Table((Row("in", Input(image)), Row("C", layer)))).reports[1]
        module = module_of(report, None).double()
        assert isinstance(module, nn.Conv2d)
        sliding, plain = SlidingConvolution(module, padding_of(report)), module_for(layer, image)
        (plain[-1] if isinstance(plain, nn.Sequential) else plain).load_state_dict(
            module.state_dict()
        )
        maps = torch.randn(3, *image.axes, dtype=torch.float64)
        torch.testing.assert_close(sliding(maps), plain(maps))
