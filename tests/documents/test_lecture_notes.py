"""The Korean lecture notes: two networks as tables, in a long text with other things around them."""

from pathlib import Path

import pytest

from striate.checking import Report, check
from striate.documents import Document, read_file
from striate.errors import DocumentError
from striate.networks import load


NOTES = Path(__file__).parent / "cnn-notes.ko.md"


@pytest.fixture(scope="module")
def networks() -> tuple[Document, ...]:
    return read_file(NOTES)


@pytest.fixture(scope="module")
def lenet(networks: tuple[Document, ...]) -> Report:
    return check(networks[0])


@pytest.fixture(scope="module")
def alexnet(networks: tuple[Document, ...]) -> Report:
    return check(networks[1])


def test_two_networks_are_found_with_their_names_and_lines(
    networks: tuple[Document, ...],
) -> None:
    assert [(one.name, one.title, one.line) for one in networks] == [
        ("lenet-5", "LeNet-5", 121),
        ("alexnet", "AlexNet", 145),
    ]
    assert [row.name for row in networks[0].table.rows] == [
        *("입력", "C1", "S2", "C3", "S4", "C5", "F6", "출력")
    ]
    assert [row.line for row in networks[0].table.rows] == list(range(123, 131))
    assert [row.name for row in networks[1].table.rows] == [
        *("입력", "C1", "S2", "C3", "S4", "C5", "C6", "C7", "F8", "F9", "F10", "출력")
    ]
    assert [row.line for row in networks[1].table.rows] == list(range(147, 159))


def test_the_rows_stand_on_the_lines_that_they_name(networks: tuple[Document, ...]) -> None:
    lines = NOTES.read_text(encoding="utf-8").split("\n")
    for network in networks:
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
    assert [network.recipe.loss for network in networks] == ["map", "cross-entropy"]


@pytest.mark.parametrize("choice", ["alexnet", "AlexNet", "2"])
def test_a_network_is_chosen_by_name_title_or_number(choice: str) -> None:
    assert load(f"{NOTES}#{choice}").name == "alexnet"


def test_one_of_several_networks_must_be_chosen() -> None:
    with pytest.raises(DocumentError) as caught:
        load(NOTES)
    assert str(caught.value) == (
        f"{NOTES}: it holds 2 networks: lenet-5, alexnet.\n"
        "  Needed: the name or number of one of them.\n"
        f"  Fix: write `{NOTES}#lenet-5` or `{NOTES}#1`."
    )


@pytest.mark.parametrize("choice", ["0", "3", "²", "alexnot"])
def test_a_choice_that_fits_none_is_refused(choice: str) -> None:
    with pytest.raises(DocumentError, match="it holds no network"):
        load(f"{NOTES}#{choice}")
