"""The second witness: what torch builds must be what the arithmetic says."""

import sys

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

import striate
from strategies import tables
from striate.arithmetic import Walk, walk
from striate.documents import read_networks
from striate.errors import AuditError
from striate.layers import (
    AveragePooling,
    Convolution,
    Cost,
    Flatten,
    Input,
    MaxPooling,
    RadialBasis,
    Sides,
)
from striate.layers.windows import Rounding
from striate.modules import Network, audit, build, poolings
from striate.networks import network_names, network_text
from striate.shapes import Features, Shape, Words
from striate.table import Row, Table


REMEDY = (
    "  Needed: the same number from both.\n"
    "  Fix: this is a bug of Striate: please report it with the table."
)


def audited(walked: Walk) -> str:
    """The faults that the audit names."""
    with pytest.raises(AuditError) as caught:
        audit(walked)
    return str(caught.value)


def faults(*sentences: str) -> str:
    return "\n".join(f"{sentence}\n{REMEDY}" for sentence in sentences)


@pytest.fixture
def lenet5() -> Walk:
    return striate.load("lenet5").sound_walk()


@pytest.mark.parametrize("name", network_names())
def test_every_shipped_network_passes_the_audit(name: str) -> None:
    audit(striate.load(name).sound_walk())


@given(tables(largest=12))
@settings(max_examples=30)
def test_every_table_without_faults_passes_the_audit_and_runs(table: Table) -> None:
    walked = walk(table)
    assert not walked.faults
    audit(walked)
    network = Network(walked).eval()
    source = walked.reports[0].output
    assert source is not None
    with torch.no_grad():
        trace = network.trace(examples_of(source))
    assert [tuple(values.shape) for values in trace.values()] == [
        (3, *report.output.axes) for report in walked.reports[1:] if report.output is not None
    ]


def examples_of(shape: Shape) -> Tensor:
    """Three examples: values, or the numbers of words that every embedding knows."""
    if isinstance(shape, Words):
        return torch.randint(0, 2, (3, *shape.axes))
    return torch.randn(3, *shape.axes)


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
@pytest.mark.parametrize("sides", [Sides(0, 1, 1, 0), Sides(1, 0, 0, 1), Sides(1, 1, 0, 1)])
def test_uneven_padding_under_both_roundings_passes_the_audit(
    rounding: Rounding, sides: Sides
) -> None:
    for height in range(3, 8):
        for stride in range(1, 5):
            rows = (
                Row("Max", MaxPooling(3, stride, sides, rounding=rounding)),
                Row("Mean", AveragePooling(3, stride, sides, rounding)),
            )
            for row in rows:
                audit(walk(Table((Row("Input", Input.image(1, height, 9)), row))))


def test_an_audit_on_the_meta_device_finds_the_same(
    lenet5: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = []
    forward = nn.Linear.forward

    def recorded(self: nn.Linear, values: Tensor) -> Tensor:
        devices.append((values.device.type, self.weight.device.type))
        return forward(self, values)

    monkeypatch.setattr(nn.Linear, "forward", recorded)
    audit(lenet5)
    monkeypatch.setattr(sys.modules["striate.modules.audit"], "LARGEST_REAL", 0)
    audit(lenet5)
    assert devices == [("cpu", "cpu"), ("meta", "meta")]
    monkeypatch.setattr(Flatten, "cost", lambda *_: Cost(fixed=1))
    flat = Table((Row("Input", Input.image(1, 2, 2)), Row("Flat", Flatten())))
    assert audited(walk(flat)) == faults(
        "Flat, fixed numbers: the arithmetic gives 1, the built network has 0."
    )


def test_a_wrong_number_of_parameters_is_found_in_every_row_that_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cost = Convolution.cost

    def wrong(self: Convolution, shape: Shape) -> Cost:
        return Cost(parameters=cost(self, shape).parameters + 1)

    monkeypatch.setattr(Convolution, "cost", wrong)
    text = audited(walk(striate.load("lenet5").table))
    assert text == faults(
        "C1, parameters: the arithmetic gives 157, the built network has 156.",
        "C3, parameters: the arithmetic gives 1,517, the built network has 1,516.",
        "C5, parameters: the arithmetic gives 48,121, the built network has 48,120.",
    )


def test_a_wrong_number_of_fixed_numbers_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RadialBasis, "cost", lambda *_: Cost(parameters=840))
    text = audited(walk(striate.load("lenet5").table))
    assert text == faults(
        "Output, parameters: the arithmetic gives 840, the built network has 0.",
        "Output, fixed numbers: the arithmetic gives 0, the built network has 840.",
    )


def test_a_module_that_gives_another_size_is_found_in_its_own_row_only(
    lenet5: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poolings.Subsampling, "forward", lambda _, maps: maps[:, 1:])
    assert audited(lenet5) == faults(
        "S2, size: the arithmetic gives 6x14x14, the built network has 5x28x28.",
        "S4, size: the arithmetic gives 16x5x5, the built network has 15x10x10.",
    )


def test_a_wrong_size_in_the_arithmetic_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flatten, "output", lambda *_: Features(5))
    table = Table((Row("Input", Input.image(1, 2, 2)), Row("Flat", Flatten())))
    assert audited(walk(table)) == faults(
        "Flat, size: the arithmetic gives 5, the built network has 4."
    )


def test_what_torch_refuses_is_told_with_the_name_of_the_row(
    lenet5: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Tensor:
        message = "no such window"
        raise RuntimeError(message)

    monkeypatch.setattr(nn.Linear, "forward", refuse)
    assert audited(lenet5) == faults(
        "F6, size: the arithmetic gives 84, the built network has none: no such window."
    )


def test_nothing_is_built_that_did_not_pass_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RadialBasis, "cost", lambda *_: Cost())
    with pytest.raises(AuditError, match="Output, fixed numbers"):
        build(read_networks(network_text("lenet5"), "lenet5.md")[0])


def test_the_audit_leaves_torchs_own_random_state_as_it_was(lenet5: Walk) -> None:
    state = torch.get_rng_state()
    audit(lenet5)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()
