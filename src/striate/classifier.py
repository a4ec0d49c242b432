"""A network that learns and answers by the protocol of scikit-learn, which need not be installed."""

import sys
import warnings
from collections.abc import Iterable
from dataclasses import fields, replace
from importlib import import_module
from inspect import Parameter, Signature
from math import isqrt
from pathlib import Path
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt
import torch

from striate.data import Examples, Source, fit_examples
from striate.documents import Document
from striate.documents.front_matter import recipe_with
from striate.errors import UsageError
from striate.errors.classifiers import (
    input_not_numbers,
    labels_not_classes,
    no_such_parameter,
    not_fitted,
    nothing_to_read,
    one_column_of_labels,
    other_inputs,
    other_lengths,
    shape_of_no_inputs,
    values_not_finite,
)
from striate.modules import build
from striate.networks import document_from
from striate.prediction import Bundle
from striate.prediction.views import Reader
from striate.recipe import Recipe
from striate.system.devices import PROCESSOR
from striate.table import Table
from striate.training.choosing import choose_for
from striate.training.launch import learn


Numbers = npt.NDArray[Any]

_FIELDS = tuple(item.name for item in fields(Recipe))
_OWN = ("network", "device")
_BATCH = 1000
_VECTORS, _GRAY, _COLORED = 2, 3, 4
"""Axes of flat examples, of gray pictures and of pictures whose last axis is the channels."""
_BYTES = 255
_LEAST_CLASSES = 2


class InputError(UsageError, ValueError, TypeError):
    """What a classifier was given cannot be its input; scikit-learn waits for errors of Python."""


@final
class StriateClassifier:
    """A network as a classifier of arrays: in `cross_val_score`, pipelines and grid search.

    Pictures come as (n, height * width), (n, height, width) or (n, height, width, channels), and what is no
    picture as (n, features). Networks of Striate read bytes: arrays of bytes are taken as they are; of other
    numbers the smallest and the largest of the training examples become 0 and 255, for pictures those of all
    pixels, for features those of each. What lies outside of them later is cut off there.

    Args:
        network: A shipped name, a path, a Document or a Table; chosen by the data when absent.
        device: Where it learns: `cpu`, `cuda` or `cuda:1`.
        recipe: Fields of `Recipe` that replace those of the document, such as `epochs` or `learning_rate`; None
            leaves a field as it is.

    Attributes:
        classes_: The classes, sorted, as `y` has them.
        n_features_in_: Numbers of one example.
        bundle_: The trained network.
        history_: What was measured of each epoch, a column a figure.

    Raises:
        UsageError: A parameter is none of these.
    """

    _estimator_type = "classifier"

    def __init__(
        self,
        network: str | Path | Document | Table | None = None,
        device: str = PROCESSOR,
        **recipe: Any,
    ) -> None:
        self._check_names(recipe)
        self.network, self.device = network, device
        for name in _FIELDS:
            setattr(self, name, recipe.get(name))

    # Named one by one for those who ask: scikit-learn, and the help of Python.
    __init__.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter("self", Parameter.POSITIONAL_OR_KEYWORD),
            Parameter("network", Parameter.POSITIONAL_OR_KEYWORD, default=None),
            Parameter("device", Parameter.POSITIONAL_OR_KEYWORD, default=PROCESSOR),
            *(Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in _FIELDS),
        ]
    )

    def __repr__(self) -> str:
        """Name what differs from the defaults."""
        given = {name: value for name, value in self.get_params().items() if value is not None}
        if given["device"] == PROCESSOR:
            del given["device"]
        return (
            f"StriateClassifier({', '.join(f'{name}={value!r}' for name, value in given.items())})"
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002 - the protocol
        """Return all parameters by name; None leaves one to the document."""
        return {name: getattr(self, name) for name in (*_OWN, *_FIELDS)}

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters, which count from the next `fit` on.

        Raises:
            UsageError: There is no such parameter.
        """
        self._check_names(parameters)
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    @staticmethod
    def _check_names(parameters: Iterable[str]) -> None:
        unknown = [name for name in parameters if name not in (*_OWN, *_FIELDS)]
        if unknown:
            raise InputError(*(no_such_parameter(name, (*_OWN, *_FIELDS)) for name in unknown))

    def fit(self, X: object, y: object) -> Self:  # noqa: N803 - the protocol
        """Learn.

        Shapes:
            X: n x features, n x height x width, or n x height x width x channels
            y: n

        Raises:
            InputError: They can be no examples and classes.
            StriateError: The network, or a field of the recipe, is wrong or does not suit them.
        """
        values, names = _numbers(X)
        labels = _labels(y, len(values))
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < _LEAST_CLASSES:
            raise InputError(labels_not_classes(f"y holds {len(self.classes_)} class"))
        self._read_shape(values, names)
        self._low, self._high = self._limits(values)
        examples = Examples(self._bytes(values), torch.from_numpy(numbers.astype(np.int64)))
        source = Source("arrays", tuple(map(str, self.classes_.tolist())), examples, examples)
        if self.network is None:
            document, _ = choose_for(source)
        else:
            document = document_from(self.network)
        given = {name: getattr(self, name) for name in _FIELDS if getattr(self, name) is not None}
        document = replace(document, recipe=recipe_with(document, given))
        learning = learn(document, source, device=self.device)
        network = learning.trainer.network
        trunk = replace(learning.document, table=learning.document.table.without_heads)
        plain = build(trunk)
        plain.load_state_dict(network.without_heads(learning.best))
        self.bundle_ = Bundle(
            trunk, plain.eval(), source.classes, Path("(in memory)"), learning.mean
        )
        self.n_iter_ = learning.trainer.progress.epoch
        self.history_ = learning.history
        return self

    def predict_proba(self, X: object) -> npt.NDArray[np.float64]:  # noqa: N803 - the protocol
        """Return the probability of each class.

        Shapes:
            out: n x classes, in the order of `classes_`

        Raises:
            InputError: Nothing was fitted, or the examples have another shape than those that were.
        """
        self._check_fitted()
        values, names = _numbers(X)
        shape, known = values.shape[1:], getattr(self, "feature_names_in_", None)
        if names is not None and known is not None and list(names) != list(known):
            raise InputError(other_inputs("columns of other names", "those of fit, in their order"))
        if shape != self._shape:
            count, needed = int(np.prod(shape)), self.n_features_in_
            raise InputError(
                other_inputs(f"{count} features", f"{needed} features as input", str(self._shape))
            )
        document = self.bundle_.document
        examples = Examples(self._bytes(values), torch.zeros(len(values), dtype=torch.int64))
        read_shape = document.sound_walk().input
        inputs = fit_examples(examples, read_shape, document.preparation).images
        with self.bundle_.reading(len(values)) as (form, _):
            read = Reader(form, document.preparation, document.recipe, self.bundle_.mean)
            found = [
                read(inputs[start : start + _BATCH])[1].double()
                for start in range(0, len(values), _BATCH)
            ]
        chances: npt.NDArray[np.float64] = torch.cat(found).numpy()
        return chances / chances.sum(1, keepdims=True)

    def predict(self, X: object) -> Numbers:  # noqa: N803 - the protocol
        """Return the likeliest class of each example, as `y` had it."""
        chances = self.predict_proba(X)
        return self.classes_[chances.argmax(1)]

    def score(self, X: object, y: object, sample_weight: object = None) -> float:  # noqa: N803 - the protocol
        """Return the part of the examples that is given its class, each by its weight."""
        predicted = self.predict(X)
        is_right = predicted == _labels(y, len(predicted))
        weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        return float(np.average(is_right, weights=weights))

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` has been called."""
        return hasattr(self, "bundle_")

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn asks of an estimator; it is installed where it asks."""
        utils = import_module("sklearn.utils")
        return utils.Tags(
            estimator_type="classifier",
            target_tags=utils.TargetTags(required=True),
            classifier_tags=utils.ClassifierTags(),
            input_tags=utils.InputTags(three_d_array=True),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was made for speed alone, and can be made again."""
        state = dict(self.__dict__)
        if "bundle_" in state:
            state["bundle_"] = replace(state["bundle_"])
        return state

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            exceptions = sys.modules.get("sklearn.exceptions")
            kind: type[UsageError] = InputError
            if exceptions is not None:
                kind = type("NotFittedError", (UsageError, exceptions.NotFittedError), {})
            raise kind(not_fitted())

    def _read_shape(self, values: Numbers, names: Numbers | None) -> None:
        self._shape = values.shape[1:]
        self.n_features_in_ = int(np.prod(self._shape))
        self._image = self._image_of(values)
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _image_of(self, values: Numbers) -> tuple[int, int, int] | None:
        """Return height, width and channels of one example; None for one that is no picture."""
        if values.ndim == _GRAY:
            return values.shape[1], values.shape[2], 1
        if values.ndim == _COLORED:
            return values.shape[1], values.shape[2], values.shape[3]
        image = None if self.network is None else document_from(self.network).table.image
        if image is None:
            return None
        count = values.shape[1]
        if count == image.elements:
            return image.height, image.width, image.channels
        side = isqrt(count // image.channels)
        if side * side * image.channels == count:
            return side, side, image.channels
        needed = f"{image.elements} features, or those of a square of {image.channels} channels"
        raise InputError(other_inputs(f"{count} features", needed))

    def _limits(self, values: Numbers) -> tuple[Numbers, Numbers]:
        """Return what becomes 0 and what becomes 255."""
        if values.dtype == np.uint8:
            return np.array(0.0), np.array(float(_BYTES))
        axis = 0 if self._image is None else None
        return values.min(axis).astype(np.float64), values.max(axis).astype(np.float64)

    def _bytes(self, values: Numbers) -> torch.Tensor:
        width = np.where(self._high > self._low, self._high - self._low, 1.0)
        shares = np.clip((values.astype(np.float64) - self._low) / width, 0, 1)
        stored = torch.from_numpy(np.round(shares * _BYTES).astype(np.uint8))
        if self._image is None:
            return stored
        return stored.reshape(-1, *self._image).permute(0, 3, 1, 2).contiguous()


def _numbers(given: object) -> tuple[Numbers, Numbers | None]:
    """Return examples as an array, and the names of its columns if it has some."""
    if hasattr(given, "toarray") or hasattr(given, "tocsr"):
        raise InputError(input_not_numbers("X is sparse", "a dense array: X.toarray()"))
    columns = getattr(given, "columns", None)
    names = None if columns is None else np.asarray(columns, object)
    if names is not None and not all(isinstance(name, str) for name in names):
        names = None
    values = np.asarray(given)
    if np.iscomplexobj(values):
        raise InputError(input_not_numbers("Complex data not supported: X is complex", "numbers"))
    if values.dtype == object or values.dtype.kind not in "buif":
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError) as error:
            fault = input_not_numbers(f"X holds what is no number: {error}", "numbers")
            raise InputError(fault) from error
    if not _VECTORS <= values.ndim <= _COLORED:
        raise InputError(shape_of_no_inputs(values.ndim, values.shape))
    if not len(values):
        raise InputError(nothing_to_read("sample", values.shape))
    if not values[0].size:
        raise InputError(nothing_to_read("feature", values.shape))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise InputError(values_not_finite("X"))
    return values, names


def _labels(given: object, count: int) -> Numbers:
    if given is None:
        came = "requires y to be passed, but the target y is None"
        raise InputError(labels_not_classes(came))
    labels = np.asarray(given)
    if labels.ndim == _VECTORS and labels.shape[1] == 1:
        exceptions = sys.modules.get("sklearn.exceptions")
        kind = UserWarning if exceptions is None else exceptions.DataConversionWarning
        warnings.warn(str(one_column_of_labels()), kind, stacklevel=3)
        labels = labels.ravel()
    if labels.ndim != 1:
        raise InputError(labels_not_classes(f"y has the shape {labels.shape}"))
    if len(labels) != count:
        raise InputError(other_lengths(count, len(labels)))
    if labels.dtype == object:
        kinds = sorted({type(one).__name__ for one in labels})
        try:
            np.unique(labels)
        except TypeError as error:
            came = f"y mixes values of the types {' and '.join(kinds)}, which have no order"
            raise InputError(labels_not_classes(came)) from error
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all():
            raise InputError(values_not_finite("y"))
        if (labels != np.round(labels)).any():
            raise InputError(labels_not_classes("Unknown label type: y is continuous"))
    return labels
