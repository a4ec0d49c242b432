"""What Keras writes of a model: the JSON of `model.to_json()`, and the config in its own files.

It is written out as the calls that build the model, each on its line of the JSON, and these are read as code is.
"""

import json
import re
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, final

from striate.documents.parts import Block, Parts


_MODELS = {"Sequential", "Functional", "Model"}
_LEFT_OUT = {"dtype", "sparse", "ragged", "optional", "renorm_momentum", "renorm_clipping"}
"""What of a layer's config says nothing of what it computes."""

_USUAL = {"trainable": True, "renorm": False, "virtual_batch_size": None}
"""What a config says of every layer, and means nothing by, where it is this."""

_USUAL_NUMBERS = {"GlorotUniform", "Zeros", "Ones"}
"""By which rules layers begin where the program does not say it."""


def saved_config(path: Path, longest: int) -> str | None:
    """Return the config that a file of Keras holds beside its weights, none of which are read.

    Args:
        path: A `.keras` archive, or an HDF5 file, which needs the library h5py.
        longest: Most characters of the config; there is no more read of it.

    Returns:
        JSON; None if there is none.

    Raises:
        OSError: The file cannot be opened.
    """
    if path.suffix.casefold() == ".keras":
        try:
            with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
                return file.read(longest + 1).decode()
        except (
            zipfile.BadZipFile,
            zlib.error,
            KeyError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ):
            return None
    import h5py  # noqa: PLC0415 - needs an extra

    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError):
        return None  # which is how h5py says that it is no HDF5
    return config.decode() if isinstance(config, bytes) else config


def split_keras_config(text: str) -> Parts:
    """Return a model that Keras wrote as one block of code.

    Args:
        text: JSON.

    Returns:
        Parts with one block; without one where it is no JSON, or no model.
    """
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return Parts(None, "", (), (), "")
    if isinstance(loaded, Mapping) and "class_name" not in loaded:
        # Programs that save more than the model keep it in a field.
        loaded = next((loaded[name] for name in ("config", "model") if name in loaded), loaded)
    if not _is_layer(loaded) or loaded["class_name"] not in _MODELS:
        return Parts(None, "", (), (), "")
    try:
        lines = _Program(text).of(loaded)
    except RecursionError:
        return Parts(None, "", (), (), "")
    return Parts(None, "", (), (Block("python", 0, lines, is_closed=True),), "")


def _is_layer(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("class_name"), str)
        and isinstance(value.get("config"), Mapping | list)
    )


@final
class _Program:
    """The calls that build a model, on the lines where the JSON names their layers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._calls: list[list[str]] = [[] for _ in range(len(self._ends) + 1)]
        self._at = 0
        self._is_lost = False
        self._count = 0

    def of(self, model: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the lines of the program."""
        self._say("from tensorflow import keras")
        self._model(model, "model")
        return tuple("; ".join(calls) for calls in self._calls)

    def _say(self, call: str) -> None:
        self._calls[bisect_right(self._ends, self._at)].append(call)

    def _found(self, layer: Mapping[str, Any]) -> None:
        """Go on to where the text names a layer, whatever its blanks are; a name that is spelt otherwise ends the search."""
        if self._is_lost:
            return
        named = re.compile(r'"class_name"\s*:\s*' + re.escape(json.dumps(layer["class_name"])))
        found = named.search(self._text, self._at)
        if found is None:
            self._is_lost = True
        else:
            self._at = found.end()

    def _new(self) -> str:
        self._count += 1
        return f"_{self._count}"

    def _model(self, model: Mapping[str, Any], variable: str) -> None:
        config = model["config"]
        listed = config.get("layers") if isinstance(config, Mapping) else config
        layers = [layer for layer in listed or () if _is_layer(layer)]
        if model["class_name"] == "Sequential":
            self._say(f"{variable} = keras.Sequential()")
            for layer in layers:
                self._say(f"{variable}.add({self._made(layer)})")
            return
        maps: dict[tuple[str, int], str] = {}
        for layer in layers:
            self._place(layer, maps)
        ends = (
            [maps.get(end, "None") for end in _tensors(config.get(side))]
            for side in ("input_layers", "output_layers")
        )
        inputs, outputs = (_one_or_list(side) for side in ends)
        self._say(f"{variable} = keras.Model({inputs}, {outputs})")

    def _place(self, layer: Mapping[str, Any], maps: dict[tuple[str, int], str]) -> None:
        """Make a layer of a graph, and call it on each of what it reads."""
        name = str(layer.get("name") or layer["config"].get("name"))
        made = self._made(layer)
        if layer["class_name"] == "InputLayer":
            maps[name, 0] = self._new()
            self._say(f"{maps[name, 0]} = {made}")
            return
        variable = self._new()
        self._say(f"{variable} = {made}")
        for at, node in enumerate(layer.get("inbound_nodes") or ()):
            read = [maps.get(source, "None") for source in _tensors(node)]
            maps[name, at] = self._new()
            self._say(f"{maps[name, at]} = {variable}({_one_or_list(read)})")

    def _made(self, layer: Mapping[str, Any]) -> str:
        """Write the call that makes a layer; a model within a model is made ahead of it."""
        self._found(layer)
        kind, config = layer["class_name"], layer["config"]
        if kind in _MODELS:
            variable = self._new()
            self._model(layer, variable)
            return variable
        told = {**config, "name": layer.get("name") or config.get("name")}
        given = [f"{key}={_written(told[key])}" for key in told if _is_told(key, told)]
        called = "keras.Input" if kind == "InputLayer" else f"keras.layers.{_identifier(kind)}"
        return f"{called}({', '.join(given)})"


def _is_told(key: str, config: Mapping[str, Any]) -> bool:
    """Whether an argument says more than the config of every layer does, which holds all defaults."""
    value = config[key]
    if value is None or key in _LEFT_OUT or _USUAL.get(key, ...) == value:
        return False
    is_usual = isinstance(value, Mapping) and value.get("class_name") in _USUAL_NUMBERS
    return key.isidentifier() and not (key.endswith("_initializer") and is_usual)


def _identifier(kind: str) -> str:
    """Give the name of a class without the package that it is registered in: `Custom>Block`."""
    last = kind.rpartition(">")[2]
    return last if last.isidentifier() else "Unknown"


def _written(value: Any) -> str:
    """Write a value of a config as an expression; of objects that were saved, the name of their class."""
    if isinstance(value, Mapping):
        return repr(str(value.get("class_name", "an object")))
    if isinstance(value, list):
        return f"({''.join(f'{_written(one)}, ' for one in value)})"
    return repr(value)


def _one_or_list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _tensors(value: Any) -> Iterator[tuple[str, int]]:
    """Yield the layers that a node reads, and which of their calls it was: as Keras 2 and as Keras 3 write it."""
    if isinstance(value, Mapping):
        history = value.get("keras_history")
        if isinstance(history, list):
            yield from _tensors(history)
        else:
            for inner in value.values():
                yield from _tensors(inner)
    elif isinstance(value, list):
        match value:
            case [str(name), int(node), *_]:
                yield name, node
            case _:
                for inner in value:
                    yield from _tensors(inner)
