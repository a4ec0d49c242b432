"""AlexNet, GoogLeNet, VGG-16 and ResNet-18 beside their published numbers, typed in from the sources."""

import pytest

from striate.arithmetic import Walk, walk
from striate.checking import check
from striate.layers import Convolution, FullyConnected, ResponseNormalization
from striate.networks import load
from striate.table import Row


PARAMETERS = {
    "alexnet": 60_965_224,
    "alexnet-authors": 60_965_224,
    "alexnet-bvlc": 60_965_224,
    "alexnet-2014": 61_100_840,
    "googlenet": 6_998_552,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
}

# Weights and multiply-adds of GoogLeNet's Table 1, from its six numbers, a row at a time.
GOOGLENET = {
    "conv1": (9_408, 118_013_952),
    "conv2": (114_688, 359_661_568),
    "inception (3a)": (163_328, 128_049_152),
    "inception (3b)": (388_096, 304_267_264),
    "inception (4a)": (375_552, 73_608_192),
    "inception (4b)": (448_512, 87_908_352),
    "inception (4c)": (509_440, 99_850_240),
    "inception (4d)": (604_672, 118_515_712),
    "inception (4e)": (867_328, 169_996_288),
    "inception (5a)": (1_042_432, 51_079_168),
    "inception (5b)": (1_442_816, 70_697_984),
    "linear": (1_024_000, 1_024_000),
}

ALEXNET = {
    "conv1": 34_944,
    "conv2": 307_456,
    "conv3": 885_120,
    "conv4": 663_936,
    "conv5": 442_624,
    "fc6": 37_752_832,
    "fc7": 16_781_312,
    "fc8": 4_097_000,
}


def walked(name: str) -> Walk:
    found = walk(load(name).table)
    assert found.faults == ()
    return found


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_a_network_has_the_published_number_of_parameters(name: str, parameters: int) -> None:
    assert walked(name).total.parameters == parameters


def test_alexnets_layers_have_the_parameters_of_the_paper() -> None:
    reports = walked("alexnet").trunk
    counts = {one.row.name: one.cost.parameters for one in reports if one.cost}
    assert {name: count for name, count in counts.items() if count} == ALEXNET
    assert walked("alexnet").total.multiply_adds == 724_406_816
    assert walked("alexnet").neurons == 659_272


def test_googlenets_rows_have_the_weights_and_products_of_its_six_numbers() -> None:
    found = walked("googlenet")
    for name, (weights, products) in GOOGLENET.items():
        cost = found.report(name).cost
        assert cost is not None
        assert (cost.parameters - cost.biases, cost.multiply_adds) == (weights, products)
    assert found.total.parameters - found.total.biases == 6_990_272
    assert found.total.multiply_adds == 1_582_671_872


def test_googlenets_side_heads_are_counted_apart() -> None:
    found = walked("googlenet")
    assert found.total_with_heads.parameters == 13_378_280
    assert [len(part) for part in found.table.parts] == [22, 7, 7]
    heads = {name: found.report(name).output for name in ("aux1 pool", "aux2 pool", "aux1 linear")}
    assert {name: str(shape) for name, shape in heads.items()} == {
        "aux1 pool": "512x4x4",
        "aux2 pool": "528x4x4",
        "aux1 linear": "1000",
    }


def test_googlenets_claims_agree_under_one_way_of_counting() -> None:
    comparisons = check(load("googlenet")).comparisons
    read = {
        one.convention.split(", within")[0]
        for one in comparisons
        if one.quantity == "parameters" and one.verdict != "contradicts" and one.row != "Total"
    }
    assert read == {"K = 1,024, weights without biases"}
    depths = [one for one in comparisons if one.quantity == "depth"]
    assert sum(int(one.claimed) for one in depths) == 22
    assert {one.verdict for one in depths} == {"agrees"}


def test_224_pixels_and_227_give_the_same_sizes() -> None:
    paper, caffe = walked("alexnet"), walked("alexnet-bvlc")
    assert paper.report("conv1").output == caffe.report("conv1").output
    assert str(paper.report("conv1").output) == "96x55x55"


def test_the_variants_of_alexnet_differ_in_their_rows() -> None:
    def constants(name: str) -> list[tuple[float, float, int]]:
        layers = [row.layer for row in load(name).table.rows]
        return [
            (round(layer.coefficient, 12), layer.k, layer.groups)
            for layer in layers
            if isinstance(layer, ResponseNormalization)
        ]

    assert constants("alexnet") == [(1e-4, 2, 1)] * 2
    assert constants("alexnet-authors") == [(2e-5, 2, 2)] * 2 + [(4e-5, 1, 1)]
    assert constants("alexnet-bvlc") == [(2e-5, 1, 1)] * 2
    assert constants("alexnet-2014") == []
    assert [row.layer.groups for row in convolutions("alexnet")] == [1, 2, 1, 2, 2]  # type: ignore[union-attr]
    assert [row.layer.groups for row in convolutions("alexnet-2014")] == [1] * 5  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "deviations", "biases"),
    [
        ("alexnet", [0.01] * 8, [0, 1, 0, 1, 1, 1, 1, 0]),
        (
            "alexnet-authors",
            [0.01, 0.01, 0.03, 0.03, 0.03, 0.01, 0.01, 0.01],
            [0, 1, 0, 1, 1, 1, 1, 0],
        ),
        (
            "alexnet-bvlc",
            [0.01] * 5 + [0.005, 0.005, 0.01],
            [0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, 0],
        ),
    ],
)
def test_the_numbers_of_alexnet_begin_as_printed(
    name: str, deviations: list[float], biases: list[float]
) -> None:
    trained = [
        row for row in load(name).table.rows if isinstance(row.layer, Convolution | FullyConnected)
    ]
    starts = [row.start for row in trained if row.start is not None]
    assert [start.scale for start in starts] == deviations
    assert [start.bias for start in starts] == biases
    assert {start.distribution for start in starts} == {"normal"}


def test_the_slip_of_alexnets_neurons_is_explained() -> None:
    (finding,) = check(load("alexnet")).findings
    assert "the table says 253,440, the arithmetic gives 290,400" in str(finding)
    assert "253,440 is 96 x 55 x 48" in str(finding)


def test_response_normalisations_are_written_for_three_libraries() -> None:
    texts = {
        name: check(load(name)).remarks[0].text
        for name in ("alexnet", "alexnet-authors", "alexnet-bvlc")
    }
    assert (
        "TensorFlow: depth_radius=2, bias=2, alpha=0.0001, beta=0.75. PyTorch: size=5, "
        "alpha=0.0005, beta=0.75, k=2. Caffe: local_size: 5, alpha: 0.0005, beta: 0.75, k: 2."
    ) in texts["alexnet"]
    assert (
        "TensorFlow: depth_radius=2, bias=2, alpha=2e-05, beta=0.75. PyTorch: size=5, "
        "alpha=0.0001, beta=0.75, k=2."
    ) in texts["alexnet-authors"]
    # The lecture notes' r=2, k=1, alpha=0.00002, beta=0.75.
    assert (
        "TensorFlow: depth_radius=2, bias=1, alpha=2e-05, beta=0.75. PyTorch: size=5, "
        "alpha=0.0001, beta=0.75, k=1."
    ) in texts["alexnet-bvlc"]


def convolutions(name: str) -> list[Row]:
    return [row for row in load(name).table.rows if isinstance(row.layer, Convolution)]
