"""Layers that Keras does not have, written with what its two backends offer for them."""

import keras
import numpy as np
from keras import ops


class ResponseNorm(keras.layers.Layer):
    """Response normalisation over neighbouring maps: TensorFlow's own function, or its sum in JAX.

    Args:
        size: Maps of the window.
        coefficient: What the sum of squares is multiplied by.
        beta: The exponent.
        k: What is added to the sum.
    """

    def __init__(
        self, size: int, coefficient: float, beta: float, k: float, **options: object
    ) -> None:
        super().__init__(**options)
        self.size, self.coefficient, self.beta, self.k = size, coefficient, beta, k

    def call(self, maps: object) -> object:
        """Normalise; batch x height x width x maps."""
        wide = ops.cast(maps, "float32")
        if keras.backend.backend() == "tensorflow":
            import tensorflow

            normalized = tensorflow.nn.local_response_normalization(
                wide, self.size // 2, self.k, self.coefficient, self.beta
            )
        else:
            import jax.numpy

            reach, count = self.size // 2, wide.shape[-1]
            edges = [(0, 0), (0, 0), (0, 0), (reach, reach)]
            squares = jax.numpy.pad(wide * wide, edges)
            total = sum(squares[..., at : at + count] for at in range(self.size))
            normalized = wide * (self.k + self.coefficient * total) ** -self.beta
        return ops.cast(normalized, maps.dtype)


class MaskedConvolution(keras.layers.Conv2D):
    """A convolution whose kernel is multiplied by zeros where maps are not connected."""

    def __init__(self, mask: np.ndarray, **options: object) -> None:
        super().__init__(**options)
        self.mask = mask

    def convolution_op(self, inputs: object, kernel: object) -> object:
        """Convolve with the masked kernel."""
        return super().convolution_op(inputs, kernel * ops.cast(self.mask, kernel.dtype))


class Subsample(keras.layers.Layer):
    """The sum or mean of each window, times a gain, plus a bias, one pair a map."""

    def __init__(self, kernel: tuple[int, int], stride: tuple[int, int], factor: int) -> None:
        super().__init__()
        self.pool = keras.layers.AveragePooling2D(kernel, stride)
        self.factor = factor

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the pairs."""
        self.gain = self.add_weight(shape=(shape[-1],))
        self.bias = self.add_weight(shape=(shape[-1],))

    def call(self, maps: object) -> object:
        """Subsample; batch x height x width x maps."""
        return self.factor * self.pool(maps) * self.gain + self.bias


class SquaredDistances(keras.layers.Layer):
    """The squared distance to each of fixed codes, units x features."""

    def __init__(self, codes: np.ndarray) -> None:
        super().__init__(dtype="float32")
        self.codes = codes

    def call(self, values: object) -> object:
        """Measure; batch x features to batch x units."""
        away = ops.expand_dims(values, 1) - self.codes
        return ops.sum(away * away, axis=2)


class ScaledTanh(keras.layers.Layer):
    """LeNet-5's squashing function."""

    def call(self, values: object) -> object:
        """Squash."""
        return 1.7159 * ops.tanh(2 / 3 * values)
