"""One step of gradient descent on one example, by the chain rule and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from torch import Tensor, nn

from striate.arithmetic import reads
from striate.documents import Document
from striate.errors import ExplanationError, RecipeError
from striate.errors.explanation import rows_not_explained
from striate.explanation.formulas import (
    Array,
    activate,
    cross_entropy,
    loss_by_sums,
    loss_by_values,
    slopes,
)
from striate.layers import Activation, Flatten, FullyConnected, Function
from striate.modules import Network
from striate.recipe import loss_faults
from striate.table import Table


@final
@dataclass(frozen=True, slots=True, eq=False)
class RowForward:
    """One row on the way up: z = W x + b, a = f(z).

    Args:
        name: The row's name.
        function: f; None where a = z.
        inputs: x, flat.
        weights: W, units x inputs; None for a row without weights, where z = x.
        biases: b, one a unit; None where there are none.
        sums: z.
        values: a.
    """

    name: str
    function: Function | None
    inputs: Array
    weights: Array | None
    biases: Array | None
    sums: Array
    values: Array


@final
@dataclass(frozen=True, slots=True, eq=False)
class RowBackward:
    """One row on the way down: the factors of the chain rule, and the step that follows from them.

    Args:
        name: The row's name.
        loss_by_values: dL/da, which the row above hands down.
        values_by_sums: da/dz, one a unit; units x units for a softmax.
        loss_by_sums: dL/dz, their product.
        loss_by_weights: dL/dW = dL/dz x^T; None without weights.
        loss_by_biases: dL/db = dL/dz; None without biases.
        loss_by_inputs: dL/dx = W^T dL/dz, which is dL/da of the row below.
        new_weights: W less the learning rate times dL/dW.
        new_biases: b less the learning rate times dL/db.
    """

    name: str
    loss_by_values: Array
    values_by_sums: Array
    loss_by_sums: Array
    loss_by_weights: Array | None
    loss_by_biases: Array | None
    loss_by_inputs: Array
    new_weights: Array | None
    new_biases: Array | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class GradientStep:
    """One forward and one backward pass in numbers.

    Args:
        forward: The rows from the first to the last, the input left out.
        backward: The same rows from the last to the first.
        label: The right class.
        loss: L, the cross entropy of the example.
        loss_after: The same with the new weights.
        learning_rate: That of the recipe, at its peak.
    """

    forward: tuple[RowForward, ...]
    backward: tuple[RowBackward, ...]
    label: int
    loss: float
    loss_after: float
    learning_rate: float


Weights = tuple[str, Function | None, Array | None, Array | None]
"""A row's name, its function, W and b."""


def explain_step(document: Document, network: Network, values: Array, label: int) -> GradientStep:
    """Go forward and backward once, and take one step down the slope.

    Args:
        document: The network's document; its recipe gives the learning rate.
        network: The network, with the weights to begin from; they stay as they are.
        values: One example, flat.
        label: Its class.

    Raises:
        DocumentError: The document has faults.
        ExplanationError: Rows are not fully connected; all of them are named.
        RecipeError: The loss cannot be computed from the last row.
    """
    table = document.sound_walk().table
    others = _others(table)
    if others:
        raise ExplanationError(rows_not_explained(document.name, others))
    faults = loss_faults(document.recipe, table)
    if faults:
        raise RecipeError(*faults)
    is_binary, rate = network.ending == "one score", document.recipe.learning_rate
    rows = [
        (row.name, row.function, *_numbers(network.get_submodule(step.child)))
        for row, step in zip(table.rows[1:], network.steps, strict=True)
    ]
    forward = _forward(rows, values)
    backward = _backward(forward, label, rate, is_binary=is_binary)
    stepped = [
        (row.name, row.function, after.new_weights, after.new_biases)
        for row, after in zip(forward, reversed(backward), strict=True)
    ]
    loss, loss_after = (
        cross_entropy(rows[-1].sums, label, is_binary=is_binary)
        for rows in (forward, _forward(stepped, values))
    )
    return GradientStep(forward, backward, label, loss, loss_after, rate)


def _others(table: Table) -> list[str]:
    """Name the rows that are not explained."""
    chained = [sources == (at - 1,) for at, sources in enumerate(reads(table))]
    last = len(table.rows) - 1
    return [
        row.name
        for at, row in enumerate(table.rows)
        if at
        and not (
            isinstance(row.layer, FullyConnected | Activation | Flatten)
            and chained[at]
            and (row.function != "softmax" or at == last)
        )
    ]


def _numbers(module: nn.Module) -> tuple[Array | None, Array | None]:
    if not isinstance(module, nn.Linear):
        return None, None
    # torch's annotation leaves open that a linear layer may have no bias.
    biases: Tensor | None = module.bias
    return _array(module.weight), None if biases is None else _array(biases)


def _array(numbers: Tensor) -> Array:
    array: Array = numbers.detach().cpu().double().numpy()
    return array.copy()


def _forward(rows: Sequence[Weights], values: Array) -> tuple[RowForward, ...]:
    passed = []
    for name, function, weights, biases in rows:
        sums = values if weights is None else weights @ values
        if biases is not None:
            sums = sums + biases
        outputs = activate(function, sums)
        passed.append(RowForward(name, function, values, weights, biases, sums, outputs))
        values = outputs
    return tuple(passed)


def _backward(
    forward: tuple[RowForward, ...], label: int, rate: float, *, is_binary: bool
) -> tuple[RowBackward, ...]:
    last = forward[-1]
    handed_down = loss_by_values(last.function, last.sums, label)
    passed = []
    for row in reversed(forward):
        slope = slopes(row.function, row.sums, row.values)
        by_sums = (
            loss_by_sums(row.sums, label, is_binary=is_binary)
            if row is last
            else handed_down * slope
        )
        by_weights = None if row.weights is None else by_sums[:, None] * row.inputs[None, :]
        by_biases = None if row.biases is None else by_sums
        by_inputs = by_sums if row.weights is None else row.weights.T @ by_sums
        passed.append(
            RowBackward(
                row.name,
                handed_down,
                slope,
                by_sums,
                by_weights,
                by_biases,
                by_inputs,
                _moved(row.weights, by_weights, rate),
                _moved(row.biases, by_biases, rate),
            )
        )
        handed_down = by_inputs
    return tuple(passed)


def _moved(numbers: Array | None, slope: Array | None, rate: float) -> Array | None:
    return None if numbers is None or slope is None else numbers - rate * slope
