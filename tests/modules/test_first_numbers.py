"""How the numbers of a network begin."""

import math
from typing import Literal, get_args

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor, nn

import striate
from strategies import layers_on
from striate.layers import (
    BatchNormalization,
    ConnectionTable,
    Convolution,
    Embedding,
    Flatten,
    FullyConnected,
    GroupNormalization,
    Input,
    LayerNormalization,
    ParametricReLU,
    RadialBasis,
    Scaling,
    Subsampling,
    TransposedConvolution,
)
from striate.modules import Network, build, initialize
from striate.recipe import Initialization
from striate.shapes import Image, Words
from striate.table import Row, Start, Table


def lenet5(seed: int) -> Network:
    return build(striate.load("lenet5"), seed)


@pytest.fixture(scope="module")
def network() -> Network:
    return lenet5(0)


PUBLISHED = {"C1": 0.096, "S2": 0.6, "S4": 0.6, "C5": 0.006, "F6": 0.02}
"""2.4 / fan-in of the rows whose units all read equally many values."""

C3_BOUNDS = [0.032] * 6 + [0.024] * 9 + [0.016]
"""Maps 0 to 5 of C3 read three maps, 6 to 14 four, and 15 all six."""


@pytest.mark.parametrize("row", PUBLISHED)
def test_numbers_lie_within_the_published_bound_and_reach_up_to_it(
    network: Network, row: str
) -> None:
    bound = PUBLISHED[row]
    for values in network.get_submodule(row).parameters():
        assert values.abs().max() <= bound * (1 + 1e-6)
        if values.numel() >= 80:
            assert values.abs().max() > 0.95 * bound
            assert_even(values, bound)


def assert_even(values: Tensor, bound: float) -> None:
    """Within four standard errors of the mean and of the mean square of an even draw."""
    shares = values.detach().double() / bound
    assert shares.mean().abs() < 4 * math.sqrt(1 / 3 / shares.numel())
    assert (shares.square().mean() - 1 / 3).abs() < 4 * math.sqrt(4 / 45 / shares.numel())


def test_the_bound_of_c3_differs_from_map_to_map(network: Network) -> None:
    c3 = network.get_submodule("C3")
    weight, bias = c3.get_parameter("weight"), c3.get_parameter("bias")
    kernels = iter(weight)
    for number, bound in enumerate(C3_BOUNDS):
        own = torch.stack([next(kernels) for _ in range(round(2.4 / 25 / bound))])
        assert own.abs().max() <= bound * (1 + 1e-6)
        assert own.abs().max() > 0.8 * bound
        assert_even(own, bound)
        assert bias[number].abs() <= bound * (1 + 1e-6)
    assert next(kernels, None) is None


def test_the_biases_of_a_wide_row_reach_up_to_the_bound(network: Network) -> None:
    bias = network.get_submodule("C5").get_parameter("bias")
    assert_even(bias, 0.006)
    assert bias.abs().max() > 0.95 * 0.006


def test_groups_shrink_the_fan_in() -> None:
    table = Table(
        (
            Row("Input", Input.image(4, 6, 6)),
            Row("C", Convolution(8, 5, groups=2)),
            Row("F", FullyConnected(3)),
        )
    )
    network = build(table)
    initialize(network, "lecun-1998", 0)
    bound = 2.4 / (2 * 25)
    largest = network.get_parameter("C.weight").abs().max()
    assert 0.9 * bound < largest <= bound * (1 + 1e-6)
    bound = 2.4 / (8 * 4)
    largest = network.get_parameter("F.weight").abs().max()
    assert 0.9 * bound < largest <= bound * (1 + 1e-6)


def test_each_bias_of_a_partial_convolution_is_drawn_by_its_own_map() -> None:
    marks = ConnectionTable(tuple((True, row == 0) * 64 for row in range(4)))
    table = Table(
        (
            Row("Input", Input.image(4, 5, 5)),
            Row("C", Convolution(128, 5, connection_table=marks)),
            Row("F", FullyConnected(2)),
        )
    )
    network = build(table)
    initialize(network, "lecun-1998", 0)
    bias = network.get_parameter("C.bias")
    for own, fan_in in ((bias[::2], 100), (bias[1::2], 25)):
        assert own.abs().max() <= 2.4 / fan_in * (1 + 1e-6)
        assert own.abs().max() > 0.9 * 2.4 / fan_in


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    one, same, other = (lenet5(seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], same[name]) for name in one)
    differing = {name for name in one if not torch.equal(one[name], other[name])}
    assert differing == set(one) - {"Output.codes"}


def test_initializing_anew_leaves_nothing_of_what_was() -> None:
    network, fresh = lenet5(5), lenet5(5)
    with torch.no_grad():
        for values in network.parameters():
            values.fill_(math.nan)
    initialize(network, "lecun-1998", 5)
    for name, values in fresh.state_dict().items():
        assert torch.equal(network.state_dict()[name], values)


def test_drawing_leaves_torchs_own_random_state_as_it_was() -> None:
    state = torch.get_rng_state()
    network = lenet5(6)
    assert torch.equal(torch.get_rng_state(), state)
    initialize(network, "pytorch", 7)
    assert torch.equal(torch.get_rng_state(), state)


MIXED = Table(
    (
        Row("Input", Input.image(3, 12, 12)),
        Row("C1", Convolution(8, 5)),
        Row("C2", Convolution(4, 3, groups=2, padding=1)),
        Row("Flat", Flatten()),
        Row("F", FullyConnected(30)),
        Row("Output", FullyConnected(10), "softmax"),
    )
)


def test_the_pytorch_rule_draws_what_torchs_own_layers_draw() -> None:
    network = build(MIXED)
    initialize(network, "pytorch", 11)
    with torch.random.fork_rng():
        torch.manual_seed(11)
        own = (
            nn.Conv2d(3, 8, 5),
            nn.Conv2d(8, 4, 3, padding=1, groups=2),
            nn.Linear(256, 30),
            nn.Linear(30, 10),
        )
    expected = [values for layer in own for values in layer.parameters()]
    for found, wanted in zip(network.parameters(), expected, strict=True):
        assert torch.equal(found, wanted)


def test_the_pytorch_rule_reaches_one_over_the_root_of_the_fan_in() -> None:
    marks = ConnectionTable(tuple((True, row == 0) * 8 for row in range(4)))
    table = Table(
        (
            Row("Input", Input.image(4, 10, 10)),
            Row("C", Convolution(16, 5, connection_table=marks)),
            Row("S", Subsampling(2)),
            Row("F", FullyConnected(2)),
        )
    )
    network = build(table)
    initialize(network, "pytorch", 0)
    kernels = network.get_parameter("C.weight")
    # In turn, a map reads all four maps below and only the first.
    full = torch.tensor(([True] * 4 + [False]) * 8)
    for own, fan_in in ((kernels[full], 100), (kernels[~full], 25)):
        assert own.abs().max() <= fan_in**-0.5 * (1 + 1e-6)
        assert own.abs().max() > 0.95 * fan_in**-0.5
        assert_even(own, fan_in**-0.5)
    gains = torch.cat([network.get_parameter(f"S.{name}") for name in ("weight", "bias")])
    assert 0.4 < gains.abs().max() <= 0.5


def test_codes_that_nobody_drew_come_from_the_seed() -> None:
    table = Table((Row("Input", Input.features(200)), Row("Output", RadialBasis(10))))
    one, same, other = (build(table, seed).get_buffer("Output.codes") for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert one.ne(other).any()
    assert one.abs().eq(1).all()
    assert one.mean().abs() < 0.1


WIDE = Table(
    (
        Row("Input", Input.image(8, 6, 6)),
        Row("C", Convolution(64, 3, groups=2), "ReLU"),
        Row("F", FullyConnected(200), "softmax"),
    )
)
FANS = {"C": (4 * 9, 32 * 9), "F": (64 * 16, 200)}
"""Values that a unit reads, and units that a value feeds; groups narrow both."""


@pytest.mark.parametrize("row", FANS)
def test_glorots_rule_draws_evenly_by_both_fans(row: str) -> None:
    network = build(WIDE)
    initialize(network, "glorot-2010", 1)
    weight = network.get_submodule(row).get_parameter("weight")
    bound = math.sqrt(6 / sum(FANS[row]))
    assert 0.95 * bound < weight.abs().max() <= bound
    assert_even(weight, bound)
    assert not network.get_submodule(row).get_parameter("bias").any()


@pytest.mark.parametrize("row", FANS)
def test_hes_rule_draws_normally_by_the_fan_in(row: str) -> None:
    network = build(WIDE)
    initialize(network, "he-2015", 1)
    weight = network.get_submodule(row).get_parameter("weight").detach().double()
    deviation = math.sqrt(2 / FANS[row][0])
    assert abs(weight.mean()) < 4 * deviation / math.sqrt(weight.numel())
    assert abs(weight.std() / deviation - 1) < 4 / math.sqrt(2 * weight.numel())
    # A normal draw reaches far beyond an even one of the same deviation.
    assert weight.abs().max() > 2.5 * deviation
    assert not network.get_submodule(row).get_parameter("bias").any()


def test_a_connection_table_counts_the_maps_that_are_fed() -> None:
    table = ConnectionTable(((True, True, False), (False, True, True)))
    layer = Convolution(3, 2, connection_table=table)
    network = build(Table((Row("Input", Input.image(2, 5, 5)), Row("C", layer))))
    initialize(network, "glorot-2010", 0)
    weight = network.get_submodule("C").get_parameter("weight")
    # Maps read 4, 8 and 4 values; a value below feeds two kernels of four cells.
    bounds = [math.sqrt(6 / (fan_in + 8)) for fan_in in (4, 8, 8, 4)]
    for kernel, bound in zip(weight, bounds, strict=True):
        assert kernel.abs().max() <= bound


@pytest.mark.parametrize("vectors", ["random", "static", "non-static"])
def test_word_vectors_begin_as_their_row_says(
    vectors: Literal["random", "static", "non-static"],
) -> None:
    rows = (
        Row("in", Input(Words(8))),
        Row("E", Embedding(400, 25, vectors), start=Start("normal", 0.125)),
        Row("out", FullyConnected(2)),
    )
    network = build(Table(rows), seed=3)
    weight = dict(network.get_submodule("E").state_dict())["weight"].double()
    assert abs(weight.std() / 0.125 - 1) < 4 / math.sqrt(2 * weight.numel())
    assert abs(weight.mean()) < 4 * 0.125 / math.sqrt(weight.numel())


@settings(max_examples=20)
@given(data=st.data())
@pytest.mark.parametrize("rule", get_args(Initialization))
def test_every_number_that_is_drawn_follows_the_seed(
    data: st.DataObject, rule: Initialization
) -> None:
    image = Image(3, 5, 4)
    layer = data.draw(layers_on(image))
    table = Table((Row("I", Input(image)), Row("X", layer), Row("O", FullyConnected(3), "softmax")))
    first, second = build(table, 1), build(table, 2)
    kept = {name: values.clone() for name, values in first.named_parameters()}
    initialize(first, rule, 3)
    initialize(second, rule, 3)
    other = {name: values.clone() for name, values in second.named_parameters()}
    initialize(second, rule, 4)
    for name, values in first.named_parameters():
        assert torch.equal(values, other[name])  # one seed, one draw, whatever was there before
        is_drawn = bool(values.ne(values.flatten()[0]).any())
        if is_drawn and name.startswith("X."):
            assert not torch.equal(values, dict(second.named_parameters())[name])
        # What is the same everywhere is so by its kind, or by a rule that starts it at 0.
        is_constant = isinstance(layer, _CONSTANTS) or name.endswith("bias") or rule == "kim-2014"
        assert is_drawn or is_constant or values.numel() == 1, (name, layer)
    assert kept.keys() == other.keys()


_CONSTANTS = (BatchNormalization, LayerNormalization, GroupNormalization, ParametricReLU, Scaling)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_transposed_convolution_is_drawn_by_the_values_that_an_output_reads(stride: int) -> None:
    layer = TransposedConvolution(64, 4, stride, 1, has_bias=False)
    rows = (
        Row("I", Input.image(32, 6, 6)),
        Row("X", layer),
        Row("O", FullyConnected(3), "softmax"),
    )
    network = build(Table(rows))
    initialize(network, "he-2015", 0)
    weight = network.get_parameter("X.weight")
    # Kernels overlap 4 / stride times along each axis, so each output reads 32 maps in so many places.
    expected = (2 / (32 * (4 / stride) ** 2)) ** 0.5
    assert weight.std().item() == pytest.approx(expected, rel=0.02)


def test_a_module_without_a_rule_is_not_passed_over() -> None:
    network = build(Table((Row("I", Input.features(3)), Row("O", FullyConnected(2), "softmax"))))
    network.O = nn.Bilinear(3, 3, 2)
    with pytest.raises(TypeError, match="how the numbers of Bilinear begin is not said"):
        initialize(network, "pytorch", 0)


def test_kim_begins_the_last_row_at_0_and_no_other() -> None:
    rows = (
        Row("I", Input.features(30)),
        Row("F1", FullyConnected(20), "ReLU"),
        Row("F2", FullyConnected(20), "ReLU"),
        Row("O", FullyConnected(2), "softmax"),
    )
    network = build(Table(rows))
    initialize(network, "kim-2014", 0)
    for name, values in network.named_parameters():
        assert bool((values == 0).all()) is name.startswith("O."), name
