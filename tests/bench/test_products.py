"""Products that training takes, compared with what torch counts while it does them."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import striate
from striate import Convolution, FullyConnected, Inception, Input, Row, Table
from striate.arithmetic import Walk
from striate.bench.peak import OPERATIONS, reading_products, training_products
from striate.modules import Network


def counted(walk: Walk) -> tuple[int, int]:
    """Count reading and training by torch's own counter."""
    network = Network(walk)
    inputs = torch.rand(1, *walk.input.axes)
    with FlopCounterMode(display=False) as reading:
        network.eval()(inputs)
    with FlopCounterMode(display=False) as training:
        outputs, heads = network.train().forward_with_heads(inputs)
        parts = [outputs, *heads.values()]
        torch.stack([part.sum() for part in parts]).sum().backward()  # type: ignore[no-untyped-call]
    return reading.get_total_flops(), training.get_total_flops()


@pytest.mark.parametrize("name", ["fashion-cnn", "alexnet-2014", "googlenet"])
def test_products_are_those_that_torch_counts(name: str) -> None:
    walk = striate.load(name).sound_walk()
    expected = OPERATIONS * reading_products(walk), OPERATIONS * training_products(walk)
    assert expected == counted(walk)


def test_groups_divide_the_products() -> None:
    """Not by torch's counter, which takes the gradient of a grouped weight for that of a full one."""
    table = Table(
        (
            Row("Input", Input.image(4, 5, 5)),
            Row("C1", Convolution(4, kernel=3, groups=2), "ReLU"),
            Row("C2", Convolution(6, kernel=3, groups=2), "ReLU"),
            Row("Output", FullyConnected(2), "softmax"),
        )
    )
    walk = striate.document_of(table, "small").sound_walk()
    first, second, last = 9 * 4 * 2 * 9, 6 * 2 * 9, 2 * 6
    assert training_products(walk) == 2 * first + 3 * second + 3 * last


def test_an_inception_row_at_the_input_takes_fewer() -> None:
    table = Table(
        (
            Row("Input", Input.image(3, 8, 8)),
            Row("I", Inception(4, 2, 3, 2, 5, 6), "ReLU"),
            Row("Output", FullyConnected(2), "softmax"),
        )
    )
    walk = striate.document_of(table, "small").sound_walk()
    assert OPERATIONS * training_products(walk) == counted(walk)[1]


def test_lenet5_by_hand() -> None:
    walk = striate.load("lenet5").sound_walk()
    rows = {"C1": 117_600, "C3": 150_000, "C5": 48_000, "F6": 10_080}
    pooled, compared = 1_176 + 400, 840  # gains of S2 and S4; the codes of the last row
    forward = sum(rows.values()) + pooled + compared
    assert reading_products(walk) == forward
    assert training_products(walk) == 3 * forward - compared - rows["C1"]


def test_rows_below_which_nothing_trains_need_no_gradient_of_their_input() -> None:
    static = striate.load("text-cnn-static").sound_walk()
    trained = striate.load("text-cnn").sound_walk()
    windows = reading_products(static) - 600
    assert training_products(trained) - training_products(static) == windows


def test_the_first_convolution_s_input_is_left_out_behind_a_row_without_weights() -> None:
    table = Table(
        (
            Row("Input", Input.image(1, 6, 6)),
            Row("P", striate.MaxPooling(2)),
            Row("C", Convolution(2, kernel=3), "ReLU"),
            Row("Output", FullyConnected(2), "softmax"),
        )
    )
    walk = striate.document_of(table, "small").sound_walk()
    assert training_products(walk) == 2 * 18 + 3 * 4
