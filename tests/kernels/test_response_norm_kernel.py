"""The kernel of response normalisation beside the form in torch, and beside double precision."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from striate.kernels import Kernel
from striate.kernels.response_norm import KERNEL, does
from striate.layers import ResponseNormalization
from striate.runtime.rows import FasterResponseNorm


LAYERS = [
    ResponseNormalization(5, 0.5, 0.75, 2.0, is_divided=False),
    ResponseNormalization(5, 1e-4, 0.75, 1.0),
    ResponseNormalization(3, 0.5, 0.75, 1.0, groups=2),
    ResponseNormalization(9, 0.5, 0.75, 1.0),
    ResponseNormalization(1, 0.5, 0.75, 1.0),
]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def run(layer: ResponseNormalization, maps: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Give the values and the gradient."""
    maps = maps.detach().requires_grad_()
    out: Tensor = FasterResponseNorm(layer)(maps)
    out.backward(weights.to(out.dtype))  # type: ignore[no-untyped-call]
    assert maps.grad is not None
    return out.detach(), maps.grad


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("maps", [2, 6, 96])
@pytest.mark.parametrize("is_last", [False, True])
def test_it_is_the_form_in_torch_in_double_precision(
    layer: ResponseNormalization, maps: int, *, is_last: bool
) -> None:
    values, weights = 3 * drawn(2, maps, 5, 3), drawn(2, maps, 5, 3).flip(0)
    exact = run(layer, values.double(), weights)  # a width that the kernel does not know
    if is_last:
        values = values.to(memory_format=torch.channels_last)
    assert does(values, layer.beta)
    for one, other in zip(run(layer, values, weights), exact, strict=True):
        assert torch.allclose(one.double(), other, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("layer", LAYERS)
def test_of_bf16_it_rounds_the_exact_result(layer: ResponseNormalization) -> None:
    values, weights = (3 * drawn(2, 32, 5, 3)).bfloat16(), drawn(2, 32, 5, 3).flip(0).bfloat16()
    exact = run(layer, values.double(), weights)
    for one, other in zip(run(layer, values, weights), exact, strict=True):
        assert one.dtype == torch.bfloat16
        # Half of the last of 8 bits, and a little for sums in fp32.
        assert torch.allclose(one.double(), other, rtol=2**-8 * 1.01, atol=1e-6)


def test_the_number_of_threads_changes_nothing() -> None:
    values, weights = drawn(3, 96, 7, 7), drawn(3, 96, 7, 7).flip(0)
    threads = torch.get_num_threads()
    try:
        outcomes = []
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            outcomes.append(run(LAYERS[0], values, weights))
    finally:
        torch.set_num_threads(threads)
    for outcome in outcomes[1:]:
        assert all(torch.equal(one, other) for one, other in zip(outcome, outcomes[0], strict=True))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_what_is_not_finite_is_not_hidden(kind: torch.dtype) -> None:
    values = torch.zeros(1, 8, 1, 3, dtype=kind)
    values[0, 2, 0, 0] = torch.nan
    values[0, 2, 0, 1] = torch.inf
    out = FasterResponseNorm(LAYERS[1])(values)
    assert out[0, :, 0, 0].isnan().tolist() == [index < 5 for index in range(8)]
    assert out[0, 2, 0, 1].isnan()
    assert not out[0, :, 0, 2].any()


def test_it_leaves_alone_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    values = drawn(1, 4, 2, 2)
    assert does(values, 0.75)
    assert not does(values, 1.0)
    assert not does(values.double(), 0.75)
    assert not does(values.to("meta"), 0.75)
    assert not does(values[0], 0.75)
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    assert not does(values, 0.75)
