"""From a document or a table to a network that can be trained."""

import copy

import pytest
import torch

import striate
from striate.documents import document_of
from striate.errors import DocumentError
from striate.layers import Convolution, FullyConnected, Input, MaxPooling
from striate.modules import build
from striate.table import Row, Table


SOUND = Table(
    (
        Row("Input", Input.image(1, 8, 8)),
        Row("C1", Convolution(4, 3), "ReLU"),
        Row("S2", MaxPooling(2)),
        Row("Output", FullyConnected(3), "softmax"),
    )
)

FAULTY = Table(
    (
        Row("Input", Input.image(1, 8, 8)),
        Row("C1", Convolution(4, 9), "ReLU"),
        Row("S2", MaxPooling(2), reads=("C0",)),
        Row("S2", MaxPooling(2)),
        Row("Output", FullyConnected(3), "softmax"),
    )
)


def test_every_fault_of_a_table_is_named_before_anything_is_built() -> None:
    with pytest.raises(DocumentError) as caught:
        build(FAULTY)
    assert caught.value.faults == document_of(FAULTY).faults
    assert [fault.where for fault in caught.value.faults] == [
        "S2, From",
        "S2",
        "C1, height",
        "C1, width",
    ]


def test_every_fault_of_a_document_is_named() -> None:
    text = striate.write_document(striate.load("lenet5-softmax"))
    text = text.replace("loss: cross-entropy", "loss: map").replace("| 5x5    |", "| 50x5   |", 1)
    (document,) = striate.read_networks(text, "here")
    with pytest.raises(DocumentError) as caught:
        build(document)
    assert caught.value.faults == document.faults
    assert len(caught.value.faults) == 2


def test_a_table_written_in_python_is_built_and_learns() -> None:
    network = build(SOUND)
    images = torch.randn(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    losses = []
    for _ in range(15):
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        numbers = list(network.parameters())
        with torch.no_grad():
            for values, gradient in zip(numbers, torch.autograd.grad(loss, numbers), strict=True):
                values.sub_(0.1 * gradient)
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_two_builds_with_one_seed_are_equal() -> None:
    one, same, other = (build(SOUND, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


def test_the_seed_of_the_recipe_counts_where_none_is_given() -> None:
    text = striate.write_document(striate.load("lenet5")).replace("seed: 0", "seed: 5")
    (document,) = striate.read_networks(text, "here")
    assert document.recipe.seed == 5
    found, expected = build(document), build(striate.load("lenet5"), seed=5)
    assert torch.equal(found.get_parameter("C3.weight"), expected.get_parameter("C3.weight"))
    assert torch.equal(
        build(document, seed=0).get_parameter("C3.weight"),
        build(striate.load("lenet5")).get_parameter("C3.weight"),
    )


def test_the_recipe_says_by_which_rule_the_numbers_are_drawn() -> None:
    text = striate.write_document(striate.load("lenet5"))
    text = text.replace("initialization: lecun-1998", "initialization: pytorch")
    (document,) = striate.read_networks(text, "here")
    assert 0.15 < build(document).get_parameter("C1.weight").abs().max() <= 0.2
    assert build(striate.load("lenet5")).get_parameter("C1.weight").abs().max() <= 0.0961


def test_a_built_network_is_copied_with_its_numbers() -> None:
    network = build(striate.load("lenet5"))
    images = torch.randn(2, 1, 32, 32)
    twin = copy.deepcopy(network)
    assert torch.equal(twin(images), network(images))
    with torch.no_grad():
        twin.get_parameter("C1.weight").add_(1)
    assert not torch.equal(twin(images), network(images))


def test_a_network_is_built_in_the_number_that_torch_takes_by_default() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        network = build("lenet5")
    finally:
        torch.set_default_dtype(torch.float32)
    assert {values.dtype for values in network.parameters()} == {torch.float64}
    assert network(torch.zeros(1, 1, 32, 32, dtype=torch.float64)).shape == (1, 10)
