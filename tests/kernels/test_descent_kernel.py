"""The kernel of gradient descent and of Adam beside torch's steps, in double precision."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from striate.kernels import Kernel
from striate.kernels.descent import KERNEL, MOST_NUMBERS, suits
from striate.training.optimizers.one_call import SGD, Adam


RULES = [
    {"momentum": 0.0, "weight_decay": 0.0, "nesterov": False},
    {"momentum": 0.0, "weight_decay": 0.1, "nesterov": False},
    {"momentum": 0.9, "weight_decay": 0.1, "nesterov": False},
    {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def weights(kind: torch.dtype = torch.float32) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    drawn = [torch.randn(shape, generator=generator) for shape in ((3,), (4, 2, 3, 3), (5, 40))]
    drawn[1] = drawn[1].to(memory_format=torch.channels_last)
    return [nn.Parameter(one.to(kind)) for one in drawn]


def walk(optimizer: torch.optim.Optimizer, trained: list[nn.Parameter], steps: int = 4) -> None:
    """Go down a sum of powers; one parameter has no gradient in the second step."""
    for step in range(steps):
        optimizer.zero_grad()
        chosen = trained if step != 1 else trained[1:]
        torch.stack([(one - 1).pow(2).sum() for one in chosen]).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()


@pytest.mark.parametrize("rule", RULES)
def test_steps_are_those_of_torch_in_double_precision(rule: dict[str, float]) -> None:
    ours, theirs = weights(), weights(torch.float64)
    optimizer = SGD(ours, lr=0.1, fused=True, **rule)
    exact = torch.optim.SGD(theirs, lr=0.1, **rule)  # type: ignore[arg-type]
    walk(optimizer, ours)
    walk(exact, theirs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-6, atol=1e-6)
    kept, expected = (one.state_dict()["state"] for one in (optimizer, exact))
    assert {name: set(state) for name, state in kept.items() if state} == {
        name: set(state) for name, state in expected.items() if rule["momentum"]
    }


@pytest.mark.parametrize("is_decoupled", [False, True])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_of_adam_are_those_of_torch_in_double_precision(
    decay: float, *, is_decoupled: bool
) -> None:
    ours, theirs = weights(), weights(torch.float64)
    fields = {"lr": 0.1, "betas": (0.8, 0.99), "weight_decay": decay}
    optimizer = Adam(ours, fused=True, decoupled_weight_decay=is_decoupled, **fields)
    kind = torch.optim.AdamW if is_decoupled else torch.optim.Adam
    exact = kind(theirs, **fields)  # type: ignore[arg-type]
    walk(optimizer, ours, 6)
    walk(exact, theirs, 6)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-5, atol=1e-5)
    kept, expected = (one.state_dict()["state"] for one in (optimizer, exact))
    for index, state in kept.items():
        assert set(state) == set(expected[index])
        assert float(state["step"]) == float(expected[index]["step"])


@pytest.mark.parametrize(("first", "then"), [("on", "off"), ("off", "on")])
def test_adam_goes_on_from_what_torch_began(
    first: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcome(*switches: str) -> list[Tensor]:
        trained = weights()
        optimizer = Adam(trained, lr=0.1, fused=True, decoupled_weight_decay=True)
        for switch in switches:
            monkeypatch.setenv("STRIATE_KERNELS", switch)
            walk(optimizer, trained)
        return [one.detach() for one in trained]

    torch.testing.assert_close(outcome(first, then), outcome("off", "off"), rtol=1e-5, atol=1e-5)


def test_it_goes_on_from_what_torch_began(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[list[Tensor]] = []
    for first, then in (("on", "off"), ("off", "on"), ("off", "off")):
        trained = weights()
        optimizer = SGD(trained, lr=0.1, fused=True, **RULES[3])
        monkeypatch.setenv("STRIATE_KERNELS", first)
        walk(optimizer, trained)
        monkeypatch.setenv("STRIATE_KERNELS", then)
        walk(optimizer, trained)
        outcomes.append([one.detach() for one in trained])
    for outcome in outcomes[:2]:
        torch.testing.assert_close(outcome, outcomes[2], rtol=1e-5, atol=1e-6)


def test_which_networks_are_small() -> None:
    assert suits([torch.zeros(MOST_NUMBERS)])
    assert not suits([torch.zeros(MOST_NUMBERS), torch.zeros(1)])
    assert not suits([torch.zeros(3), torch.zeros(3, dtype=torch.float64)])
    assert not SGD([nn.Parameter(torch.zeros(3, dtype=torch.float64))], lr=0.1).is_small
