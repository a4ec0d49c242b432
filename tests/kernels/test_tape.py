"""Gradients along the tape beside those of torch's engine, and of double precision."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import Tensor

import striate
from shaken_network import shaken
from striate import Convolution, Dropout, FullyConnected, Input, MaxPooling, Row, Table
from striate.documents import Document, document_of
from striate.kernels import Kernel, convolution, full_chain, full_layer, lanes, subsampling, tape
from striate.modules import Network, build, is_of_small_rows, mean_loss_function
from striate.training.gradients import Backpropagation, Outcome


STRAIGHT = ["lenet5", "lenet5-softmax"]


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    layers = (lanes, convolution, subsampling, full_layer, full_chain)
    for kernel in (one.KERNEL for one in layers):
        compiled(kernel)


def batch(count: int) -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(4)
    images = torch.randn(count, 1, 32, 32, generator=draws)
    return images, torch.randint(0, 10, (count,), generator=draws)


def learnt(
    document: Document, network: Network, count: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Outcome, int]:
    """Find the gradients of a batch, and count the tapes that were gone back."""
    gone: list[object] = []
    go_back = tape.Tape.go_back

    def counted(one: tape.Tape, gradient: Tensor) -> None:
        gone.append(one)
        go_back(one, gradient)

    monkeypatch.setattr(tape.Tape, "go_back", counted)
    return Backpropagation(network, document.recipe, torch.device("cpu"))(*batch(count)), len(gone)


@pytest.mark.parametrize("name", STRAIGHT)
@pytest.mark.parametrize("count", [16, 50])
def test_gradients_are_those_of_double_precision(
    name: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = striate.load(name)
    network = shaken(build(document))
    exact = deepcopy(network).double()
    outcome, tapes = learnt(document, network, count, monkeypatch)
    assert tapes == 1
    images, labels = batch(count)
    outputs = exact(images.double())
    loss = mean_loss_function(document.recipe)(outputs, labels)
    loss.backward()  # type: ignore[no-untyped-call]
    assert outcome.loss == outcome.own_loss == pytest.approx(float(loss.detach()), rel=1e-5)
    nearest = outputs.argmin(1) if name == "lenet5" else outputs.argmax(1)
    assert outcome.errors == int((nearest != labels).sum())
    for one, other in zip(network.parameters(), exact.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert float((one.grad - other.grad).norm()) < 1e-5 * float(other.grad.norm())


def test_a_batch_too_small_for_the_kernels_goes_by_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = striate.load("lenet5")
    network = shaken(build(document))
    _, tapes = learnt(document, network, 15, monkeypatch)
    assert tapes == 0
    assert all(one.grad is not None for one in network.parameters())


def test_a_parameter_that_no_kernel_met_sends_all_by_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = striate.load("lenet5-softmax")
    network = shaken(build(document))
    monkeypatch.setattr(full_layer, "does", lambda _: False)
    _, tapes = learnt(document, network, 16, monkeypatch)
    assert tapes == 0
    assert all(one.grad is not None for one in network.parameters())


def test_only_networks_without_other_rows_are_straight() -> None:
    assert all(is_of_small_rows(build(striate.load(name))) for name in STRAIGHT)
    first = (Row("in", Input.image(1, 12, 12)), Row("C", Convolution(3, 5), "ReLU"))
    last = Row("out", FullyConnected(4), "softmax")
    assert is_of_small_rows(build(document_of(Table((*first, last)))))
    for row in (Row("D", Dropout(0.5)), Row("P", MaxPooling(2))):
        assert not is_of_small_rows(build(document_of(Table((*first, row, last)))))
    for other in ("googlenet", "text-cnn", "fashion-cnn"):
        assert not is_of_small_rows(build(striate.load(other)))


def test_the_network_itself_can_still_be_differentiated() -> None:
    document = striate.load("lenet5")
    network = shaken(build(document))
    gradients = Backpropagation(network, document.recipe, torch.device("cpu"))
    images, labels = batch(16)
    gradients(images, labels)
    images.requires_grad_()
    (of_images,) = torch.autograd.grad(network(images).sum(), images)
    assert float(of_images.abs().sum()) > 0
    assert not tape.is_written()


def test_an_error_on_the_way_ends_the_tape() -> None:
    network = build(striate.load("lenet5"))
    gradients = Backpropagation(network, striate.load("lenet5").recipe, torch.device("cpu"))
    with pytest.raises(RuntimeError):
        gradients(torch.zeros(16, 1, 12, 12), torch.zeros(16, dtype=torch.int64))
    assert not tape.is_written()


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("lenet5", (1, 29, 29)),  # too small for C5
        ("lenet5", (1, 36, 36)),  # too large for F6
        ("lenet5-softmax", (2, 32, 32)),
        ("mlp", (1,)),
        ("mlp", (3,)),
    ],
)
def test_examples_of_another_size_end_in_an_error_and_not_in_foreign_memory(
    name: str, axes: tuple[int, ...]
) -> None:
    with pytest.raises(RuntimeError):
        build(striate.load(name))(torch.zeros(16, *axes))


def test_maps_of_another_size_are_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    network = shaken(build(striate.load("lenet5")))
    images = torch.randn(16, 1, 35, 35, generator=torch.Generator().manual_seed(1))
    found = network(images)
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    torch.testing.assert_close(found, network(images), rtol=1e-4, atol=1e-4)


def test_in_bf16_nothing_is_written() -> None:
    document = striate.load("lenet5")
    recipe = replace(document.recipe, precision="bf16")
    gradients = Backpropagation(build(document), recipe, torch.device("cpu"))
    assert not gradients.is_straight
