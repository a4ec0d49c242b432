"""Messages about networks in code, word for word: a changed message is a changed line here."""

import pytest

from messages import Act, Case, assert_reads, functions, ids, of
from striate.errors import code


def block(*lines: str) -> Act:
    """Check a document of one block of code: its first line is line 2."""
    return of("```python\n", *(f"{line}\n" for line in lines), "```\n")


def keras(*layers: str, after: tuple[str, ...] = ()) -> Act:
    """Check a Keras Sequential that reads 8x8 images: its layers begin on line 4."""
    first = "layers.Flatten(input_shape=(8, 8)),"
    return block("model = keras.Sequential([", first, *layers, "])", *after)


def torch(*layers: str, after: tuple[str, ...] = ()) -> Act:
    """Check a PyTorch Sequential: its layers begin on line 3."""
    return block("model = nn.Sequential(", *layers, ")", *after)


LINEAR = "nn.Linear(4, 2),"
KERAS_LAYERS = (
    "Input, InputLayer, Conv2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, "
    "GlobalMaxPooling2D, Flatten, Dense, Dropout, Activation, ReLU or Softmax"
)
TORCH_LAYERS = (
    "Linear, Conv2d, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, AdaptiveMaxPool2d, Flatten, Dropout, "
    "ReLU, Sigmoid, Tanh, Softmax or Identity"
)
CODE_LOSSES = (
    "CrossEntropyLoss, BCELoss, BCEWithLogitsLoss, CategoricalCrossentropy, "
    "SparseCategoricalCrossentropy or BinaryCrossentropy"
)

CASES: list[Case] = [
    (
        "code_not_parsed",
        block("model = nn.Sequential(", "    nn.Linear(2, 1),", "    and so on", ")"),
        (
            "line 4, code: the block holds a Sequential and cannot be read: invalid syntax.\n"
            "  Needed: Python that parses; it is read and never run.\n"
            "  Fix: correct this line, or write the network as a table."
        ),
    ),
    (
        "unknown_code_layer",
        keras("layers.Dens(10),", "layers.LSTM(3),"),
        (
            "line 4, layers.Dens: no layer of this name is understood.\n"
            f"  Needed: {KERAS_LAYERS}.\n"
            "  Fix: write 'Dense'.\n"
            "line 5, layers.LSTM: no layer of this name is understood.\n"
            f"  Needed: {KERAS_LAYERS}.\n"
            "  Fix: remove it, or write the network as a table."
        ),
    ),
    (
        "unknown_code_layer",
        torch(LINEAR, "nn.GELU(),", "mine.Linear(2, 2),"),
        (
            "line 4, nn.GELU: no layer of this name is understood.\n"
            f"  Needed: {TORCH_LAYERS}.\n"
            "  Fix: remove it, or write the network as a table.\n"
            "line 5, mine.Linear: no layer of this name is understood.\n"
            f"  Needed: {TORCH_LAYERS}.\n"
            "  Fix: write 'Linear'."
        ),
    ),
    (
        "layer_not_written_out",
        torch(LINEAR, "*[nn.Linear(2, 2) for _ in range(3)],", "lambda x: x,", "head,"),
        "".join(
            f"line {line}, Sequential: `{came}` is no layer that is written out; the code is never "
            "run.\n"
            "  Needed: one call a layer, such as Dense(10) or nn.Linear(84, 10).\n"
            f"  Fix: write its layers in its place, one by one.{end}"
            for line, came, end in (
                (4, "*[nn.Linear(2, 2) for _ in range(3)]", "\n"),
                (5, "lambda x: x", "\n"),
                (6, "head", ""),
            )
        ),
    ),
    (
        "layers_added_elsewhere",
        keras(after=("for units in (8, 4):", "    model.add(layers.Dense(units))")),
        (
            "line 6, Sequential: `model.add` stands inside a loop, a branch or a function, and the "
            "code is never run.\n"
            "  Needed: `model.add` in lines of their own, one a layer.\n"
            "  Fix: write the layers one by one."
        ),
    ),
    (
        "argument_not_written_out",
        torch(LINEAR, "nn.Linear(*sizes),", "nn.Dropout(**rates),"),
        (
            "line 4, Linear: `*sizes` stands for arguments that are not written out; the code is "
            "never run.\n"
            "  Needed: every argument as a value.\n"
            "  Fix: write the arguments in its place, one by one.\n"
            "line 5, Dropout: `rates` stands for arguments that are not written out; the code is "
            "never run.\n"
            "  Needed: every argument as a value.\n"
            "  Fix: write the arguments in its place, one by one."
        ),
    ),
    (
        "too_many_arguments",
        torch(LINEAR, "nn.Dropout(0.5, False, 3),"),
        (
            "line 4, Dropout: 3 arguments stand without a name.\n"
            "  Needed: at most 2.\n"
            "  Fix: remove the surplus, or name the arguments."
        ),
    ),
    (
        "argument_given_twice",
        torch("nn.Linear(4, 2, in_features=4),"),
        (
            "line 3, Linear, in_features: it is given twice.\n"
            "  Needed: it once.\n"
            "  Fix: remove one of the two."
        ),
    ),
    (
        "unknown_argument",
        keras(
            "layers.Dense(",
            "    9,",
            "    kernel_regularizer='l2',",
            "    use_bas=False,",
            "),",
            "layers.Dropout(0.5, [1], 2),",
        ),
        (
            "line 6, Dense, kernel_regularizer: the argument is not understood.\n"
            "  Needed: name, input_shape, input_dim, activation, units or use_bias.\n"
            "  Fix: remove it: it would have no effect here.\n"
            "line 7, Dense, use_bas: the argument is not understood.\n"
            "  Needed: name, input_shape, input_dim, activation, units or use_bias.\n"
            "  Fix: write 'use_bias'.\n"
            "line 9, Dropout: 3 arguments stand without a name.\n"
            "  Needed: at most 1.\n"
            "  Fix: remove the surplus, or name the arguments."
        ),
    ),
    (
        "unknown_argument",
        torch("nn.Linear(4, 2),", "nn.Tanh(slope=1),"),
        (
            "line 4, Tanh, slope: the argument is not understood.\n"
            "  Needed: no argument.\n"
            "  Fix: remove it: it would have no effect here."
        ),
    ),
    (
        "missing_argument",
        torch(LINEAR, "nn.Linear(2),"),
        (
            "line 4, Linear, out_features: the argument is missing.\n"
            "  Needed: a value: Linear cannot do without.\n"
            "  Fix: write out_features=... with its value."
        ),
    ),
    (
        "unreadable_argument",
        torch("nn.Linear(4, hidden),", "nn.Linear(2, int('3')),"),
        (
            "line 3, Linear, out_features: `hidden` cannot be read; the code is never run.\n"
            "  Needed: a whole number of at most nine digits.\n"
            "  Fix: write the value in its place.\n"
            "line 4, Linear, out_features: `int('3')` cannot be read; the code is never run.\n"
            "  Needed: a whole number of at most nine digits.\n"
            "  Fix: write the value in its place."
        ),
    ),
    (
        "unknown_code_function",
        keras("layers.Dense(3, activation='relo'),", "layers.Dense(3, tf.nn.swish),"),
        (
            "line 4, Dense, activation: 'relo' is no activation function that is understood.\n"
            "  Needed: relu, sigmoid, tanh or softmax.\n"
            "  Fix: write 'relu'.\n"
            "line 5, Dense, activation: 'swish' is no activation function that is understood.\n"
            "  Needed: relu, sigmoid, tanh or softmax.\n"
            "  Fix: choose one of these."
        ),
    ),
    (
        "no_layers",
        block("model = keras.Sequential()"),
        (
            "line 2, Sequential: it holds no layer.\n"
            "  Needed: at least one layer.\n"
            "  Fix: write its layers into it."
        ),
    ),
    (
        "keras_input_unknown",
        block("keras.Sequential([", "layers.Conv2D(6, 5), layers.Dense(10)])"),
        (
            "line 3, Conv2D: the first layer does not say what comes in.\n"
            "  Needed: height, width and channels, or a number of values.\n"
            "  Fix: write input_shape=(28, 28, 1) into it, for example."
        ),
    ),
    (
        "torch_input_unknown",
        torch("nn.Conv2d(3, 6, 5),", "nn.ReLU(),"),
        (
            "line 3, Conv2d: the first layer does not say the height and width of what comes in.\n"
            "  Needed: the size of one example.\n"
            "  Fix: write an example into the block, such as `torch.zeros(1, 3, 32, 32)`: 1 image of 3 "
            "channels, 32x32."
        ),
    ),
    (
        "flatten_missing",
        torch(
            "nn.Conv2d(1, 2, 3),",
            "nn.Linear(18, 2),",
            after=("model(torch.zeros(1, 1, 5, 5))",),
        ),
        (
            "line 4, Linear: maps of 2x3x3 come in, and without a Flatten it would weigh one axis of "
            "them alone.\n"
            "  Needed: a flat vector.\n"
            "  Fix: write a Flatten above it."
        ),
    ),
    (
        "claimed_input_differs",
        torch("nn.Linear(4, 3),", "nn.Linear(5, 2),"),
        (
            "line 4, Linear, in_features: the code says 5, and Linear gives 3.\n"
            "  Needed: 3.\n"
            "  Fix: write 3, or correct what stands above it."
        ),
    ),
    (
        "unknown_code_loss",
        torch(LINEAR, after=("criterion = nn.BCELos()", "other = nn.MSELoss()")),
        (
            "line 5, loss: 'BCELos' is no loss that is understood.\n"
            f"  Needed: {CODE_LOSSES}.\n"
            "  Fix: write 'BCELoss'.\n"
            "line 6, loss: 'MSELoss' is no loss that is understood.\n"
            f"  Needed: {CODE_LOSSES}.\n"
            "  Fix: choose one of these, or remove the line."
        ),
    ),
    (
        "unknown_code_optimizer",
        torch(LINEAR, after=("torch.optim.Adadelta(model.parameters())",)),
        (
            "line 5, optimizer: 'Adadelta' is no optimizer that is understood.\n"
            "  Needed: SGD, Adam or AdamW.\n"
            "  Fix: choose one of these, or remove the line."
        ),
    ),
    (
        "function_taken_twice",
        torch(LINEAR, "nn.Softmax(dim=1),", after=("nn.CrossEntropyLoss()",)),
        (
            "line 6, Output: it ends in softmax, and CrossEntropyLoss takes the softmax once more.\n"
            "  Needed: one softmax.\n"
            "  Fix: remove the softmax from the network, or choose the loss that expects it."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_code_reads_word_for_word(case: Case) -> None:
    assert_reads(code, case)


def test_no_message_about_code_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(code)
