"""Weights as others keep them: bundles, the hub, and files of torch, NumPy, ONNX and Keras. Nothing of a file is run."""

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import final

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from striate.data import Vocabulary
from striate.documents import Document
from striate.errors import TrainingError
from striate.errors.arguments import need
from striate.errors.fault import Fault
from striate.errors.transfer import (
    library_for_weights,
    no_weights_there,
    objects_beside_tensors,
    one_of_several,
    several_state_dicts,
    unreadable_weights,
    weights_not_known,
    weights_of_caffe,
    whole_model,
)
from striate.prediction.bundle import Bundle, load_bundle
from striate.prediction.hub_bundles import HUB, weights_from_hub
from striate.training.weights.pickled import named_objects


Given = Bundle | Mapping[str, Tensor] | str | Path
"""A bundle, a state dict, or the path of one."""

NOT_LEARNT = (".num_batches_tracked", ".padding")
"""What modules keep beside what they learn: a count that nothing reads, and the zeros of the padding word."""

_WRAPPERS = ("state_dict", "model", "model_state_dict", "net")
"""Names under which programs keep a state dict in a file, beside other things; the first of them is taken."""

_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.")
"""What programs put ahead of all names: the wrappers of torch, and the field that a network is kept in."""


@final
@dataclass(frozen=True, slots=True)
class Found:
    """Weights that were read.

    Args:
        tensors: By their names, which end in weight, bias, running_mean or running_var.
        where: Whose they are.
        digest: SHA-256 of the file.
        notes: What should be known of them.
        vocabulary: The words of a bundle that reads sentences.
        is_ordered: Whether they stand in the order of their network.
        maps_last: Whether full layers read maps with the channels last.
        document: Of a bundle.
    """

    tensors: Mapping[str, Tensor]
    where: str
    digest: str | None = None
    notes: tuple[str, ...] = ()
    vocabulary: Vocabulary | None = None
    is_ordered: bool = True
    maps_last: bool = False
    document: Document | None = None


def read_weights(weights: Given) -> Found:
    """Read the weights of another network.

    Args:
        weights: As `load_weights` takes them.

    Raises:
        TrainingError: They cannot be read.
        BundleError: A bundle cannot be read, or the hub does not give it.
    """
    if isinstance(weights, Bundle):
        return _of_bundle(weights)
    if isinstance(weights, Mapping):
        tensors, notes = _chosen(weights, "weights")
        return Found(tensors, "the state dict", notes=notes)
    need("weights", weights, (str, Path), "a bundle, a state dict, or the path of either")
    where = str(weights)
    path = weights_from_hub(where) if where.startswith(HUB) else Path(weights)
    if path.is_dir():
        return _of_bundle(load_bundle(path), where)
    ending = path.suffix.lower()
    if not path.is_file():
        raise TrainingError(no_weights_there(where))
    if ending == ".caffemodel":
        raise TrainingError(weights_of_caffe(where))
    reader = _reader_by_content(path) or _READERS.get(ending)
    if reader is None:
        raise TrainingError(weights_not_known(where))
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return reader(path, where, digest)
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        EOFError,
        RuntimeError,
        zipfile.BadZipFile,
        safetensors.SafetensorError,
    ) as error:
        problem = " ".join(str(error).split())[:200] or type(error).__name__
        raise TrainingError(unreadable_weights(where, problem)) from error


def _of_bundle(bundle: Bundle, where: str | None = None) -> Found:
    file = bundle.folder / "model.safetensors"
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
    tensors = bundle.network.state_dict()
    return Found(
        tensors,
        where or str(bundle.folder),
        digest,
        vocabulary=bundle.vocabulary,
        document=bundle.document,
    )


def _of_safetensors(path: Path, where: str, digest: str) -> Found:
    tensors = _plain(safetensors.torch.load(path.read_bytes()), where)
    return Found(tensors, where, digest, is_ordered=False)


def _of_numpy(path: Path, where: str, digest: str) -> Found:
    with np.load(path, allow_pickle=False) as file:
        tensors = {name: torch.from_numpy(file[name]) for name in file.files}
    return Found(_plain(tensors, where), where, digest)


def _of_torch(path: Path, where: str, digest: str) -> Found:
    """Read a file of torch, of which nothing but tensors and plain values is ever made."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # a file of strangers may break the reader at any place
        raise TrainingError(_fault_of_torch(path, where)) from error
    tensors, notes = _chosen(found, where)
    return Found(tensors, where, digest, notes)


def _fault_of_torch(path: Path, where: str) -> Fault:
    """Say what a file of torch holds that is not read; torch's own words advise to run what is in it."""
    if any(name.endswith("/constants.pkl") for name in _members(path)):
        return whole_model(where, "torch.jit.load")
    pickled = named_objects(path)
    if any(name.startswith("torch.nn.modules.") for name in pickled):
        return whole_model(where, "torch.load")
    others = [name for name in pickled if not name.startswith(_PLAIN)]
    if others:
        return objects_beside_tensors(where, others)
    return unreadable_weights(where, "it is damaged, cut off, or no file that torch.save writes")


_PLAIN = ("torch.", "collections.OrderedDict")
"""Modules of what is pickled of a state dict itself."""


def _of_onnx(path: Path, where: str, digest: str) -> Found:
    _check_library(where, "onnx", "export")
    from striate.training.weights.onnx_files import read_onnx_weights  # noqa: PLC0415 - needs an extra

    tensors, notes = read_onnx_weights(path, where)
    return Found(_plain(tensors, where), where, digest, notes)


def _of_keras(path: Path, where: str, digest: str) -> Found:
    _check_library(where, "h5py", "keras")
    from striate.training.weights.keras_files import read_keras_weights  # noqa: PLC0415 - needs an extra

    tensors, is_ordered = read_keras_weights(path, where)
    return Found(tensors, where, digest, is_ordered=is_ordered, maps_last=True)


_READERS: dict[str, Callable[[Path, str, str], Found]] = {
    ".safetensors": _of_safetensors,
    ".npz": _of_numpy,
    ".pth": _of_torch,
    ".pt": _of_torch,
    ".bin": _of_torch,
    ".ckpt": _of_torch,
    ".onnx": _of_onnx,
    ".h5": _of_keras,
    ".hdf5": _of_keras,
    ".keras": _of_keras,
}


def _reader_by_content(path: Path) -> Callable[[Path, str, str], Found] | None:
    """Choose a reader by what a file holds, as `model_best.pth.tar` is no tar and a `.bin` may be anything."""
    with path.open("rb") as file:
        first = file.read(_BEGINNING)
    if first.startswith(b"\x89HDF\r\n"):
        return _of_keras
    if first.startswith(b"\x80") and b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." in first:
        return _of_torch  # the number that torch put ahead of what it pickled before its files were archives
    if first[8:10] == b'{"' and int.from_bytes(first[:8], "little") < path.stat().st_size:
        return _of_safetensors
    members = _members(path)
    if any(Path(name).name == "data.pkl" for name in members):
        return _of_torch
    if "model.weights.h5" in members:
        return _of_keras
    return _of_numpy if members and all(name.endswith(".npy") for name in members) else None


_BEGINNING = 64
"""Bytes by which the forms of files tell themselves apart."""


def _members(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return []


def _check_library(where: str, library: str, extra: str) -> None:
    if find_spec(library) is None:
        raise TrainingError(library_for_weights(where, library, extra))


def _plain(found: object, where: str) -> dict[str, Tensor]:
    """Return a state dict without what programs lay around it."""
    return _chosen(found, where)[0]


def _chosen(found: object, where: str) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Return the state dict of a file, and what should be known where it is one of several."""
    notes: tuple[str, ...] = ()
    if isinstance(found, Mapping):
        tensors = _tensors(found)
        if not tensors:
            inner = {name: _tensors(one) for name, one in found.items() if isinstance(one, Mapping)}
            inner = {str(name): one for name, one in inner.items() if one}
            named = next((name for name in _WRAPPERS if name in inner), next(iter(inner), ""))
            if len(inner) > 1:
                if named not in _WRAPPERS:
                    raise TrainingError(several_state_dicts(where, list(inner)))
                notes = (one_of_several(named, [name for name in inner if name != named]),)
            tensors = inner.get(named, {})
        if tensors:
            return _without_prefixes(tensors), notes
    raise TrainingError(unreadable_weights(where, "it holds no tensors by name"))


def _tensors(found: Mapping[object, object]) -> dict[str, Tensor]:
    return {str(name): one for name, one in found.items() if isinstance(one, Tensor)}


def _without_prefixes(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    while True:
        shared = next(
            (one for one in _PREFIXES if all(name.startswith(one) for name in tensors)), None
        )
        if shared is None:
            return tensors
        tensors = {name.removeprefix(shared): one for name, one in tensors.items()}
