"""Whatever torch does with an `nn.Sequential` it does with a network, whether kernels were compiled or not."""

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import parametrizations, parametrize, prune
from torch.optim.swa_utils import AveragedModel
from torch.utils.checkpoint import checkpoint

import striate
from shaken_network import shaken
from striate import (
    Add,
    AveragePooling,
    BatchNormalization,
    Convolution,
    FullyConnected,
    Inception,
    Input,
    MaxPooling,
    RadialBasis,
    ResponseNormalization,
    Row,
    Sides,
    Subsampling,
    Table,
)
from striate.kernels import Kernel, small_network, straight_network
from striate.modules import Network, build


SEVERAL = Table(
    (
        Row("in", Input.image(2, 10, 10)),
        Row("C", Convolution(4, 3, padding=Sides(0, 2, 1, 1)), "ReLU"),
        Row("L", ResponseNormalization(3)),
        Row("P", MaxPooling(2, 2, "same")),
        Row("N", BatchNormalization(), "tanh"),
        Row("I", Inception(2, 2, 2, 1, 2, 2), "ReLU"),
        Row("D", Convolution(8, 3, padding="same"), reads=("N",)),
        Row("S", Add(), "ReLU", reads=("I", "D")),
        Row("A", AveragePooling(2)),
        Row("F", FullyConnected(6), "sigmoid"),
        Row("out", FullyConnected(4), "softmax"),
    )
)
SMOOTH = (  # whose slopes never jump
    Row("in", Input.image(1, 6, 6)),
    Row("C", Convolution(2, 3), "scaled tanh"),
    Row("S", Subsampling(2), "tanh"),
    Row("F", FullyConnected(3), "sigmoid"),
    Row("out", RadialBasis(3)),
)
NETWORKS: dict[str, Any] = {"lenet5": "lenet5", "mlp": "mlp", "several": SEVERAL}


@pytest.fixture(params=["kernels", "torch"], autouse=True)
def _with_and_without_kernels(
    request: pytest.FixtureRequest,
    compiled: Callable[[Kernel], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if request.param == "torch":
        monkeypatch.setenv("STRIATE_KERNELS", "off")
        return
    for kernel in (straight_network.KERNEL, small_network.KERNEL):
        compiled(kernel)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    made = shaken(build(NETWORKS[request.param]))
    striate.for_inference(made)(batch(made))  # whatever it compiles, the network stays as it is
    return made


def batch(network: Network, count: int = 4) -> Tensor:
    draws = torch.Generator().manual_seed(1)
    return torch.randn(count, *network.walk.input.axes, generator=draws)


def weights_of(network: Network) -> dict[str, Tensor]:
    return {name: one.detach() for name, one in network.state_dict().items()}


def _pickled(network: Network, examples: Tensor) -> Tensor:
    return pickle.loads(pickle.dumps(network))(examples)


def _copied(network: Network, examples: Tensor) -> Tensor:
    return copy.deepcopy(network)(examples)


def _doubled(network: Network, examples: Tensor) -> Tensor:
    return copy.deepcopy(network).double()(examples.double()).float()


def _emptied(network: Network, examples: Tensor) -> Tensor:
    empty = copy.deepcopy(network).to("meta").to_empty(device="cpu")
    empty.load_state_dict(network.state_dict())
    return empty(examples)


def _called_with_weights(network: Network, examples: Tensor) -> Tensor:
    return functional_call(network, weights_of(network), (examples,))


def _mapped(network: Network, examples: Tensor) -> Tensor:
    return torch.vmap(lambda one: network(one.unsqueeze(0)).squeeze(0))(examples)


def _mapped_over_weights(network: Network, examples: Tensor) -> Tensor:
    stacked = {name: torch.stack([one, one]) for name, one in weights_of(network).items()}
    both = torch.vmap(lambda one: functional_call(network, one, (examples,)))(stacked)
    assert torch.equal(both[0], both[1])
    return both[0]


def _symbolically_traced(network: Network, examples: Tensor) -> Tensor:
    return torch.fx.symbolic_trace(network)(examples)


def _exported(network: Network, examples: Tensor) -> Tensor:
    return torch.export.export(network, (examples,)).module()(examples)


def _traced(network: Network, examples: Tensor) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, and that torch would rather have others
        traced = torch.jit.trace(network, examples)  # type: ignore[no-untyped-call]
        return traced(examples)


def _checkpointed(network: Network, examples: Tensor) -> Tensor:
    return checkpoint(network, examples, use_reentrant=False)


def _averaged(network: Network, examples: Tensor) -> Tensor:
    return AveragedModel(network)(examples)


def _pruned_and_made_whole(network: Network, examples: Tensor) -> Tensor:
    twin = copy.deepcopy(network)
    for name, _ in list(twin.named_parameters()):
        module, _, kind = name.rpartition(".")
        if kind == "weight":
            prune.identity(twin.get_submodule(module), "weight")  # type: ignore[no-untyped-call]
    return twin(examples)


def _weight_normalized(network: Network, examples: Tensor) -> Tensor:
    twin = copy.deepcopy(network)
    for module in list(twin.modules()):
        if isinstance(module, nn.Conv2d | nn.Linear):
            parametrizations.weight_norm(module)
    given = twin(examples)
    assert any(parametrize.is_parametrized(module) for module in twin.modules())
    return given


TOOLS = [
    _pickled,
    _copied,
    _doubled,
    _emptied,
    _called_with_weights,
    _mapped,
    _mapped_over_weights,
    _symbolically_traced,
    _exported,
    _traced,
    _checkpointed,
    _averaged,
    _pruned_and_made_whole,
    _weight_normalized,
]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_gives_what_the_network_gives(
    network: Network, tool: Callable[[Network, Tensor], Tensor]
) -> None:
    examples = batch(network)
    expected = network(examples).detach()
    torch.testing.assert_close(tool(network, examples).detach(), expected, rtol=1e-4, atol=1e-4)
    assert torch.equal(network(examples), expected)


def test_all_hooks_of_all_rows_are_called(network: Network) -> None:
    called: set[tuple[str, str]] = set()
    for child, module in network.named_children():
        module.register_forward_pre_hook(lambda *_, child=child: called.add((child, "before")))
        module.register_forward_hook(lambda *_, child=child: called.add((child, "after")))
        module.register_full_backward_hook(lambda *_, child=child: called.add((child, "back")))
    network(batch(network).requires_grad_()).square().sum().backward()
    children = dict(network.named_children())
    assert called == {(child, when) for child in children for when in ("before", "after", "back")}


def test_gradients_have_gradients() -> None:
    network = shaken(build(Table(SMOOTH))).double()
    examples = batch(network, 2).double().requires_grad_()
    # Along a random direction: number by number it takes a hundred times as long.
    assert torch.autograd.gradgradcheck(network, examples, atol=1e-4, rtol=1e-3, fast_mode=True)


def test_full_layers_can_be_quantized(network: Network) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = torch.ao.quantization.quantize_dynamic(network, {nn.Linear}, torch.qint8)  # type: ignore[no-untyped-call]
        given, expected = small(batch(network)).detach(), network(batch(network)).detach()
    assert not any(type(module) is nn.Linear for module in small.modules())
    assert float((given - expected).norm()) < 0.2 * float(expected.norm())


def test_a_saved_state_is_strict(network: Network) -> None:
    state = network.state_dict()
    name = next(iter(state))
    assert network.load_state_dict(state, strict=True).missing_keys == []
    with pytest.raises(RuntimeError, match=name):
        network.load_state_dict({key: one for key, one in state.items() if key != name})
