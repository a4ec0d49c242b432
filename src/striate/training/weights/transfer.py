"""Begin with the weights of another network: match them to rows, and say what was taken."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, final

import torch
from torch import Tensor, nn

from striate.data import Vocabulary
from striate.documents import Document
from striate.documents.front_matter import values_of
from striate.errors import TrainingError
from striate.errors.arguments import need
from striate.errors.fault import counted
from striate.errors.transfer import (
    batch_norm_was_folded,
    no_weights_fit,
    norms_without_rows,
    order_not_kept,
    preparation_differs,
    preparation_unknown,
    rows_were_taken,
    side_heads_left,
    words_were_taken,
)
from striate.modules import Embedding, Network
from striate.preparation import Preparation
from striate.shapes import Image
from striate.training.weights.files import NOT_LEARNT, Found, Given, read_weights


By = Literal["name", "order and shape"]

_KINDS = ("weight", "bias", "running_mean", "running_var")
_COLORS = 3
_FOLDED = {"weight", "bias"}
_SIDE = re.compile(r"(?:.*[._/])?(?:aux|loss[12]\b)", re.IGNORECASE)
"""What torchvision and Caffe call the side heads of GoogLeNet."""


@final
@dataclass(frozen=True, slots=True)
class Taken:
    """What a network has taken of other weights.

    Args:
        where: Whose they were.
        rows: How many rows have weights.
        taken: The network's tensors, each with the name that it had there.
        began: Rows for which there were none, each with the reason: they are as they were.
        unused: What was not taken, by its names there.
        by: How they were matched: by their names, or by their order and shapes.
        digest: SHA-256 of the file; None where there is none.
        notes: What else should be known.
        document: Of a bundle; None of other weights.
    """

    where: str
    rows: int
    taken: Mapping[str, str]
    began: Mapping[str, str]
    unused: tuple[str, ...]
    by: By
    digest: str | None = None
    notes: tuple[str, ...] = ()
    document: Document | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Say it in a line."""
        count = self.rows - len(self.began)
        said = rows_were_taken(self.where, count, self.rows, self.by, self.began, self.unused)
        return " ".join((said, *self.notes))

    @property
    def plain(self) -> dict[str, object]:
        """All of it as plain values, as `run.yaml` keeps it."""
        told = {"from": self.where, "sha256": self.digest, "matched_by": self.by}
        return {name: one for name, one in told.items() if one is not None} | {
            "taken": dict(self.taken),
            "begun_anew": dict(self.began),
            "not_taken": list(self.unused),
        }


@final
@dataclass(frozen=True, slots=True)
class _Group:
    """The tensors of one layer.

    Args:
        name: What they are named ahead of their last dot.
        tensors: By kind: weight, bias, running_mean, running_var.
    """

    name: str
    tensors: dict[str, Tensor]

    @property
    def size(self) -> str:
        """The sizes of the weight, or of what there is."""
        first = next(iter(self.tensors.values()))
        return "x".join(map(str, first.shape)) or "one value"

    @property
    def is_norm(self) -> bool:
        return "running_mean" in self.tensors


@dataclass(slots=True)
class _Match:
    """What goes where.

    Args:
        pairs: The network's layers by name, each with what it takes.
        taken: The network's tensors, each with its name in the file.
        notes: What should be known of it.
    """

    pairs: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, own: _Group, given: _Group, tensors: dict[str, Tensor]) -> None:
        self.pairs[own.name] = tensors
        self.taken |= {f"{own.name}.{kind}": f"{given.name}.{kind}" for kind in tensors}


def load_weights(
    network: Network, weights: Given | Found, *, words: Vocabulary | None = None
) -> Taken:
    """Put the weights of another network into a network, as far as they fit.

    Rows are matched by their names and shapes, or one by one in their order, whichever takes more of them. In
    order all must have the same kinds and shapes up to the last row with weights, for a guess would go wrong unseen.
    A file may name its layers as torch does: `layer1.0.conv1` is the row `layer1.0.conv1`, too.

    Args:
        network: Its weights change.
        weights: A bundle, or the folder of one or of a run; `hf:owner/name` on Hugging Face's hub; a file
            `.safetensors`, `.npz`, or `.pth` of torch, of which nothing but tensors is read; `.onnx`; `.h5` or
            `.keras` of Keras; a state dict; or what was read of any of these.
        words: Those of the network, if it reads sentences: vectors of a bundle are then taken word by word.

    Returns:
        What was taken, and what was not.

    Raises:
        TrainingError: The file cannot be read, or its weights do not fit.
        BundleError: The bundle cannot be read.
    """
    need("network", network, Network, "what striate.build returns")
    found = weights if isinstance(weights, Found) else read_weights(weights)
    if words is not None and found.vocabulary is not None:
        found = _by_words(found, words, network)
    own = _groups(network.state_dict())
    given = _groups(found.tensors)
    match, by = _matched(network, own, given, found)
    with torch.no_grad():
        for name, tensors in match.pairs.items():
            module = network.get_submodule(name)
            for kind, values in tensors.items():
                kept = getattr(module, kind)
                kept.copy_(values.reshape(kept.shape))
    used = {source.rpartition(".")[0] for source in match.taken.values()}
    rows = _rows_of(network, own)
    by_name = {_plain(group.name): group for group in given}
    began = {
        row: _reason(groups, by_name)
        for row, groups in rows.items()
        if any(group.name not in match.pairs for group in groups)
    }
    unused = tuple(group.name for group in given if group.name not in used)
    notes = (*found.notes, *match.notes)
    return Taken(
        *(found.where, len(rows), match.taken, began, unused, by, found.digest, notes),
        document=found.document,
    )


def preparation_remarks(taken: Taken, document: Document) -> tuple[str, ...]:
    """Say how pictures, or sentences, were prepared for the weights that a network begins with.

    Args:
        taken: Whose weights they are.
        document: The network that begins with them.
    """
    reads_words = document.table.words is not None
    ours = document.text if reads_words else document.preparation
    if taken.document is None:
        if document.table.image is None:
            return ()
        kind = document.preparation
        is_usual = kind.byte_values == Preparation().byte_values
        is_silent = is_usual and document.table.image.channels == _COLORS
        return (preparation_unknown(kind.fit, kind.values, kind.subtract, is_silent=is_silent),)
    theirs = taken.document.text if reads_words else taken.document.preparation
    then, now = values_of(theirs), values_of(ours)
    differences = [
        f"{name} {then.get(name, 'none')}, here {now.get(name, 'none')}"
        for name in (now | then)
        if then.get(name) != now.get(name)
    ]
    return (preparation_differs(differences),) if differences else ()


def load_onnx_weights(network: Network, file: Given) -> Taken:
    """Put the weights of an ONNX file into a network, as `load_weights` does.

    Args:
        network: Its weights change.
        file: The path, which ends in `.onnx`.

    Returns:
        What was taken, and what was not.

    Raises:
        TrainingError: The file cannot be read, or its weights do not fit.
    """
    return load_weights(network, file)


def _groups(tensors: Mapping[str, Tensor]) -> list[_Group]:
    """Put tensors that belong to one layer together, in the order of the first of each."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, values in tensors.items():
        if not name.endswith(NOT_LEARNT):
            layer, _, kind = name.rpartition(".")
            found.setdefault(layer, {})[kind] = values
    return [_Group(layer, kinds) for layer, kinds in found.items()]


def _rows_of(network: Network, own: Iterable[_Group]) -> dict[str, list[_Group]]:
    """Give the layers of each row that has weights."""
    rows = {child: step.row for step in network.steps for child in step.children}
    found: dict[str, list[_Group]] = {}
    for group in own:
        found.setdefault(rows[group.name.partition(".")[0]], []).append(group)
    return found


def _reason(groups: list[_Group], by_name: Mapping[str, _Group]) -> str:
    """Say why a row has taken nothing."""
    for group in groups:
        there = by_name.get(_plain(group.name))
        if there is not None:
            return f"there {there.size}, here {group.size}"
    return f"here {groups[0].size}"


def _matched(
    network: Network, own: list[_Group], given: list[_Group], found: Found
) -> tuple[_Match, By]:
    named = _named(network, own, given, found)
    if len(named.pairs) == len(own):
        return named, "name"
    try:
        ordered = _in_order(network, own, _placed(own, given, found), found)
    except TrainingError:
        # Some names may be the same by chance: what is taken, and what is not, is told.
        if not named.pairs:
            norms = [group.name for group in given if group.is_norm]
            if norms and not any(group.is_norm for group in own):
                raise TrainingError(norms_without_rows(found.where, norms)) from None
            raise
    else:
        if len(ordered.pairs) > len(named.pairs):
            return ordered, "order and shape"
    return named, "name"


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def _named(network: Network, own: list[_Group], given: list[_Group], found: Found) -> _Match:
    """Match layers whose names are the same, but for the signs between the parts of a name."""
    by_name = {_plain(group.name): group for group in given}
    match = _Match()
    for group in own:
        there = by_name.get(_plain(group.name))
        if there is not None:
            fitting = _fitting(network, group, there, found)
            if fitting is not None:
                match.take(group, there, fitting)
    return match


def _in_order(network: Network, own: list[_Group], given: list[_Group], found: Found) -> _Match:
    """Match layers one by one from the first one, up to the last row with weights."""
    main = {name.rpartition(".")[0] for name in network.without_heads(network.state_dict())}
    trunk = [group for group in own if group.name in main]
    heads = [group for group in own if group.name not in main]
    side = [group for group in given if _SIDE.match(group.name)]
    given = [group for group in given if not _SIDE.match(group.name)]
    match, place, folded = _Match(), 0, 0
    for index, group in enumerate(trunk):
        if group.name in match.pairs:  # with the one before it
            continue
        there = given[place] if place < len(given) else None
        fitting = None if there is None else _fitting(network, group, there, found)
        behind = trunk[index + 1] if index + 1 < len(trunk) else None
        after = given[place + 1] if place + 1 < len(given) else None
        if there and behind and _is_folded(group, behind, there, after):
            _take_folded(network, match, group, behind, there)
            folded, place = folded + 1, place + 1
            continue
        if there is None or fitting is None:
            if match.pairs and index == len(trunk) - 1:
                break
            raise TrainingError(
                no_weights_fit(
                    found.where,
                    len(match.pairs),
                    "nothing" if there is None else _shown(there),
                    _shown(group),
                )
            )
        match.take(group, there, fitting)
        place += 1
    if folded:
        match.notes.append(batch_norm_was_folded(folded))
    of_heads = [
        _fitting(network, group, there, found) for group, there in zip(heads, side, strict=False)
    ]
    if len(heads) == len(side) and all(fitting is not None for fitting in of_heads):
        for group, there, fitting in zip(heads, side, of_heads, strict=True):
            match.take(group, there, fitting or {})
    elif side:
        match.notes.append(side_heads_left(counted(len(side), "layer")))
    return match


def _shown(group: _Group) -> str:
    others = [kind for kind in _KINDS[1:] if kind in group.tensors]
    beside = f" with {', '.join(others)}" if others else ""
    return f"{group.name} of {group.size}{beside}"


def _fitting(
    network: Network, own: _Group, given: _Group, found: Found
) -> dict[str, Tensor] | None:
    """Return the tensors that a layer takes; None where they are not all there, or of other shapes."""
    if set(own.tensors) != set(given.tensors):
        return None
    taken = {}
    for kind, values in own.tensors.items():
        came = given.tensors[kind]
        if came.shape == values.shape:
            taken[kind] = came
            continue
        # A full layer is a convolution as large as its maps: the numbers are the same, in the same order.
        is_same = kind == "weight" and {came.dim(), values.dim()} == {2, 4}
        if not is_same or came.shape[0] != values.shape[0] or came.numel() != values.numel():
            return None
        taken[kind] = came
    if found.maps_last:
        is_vector = isinstance(network.get_submodule(own.name), nn.BatchNorm1d)
        for kind in taken if is_vector else ("weight",):
            taken[kind] = _maps_first(network, own.name, taken[kind])
    return taken


def _maps_first(network: Network, name: str, values: Tensor) -> Tensor:
    """Bring numbers for the values of flattened maps into the order of channels first.

    Shapes:
        values: units x (height x width x channels), or one for each value
        out: units x (channels x height x width), or the same
    """
    image = _flattened(network, name)
    if image is None or image.elements != values.shape[-1]:
        return values
    parts = values.reshape(-1, image.height, image.width, image.channels)
    return parts.permute(0, 3, 1, 2).reshape(values.shape)


def _flattened(network: Network, name: str) -> Image | None:
    """Find the maps that a full layer reads as one vector, through rows that keep their order."""
    children = [step.child for step in network.steps]
    if name not in children:
        return None
    reports, position = network.walk.reports, children.index(name) + 1
    while position > 0:
        shape = reports[position].inputs[0]
        if isinstance(shape, Image):
            return shape
        step = network.steps[position - 1]
        position = step.reads[0]
        behind = network.get_submodule(network.steps[position - 1].child) if position else None
        if not isinstance(behind, nn.Flatten | nn.Dropout | nn.BatchNorm1d | nn.Identity):
            return None
    return None


def _is_folded(own: _Group, norm: _Group, given: _Group, after: _Group | None) -> bool:
    """Whether a layer has taken in the batch normalization that stands behind it in the table."""
    if not norm.is_norm or own.is_norm or (after is not None and after.is_norm):
        return False
    weight, came = own.tensors.get("weight"), given.tensors.get("weight")
    return (
        weight is not None
        and came is not None
        and set(given.tensors) == _FOLDED
        and came.shape == weight.shape
        and set(norm.tensors) == set(_KINDS)
        and len(norm.tensors["weight"]) == len(given.tensors["bias"])
    )


def _take_folded(network: Network, match: _Match, own: _Group, norm: _Group, given: _Group) -> None:
    """Have a normalization do what is left of it: it adds the offset, for the rest is in the weights."""
    bias = given.tensors["bias"]
    module = network.get_submodule(norm.name)
    variance = torch.ones_like(bias)
    scale = torch.sqrt(variance + float(getattr(module, "eps", 0.0)))
    zero = torch.zeros_like(bias)
    match.pairs[own.name] = {"weight": given.tensors["weight"]}
    if "bias" in own.tensors:
        match.pairs[own.name]["bias"] = zero
    match.pairs[norm.name] = {
        "weight": scale,
        "bias": bias,
        "running_mean": zero,
        "running_var": variance,
    }
    match.taken[f"{own.name}.weight"] = f"{given.name}.weight"
    match.taken[f"{norm.name}.bias"] = f"{given.name}.bias"


def _by_words(found: Found, words: Vocabulary, network: Network) -> Found:
    """Bring word vectors into the order of the network's own words; those of other words are as they were drawn."""
    theirs = found.vocabulary
    if theirs is None or theirs.words == words.words:
        return found
    tensors, notes = dict(found.tensors), list(found.notes)
    numbers = torch.tensor(theirs.numbers(words.words))
    for name, module in network.named_children():
        key = f"{name}.weight"
        if not isinstance(module, Embedding) or key not in tensors:
            continue
        given, fresh = tensors[key], module.weight.detach().clone()
        if given.shape[1:] != fresh.shape[1:] or len(given) != len(theirs):
            continue
        # Word n has the line n - 1.
        is_known = numbers > 0
        fresh[is_known] = given[numbers[is_known] - 1].to(fresh.dtype)
        tensors[key] = fresh
        notes.append(words_were_taken(name, int(is_known.sum()), len(words)))
    return replace(found, tensors=tensors, notes=tuple(notes))


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
    "pre_logits": (3, 0),
    "classifier": (4, 0),
    "fc": (4, 0),
    "linear": (4, 0),
    "head": (5, 0),
}
"""Where modules stand among their neighbours, as torchvision and timm name those of ResNet, VGG and AlexNet."""


def _place(name: str) -> tuple[tuple[int, int, int], ...] | None:
    """Return where a layer stands in its network by its name alone; None where the name does not say."""
    places = []
    for module in name.split("."):
        found = _COMPONENT.fullmatch(module)
        if found is None or found[1] not in _PLACES:
            return None
        section, behind = _PLACES[found[1]]
        places.append((section, int(found[2] or 0), behind))
    return tuple(places)


def _placed(own: list[_Group], given: list[_Group], found: Found) -> list[_Group]:
    """Put layers in the order of their network, where the file does not keep it."""
    if found.is_ordered:
        return given
    if found.maps_last:
        return _by_kinds(own, given)
    places = {group.name: _place(group.name) for group in given}
    unknown = next((name for name, place in places.items() if place is None), None)
    if unknown is not None:
        raise TrainingError(order_not_kept(found.where, unknown))
    return sorted(given, key=lambda group: places[group.name] or ())


def _by_kinds(own: list[_Group], given: list[_Group]) -> list[_Group]:
    """Put layers in the order of a network, of which those of one kind already stand in theirs."""
    left = list(given)
    placed = []
    for group in own:
        there = next((one for one in left if _kind(one) == _kind(group)), None)
        if there is not None:
            left.remove(there)
            placed.append(there)
    return placed + left


def _kind(group: _Group) -> tuple[bool, int, bool]:
    weight = group.tensors.get("weight")
    axes = 0 if weight is None else weight.dim()
    is_by_channel = weight is not None and axes == 4 and weight.shape[1] == 1  # noqa: PLR2004
    return group.is_norm, axes, is_by_channel
