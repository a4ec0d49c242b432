"""Networks of Keras as code writes them; Keras is not at hand, so the numbers are its formulas."""

import pytest

from striate.arithmetic import walk
from striate.checking import check
from striate.documents import Document, read_networks
from striate.errors import DocumentError
from striate.layers import (
    ELU,
    Add,
    AveragePooling,
    Convolution,
    FullyConnected,
    GlobalPooling,
    Input,
    MaxPooling,
)
from striate.shapes import Image
from striate.training import start


def read(text: str) -> Document:
    (document,) = read_networks(f"# A network\n\n```python\n{text}\n```\n", "a.md")
    return document


SAME = """\
Conv2D(4, (3, 5), strides=2, padding="SAME", use_bias=False, name="first"),
MaxPool2D(pool_size=(2, 3), strides=(2, 1), padding="valid"),
AveragePooling2D(),
GlobalAveragePooling2D(),
Dense(7, "relu"),
Activation("tanh"),
Dense(units=3),
Softmax(),
"""


@pytest.mark.parametrize(
    "text",
    [
        f"keras.Sequential([keras.Input(shape=(32, 24, 3)),\n{SAME}])",
        f"tf.keras.models.Sequential([layers.InputLayer(input_shape=(32, 24, 3)),\n{SAME}])",
        f"Sequential(layers=[InputLayer(shape=[32, 24, 3]),\n{SAME}], name='small')",
        "from keras import *\nmodel = Sequential()\nmodel.add(Input((32, 24, 3)))\n"
        + "".join(f"model.add({line.rstrip(',')})\n" for line in SAME.splitlines()),
    ],
)
def test_all_ways_of_writing_one_network_give_one_table(text: str) -> None:
    document = read(text)
    assert document.faults == ()
    assert [(row.name, row.layer, row.activation) for row in document.table.rows] == [
        ("Input", Input.image(3, 32, 24), None),
        ("first", Convolution(4, (3, 5), 2, "same", has_bias=False), None),
        ("Pool1", MaxPooling((2, 3), (2, 1)), None),
        ("Pool2", AveragePooling(2, divisor="inside"), None),
        ("GlobalPool", GlobalPooling("average"), None),
        ("Dense", FullyConnected(7), "ReLU"),
        ("Activation", document.table.rows[6].layer, None),
        ("Output", FullyConnected(3), "softmax"),
    ]
    assert document.table.rows[6].function == "tanh"
    reports = walk(document.table).reports
    # SAME gives a half of 32x24, rounded up; VALID gives (16 - 2) / 2 + 1 and 12 - 3 + 1.
    assert [report.output for report in reports[1:4]] == [
        *(Image(4, 16, 12), Image(4, 8, 10), Image(4, 4, 5))
    ]
    assert [report.cost.parameters for report in reports if report.cost] == [
        *(0, 3 * 5 * 3 * 4, 0, 0, 0, (4 + 1) * 7, 0, (7 + 1) * 3)
    ]


@pytest.mark.parametrize(
    ("said", "shape"),
    [
        ("input_shape=(28, 28)", "1x28x28"),
        ("input_shape=[32, 24, 3]", "3x32x24"),
        ("input_shape=(784,)", "784"),
    ],
)
def test_the_input_is_read_channels_last(said: str, shape: str) -> None:
    document = read(f"keras.Sequential([layers.Flatten({said}), layers.Dense(10)])")
    assert document.faults == ()
    assert str(walk(document.table).reports[0].output) == shape


@pytest.mark.parametrize(
    ("layers", "where"),
    [
        ("Dense(3, input_dim=8), Dense(2, input_shape=(4,))", "Dense, input_shape"),
        ("Conv2D(3, 3, input_shape=(8, 8, 1)), Dense(2)", "Dense"),
        ("Conv2D(3, 3, input_shape=(None, None, 1))", "Conv2D, input_shape"),
        ("Dense(3, input_dim=8, kernel_initialiser='he_normal')", "Dense, kernel_initialiser"),
        (
            "Conv2D(3, 3, data_format='channels_middle', input_shape=(8, 8, 1))",
            "Conv2D, data_format",
        ),
        ("Conv2D(3, kernel_size=k, input_shape=(8, 8, 1))", "Conv2D, kernel_size"),
        ("Dense(True, input_dim=8)", "Dense, units"),
        ("Dense(2, input_dim=8), ReLU(5.0)", "ReLU, max_value"),
        ("LSTM(2, input_shape=(8, 3)), Dense(2)", "LSTM"),
        ("Dense(2, input_dim=8), ReLU(max_value=5)", "ReLU, max_value"),
    ],
)
def test_what_keras_would_refuse_or_striate_lacks_is_a_finding(layers: str, where: str) -> None:
    findings = check(read(f"keras.Sequential([{layers}])")).findings
    assert [(one.line, one.where) for one in findings] == [(4, where)]


@pytest.mark.parametrize(
    ("compiled", "loss", "optimizer", "rate"),
    [
        (
            'optimizer="sgd", loss="sparse_categorical_crossentropy"',
            *("cross-entropy", "sgd", 0.01),
        ),
        (
            (
                "optimizer=keras.optimizers.Adam(learning_rate=0.002), "
                "loss=keras.losses.CategoricalCrossentropy(from_logits=False)"
            ),
            *("cross-entropy", "adam", 0.002),
        ),
        (
            "keras.optimizers.SGD(lr=0.5), tf.keras.losses.SparseCategoricalCrossentropy()",
            *("cross-entropy", "sgd", 0.5),
        ),
    ],
)
def test_compile_becomes_a_recipe(compiled: str, loss: str, optimizer: str, rate: float) -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, activation='softmax', input_dim=4)])\n"
        f"model.compile({compiled}, metrics=['accuracy'])"
    )
    assert document.faults == ()
    recipe = document.recipe
    assert (recipe.loss, recipe.optimizer, recipe.learning_rate) == (loss, optimizer, rate)
    assert (recipe.schedule, recipe.warmup) == ("constant", 0.0)


@pytest.mark.parametrize(
    ("compiled", "where"),
    [
        ('loss="mse"', "loss"),
        ('optimizer="ftrl"', "optimizer"),
        ("loss=lambda told, true: 0", "loss"),
        ("optimizer=settings[0]", "optimizer"),
        ("loss=keras.losses.Huber()", "loss"),
        ("optimizer=keras.optimizers.Adam(amsgrad=True)", "Adam, amsgrad"),
        ("**settings", "compile"),
    ],
)
def test_what_of_compile_is_not_understood_is_a_remark_and_a_fault_for_training_alone(
    compiled: str, where: str
) -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, activation='softmax', input_dim=4)])\n"
        f"model.compile({compiled})"
    )
    assert document.faults == ()
    assert [(one.line, one.where) for one in document.training_faults] == [(5, where)]
    assert [(one.line, one.row) for one in document.remarks] == [(5, where)]
    with pytest.raises(DocumentError):
        start(document, "mnist")


def test_a_loss_that_takes_the_softmax_once_more_is_a_finding() -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, activation='softmax', input_dim=4)])\n"
        "model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))"
    )
    assert [(one.line, one.where) for one in document.faults] == [(5, "Output")]


def test_whoever_gives_an_optimizer_settles_what_is_not_understood_of_the_codes() -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, activation='softmax', input_dim=4)])\n"
        "model.compile(keras.optimizers.Adam(amsgrad=True), 'mse')"
    )
    assert [one.where for one in document.training_faults] == ["Adam, amsgrad", "loss"]
    assert [one.where for one in document.training_faults_beside({"optimizer"})] == ["loss"]
    assert [one.where for one in document.training_faults_beside({"loss"})] == ["Adam, amsgrad"]


def test_a_name_that_the_code_gives_is_not_given_again() -> None:
    document = read(
        "keras.Sequential([Dense(4, input_dim=8), Dense(3, name='Dense1'), Dense(3), Dense(2)])"
    )
    assert document.faults == ()
    assert [row.name for row in document.table.rows] == [
        *("Input", "Dense2", "Dense1", "Dense3", "Output")
    ]


@pytest.mark.parametrize(
    ("fitted", "epochs", "batch_size"),
    [
        ("x, y, epochs=30, batch_size=64, validation_split=0.1", 30, 64),
        ("x, y, 16, 5", 5, 16),
        # Keras's own defaults.
        ("train", 1, 32),
    ],
)
def test_fit_says_how_long_and_in_which_steps(fitted: str, epochs: int, batch_size: int) -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, activation='softmax', input_dim=4)])\n"
        f"model.compile('adam', 'categorical_crossentropy')\nmodel.fit({fitted})"
    )
    assert document.faults == ()
    recipe = document.recipe
    assert (recipe.epochs, recipe.batch_size, recipe.optimizer) == (epochs, batch_size, "adam")


def test_epochs_that_only_running_the_code_could_tell_are_named() -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, activation='softmax', input_dim=4)])\n"
        "model.fit(x, y, epochs=many)"
    )
    assert document.faults == ()
    assert [(one.line, one.where) for one in document.training_faults] == [(5, "fit, epochs")]


@pytest.mark.parametrize(
    ("layer", "loss", "findings"),
    [
        ("Conv2D(1, 3, padding='same', activation='sigmoid')", "binary_crossentropy", 0),
        ("Flatten(), Dense(784, activation='sigmoid')", "binary_crossentropy", 0),
        ("Flatten(), Dense(10, activation='relu')", "categorical_crossentropy", 1),
    ],
)
def test_what_makes_pictures_is_a_network_though_no_classifier(
    layer: str, loss: str, findings: int
) -> None:
    (network,) = read_networks(
        "```python\nfrom keras import Input, Sequential\nfrom keras.layers import Conv2D, Dense, Flatten\n"
        f"model = Sequential([Input((28, 28, 1)), Conv2D(4, 3, padding='same'), {layer}])\n"
        f"model.compile(optimizer='adam', loss='{loss}')\n```\n",
        "net.md",
    )
    assert [fault.where for fault in network.faults] == ["loss"] * findings
    assert bool(network.training_faults) is not bool(findings)


APPLICATION = """\
from keras.src import layers
from keras.src.applications import imagenet_utils
from keras.src.models import Functional


def Small(include_top=True, input_shape=None, classes=7):
    input_shape = imagenet_utils.obtain_input_shape(
        input_shape, default_size=24, min_size=8, data_format="channels_last", require_flatten=include_top
    )
    image = layers.Input(shape=input_shape)
    x = layers.Conv2D(8, 3, activation="relu")(image)
    x = layers.Cropping2D(((1, 2), (3, 4)))(x)
    y = layers.Rescaling(0.5)(x)
    x = layers.Add()([x, y[:, :, :, 0:8]])
    x = layers.Flatten()(x)
    return Functional(image, layers.Dense(classes)(x))
"""


def test_a_model_of_keras_own_applications_has_their_usual_input() -> None:
    walked = walk(read(APPLICATION).table)
    assert str(walked.input) == "3x24x24"
    # 22x22 is left of 24x24, then 19 rows and 15 columns; 3x3x3x8 + 8, and 19x15x8x7 + 7.
    assert walked.total.parameters == 224 + 19 * 15 * 8 * 7 + 7
    kinds = [type(row.layer).__name__ for row in walked.table.rows]
    assert kinds == [
        "Input",
        "Convolution",
        "Cropping",
        "Scaling",
        "Add",
        "Flatten",
        "FullyConnected",
    ]


MAKER = """\
from keras import layers, models

def build(input_shape, classes=3):
    image = layers.Input(input_shape)
    return models.Model(image, layers.Dense(classes)(layers.Flatten()(image)))
"""


def test_a_function_that_asks_for_the_input_is_given_that_of_the_user() -> None:
    (document,) = read_networks(MAKER_BLOCK, "a.md", Image(2, 4, 5))
    assert str(document.table.input) == "2x4x5"
    assert walk(document.table).total.parameters == 3 * (40 + 1)


MAKER_BLOCK = f"# A network\n\n```python\n{MAKER}```\n"


def test_a_join_of_what_is_not_known_is_a_fault_and_no_crash() -> None:
    text = "from keras import layers\nmodel = layers.concatenate(parts())\n"
    with pytest.raises(DocumentError):
        read(text)


def test_a_function_that_is_got_by_its_name_is_that_function() -> None:
    code = """
import tensorflow as tf

class Block(tf.keras.layers.Layer):
    def __init__(self, maps, activation="relu", **options):
        super().__init__(**options)
        self.activation = tf.keras.activations.get(activation)
        self.conv = tf.keras.layers.Conv2D(maps, 3, padding="same", use_bias=False)

    def call(self, inputs):
        return self.activation(self.conv(inputs) + inputs)

model = tf.keras.Sequential([
    tf.keras.layers.Input((8, 8, 4)), Block(4), Block(4, activation=tf.keras.activations.elu),
    tf.keras.layers.Flatten(), tf.keras.layers.Dense(3),
])
"""
    (document,) = read_networks(code, "net.py")
    assert document.faults == ()
    assert [row.activation for row in document.table.rows if isinstance(row.layer, Add)] == [
        "ReLU",
        ELU(1.0),
    ]
    assert document.walk.total.parameters == 2 * 4 * 4 * 9 + 256 * 3 + 3


@pytest.mark.parametrize(
    "ahead",
    ["aug", "layers.RandomFlip('horizontal'), layers.RandomRotation(0.1)"],
)
@pytest.mark.parametrize(
    ("behind", "parameters"),
    [
        ("layers.Rescaling(1 / 255, input_shape=size + (3,)), layers.Conv2D(16, 3),", 448),
        ("layers.Conv2D(16, 3, input_shape=size + (3,)),", 448),
        ("layers.InputLayer(size + (3,)), layers.Conv2D(16, 3),", 448),
    ],
)
def test_layers_that_vary_pictures_stand_ahead_of_the_one_that_says_the_input(
    ahead: str, behind: str, parameters: int
) -> None:
    code = (
        "size = (18, 20)\n"
        "aug = keras.Sequential([layers.RandomFlip('horizontal'), layers.RandomRotation(0.1)])\n"
        f"model = keras.Sequential([{ahead}, {behind} layers.Flatten(), layers.Dense(5)])\n"
    )
    network = read(code)
    assert not network.faults
    assert str(network.walk.input) == "3x18x20"
    # 3x3x3x16 + 16; maps of 16x18, a bias a class.
    assert network.walk.total.parameters == parameters + 16 * 16 * 18 * 5 + 5
