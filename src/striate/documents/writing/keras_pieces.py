"""Layers and functions that Keras lacks, as a written file holds them."""

_TEXTS = {
    "scaled_tanh": """
def scaled_tanh(x):
    return 1.7159 * ops.tanh(2 / 3 * x)
""",
    "gelu_tanh": """
def gelu_tanh(x):
    return keras.activations.gelu(x, approximate=True)
""",
    "ConnectedConv2D": '''
class ConnectedConv2D(layers.Conv2D):
    """A convolution of which each map reads the maps below that have an X in its column."""

    def __init__(self, marks, *arguments, **options):
        super().__init__(*arguments, **options)
        self.marks = marks

    def call(self, inputs):
        mask = ops.convert_to_tensor([[float(mark == "X") for mark in line] for line in self.marks])
        x = self.convolution_op(inputs, self.kernel * mask)
        x = x + self.bias if self.use_bias else x
        return self.activation(x)
''',
    "Subsampling": '''
class Subsampling(layers.Layer):
    """The sum (or mean) of each window, times a trained gain, plus a trained bias, one pair a map."""

    def __init__(self, pool_size, strides=None, reduction="sum", **options):
        super().__init__(**options)
        self.pool_size, self.strides = pool_size, strides or pool_size
        self.factor = pool_size[0] * pool_size[1] if reduction == "sum" else 1

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")
        self.bias = self.add_weight(shape=(shape[-1],), initializer="zeros", name="bias")

    def call(self, inputs):
        x = ops.average_pool(inputs, self.pool_size, self.strides, data_format="channels_last")
        return self.factor * self.gain * x + self.bias
''',
    "Scale": '''
class Scale(layers.Layer):
    """A trained factor for each map, or for each value in a row."""

    def __init__(self, start=1.0, **options):
        super().__init__(**options)
        self.start = start

    def build(self, shape):
        start = keras.initializers.Constant(self.start)
        self.factors = self.add_weight(shape=(shape[-1],), initializer=start, name="factors")

    def call(self, inputs):
        return inputs * self.factors
''',
    "ChannelShuffle": '''
class ChannelShuffle(layers.Layer):
    """The first map of each group, then the second of each, and so on."""

    def __init__(self, groups, **options):
        super().__init__(**options)
        self.groups = groups

    def call(self, inputs):
        _, rows, columns, maps = inputs.shape
        parts = ops.reshape(inputs, (-1, rows, columns, self.groups, maps // self.groups))
        return ops.reshape(ops.swapaxes(parts, -2, -1), (-1, rows, columns, maps))
''',
    "Distances": '''
class Distances(layers.Layer):
    """The squared distance to a fixed code of +1 and -1 for each class; the smallest names the class."""

    def __init__(self, units, drawings=None, **options):
        super().__init__(**options)
        self.units, self.drawings = units, drawings

    def build(self, shape):
        self.codes = self.add_weight(shape=(self.units, shape[-1]), trainable=False, name="codes")
        if self.drawings is None:
            self.codes.assign(ops.sign(keras.random.uniform(self.codes.shape, -1, 1)))
        else:
            self.codes.assign([[1.0 if cell == "#" else -1.0 for cell in code] for code in self.drawings])

    def call(self, inputs):
        return ops.sum(ops.square(inputs[:, None, :] - self.codes), axis=2)
''',
    "ResponseNormalization": '''
class ResponseNormalization(layers.Layer):
    """Local response normalization across maps: alpha multiplies the plain sum of squares."""

    def __init__(self, size, alpha, beta, k, **options):
        super().__init__(**options)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, inputs):
        half, maps = self.size // 2, inputs.shape[-1]
        squares = ops.pad(inputs * inputs, ((0, 0), (0, 0), (0, 0), (half, half)))
        sums = sum(squares[..., i : i + maps] for i in range(self.size))
        return inputs * (self.alpha * sums + self.k) ** -self.beta
''',
    "PaddedMaxPooling2D": '''
class PaddedMaxPooling2D(layers.MaxPooling2D):
    """Max pooling with any border on each side, which never wins."""

    def __init__(self, border, *arguments, **options):
        super().__init__(*arguments, **options)
        self.border = border

    def compute_output_shape(self, shape):
        added = (0, *map(sum, self.border), 0)
        return super().compute_output_shape([n and n + more for n, more in zip(shape, added)])

    def call(self, inputs):
        border = ((0, 0), *self.border, (0, 0))
        return super().call(ops.pad(inputs, border, constant_values=float("-inf")))
''',
}

PIECES: dict[str, list[str]] = {name: text.strip("\n").split("\n") for name, text in _TEXTS.items()}
"""Each class or function by its name, line by line."""
