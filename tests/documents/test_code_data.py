"""What code says beside its network: data sets, options of the command line, and parts that no row says."""

import pytest
import torch
from torch import nn

from striate.arithmetic import walk
from striate.checking import check
from striate.documents import Document, read_networks
from striate.layers import Dropout, Input
from striate.recipe import Recipe
from striate.shapes import Features


def read(*lines: str) -> Document:
    (document,) = read_networks("\n".join(lines), "a.py")
    return document


CONVOLUTION = (
    "import torch.nn as nn",
    "import torch.nn.functional as F",
    "from torchvision import datasets, transforms as T",
    "class Net(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    "        self.conv = nn.Conv2d({channels}, 4, 3)",
    "        self.fc = nn.Linear(4, 10)",
    "    def forward(self, x):",
    "        x = self.conv(x).mean((2, 3))",
    "        return self.fc(x.view(x.size()[0], -1))",
)


@pytest.mark.parametrize(
    ("loaded", "channels", "sizes"),
    [
        ("datasets.MNIST('.', train=True, download=True)", 1, (1, 28, 28)),
        ("datasets.FashionMNIST('.', transform=T.ToTensor())", 1, (1, 28, 28)),
        ("datasets.CIFAR10('.', True, T.Compose([T.Resize(64), T.ToTensor()]))", 3, (3, 64, 64)),
        (
            (
                "datasets.CIFAR100('.', transform=T.Compose([T.Pad(4), T.RandomCrop(32), T.ToTensor()]))\n"
                "datasets.CIFAR100('.', train=False, transform=T.ToTensor())"
            ),
            3,
            (3, 32, 32),
        ),
        ("datasets.SVHN('.', transform=T.Compose([T.Resize((20, 24))]))", 3, (3, 20, 24)),
        ("datasets.CIFAR10('.', transform=T.Compose([T.Grayscale()]))", 1, (1, 32, 32)),
    ],
)
def test_a_network_that_says_no_input_reads_the_pictures_of_its_data_set(
    loaded: str, channels: int, sizes: tuple[int, int, int]
) -> None:
    text = "\n".join(CONVOLUTION).format(channels=channels)
    document = read(text, loaded)
    assert document.faults == ()
    assert document.table.rows[0].layer == Input.image(*sizes)


@pytest.mark.parametrize(
    ("loaded", "channels"),
    [
        ("datasets.MNIST('.')", 3),  # other pictures than those that it reads
        ("datasets.MNIST('.', transform=T.Pad(2))", 1),
        ("datasets.MNIST('.', transform=prepared)", 1),
        ("datasets.MNIST('.', transform=T.Compose([T.ToTensor(), prepared]))", 1),
        ("datasets.MNIST('.', transform=T.Resize(size))", 1),
        ("datasets.MNIST('.', **options)", 1),
        ("datasets.MNIST('.')\ndatasets.MNIST('.', transform=T.Resize(32))", 1),
        ("datasets.MNIST('.')\ndatasets.ImageFolder('.')", 1),
        ("datasets.ImageNet('.')", 3),
    ],
)
def test_pictures_of_which_the_size_is_not_sure_are_not_taken(loaded: str, channels: int) -> None:
    document = read("\n".join(CONVOLUTION).format(channels=channels), loaded)
    (fault,) = document.faults
    assert str(fault) == (
        "line 7, Conv2d: the first layer does not say the height and width of what comes in.\n"
        "  Needed: the size of one example.\n"
        f"  Fix: write an example into the block, such as `torch.zeros(1, {channels}, 32, 32)`: "
        f"1 image of {channels}x32x32, or give it: --input {channels}x32x32."
    )


def test_the_data_set_that_was_taken_is_told() -> None:
    document = read("\n".join(CONVOLUTION).format(channels=1), "datasets.KMNIST('.')")
    assert [(remark.line, remark.text) for remark in document.remarks] == [
        (4, "Its input is not said: KMNIST, 1x28x28 on line 12, is taken.")
    ]


def test_an_example_of_another_network_is_not_taken() -> None:
    document, other = read_networks(
        "\n".join(
            (
                "\n".join(CONVOLUTION).format(channels=3),
                "other = nn.Sequential(nn.ConvTranspose2d(100, 3, 4))",
                "Net()",
                "other(torch.randn(1, 100, 1, 1))",
            )
        ),
        "a.py",
    )
    assert [fault.where for fault in document.faults] == ["Conv2d"]
    assert other.faults == ()


@pytest.mark.parametrize(
    ("shaped", "shape"),
    [
        ("", "x_train.shape[1:]"),
        ("x_train = x_train.astype('float32') / 255", "x_train.shape[1:]"),
        ("x_train = x_train.reshape(x_train.shape[0], 32, 32, 3)", "(32, 32, 3)"),
    ],
)
def test_keras_reads_what_its_data_set_loads(shaped: str, shape: str) -> None:
    document = read(
        "import keras",
        "from keras import layers",
        "(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()",
        shaped,
        f"model = keras.Sequential([layers.Conv2D(4, 3, input_shape={shape}), layers.Flatten(),",
        " layers.Dense(10, activation='softmax')])",
    )
    assert document.faults == ()
    assert document.table.rows[0].layer == Input.image(3, 32, 32)


@pytest.mark.parametrize(
    ("layers", "shaped", "shape"),
    [
        (
            "layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10)",
            "x_train.reshape(60000, 28, 28, 1)",
            Input.image(1, 28, 28),
        ),
        ("layers.Dense(10)", "x_train.reshape((60000, 28 * 28)) / 255", Input(Features(784))),
    ],
)
def test_a_network_of_keras_reads_what_it_is_fitted_to(
    layers: str, shaped: str, shape: Input
) -> None:
    document = read(
        "import keras",
        "from keras import layers",
        "from keras.datasets import mnist",
        "(x_train, y_train), _ = mnist.load_data()",
        f"x_train = {shaped}",
        f"model = keras.Sequential([{layers}])",
        "model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(from_logits=True))",
        "model.fit(x_train, y_train, epochs=3)",
    )
    assert document.faults == ()
    assert document.table.rows[0].layer == shape


def test_options_of_the_command_line_count_as_their_defaults() -> None:
    document = read(
        "import argparse, torch.nn as nn, torch.optim as optim",
        "parser = argparse.ArgumentParser(description='trains')",
        "parser.add_argument('--width', '-w', type=int, default='16')",
        "parser.add_argument('--lr', type=float, default=0.5)",
        "parser.add_argument('--batch-norm', action='store_true')",
        "parser.add_argument('--rate', dest='p', default=0.25)",
        "args = parser.parse_args()",
        "args.extra = args.width * 2",
        "layers = [nn.Linear(4, args.width), nn.Dropout(args.p), nn.Linear(args.width, args.extra)]",
        "if args.batch_norm:",
        "    layers.append(nn.BatchNorm1d(args.extra))",
        "model = nn.Sequential(*layers)",
        "optim.SGD(model.parameters(), lr=args.lr)",
    )
    assert (document.faults, document.training_faults) == ((), ())
    assert document.recipe.learning_rate == 0.5
    computed = sum(one.cost.parameters for one in walk(document.table).reports if one.cost)
    assert computed == 4 * 16 + 16 + 16 * 32 + 32
    assert [remark.text for remark in document.remarks] == [
        "Options of the command line count as their defaults: width 16, p 0.25, lr 0.5."
    ]


@pytest.mark.parametrize(
    "said",
    [
        "parser.add_argument('width', type=int)",
        "parser.add_argument('--width', type=int, required=True)",
        "parser.add_argument('--width', type=number, default='16')",
        "parser.add_argument('--depth', type=int, default=16)",
    ],
)
def test_an_option_without_a_default_is_not_known(said: str) -> None:
    document = read(
        "import argparse, torch.nn as nn",
        "parser = argparse.ArgumentParser()",
        said,
        "args = parser.parse_args()",
        "model = nn.Sequential(nn.Linear(4, args.width))",
    )
    assert [fault.where for fault in document.faults] == ["Linear, out_features"]


def test_dropout_of_maps_drops_single_values_of_a_vector_as_torch_does() -> None:
    document = read("model = nn.Sequential(nn.Linear(4, 8), nn.Dropout2d(0.5), nn.Linear(8, 2))")
    assert check(document).findings == ()
    assert document.table.rows[2].layer == Dropout(0.5)
    assert [remark.text for remark in document.remarks] == [
        "It reads a vector, of which PyTorch drops single values, with a warning."
    ]
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match="2-D input"):
        dropped = nn.Dropout2d(0.5)(torch.ones(64, 8))
    assert {*dropped.unique().tolist()} == {0.0, 2.0}
    assert not torch.equal(dropped.mean(1), dropped.mean(1).round())


@pytest.mark.parametrize(
    ("used", "where"),
    [
        ("self.conv(x)[:, ::2]", "self.conv(x)[:, ::2]"),
        ("x.view(-1, 1, 3, 8, 8)", "x.view(-1, 1, 3, 8, 8)"),
    ],
)
def test_what_no_row_does_is_named_where_it_stands(used: str, where: str) -> None:
    lines = [line.format(channels=3) for line in CONVOLUTION]
    lines[9] = f"        x = F.relu({used})"
    (fault,) = read(*lines).faults
    assert (fault.line, fault.where, fault.came) == (10, where, "no row of a table does this.")


def test_a_layer_that_is_not_understood_is_named_even_if_no_forward_is_read() -> None:
    lines = [line.format(channels=3) for line in CONVOLUTION]
    lines[6] = "        self.conv = nn.Conv2d(3, 8 / 2, 3)"
    lines[9] = "        n, c, h, w = self.conv(x).size(); x = x.view(n, -1)"
    assert [fault.where for fault in read(*lines).faults] == ["Conv2d, out_channels"]


def test_attributes_by_computed_names_and_the_device_of_a_tensor_are_known() -> None:
    lines = [line.format(channels=3) for line in CONVOLUTION]
    lines[9] = "        x = self.__getattr__('co' + 'nv')(x).mean((2, 3))"
    lines[10] = "        return self.fc(x.cuda() if x.is_cuda and many else x)"
    assert read(*lines, "Net()(torch.zeros(1, 3, 8, 8))").faults == ()


@pytest.mark.parametrize(
    ("statement", "recipe"),
    [
        (
            "torch.optim.Adadelta(m.parameters())",
            Recipe(
                optimizer="adadelta",
                learning_rate=1.0,
                momentum=0.9,
                schedule="constant",
                warmup=0.0,
            ),
        )
    ],
)
def test_adadelta_has_torchs_numbers(statement: str, recipe: Recipe) -> None:
    document = read("m = nn.Sequential(nn.Linear(4, 2))", statement)
    assert (document.training_faults, document.recipe) == ((), recipe)
    usual = torch.optim.Adadelta([nn.Parameter(torch.zeros(1))]).defaults
    assert (usual["lr"], usual["rho"], usual["eps"]) == (1.0, 0.9, 1e-6)


def test_adadelta_of_keras_divides_by_another_number_which_is_named() -> None:
    document = read(
        "model = keras.Sequential([layers.Dense(2, input_shape=(4,))])",
        "model.compile(optimizer='adadelta', loss='categorical_crossentropy')",
    )
    assert "Adadelta, epsilon" in [fault.where for fault in document.training_faults]
