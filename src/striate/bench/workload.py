"""One network, its weights and its examples as files that every program to be measured reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import safetensors.torch
import torch
from torch import Tensor, nn

from striate.arithmetic import Walk
from striate.bench.assignment import scale
from striate.bench.files import (
    BUNDLE,
    CHECKED,
    DOCUMENT,
    EXAMPLES,
    REFERENCE,
    WEIGHTS,
    Kind,
    Width,
)
from striate.checking.memory import BYTES_A_NUMBER
from striate.data import Examples, Vocabulary, kind_faults, load_source, training_mean
from striate.data.preprocessing.inputs import misfits
from striate.documents import Document, write_document
from striate.errors import DataError
from striate.layers import Embedding
from striate.modules import build, mean_loss_function
from striate.prediction.bundle import save_bundle
from striate.shapes import Words
from striate.system.memory import available_memory
from striate.training.inputs import Inputs, learn_vocabulary, with_words


_LEAST_BATCHES = 4
_MOST_BYTES = 2**26
_MOST_DRAWN = 60_000
_EPOCHS = 1000

_READ_BYTES = 2**28
_LARGEST_READ = 1000
"""Examples that are read at once, as many as `evaluate` does, fewer where their maps are large."""

_ABREAST = 3
_COPIES_OF_WEIGHTS = 4
"""Weights, their gradients, and what optimizers keep."""
_COPIES_OF_VALUES = 3
"""Values of maps, what functions and pooling keep of them, and their gradients."""
_LIBRARIES_BYTES = 400 * 2**20
_GIGA = 1e9
_DRAWN_LIKE_WEIGHTS = 0.05


@final
@dataclass(frozen=True, slots=True)
class Workload:
    """What is the same for all programs.

    Args:
        folder: Where the files lie.
        document: The network; its recipe has a constant rate and no augmentation.
        batch: Examples at a time.
        examples: How many there are, a multiple of the batch.
        data: Where they come from, in words.
    """

    folder: Path
    document: Document
    batch: int
    examples: int
    data: str

    def job(self, kind: Kind, width: Width, threads: int, device: str) -> dict[str, Any]:
        """Give the job of a program, as `serving` hands it over."""
        return {
            "folder": str(self.folder),
            "kind": kind,
            "batch": 1 if kind == "answering" else self.batch,
            "width": width,
            "threads": threads,
            "device": device,
        }


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """What the network gives for the first examples, in double precision.

    Args:
        outputs: Examples x classes.
        loss: Their mean loss.
    """

    outputs: Tensor
    loss: float


def fitting_batches(document: Document, asked: int | None) -> tuple[dict[str, int], int, str]:
    """Choose batches that several programs can hold at once.

    Args:
        document: The network; the batch of its recipe is that of training, where no other is asked for.
        asked: The batch of training that the user names, which stays as it is.

    Returns:
        The batches of training and of reading; how many programs lie in memory beside Striate; and, where the batch
        is not the recipe's, a sentence that says why.
    """
    walk, wanted, free = document.sound_walk(), document.recipe.batch_size, available_memory()
    fitting = _READ_BYTES // (BYTES_A_NUMBER * walk.activation_elements)
    batches = {"training": asked or wanted, "reading": max(1, min(_LARGEST_READ, fitting))}

    def beside(batch: int) -> int:
        room = _ABREAST if free is None else free // _step_bytes(walk, batch) - 1
        return min(_ABREAST, room)

    while asked is None and batches["training"] > 1 and beside(batches["training"]) < 1:
        batches["training"] //= 2
    abreast = max(1, beside(batches["training"]))
    if batches["training"] == wanted or free is None or asked is not None:
        return batches, abreast, ""
    need = 2 * _step_bytes(walk, wanted) / _GIGA
    remark = (
        f"Training takes batches of {batches['training']}: two programs that train with the recipe's {wanted} need "
        f"about {need:.0f} GB of memory, and {free / _GIGA:.0f} GB are free."
    )
    return batches, abreast, remark


def _step_bytes(walk: Walk, batch: int) -> int:
    """Estimate the memory of a process that trains.

    Plain PyTorch took between half as much and as much, on the networks of docs/performance.md.
    """
    numbers = _COPIES_OF_WEIGHTS * (walk.total_with_heads.parameters + walk.total_with_heads.fixed)
    numbers += _COPIES_OF_VALUES * batch * walk.activation_elements
    return _LIBRARIES_BYTES + BYTES_A_NUMBER * numbers


def lay_out_workload(document: Document, folder: Path, batch: int) -> Workload:
    """Write the files.

    Examples are those of the document's data, if it is at hand and suits the table; else random bytes,
    or sentences of random words.

    Args:
        document: A sound one.
        folder: It exists.
        batch: Examples at a time.

    Raises:
        DocumentError: The document has faults.
    """
    document = _for_equal_work(document, batch)
    document, examples, vocabulary, data = _examples(document, batch)
    network = build(document)
    _draw_zeros(network)
    mean = training_mean(examples.images, document.preparation)
    state = {name: values.contiguous() for name, values in network.state_dict().items()}
    (folder / DOCUMENT).write_text(write_document(document), encoding="utf-8")
    safetensors.torch.save_file(state, folder / WEIGHTS)
    tensors = {"images": examples.images.contiguous(), "labels": examples.labels.contiguous()}
    if mean is not None:
        tensors["mean"] = mean
    safetensors.torch.save_file(tensors, folder / EXAMPLES)
    classes = tuple(map(str, range(_class_count(document))))
    trunk = network.without_heads(state)
    bundle = folder / BUNDLE
    save_bundle(bundle, document, classes, {"best": trunk}, "", mean, vocabulary)
    with torch.no_grad():
        _write_reference(document, network, tensors, folder)
    return Workload(folder, document, batch, len(examples), data)


def _for_equal_work(document: Document, batch: int) -> Document:
    """Leave out what the programs would do in ways of their own."""
    recipe = replace(
        document.recipe,
        epochs=_EPOCHS,
        batch_size=batch,
        schedule="constant",
        warmup=0.0,
        validation=0,
        freeze="",
        learning_rate_of="",
        augmentation=(),
        dropout_samples=1,
        views="one",
        label_smoothing=0.0,
        class_weights=(),
        sampling="shuffled",
        mixup=0.0,
        cutmix=0.0,
        ema_decay=0.0,
    )
    preparation = replace(document.preparation, margin=0)
    return replace(document, recipe=recipe, preparation=preparation)


_Found = tuple[Document, Examples, Vocabulary | None, str]


def _examples(document: Document, batch: int) -> _Found:
    try:
        found = _real(document) if document.data else None
    except DataError:
        found = None  # not installed here, or not fetched
    fitted, examples, vocabulary, data = found or _drawn(document, batch)
    least = _LEAST_BATCHES * batch
    repeats = max(-(-least // len(examples)), 1)
    images = examples.images.repeat(repeats, *(1,) * (examples.images.ndim - 1))
    count = len(images) // batch * batch
    cut = Examples(images[:count], examples.labels.repeat(repeats)[:count])
    return fitted, cut, vocabulary, data


def _real(document: Document) -> _Found | None:
    """Take the document's own data, as much of it as stays in memory; None if it does not suit."""
    source = load_source(document.data)
    shape = document.sound_walk().input
    if len(source.classes) != _class_count(document) or kind_faults(source, document):
        return None
    if not isinstance(shape, Words) and misfits(source.train, shape, document.preparation):
        return None
    vocabulary = learn_vocabulary(document, source)
    fitted = document if vocabulary is None else with_words(document, len(vocabulary))
    order = torch.randperm(len(source.train), generator=torch.Generator().manual_seed(0))
    order = order[: max(_MOST_BYTES // shape.elements, 1)]
    chosen = Examples(source.train.images[order], source.train.labels[order])
    examples = Inputs(shape, source, fitted, vocabulary).fit(chosen)
    if not isinstance(examples, Examples):
        message = "examples that fit into memory were taken for more"
        raise TypeError(message)
    return fitted, examples, vocabulary, source.name


def _drawn(document: Document, batch: int) -> _Found:
    shape = document.sound_walk().input
    generator = torch.Generator().manual_seed(0)
    count = max(min(_MOST_BYTES // shape.elements, _MOST_DRAWN), _LEAST_BATCHES * batch)
    labels = torch.randint(_class_count(document), (count,), generator=generator)
    if isinstance(shape, Words):
        words = max(_word_counts(document))
        images = _drawn_sentences(shape, count, words, generator)
        vocabulary = Vocabulary(tuple(f"word{number}" for number in range(words)))
        return document, Examples(images, labels), vocabulary, "random words"
    size = (count, *shape.axes)
    images = torch.randint(256, size, dtype=torch.uint8, generator=generator)
    return document, Examples(images, labels), None, "random bytes"


def _drawn_sentences(shape: Words, count: int, words: int, generator: torch.Generator) -> Tensor:
    """Draw sentences of all lengths from one word to as many as there is room for."""
    numbers = torch.randint(
        1, words + 1, (count, shape.count), dtype=torch.int32, generator=generator
    )
    lengths = torch.randint(1, shape.room + 1, (count, 1), generator=generator)
    places = torch.arange(shape.count)
    inside = (places >= shape.padding) & (places < shape.padding + lengths)
    return numbers * inside


def _word_counts(document: Document) -> list[int]:
    return [row.layer.words for row in document.table.rows if isinstance(row.layer, Embedding)]


def _class_count(document: Document) -> int:
    output = document.sound_walk().trunk[-1].output
    units = 0 if output is None else output.elements
    return 2 if units == 1 else units


def _draw_zeros(network: nn.Module) -> None:
    """Draw numbers for rows that begin at zero: outputs that are zero would agree with anything."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in network.parameters():
            if values.ndim > 1 and not values.any():
                values.normal_(0, _DRAWN_LIKE_WEIGHTS, generator=generator)


def _write_reference(
    document: Document, network: nn.Module, tensors: Mapping[str, Tensor], folder: Path
) -> None:
    images, labels = tensors["images"][:CHECKED], tensors["labels"][:CHECKED]
    inputs = images if images.dtype == torch.int32 else images.double()
    inputs = scale(inputs, document.preparation, tensors.get("mean"))
    outputs = network.double().eval()(inputs)
    loss = mean_loss_function(document.recipe)(outputs, labels)
    safetensors.torch.save_file(
        {"outputs": outputs.contiguous(), "loss": loss.reshape(1)}, folder / REFERENCE
    )


def read_reference(folder: Path) -> Reference:
    """Read what the network gives in double precision."""
    tensors = safetensors.torch.load_file(folder / REFERENCE)
    return Reference(tensors["outputs"], float(tensors["loss"]))
