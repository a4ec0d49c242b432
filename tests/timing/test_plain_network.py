"""The same networks twice: built by Striate, and of torch's own layers."""

from typing import get_args

import pytest
import torch
from torch import Tensor

import striate
from striate.errors import TimingError
from striate.modules import loss_function
from striate.recipe import Optimizer
from striate.shapes import Words
from striate.timing.plain_network import PlainNetwork, criterion_of, optimizer_of
from striate.training import optimizers


NETWORKS = ["lenet5", "lenet5-softmax", "fashion-cnn", "alexnet", "googlenet", "mlp", "text-cnn"]


def both(name: str) -> tuple[striate.Document, striate.Network, PlainNetwork, Tensor]:
    """Build a network twice with the same numbers, and give it something to read."""
    document = striate.load(name)
    walk = document.sound_walk()
    torch.manual_seed(0)
    network, plain = striate.build(document), PlainNetwork(walk)
    with torch.no_grad():
        for values in network.parameters():
            values.normal_(0, 0.05)
    plain.load(network.state_dict())
    if isinstance(walk.input, Words):
        inputs = torch.randint(0, 50, (3, walk.input.count), dtype=torch.int32)
    else:
        inputs = torch.rand(3, *walk.input.axes)
    return document, network, plain, inputs


@pytest.mark.parametrize("name", [*NETWORKS, "resnet18", "text-cnn-multichannel"])
def test_outputs_are_equal(name: str) -> None:
    _, network, plain, inputs = both(name)
    with torch.no_grad():
        ours, theirs = network.eval()(inputs), plain.eval()(inputs)
    assert float((ours - theirs).abs().max()) < 1e-4 * float(theirs.abs().max())


@pytest.mark.parametrize("name", ["lenet5", "fashion-cnn", "mlp", "text-cnn"])
def test_gradients_of_the_loss_are_equal(name: str) -> None:
    document, network, plain, inputs = both(name)
    labels = torch.tensor([0, 1, 1])
    loss_function(document.recipe)(network.eval()(inputs), labels).mean().backward()  # type: ignore[no-untyped-call]
    criterion_of(document.recipe)(plain.eval()(inputs), labels).backward()  # type: ignore[no-untyped-call]
    ours = torch.cat([one.grad.flatten() for one in network.parameters() if one.grad is not None])
    theirs = torch.cat([one.grad.flatten() for one in plain.parameters() if one.grad is not None])
    assert float(ours.norm()) == pytest.approx(float(theirs.norm()), rel=1e-3)
    assert float(ours.sum()) == pytest.approx(float(theirs.sum()), rel=1e-2, abs=1e-4)


def test_side_heads_are_equal() -> None:
    _, network, plain, inputs = both("googlenet")
    for module in [*network.modules(), *plain.modules()]:
        if isinstance(module, torch.nn.Dropout):
            module.p = 0
    with torch.no_grad():
        outputs, heads = network.forward_with_heads(inputs)
        found = plain.train()(inputs)
    assert [weight for _, weight in plain.heads] == list(network.head_weights.values())
    for ours, theirs in zip([outputs, *heads.values()], found, strict=True):
        assert float((ours - theirs).abs().max()) < 1e-4 * float(theirs.abs().max())


@pytest.mark.parametrize("kind", [one for one in get_args(Optimizer) if one != "muon"])
def test_optimizers_take_the_same_steps(kind: str) -> None:
    recipe = striate.Recipe(optimizer=kind, learning_rate=0.1)  # type: ignore[arg-type]
    ends = []
    for make in (optimizers.optimizer_of, optimizer_of):
        torch.manual_seed(0)
        layer = torch.nn.Linear(3, 2)
        optimizer = make(recipe, layer)
        for step in range(4):
            optimizer.zero_grad()
            (layer(torch.full((1, 3), 1.0 + step)) ** 2).sum().backward()
            optimizer.step()
        ends.append(layer.weight.detach().clone())
    torch.testing.assert_close(ends[0], ends[1])


def test_norms_are_limited_as_the_row_says() -> None:
    _, _, plain, _ = both("text-cnn")
    weight = plain.rows[-1].weight
    assert isinstance(weight, Tensor)
    with torch.no_grad():
        weight.fill_(1.0)
    plain.limit_norms()
    assert weight.norm(dim=1).tolist() == pytest.approx([3.0, 3.0])


def test_a_row_without_a_usual_spelling_is_named() -> None:
    with pytest.raises(TimingError) as caught:
        PlainNetwork(striate.load("alexnet-authors").sound_walk())
    assert str(caught.value).startswith("lrn1: ResponseNormalization is not among the rows")
