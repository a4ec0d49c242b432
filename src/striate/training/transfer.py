"""Begin with the weights of another network: read them, match them to rows, and say what was taken."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from striate.errors import TrainingError
from striate.errors.arguments import need
from striate.errors.fault import counted
from striate.errors.transfer import (
    no_weights_fit,
    order_not_kept,
    unreadable_weights,
    weights_not_known,
)
from striate.modules import Network
from striate.prediction.bundle import Bundle, load_bundle


Given = Bundle | Mapping[str, Tensor] | str | Path
"""A bundle, a state dict, or the path of one."""

_COUNTED = "num_batches_tracked"
"""What batch normalization counts and nothing here reads."""

_WRAPPERS = ("state_dict", "model", "model_state_dict")
"""Names under which programs keep a state dict in a file, beside other things."""

_UNORDERED = ".safetensors"

_NAMES_SHOWN = 6


@final
@dataclass(frozen=True, slots=True)
class Taken:
    """What a network has taken of other weights.

    Args:
        where: Whose they were.
        taken: The network's tensors, each with the name that it had there.
        began: The network's tensors for which there was none: they are as they were.
        unused: Tensors that were not taken.
        by: How they were matched: by their names, or by their order and shapes.
    """

    where: str
    taken: Mapping[str, str]
    began: tuple[str, ...]
    unused: tuple[str, ...]
    by: Literal["name", "order and shape"]

    def __str__(self) -> str:
        """Say it in a line."""
        said = f"Of {self.where}, {counted(len(self.taken), 'tensor')} were taken by {self.by}."
        if self.began:
            said += f" Not there, or of another shape, and so begun anew: {_some(self.began)}."
        if self.unused:
            said += f" Not taken: {_some(self.unused)}."
        return said


def load_weights(network: Network, weights: Given) -> Taken:
    """Put the weights of another network into a network, as far as they fit.

    Tensors are matched by their names and shapes, or one by one in their order, whichever takes more of them. In
    order all must have the same kinds and shapes up to the last row with weights, for a guess would go wrong unseen.

    Args:
        network: Its weights change.
        weights: A bundle, or the folder of one or of a run; a file `.safetensors`, `.npz`, or `.pth` of torch, of
            which nothing but tensors is read; or a state dict.

    Returns:
        What was taken, and what was not.

    Raises:
        TrainingError: The file cannot be read, or its weights do not fit.
        BundleError: The bundle cannot be read.
    """
    need("network", network, Network, "what striate.build returns")
    given = {name: one for name, one in _read(weights).items() if not name.endswith(_COUNTED)}
    own = {name: one for name, one in network.state_dict().items() if not name.endswith(_COUNTED)}
    where = _named(weights)
    pairs = {
        name: name for name, one in own.items() if name in given and given[name].shape == one.shape
    }
    by: Literal["name", "order and shape"] = "name"
    if len(pairs) < len(own):
        try:
            if isinstance(weights, str | Path) and Path(weights).suffix.lower() == _UNORDERED:
                given = _in_place(given, where)
            in_order = _in_order(own, given, where)
        except TrainingError:
            # Some names may be the same by chance: what is taken, and what is not, is told.
            if not pairs:
                raise
        else:
            if len(in_order) > len(pairs):
                pairs, by = in_order, "order and shape"
    with torch.no_grad():
        for name, source in pairs.items():
            own[name].copy_(given[source])
    used = set(pairs.values())
    return Taken(
        where,
        pairs,
        tuple(name for name in own if name not in pairs),
        tuple(name for name in given if name not in used),
        by,
    )


def _in_order(own: Mapping[str, Tensor], given: Mapping[str, Tensor], where: str) -> dict[str, str]:
    """Match tensors one by one from the first one, up to the last row with weights."""
    pairs: dict[str, str] = {}
    for name, source in zip(own, given, strict=False):
        if _kind(name) != _kind(source) or own[name].shape != given[source].shape:
            break
        pairs[name] = source
    last_row = list(own)[-1].rpartition(".")[0]
    missing = next((name for name in own if name not in pairs), None)
    if not pairs or (missing is not None and missing.rpartition(".")[0] != last_row):
        at = len(pairs)
        came = list(given)[at] if at < len(given) else None
        shown = "nothing" if came is None else f"{came} of {_size(given[came])}"
        needed = "nothing more" if missing is None else f"{missing} of {_size(own[missing])}"
        raise TrainingError(no_weights_fit(where, at, shown, needed))
    return pairs


def _kind(name: str) -> str:
    return name.rpartition(".")[2]


def _size(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one value"


def _named(weights: Given) -> str:
    if isinstance(weights, Bundle):
        return str(weights.folder)
    return str(weights) if isinstance(weights, str | Path) else "the state dict"


def _read(weights: Given) -> dict[str, Tensor]:
    if isinstance(weights, Bundle):
        return weights.network.state_dict()
    if isinstance(weights, Mapping):
        return _plain(weights, "weights")
    need("weights", weights, (str, Path), "a bundle, a state dict, or the path of either")
    path = Path(weights)
    if path.is_dir():
        return load_bundle(path).network.state_dict()
    try:
        match path.suffix.lower():
            case ".safetensors":
                return _plain(safetensors.torch.load(path.read_bytes()), str(path))
            case ".npz":
                with np.load(path, allow_pickle=False) as file:
                    return {name: torch.from_numpy(file[name]) for name in file.files}
            case ".pth" | ".pt" | ".bin":
                return _plain(_unpickled(path), str(path))
            case _:
                raise TrainingError(weights_not_known(str(path)))
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
        raise TrainingError(unreadable_weights(str(path), problem)) from error


def _unpickled(path: Path) -> object:
    """Read a file of torch, of which nothing but tensors and plain values is ever made."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # a file of strangers may break the reader at any place
        problem = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise TrainingError(unreadable_weights(str(path), problem)) from error


_COMPONENT = re.compile(r"([A-Za-z_]*?)_?(\d*)")
_PLACES = {
    "conv": (0, 0),
    "bn": (0, 1),
    "norm": (0, 1),
    "layer": (1, 0),
    "features": (1, 0),
    "": (1, 0),
    "downsample": (2, 0),
    "shortcut": (2, 0),
    "classifier": (3, 0),
    "fc": (3, 0),
    "head": (3, 0),
}
"""Where modules stand among their neighbours, as torchvision and timm name those of ResNet, VGG and AlexNet."""
_KINDS = ("weight", "bias", "running_mean", "running_var", _COUNTED)


def _place(name: str) -> tuple[tuple[int, int, int], ...] | None:
    """Return where a tensor stands in its network by its name alone; None where the name does not say."""
    *modules, kind = name.split(".")
    if kind not in _KINDS:
        return None
    places = []
    for module in modules:
        found = _COMPONENT.fullmatch(module)
        if found is None or found[1] not in _PLACES:
            return None
        section, behind = _PLACES[found[1]]
        places.append((section, int(found[2] or 0), behind))
    return (*places, (4, _KINDS.index(kind), 0))


def _in_place(tensors: dict[str, Tensor], where: str) -> dict[str, Tensor]:
    """Put tensors in the order of their network, which a file of safetensors does not keep."""
    places = {name: _place(name) for name in tensors}
    unknown = next((name for name, place in places.items() if place is None), None)
    if unknown is not None:
        raise TrainingError(order_not_kept(where, unknown))
    return {name: tensors[name] for name in sorted(tensors, key=lambda name: places[name] or ())}


def _plain(found: object, where: str) -> dict[str, Tensor]:
    """Return a state dict without what programs lay around it."""
    if isinstance(found, Mapping):
        inner = next(
            (found[name] for name in _WRAPPERS if isinstance(found.get(name), Mapping)), found
        )
        tensors = {str(name): one for name, one in inner.items() if isinstance(one, Tensor)}
        if tensors:
            return {name.removeprefix("module."): one for name, one in tensors.items()}
    raise TrainingError(unreadable_weights(where, "it holds no tensors by name"))


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
