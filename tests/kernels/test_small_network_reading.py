"""From stored bytes to named classes in one call of a kernel, beside torch step by step."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

import striate
from shaken_network import shaken, shaken_shipped
from striate.documents import document_of
from striate.kernels import Kernel
from striate.kernels.small_network import KERNEL
from striate.layers import FullyConnected, Input
from striate.modules import Network, build
from striate.prediction.views import Reader
from striate.preparation import Preparation, Subtract
from striate.recipe import Recipe
from striate.runtime import InferenceForm, Reading, SmallNetwork
from striate.shapes import Image, Words
from striate.table import Row, Table


@pytest.fixture(autouse=True)
def ready(compiled: Callable[[Kernel], None]) -> None:
    compiled(KERNEL)


def both(
    network: Network,
    stored: Tensor,
    monkeypatch: pytest.MonkeyPatch,
    preparation: Preparation | None = None,
    mean: Tensor | None = None,
) -> tuple[Reading, Reading]:
    """Read by the kernel and by torch."""
    form, recipe = InferenceForm(network, "fp32"), Recipe(map_constant=0.7)
    read = Reader(form, preparation or Preparation(low=-0.1, high=1.175), recipe, mean)
    ours = read(stored)
    is_finite = all(one.isfinite().all() for one in network.parameters())
    assert isinstance(form.now(), SmallNetwork) == is_finite
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    form.refresh()
    expected = read(stored)
    assert not isinstance(form.now(), SmallNetwork)
    return ours, expected


def assert_same(ours: Reading, expected: Reading) -> None:
    torch.testing.assert_close(ours.outputs, expected.outputs, rtol=1e-5, atol=1e-5, equal_nan=True)
    torch.testing.assert_close(ours.chances, expected.chances, rtol=1e-5, atol=1e-6, equal_nan=True)
    assert torch.equal(ours.classes, expected.classes)


@pytest.mark.parametrize("name", ["lenet5", "lenet5-softmax", "mlp", "text-cnn"])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 15, 16, 17, 100])
def test_shipped_networks_say_the_same(
    name: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = shaken_shipped(name)
    shape, draws = network.walk.input, torch.Generator().manual_seed(2)
    if isinstance(shape, Words):
        count = min(count, 20)
        stored = torch.randint(0, 99, (count, shape.count), dtype=torch.int32, generator=draws)
    else:
        stored = torch.randint(0, 256, (count, *shape.axes), dtype=torch.uint8, generator=draws)
    assert_same(*both(network, stored, monkeypatch))


@pytest.mark.parametrize("subtract", ["nothing", "channel-mean", "mean-image"])
@pytest.mark.parametrize("margin", [0, 3])
def test_a_mean_and_a_margin_are_taken_off(
    subtract: Subtract, margin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (Row("in", Input.image(3, 5, 4)), Row("out", FullyConnected(6), "softmax"))
    network = shaken(build(document_of(Table(rows))))
    draws = torch.Generator().manual_seed(3)
    size = (7, 3, 5 + margin, 4 + margin)
    stored = torch.randint(0, 256, size, dtype=torch.uint8, generator=draws)
    axes = {"nothing": None, "channel-mean": (3, 1, 1), "mean-image": (3, 5, 4)}[subtract]
    mean = None if axes is None else 255 * torch.rand(axes, generator=draws)
    preparation = replace(Preparation(low=-1, high=1, margin=margin), subtract=subtract)
    assert_same(*both(network, stored, monkeypatch, preparation, mean))


@pytest.mark.parametrize(
    "scores",
    [
        [1.0, 3.0, 2.0, 3.0],
        [5.0, 5.0, 5.0, 5.0],
        [0.0, -0.0, 200.0, 199.0],
        [-1e30, 2.0, float("nan"), 7.0],
    ],
)
def test_classes_are_in_the_order_of_torch(
    scores: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (Row("in", Input(Image(1, 1, 1))), Row("out", FullyConnected(len(scores)), "softmax"))
    network = build(document_of(Table(rows)))
    with torch.no_grad():
        network.out.weight.zero_()  # type: ignore[union-attr, operator]
        network.out.bias.copy_(torch.tensor(scores))  # type: ignore[union-attr, operator]
    stored = torch.zeros(2, 1, 1, 1, dtype=torch.uint8)
    assert_same(*both(network, stored, monkeypatch))


def test_far_from_every_code_the_nearest_is_still_named(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(striate.load("lenet5"))
    with torch.no_grad():
        network.Output.codes.mul_(20)  # type: ignore[union-attr, operator]
    stored = torch.zeros(1, 1, 32, 32, dtype=torch.uint8)
    ours, expected = both(network, stored, monkeypatch)
    assert float(ours.chances.sum()) == 0
    assert_same(ours, expected)


def test_images_of_another_size_are_refused() -> None:
    network = build(striate.load("lenet5"))
    read = Reader(InferenceForm(network), Preparation(), Recipe())
    with pytest.raises(ValueError, match=r"\(1, 28, 28\) .* reads \(1, 32, 32\)"):
        read(torch.zeros(2, 1, 28, 28, dtype=torch.uint8))


def test_new_weights_are_seen() -> None:
    network = shaken(build(striate.load("lenet5")))
    read = Reader(InferenceForm(network), Preparation(), Recipe())
    stored = torch.full((1, 1, 32, 32), 200, dtype=torch.uint8)
    before = read(stored).outputs
    with torch.no_grad():
        network.C1.weight.mul_(0.5)  # type: ignore[union-attr, operator]
    assert not torch.equal(read(stored).outputs, before)
