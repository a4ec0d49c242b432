"""Side heads: trained with the network, told by name, and left behind."""

import csv
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch.nn import functional

import striate
from striate.data import Examples, load_source
from striate.documents import Document, document_of, write_document
from striate.layers import Convolution, FullyConnected, Input, MaxPooling, SideHead
from striate.modules import build
from striate.preparation import Preparation
from striate.recipe import Recipe
from striate.table import Row, Table
from striate.training import Began, Event
from striate.training.loop import Trainer


TABLE = Table(
    (
        Row("in", Input.image(1, 28, 28)),
        Row("C", Convolution(4, 5), "ReLU"),
        Row("P", MaxPooling(4)),
        Row("out", FullyConnected(10), "softmax"),
        Row("aux", SideHead(0.3), reads=("C",)),
        Row("aux pool", MaxPooling(6)),
        Row("aux out", FullyConnected(10), "softmax"),
    )
)


@pytest.fixture(scope="module")
def document() -> Document:
    return document_of(TABLE, "headed")


def test_a_step_adds_the_weighted_loss_of_the_head(document: Document) -> None:
    train = load_source("mnist").train
    examples = Examples(train.images[:8], train.labels[:8])
    recipe = Recipe(
        epochs=1,
        batch_size=8,
        optimizer="sgd",
        learning_rate=0.5,
        momentum=0,
        schedule="constant",
        warmup=0,
    )
    network, expected = build(document), build(document)
    trainer = Trainer(network, examples, Preparation(), recipe)
    for _ in trainer.epoch():
        pass
    main, heads = expected.forward_with_heads(examples.images.float() / 255)
    losses = [functional.cross_entropy(one, examples.labels) for one in (main, heads["aux"])]
    (losses[0] + 0.3 * losses[1]).backward()  # type: ignore[no-untyped-call]
    for one, other in zip(network.parameters(), expected.parameters(), strict=True):
        assert other.grad is not None
        assert torch.allclose(one, other - 0.5 * other.grad, atol=1e-6)
    assert trainer.progress.loss_sum / 8 == pytest.approx(float(losses[0].detach()), rel=1e-5)
    assert trainer.progress.head_losses["aux"] / 8 == pytest.approx(
        float(losses[1].detach()), rel=1e-5
    )


def test_the_losses_of_heads_fall_and_are_told_and_their_weights_are_left_behind(
    document: Document, small_digits: str, tmp_path: Path
) -> None:
    file = tmp_path / "headed.md"
    file.write_text(write_document(document), encoding="utf-8")
    told: list[Event] = []
    done = striate.train(
        file, small_digits, tmp_path / "run", listen=told.append, epochs=4, learning_rate=0.05
    )
    assert [event.heads for event in told if isinstance(event, Began)] == [("aux",)]
    with (tmp_path / "run" / "metrics.csv").open(encoding="utf-8", newline="") as lines:
        records = list(csv.DictReader(lines))
    for column in ("training_loss", "aux_loss"):
        losses = [float(record[column]) for record in records]
        assert losses[-1] < 0.8 * losses[0]
    kept = safetensors.torch.load_file(done.bundle / "model.safetensors")
    assert {name.partition(".")[0] for name in kept} == {"C", "out"}
    bundle = striate.load_bundle(done.bundle)
    assert [row.name for row in bundle.document.table.rows] == ["in", "C", "P", "out"]
    assert striate.evaluate(bundle, small_digits).errors == done.test.errors
    # The document in the bundle still tells how the network was trained.
    assert "Side head" in (done.bundle / "README.md").read_text(encoding="utf-8")
