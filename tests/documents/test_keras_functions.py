"""Arguments that decide what Keras's functions and layers do, against what its documentation says they do."""

import pytest

from striate.documents import Document, read_networks
from striate.layers import ELU, Function, LeakyReLU, Scaling
from striate.shapes import Features


def read(*lines: str) -> Document:
    body = "\n".join(lines)
    code = f"""import keras
import tensorflow as tf
from keras import layers, Input, Model
from keras import backend as K

x = image = Input((8, 8, 4))
{body}
model = Model(image, x)
"""
    (document,) = read_networks(code, "net.py")
    return document


@pytest.mark.parametrize(
    ("call", "function"),
    [
        # https://keras.io/api/layers/activations: a slope of 0.2 in functions, of 0.3 in the layer of Keras 2.
        ("tf.nn.leaky_relu(x)", LeakyReLU(0.2)),
        ("tf.nn.leaky_relu(x, alpha=0.1)", LeakyReLU(0.1)),
        ("tf.nn.leaky_relu(x, 0.1, name='a')", LeakyReLU(0.1)),
        ("keras.activations.leaky_relu(x)", LeakyReLU(0.2)),
        ("keras.ops.leaky_relu(x, negative_slope=0.05)", LeakyReLU(0.05)),
        ("layers.LeakyReLU()(x)", LeakyReLU(0.3)),
        ("keras.activations.gelu(x)", "GELU"),
        ("tf.nn.gelu(x)", "GELU"),
        ("tf.nn.gelu(x, approximate=True)", "GELU (tanh)"),
        ("keras.activations.gelu(x, True)", "GELU (tanh)"),
        ("keras.ops.gelu(x)", "GELU (tanh)"),
        ("keras.ops.gelu(x, approximate=False)", "GELU"),
        ("K.relu(x)", "ReLU"),
        ("tf.nn.relu(x, name='first')", "ReLU"),
        ("K.relu(x, max_value=6)", "ReLU6"),
        ("K.relu(x, alpha=0.1)", LeakyReLU(0.1)),
        ("keras.activations.relu(x, 0.25)", LeakyReLU(0.25)),
        ("layers.Activation(lambda y: K.relu(y, max_value=6))(x)", "ReLU6"),
        ("tf.nn.elu(x)", ELU(1.0)),
    ],
)
def test_a_function_of_keras_has_the_slope_and_the_form_that_keras_gives_it(
    call: str, function: Function
) -> None:
    document = read(f"x = {call}")
    assert document.faults == ()
    assert document.table.rows[-1].function == function


def test_a_lambda_is_given_its_arguments() -> None:
    document = read(
        "x = layers.ReLU()(x)",
        "def scaled(y, factor=1.0): return y * factor",
        "x = layers.Lambda(scaled, arguments={'factor': 0.5})(x)",
        "x = layers.Lambda(function=lambda y: y * 4)(x)",
    )
    assert document.faults == ()
    assert [row.layer for row in document.table.rows[2:]] == [Scaling(0.5), Scaling(4)]


@pytest.mark.parametrize(
    "call",
    [
        "layers.Concatenate(3)([x, image])",
        "layers.concatenate([x, image], 3)",
        "layers.concatenate([x, image], -1)",
        "layers.merge([x, image], 'concat', 3)",
        "tf.concat([x, image], 3)",
    ],
)
def test_maps_are_put_behind_each_other_along_the_axis_that_is_given_by_its_place(
    call: str,
) -> None:
    document = read("x = layers.Conv2D(4, 1)(x)", f"x = {call}")
    assert document.faults == ()
    assert str(document.walk.trunk[-1].output) == "8x8x8"


@pytest.mark.parametrize(
    ("call", "where"),
    [
        # Two maps below each other have 16 rows, and not 8 maps.
        ("layers.Concatenate(1)([x, image])", "layers.Concatenate(1)"),
        ("layers.concatenate([x, image], 2)", "layers.concatenate([x, image], 2)"),
        ("layers.Softmax(axis=1)(x)", "Softmax, axis"),
        ("layers.ReLU(6, negative_slope=0.1)(x)", "ReLU, max_value"),
        ("K.relu(x, max_value=5)", "relu, max_value"),
        ("K.relu(x, threshold=1)", "relu, threshold"),
        ("K.sigmoid(x, slope=2)", "K.sigmoid(x, slope=2)"),
    ],
)
def test_what_no_row_does_is_a_fault(call: str, where: str) -> None:
    document = read("x = layers.Conv2D(4, 1)(x)", f"x = {call}")
    assert [(one.where, one.line) for one in document.faults] == [(where, 8)]


@pytest.mark.parametrize(("axis", "is_right"), [(1, True), (-3, True), (-1, False), (3, False)])
@pytest.mark.parametrize("layer", ["BatchNormalization", "LayerNormalization", "Softmax"])
def test_an_axis_is_that_of_the_maps_where_these_stand_first(
    layer: str, axis: int, *, is_right: bool
) -> None:
    code = f"""from keras import Sequential, backend, layers

backend.set_image_data_format("channels_first")
model = Sequential([
    layers.Input((4, 8, 8)),
    layers.{layer}(axis={axis}),
])
"""
    (document,) = read_networks(code, "net.py")
    assert (document.faults == ()) is is_right
    assert {one.where for one in document.faults} <= {f"{layer}, axis"}


def test_blanks_that_do_not_break_are_blanks() -> None:
    document = read("x = layers.Conv2D(4,\u00a03,\u00a0activation='relu')(x)")
    assert document.faults == ()
    assert str(document.walk.trunk[-1].output) == "4x6x6"


def test_a_dense_layer_on_maps_of_one_place_weighs_all_of_them() -> None:
    # Squeeze and excite as it is written for Keras 2: what stands in the last axis is all that there is.
    document = read(
        "s = layers.GlobalAveragePooling2D()(x)",
        "s = layers.Reshape((1, 1, 4))(s)",
        "s = layers.Dense(2, activation='relu')(s)",
        "s = layers.Dense(s.shape[-1] * 2, activation='sigmoid')(s)",
        "x = layers.multiply([x, s])",
    )
    assert document.faults == ()
    assert document.walk.total.parameters == (4 + 1) * 2 + (2 + 1) * 4
    assert str(document.walk.trunk[-1].output) == "4x8x8"


def test_a_dense_layer_on_maps_of_more_places_is_a_fault() -> None:
    document = read("x = layers.Dense(2)(x)")
    assert [one.where for one in document.faults] == ["Dense"]


def test_dropouts_that_act_in_training_alone_are_named() -> None:
    document = read("x = layers.AlphaDropout(0.1)(layers.Flatten()(x))", "x = layers.Dense(2)(x)")
    assert document.faults == ()
    assert any("AlphaDropout acts in training alone" in one.text for one in document.remarks)


BUILT = """import keras
from keras import layers

class Doubled(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.out = layers.Dense(units)

    def build(self, input_shape):
        self.first = layers.Dense(2 * input_shape[-1])
        self.again = layers.Dense(input_shape[-1])

    def call(self, inputs):
        hidden = self.first(inputs)
        self.add_loss(keras.ops.mean(keras.ops.square(self.again(hidden) - inputs)))
        return self.out(hidden)

model = Doubled(3)
"""


def test_layers_that_a_model_makes_when_it_is_built_are_read_and_side_ways_are_named() -> None:
    (document,) = read_networks(BUILT, "net.py", Features(5))
    assert document.faults == ()
    assert document.walk.total.parameters == (5 + 1) * 10 + (10 + 1) * 3
    text = "again (Dense) stands on no way to the output; its weights are not counted."
    assert text in [one.text for one in document.remarks]


RESHAPED = """import tensorflow as tf
from tensorflow.keras import Model, layers

class Net(Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 5)
        self.out = layers.Dense(10)

    def call(self, x, is_training=False):
        x = tf.reshape(x, [-1, 28, 28, 1])
        x = self.out(layers.Flatten()(self.conv(x)))
        return x if is_training else tf.nn.softmax(x)

net = Net()
"""


def test_sizes_that_a_network_brings_its_examples_to_are_those_of_its_input() -> None:
    (document,) = read_networks(RESHAPED, "net.py")
    assert document.faults == ()
    assert str(document.walk.input) == "1x28x28"
    assert document.walk.total.parameters == 4 * 26 + (4 * 24 * 24 + 1) * 10
    text = "Its input is not said: 28x28x1, to which it is brought, is taken."
    assert text in [one.text for one in document.remarks]


def test_what_is_not_known_is_named_where_it_begins_and_not_at_the_softmax() -> None:
    (document,) = read_networks(RESHAPED.replace("28, 28, 1", "side(), 28, 1"), "net.py")
    assert [(one.line, "line 11: `side`" in one.came) for one in document.faults] == [(4, True)]


def test_the_usual_input_of_the_applications_package_is_known() -> None:
    code = """from keras_applications.imagenet_utils import _obtain_input_shape
from keras.layers import Input, Conv2D, GlobalAveragePooling2D
from keras.models import Model

def Small(input_shape=None, include_top=True):
    input_shape = _obtain_input_shape(input_shape, default_size=32, require_flatten=include_top)
    image = Input(shape=input_shape)
    return Model(image, GlobalAveragePooling2D()(Conv2D(4, 3)(image)))
"""
    (document,) = read_networks(code, "net.py")
    assert document.faults == ()
    assert str(document.walk.input) == "3x32x32"


def test_a_model_that_gives_what_it_reads_is_a_fault() -> None:
    # So it is in the best-known variational autoencoder for Keras: its last layer adds a loss to that of others.
    code = """import keras
from keras import layers

class Loss(layers.Layer):
    def call(self, inputs):
        image, made = inputs
        self.add_loss(keras.ops.mean(keras.ops.square(image - made)))
        return image

image = keras.Input((8, 8, 1))
made = layers.Conv2D(1, 3, padding="same")(image)
model = keras.Model(image, Loss()([image, made]))
"""
    (document,) = read_networks(code, "net.py")
    assert [(one.where, one.line) for one in document.faults] == [("Model", 12)]


BRINGING = "layers.Resizing(24, 20)", "layers.RandomCrop(height=24, width=20)"


@pytest.mark.parametrize("layer", BRINGING)
def test_a_network_reads_pictures_of_the_size_that_its_first_layer_brings_them_to(
    layer: str,
) -> None:
    code = f"""from keras import Input, Model, Sequential, layers

prepare = Sequential([{layer}, layers.Rescaling(1 / 255)])
first = Sequential([Input((32, 32, 3)), prepare, layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(5)])
image = Input((32, 32, 3))
x = layers.Conv2D(2, 3)({layer}(image))
body = Model(image, layers.Dense(5)(layers.Flatten()(x)))
outer = Input((32, 32, 3))
second = Model(outer, layers.Dense(4)(body(outer)))
"""
    documents = read_networks(code, "net.py")
    assert [document.faults for document in documents] == [(), ()]
    assert [str(document.walk.input) for document in documents] == ["3x24x20"] * 2
    below = (3 * 9 + 1) * 2 + (22 * 18 * 2 + 1) * 5
    assert [one.walk.total.parameters for one in documents] == [below, below + 6 * 4]
    text = "prepares pictures" if "Resizing" in layer else "varies training pictures"
    assert all(any(text in one.text for one in document.remarks) for document in documents)


@pytest.mark.parametrize("layer", [*BRINGING, "layers.Resizing(side(), 20)"])
def test_a_change_of_size_within_a_network_is_a_fault(layer: str) -> None:
    document = read("x = layers.Conv2D(4, 1)(x)", f"x = {layer}(x)")
    assert {one.line for one in document.faults} == {8}


@pytest.mark.parametrize(
    "call",
    [
        "x = layers.Dropout(0.5)(x, training=True)",
        "x = layers.BatchNormalization()(x, training=True)",
        (
            "class Sampled(layers.AlphaDropout):\n"
            "    def call(self, inputs): return super().call(inputs, training=True)\n"
            "x = Sampled(0.5)(x)"
        ),
    ],
)
def test_a_layer_that_acts_as_in_training_at_all_times_is_a_fault(call: str) -> None:
    document = read(call, "x = layers.Dense(2)(layers.Flatten()(x))")
    assert ["no row of a table does this." in one.came for one in document.faults] == [True]


@pytest.mark.parametrize("said", ["False", "None", "is_training"])
def test_a_layer_that_is_told_of_training_is_read(said: str) -> None:
    document = read(
        "def block(y, is_training=True): "
        f"return layers.Dropout(0.5)(layers.Flatten()(y), training={said})",
        "x = layers.Dense(2)(block(x))",
    )
    assert document.faults == ()


LATE = """
from keras import layers, Input, Model
inputs = Input((8, 8, 6))
parts = []
for c in range(3):
    parts.append(layers.Lambda(lambda z{kept}: z[..., 2 * c : 2 * c + 2])(inputs))
outputs = layers.Dense(2)(layers.GlobalAveragePooling2D()(layers.concatenate(parts)))
model = Model(inputs, outputs)
"""


@pytest.mark.parametrize(("kept", "told"), [("", 1), (", c=c", 0)])
def test_a_lambda_that_looks_its_names_up_late_is_told(kept: str, told: int) -> None:
    (document,) = read_networks(LATE.format(kept=kept), "a.py")
    assert document.faults == ()
    late = [remark for remark in document.remarks if "Lambda" in remark.text]
    assert [remark.line for remark in late] == [6] * told


@pytest.mark.parametrize(
    ("mode", "told"), [("training=mode", 1), ("training=False", 0), ("training=None", 0)]
)
def test_a_layer_whose_training_is_not_known_is_told(mode: str, told: int) -> None:
    text = (
        "inputs = Input((8, 8, 6))\n"
        f"outputs = layers.Dense(2)(layers.Flatten()(layers.Dropout(0.5)(inputs, {mode})))\n"
        "model = Model(inputs, outputs)\n"
    )
    (document,) = read_networks(f"from keras import layers, Input, Model\n{text}", "a.py")
    found = [remark.text for remark in document.remarks if "outside of training" in remark.text]
    assert found == ["`training=mode` is not known, and is read as outside of training."] * told
