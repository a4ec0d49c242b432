"""Values and gradients of a function of tensors, for tests that hold two forms of it together."""

from collections.abc import Callable

import torch
from torch import Tensor


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def values_and_gradients(
    function: Callable[..., Tensor], *tensors: Tensor | None
) -> tuple[Tensor, ...]:
    """Give what comes out, and the gradient of every tensor by a weighted sum of it."""
    fresh = [one if one is None else one.detach().requires_grad_() for one in tensors]
    out = function(*fresh)
    weights = drawn(*out.shape, seed=1).to(out.dtype)
    out.backward(weights)  # type: ignore[no-untyped-call]
    return (out.detach(), *(one.grad for one in fresh if one is not None and one.grad is not None))


def assert_close(ones: tuple[Tensor, ...], exact: tuple[Tensor, ...], share: float = 2e-6) -> None:
    """Compare with double precision, by a share of the largest number of each tensor."""
    for one, other in zip(ones, exact, strict=True):
        assert one.dtype == torch.float32
        assert one.shape == other.shape
        assert float((one.double() - other).abs().max()) <= share * float(other.abs().max()) + 1e-30


def with_threads(number: int, do: Callable[[], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Do something with a number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        return do()
    finally:
        torch.set_num_threads(before)
