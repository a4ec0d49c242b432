"""Names of Python, Keras and PyTorch: what they mean where nothing imports them, and what they do."""

from striate.documents.code.builtin_functions import BUILTINS
from striate.documents.code.keras_layers import AUGMENTATIONS, KERAS, KERAS_ALIASES
from striate.documents.code.torch_layers import TORCH


_DEFAULTS = {
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "torch": "torch",
    "optim": "torch.optim",
    "keras": "keras",
    "tf": "tensorflow",
    "layers": "keras.layers",
    "models": "keras.models",
    "K": "keras.backend",
    "backend": "keras.backend",
    "optimizers": "keras.optimizers",
    "losses": "keras.losses",
    "regularizers": "keras.regularizers",
    "callbacks": "keras.callbacks",
    "schedules": "keras.optimizers.schedules",
    "lr_scheduler": "torch.optim.lr_scheduler",
    "np": "numpy",
    "numpy": "numpy",
    "math": "math",
    "OrderedDict": "collections.OrderedDict",
    "partial": "functools.partial",
    "summary": "torchsummary.summary",
    "Model": "keras.models.Model",
    "Input": "keras.layers.Input",
    "Module": "torch.nn.Module",
    "ModuleList": "torch.nn.ModuleList",
    "Sequential": "?.Sequential",
    "deepcopy": "copy.deepcopy",
}

_KERAS_FUNCTIONS = {
    *("add", "concatenate", "multiply", "average", "maximum", "merge", "subtract"),
    *("Add", "Concatenate", "Multiply", "Average", "Maximum", "Subtract", "Merge", "Lambda"),
}

KERAS_BASES = {"Model", "Layer", "Sequential", "Functional", "Network"}
"""Keras's classes that a network inherits from."""

SAME = {
    *("DataParallel", "DistributedDataParallel", "compile", "script", "deepcopy", "to_device"),
    *("convert_sync_batchnorm", "multi_gpu_model", "cast", "prepare", "Variable", "no_grad"),
}
"""What gives back the network that it is given."""

TENSORS = {"tensor", "FloatTensor", "Tensor", "as_tensor", "array", "constant"}
"""What makes a tensor of a list."""

CLIPPING = {"clip_grad_norm_", "clip_grad_value_"}
"""What bounds gradients before a step."""

SETTING = {"add_module", "register_module", "register_parameter", "__setattr__"}
"""Methods that set an attribute whose name is given as a string."""

SAME_METHODS = {
    *("to", "cuda", "cpu", "float", "half", "double", "eval", "train", "requires_grad_", "apply"),
    *("share_memory", "compile", "type", "contiguous", "detach", "clone", "bfloat16", "xpu", "mps"),
}
"""Methods that give back the network whose they are."""

GROWING = {"add", "append", "add_module", "insert", "extend", "pop", "register_module"}
"""Methods that change what a network holds."""

LOSS_FUNCTIONS = {
    *("cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
    *("mse_loss", "l1_loss", "smooth_l1_loss", "kl_div"),
}
"""Losses that PyTorch has as functions, too."""

_OPTIMIZERS = {
    "SGD",
    "Adam",
    "AdamW",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
    "NAdam",
    "RAdam",
}
_TRAINING_PLACES = {"optim", "optimizers", "losses", "lr_scheduler", "schedules", "callbacks"}
_SCHEDULERS = {
    *("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "OneCycleLR", "LambdaLR"),
    *("CyclicLR", "CosineAnnealingWarmRestarts", "LinearLR", "PolynomialLR", "MultiplicativeLR"),
}
_SCHEDULES = {"ExponentialDecay", "PiecewiseConstantDecay", "CosineDecay", "PolynomialDecay"}
_CALLBACKS = {"EarlyStopping", "LearningRateScheduler", "ReduceLROnPlateau", "ModelCheckpoint"}


def default_path(name: str) -> str:
    """Return the path of what a name means that nothing in the program has set; nothing if it means nothing."""
    if name in BUILTINS:
        return f"builtins.{name}"
    if name in _DEFAULTS:
        return _DEFAULTS[name]
    is_keras = KERAS_ALIASES.get(name, name) in KERAS or name in AUGMENTATIONS
    if is_keras and name in TORCH:
        return f"?.{name}"
    if is_keras or name in _KERAS_FUNCTIONS:
        return f"keras.layers.{name}"
    if name in TORCH:
        return f"torch.nn.{name}"
    if name in _SCHEDULERS:
        return f"torch.optim.lr_scheduler.{name}"
    if name in _SCHEDULES:
        return f"keras.optimizers.schedules.{name}"
    if name in _CALLBACKS:
        return f"keras.callbacks.{name}"
    return f"?.{name}" if name.endswith("Loss") or name in _OPTIMIZERS else ""


def canonical(path: str) -> str:
    """Return one spelling for the paths of a framework: `tensorflow.keras.layers` is `keras.layers`."""
    parts = path.split(".")
    if parts[0] in {"tensorflow", "tf", "tf_keras", "keras"}:
        parts[0] = "tensorflow" if parts[0] in {"tensorflow", "tf"} else "keras"
        parts = [
            parts[0],
            *(one for one in parts[1:] if one not in {"python", "compat", "v1", "v2"}),
        ]
        if "keras" in parts:
            parts = parts[parts.index("keras") :]
            parts = [one for one in parts if one not in {"api", "_tf_keras", "src", "legacy"}]
            parts = [one for i, one in enumerate(parts) if i == 0 or one != "keras"]
    return ".".join(parts)


def is_framework(module: str) -> bool:
    """Whether a module is one of PyTorch or Keras."""
    return module.partition(".")[0] in {"torch", "keras", "tensorflow", "tf_keras"}


def is_place(path: str) -> bool:
    """Whether Keras's layers stand there: a Dense of somebody else's need not be Keras's."""
    parts = path.split(".")[:-1]
    places = {"keras", "layers", "?", "models", "experimental", "preprocessing", "convolutional"}
    places |= {"core", "pooling", "normalization", "advanced_activations", "tensorflow", "merge"}
    return set(parts) <= places | {"activations", "noise", "v2", "convolutional_transpose"}


def trains(path: str, name: str) -> bool:
    """Whether a call says how a network is trained: a loss, an optimizer, a schedule, a bound or a callback."""
    places = set(path.split(".")[:-1])
    is_class = name[:1].isupper()
    return (
        name in _OPTIMIZERS
        or name in LOSS_FUNCTIONS
        or name in CLIPPING
        or (is_class and name.endswith("Loss"))
        or (is_class and bool(places & _TRAINING_PLACES))
    )
