"""Keras at work on TensorFlow or JAX: as its guides write it, and with what they advise for speed.

Documented: `fit` on arrays. Tuned: steps_per_execution, and on TensorFlow a cached and prefetched
tf.data set, and jit_compile on or off, whichever is faster here.
"""

import os
import time
from pathlib import Path
from typing import Any

import safetensors.numpy


# Before Keras is imported, which reads them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from keras_network import KerasNetwork
from striate import Recipe, load
from striate.bench.files import CHECKED, DOCUMENT, EXAMPLES, WEIGHTS
from striate.bench.serving import Answer, Job


_MOST_STEPS_AT_ONCE = 32
_SECONDS_AT_ONCE = 0.1
_KEPT_BYTES = 2**27


def documented_work(job: Job) -> "KerasTraining":
    """Set Keras up as its guides do."""
    return KerasTraining(job)


def tuned_work(job: Job) -> "KerasTraining":
    """Set Keras up with what its guides advise for speed."""
    return TunedKerasTraining(job)


class Clock(keras.callbacks.Callback):
    """Times `fit` from its first step to its last, without what it sets up before."""

    def on_train_begin(self, logs: object = None) -> None:  # noqa: ARG002 - Keras's form
        """Start."""
        self.began = time.perf_counter()

    def on_train_end(self, logs: object = None) -> None:  # noqa: ARG002 - Keras's form
        """Stop."""
        self.seconds = time.perf_counter() - self.began


class KerasTraining:
    """`model.fit` on arrays of prepared numbers."""

    def __init__(self, job: Job) -> None:
        if job["kind"] != "training":
            message = "Keras is measured in training only"
            raise NotImplementedError(message)
        self.backend = keras.backend.backend()
        _limit_threads(self.backend, job["threads"])
        if job["width"] == "bf16":
            keras.mixed_precision.set_global_policy("mixed_bfloat16")
        folder = Path(job["folder"])
        self.document, self.batch = load(folder / DOCUMENT), job["batch"]
        built = KerasNetwork(self.document, safetensors.numpy.load_file(folder / WEIGHTS))
        self.model, self.head_weights = built.model, built.head_weights
        self._read_examples(folder)
        self.compile()
        first = self.model(self.inputs[:CHECKED], training=False)
        outputs = np.asarray(first[0] if self.head_weights else first, np.float64)
        loss = float(np.mean(self.loss(self.labels[:CHECKED], outputs.astype(np.float32))))
        self.steps_a_second = 0.0
        self.fit(1)
        self.tune()
        self.facts: Answer = {
            "keras": keras.__version__,
            self.backend: _version(self.backend),
            "threads": job["threads"],
            "device": _device(self.backend),
            "width": job["width"],
            "outputs": outputs.tolist(),
            "loss": loss,
            **self.tuning(),
        }

    def _read_examples(self, folder: Path) -> None:
        tensors = safetensors.numpy.load_file(folder / EXAMPLES)
        images, labels = tensors["images"], tensors["labels"]
        least = 4 * self.batch
        count = max(_KEPT_BYTES // (4 * images[0].size) // self.batch * self.batch, least)
        images, self.labels = images[:count], labels[:count].astype(np.int32)
        if images.dtype == np.int32:
            self.inputs = images
            return
        low, step = (
            np.float32(one[0]) if len(one) == 1 else np.array(one, np.float32).reshape(-1, 1, 1)
            for one in self.document.preparation.byte_values
        )
        wide = images.astype(np.float32)
        wide = (wide - tensors["mean"]) * step if "mean" in tensors else wide * step + low
        has_maps = wide.ndim == 4
        self.inputs = np.ascontiguousarray(wide.transpose(0, 2, 3, 1)) if has_maps else wide

    def compile(self, **options: Any) -> None:
        """Choose optimizer and loss."""
        self.loss = _loss(self.document.recipe)
        heads = self.head_weights
        self.model.compile(
            optimizer=_optimizer(self.document.recipe),
            loss=[self.loss] * (1 + len(heads)) if heads else self.loss,
            loss_weights=[1.0, *heads] if heads else None,
            **options,
        )

    def tune(self) -> None:
        """Do what tuning does behind the first step; the guides do nothing."""

    def tuning(self) -> Answer:
        """Tell what was chosen."""
        return {}

    def fit(self, steps: int) -> tuple[int, float]:
        """Train for some steps, and give the examples and the seconds."""
        epochs, count = 1, steps * self.batch
        whole = len(self.labels) // self.batch * self.batch
        if count > whole:
            epochs, count = -(-count // whole), whole
        clock = Clock()
        self.model.fit(
            self.inputs[:count],
            self._targets(self.labels[:count]),
            batch_size=self.batch,
            epochs=epochs,
            verbose=0,
            callbacks=[clock],
        )
        return epochs * count, clock.seconds

    def _targets(self, labels: np.ndarray) -> Any:
        heads = len(self.head_weights)
        return [labels] * (1 + heads) if heads else labels

    def block(self, seconds: float) -> Answer:
        """Train for as many steps as the last block says."""
        if not self.steps_a_second:
            self._measure_pace()
        examples, taken = self.fit(max(1, round(seconds * self.steps_a_second)))
        self.steps_a_second = examples / self.batch / taken
        return {"examples": examples, "seconds": taken}

    def _measure_pace(self) -> None:
        examples, taken = self.fit(1)
        if taken < _SECONDS_AT_ONCE:
            examples, taken = self.fit(_MOST_STEPS_AT_ONCE)
        self.steps_a_second = examples / self.batch / taken


class TunedKerasTraining(KerasTraining):
    """Several steps at a call, and data that is ready before it is asked for."""

    def compile(self, **options: Any) -> None:
        """Compile with the choices made so far."""
        self.at_once = getattr(self, "at_once", 1)
        self.jit = getattr(self, "jit", "auto")
        super().compile(steps_per_execution=self.at_once, jit_compile=self.jit, **options)

    def tune(self) -> None:
        """Try jit_compile on and off, and choose how many steps to take at once."""
        self.data = self._dataset() if self.backend == "tensorflow" else None
        tried = {}
        for jit in (True, False) if self.backend == "tensorflow" else (True,):
            self.jit = jit
            try:
                self._begin_anew()
                tried[jit] = self.steps_a_second
            except Exception as error:  # a graph that XLA cannot compile
                self.refusal = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        self.tried = {str(jit): pace for jit, pace in tried.items()}
        self.jit = max(tried, key=lambda jit: tried[jit])
        pace = tried[self.jit]
        self.at_once = max(1, min(_MOST_STEPS_AT_ONCE, round(_SECONDS_AT_ONCE * pace)))
        if self.at_once > 1 or len(tried) > 1:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.compile()
        self.steps_a_second = 0.0
        self.fit(self.at_once)
        self._measure_pace()

    def tuning(self) -> Answer:
        """Tell what was chosen."""
        refusal = {"refused": self.refusal} if hasattr(self, "refusal") else {}
        return {
            "jit_compile": self.jit,
            "steps_per_execution": self.at_once,
            "steps_a_second_by_jit": self.tried,
            **refusal,
        }

    def _dataset(self) -> Any:
        import tensorflow as tf

        parts = tf.data.Dataset.from_tensor_slices((self.inputs, self._targets_of_set()))
        batches = parts.batch(self.batch, drop_remainder=True).cache()
        return batches.shuffle(64).repeat().prefetch(tf.data.AUTOTUNE)

    def _targets_of_set(self) -> Any:
        targets = self._targets(self.labels)
        return tuple(targets) if isinstance(targets, list) else targets

    def fit(self, steps: int) -> tuple[int, float]:
        """Train for some steps, a multiple of those taken at once."""
        steps = -(-steps // self.at_once) * self.at_once
        if getattr(self, "data", None) is None:
            whole = len(self.labels) // self.batch
            if steps < whole or whole % self.at_once == 0:
                return super().fit(steps)
            # Epochs of a whole number of calls.
            kept = self.inputs, self.labels
            whole = max(whole // self.at_once, 1) * self.at_once
            self.inputs, self.labels = (one[: whole * self.batch] for one in kept)
            done = super().fit(steps)
            self.inputs, self.labels = kept
            return done
        clock = Clock()
        self.model.fit(self.data, steps_per_epoch=steps, epochs=1, verbose=0, callbacks=[clock])
        return steps * self.batch, clock.seconds


def _optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    rate, momentum, decay = recipe.learning_rate, recipe.momentum, recipe.weight_decay or None
    match recipe.optimizer:
        case "sgd" | "nesterov":
            is_nesterov = recipe.optimizer == "nesterov"
            return keras.optimizers.SGD(rate, momentum, nesterov=is_nesterov, weight_decay=decay)
        case "adam":
            return keras.optimizers.Adam(rate, momentum, weight_decay=decay)
        case "adamw":
            return keras.optimizers.AdamW(rate, recipe.weight_decay, momentum)
        case "adadelta":
            return keras.optimizers.Adadelta(rate, momentum, 1e-6, weight_decay=decay)


def _loss(recipe: Recipe) -> Any:
    if recipe.loss == "cross-entropy":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if recipe.loss == "binary-cross-entropy":
        return keras.losses.BinaryCrossentropy(from_logits=True)
    if recipe.loss == "map":
        constant = recipe.map_constant

        def map_loss(labels: Any, distances: Any) -> Any:
            from keras import ops

            labels = ops.reshape(labels, (-1,))
            rubbish = ops.full_like(distances[:, :1], -constant)
            others = ops.logsumexp(ops.concatenate((-distances, rubbish), axis=1), axis=1)
            classes = distances.shape[1]
            right = ops.sum(distances * ops.one_hot(labels, classes), axis=1)
            return right + others

        return map_loss
    message = f"Keras is not given the loss {recipe.loss}"
    raise NotImplementedError(message)


def _limit_threads(backend: str, threads: int) -> None:
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
    # JAX takes all cores that the process may use.


def _version(backend: str) -> str:
    module = __import__("tensorflow" if backend == "tensorflow" else "jax")
    return str(module.__version__)


def _device(backend: str) -> str:
    if backend == "jax":
        import jax

        return str(jax.devices()[0].device_kind)
    import tensorflow as tf

    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
