"""The bundle: one folder that carries a trained network, and all that is needed to use it.

    README.md           the network's document, with the measured result; its side heads are told there
                        and have no weights, for they are there for training only
    config.json         input, preparation, classes, and the SHA-256 of the weights
    model.safetensors   the weights of the best epoch, and the mean that is subtracted, if one is
    last.safetensors    the same of the last epoch
    vocabulary.txt      the words of a network of sentences, one a line, in the order of their numbers

No file of it holds code, and none is unpickled.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, final

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from striate.data import (
    Vocabulary,
    central,
    decode_picture,
    fit_picture,
    read_vocabulary,
    standardize,
)
from striate.documents import Document, choose, read_file, write_document
from striate.documents.front_matter import record_of
from striate.errors import BundleError, DataError, DocumentError, RecipeError
from striate.errors.bundles import (
    altered_file,
    bundle_of_other_format,
    no_bundle,
    other_vocabulary,
    unreadable_bundle,
    weights_do_not_fit,
    weights_not_finite,
)
from striate.errors.evaluation import network_reads_no_images
from striate.inference import InferenceForm
from striate.layers import Embedding
from striate.modules import Network, build
from striate.preparation import Preparation, TextPreparation, mean_axes
from striate.recipe import Precision
from striate.system.devices import PROCESSOR, check_device
from striate.system.files import write_durably


FORMAT = 1

VOCABULARY = "vocabulary.txt"

Weights = Literal["best", "last"]
Tensors = Mapping[str, Tensor]

# The tensors of a row are named `row.weight` and the like, so none of them is named like this.
_MEAN = "preparation/mean"

_FILES: dict[Weights, str] = {"best": "model.safetensors", "last": "last.safetensors"}


@final
@dataclass(frozen=True, slots=True)
class Bundle:
    """A trained network, ready to use.

    Args:
        document: Its document; its preparation is the one that it was trained with.
        network: Its weights in place, not in training mode.
        classes: Names of its classes, in the order of its outputs.
        folder: Where it lies.
        mean: Of its training images, where the network is, if the preparation subtracts one.
        vocabulary: Its words, if it reads sentences.
    """

    document: Document
    network: Network
    classes: tuple[str, ...]
    folder: Path
    mean: Tensor | None = None
    vocabulary: Vocabulary | None = None
    _forms: dict[Precision, InferenceForm] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def prepare(self, picture: str | Path) -> Tensor:
        """Return a picture as the network reads it, by the very rule of `predict`.

        Shapes:
            out: 1 x channels x height x width, float32: the middle view, where several are read

        Args:
            picture: A file of any kind, size and mode that `predict` takes.

        Raises:
            DataError: The network reads no images, or the file cannot be decoded or fitted.
        """
        return prepare_picture(self.document, picture, self.mean)

    def form(self, precision: Precision = "auto") -> InferenceForm:
        """Give the network ready to be read; it is made once for each precision that is asked for."""
        if precision not in self._forms:
            self._forms[precision] = InferenceForm(self.network, precision)
        return self._forms[precision]


def prepare_picture(document: Document, picture: str | Path, mean: Tensor | None = None) -> Tensor:
    """Return a picture as a document's network reads it: 1 x channels x height x width, float32.

    Args:
        document: Its preparation is followed.
        picture: A file.
        mean: Of the training images, if the preparation subtracts one.

    Raises:
        DataError: The network reads no images, or the file cannot be decoded or fitted.
    """
    image, preparation = document.table.image, document.preparation
    if image is None:
        raise DataError(network_reads_no_images(document.name))
    stored = fit_picture(decode_picture(Path(picture)), image, preparation, str(picture))
    view = central(stored.unsqueeze(0), preparation)
    return standardize(view, preparation, mean)


def save_bundle(
    folder: Path,
    document: Document,
    classes: tuple[str, ...],
    weights: Mapping[Weights, Tensors],
    result: str,
    mean: Tensor | None = None,
    vocabulary: Vocabulary | None = None,
) -> None:
    """Write a bundle; an older one in its place stays whole until the new one is.

    Args:
        folder: Where to; its parent exists.
        document: The network's document.
        classes: Names of the classes, in the order of the outputs.
        weights: The best and the last weights.
        result: What was measured, as Markdown; it is added to the document.
        mean: Of the training images, if the preparation subtracts one.
        vocabulary: The words of a network of sentences.

    Raises:
        OSError: The folder cannot be written; an older bundle is untouched.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        digests = _write_weights(fresh, weights, mean)
        if vocabulary is not None:
            words = vocabulary.text().encode()
            digests[VOCABULARY] = hashlib.sha256(words).hexdigest()
            write_durably(fresh / VOCABULARY, words)
        write_durably(fresh / "README.md", f"{write_document(document)}\n{result}\n")
        write_durably(fresh / "config.json", _config_text(document, classes, digests))
        _take_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write_weights(
    folder: Path, weights: Mapping[Weights, Tensors], mean: Tensor | None
) -> dict[str, str]:
    """Write the files of weights, and give the SHA-256 of each by its name."""
    beside = {} if mean is None else {_MEAN: mean}
    digests = {}
    for which, tensors in weights.items():
        kept = {name: one.contiguous() for name, one in {**tensors, **beside}.items()}
        content = safetensors.torch.save(kept)
        digests[_FILES[which]] = hashlib.sha256(content).hexdigest()
        write_durably(folder / _FILES[which], content)
    return digests


def _config_text(document: Document, classes: tuple[str, ...], digests: dict[str, str]) -> str:
    reads_words = document.table.words is not None
    config = {
        "format": FORMAT,
        "network": document.name,
        "input": str(document.table.input),
        "preparation": asdict(document.text if reads_words else document.preparation),
        "classes": classes,
        "sha256": digests,
    }
    return f"{json.dumps(config, indent=2, ensure_ascii=False)}\n"


def _take_place(fresh: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_bundle(folder: str | Path, weights: Weights = "best", device: str = PROCESSOR) -> Bundle:
    """Load a bundle.

    Args:
        folder: The bundle, or the folder of the run that wrote it.
        weights: Those of the best or of the last epoch.
        device: Where the network reads: `cpu`, `cuda` or `cuda:1`.

    Raises:
        DeviceError: torch does not find the device.
        BundleError: A file is missing, altered, of another format, or does not fit the table.
    """
    check_device(device, "--device")
    place = Path(folder)
    if not (place / "config.json").exists() and (place / "bundle" / "config.json").exists():
        place /= "bundle"
    names = ("README.md", "config.json", _FILES[weights])
    missing = [name for name in names if not (place / name).is_file()]
    if missing:
        raise BundleError(no_bundle(str(folder), missing))
    config = _config(place / "config.json")
    document = _document(place / "README.md", config["preparation"])
    document = replace(document, table=document.table.without_heads, body="")
    digests = config["sha256"]
    tensors = _tensors(place / _FILES[weights], str(digests.get(_FILES[weights])))
    network, mean = _network(document, tensors, place / _FILES[weights])
    vocabulary = _vocabulary(document, place / VOCABULARY, str(digests.get(VOCABULARY)))
    mean = None if mean is None else mean.to(device)
    classes = tuple(config["classes"])
    return Bundle(document, network.to(device), classes, place, mean, vocabulary)


def _config(file: Path) -> dict[str, Any]:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError(unreadable_bundle(str(file), str(error))) from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        came = config.get("format") if isinstance(config, dict) else None
        raise BundleError(bundle_of_other_format(str(file), came, FORMAT))
    wanted = {"preparation": dict, "classes": list, "sha256": dict}
    wrong = [name for name, kind in wanted.items() if not isinstance(config.get(name), kind)]
    if wrong or not all(isinstance(one, str) for one in config["classes"]):
        problem = f"{wrong[0] if wrong else 'classes'} is missing or of another form"
        raise BundleError(unreadable_bundle(str(file), problem))
    return config


def _document(file: Path, preparation: dict[str, Any]) -> Document:
    try:
        document = choose(read_file(file), None, str(file))
        document.sound_walk()
        if document.table.words is None:
            pictures = record_of(Preparation, preparation, "preparation")
            return replace(document, preparation=pictures)
        return replace(document, text=record_of(TextPreparation, preparation, "preparation"))
    except (DocumentError, RecipeError) as error:
        raise BundleError(*error.faults) from error


def _vocabulary(document: Document, file: Path, digest: str) -> Vocabulary | None:
    if document.table.words is None:
        return None
    if not file.is_file():
        raise BundleError(no_bundle(str(file.parent), [file.name]))
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(altered_file(str(file)))
    try:
        vocabulary = read_vocabulary(content.decode())
    except ValueError as error:
        raise BundleError(unreadable_bundle(str(file), str(error))) from error
    for row in document.table.rows:
        if isinstance(row.layer, Embedding) and row.layer.words != len(vocabulary):
            needed = row.layer.words
            raise BundleError(other_vocabulary(str(file), len(vocabulary), row.name, needed))
    return vocabulary


def _tensors(file: Path, digest: str) -> dict[str, Tensor]:
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(altered_file(str(file)))
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise BundleError(unreadable_bundle(str(file), str(error))) from error


def _network(document: Document, tensors: Tensors, file: Path) -> tuple[Network, Tensor | None]:
    for name, values in tensors.items():
        if not torch.isfinite(values).all():
            raise BundleError(weights_not_finite(str(file), name))
    network, image, kept = build(document), document.table.image, dict(tensors)
    mean = kept.pop(_MEAN, None)
    expected = None if image is None else mean_axes(image, document.preparation)
    if (None if mean is None else tuple(mean.shape)) != expected:
        subtract = document.preparation.subtract
        raise BundleError(weights_do_not_fit(str(file), f"{_MEAN} is not that of {subtract}"))
    try:
        network.load_state_dict(kept)
    except RuntimeError as error:
        problem = " ".join(str(error).split())
        raise BundleError(weights_do_not_fit(str(file), problem)) from error
    return network.eval(), mean
