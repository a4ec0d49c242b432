from dataclasses import replace

import pytest

from striate.checking import check
from striate.documents import Document, document_of
from striate.documents.data_sets import Mention, data_set_of
from striate.layers import FullyConnected, Function, Input, Layer, RadialBasis
from striate.table import Row, Table


def network(last: Layer, function: Function | None, data: str = "mnist") -> Document:
    table = Table((Row("Input", Input.features(4)), Row("Output", last, function)))
    data_set = data_set_of(data)
    assert data_set is not None
    return replace(document_of(table), mention=Mention(data_set, 3))


@pytest.mark.parametrize(
    ("document", "came"),
    [
        (network(FullyConnected(64), "softmax"), "64 softmax units"),
        (network(RadialBasis(9), None), "9 distances to codes"),
        (replace(network(FullyConnected(11), None), recipe_line=1), "11 units"),
        (network(FullyConnected(10), "softmax", "imagenet"), "10 softmax units"),
    ],
)
def test_outputs_that_are_not_one_a_class_are_doubted(document: Document, came: str) -> None:
    (finding,) = check(document).findings
    assert finding.came.startswith(f"the network ends in {came}, where ")


@pytest.mark.parametrize(
    "document",
    [
        network(FullyConnected(10), "softmax"),
        network(FullyConnected(1000), "softmax", "imagenet"),
        # One unit says yes or no; what ends in no function may be no classifier at all.
        network(FullyConnected(1), "sigmoid"),
        network(FullyConnected(784), "sigmoid"),
        network(FullyConnected(784), None),
        # Some data sets come with several numbers of classes.
        network(FullyConnected(26), "softmax", "emnist"),
        replace(network(FullyConnected(64), "softmax"), mention=None),
    ],
)
def test_a_text_that_merely_mentions_data_is_no_finding(document: Document) -> None:
    assert check(document).findings == ()
