"""Messages about networks in code, word for word: a changed message is a changed line here."""

import pytest

from messages import Act, Case, assert_reads, functions, ids, of
from striate.documents import read_networks
from striate.errors import code


def block(*lines: str) -> Act:
    """Check a document of one block of code: its first line is line 2."""
    return of("```python\n", *(f"{line}\n" for line in lines), "```\n")


FLATTEN = "layers.Flatten(input_shape=(8, 8)),"


def keras(*layers: str, first: str = FLATTEN, after: tuple[str, ...] = ()) -> Act:
    """Check a Keras Sequential that reads 8x8 images: its layers begin on line 4."""
    return block("model = keras.Sequential([", first, *layers, "])", *after)


def torch(*layers: str, after: tuple[str, ...] = ()) -> Act:
    """Check a PyTorch Sequential: its layers begin on line 3."""
    return block("model = nn.Sequential(", *layers, ")", *after)


def net(*forward: str) -> Act:
    """Check a module with one dense layer: its forward begins on line 7."""
    return block(*net_of(*forward))


def net_of(*forward: str) -> list[str]:
    """Write the lines of this module."""
    return [
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        "        self.a = nn.Linear(4, 4)",
        "    def forward(self, x):",
        *(f"        {line}" for line in forward),
    ]


def training(*lines: str) -> Act:
    """Ask to train a PyTorch Sequential of one layer; what follows it begins on line 5."""
    text = "\n".join(("```python", "model = nn.Sequential(", LINEAR, ")", *lines, "```"))
    return lambda: tuple(
        fault for one in read_networks(text, "a.md") for fault in one.training_faults
    )


LINEAR = "nn.Linear(4, 2),"
LAYERS = (
    "a layer that tables hold: convolutions, poolings, dense layers, normalisations, dropout, "
    "activation functions"
)
FUNCTIONS = (
    "relu, sigmoid, tanh, softmax, gelu, silu, swish, hardswish, hard_swish, hard_silu, hardsigmoid, "
    "hard_sigmoid, hardtanh, hard_tanh, logsigmoid, log_sigmoid, relu6, selu, softplus, softsign, mish, elu or leaky_relu"
)
CODE_LOSSES = (
    "CrossEntropyLoss, NLLLoss, BCELoss, BCEWithLogitsLoss, CategoricalCrossentropy, "
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
            f"  Needed: {LAYERS}.\n"
            "  Fix: write 'Dense'.\n"
            "line 5, layers.LSTM: no layer of this name is understood.\n"
            f"  Needed: {LAYERS}.\n"
            "  Fix: remove it, or write the network as a table."
        ),
    ),
    (
        "unknown_code_layer",
        torch(LINEAR, "nn.CELU(),", "mine.Linear(2, 2),"),
        (
            "line 4, nn.CELU: no layer of this name is understood.\n"
            f"  Needed: {LAYERS}.\n"
            "  Fix: remove it, or write the network as a table.\n"
            "line 5, mine.Linear: no layer of this name is understood.\n"
            f"  Needed: {LAYERS}.\n"
            "  Fix: write 'Linear'."
        ),
    ),
    (
        "layer_not_written_out",
        torch(LINEAR, "*[nn.Linear(2, 2) for _ in sizes],", "lambda x: x,", "head,"),
        "".join(
            f"line {line}, Sequential: `{came}` is no layer that is written out; the code is never "
            "run.\n"
            "  Needed: one call a layer, such as Dense(10) or nn.Linear(84, 10).\n"
            f"  Fix: write its layers in its place, one by one.{end}"
            for line, came, end in (
                (4, "*[nn.Linear(2, 2) for _ in sizes]", "\n"),
                (5, "lambda x: x", "\n"),
                (6, "head", ""),
            )
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
        keras("layers.Dense(", "    9,", "    use_bas=False,", "    kernel=3,", "),"),
        (
            "line 6, Dense, use_bas: the argument is not understood.\n"
            "  Needed: name, input_shape, batch_input_shape, input_dim, units, use_bias or activation.\n"
            "  Fix: write 'use_bias'.\n"
            "line 7, Dense, kernel: the argument is not understood.\n"
            "  Needed: name, input_shape, batch_input_shape, input_dim, units, use_bias or activation.\n"
            "  Fix: remove it: it would have no effect here."
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
        torch("nn.Linear(4, hidden),", "nn.Linear(2, int(text)),"),
        (
            "line 3, Linear, out_features: `hidden` cannot be read; the code is never run.\n"
            "  Needed: a whole number of at most nine digits.\n"
            "  Fix: write the value in its place.\n"
            "line 4, Linear, out_features: `int(text)` cannot be read; the code is never run.\n"
            "  Needed: a whole number of at most nine digits.\n"
            "  Fix: write the value in its place."
        ),
    ),
    (
        "unknown_code_function",
        keras("layers.Dense(3, activation='relo'),", "layers.Dense(3, tf.math.cos),"),
        (
            "line 4, Dense, activation: 'relo' is no activation function that is understood.\n"
            f"  Needed: {FUNCTIONS}.\n"
            "  Fix: write 'relu'.\n"
            "line 5, Dense, activation: 'cos' is no activation function that is understood.\n"
            f"  Needed: {FUNCTIONS}.\n"
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
        "nothing_between",
        block("image = keras.Input((8, 8, 1))", "model = keras.Model(image, image)"),
        (
            "line 3, Model: it gives what it reads: no layer stands between the two.\n"
            "  Needed: at least one layer.\n"
            "  Fix: give it the output of its layers."
        ),
    ),
    (
        "keras_input_unknown",
        block("keras.Sequential([", "layers.Conv2D(6, 5), layers.Dense(10)])"),
        (
            "line 3, Conv2D: the first layer does not say what comes in.\n"
            "  Needed: height, width and channels, or a number of values.\n"
            "  Fix: write input_shape=(28, 28, 1) into it, for example, or give it: --input 1x28x28."
        ),
    ),
    (
        "torch_input_unknown",
        torch("nn.Conv2d(3, 6, 5),", "nn.ReLU(),"),
        (
            "line 3, Conv2d: the first layer does not say the height and width of what comes in.\n"
            "  Needed: the size of one example.\n"
            "  Fix: write an example into the block, such as `torch.zeros(1, 3, 32, 32)`: 1 image of "
            "3x32x32, or give it: --input 3x32x32."
        ),
    ),
    (
        "keras_input_unknown",
        block("keras.Sequential([", "layers.Conv1D(6, 5), layers.Dense(10)])"),
        (
            "line 3, Conv1D: the first layer does not say what comes in.\n"
            "  Needed: length and channels.\n"
            "  Fix: write input_shape=(100, 1) into it, for example, or give it: --input 1x1x100."
        ),
    ),
    (
        "torch_input_unknown",
        torch("nn.Conv1d(3, 6, 5),", "nn.ReLU(),"),
        (
            "line 3, Conv1d: the first layer does not say the length of what comes in.\n"
            "  Needed: the size of one example.\n"
            "  Fix: write an example into the block, such as `torch.zeros(1, 3, 100)`: 1 line of 100 "
            "values in 3 channels, or give it: --input 3x1x100."
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
        training("criterion = nn.BCELLoss()", "other = nn.MSELoss()"),
        (
            "line 5, loss: 'BCELLoss' is no loss that is understood.\n"
            f"  Needed: {CODE_LOSSES}.\n"
            "  Fix: write 'BCELoss'.\n"
            "line 6, loss: 'MSELoss' is no loss that is understood.\n"
            f"  Needed: {CODE_LOSSES}.\n"
            "  Fix: choose one of these, or remove the line."
        ),
    ),
    (
        "unknown_code_optimizer",
        training("torch.optim.LBFGS(model.parameters())"),
        (
            "line 5, optimizer: 'LBFGS' is no optimizer that is understood.\n"
            "  Needed: SGD, Adam, AdamW, RMSprop, Adagrad, Adamax, NAdam, Nadam, RAdam or Adadelta.\n"
            "  Fix: choose one of these, or remove the line."
        ),
    ),
    (
        "code_schedule_not_read",
        training(
            "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",
            "torch.optim.lr_scheduler.CyclicLR(optimizer, 0.01, 0.1)",
        ),
        (
            "line 6, schedule: `CyclicLR` is not read.\n"
            "  Needed: a schedule of the recipe: constant, one-cycle, step or plateau.\n"
            "  Fix: write `schedule` in the recipe, or remove the line."
        ),
    ),
    (
        "code_callback_not_read",
        training("keras.callbacks.EarlyStopper(patience=3)"),
        (
            "line 5, callbacks: `EarlyStopper` is not read.\n"
            "  Needed: epochs that are all run, of which the best one is kept.\n"
            "  Fix: remove the line."
        ),
    ),
    (
        "code_clipping_not_read",
        training("torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"),
        (
            "line 5, optimizer, gradients: `clip_grad_norm_` is not read.\n"
            "  Needed: gradients that are followed as they are.\n"
            "  Fix: remove the line."
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
    (
        "no_row_for",
        keras("layers.Permute((2, 1, 3)),"),
        (
            "line 4, Permute: no row of a table does this.\n"
            "  Needed: a layer that the table language holds.\n"
            "  Fix: remove it, or put a layer in its place that a table holds."
        ),
    ),
    (
        "formats_differ",
        keras(
            "layers.Conv2D(2, 3, data_format='channels_first'),",
            first="layers.Conv2D(2, 3, input_shape=(8, 8, 1)),",
        ),
        (
            "line 4, Conv2D, data_format: it takes the sizes of the maps in another order than the layer "
            "above gives them.\n"
            "  Needed: channels_first or channels_last for all layers.\n"
            "  Fix: give all layers one data_format."
        ),
    ),
    (
        "norm_of_other_axis",
        keras(
            "layers.BatchNormalization(axis=1),",
            first="layers.Conv2D(2, 3, input_shape=(8, 8, 1)),",
        ),
        (
            "line 4, BatchNormalization, axis: axis 1 is not that of the maps: it would normalise rows or "
            "columns.\n"
            "  Needed: the axis of the maps: 1 for channels_first, -1 for channels_last.\n"
            "  Fix: write that axis, or change data_format."
        ),
    ),
    (
        "depends_on_data",
        net("if x.mean() > 0:", "    x = self.a(x)", "return self.a(x)"),
        (
            "line 2, class Net: its forward depends on the data at line 7: `x.mean()`.\n"
            "  Needed: one way through the layers, which all examples take.\n"
            "  Fix: write the network of each way by itself."
        ),
    ),
    (
        "depends_on_unknown",
        torch(LINEAR, after=("for width in settings:", "    model.append(nn.Linear(2, width))")),
        (
            "line 2, Sequential: it depends on line 5: `settings` is not known, for the code is read and "
            "never run.\n"
            "  Needed: layers and numbers that the document itself spells out.\n"
            "  Fix: write the value in its place, or the layers one by one."
        ),
    ),
    (
        "sizes_misfit",
        block(
            *net_of("x = x.view(-1, 5)", "return self.a(x)"),
            "Net()(torch.zeros(2, 4))",
        ),
        (
            "line 7, x.view(-1, 5): one example has 4 values in place of 5.\n"
            "  Needed: the number of examples first, and behind it sizes that hold all values of an example.\n"
            "  Fix: write such sizes, as `torch.flatten(x, 1)` does for a vector, or correct the layers "
            "ahead of it."
        ),
    ),
    (
        "sizes_misfit",
        net("x = torch.flatten(x)", "return F.softmax(self.a(x))"),
        (
            "line 7, torch.flatten(x): it joins the examples, too.\n"
            "  Needed: the number of examples first, and behind it sizes that hold all values of an example.\n"
            "  Fix: write such sizes, as `torch.flatten(x, 1)` does for a vector, or correct the layers "
            "ahead of it."
        ),
    ),
    (
        "several_ends",
        net("return self.a(x), torch.relu(x)"),
        (
            "line 2, class Net: it has 2 outputs: Linear:5, ReLU:7.\n"
            "  Needed: one of the outputs: a table has one.\n"
            "  Fix: return one of them, or give `Model` one: what leads to it is read then."
        ),
    ),
    (
        "weights_shared",
        net("return self.a(self.a(x))"),
        (
            "line 5, class Net: a is applied 2 times, each time with the same weights.\n"
            "  Needed: a layer of its own in each place: rows of a table share no weights.\n"
            "  Fix: make a layer for each use."
        ),
    ),
    (
        "framework_not_read",
        block(
            "import flax.linen as nn",
            "class Net(nn.Module):",
            "    def __call__(self, x):",
            "        return nn.Dense(3)(x)",
        ),
        (
            "line 3, code: it is written for Flax, whose layers are not read.\n"
            "  Needed: Keras, PyTorch, or a table.\n"
            "  Fix: write the network in one of these."
        ),
    ),
    (
        "norm_of_part",
        torch("nn.Conv2d(1, 2, 3),", "nn.LayerNorm(3),", after=("model(torch.zeros(1, 1, 5, 5))",)),
        (
            "line 4, LayerNorm: it runs over 3, and 2x3x3 comes in.\n"
            "  Needed: a normalisation over all of 2x3x3.\n"
            "  Fix: write 2x3x3 as its shape, or write the network as a table."
        ),
    ),
    (
        "does_not_divide",
        torch(
            "nn.Conv2d(1, 2, 3),", "nn.Upsample((7, 7)),", after=("model(torch.zeros(1, 1, 5, 5))",)
        ),
        (
            "line 4, Upsample: 2x3x3 comes in, and 7x7 is no multiple of it.\n"
            "  Needed: a whole factor down and to the right.\n"
            "  Fix: choose a size that is a multiple of what comes in."
        ),
    ),
    (
        "code_goes_too_far",
        torch(LINEAR, after=("for i in range(10**8):", "    nn.Linear(2, 2)")),
        (
            "line 6, code: this part was left: more than 10,000 layers are made.\n"
            "  Needed: code that is read within bounds of steps, sizes and depth.\n"
            "  Fix: write the layers without it."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_code_reads_word_for_word(case: Case) -> None:
    assert_reads(code, case)


def test_no_message_about_code_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(code)
