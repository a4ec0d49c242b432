"""The bundle: one folder that carries a trained network, and all that is needed to use it.

    README.md           the network's document, with the measured result; its side heads are told there
                        and have no weights, for they are there for training only
    config.json         input, preparation, classes, and the SHA-256 of the weights
    model.safetensors   the weights of the best epoch, and the mean that is subtracted, if one is
    last.safetensors    the same of the last epoch
    vocabulary.txt      the words of a network of sentences, one a line, in the order of their numbers

On the hub, whose README.md is a card, the document is called network.md.

No file of it holds code, and none is unpickled.
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, final, get_args

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from striate.data import (
    Vocabulary,
    central,
    fit_picture,
    lay_out,
    read_vocabulary,
    standardize,
    tokenize,
)
from striate.data.images.decode import decode_open
from striate.documents import (
    Document,
    choose,
    fingerprint,
    read_file,
    read_networks,
    write_document,
)
from striate.documents.document import image_faults
from striate.documents.front_matter import record_of
from striate.errors import (
    BundleError,
    DataError,
    DocumentError,
    NoNetworkError,
    RecipeError,
    UsageError,
)
from striate.errors.bundles import (
    altered_document,
    altered_file,
    bundle_of_other_format,
    folder_of_bundles,
    no_bundle,
    not_a_bundle,
    other_class_count,
    other_vocabulary,
    run_without_bundle,
    unreadable_bundle,
    weights_do_not_fit,
    weights_not_finite,
    weights_of_other_dtype,
)
from striate.errors.evaluation import network_reads_no_images, not_a_sentence
from striate.errors.recipes import field_not_a_choice
from striate.kernels import choose_kernels
from striate.layers import Embedding
from striate.modules import Network, build
from striate.prediction.given import Picture, fit_given
from striate.prediction.hub_bundles import HUB, folder_from_hub
from striate.prediction.looks import Looks
from striate.prediction.unfinished import remarks_of_run
from striate.prediction.views import VIEW_COUNTS
from striate.preparation import Preparation, TextPreparation, mean_axes
from striate.recipe import Precision, fitting_losses
from striate.runtime import InferenceForm, kernels_for
from striate.shapes import Image
from striate.system.devices import PROCESSOR, check_device
from striate.system.files import exchange, flush_folder, write_durably


FORMAT = 1

VOCABULARY = "vocabulary.txt"

Weights = Literal["best", "last"]
Tensors = Mapping[str, Tensor]

# The tensors of a row are named `row.weight` and the like, so none of them is named like this.
_MEAN = "preparation/mean"

_DTYPES = {torch.float32, torch.int64}
"""Of weights, and of counts such as batch normalization keeps."""

_ENGINE_PRODUCTS = 10**12
"""Products from which another engine pays, which takes seconds to be chosen and to be made ready."""

_FILES: dict[Weights, str] = {"best": "model.safetensors", "last": "last.safetensors"}


@final
@dataclass(frozen=True, slots=True, repr=False)
class Bundle:
    """A trained network, ready to use.

    Args:
        document: Its document; its preparation is the one that it was trained with.
        network: Its weights in place, not in training mode.
        classes: Names of its classes, in the order of its outputs.
        folder: Where it lies.
        mean: Of its training images, where the network is, if the preparation subtracts one.
        vocabulary: Its words, if it reads sentences.
        looks: How its training images look, if it reads images and the bundle says it.
        remarks: What who reads with it should know: that its run was interrupted.
    """

    document: Document
    network: Network
    classes: tuple[str, ...]
    folder: Path
    mean: Tensor | None = None
    vocabulary: Vocabulary | None = None
    looks: Looks | None = None
    remarks: tuple[str, ...] = ()
    _forms: dict[tuple[Precision, frozenset[str] | None, bool], InferenceForm] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __repr__(self) -> str:
        """Name the network, its classes and its folder."""
        return f"<Bundle of {self.document.name!r}: {len(self.classes)} classes, in {self.folder}>"

    def prepare(self, picture: Picture) -> Tensor:
        """Return a picture, or a sentence, as the network reads it, by the very rule of `predict`.

        Shapes:
            out: 1 x channels x height x width, float32: the middle view, where several are read; 1 x words, int32,
                for a network of sentences

        Args:
            picture: One picture of any kind that `predict` takes: a file, a PIL image, an array or a tensor; a
                sentence, where the network reads such.

        Raises:
            DataError: The network reads no images, or the picture cannot be decoded or fitted, or is no sentence.
        """
        words = self.document.table.words
        if words is None or self.vocabulary is None:
            return prepare_picture(self.document, picture, self.mean)
        if not isinstance(picture, str):
            raise DataError(not_a_sentence("the sentence", type(picture).__name__))
        numbers = self.vocabulary.numbers(tokenize(picture, self.document.text))
        return lay_out([numbers], words)[0]

    @contextmanager
    def reading(
        self, examples: int, precision: Precision = "auto"
    ) -> Iterator[tuple[InferenceForm, tuple[str, ...]]]:
        """Give the network ready to read so many examples, by the kernels that their number earns.

        What else was compiled on the machine decides no digit. The form is made once for each precision and
        each choice of kernels.

        Args:
            examples: How many there are.
            precision: Of products: `fp32`, `bf16`, or `auto`.

        Yields:
            The form, and what the user should know of the kernels, in at most one line.
        """
        if precision not in get_args(Precision):
            raise UsageError(field_not_a_choice("precision", precision, get_args(Precision)))
        views = VIEW_COUNTS[self.document.recipe.views]
        products = self.network.walk.total.multiply_adds * examples * views
        choice, remarks = choose_kernels(lambda: kernels_for(self.network, precision), products)
        # Another engine is asked for by the work alone, too.
        key = precision, choice.names, products >= _ENGINE_PRODUCTS
        with choice:
            if key not in self._forms:
                form = self._forms[key] = InferenceForm(self.network, precision)
                if products >= _ENGINE_PRODUCTS:
                    remarks += form.choose_engine()
            yield self._forms[key], remarks


def prepare_picture(document: Document, picture: Picture, mean: Tensor | None = None) -> Tensor:
    """Return a picture as a document's network reads it: 1 x channels x height x width, float32.

    Args:
        document: Its preparation is followed.
        picture: A file, a PIL image, an array or a tensor.
        mean: Of the training images, if the preparation subtracts one.

    Raises:
        DataError: The network reads no images, or the picture cannot be decoded or fitted.
    """
    return _prepared(document, partial(fit_given, picture), mean)


def prepare_content(
    document: Document, content: bytes, name: str, mean: Tensor | None = None
) -> Tensor:
    """Return a picture that lies in memory as a document's network reads it, as `prepare_picture` does.

    Args:
        document: Its preparation is followed.
        content: Bytes of a file.
        name: Of the picture, for the message.
        mean: Of the training images, if the preparation subtracts one.

    Raises:
        DataError: The network reads no images, or the bytes cannot be decoded or fitted.
    """

    def fit(image: Image, preparation: Preparation) -> Tensor:
        return fit_picture(decode_open(BytesIO(content), name), image, preparation, name)

    return _prepared(document, fit, mean)


def _prepared(
    document: Document, fit: Callable[[Image, Preparation], Tensor], mean: Tensor | None
) -> Tensor:
    image, preparation = document.table.image, document.preparation
    if image is None:
        raise DataError(network_reads_no_images(document.name))
    view = central(fit(image, preparation).unsqueeze(0), preparation)
    return standardize(view, preparation, mean)


def save_bundle(
    folder: Path,
    document: Document,
    classes: tuple[str, ...],
    weights: Mapping[Weights, Tensors],
    result: str,
    mean: Tensor | None = None,
    vocabulary: Vocabulary | None = None,
    looks: Looks | None = None,
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
        looks: How the training images look.

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
        text = f"{write_document(document)}\n{result}\n"
        # As it will be read again: what writing leaves out must not part the two.
        written = fingerprint(choose(read_networks(text, str(folder)), None, str(folder)))
        write_durably(fresh / "README.md", text)
        config = _config(document, classes, digests, written)
        if looks is not None:
            config["looks"] = looks.ranges
        text = f"{json.dumps(config, indent=2, ensure_ascii=False)}\n"
        write_durably(fresh / "config.json", text)
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


def _config(
    document: Document, classes: tuple[str, ...], digests: dict[str, str], written: str
) -> dict[str, Any]:
    reads_words = document.table.words is not None
    image = document.table.image
    told = {} if image is None else {"reading": _reading(document, image)}
    return {
        "format": FORMAT,
        "network": document.name,
        "input": str(document.table.input),
        "preparation": asdict(document.text) if reads_words else document.preparation.as_json(),
        **told,
        "classes": classes,
        "document": written,
        "sha256": digests,
    }


def _reading(document: Document, image: Image) -> dict[str, str]:
    """Tell other programs what the preparation leaves open; Striate itself reads none of it."""
    is_digit = document.preparation.fit == "digit"
    return {
        "channels": "gray, ITU-R 601-2" if image.channels == 1 else "red, green, blue",
        "axes": "channels, height, width",
        "resampling": "hamming, Pillow" if is_digit else "bilinear, Pillow, width before height",
        "views": document.recipe.views,
    }


def _take_place(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
    elif not exchange(fresh, folder):
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    flush_folder(folder.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove what a process that was killed while it wrote a bundle has left beside it.

    Where it was killed between two renames, the older bundle takes its place again.
    """
    old, fresh = (folder.with_name(f".{folder.name}.{name}") for name in ("old", "new"))
    if old.is_dir() and not folder.exists():
        old.rename(folder)
    for leftover in (old, fresh):
        shutil.rmtree(leftover, ignore_errors=True)


def bundle_of(given: Bundle | str | Path) -> Bundle:
    """Return a bundle as it is, or load it from the folder that is given for it.

    Raises:
        BundleError: There is none in the folder, or something else is given.
    """
    if isinstance(given, Bundle):
        return given
    if isinstance(given, str | Path):
        return load_bundle(given)
    raise BundleError(not_a_bundle(type(given).__name__))


def load_bundle(folder: str | Path, weights: Weights = "best", device: str = PROCESSOR) -> Bundle:
    """Load a bundle.

    Args:
        folder: The bundle, the folder of the run that wrote it, or `hf:owner/name` on Hugging Face's hub.
        weights: Those of the best or of the last epoch.
        device: Where the network reads: `cpu`, `cuda` or `cuda:1`.

    Raises:
        DeviceError: torch does not find the device.
        BundleError: A file is missing, altered, of another format, or does not fit the table.
    """
    check_device(device, "--device")
    if not isinstance(folder, str | Path):
        raise BundleError(not_a_bundle(type(folder).__name__))
    if weights not in get_args(Weights):
        raise UsageError(field_not_a_choice("weights", weights, get_args(Weights)))
    place = folder_from_hub(str(folder)) if str(folder).startswith(HUB) else Path(folder)
    if not (place / "config.json").exists() and (place / "bundle" / "config.json").exists():
        place /= "bundle"
    text = "network.md" if (place / "network.md").is_file() else "README.md"
    names = (text, "config.json", _FILES[weights])
    missing = [name for name in names if not (place / name).is_file()]
    if missing:
        runs = sorted(file.parts[-3] for file in place.glob("*/bundle/config.json"))
        if runs:
            raise BundleError(folder_of_bundles(str(folder), runs))
        if (place / "run.yaml").is_file():
            raise BundleError(run_without_bundle(str(folder)))
        raise BundleError(no_bundle(str(folder), missing))
    config = _read_config(place / "config.json")
    document = _document(place / text, config)
    classes = tuple(config["classes"])
    _check_classes(document, classes, place)
    remarks = remarks_of_run(document.body, place)
    document = replace(document, table=document.table.without_heads, body="")
    digests = config["sha256"]
    digest = str(digests.get(_FILES[weights]))
    tensors = _tensors(place / _FILES[weights], digest, document)
    network, mean = _network(document, tensors, place / _FILES[weights])
    vocabulary = _vocabulary(document, place / VOCABULARY, str(digests.get(VOCABULARY)))
    mean = None if mean is None else mean.to(device)
    looks = _looks(config, place / "config.json")
    return Bundle(document, network.to(device), classes, place, mean, vocabulary, looks, remarks)


def _read_config(file: Path) -> dict[str, Any]:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise BundleError(unreadable_bundle(str(file), "it is nested too deeply")) from error
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BundleError(unreadable_bundle(str(file), str(error))) from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        came = config.get("format") if isinstance(config, dict) else None
        raise BundleError(bundle_of_other_format(str(file), came, FORMAT))
    wanted = {"preparation": dict, "classes": list, "sha256": dict}
    wrong = [name for name, kind in wanted.items() if not isinstance(config.get(name), kind)]
    if wrong or not all(isinstance(one, str) for one in config["classes"]):
        problem = f"{wrong[0] if wrong else 'classes'} is missing or of another form"
        raise BundleError(unreadable_bundle(str(file), problem))
    counts: Counter[str] = Counter(config["classes"])
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise BundleError(unreadable_bundle(str(file), f"classes names {twice[0]!r} twice"))
    return config


def _looks(config: dict[str, Any], file: Path) -> Looks | None:
    """Read how the training images look; bundles of older versions do not say it."""
    if "looks" not in config:
        return None
    try:
        ranges = {
            str(name): (float(low), float(high)) for name, (low, high) in config["looks"].items()
        }
        return Looks(ranges)
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise BundleError(unreadable_bundle(str(file), f"looks: {error}")) from error


def _document(file: Path, config: dict[str, Any]) -> Document:
    preparation = config["preparation"]
    try:
        document = _written_by_us(file, config) or choose(read_file(file), None, str(file))
        document.sound_walk()
        if config.get("document", fingerprint(document)) != fingerprint(document):
            raise BundleError(altered_document(str(file)))
        if document.table.words is None:
            pictures = record_of(Preparation, preparation, "preparation")
            if faults := image_faults(document.table, document.recipe, pictures):
                raise BundleError(*faults)
            return replace(document, preparation=pictures)
        return replace(document, text=record_of(TextPreparation, preparation, "preparation"))
    except (DocumentError, RecipeError) as error:
        raise BundleError(*error.faults) from error


def _written_by_us(file: Path, config: dict[str, Any]) -> Document | None:
    """Read the network as Striate wrote it, which takes a fraction of the time of reading any form; None if it is not so."""
    # Whatever is wrong is said when it is read in full.
    with suppress(DocumentError, NoNetworkError):
        documents = read_file(file, own_form=True)
        if len(documents) == 1 and config.get("document") == fingerprint(documents[0]):
            return documents[0]
    return None


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


def _check_classes(document: Document, classes: tuple[str, ...], place: Path) -> None:
    """Make sure that each output of the network has a name."""
    last = document.table.trunk[-1]
    output = document.sound_walk().trunk[-1].output
    is_binary = fitting_losses(document.table) == ("binary-cross-entropy",)
    outputs = None if output is None else output.elements + is_binary
    if outputs is not None and outputs != len(classes):
        raise BundleError(
            other_class_count(str(place / "config.json"), len(classes), last.name, outputs)
        )


def _tensors(file: Path, digest: str, document: Document) -> dict[str, Tensor]:
    """Read the weights, once their digest is right and their header is that of the table.

    The table may claim millions of maps: it is built without numbers first, and compared.
    """
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(altered_file(str(file)))
    claimed = 4 * document.sound_walk().total.parameters
    if claimed > len(content):
        problem = f"the table has {claimed:,} bytes of weights, the file has {len(content):,}"
        raise BundleError(weights_do_not_fit(str(file), problem))
    try:
        tensors = safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise BundleError(unreadable_bundle(str(file), str(error))) from error
    for name, values in tensors.items():
        if values.dtype not in _DTYPES:
            raise BundleError(weights_of_other_dtype(str(file), name, str(values.dtype)))
        if not torch.isfinite(values).all():
            raise BundleError(weights_not_finite(str(file), name))
    return tensors


def _network(document: Document, tensors: Tensors, file: Path) -> tuple[Network, Tensor | None]:
    network, image, kept = build(document), document.table.image, dict(tensors)
    mean = kept.pop(_MEAN, None)
    expected = None if image is None else mean_axes(image, document.preparation)
    if (None if mean is None else tuple(mean.shape)) != expected:
        subtract = document.preparation.subtract
        raise BundleError(weights_do_not_fit(str(file), f"{_MEAN} is not that of {subtract}"))
    own = network.state_dict()
    for name, values in kept.items():
        if name in own and values.dtype != own[name].dtype:
            raise BundleError(weights_of_other_dtype(str(file), name, str(values.dtype)))
    try:
        network.load_state_dict(kept)
    except RuntimeError as error:
        problem = " ".join(str(error).split())
        raise BundleError(weights_do_not_fit(str(file), problem)) from error
    return network.eval(), mean
