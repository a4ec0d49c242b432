"""A bundle that is served: loaded, read with, and loaded again when its files change."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.data import fit_picture, lay_out, tokenize
from striate.data.images.decode import decode_open
from striate.data.preprocessing.crop import stored_image
from striate.errors import DataError, Fault, ServingError
from striate.errors.serving import (
    name_not_for_addresses,
    outputs_of_item_not_finite,
    served_twice,
)
from striate.kernels import OnlyKernels, choose_kernels
from striate.modules import class_probabilities
from striate.prediction import Bundle, load_bundle
from striate.prediction.bundle import VOCABULARY, Weights
from striate.prediction.views import Reader, best_classes
from striate.recipe import Precision
from striate.runtime import InferenceForm, kernels_for
from striate.server.limits import READ_AT_ONCE


Reads = Literal["pictures", "sentences", "numbers"]

_FILES = (
    "config.json",
    "README.md",
    "network.md",
    "model.safetensors",
    "last.safetensors",
    VOCABULARY,
)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_MANY = 10**12
"""Examples that a server may read in its life: compiled kernels always pay."""

_SMALL_PICTURES = 2**16
"""Bytes up to which pictures are decoded one after the other: handing them to threads takes as long."""


@final
@dataclass(frozen=True, slots=True)
class Item:
    """One thing to read.

    Args:
        name: What it is called in the answer and in messages.
        content: A picture's encoded bytes; its pixels, height x width x 3; a sentence; or numbers as the
            network itself reads them, float32.
    """

    name: str
    content: bytes | str | NDArray[Any]


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of one item.

    Args:
        chances: Probabilities of the classes, in the order of the network's outputs; empty for a sentence without a
            word.
        order: Numbers of the classes, the likeliest first.
        remark: What of a picture is unlike the training images.
        unknown: Words of a sentence that the network has never seen.
        left_out: Words at the end of a sentence that it has no room for.
    """

    chances: list[float]
    order: list[int]
    remark: str = ""
    unknown: tuple[str, ...] = ()
    left_out: int = 0


Outcome = Answer | Fault


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """An item as the network reads it, and what its answer will say beside the classes."""

    values: Tensor
    remark: str = ""
    unknown: tuple[str, ...] = ()
    left_out: int = 0
    has_words: bool = True


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """How all networks of a server are read.

    Args:
        weights: Those of the best or of the last epoch.
        precision: Of products.
        device: Where they read.
        max_pixels: Of one picture.
    """

    weights: Weights = "best"
    precision: Precision = "auto"
    device: str = "cpu"
    max_pixels: int = 50_000_000


@final
@dataclass(slots=True)
class Model:
    """A network that answers. It is read by one thread at a time.

    Args:
        name: In addresses.
        bundle: The network and what belongs to it.
        version: The beginning of the SHA-256 of its `config.json`, which names all its files by theirs.
        settings: How it is read.
        remarks: What the user should know of the run and of the kernels.
    """

    name: str
    bundle: Bundle
    version: str
    settings: Settings
    remarks: tuple[str, ...] = ()
    _read: Reader = field(init=False, repr=False)
    _choice: OnlyKernels = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay the network out for reading."""
        precision = self.settings.precision
        self._choice, remarks = choose_kernels(
            lambda: kernels_for(self.bundle.network, precision), _MANY
        )
        document = self.bundle.document
        with OnlyKernels(self._choice.names):
            form = InferenceForm(self.bundle.network, precision)
            self.remarks = (*self.bundle.remarks, *remarks, *form.choose_engine())
        self._read = Reader(form, document.preparation, document.recipe, self.bundle.mean)

    @property
    def reads(self) -> Reads:
        """What it takes beside numbers."""
        table = self.bundle.document.table
        if table.words is not None:
            return "sentences"
        return "numbers" if table.image is None else "pictures"

    @property
    def axes(self) -> tuple[int, ...]:
        """The sizes of one example as the network itself reads it."""
        return tuple(self.bundle.network.walk.input.axes)

    def warm_up(self) -> None:
        """Read examples of nothing, so that the first request finds all things laid out."""
        document = self.bundle.document
        image = document.table.image
        axes = self.axes if image is None else stored_image(image, document.preparation).axes
        number = torch.int32 if self.reads == "sentences" else torch.uint8
        for count in (1, READ_AT_ONCE):
            self._chances(torch.zeros(count, *axes, dtype=number))

    def read(self, items: Sequence[Item], helpers: ThreadPoolExecutor) -> list[Outcome]:
        """Read some items together; one that is broken does not keep the others back.

        Args:
            items: At most READ_AT_ONCE.
            helpers: Threads that decode large pictures.
        """
        weights = [len(item.content) for item in items if isinstance(item.content, bytes)]
        if len(weights) > 1 and sum(weights) > _SMALL_PICTURES:
            fitted = list(helpers.map(self._fit, items))
        else:
            fitted = [self._fit(item) for item in items]
        outcomes: dict[int, Outcome] = {
            place: found for place, found in enumerate(fitted) if isinstance(found, Fault)
        }
        # Numbers as the network reads them, and bytes that are still to be standardized, go their own ways.
        for is_prepared in (False, True):
            places = [
                place
                for place, found in enumerate(fitted)
                if isinstance(found, Fitted) and found.values.is_floating_point() is is_prepared
            ]
            if places:
                parts = [found for place in places if isinstance(found := fitted[place], Fitted)]
                outcomes.update(zip(places, self._answers(items, places, parts), strict=True))
        return [outcomes[place] for place in range(len(items))]

    def _answers(
        self, items: Sequence[Item], places: Sequence[int], parts: Sequence[Fitted]
    ) -> Iterator[Outcome]:
        outputs, chances, order = self._chances(torch.stack([part.values for part in parts]))
        is_finite = outputs.isfinite().flatten(1).all(1).tolist()
        rows = zip(places, parts, is_finite, chances.tolist(), order.tolist(), strict=True)
        for place, part, finite, chance, best in rows:
            if not finite:
                yield outputs_of_item_not_finite(items[place].name)
            elif not part.has_words:
                yield Answer([], [], part.remark, part.unknown, part.left_out)
            else:
                yield Answer(chance, best, part.remark, part.unknown, part.left_out)

    def _chances(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        form, constant = self._read.form, self.bundle.document.recipe.map_constant
        with OnlyKernels(self._choice.names), torch.inference_mode():
            placed = inputs.to(form.device)
            if not inputs.is_floating_point():
                return self._read(placed)
            outputs = form(placed)
            chances = class_probabilities(outputs, form.ending, constant)
            return outputs, chances, best_classes(outputs, chances, form.ending)

    def _fit(self, item: Item) -> Fitted | Fault:
        """Bring an item to the network's input, or say why it cannot be."""
        try:
            if isinstance(item.content, str):
                return self._fit_sentence(item.content)
            if isinstance(item.content, bytes):
                file = BytesIO(item.content)
                return self._fit_picture(
                    decode_open(file, item.name, self.settings.max_pixels), item.name
                )
            if item.content.dtype == np.uint8:
                return self._fit_picture(item.content, item.name)
            return Fitted(torch.from_numpy(item.content))
        except DataError as error:
            return error.faults[0]

    def _fit_picture(self, pixels: NDArray[np.uint8], name: str) -> Fitted:
        document, looks = self.bundle.document, self.bundle.looks
        image = document.table.image
        if image is None:
            message = "pictures are checked before they are read"
            raise TypeError(message)
        stored = fit_picture(pixels, image, document.preparation, name)
        return Fitted(stored, "" if looks is None else looks.unlike(stored))

    def _fit_sentence(self, sentence: str) -> Fitted:
        words, vocabulary = self.bundle.document.table.words, self.bundle.vocabulary
        if words is None or vocabulary is None:
            message = "sentences are checked before they are read"
            raise TypeError(message)
        tokens = tokenize(sentence, self.bundle.document.text)
        rows, _ = lay_out([vocabulary.numbers(tokens)], words)
        unknown = tuple(word for word in tokens if word not in vocabulary)
        return Fitted(rows[0], "", unknown, max(len(tokens) - words.room, 0), bool(tokens))


Stamp = tuple[tuple[int, int, int], ...]


def stamp_of(folder: Path) -> Stamp:
    """Return what tells that a file of a bundle is another one: size, time and inode of each that is there."""
    stamps = []
    place = _bundle_folder(folder)
    for name in _FILES:
        try:
            found = (place / name).stat()
        except OSError:
            stamps.append((-1, -1, -1))
        else:
            stamps.append((found.st_size, found.st_mtime_ns, found.st_ino))
    return tuple(stamps)


def _bundle_folder(folder: Path) -> Path:
    """Return the bundle of a run, as `load_bundle` finds it."""
    inside = folder / "bundle"
    is_run = not (folder / "config.json").exists() and (inside / "config.json").exists()
    return inside if is_run else folder


def load_model(name: str, folder: Path, settings: Settings) -> Model:
    """Load a bundle and read with it once.

    Raises:
        BundleError: There is none, or a file of it is altered.
    """
    version = ""
    config = _bundle_folder(folder) / "config.json"
    if config.is_file():
        version = sha256(config.read_bytes()).hexdigest()[:12]
    model = Model(name, load_bundle(folder, settings.weights, settings.device), version, settings)
    model.warm_up()
    return model


@final
@dataclass(slots=True)
class Place:
    """Where a model comes from, and which of it is served."""

    folder: Path
    stamp: Stamp
    model: Model


@final
class Shelf:
    """The models of a server by their names, each as its files were when they were last whole.

    Args:
        given: Folders, each with the name that it was given, or None for that of its document.
        settings: How they are read.

    Raises:
        BundleError: One of them is no bundle.
        ServingError: Two have one name, or a name cannot be part of an address.
    """

    def __init__(self, given: Sequence[tuple[str | None, Path]], settings: Settings) -> None:
        self.settings = settings
        self._places: dict[str, Place] = {}
        faults = []
        for asked, folder in given:
            stamp = stamp_of(folder)
            model = load_model(asked or "", folder, settings)
            model.name = name = asked or model.bundle.document.name
            if name in self._places:
                faults.append(served_twice(name))
            elif _NAME.fullmatch(name) is None or name in {".", ".."}:
                faults.append(name_not_for_addresses(name))
            else:
                self._places[name] = Place(folder, stamp, model)
        if faults:
            raise ServingError(*faults)

    @property
    def models(self) -> Mapping[str, Model]:
        """The models as they are now."""
        return {name: place.model for name, place in self._places.items()}

    def get(self, name: str) -> Model | None:
        """Return the model of a name."""
        place = self._places.get(name)
        return None if place is None else place.model

    def changed(self) -> list[str]:
        """Name the models whose files are others than those that were last looked at."""
        return [
            name for name, place in self._places.items() if stamp_of(place.folder) != place.stamp
        ]

    def reload(self, name: str) -> Model:
        """Load a model again. Who reads with the old one goes on with it.

        Raises:
            BundleError: Its files are not whole; the old one stays. They are looked at again when they change.
        """
        place = self._places[name]
        place.stamp = stamp_of(place.folder)
        place.model = load_model(name, place.folder, self.settings)
        return place.model
