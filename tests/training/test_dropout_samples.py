"""Dropout drawn several times for an example: the same loss in expectation, with less noise in its gradient."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.data import Examples
from striate.documents import document_of
from striate.layers import Add, Convolution, Dropout, Flatten, FullyConnected, Input, SideHead
from striate.modules import Network, build
from striate.preparation import Preparation
from striate.recipe import Recipe
from striate.table import Row, Table
from striate.training.loop import Trainer


def branched(fraction: float) -> Table:
    """Give a table in which values from ahead of a dropout meet those from behind it, and a head."""
    return Table(
        (
            Row("in", Input.image(1, 6, 6)),
            Row("C1", Convolution(2, 3, padding="same"), "ReLU"),
            Row("D1", Dropout(fraction)),
            Row("C2", Convolution(2, 3, padding="same"), "ReLU"),
            Row("sum", Add(), reads=("C1", "C2")),
            Row("flat", Flatten()),
            Row("D2", Dropout(fraction)),
            Row("out", FullyConnected(3), "softmax"),
            Row("aux", SideHead(0.3), reads=("C1",)),
            Row("aux out", FullyConnected(3), "softmax"),
            Row("late", SideHead(0.3), reads=("C2",)),
            Row("late out", FullyConnected(3), "softmax"),
        )
    )


def learnt(table: Table, samples: int, seed: int = 0) -> tuple[Trainer, list[Tensor]]:
    """Take one step of plain descent, and give the numbers after it."""
    draws = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (5, 1, 6, 6), dtype=torch.uint8, generator=draws)
    examples = Examples(images, torch.tensor([0, 1, 2, 1, 0]))
    recipe = Recipe(
        epochs=1,
        batch_size=5,
        optimizer="sgd",
        learning_rate=0.5,
        momentum=0,
        schedule="constant",
        warmup=0,
        seed=seed,
        dropout_samples=samples,
        precision="fp32",
    )
    torch.manual_seed(3)
    network = build(document_of(table, "branched"))
    trainer = Trainer(network, examples, Preparation(), recipe)
    for _ in trainer.epoch():
        pass
    return trainer, [one.detach().flatten() for one in network.parameters()]


def test_where_nothing_is_dropped_samples_change_nothing() -> None:
    once, numbers = learnt(branched(0.0), 1)
    often, same = learnt(branched(0.0), 4)
    torch.testing.assert_close(torch.cat(same), torch.cat(numbers), rtol=1e-5, atol=1e-6)
    assert often.progress.loss_sum == pytest.approx(once.progress.loss_sum, rel=1e-5)
    assert often.progress.head_losses == pytest.approx(once.progress.head_losses, rel=1e-5)
    assert often.progress.errors == once.progress.errors


def test_the_gradient_varies_less_by_the_number_of_samples() -> None:
    spreads = []
    for samples in (1, 16):
        steps = torch.stack(
            [torch.cat(learnt(branched(0.5), samples, seed)[1]) for seed in range(40)]
        )
        spreads.append(float(steps.var(0).sum()))
    assert 8 < spreads[0] / spreads[1] < 32


def test_each_sample_leaves_out_others_and_rows_ahead_are_computed_once() -> None:
    network = two_layers()
    network.dropout_samples = 3
    batches: list[int] = []
    first, last = (network.get_submodule(name) for name in ("first", "out"))
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    first.register_forward_hook(lambda _, __, out: batches.append(len(out)))
    examples = torch.rand(4, 8)
    torch.manual_seed(5)
    outputs = network(examples)
    torch.manual_seed(5)
    hidden = functional.linear(examples, first.weight, first.bias).relu()
    left = functional.dropout(torch.cat([hidden, hidden, hidden]), 0.5)
    expected = functional.linear(left, last.weight, last.bias)
    torch.testing.assert_close(outputs, expected)
    assert batches == [4]
    one, other, _ = outputs.split(4)
    assert not torch.equal(one, other)


def test_what_is_tested_is_read_once() -> None:
    network = two_layers().eval()
    network.dropout_samples = 3
    examples = torch.rand(4, 8)
    outputs = network(examples)
    assert outputs.shape == (4, 3)
    network.dropout_samples = 1
    assert torch.equal(outputs, network(examples))


def two_layers() -> Network:
    """Build a network of two layers with a dropout between them."""
    rows = (
        Row("in", Input.features(8)),
        Row("first", FullyConnected(16), "ReLU"),
        Row("drop", Dropout(0.5)),
        Row("out", FullyConnected(3), "softmax"),
    )
    return build(document_of(Table(rows), "two layers"))
