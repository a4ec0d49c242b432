"""Lists and outlines, as lectures write them, become the networks whose parameters papers and torch count."""

import pytest

from striate.checking import check
from striate.documents import Document, read_networks
from striate.errors import DocumentError
from striate.layers import ResponseNormalization


ALEXNET = """\
* Input: 227x227x3
* CONV1: 96 11x11 filters at stride 4, pad 0
* MAX POOL1: 3x3 filters at stride 2
* CONV2: 256 5x5 filters at stride 1, pad 2
* MAX POOL2: 3x3 filters at stride 2
* CONV3: 384 3x3 filters at stride 1, pad 1
* CONV4: 384 3x3 filters at stride 1, pad 1
* CONV5: 256 3x3 filters at stride 1, pad 1
* MAX POOL3: 3x3 filters at stride 2
* FC6: 4096 neurons
* FC7: 4096 neurons
* FC8: 1000 neurons (class scores)
"""
ALEXNET_PARAMETERS = (
    62_378_344  # Krizhevsky's network on one GPU, without groups: torchvision's count by hand
)

LENET = (
    "Input 28x28x1",
    "conv 5x5, 6 filters, valid",
    "max pooling 2x2",
    "flatten",
    "dense 84",
    "dense 10, softmax",
)
LENET_PARAMETERS = (25 + 1) * 6 + (12 * 12 * 6 + 1) * 84 + (84 + 1) * 10


def read(text: str) -> Document:
    """Read the one network of a text."""
    (network,) = read_networks(text, "notes.md")
    return network


def sized(text: str) -> str:
    """Write the outline as lectures print it in a block, with what comes out ahead of each layer."""
    maps = (3, 96, 96, 256, 256, 384, 384, 256, 256)
    sides = (227, 55, 27, 27, 13, 13, 13, 13, 6)
    sizes = [f"{side}x{side}x{count}" for side, count in zip(sides, maps, strict=True)]
    lines = zip([*sizes, "4096", "4096", "1000"], text.splitlines(), strict=True)
    written = "".join(f"[{size}] {line[2:]}\n" for size, line in lines)
    return f"```\n{written.replace('Input: 227x227x3', 'INPUT')}```\n"


@pytest.mark.parametrize(
    "text",
    [ALEXNET, ALEXNET.replace("* ", "- "), sized(ALEXNET)],
    ids=["stars", "dashes", "sizes ahead"],
)
def test_an_outline_has_the_parameters_of_its_network(text: str) -> None:
    """Maps, kernel, stride and padding come out of words in any order; sizes ahead of them are claims."""
    network = read(text)
    assert not network.faults
    assert (
        sum(report.cost.parameters for report in network.walk.reports if report.cost)
        == ALEXNET_PARAMETERS
    )
    assert not check(network).findings


def test_a_wrong_size_of_an_outline_is_found_on_its_line() -> None:
    """A size ahead of a layer is checked like a cell of a table."""
    findings = check(read(sized(ALEXNET).replace("[55x55x96]", "[54x54x96]"))).findings
    assert [finding.line for finding in findings] == [3]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{number}. {line}" for number, line in enumerate(LENET, 1)),
        "\n\n".join(f"- {line}" for line in LENET),
        "```\n" + "\n   ↓\n".join(LENET) + "\n```\n",
        "```\n" + "\n  |\n  v\n".join(LENET) + "\n```\n",
        "```\n" + "\n→ ".join(LENET) + "\n```\n",
    ],
    ids=["numbers", "bullets apart", "arrows between", "arrows of two lines", "arrows ahead"],
)
def test_marks_between_layers_part_them(text: str) -> None:
    """Bullets, numbers and arrows say the same."""
    network = read(f"# Digits\n\n{text}\n\nTrained for a week.\n")
    assert not network.faults
    assert sum(r.cost.parameters for r in network.walk.reports if r.cost) == LENET_PARAMETERS


@pytest.mark.parametrize(
    "ahead", ["", "Architecture: ", "**The net:** ", "Our network is ", "- ", "1. "]
)
def test_words_may_stand_ahead_of_a_list_with_arrows(ahead: str) -> None:
    """A list begins with its input, whatever a sentence says ahead of it."""
    network = read(f"{ahead}Input (28x28x1) → Conv(5x5, 6, valid) → ReLU → MaxPool(2x2) → FC(10)\n")
    assert not network.faults
    assert [str(report.output) for report in network.walk.reports] == [
        "1x28x28",
        "6x24x24",
        "6x12x12",
        "10",
    ]


@pytest.mark.parametrize("above", ["{}\n\n", "Layers below.\n\n{}\n\n\n", "## Network\n\n{}\n"])
@pytest.mark.parametrize("mark", ["{}. ", "- ", "({}) "])
@pytest.mark.parametrize("said", ["Input (1, 28, 28)", "Input: 28x28x1", "입력: 1x28x28"])
def test_the_input_may_stand_alone_above_a_list(above: str, mark: str, said: str) -> None:
    layers = [line.replace("84", "2304→84") if "84" in line else line for line in LENET[1:]]
    layers = [line.replace("2304", str(12 * 12 * 6)) for line in layers]
    points = "".join(f"{mark.format(number)}{line}\n" for number, line in enumerate(layers, 1))
    report = check(read(above.format(said) + points))
    assert report.walk.total.parameters == LENET_PARAMETERS
    assert not report.findings


@pytest.mark.parametrize("above", ["The parts:", "Input 28x28x1 is read by\n\nothers:\n\n\n\n\n"])
def test_a_list_of_parts_is_no_network(above: str) -> None:
    points = "- Convolution layers find edges.\n- Pooling layers shrink.\n- Full layers decide.\n- Softmax.\n"
    with pytest.raises(DocumentError, match="no table and no code"):
        read(f"{above}\n\n{points}")


def test_a_plan_of_work_is_no_network() -> None:
    """Points that name no layers are no outline, even if the first one names an input."""
    with pytest.raises(DocumentError, match="no table"):
        read_networks(
            "1. Input 28x28 pictures\n2. Look at them\n3. Go home\n4. Sleep\n", "notes.md"
        )


@pytest.mark.parametrize("item", ["CONV 3x3, 64 sparkling", "CONV 16, 32", "FOO 3"])
def test_what_an_item_says_and_nobody_reads_is_a_fault(item: str) -> None:
    """No word and no number of an item is passed over."""
    network = read(f"```\nINPUT [32x32x3] -> {item} -> FC-10\n```\n")
    assert [fault.where for fault in network.faults] == ["list of layers"]
    assert item in network.faults[0].came


def test_a_list_without_numbers_of_the_normalization_says_which_ones_it_takes() -> None:
    """NORM is the one of the paper in which such lists have it."""
    network = read("```\nINPUT [32x32x3] -> CONV3-8 -> NORM -> FC-10\n```\n")
    assert network.table.rows[2].layer == ResponseNormalization()
    assert any("Krizhevsky" in remark.text for remark in network.remarks)


@pytest.mark.parametrize(
    ("total", "parameters"),
    [
        ("TOTAL memory: 24M numbers; TOTAL weights: 12,345", "12,345"),
        ("TOTAL: 1.5M weights", "1.5M"),
        ("TOTAL params: 138M parameters", "138M"),
        ("TOTAL memory: 93MB / picture", None),
    ],
)
def test_the_total_is_the_number_beside_the_word_for_weights(
    total: str, parameters: str | None
) -> None:
    """Memory counts values, not weights, and is no claim of parameters."""
    text = f"```\nINPUT: [8x8x3]  weights: 0\nCONV3-4: [8x8x4]  weights: 112\nFC: [1x1x10]  weights: 2,570\n{total}\n```\n"
    claim = read(text).table.totals.parameters
    assert (claim and claim.text) == parameters


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        ("INPUT" + " " * 3900 + "- CONV\n") * 300,
        ("IN " * 1200 + "\n") * 40,
        "INPUT [32x32x3] -> " + "[" * 2000 + "CONV3-8" + "]" * 1900,
        "INPUT [32x32x3] -> [[[[CONV3-8]*99]*99]*99]*99 -> FC-10",
        "INPUT [" + "9" * 3000 + "x32x3] -> CONV" + "9" * 300 + "-8 -> FC-10",
        "Model: x\n____\n Layer (type)   Output Shape   Param #\n====\n"
        + " conv2d (Conv2D)   (None, 68, 48, 999983)   999999999999999\n" * 60
        + "====\nTotal params: 1\n",
    ],
    ids=["blanks", "inputs", "brackets", "repetitions", "digits", "counts"],
)
def test_hostile_lists_take_no_time_to_speak_of(text: str) -> None:
    """Whatever is written, reading ends soon: in a network, in faults or in a refusal."""
    try:
        networks = read_networks(text, "net.txt")
    except DocumentError:
        networks = ()
    assert all(network.faults or len(network.table.rows) for network in networks)


def test_the_list_that_is_advised_where_there_is_no_table_is_read() -> None:
    lines = ("conv 5x5x32 (pad 2)", "max pool 2x2", "fc 10")
    with pytest.raises(DocumentError, match="behind `-` or a number"):
        read_networks("\n".join(lines), "net")
    for mark in ("- ", "{}. "):
        text = "input: 3x32x32\n\n" + "\n".join(
            mark.format(number) + line for number, line in enumerate(lines, 1)
        )
        (network,) = read_networks(text, "net")
        # 5x5x3x32 + 32, and 32x16x16x10 + 10.
        assert network.walk.total.parameters == 2432 + 81_930
