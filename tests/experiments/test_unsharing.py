"""Convolutions without shared weights, beside those that share them."""

from pathlib import Path

import pytest
import torch

from striate.documents import read_networks
from striate.experiments import load_experiment
from striate.experiments.reading import experiment_file
from striate.experiments.unsharing import LocallyConnected, unshare
from striate.experiments.variants import settings_of
from striate.modules import build
from striate.networks import load


ODD = """# Odd

| Layer | Type | Maps | Kernel | Stride | Padding | Groups | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 4 | | | | | | 9x7 |
| C1 | Convolution | 6 | 4x3 | 2 | same | 2 | ReLU | |
| D1 | Depthwise convolution | | 3x3 | 1 | 1 | | ReLU | |
| Out | Fully connected | | | | | | softmax | 3 |
"""


@pytest.mark.parametrize(
    ("network", "rows", "axes"),
    [("lenet5", ("C1", "C3"), (1, 32, 32)), (ODD, ("C1", "D1"), (4, 9, 7))],
    ids=["lenet5", "odd"],
)
def test_it_begins_as_the_convolution_and_each_place_learns_for_itself(
    network: str, rows: tuple[str, ...], axes: tuple[int, ...]
) -> None:
    document = read_networks(network, "odd.md")[0] if "|" in network else load(network)
    shared, own = build(document), build(document)
    unshare(own, rows)
    given = torch.randn(5, *axes, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(own(given), shared(given))
    for one in (shared, own):
        one(given).square().sum().backward()
    # A weight that is shared has the slopes of all its places together.
    for row in rows:
        whole, parts = getattr(shared, row), getattr(own, row)
        assert isinstance(parts, LocallyConnected)
        weights, biases = (dict(parts.named_parameters())[name].grad for name in ("weight", "bias"))
        assert weights is not None
        assert biases is not None
        slopes = weights.sum(0).t()[parts.connected.t() > 0]
        torch.testing.assert_close(slopes, whole.weight.grad.flatten(), rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(biases.sum((0, 1)), whole.bias.grad, rtol=1e-4, atol=1e-3)


def test_it_trains_as_many_numbers_as_the_paper_counts_links() -> None:
    network = build(load("lenet5"))
    unshare(network, ("C1", "C3"))
    counts = []
    for row in (network.C1, network.C3):
        assert isinstance(row, LocallyConnected)
        assert row.bias is not None
        counts.append(int(row.connected.sum()) * row.weight.shape[0] + row.bias.numel())
    assert counts == [122_304, 151_600]


def test_one_place_is_changed_alone() -> None:
    network = build(load("lenet5"))
    unshare(network, ("C1",))
    given = torch.randn(2, 1, 32, 32)
    row = network.C1
    assert isinstance(row, LocallyConnected)
    before = row(given)
    with torch.no_grad():
        row.weight[28 * 5 + 7, :, 2] += 1
    changed = (row(given) != before).nonzero()
    assert changed[:, 1:].unique(dim=0).tolist() == [[2, 5, 7]]


def test_a_variant_asks_it_at_equal_multiply_adds(tmp_path: Path) -> None:
    file = tmp_path / "mine.md"
    shipped = experiment_file("sharing-weights").read_text(encoding="utf-8")
    lines = "| places | C1, C3 | weights | unshared |\n| as many | network | - | Full |\n"
    lines += (
        "| as many | H1, H2 | Size | match parameters of places |\n| fully connected | network |"
    )
    file.write_text(shipped.replace("| fully connected | network |", lines, 1), encoding="utf-8")
    settings = settings_of(load_experiment(file))
    own, base = settings["places"], settings["LeNet-5"].document.walk
    assert settings["locally connected"].unshared == own.unshared  # as the shipped claim asks it
    assert own.unshared == ("C1", "C3")
    assert own.document.walk.total == base.total
    wanted = base.total.parameters - 156 - 1_516 + 122_304 + 151_600
    assert own.document.walk.total.parameters + 272_232 == wanted
    found = settings["as many"].document.walk.total.parameters
    assert abs(found - wanted) <= 0.02 * wanted
