"""The Korean lecture notes: two networks as tables, two as code, in a long text around them."""

from pathlib import Path

import pytest

from striate.checking import Report, check
from striate.documents import Document, read_file, read_networks, write_document
from striate.errors import DocumentError
from striate.layers import Convolution, Dropout, Flatten, FullyConnected, Input, MaxPooling
from striate.networks import load
from striate.recipe import Recipe
from striate.table import Row, Table


NOTES = Path(__file__).parent / "cnn-notes.ko.md"


@pytest.fixture(scope="module")
def networks() -> tuple[Document, ...]:
    return read_file(NOTES)


@pytest.fixture(scope="module")
def lenet(networks: tuple[Document, ...]) -> Report:
    return check(networks[1])


@pytest.fixture(scope="module")
def alexnet(networks: tuple[Document, ...]) -> Report:
    return check(networks[2])


def test_four_networks_are_found_with_their_names_and_lines(
    networks: tuple[Document, ...],
) -> None:
    assert [(one.name, one.title, one.line) for one in networks] == [
        ("cnn-코드", "CNN 코드", 85),
        ("lenet-5", "LeNet-5", 121),
        ("alexnet", "AlexNet", 145),
        ("mlp-예시", "MLP 예시", 240),
    ]
    assert [row.name for row in networks[1].table.rows] == [
        *("입력", "C1", "S2", "C3", "S4", "C5", "F6", "출력")
    ]
    assert [row.line for row in networks[1].table.rows] == list(range(123, 131))
    assert [row.name for row in networks[2].table.rows] == [
        *("입력", "C1", "S2", "C3", "S4", "C5", "C6", "C7", "F8", "F9", "F10", "출력")
    ]
    assert [row.line for row in networks[2].table.rows] == list(range(147, 159))


def test_the_rows_stand_on_the_lines_that_they_name(networks: tuple[Document, ...]) -> None:
    lines = NOTES.read_text(encoding="utf-8").split("\n")
    for network in networks[1:3]:
        for row in network.table.rows:
            assert row.line is not None
            assert lines[row.line - 1].startswith(f"| {row.name} |")


def test_every_number_of_the_notes_agrees(lenet: Report, alexnet: Report) -> None:
    assert lenet.findings == ()
    assert [comparison.verdict for comparison in lenet.comparisons] == ["agrees"] * 7
    assert [comparison.verdict for comparison in alexnet.comparisons] == ["agrees"] * 10
    # 62,378,344 of AlexNet without groups, and what a convolution in the place of a pooling adds.
    assert alexnet.walk.total.parameters == 62378344 + 590080
    # LeNet-5 without its connection table and its subsampling's gains and biases.
    assert lenet.walk.total.parameters == 60000 - 1516 + 2416 - 12 - 32


def test_alexnets_row_f8_is_found_to_be_a_pooling(alexnet: Report) -> None:
    assert [str(finding) for finding in alexnet.findings] == [
        (
            "line 155, F8: it is called a convolution, but has no activation, where every other "
            "convolution of the table has one, keeps the 256 maps that it reads, and slides the "
            "3x3, stride 2 window of the max poolings S2 and S4.\n"
            "  Needed: a max pooling in this place, by all signs.\n"
            "  Fix: write the type Max pooling (최대 풀링), which takes its 590,080 parameters away; "
            "or give the row an activation if a convolution is meant."
        )
    ]
    assert alexnet.remarks == ()


def test_lenets_average_poolings_and_codes_are_explained(lenet: Report) -> None:
    pooling = (
        "An average pooling with tanh behind it has no trained number. LeNet-5's has a gain and a "
        "bias a map: Subsampling with reduction=mean, or with reduction=sum as section II-B of the "
        "paper has it."
    )
    codes = (
        "Its 840 connections are 10 x 84 components of fixed codes, which training never changes. "
        "They belong to the total of 429,332; the other rows have 428,492. They are drawn at "
        "random, for the table draws none."
    )
    assert [(remark.row, remark.line, remark.text) for remark in lenet.remarks] == [
        ("S2", 125, pooling),
        ("S4", 127, pooling),
        ("출력", 130, codes),
    ]


def test_the_loss_follows_the_last_row(networks: tuple[Document, ...]) -> None:
    assert [network.recipe.loss for network in networks] == [
        *("cross-entropy", "map", "cross-entropy", "binary-cross-entropy")
    ]


@pytest.mark.parametrize("choice", ["alexnet", "AlexNet", "3"])
def test_a_network_is_chosen_by_name_title_or_number(choice: str) -> None:
    assert load(f"{NOTES}#{choice}").name == "alexnet"


def test_one_of_several_networks_must_be_chosen() -> None:
    with pytest.raises(DocumentError) as caught:
        load(NOTES)
    assert str(caught.value) == (
        f"{NOTES}: it holds 4 networks: cnn-코드, lenet-5, alexnet, mlp-예시.\n"
        "  Needed: the name or number of one of them.\n"
        f"  Fix: write `{NOTES}#cnn-코드` or `{NOTES}#1`."
    )


@pytest.mark.parametrize("choice", ["0", "5", "²", "alexnot"])
def test_a_choice_that_fits_none_is_refused(choice: str) -> None:
    with pytest.raises(DocumentError, match="it holds no network"):
        load(f"{NOTES}#{choice}")


KERAS = Table(
    (
        Row("Input", Input.image(1, 28, 28)),
        Row("Conv1", Convolution(64, 7, padding="same"), "ReLU"),
        Row("Pool1", MaxPooling(2)),
        Row("Conv2", Convolution(128, 3, padding="same"), "ReLU"),
        Row("Conv3", Convolution(128, 3, padding="same"), "ReLU"),
        Row("Pool2", MaxPooling(2)),
        Row("Conv4", Convolution(256, 3, padding="same"), "ReLU"),
        Row("Conv5", Convolution(256, 3, padding="same"), "ReLU"),
        Row("Pool3", MaxPooling(2)),
        Row("Flatten", Flatten()),
        Row("Dense1", FullyConnected(64), "ReLU"),
        Row("Dropout1", Dropout(0.5)),
        Row("Dense2", FullyConnected(64), "ReLU"),
        Row("Dropout2", Dropout(0.5)),
        Row("Output", FullyConnected(64), "softmax"),
    )
)
MLP = Table(
    (
        Row("Input", Input.features(2)),
        Row("Linear1", FullyConnected(10), "sigmoid"),
        Row("Linear2", FullyConnected(10), "sigmoid"),
        Row("Linear3", FullyConnected(10), "sigmoid"),
        Row("Output", FullyConnected(1), "sigmoid"),
    )
)


def test_the_code_of_the_notes_is_read_as_the_tables_that_one_would_write(
    networks: tuple[Document, ...],
) -> None:
    assert networks[0].table == KERAS
    assert networks[3].table == MLP
    assert [network.faults for network in networks] == [(), (), (), ()]


def test_a_row_of_code_stands_on_the_line_of_its_layer(networks: tuple[Document, ...]) -> None:
    # The input is spoken of in line 87, inside the first convolution.
    assert [row.line for row in networks[0].table.rows] == [87, 86, *range(88, 101)]
    assert [row.line for row in networks[3].table.rows] == [241, 241, 243, 245, 247]


def test_the_numbers_of_the_code_are_those_of_the_layers_formulas(
    networks: tuple[Document, ...],
) -> None:
    reports = {report.row.name: report for report in check(networks[0]).walk.reports}
    assert {name: report.cost and report.cost.parameters for name, report in reports.items()} == {
        **dict.fromkeys(("Input", "Pool1", "Pool2", "Pool3", "Flatten", "Dropout1", "Dropout2"), 0),
        "Conv1": 7 * 7 * 1 * 64 + 64,
        "Conv2": 3 * 3 * 64 * 128 + 128,
        "Conv3": 3 * 3 * 128 * 128 + 128,
        "Conv4": 3 * 3 * 128 * 256 + 256,
        "Conv5": 3 * 3 * 256 * 256 + 256,
        # Three poolings halve 28 to 3, and 256 maps of 3x3 are 2,304 values.
        "Dense1": 2304 * 64 + 64,
        "Dense2": 64 * 64 + 64,
        "Output": 64 * 64 + 64,
    }
    assert check(networks[3]).walk.total.parameters == 30 + 110 + 110 + 11


def test_the_loss_and_the_optimiser_of_the_notes_become_a_recipe(
    networks: tuple[Document, ...],
) -> None:
    assert networks[3].recipe == Recipe(
        optimizer="sgd",
        learning_rate=1.0,
        momentum=0.0,
        schedule="constant",
        warmup=0.0,
        loss="binary-cross-entropy",
    )
    assert networks[3].recipe_line == 251


def test_the_64_outputs_for_ten_kinds_of_clothes_are_found(
    networks: tuple[Document, ...],
) -> None:
    assert [[str(finding) for finding in check(network).findings] for network in networks] == [
        [
            (
                "line 100, Output: the network ends in 64 softmax units, where Fashion-MNIST, which line "
                "82 names, has 10 classes.\n"
                "  Needed: 10 units, one a class.\n"
                "  Fix: write 10 in place of 64; 64 is the size of Dense1 and Dense2 above, from which it "
                "was probably copied."
            )
        ],
        [],
        [str(finding) for finding in check(networks[2]).findings],
        [],
    ]


def test_the_corrected_output_leaves_nothing_to_find() -> None:
    text = NOTES.read_text(encoding="utf-8").replace(
        'Dense(64, activation="soft', 'Dense(10, activation="soft'
    )
    assert check(read_networks(text, "a.md")[0]).findings == ()


@pytest.mark.parametrize("number", range(4))
def test_each_network_of_the_notes_is_written_as_a_table_and_read_again(
    networks: tuple[Document, ...], number: int
) -> None:
    text = write_document(networks[number])
    assert "```" not in text
    assert read_networks(text, "a.md") == (networks[number],)
