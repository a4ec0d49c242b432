"""The classifier keeps to the protocol of scikit-learn, by scikit-learn's own checks."""

import pickle
import sys
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from messages import functions
from striate import Recipe, StriateClassifier
from striate.classifier import InputError
from striate.errors import RecipeError, StriateError, classifiers


Numbers = npt.NDArray[np.float64]

TUTORIAL = """
| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| Input | Input | 1 | 8x8 | - | - |
| C1 | Convolution | 8 | - | 3x3 | ReLU |
| Output | Fully connected | - | 10 | - | softmax |
"""


def sklearn(module: str) -> Any:
    """Import a part of scikit-learn where it is needed: it takes seconds, and each process would wait for it."""
    return import_module(f"sklearn.{module}")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("networks") / "tutorial.md"
    file.write_text(TUTORIAL)
    return str(file)


@pytest.fixture(scope="module")
def digits() -> tuple[Numbers, Numbers]:
    found, labels = sklearn("datasets").load_digits(return_X_y=True)
    return found[:400], labels[:400]


def small(network: str | None, **fields: object) -> StriateClassifier:
    given: dict[str, Any] = {
        "epochs": 10,
        "batch_size": 32,
        "learning_rate": 0.01,
        "optimizer": "adamw",
    }
    return StriateClassifier(network, **(given | fields))


# Each fits several networks for a property that all estimators of scikit-learn have.
@pytest.mark.filterwarnings("ignore:Estimator StriateClassifier does not inherit")
def test_it_passes_the_checks_of_scikit_learn() -> None:
    outcome = sklearn("utils.estimator_checks").check_estimator(
        StriateClassifier(epochs=20), on_skip=None, on_fail=None
    )
    failed = {
        one["check_name"]: str(one["exception"]) for one in outcome if one["status"] == "failed"
    }
    assert failed == {}
    assert sum(one["status"] == "passed" for one in outcome) >= 50


def test_it_learns_in_cross_validation(network: str, digits: tuple[Numbers, Numbers]) -> None:
    scores = sklearn("model_selection").cross_val_score(small(network), *digits, cv=2)
    assert scores.min() > 0.8


def test_a_grid_search_finds_the_rate_that_learns(
    network: str, digits: tuple[Numbers, Numbers]
) -> None:
    pipeline = sklearn("pipeline").make_pipeline(
        sklearn("preprocessing").StandardScaler(), small(network, epochs=4)
    )
    grid = {"striateclassifier__learning_rate": [1e-9, 0.01]}
    search = sklearn("model_selection").GridSearchCV(pipeline, grid, cv=2).fit(*digits)
    assert search.best_params_ == {"striateclassifier__learning_rate": 0.01}


def test_pictures_are_the_same_flat_or_not(network: str, digits: tuple[Numbers, Numbers]) -> None:
    flat, labels = digits
    answers = [
        small(network, epochs=1).fit(pictures, labels).predict_proba(pictures)
        for pictures in (flat, flat.reshape(-1, 8, 8), flat.reshape(-1, 8, 8, 1))
    ]
    assert (answers[0] == answers[1]).all()
    assert (answers[0] == answers[2]).all()


def test_bytes_are_read_as_they_are_and_others_by_their_range(
    network: str, digits: tuple[Numbers, Numbers]
) -> None:
    flat, labels = digits
    as_bytes = np.round(flat * 255 / 16).astype(np.uint8)
    assert flat.max() == 16
    one, other = small(network, epochs=1).fit(flat, labels), small(network, epochs=1)
    assert (one.predict_proba(flat) == other.fit(as_bytes, labels).predict_proba(as_bytes)).all()


def test_classes_are_those_of_y(network: str, digits: tuple[Numbers, Numbers]) -> None:
    flat, labels = digits
    names = np.array(["even", "odd"])[labels.astype(int) % 2]
    fitted = small(network, epochs=3).fit(flat, names)
    assert fitted.classes_.tolist() == ["even", "odd"]
    assert set(fitted.predict(flat)) <= {"even", "odd"}
    chances = fitted.predict_proba(flat)
    assert np.allclose(chances.sum(1), 1)
    assert (fitted.predict(flat) == names).mean() == fitted.score(flat, names) > 0.7
    weights = (fitted.predict(flat) == names).astype(float)
    assert fitted.score(flat, names, sample_weight=weights) == 1


def test_no_network_is_chosen_by_the_data(digits: tuple[Numbers, Numbers]) -> None:
    flat, labels = digits
    vectors = StriateClassifier(epochs=1).fit(flat, labels).bundle_.document
    pictures = StriateClassifier(epochs=1).fit(flat[:40].reshape(-1, 8, 8), labels[:40]).bundle_
    assert vectors.name == "perceptron"
    assert pictures.document.name == "color-cnn"
    assert str(pictures.document.table.input) == "1x32x32"


def test_it_travels_as_it_is(network: str, digits: tuple[Numbers, Numbers]) -> None:
    flat, labels = digits
    fitted = small(network, epochs=1).fit(flat, labels)
    fitted.predict(flat)
    copy = pickle.loads(pickle.dumps(fitted))
    assert (copy.predict_proba(flat) == fitted.predict_proba(flat)).all()
    assert not hasattr(sklearn("base").clone(fitted), "bundle_")
    assert sklearn("base").clone(fitted).get_params() == fitted.get_params()


def test_the_history_is_a_column_a_figure(network: str, digits: tuple[Numbers, Numbers]) -> None:
    fitted = small(network, epochs=3, validation=50).fit(*digits)
    assert fitted.history_["epoch"] == [1, 2, 3]
    assert fitted.n_iter_ == 3
    assert all(len(column) == 3 for column in fitted.history_.values())


def test_every_field_of_the_recipe_is_a_parameter() -> None:
    names = set(StriateClassifier().get_params())
    assert names == {"network", "device", *Recipe.__slots__}
    assert repr(StriateClassifier("lenet5", epochs=3)) == (
        "StriateClassifier(network='lenet5', epochs=3)"
    )


def test_without_scikit_learn_it_speaks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sklearn.exceptions")
    with pytest.raises(InputError, match="not fitted yet"):
        StriateClassifier().predict([[1.0]])
    with pytest.warns(UserWarning, match="column-vector"):
        small(None, epochs=1).fit([[1.0], [2.0]], [[0], [1]])


def test_a_field_that_is_none_is_named_by_fit(digits: tuple[Numbers, Numbers]) -> None:
    with pytest.raises(RecipeError, match="epochs is 0"):
        StriateClassifier(epochs=0).fit(*digits)


def told(act: object) -> str:
    assert callable(act)
    try:
        act()
    except StriateError as error:
        return str(error)
    pytest.fail("nothing was raised")


FITTED = [[0.0, 1.0], [1.0, 0.0], [0.0, 2.0]], ["a", "b", "a"]

MESSAGES = {
    "not_fitted": (
        lambda: StriateClassifier().predict(FITTED[0]),
        (
            "StriateClassifier: it is not fitted yet.\n"
            "  Needed: examples to learn from.\n"
            "  Fix: call fit(X, y) first."
        ),
    ),
    "input_not_numbers": (
        lambda: StriateClassifier().fit(np.array([["a"], ["b"]], object), [0, 1]),
        (
            "X: X holds what is no number: could not convert string to float: 'a'.\n"
            "  Needed: numbers.\n"
            "  Fix: convert X first."
        ),
    ),
    "values_not_finite": (
        lambda: StriateClassifier().fit([[0.0], [np.nan]], [0, 1]),
        (
            "X: X contains NaN, or infinity (inf).\n"
            "  Needed: finite numbers.\n"
            "  Fix: leave these examples out, or fill in what is missing."
        ),
    ),
    "shape_of_no_inputs": (
        lambda: StriateClassifier().fit([1.0, 2.0], [0, 1]),
        (
            "X: X has 1 axes (shape (2,)). Reshape your data.\n"
            "  Needed: n x features, n x height x width, or n x height x width x channels.\n"
            "  Fix: write X.reshape(1, -1) for one example of features, X[None] for one picture."
        ),
    ),
    "nothing_to_read": (
        lambda: StriateClassifier().fit(np.empty((0, 3)), []),
        (
            "X: X holds 0 sample(s) (shape=(0, 3)) while a minimum of 1 is required.\n"
            "  Needed: an example with a number, or more.\n"
            "  Fix: check how X was made."
        ),
    ),
    "other_inputs": (
        lambda: StriateClassifier("lenet5").fit(np.ones((4, 3)), [0, 1, 0, 1]),
        (
            "X: X has 3 features, but StriateClassifier is expecting 1024 features, or those of a square "
            "of 1 channels.\n"
            "  Needed: examples like those of fit, and at least one.\n"
            "  Fix: bring X to that shape."
        ),
    ),
    "other_lengths": (
        lambda: StriateClassifier().fit(FITTED[0], ["a"]),
        (
            "y: X has 3 examples, and y has 1 labels: inconsistent numbers of samples.\n"
            "  Needed: one label an example.\n"
            "  Fix: give both from the same rows."
        ),
    ),
    "labels_not_classes": (
        lambda: StriateClassifier().fit(FITTED[0], ["a"] * 3),
        (
            "y: y holds 1 class.\n"
            "  Needed: one class an example, in one dimension, and two classes or more.\n"
            "  Fix: give the class of each example as a whole number or a text."
        ),
    ),
    "no_such_parameter": (
        lambda: StriateClassifier().set_params(epoch=3),
        (
            "epoch: 'epoch' is an invalid parameter of StriateClassifier.\n"
            f"  Needed: one of {', '.join(['network', 'device', *Recipe.__slots__[:-1]])} or {Recipe.__slots__[-1]}.\n"
            "  Fix: write epochs."
        ),
    ),
}


def test_labels_that_are_missing_in_part_are_no_classes() -> None:
    assert told(lambda: StriateClassifier().fit(FITTED[0], ["a", None, "b"])) == (
        "y: y mixes values of the types NoneType and str, which have no order.\n"
        "  Needed: one class an example, in one dimension, and two classes or more.\n"
        "  Fix: give the class of each example as a whole number or a text."
    )


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_word_for_word(name: str) -> None:
    act, expected = MESSAGES[name]
    assert told(act) == expected


def test_all_messages_are_tested() -> None:
    assert set(MESSAGES) | {"one_column_of_labels"} == functions(classifiers)


def test_a_column_of_labels_is_named() -> None:
    said = (
        r"A column-vector y was passed when a 1d array was expected.\n"
        r"  Needed: one class an example, in one dimension.\n  Fix: write y.ravel\(\)."
    )
    with pytest.warns(sklearn("exceptions").DataConversionWarning, match=said):
        small(None, epochs=1).fit(FITTED[0], [[label] for label in FITTED[1]])


def test_unfitted_is_scikit_learns_own_error() -> None:
    with pytest.raises(sklearn("exceptions").NotFittedError):
        StriateClassifier().predict_proba(FITTED[0])
