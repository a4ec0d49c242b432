"""Messages about arrays that a classifier is given, in words that scikit-learn's own checks look for."""

from collections.abc import Iterable

from striate.errors.fault import Fault, listed, nearest


def no_such_parameter(came: str, names: Iterable[str]) -> Fault:
    """Report a parameter that a classifier does not have."""
    known = tuple(names)
    meant = nearest(came, known)
    return Fault(
        where=came,
        came=f"{came!r} is an invalid parameter of StriateClassifier.",
        needed=f"one of {listed(known)}.",
        fix=f"write {meant}." if meant else "leave it out.",
    )


def not_fitted() -> Fault:
    """Report a classifier that has not learnt yet."""
    return Fault(
        where="StriateClassifier",
        came="it is not fitted yet.",
        needed="examples to learn from.",
        fix="call fit(X, y) first.",
    )


def input_not_numbers(came: str, needed: str) -> Fault:
    """Report examples that are no array of numbers."""
    return Fault(where="X", came=f"{came}.", needed=f"{needed}.", fix="convert X first.")


def nothing_to_read(noun: str, shape: tuple[int, ...]) -> Fault:
    """Report examples that are none, or hold nothing."""
    return Fault(
        where="X",
        came=f"X holds 0 {noun}(s) (shape={shape}) while a minimum of 1 is required.",
        needed="an example with a number, or more.",
        fix="check how X was made.",
    )


def one_column_of_labels() -> Fault:
    """Report labels that stand in a column of their own."""
    return Fault(
        where="",
        came="A column-vector y was passed when a 1d array was expected.",
        needed="one class an example, in one dimension.",
        fix="write y.ravel().",
    )


def values_not_finite(name: str) -> Fault:
    """Report values that are no numbers."""
    return Fault(
        where=name,
        came=f"{name} contains NaN, or infinity (inf).",
        needed="finite numbers.",
        fix="leave these examples out, or fill in what is missing.",
    )


def shape_of_no_inputs(axes: int, shape: tuple[int, ...]) -> Fault:
    """Report an array whose axes can be no examples."""
    return Fault(
        where="X",
        came=f"X has {axes} axes (shape {shape}). Reshape your data.",
        needed="n x features, n x height x width, or n x height x width x channels.",
        fix="write X.reshape(1, -1) for one example of features, X[None] for one picture.",
    )


def other_inputs(came: str, needed: str, shape: str = "") -> Fault:
    """Report examples of another shape than the network, or than those it was fitted with."""
    expected = f" of the shape {shape}" if shape else ""
    return Fault(
        where="X",
        came=f"X has {came}, but StriateClassifier is expecting {needed}{expected}.",
        needed="examples like those of fit, and at least one.",
        fix="bring X to that shape.",
    )


def other_lengths(examples: int, labels: int) -> Fault:
    """Report labels that are more or fewer than the examples."""
    return Fault(
        where="y",
        came=f"X has {examples} examples, and y has {labels} labels: inconsistent numbers of samples.",
        needed="one label an example.",
        fix="give both from the same rows.",
    )


def labels_not_classes(came: str) -> Fault:
    """Report labels that tell no classes apart."""
    return Fault(
        where="y",
        came=f"{came}.",
        needed="one class an example, in one dimension, and two classes or more.",
        fix="give the class of each example as a whole number or a text.",
    )
