"""The loss and the optimizer that stand beside a network in code, as fields of a recipe."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, final

from striate.documents.code.arguments import Arguments, exactly, fraction, positive, truth, whole
from striate.documents.code.expressions import Expressions
from striate.documents.code.names import CLIPPING, LOSS_FUNCTIONS, SAME_METHODS, TENSORS
from striate.documents.code.values import (
    Call,
    External,
    Framework,
    FunctionValue,
    Instance,
    Value,
)
from striate.errors import Fault
from striate.errors.code import (
    argument_not_written_out,
    code_callback_not_read,
    code_clipping_not_read,
    code_schedule_not_read,
    unknown_code_loss,
    unknown_code_optimizer,
)
from striate.layers import Function
from striate.recipe import Loss, Optimizer


LOSSES: dict[str, tuple[Loss, bool]] = {
    "CrossEntropyLoss": ("cross-entropy", True),
    "NLLLoss": ("cross-entropy", False),
    "BCELoss": ("binary-cross-entropy", False),
    "BCEWithLogitsLoss": ("binary-cross-entropy", True),
    "CategoricalCrossentropy": ("cross-entropy", False),
    "SparseCategoricalCrossentropy": ("cross-entropy", False),
    "BinaryCrossentropy": ("binary-cross-entropy", False),
}
"""Losses by their names in code, and whether each takes the last row's function by itself."""

_FUNCTIONS: dict[str, str] = {
    "cross_entropy": "CrossEntropyLoss",
    "nll_loss": "NLLLoss",
    "binary_cross_entropy": "BCELoss",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
}
_WORDS: dict[str, Loss] = {
    "categorical_crossentropy": "cross-entropy",
    "sparse_categorical_crossentropy": "cross-entropy",
    "binary_crossentropy": "binary-cross-entropy",
}

OPTIMIZERS: dict[str, Optimizer] = {
    "SGD": "sgd",
    "Adam": "adam",
    "AdamW": "adamw",
    "RMSprop": "rmsprop",
    "Adagrad": "adagrad",
    "Adamax": "adamax",
    "NAdam": "nadam",
    "Nadam": "nadam",
    "RAdam": "radam",
    "Adadelta": "adadelta",
}
"""Optimizers by their names in code, as recipes call them."""


# What an optimizer does where the code is silent.
_RATES = {
    "torch": {"RMSprop": 0.01, "Adagrad": 0.01, "Adamax": 0.002, "NAdam": 0.002, "Adadelta": 1.0},
    "keras": {"SGD": 0.01},
}
# What stands behind the rate where arguments are given by place.
_ADAM = {"torch": ("betas", "eps", "weight_decay"), "keras": ("beta_1", "beta_2", "epsilon")}
_PLACES: dict[str, dict[str, tuple[str, ...]]] = {
    "torch": {
        "SGD": ("momentum", "dampening", "weight_decay", "nesterov"),
        **dict.fromkeys(("Adam", "AdamW", "Adamax", "NAdam", "RAdam"), _ADAM["torch"]),
        "Adagrad": ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"),
        "Adadelta": ("rho", "eps", "weight_decay"),
        "RMSprop": ("alpha", "eps", "weight_decay", "momentum", "centered"),
    },
    "keras": {
        "SGD": ("momentum", "nesterov"),
        **dict.fromkeys(("Adam", "Adamax", "Nadam"), _ADAM["keras"]),
        "AdamW": ("weight_decay", *_ADAM["keras"]),
        "Adagrad": ("initial_accumulator_value", "epsilon"),
        "Adadelta": ("rho", "epsilon"),
        "RMSprop": ("rho", "momentum", "epsilon", "centered"),
    },
}
_EPSILONS = {"Adagrad": 1e-10, "Adadelta": 1e-6}
_KERAS_EPOCHS = 1
_KERAS_ACCUMULATOR = 0.1
_KERAS_EPSILON = 1e-7
_KERAS_BATCH_SIZE = 32
_KERAS_AVERAGE = 0.99
# What RMSprop and Adadelta keep of the mean of squares stands in the same field.
_MOMENTA = {
    "torch": {"RMSprop": 0.99, "Adadelta": 0.9},
    "keras": {"RMSprop": 0.9, "Adadelta": 0.95},
}
_DECAYS = {"torch": {"AdamW": 0.01}, "keras": {"AdamW": 0.004}}
_RATE_CALLBACKS = {"ReduceLROnPlateau", "LearningRateScheduler"}
# Arguments of the schedule that looks at a measure, by place.
_PLATEAU: Mapping[Framework, tuple[str, ...]] = {
    "torch": ("optimizer", "mode", "factor", "patience", "threshold", "threshold_mode", "cooldown"),
    "keras": ("monitor", "factor", "patience", "verbose", "mode", "min_delta", "cooldown"),
}
# Schedules whose rate falls by a factor after so many epochs, with their arguments by place.
_FALLING = {
    "StepLR": ("optimizer", "step_size", "gamma", "last_epoch"),
    "MultiStepLR": ("optimizer", "milestones", "gamma", "last_epoch"),
    "ExponentialLR": ("optimizer", "gamma", "last_epoch"),
}
# What watches a training, or keeps what it has learnt, and changes nothing of it.
_IDLE_CALLBACKS = {
    *("ModelCheckpoint", "TensorBoard", "CSVLogger", "History", "ProgbarLogger", "RemoteMonitor"),
    *("BackupAndRestore", "TerminateOnNaN", "TQDMProgressBar", "RichProgressBar"),
}
# Schedules along a cosine, with their arguments by place.
_COSINES = {
    "CosineAnnealingLR": ("optimizer", "T_max", "eta_min", "last_epoch"),
    "OneCycleLR": ("optimizer", "max_lr", "total_steps", "epochs", "steps_per_epoch", "pct_start"),
    "CosineDecay": ("initial_learning_rate", "decay_steps", "alpha"),
}
# Arguments of a loss by place; those of torch's functions stand behind scores and labels.
_LOSS_PLACES = {
    "CrossEntropyLoss": ("weight", "size_average", "ignore_index", "reduce", "reduction"),
    "NLLLoss": ("weight", "size_average", "ignore_index", "reduce", "reduction"),
    "BCELoss": ("weight", "size_average", "reduce", "reduction"),
    "BCEWithLogitsLoss": ("weight", "size_average", "reduce", "reduction", "pos_weight"),
    "CategoricalCrossentropy": ("from_logits", "label_smoothing", "axis", "reduction"),
    "SparseCategoricalCrossentropy": ("from_logits", "ignore_class", "reduction"),
    "BinaryCrossentropy": ("from_logits", "label_smoothing", "axis", "reduction"),
}
_ADAMS = {"Adam", "AdamW", "Adamax", "NAdam", "Nadam", "RAdam"}


_NO_WEIGHTS: tuple[tuple[str, float], ...] = ()
_AS_ONE_CYCLE = (
    "is read as the schedule one-cycle: the rate falls to zero along half a cosine over all steps, after a straight "
    "rise from zero over `warmup` of them."
)
_BY_ERROR = "the error on held-out images decides, and the weights of the best epoch are kept."
_BY_LOSS = "the loss on held-out images decides, which is lower from a ten-thousandth on."
_OVER_WEIGHTS = "fit's class_weight is read as class_weights: the mean is over the weights, where Keras divides by the examples."
_ALWAYS_SHUFFLED = "fit's shuffle (`False`) is not read: the order is drawn anew in each epoch."


@final
@dataclass(frozen=True, slots=True)
class CodeTraining:
    """One statement about training.

    Args:
        line: Its line in the document.
        fields: The fields of the recipe that it sets.
        loss: The loss as the code calls it; nothing for an optimizer.
        takes_function: Whether the loss takes the last row's function by itself.
        faults: What of it is not understood.
        owner: The network that it is for, if the code says so.
        remarks: What of it the recipe does otherwise, each with its line.
    """

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    loss: str = ""
    takes_function: bool = False
    faults: tuple[Fault, ...] = ()
    owner: Value = None
    remarks: tuple[tuple[int, str], ...] = ()


def function_of_loss(loss: Loss) -> Function:
    """Return the function that a loss expects of the last row."""
    return "sigmoid" if loss == "binary-cross-entropy" else "softmax"


def read_training(evaluator: Expressions, framework: Framework) -> list[CodeTraining]:
    """Read every loss, optimizer, `compile` and `fit` that a program has met, in the order of its lines.

    Args:
        evaluator: What has read the program.
        framework: Whose a name is where no import says so; PyTorch and Keras have other defaults.
    """
    library = evaluator.library
    found: list[CodeTraining] = []
    seen: set[int] = set()
    within = {
        id(one)
        for path, call, _ in library.events
        if path == "keras.model.compile"
        for one in (*call.args, *call.kwargs.values())
    }
    for path, call, event in library.events:
        if id(call.node) in seen or id(event) in within:
            continue
        seen.add(id(call.node))
        name = path.rpartition(".")[2]
        if path == "keras.model.compile":
            found += _compiled(evaluator, call, event)
        elif path == "keras.model.fit":
            found.append(_fitted(evaluator, call, event))
        else:
            whose = library.framework_of(path) or framework
            found += _of_call(evaluator, path, name, call, whose)
    # What is called inside a call comes later than what is below it.
    return sorted(found, key=lambda one: one.line)


def _of_call(
    evaluator: Expressions, path: str, name: str, call: Call, framework: Framework
) -> Iterator[CodeTraining]:
    line = getattr(call.node, "lineno", 0)
    if name in CLIPPING:
        yield CodeTraining(line, faults=(code_clipping_not_read(name, line),))
    elif "lr_scheduler" in path or "schedules" in path or name in _RATE_CALLBACKS:
        owner = _owner_of_schedule(evaluator, call)
        read = _plateau(evaluator, call, framework) if name == "ReduceLROnPlateau" else None
        yield _with_owner(read or _schedule(evaluator, call, name), owner)
    elif "callbacks" in path.split("."):
        if name == "EarlyStopping":
            yield _early_stopping(evaluator, call)
        elif name not in _IDLE_CALLBACKS:
            yield CodeTraining(line, faults=(code_callback_not_read(name, line),))
    elif name in LOSS_FUNCTIONS:
        yield _loss(evaluator, call, _FUNCTIONS.get(name, name), is_function=True)
    elif name.endswith("Loss") or "losses" in path or name in LOSSES:
        yield _loss(evaluator, call, name)
    else:
        yield _optimizer(evaluator, _arguments(evaluator, call, name, framework), name, framework)


def _schedule(evaluator: Expressions, call: Call, name: str) -> CodeTraining:
    """Read a schedule that falls by a factor after so many epochs, or along half a cosine, as the recipe's do."""
    line = getattr(call.node, "lineno", 0)
    names = _FALLING.get(name) or _COSINES.get(name)
    if names is None:
        return CodeTraining(line, faults=(code_schedule_not_read(name, line),))
    arguments = Arguments(evaluator, call, name, names)
    arguments.pass_over("optimizer", "verbose", "name")
    arguments.get("last_epoch", exactly(-1), None)
    fields = _falling(arguments) if name in _FALLING else _cosine(arguments, name)
    arguments.close()
    faults = tuple(fault.at(f"schedule, {fault.where}", fault.line) for fault in arguments.faults)
    remarks = () if faults or name in _FALLING else ((line, f"`{name}` {_AS_ONE_CYCLE}"),)
    return CodeTraining(line, {} if faults else fields, faults=faults, remarks=remarks)


def _falling(arguments: Arguments) -> dict[str, Any]:
    fields: dict[str, Any] = {"schedule": "step"}
    match arguments.kind:
        case "StepLR":
            fields["step_epochs"] = arguments.need("step_size", positive)
            fields["step_factor"] = arguments.get("gamma", fraction, 0.1)
        case "MultiStepLR":
            fields["milestones"] = arguments.need("milestones", _epochs)
            fields["step_factor"] = arguments.get("gamma", fraction, 0.1)
        case _:
            fields["step_epochs"] = 1
            fields["step_factor"] = arguments.need("gamma", fraction)
    return fields


def _plateau(evaluator: Expressions, call: Call, framework: Framework) -> CodeTraining:
    """Read a schedule that falls where a measure gets no better: torch waits for one epoch more than Keras does."""
    line, is_keras = getattr(call.node, "lineno", 0), framework == "keras"
    arguments = Arguments(evaluator, call, "ReduceLROnPlateau", _PLATEAU[framework])
    patience = arguments.get("patience", whole, 10)
    fields = {
        "schedule": "plateau",
        "step_factor": arguments.get("factor", fraction, 0.1),
        "plateau_epochs": max(1, patience) if is_keras else patience + 1,
        "least_rate": arguments.get("min_lr", fraction, 0.0),
    }
    arguments.pass_over("optimizer", "verbose", "mode", "monitor", "name", "eps")
    for name in ("threshold", "min_delta"):
        arguments.get(name, exactly(1e-4), None)
    arguments.get("threshold_mode", exactly("rel"), None)
    arguments.get("cooldown", exactly(0), None)
    arguments.close()
    faults = tuple(fault.at(f"schedule, {fault.where}", fault.line) for fault in arguments.faults)
    said = f"`ReduceLROnPlateau` is read as the schedule plateau, {fields['plateau_epochs']} epochs: {_BY_LOSS}"
    told = () if faults else ((line, said),)
    return CodeTraining(line, {} if faults else fields, faults=faults, remarks=told)


def _epochs(value: Value) -> str:
    """Read a rising list of epochs, as the recipe writes it."""
    epochs = [positive(one) for one in value] if isinstance(value, list | tuple) else []
    if not epochs or epochs != sorted({*epochs}):
        message = "a list of epochs that rises"
        raise ValueError(message)
    return ", ".join(map(str, epochs))


def _cosine(arguments: Arguments, name: str) -> dict[str, Any]:
    """Read what the recipe's `one-cycle` is nearest to; steps are those of the data, and not asked for."""
    fields: dict[str, Any] = {"schedule": "one-cycle", "warmup": 0.0}
    match name:
        case "CosineAnnealingLR":
            fields["epochs"] = arguments.need("T_max", positive)
            arguments.get("eta_min", exactly(0, 0.0), None)
        case "CosineDecay":
            fields["learning_rate"] = arguments.need("initial_learning_rate", fraction)
            arguments.pass_over("decay_steps")
            arguments.get("alpha", exactly(0, 0.0), None)
            arguments.get("warmup_target", exactly(None), None)
        case _:
            fields["learning_rate"] = arguments.need("max_lr", fraction)
            fields["warmup"] = arguments.get("pct_start", fraction, 0.3)
            if arguments.has("epochs"):
                fields["epochs"] = arguments.need("epochs", positive)
            arguments.pass_over("total_steps", "steps_per_epoch", "epochs", "div_factor")
            arguments.pass_over("anneal_strategy", "cycle_momentum", "base_momentum")
            arguments.pass_over("max_momentum", "final_div_factor", "three_phase")
    return fields


def _early_stopping(evaluator: Expressions, call: Call) -> CodeTraining:
    """Read Keras's or Lightning's callback as the recipe's `early_stopping`."""
    line = getattr(call.node, "lineno", 0)
    is_keras = "keras" in evaluator.shown(call.node) or "restore_best_weights" in call.kwargs
    places = ("monitor", "min_delta", "patience")
    arguments = Arguments(evaluator, call, "EarlyStopping", places)
    patience = arguments.get("patience", whole, 0 if is_keras else 3)
    arguments.pass_over("verbose", "mode", "restore_best_weights", "monitor", "strict")
    arguments.get("min_delta", exactly(0, 0.0), None)
    arguments.get("baseline", exactly(None), None)
    arguments.get("start_from_epoch", exactly(0), None)
    arguments.close()
    faults = tuple(fault.at(f"callbacks, {fault.where}", fault.line) for fault in arguments.faults)
    fields = {"early_stopping": max(1, patience)}
    remarks = (
        ()
        if faults
        else ((line, f"EarlyStopping is read as early_stopping: {max(1, patience)}: {_BY_ERROR}"),)
    )
    return CodeTraining(line, {} if faults else fields, faults=faults, remarks=remarks)


def _owner_of_schedule(evaluator: Expressions, call: Call) -> Value:
    """Return the network whose optimizer a schedule is given; None if that is not known."""
    library = evaluator.library
    given = (*call.args, *call.kwargs.values())
    for _, optimizer, event in library.events:
        if any(one is event for one in given):
            params = (*optimizer.args[:1], optimizer.kwargs.get("params"))
            return next((own for own in map(library.owner_of, params) if own is not None), None)
    return None


def _compiled(evaluator: Expressions, call: Call, owner: Value) -> Iterator[CodeTraining]:
    """Read `compile(optimizer="sgd", loss="binary_crossentropy")`."""
    line = getattr(call.node, "lineno", 0)
    for what, at in call.spread:
        fault = argument_not_written_out("compile", what, at)
        yield CodeTraining(line, faults=(fault,), owner=owner)
    rest = Arguments(evaluator, call, "compile", ("optimizer", "loss", "metrics"))
    rest.remark("loss_weights", "clipnorm", "clipvalue", "sample_weight_mode")
    yield CodeTraining(line, owner=owner, remarks=tuple(rest.remarks))
    names = dict(zip(("optimizer", "loss"), (0, 1), strict=True))
    for name, place in names.items():
        value = call.kwargs.get(name, call.args[place] if len(call.args) > place else None)
        node = call.nodes.get(name) or call.nodes.get(place)
        if value is None:
            continue
        at = getattr(node, "lineno", line)
        shown = evaluator.shown(node) if node is not None else "…"
        yield _with_owner(_compiled_part(evaluator, name, value, at, shown), owner)


def _compiled_part(
    evaluator: Expressions, name: str, value: Value, line: int, shown: str
) -> CodeTraining:
    is_loss = name == "loss"
    if isinstance(value, External) and (value.name in _WORDS or value.name.lower() in _lower()):
        value = value.name
    if isinstance(value, str):
        return _loss_word(value, line) if is_loss else _optimizer_word(evaluator, value, line)
    event = next((one for one in evaluator.library.events if one[2] is value), None)
    if event is not None:
        path, call, _ = event
        kind = path.rpartition(".")[2]
        if is_loss:
            return _loss(evaluator, call, kind)
        return _optimizer(evaluator, _arguments(evaluator, call, kind, "keras"), kind, "keras")
    if isinstance(value, FunctionValue):
        shown = value.name
    fault = (
        unknown_code_loss(shown, _WORDS, line)
        if is_loss
        else unknown_code_optimizer(shown, OPTIMIZERS, line)
    )
    return CodeTraining(line, faults=(fault,))


def _lower() -> set[str]:
    return {name.lower() for name in OPTIMIZERS}


def _with_owner(one: CodeTraining, owner: Value) -> CodeTraining:
    return replace(one, owner=owner)


def _fitted(evaluator: Expressions, call: Call, owner: Value) -> CodeTraining:
    """Read `fit(x, y, batch_size=64, epochs=30)`; the data in it are not ours."""
    arguments = Arguments(evaluator, call, "fit", ("x", "y", "batch_size", "epochs"))
    arguments.rename("nb_epoch", "epochs")
    fields: dict[str, Any] = {
        "epochs": arguments.get("epochs", whole, _KERAS_EPOCHS),
        "batch_size": arguments.get("batch_size", whole, _KERAS_BATCH_SIZE),
    }
    remarks = []
    if arguments.has("class_weight"):
        fields["class_weights"] = arguments.get("class_weight", _weights_by_class, _NO_WEIGHTS)
        if fields["class_weights"]:
            remarks.append((arguments.line_of("class_weight"), _OVER_WEIGHTS))
    callbacks = arguments.value("callbacks")
    # Those of a framework are told where they are made.
    own = any(isinstance(one, Instance) for one in callbacks) if type(callbacks) is list else False
    line = arguments.line_of("callbacks")
    faults = [code_callback_not_read(arguments.shown("callbacks"), line)] if own else []
    if arguments.has("sample_weight"):
        arguments.blame("sample_weight", "weights of classes: class_weight")
    arguments.remark("validation_split", "steps_per_epoch", "initial_epoch")
    if arguments.value("shuffle") is False:
        remarks.append((arguments.line_of("shuffle"), _ALWAYS_SHUFFLED))
    return CodeTraining(
        arguments.line,
        fields,
        faults=(*arguments.faults, *faults),
        owner=owner,
        remarks=(*arguments.remarks, *remarks),
    )


def _weights_by_class(value: Value) -> tuple[tuple[str, float], ...]:
    """Read weights by the numbers of classes: a list in their order, or a map from them."""
    try:
        if isinstance(value, list | tuple) and value:
            return tuple((str(place), fraction(one)) for place, one in enumerate(value))
        if isinstance(value, dict) and value:
            return tuple((str(name), fraction(one)) for name, one in value.items())
    except ValueError:
        pass
    message = "a number for each class, or class_weights in the recipe"
    raise ValueError(message)


def _loss_word(came: str, line: int) -> CodeTraining:
    loss = _WORDS.get(came)
    if loss is None:
        return CodeTraining(line, faults=(unknown_code_loss(came, _WORDS, line),))
    return CodeTraining(line, {"loss": loss}, came)


def _optimizer_word(evaluator: Expressions, came: str, line: int) -> CodeTraining:
    kind = next((name for name in OPTIMIZERS if name.lower() == came.lower()), came)
    call = Call(ast.Pass(lineno=line), [], {})
    return _optimizer(evaluator, _arguments(evaluator, call, kind, "keras"), kind, "keras")


def _loss(
    evaluator: Expressions, call: Call, kind: str, *, is_function: bool = False
) -> CodeTraining:
    line = getattr(call.node, "lineno", 0)
    if kind not in LOSSES:
        return CodeTraining(line, faults=(unknown_code_loss(kind, LOSSES, line),))
    loss, takes_function = LOSSES[kind]
    names = (*(("input", "target") if is_function else ()), *_LOSS_PLACES[kind])
    arguments = Arguments(evaluator, call, kind, names)
    arguments.pass_over("name", "input", "target", "size_average", "reduce", "dtype")
    arguments.get("reduction", exactly("mean", "auto", "sum_over_batch_size"), None)
    fields: dict[str, Any] = {"loss": loss}
    if kind.endswith("Crossentropy"):
        takes_function = arguments.get("from_logits", truth, default=False)
        arguments.get("axis", exactly(-1), None)
    else:
        arguments.get("ignore_index", exactly(-100), None)
    if not kind.startswith(("Sparse", "NLL", "BCE")) and arguments.has("label_smoothing"):
        fields["label_smoothing"] = arguments.get("label_smoothing", fraction, 0.0)
    if kind in {"CrossEntropyLoss", "NLLLoss"} and arguments.has("weight"):
        arguments.put("weight", _numbers(evaluator, call, arguments.value("weight")))
        fields["class_weights"] = arguments.get("weight", _weights_by_class, _NO_WEIGHTS)
    arguments.close()
    return CodeTraining(line, fields, kind, takes_function, tuple(arguments.faults))


def _numbers(evaluator: Expressions, call: Call, weight: Value) -> Value:
    """Return the numbers of a tensor, also where it is moved to a device."""
    node = call.nodes.get("weight") or call.nodes.get(0)
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in TENSORS and node.args:
            with suppress(ValueError):
                return list(ast.literal_eval(node.args[0]))
        if node.func.attr not in SAME_METHODS:
            break
        node = node.func.value
    return evaluator.library.numbers_of(weight)


def _steps(kind: str, framework: Framework) -> dict[str, Any]:
    return {
        "optimizer": OPTIMIZERS[kind],
        "learning_rate": _RATES[framework].get(kind, 0.001),
        "momentum": _MOMENTA[framework].get(kind, 0.9 if kind in _ADAMS else 0.0),
        "weight_decay": _DECAYS[framework].get(kind, 0.0),
        "schedule": "constant",
        "warmup": 0.0,
    }


def _optimizer(
    evaluator: Expressions, arguments: Arguments, kind: str, framework: Framework
) -> CodeTraining:
    line = arguments.line
    owner = evaluator.library.owner_of(arguments.value("params"))
    if kind not in OPTIMIZERS:
        fault = unknown_code_optimizer(kind, OPTIMIZERS, line)
        return CodeTraining(line, faults=(fault,), owner=owner)
    steps = _steps(kind, framework)
    arguments.pass_over("params", "name", "fused", "foreach")
    _read_rate(evaluator, arguments, framework, steps)
    if framework == "torch" or kind == "AdamW":
        steps["weight_decay"] = arguments.get("weight_decay", fraction, steps["weight_decay"])
    if kind == "Adadelta" and framework == "keras" and not arguments.has("epsilon"):
        # Its first steps grow with the root of this number, which no recipe says.
        arguments.put("epsilon", _KERAS_EPSILON)
    if kind != "SGD":
        name, usual = (
            ("epsilon", 1e-6 if kind == "Adadelta" else 1e-7)
            if framework == "keras"
            else ("eps", _EPSILONS.get(kind, 1e-8))
        )
        arguments.get(name, exactly(usual), None)
    if framework == "keras" and arguments.get("use_ema", truth, default=False):
        steps["ema_decay"] = arguments.get("ema_momentum", fraction, _KERAS_AVERAGE)
    if kind in {"Adam", "AdamW"}:
        arguments.get("amsgrad", exactly(False), None)  # noqa: FBT003 - the value itself
    if kind == "SGD":
        arguments.get("dampening", exactly(0, 0.0), None)
        steps["momentum"] = arguments.get("momentum", fraction, 0.0)
        if arguments.get("nesterov", truth, default=False):
            steps["optimizer"] = "nesterov"
    elif kind in _ADAMS and framework == "keras":
        steps["momentum"] = arguments.get("beta_1", fraction, 0.9)
        arguments.get("beta_2", exactly(0.999), None)
    elif kind in _ADAMS:
        steps["momentum"] = arguments.get("betas", _decay_rates, 0.9)
    elif kind == "Adadelta":
        steps["momentum"] = arguments.get("rho", fraction, steps["momentum"])
    elif kind == "RMSprop":
        kept = "rho" if framework == "keras" else "alpha"
        steps["momentum"] = arguments.get(kept, fraction, steps["momentum"])
        arguments.get("momentum", exactly(0, 0.0), None)
        arguments.get("centered", exactly(False), None)  # noqa: FBT003 - the value itself
    else:
        _read_adagrad(arguments, framework)
    arguments.close()
    return CodeTraining(line, steps, faults=tuple(arguments.faults), owner=owner)


def _read_rate(
    evaluator: Expressions, arguments: Arguments, framework: Framework, steps: dict[str, Any]
) -> None:
    rate = "learning_rate" if framework == "keras" and not arguments.has("lr") else "lr"
    given = arguments.value(rate)
    if any(event is given for path, _, event in evaluator.library.events if "schedules" in path):
        # What the schedule says is read where it is made.
        for name in ("learning_rate", "schedule", "warmup"):
            del steps[name]
    else:
        steps["learning_rate"] = arguments.get(rate, fraction, steps["learning_rate"])


def _arguments(evaluator: Expressions, call: Call, kind: str, framework: Framework) -> Arguments:
    names = ("params", "lr") if framework == "torch" else ("learning_rate",)
    return Arguments(evaluator, call, kind, (*names, *_PLACES[framework].get(kind, ())))


def _read_adagrad(arguments: Arguments, framework: Framework) -> None:
    """Read what Adagrad divides by at its start, and how its rate falls: neither stands in a recipe."""
    if framework == "keras" and not arguments.has("initial_accumulator_value"):
        arguments.put("initial_accumulator_value", _KERAS_ACCUMULATOR)
    arguments.get("initial_accumulator_value", exactly(0, 0.0), None)
    arguments.get("lr_decay", exactly(0, 0.0), None)


def _decay_rates(value: Value) -> float:
    """Read Adam's two rates; the second one is always 0.999 here."""
    if isinstance(value, tuple | list) and len(value) == 2 and value[1] == 0.999:  # noqa: PLR2004 - torch's own default
        return fraction(value[0])
    message = "two rates, the second one 0.999, as in (0.9, 0.999)"
    raise ValueError(message)
