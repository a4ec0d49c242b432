"""A form is used while its network is what it was made from; otherwise the plain network runs, and a line says why."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize, prune

from shaken_network import shaken
from striate import (
    AveragePooling,
    BatchNormalization,
    Convolution,
    Dropout,
    FullyConnected,
    Input,
    MaxPooling,
    RadialBasis,
    Row,
    Subsampling,
    Table,
    build,
)
from striate.errors.runtime import runs_plainly
from striate.kernels import Kernel, small_network, straight_network
from striate.layers import LeakyReLU
from striate.modules import Network
from striate.recipe import Recipe
from striate.runtime import InferenceForm, TrainingForm
from striate.runtime.guard import SlowerWarning
from striate.runtime.inference import PlainNetwork


CHAIN = (
    Row("in", Input.features(3)),
    Row("H", FullyConnected(5), "ReLU"),
    Row("out", FullyConnected(4), "softmax"),
)
STRAIGHT = (
    Row("in", Input.image(1, 9, 9)),
    Row("C", Convolution(3, 4), "scaled tanh"),
    Row("S", Subsampling(2), "tanh"),
    Row("out", RadialBasis(4)),
)
LARGE = (
    Row("in", Input.image(2, 12, 12)),
    Row("C", Convolution(8, 3, padding="same")),
    Row("N", BatchNormalization(), "ReLU"),
    Row("P", MaxPooling(2)),
    Row("D", Dropout(0.5)),
    Row("F", FullyConnected(6), "ReLU"),
    Row("out", FullyConnected(4), "softmax"),
)
TABLES = {"chain": CHAIN, "straight": STRAIGHT, "large": LARGE}


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


@pytest.fixture(params=TABLES)
def network(request: pytest.FixtureRequest) -> Network:
    made = shaken(build(Table(TABLES[request.param])))
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d) and module.running_mean is not None:
            module.running_mean.normal_(generator=torch.Generator().manual_seed(3))
    return made


def first(network: Network) -> nn.Module:
    return network.get_submodule(network.steps[0].child)


def batch(network: Network, count: int = 5) -> Tensor:
    draws = torch.Generator().manual_seed(1)
    return torch.randn(count, *network.walk.input.axes, generator=draws)


def recipe_of(network: Network) -> Recipe:
    return Recipe(loss="map" if network.ending == "distances" else "cross-entropy")


def read(network: Network, examples: Tensor) -> Tensor:
    with torch.no_grad():
        return copy.deepcopy(network).eval()(examples)


def assert_reads(form: InferenceForm, examples: Tensor) -> None:
    torch.testing.assert_close(form(examples), read(form.network, examples), rtol=1e-4, atol=1e-4)


def _hooked(network: Network) -> str:
    first(network).register_forward_hook(lambda *given: 2 * given[-1])
    return "has hooks"


def _hooked_before(network: Network) -> str:
    first(network).register_forward_pre_hook(lambda *given: (3 * given[-1][0],))
    return "has hooks"


def _replaced(network: Network) -> str:
    child = network.steps[0].child
    setattr(network, child, nn.Sequential(getattr(network, child), nn.Tanh()))
    return "it was built with"


def _replaced_function(network: Network) -> str:
    name = next(step.children[-1] for step in network.steps if step.function)
    setattr(network, name, nn.Softsign())
    return "it was built with"


def _parametrized(network: Network) -> str:
    parametrize.register_parametrization(first(network), "weight", nn.Softplus())
    return "it was built with"


def _pruned(network: Network) -> str:
    prune.l1_unstructured(first(network), "weight", 0.5)  # type: ignore[no-untyped-call]
    return "has hooks"


def _patched(network: Network) -> str:
    module = first(network)
    forward = module.forward
    module.forward = lambda *given: forward(*given) + 1
    return "has another forward"


def _of_a_class_of_the_same_name(network: Network) -> str:
    kind = type(first(network))

    def forward(module: nn.Module, *given: Tensor) -> Tensor:
        return 2 * kind.forward(module, *given)

    first(network).__class__ = type(kind.__name__, (kind,), {"forward": forward})
    return f"is of another class that is called {kind.__name__}, too"


def _of_a_class_of_its_own(network: Network) -> str:
    def forward(module: Network, examples: Tensor) -> Tensor:
        return 2 * Network.forward(module, examples)

    network.__class__ = type("Louder", (Network,), {"forward": forward})
    return "it is a Louder, which may run its rows in a way of its own"


CHANGES = [
    _hooked,
    _hooked_before,
    _replaced,
    _replaced_function,
    _parametrized,
    _pruned,
    _patched,
    _of_a_class_of_the_same_name,
    _of_a_class_of_its_own,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("is_before", [True, False])
def test_a_changed_network_is_run_as_it_is_now(
    network: Network, change: Callable[[Network], str], *, is_before: bool
) -> None:
    examples = batch(network)
    if is_before:
        reason = change(network)
        form = InferenceForm(network, "fp32")
    else:
        form = InferenceForm(network, "fp32")
        assert_reads(form, examples)
        reason = change(network)
    with pytest.warns(SlowerWarning, match=reason):
        given = form(examples)
    assert torch.equal(given, read(network, examples))
    assert_reads(form, examples)  # and it is said once


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_network_learns_as_it_is_now(
    network: Network, change: Callable[[Network], str]
) -> None:
    form, labels = TrainingForm(network, recipe_of(network)), torch.tensor([0, 1, 2, 3, 0])
    form.backward(batch(network), labels)
    reason = change(network)
    with pytest.warns(SlowerWarning, match=reason):
        outcome = form.backward(batch(network), labels)
    found = {name: one.grad for name, one in network.named_parameters()}
    assert all(one is not None for one in found.values())
    network.zero_grad()
    expected = form.loss_of(network(batch(network)), labels)
    expected.backward()  # type: ignore[no-untyped-call]
    assert outcome.loss == pytest.approx(float(expected.detach()), rel=1e-6)
    for name, one in network.named_parameters():
        torch.testing.assert_close(found[name], one.grad)


OPTIONS: dict[str, tuple[tuple[Row, ...], str, object, str]] = {
    "eps of a normalisation": (LARGE, "N.eps", 0.5, r"built with \(N\).*and has"),
    "slope of a leaky ReLU": (
        (*STRAIGHT[:1], Row("C", Convolution(3, 4), LeakyReLU(0.1)), *STRAIGHT[2:]),
        "C_LeakyReLU.negative_slope",
        0.7,
        "built with",
    ),
    "kernel of a pooling": (LARGE[:4] + LARGE[5:], "P.kernel_size", 1, "built with"),
    "what torch does not show": (
        (
            Row("in", Input.image(1, 8, 8)),
            Row("A", AveragePooling(2, padding=1, divisor="inside")),
            Row("out", FullyConnected(4), "softmax"),
        ),
        "A.count_include_pad",
        True,
        "A.count_include_pad was False and is True",
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
@pytest.mark.parametrize("learns", [False, True])
def test_a_changed_option_is_seen(case: str, *, learns: bool) -> None:
    rows, option, value, says = OPTIONS[case]
    module, _, name = option.partition(".")
    network = shaken(build(Table(rows))).eval()
    examples, labels = batch(network), torch.tensor([0, 1, 2, 3, 0])
    form = InferenceForm(network, "fp32")
    learning = TrainingForm(network, recipe_of(network))

    def outcome() -> Tensor:
        return torch.tensor(learning.backward(examples, labels).loss) if learns else form(examples)

    before = outcome()
    setattr(network.get_submodule(module), name, value)
    with pytest.warns(SlowerWarning, match=says):
        after = outcome()
    expected = network(examples)
    expected = learning.loss_of(expected, labels) if learns else expected
    torch.testing.assert_close(after, expected.detach())
    assert not torch.equal(after, before)


def test_an_attribute_more_is_no_change(network: Network) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    kind = type(form.now())
    first(network).note = "seen by nobody"  # type: ignore[assignment]
    assert_reads(form, examples)
    assert type(form.now()) is kind


def test_a_default_device_is_no_reason_to_be_slower(network: Network) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    with torch.device("cpu"):
        assert_reads(form, examples)
        assert type(form.now()) is not PlainNetwork


def test_hooks_of_all_modules_are_seen(network: Network) -> None:
    form, seen = InferenceForm(network, "fp32"), []
    form(batch(network))
    hook = nn.modules.module.register_module_forward_hook(lambda module, *_: seen.append(module))
    try:
        with pytest.warns(SlowerWarning, match="torch has hooks for all modules"):
            form(batch(network))
    finally:
        hook.remove()
    assert {type(module) for module in seen} >= {type(first(network)), Network}
    count = len(seen)
    form(batch(network))
    assert len(seen) == count


def test_a_hook_taken_away_gives_the_speed_back(network: Network) -> None:
    form = InferenceForm(network, "fp32")
    fast = type(form.now())
    handle = first(network).register_forward_hook(lambda *_: None)
    with pytest.warns(SlowerWarning):
        assert type(form.now()) is not fast
    handle.remove()
    assert type(form.now()) is fast


STEPS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "Adam": lambda weights: torch.optim.Adam(weights, lr=0.1),
    "fused Adam": lambda weights: torch.optim.Adam(weights, lr=0.1, fused=True),
    "fused SGD": lambda weights: torch.optim.SGD(weights, lr=0.5, fused=True),
    "foreach AdamW": lambda weights: torch.optim.AdamW(weights, lr=0.1, foreach=True),
    "RMSprop": lambda weights: torch.optim.RMSprop(weights, lr=0.1),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_any_optimizer_is_seen(network: Network, name: str) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    before = form(examples)
    optimizer = STEPS[name](network.parameters())
    network(examples).square().mean().backward()
    optimizer.step()
    assert not torch.allclose(form(examples), before, atol=1e-3)
    assert_reads(form, examples)


def test_what_is_written_through_data_is_seen_after_a_refresh(network: Network) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    form(examples)
    for values in network.parameters():
        values.data.mul_(1.5)
    form.refresh()
    assert_reads(form, examples)


def test_a_form_never_changes_its_network(network: Network) -> None:
    network.train()
    frozen = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for module in frozen:
        module.eval()
    modes = [module.training for module in network.modules()]
    state = {name: one.clone() for name, one in network.state_dict().items()}
    form = InferenceForm(network, "fp32")
    assert_reads(form, batch(network))
    handle = first(network).register_forward_hook(lambda *_: None)
    with pytest.warns(SlowerWarning):
        assert_reads(form, batch(network))
    handle.remove()
    assert_reads(form, batch(network))
    assert [module.training for module in network.modules()] == modes
    for name, one in network.state_dict().items():
        assert torch.equal(one, state[name])


@pytest.mark.parametrize("is_weight", [True, False])
def test_what_is_not_a_number_is_not_hidden(network: Network, *, is_weight: bool) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    assert not form(examples).isnan().any()
    if is_weight:
        with torch.no_grad():
            next(network.parameters()).fill_(torch.nan)
    else:
        examples[2] = torch.nan
    rows = slice(None) if is_weight else 2
    assert form(examples)[rows].isnan().all()
    labels = torch.tensor([0, 1, 2, 3, 0])
    outcome = TrainingForm(network, recipe_of(network)).backward(examples, labels)
    assert outcome.loss != outcome.loss


@pytest.mark.parametrize("number", [torch.float64, torch.float16, torch.bfloat16])
def test_other_widths_are_read_by_torch(network: Network, number: torch.dtype) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    expected = form(examples)
    network.to(number)
    with pytest.warns(SlowerWarning, match=str(number)):
        given = form(examples)
    assert given.dtype == torch.promote_types(number, torch.float32)
    tolerance = 1e-4 if number == torch.float64 else 0.1
    size = float(expected.abs().max())
    torch.testing.assert_close(given.float(), expected, rtol=tolerance, atol=tolerance * size)


def test_frozen_rows_get_no_gradient(network: Network) -> None:
    form, labels = TrainingForm(network, recipe_of(network)), torch.tensor([0, 1, 2, 3, 0])
    form.backward(batch(network), labels)
    for values in network.parameters():
        values.grad = None
    for values in first(network).parameters():
        values.requires_grad = False
    form.backward(batch(network), labels)
    for name, values in network.named_parameters():
        assert (values.grad is None) == name.startswith(f"{network.steps[0].child}.")


def test_forms_are_copied_with_a_network_of_their_own(network: Network) -> None:
    examples = batch(network)
    for form in (InferenceForm(network, "fp32"), TrainingForm(network, Recipe())):
        before = form(examples)
        for twin in (copy.deepcopy(form), pickle.loads(pickle.dumps(form))):
            assert twin.network is not network
            torch.testing.assert_close(twin(examples), before)
            with torch.no_grad():
                next(twin.network.parameters()).add_(1)
            torch.testing.assert_close(form(examples), before)


def test_transformed_functions_run_the_plain_network(network: Network) -> None:
    form, examples = InferenceForm(network, "fp32"), batch(network)
    expected = form(examples)
    one_by_one = torch.vmap(lambda one: form(one.unsqueeze(0)).squeeze(0), randomness="same")
    torch.testing.assert_close(one_by_one(examples), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(form(examples), expected)


def test_the_line_says_why() -> None:
    assert runs_plainly("C1 has hooks") == (
        "The network runs as torch alone runs it, which is slower: C1 has hooks."
    )
