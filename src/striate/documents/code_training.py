"""The loss and the optimiser that stand beside a network in code, as fields of a recipe."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, final

from striate.documents.code_arguments import (
    Arguments,
    Code,
    dotted,
    exactly,
    fraction,
    truth,
    whole,
)
from striate.documents.code_layers import Framework
from striate.errors import Fault
from striate.errors.code import (
    argument_not_written_out,
    unknown_code_loss,
    unknown_code_optimizer,
)
from striate.errors.fault import SURELY, nearest
from striate.layers import Function
from striate.recipe import Loss


LOSSES: dict[str, tuple[Loss, bool]] = {
    "CrossEntropyLoss": ("cross-entropy", True),
    "BCELoss": ("binary-cross-entropy", False),
    "BCEWithLogitsLoss": ("binary-cross-entropy", True),
    "CategoricalCrossentropy": ("cross-entropy", False),
    "SparseCategoricalCrossentropy": ("cross-entropy", False),
    "BinaryCrossentropy": ("binary-cross-entropy", False),
}
"""Losses by their names in code, and whether each takes the last row's function by itself."""

_WORDS: dict[str, Loss] = {
    "categorical_crossentropy": "cross-entropy",
    "sparse_categorical_crossentropy": "cross-entropy",
    "binary_crossentropy": "binary-cross-entropy",
}

OPTIMIZERS = {"SGD": "sgd", "Adam": "adam", "AdamW": "adamw"}

# What an optimizer does where the code is silent.
_RATES = {
    "torch": {"SGD": 0.001, "Adam": 0.001, "AdamW": 0.001},
    "keras": {"SGD": 0.01, "Adam": 0.001, "AdamW": 0.001},
}
_KERAS_EPOCHS = 1
_KERAS_BATCH_SIZE = 32
_DECAYS = {"torch": {"AdamW": 0.01}, "keras": {"AdamW": 0.004}}


@final
@dataclass(frozen=True, slots=True)
class CodeTraining:
    """One statement about training.

    Args:
        line: Its line in the document.
        fields: The fields of the recipe that it sets.
        loss: The loss as the code calls it; nothing for an optimiser.
        takes_function: Whether the loss takes the last row's function by itself.
        faults: What of it is not understood.
    """

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    loss: str = ""
    takes_function: bool = False
    faults: tuple[Fault, ...] = ()


def function_of_loss(loss: Loss) -> Function:
    """Name the function that a loss expects of the last row."""
    return "sigmoid" if loss == "binary-cross-entropy" else "softmax"


def read_training(code: Code, framework: Framework) -> list[CodeTraining]:
    """Read every loss and optimiser of a block, in the order of its lines.

    Args:
        code: The block.
        framework: Whose network it is; PyTorch and Keras have other defaults.
    """
    found: list[CodeTraining] = []
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Call):
            found += _of_call(code, node, framework)
    # A walk goes level by level: what is called inside a call comes later than what is below it.
    return sorted(found, key=lambda one: one.line)


def _of_call(code: Code, call: ast.Call, framework: Framework) -> Iterator[CodeTraining]:
    names = dotted(call.func)
    places, kind = set(names[:-1]), names[-1] if names else ""
    if framework == "keras" and kind == "compile" and "torch" not in places:
        yield from _compiled(code, call)
    elif framework == "keras" and kind == "fit":
        yield _fitted(Arguments(code, call, kind, ("x", "y", "batch_size", "epochs")))
    elif "losses" in places or kind.endswith("Loss") or _means_loss(kind, places):
        yield _loss(Arguments(code, call, kind, ()), kind)
    elif kind in OPTIMIZERS or (
        # A schedule of rates is kept beside the optimisers, and is none.
        places & {"optim", "optimizers"}
        and not places & {"lr_scheduler", "schedules"}
        and kind[:1].isupper()
    ):
        given = ("params", "lr") if framework == "torch" else ("learning_rate",)
        yield _optimizer(Arguments(code, call, kind, given), kind, framework)


def _means_loss(kind: str, places: set[str]) -> bool:
    meant = nearest(kind, LOSSES, cutoff=SURELY)
    return kind in LOSSES or ("nn" in places and meant is not None)


def _compiled(code: Code, call: ast.Call) -> Iterator[CodeTraining]:
    """Read `compile(optimizer="sgd", loss="binary_crossentropy")`."""
    for keyword in call.keywords:
        if keyword.arg is None:
            fault = argument_not_written_out(
                "compile", code.shown(keyword.value), code.line_of(keyword.value)
            )
            yield CodeTraining(fault.line or 0, faults=(fault,))
    given = dict(zip(("optimizer", "loss"), call.args, strict=False))
    given |= {one.arg: one.value for one in call.keywords if one.arg in {"optimizer", "loss"}}
    for name, node in given.items():
        line = code.line_of(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            read = _loss_word if name == "loss" else _optimizer_word
            yield read(node.value, line)
        # Whatever is called here, or was called above and bears a name, is read as a call.
        elif not isinstance(node, ast.Call | ast.Name):
            shown = code.shown(node)
            is_loss = name == "loss"
            yield CodeTraining(
                line,
                faults=(
                    unknown_code_loss(shown, _WORDS, line)
                    if is_loss
                    else unknown_code_optimizer(shown, OPTIMIZERS, line),
                ),
            )


def _fitted(arguments: Arguments) -> CodeTraining:
    """Read `fit(x, y, batch_size=64, epochs=30)`; the data in it are not ours."""
    fields = {
        "epochs": arguments.get("epochs", whole, _KERAS_EPOCHS),
        "batch_size": arguments.get("batch_size", whole, _KERAS_BATCH_SIZE),
    }
    return CodeTraining(arguments.line, fields, faults=tuple(arguments.faults))


def _loss_word(came: str, line: int) -> CodeTraining:
    loss = _WORDS.get(came)
    if loss is None:
        return CodeTraining(line, faults=(unknown_code_loss(came, _WORDS, line),))
    return CodeTraining(line, {"loss": loss}, came)


def _optimizer_word(came: str, line: int) -> CodeTraining:
    kind = next((name for name in OPTIMIZERS if name.lower() == came.lower()), None)
    if kind is None:
        return CodeTraining(line, faults=(unknown_code_optimizer(came, OPTIMIZERS, line),))
    return CodeTraining(line, _steps(kind, "keras"))


def _loss(arguments: Arguments, kind: str) -> CodeTraining:
    line = arguments.line
    if kind not in LOSSES:
        return CodeTraining(line, faults=(unknown_code_loss(kind, LOSSES, line),))
    loss, takes_function = LOSSES[kind]
    arguments.pass_over("name")
    arguments.get("reduction", exactly("mean", "auto", "sum_over_batch_size"), None)
    if kind.endswith("Crossentropy"):
        takes_function = arguments.get("from_logits", truth, default=False)
    arguments.close()
    return CodeTraining(line, {"loss": loss}, kind, takes_function, tuple(arguments.faults))


def _steps(kind: str, framework: Framework) -> dict[str, Any]:
    return {
        "optimizer": OPTIMIZERS[kind],
        "learning_rate": _RATES[framework][kind],
        "momentum": 0.0 if kind == "SGD" else 0.9,
        "weight_decay": _DECAYS[framework].get(kind, 0.0),
        "schedule": "constant",
        "warmup": 0.0,
    }


def _optimizer(arguments: Arguments, kind: str, framework: Framework) -> CodeTraining:
    line = arguments.line
    if kind not in OPTIMIZERS:
        return CodeTraining(line, faults=(unknown_code_optimizer(kind, OPTIMIZERS, line),))
    steps = _steps(kind, framework)
    arguments.pass_over("params", "name", "fused", "foreach")
    rate = "learning_rate" if framework == "keras" and not arguments.has("lr") else "lr"
    steps["learning_rate"] = arguments.get(rate, fraction, steps["learning_rate"])
    if framework == "torch" or kind == "AdamW":
        steps["weight_decay"] = arguments.get("weight_decay", fraction, steps["weight_decay"])
    if kind == "SGD":
        steps["momentum"] = arguments.get("momentum", fraction, 0.0)
        if arguments.get("nesterov", truth, default=False):
            steps["optimizer"] = "nesterov"
    elif framework == "keras":
        steps["momentum"] = arguments.get("beta_1", fraction, 0.9)
        arguments.get("beta_2", exactly(0.999), None)
    else:
        steps["momentum"] = arguments.get("betas", _decay_rates, 0.9)
    arguments.close()
    return CodeTraining(line, steps, faults=tuple(arguments.faults))


def _decay_rates(node: ast.expr) -> float:
    """Read Adam's two rates; the second one is always 0.999 here."""
    match node:
        case ast.Tuple(elts=[first, second]) | ast.List(elts=[first, second]):
            if fraction(second) == 0.999:  # noqa: PLR2004 - torch's own default
                return fraction(first)
        case _:
            pass
    message = "two rates, the second one 0.999, as in (0.9, 0.999)"
    raise ValueError(message)
