"""The text CNN in plain numpy, beside the built network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import striate
from striate.layers import Embedding, FullyConnected, Input
from striate.modules import Network, build, embedding, limit_norms, limited_layers
from striate.table import Row, Table


WORDS = 30
NAMES = ("text-cnn", "text-cnn-static", "text-cnn-non-static", "text-cnn-multichannel")

Values = NDArray[np.float64]


def small(name: str) -> Network:
    """A shipped network with a few words only, every number drawn."""
    document = striate.load(name)
    rows = tuple(
        replace(row, layer=replace(row.layer, words=WORDS))
        if isinstance(row.layer, Embedding)
        else row
        for row in document.table.rows
    )
    network = build(replace(document, table=Table(rows)), seed=3).double().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in network.state_dict().values():
            values.copy_(torch.randn(values.shape, generator=generator, dtype=torch.float64))
        for module in network.children():
            if isinstance(module, embedding.Embedding):
                module.padding.zero_()
    return network


def sentences() -> torch.Tensor:
    numbers = torch.zeros(3, 64, dtype=torch.int32)
    generator = torch.Generator().manual_seed(1)
    for row, length in zip(numbers, (1, 9, 56), strict=True):
        row[4 : 4 + length] = torch.randint(0, WORDS + 1, (length,), generator=generator)
    return numbers


def state(network: Network) -> dict[str, Values]:
    return {name: values.numpy() for name, values in network.state_dict().items()}


def vectors_of(numbers: NDArray[np.int32], weight: Values) -> Values:
    with_padding = np.vstack([np.zeros((1, weight.shape[1])), weight])
    return with_padding[numbers]


def by_hand(numbers: NDArray[np.int32], kept: dict[str, Values], channels: list[str]) -> Values:
    """Every filter goes over every channel; its sums are added before the ReLU."""
    features = []
    for length in (3, 4, 5):
        kernels = kept[f"Windows_{length}.weight"][:, 0]
        sums = np.zeros((100, 64 - length + 1))
        for channel in channels:
            lines = vectors_of(numbers, kept[f"{channel}.weight"])
            for at in range(sums.shape[1]):
                window = lines[at : at + length]
                sums[:, at] += (kernels * window).sum(axis=(1, 2))
        sums += kept[f"Windows_{length}.bias"][:, None]
        features.append(np.maximum(sums, 0).max(axis=1))
    return kept["Output.weight"] @ np.concatenate(features) + kept["Output.bias"]


@pytest.mark.parametrize("name", NAMES)
def test_a_built_network_gives_what_the_paper_describes(name: str) -> None:
    network = small(name)
    channels = ["Kept", "Trained"] if name == "text-cnn-multichannel" else ["Vectors"]
    numbers = sentences()
    with torch.no_grad():
        given = network(numbers).numpy()
    kept = state(network)
    for one, scores in zip(numbers.numpy(), given, strict=True):
        np.testing.assert_allclose(scores, by_hand(one, kept, channels), rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "trained"),
    [
        ("text-cnn", ["Vectors"]),
        ("text-cnn-static", []),
        ("text-cnn-non-static", ["Vectors"]),
        ("text-cnn-multichannel", ["Trained"]),
    ],
)
def test_gradients_reach_the_trained_vectors_of_the_words_read_and_nothing_else(
    name: str, trained: list[str]
) -> None:
    network = small(name)
    numbers = sentences()
    numbers[2] = 0
    network(numbers).square().sum().backward()
    modules = dict(network.named_children())
    read = sorted(set(numbers.flatten().tolist()) - {0})
    found = []
    for child, module in modules.items():
        if isinstance(module, embedding.Embedding) and isinstance(
            module.weight, torch.nn.Parameter
        ):
            assert module.weight.grad is not None
            touched = module.weight.grad.abs().sum(1).nonzero().squeeze(1) + 1
            assert touched.tolist() == read
            found.append(child)
            assert not module.padding.requires_grad
    assert found == trained
    assert sum(values.numel() for values in network.parameters()) == (
        360_902 + 300 * WORDS * len(trained)
    )


def test_norms_are_limited_as_in_the_paper() -> None:
    rows = (
        Row("in", Input.features(5)),
        Row("limited", FullyConnected(4, max_norm=3)),
        Row("free", FullyConnected(5)),
    )
    network = build(Table(rows))
    with torch.no_grad():
        for values in network.parameters():
            values.copy_(
                torch.randn(values.shape)
                * torch.linspace(0.1, 9, len(values)).view(-1, *[1] * (values.dim() - 1))
            )
    before = [values.detach().numpy().copy() for values in network.parameters()]
    limit_norms(limited_layers(network))
    after = [values.detach().numpy() for values in network.parameters()]
    norms = np.linalg.norm(before[0], axis=1, keepdims=True)
    assert (norms > 3).any()
    assert (norms < 3).any()
    expected = np.where(norms > 3, before[0] * 3 / norms, before[0])
    np.testing.assert_allclose(after[0], expected, rtol=1e-6)
    for index in (1, 2, 3):
        assert np.array_equal(before[index], after[index])


def test_the_first_numbers_are_those_of_the_authors_code() -> None:
    table = striate.load("text-cnn").table
    rows = tuple(
        Row(row.name, replace(row.layer, words=2000), row.activation, row.reads)
        if isinstance(row.layer, Embedding)
        else row
        for row in table.rows
    )
    document = replace(striate.load("text-cnn"), table=Table(rows))
    network = build(document)
    modules = dict(network.named_children())
    for child, bound in (("Vectors", 0.25), ("Windows_3", 0.01), ("Windows_5", 0.01)):
        weight = modules[child].get_parameter("weight")
        assert 0.99 * bound < weight.abs().max().item() <= bound
        assert weight.mean().abs().item() < 0.05 * bound
        assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    for child in ("Windows_3", "Windows_4", "Windows_5"):
        assert not modules[child].get_parameter("bias").any()
    assert not any(values.any() for values in modules["Output"].parameters())
    assert not modules["Vectors"].get_buffer("padding").any()
