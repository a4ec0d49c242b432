"""Networks whose steps are captured: small ones, and the shipped ones on a few examples."""

from dataclasses import replace
from typing import Any

import torch

import striate
from recorded_graph import RecordedGraph
from striate import modules
from striate.data import Examples
from striate.documents import Document, document_of
from striate.layers import (
    Add,
    BatchNormalization,
    Convolution,
    Dropout,
    Embedding,
    FullyConnected,
    Input,
    MaxPooling,
    SideHead,
)
from striate.modules import build
from striate.recipe import Recipe
from striate.shapes import Words
from striate.table import Row, Table
from striate.training.capturing import capture_for
from striate.training.loop import Trainer


EXAMPLES, BATCH, EPOCHS = 20, 8, 3
FULL_BATCHES = EXAMPLES // BATCH * EPOCHS
RECIPE = {"epochs": EPOCHS, "batch_size": BATCH, "augmentation": (), "precision": "fp32"}


def shipped(name: str, **fields: Any) -> Document:
    document = striate.load(name)
    return replace(document, recipe=replace(document.recipe, **{**RECIPE, **fields}))


def of_table(rows: tuple[Row, ...], **fields: Any) -> Document:
    return replace(document_of(Table(rows), "small"), recipe=Recipe(**{**RECIPE, **fields}))


def text_cnn() -> Document:
    document = shipped("text-cnn-multichannel")
    rows = []
    for row in document.table.rows:
        layer = row.layer
        if isinstance(layer, Embedding):
            layer = replace(layer, words=30)
        elif isinstance(layer, Input):
            layer = Input(Words(8))
        rows.append(replace(row, layer=layer))
    return replace(document, table=Table(tuple(rows)))


DROPPED = (
    Row("in", Input.image(1, 6, 6)),
    Row("C1", Convolution(2, 3, padding="same"), "ReLU"),
    Row("D1", Dropout(0.5)),
    Row("C2", Convolution(2, 3, padding="same"), "ReLU"),
    Row("sum", Add(), reads=("C1", "C2")),
    Row("D2", Dropout(0.4)),
    Row("out", FullyConnected(3), "softmax"),
    Row("aux", SideHead(0.3), reads=("C1",)),
    Row("aux out", FullyConnected(3), "softmax"),
    Row("late", SideHead(0.2), reads=("C2",)),
    Row("late out", FullyConnected(3), "softmax"),
)
NORMALIZED = (
    Row("in", Input.image(1, 8, 8)),
    Row("C1", Convolution(4, 3, padding="same")),
    Row("N1", BatchNormalization(), "ReLU"),
    Row("S1", MaxPooling(2)),
    Row("hidden", FullyConnected(8, max_norm=0.5), "tanh"),
    Row("out", FullyConnected(3), "softmax"),
)

DOCUMENTS = {
    "mlp": shipped("mlp", momentum=0.9, weight_decay=0.01, schedule="one-cycle", warmup=0.3),
    "lenet5": shipped("lenet5"),
    "lenet5 by Muon": shipped("lenet5", optimizer="muon", weight_decay=0.1),
    "dropout and heads": of_table(DROPPED, optimizer="adamw", learning_rate=0.01),
    "samples of dropout": of_table(DROPPED, optimizer="sgd", momentum=0.9, dropout_samples=3),
    "batch normalization and norms": of_table(NORMALIZED, optimizer="nesterov", momentum=0.8),
    "in bf16": of_table(NORMALIZED, precision="bf16", learning_rate=0.1),
    "sentences": text_cnn(),
}


def trainer_of(document: Document, seed: int = 0) -> Trainer:
    walk = document.sound_walk()
    shape = walk.input
    draws = torch.Generator().manual_seed(seed + 1)
    classes = max(walk.trunk[-1].output.elements, 2)  # type: ignore[union-attr]
    labels = torch.randint(0, classes, (EXAMPLES,), generator=draws)
    preparation = replace(document.preparation, subtract="nothing", margin=0)
    axes = getattr(shape, "axes", None) or (shape.count,)  # type: ignore[union-attr]
    inputs = torch.randint(0, 256, (EXAMPLES, *axes), dtype=torch.uint8, generator=draws)
    if any(isinstance(row.layer, Embedding) for row in document.table.rows):
        inputs = (inputs % 31).int()
    network = build(document)
    trainer = Trainer(network, Examples(inputs, labels), preparation, document.recipe)
    for module in network.modules():
        if isinstance(module, modules.Embedding):
            module.has_sparse_gradient = False  # as on a card
    return trainer


def captured(document: Document) -> tuple[Trainer, RecordedGraph]:
    trainer, graph = trainer_of(document), RecordedGraph()
    trainer.network.eval()  # as a network is that was tested
    assert capture_for(trainer, graph) == ()
    assert trainer.form.captured is not None
    assert all(one.grad is None for one in trainer.network.parameters())
    return trainer, graph


def learn(trainer: Trainer, steps: int | None = None) -> list[float]:
    """Train to the end, or for some steps, and give all that was counted, step by step."""
    told: list[float] = []
    progress = trainer.progress
    if progress.epoch == progress.step == 0:
        torch.manual_seed(trainer.recipe.seed)  # one trainer learns after the other
    while progress.epoch < trainer.recipe.epochs:
        for _ in trainer.epoch():
            told += [progress.loss_sum, progress.errors, *progress.head_losses.values()]
            steps = None if steps is None else steps - 1
            if steps == 0:
                return told
        progress.epoch, progress.step = progress.epoch + 1, 0
    return told


def assert_same(one: Trainer, other: Trainer) -> None:
    """Compare what has been learnt, bit for bit: the operations were the same."""
    first, second = one.state(), other.state()
    assert first.keys() == second.keys()
    for name, values in first.items():
        assert torch.equal(values, second[name]), name
