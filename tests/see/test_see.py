"""What is shown of a network equals what the network does, by torch, by hand, and by properties."""

import inspect
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

import striate
from striate import (
    AveragePooling,
    Convolution,
    DepthwiseConvolution,
    FullyConnected,
    Input,
    LpPooling,
    MaxPooling,
    ResponseNormalization,
    Row,
    Subsampling,
    Table,
    see,
)
from striate.cli import main
from striate.cli.see import others_in_folder
from striate.errors import SeeingError, UsageError
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    BatchNormalization,
    Border,
    ChannelShuffle,
    Concat,
    Cropping,
    Dropout,
    Flatten,
    GlobalPooling,
    GroupNormalization,
    Inception,
    LayerNormalization,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    Scaling,
    Sides,
    Slice,
    TransposedConvolution,
    Upsampling,
)
from striate.modules import Network
from striate.pictures import seen
from striate.pictures.page import Page
from striate.see import units
from striate.see.gallery import Look, show_picture
from striate.shapes import Image


def network_of(*rows: Row) -> Network:
    torch.manual_seed(3)
    return striate.build(striate.document_of(Table(rows), "net")).eval()


def weight_of(network: Network, row: str) -> Tensor:
    return network.get_submodule(row).get_parameter("weight").detach()


def odd_network() -> Network:
    """Windows with strides, padding that differs by side, groups, and every kind that is taken apart."""
    return network_of(
        Row("in", Input.image(2, 13, 11)),
        Row("conv", Convolution(4, (3, 2), stride=2, padding=Sides(1, 0, 0, 2)), "ReLU"),
        Row("lrn", ResponseNormalization(size=3, alpha=0.5, beta=0.6, k=1.5)),
        Row("grouped", Convolution(6, 3, padding=1, groups=2), "tanh"),
        Row("pool", MaxPooling(2, stride=1, padding="same")),
        Row("mean", AveragePooling(3, stride=2, padding=1, divisor="inside")),
        Row("sub", Subsampling(2), "scaled tanh"),
        Row("full", FullyConnected(5), "sigmoid"),
        Row("out", FullyConnected(3), "softmax"),
    )


def test_every_unit_equals_the_network() -> None:
    network = odd_network()
    inputs = torch.randn(1, 2, 13, 11)
    with torch.no_grad():
        outputs = network.trace(inputs)
    for row, values in outputs.items():
        for _ in range(12):
            index = tuple(int(torch.randint(size, ())) for size in values.shape[1:])
            place = index[1:] or (0, 0)
            taken = see.unit(network, inputs, row, index[0], (place[0], place[1]))
            assert taken.value == pytest.approx(float(values[(0, *index)]), abs=2e-6), (row, index)
            if taken.products is not None:
                assert taken.products.sum() + taken.bias == pytest.approx(taken.total, abs=1e-9)


def network_that_moves_and_joins() -> Network:
    """Every kind whose values are copies, sums, products or squares of what it reads, beside windows and full layers."""
    network = network_of(
        Row("in", Input.image(3, 9, 8)),
        Row("conv", Convolution(4, 3, padding=1)),
        Row("norm", BatchNormalization(), "ReLU"),
        Row("twice", Scaling(factor=-0.7, offset=0.2), "tanh"),
        Row("add", Add(), "ReLU", reads=("norm", "twice")),
        Row("gate", GlobalPooling("average"), "sigmoid"),
        Row("gated", Multiply(), reads=("add", "gate")),
        Row("slope", ParametricReLU(), reads=("twice",)),
        Row("both", Concat(), reads=("gated", "slope")),
        Row("shuffled", ChannelShuffle(2)),
        Row("part", Slice(5, 2)),
        Row("border", Border(Sides(1, 1, 2, 2), mode="reflect")),
        Row("cropped", Cropping(1)),
        Row("wide", Upsampling(2, "bilinear")),
        Row("tall", Upsampling((2, 1))),
        Row("back", TransposedConvolution(3, 3, stride=2), "SiLU"),
        Row("few", AdaptivePooling((3, 4))),
        Row("most", AdaptivePooling((2, 2), "max")),
        Row("sometimes", Dropout(0.5)),
        Row("other", Reshape(Image(2, 3, 2))),
        Row("flat", Flatten()),
        Row("codes", RadialBasis(4)),
    )
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # as if it had learnt
            for values in (module.running_mean, module.running_var, module.weight, module.bias):
                assert values is not None
                values.data.uniform_(0.2, 2.0)
    return network


def test_units_that_move_and_join_equal_the_network() -> None:
    network = network_that_moves_and_joins()
    inputs = torch.randn(1, 3, 9, 8)
    with torch.no_grad():
        outputs = network.trace(inputs)
    for row, values in outputs.items():
        for _ in range(12):
            index = tuple(int(torch.randint(size, ())) for size in values.shape[1:])
            place = index[1:] or (0, 0)
            taken = see.unit(network, inputs, row, index[0], (place[0], place[1]))
            assert taken.value == pytest.approx(float(values[(0, *index)]), abs=2e-5), (row, index)
            if taken.products is not None:
                assert taken.products.sum() + taken.bias == pytest.approx(taken.total, abs=1e-9)


def test_a_unit_of_batch_normalisation_is_the_formula_of_the_paper() -> None:
    """Ioffe and Szegedy 2015, algorithm 2: gamma / sqrt(variance + epsilon) times x, and beta less that of the mean."""
    network = network_that_moves_and_joins()
    inputs = torch.randn(1, 3, 9, 8)
    module = network.get_submodule("norm")
    gain = weight_of(network, "norm")[2] / (module.get_buffer("running_var")[2] + 1e-5).sqrt()
    taken = see.unit(network, inputs, "norm", 2, (4, 5))
    x = network.trace(inputs)["conv"].detach()[0, 2, 4, 5]
    assert taken.values.tolist() == [pytest.approx(float(x))]
    assert taken.weights is not None
    assert taken.weights.tolist() == [pytest.approx(float(gain))]
    shift = module.get_parameter("bias").detach()[2] - gain * module.get_buffer("running_mean")[2]
    assert taken.bias == pytest.approx(float(shift), abs=1e-6)
    assert taken.rule == "f(x w + b), x: conv, map 2, row 4, column 5"


def test_what_a_unit_copies_is_named() -> None:
    network = network_that_moves_and_joins()
    inputs = torch.randn(1, 3, 9, 8)
    said = {
        ("both", 6, (1, 2)): "slope, map 2, row 1, column 2",
        ("shuffled", 1, (1, 2)): "both, map 4, row 1, column 2",
        ("part", 0, (1, 2)): "shuffled, map 2, row 1, column 2",
        ("border", 1, (0, 0)): "part, map 1, row 1, column 2",
        ("cropped", 1, (0, 0)): "border, map 1, row 1, column 1",
        ("tall", 2, (5, 3)): "wide, map 2, row 2, column 3",
        ("flat", 7, (0, 0)): "other, map 1, row 0, column 1",
    }
    for (row, number, place), where in said.items():
        rule = see.unit(network, inputs, row, number, place).rule
        assert rule == f"f(x w + b), x: {where}"


def network_that_normalizes() -> Network:
    """Every kind whose values are taken apart by groups or by branches, and a function in a row of its own."""
    network = network_of(
        Row("in", Input.image(3, 6, 5)),
        Row("whole", LayerNormalization()),
        Row("maps", LayerNormalization("maps", has_offset=False), "ReLU"),
        Row("module", Inception(2, 3, 4, 2, 4, 2), "tanh"),
        Row("groups", GroupNormalization(3, epsilon=0.01)),
        Row("instances", GroupNormalization(None, has_scale=False)),
        Row("function", Activation("scaled tanh")),
        Row("flat", Flatten()),
        Row("values", LayerNormalization(), "sigmoid"),
        Row("shares", FullyConnected(4), "softmax"),
        Row("out", FullyConnected(3), "softmax"),
    )
    with torch.no_grad():
        for values in network.parameters():
            values.normal_(std=0.5)
    return network


def test_units_of_groups_and_of_branches_equal_the_network() -> None:
    network = network_that_normalizes()
    inputs = torch.randn(1, 3, 6, 5)
    with torch.no_grad():
        outputs = {"in": inputs, **network.trace(inputs)}
    del outputs["shares"]
    for row, values in outputs.items():
        for number in range(values.shape[1]):
            index = (number, *(int(torch.randint(size, ())) for size in values.shape[2:]))
            place = index[1:] or (0, 0)
            taken = see.unit(network, inputs, row, number, (place[0], place[1]))
            assert taken.value == pytest.approx(float(values[(0, *index)]), abs=5e-5), (row, index)
            if taken.products is not None:
                assert taken.products.sum() + taken.bias == pytest.approx(taken.total, abs=1e-9)


def test_a_unit_of_padding_reads_nothing() -> None:
    network = network_of(
        Row("in", Input.image(1, 3, 3)), Row("border", Border(1)), Row("out", FullyConnected(2))
    )
    taken = see.unit(network, torch.randn(1, 1, 3, 3), "border", 0, (0, 2))
    assert (taken.value, taken.values.size) == (0.0, 0)
    lines = units.as_lines(taken)
    assert "value = f(b): padding, which reads nothing" in lines
    assert lines[-1] == "value = 0.00000"


def test_numbers_of_a_normalised_unit_are_those_of_the_paper() -> None:
    """Wu and He 2018, equations 1 to 3 and 6: each number that is told, from numpy alone."""
    network = network_that_normalizes()
    inputs = torch.randn(1, 3, 6, 5)
    read = see.maps(network, inputs)["module"][0].astype(np.float64)[4:8]
    taken = see.unit(network, inputs, "groups", 6, (2, 3))
    assert taken.values == pytest.approx(read)
    told = {
        name: float(number) for name, number in re.findall(r"([umvwb]) = (-?[\d.]+)", taken.rule)
    }
    module = network.get_submodule("groups")
    assert told == {
        "u": pytest.approx(read[2, 2, 3], abs=1e-5),
        "m": pytest.approx(read.mean(), abs=1e-5),
        "v": pytest.approx(((read - read.mean()) ** 2).mean(), abs=1e-5),
        "w": pytest.approx(float(module.get_parameter("weight").detach()[6]), abs=1e-5),
        "b": pytest.approx(float(module.get_parameter("bias").detach()[6]), abs=1e-5),
    }
    assert taken.rule.startswith("w (u - m) / sqrt(v + 0.01) + b, where u = ")
    assert "of the 120 x of its group" in taken.rule


def test_a_branch_of_a_module_says_what_it_reads() -> None:
    network = network_that_normalizes()
    inputs = torch.randn(1, 3, 6, 5)
    rules = [see.unit(network, inputs, "module", number, (1, 1)).rule for number in (0, 2, 6, 10)]
    assert rules == [
        "f(sum of x w + b) of the module's n1x1, which reads the row below",
        "f(sum of x w + b) of the module's n3x3, which reads n3x3_reduce of the module",
        "f(sum of x w + b) of the module's n5x5, which reads n5x5_reduce of the module",
        "f(sum of x w + b) of the module's pool_projection, which reads pool of the module",
    ]


def test_a_share_of_all_units_is_refused_with_the_reason() -> None:
    network = network_that_normalizes()
    with pytest.raises(SeeingError) as caught:
        see.unit(network, torch.randn(1, 3, 6, 5), "shares", 0)
    assert str(caught.value) == (
        "shares: its softmax divides each unit by a sum over all units, so that none is a sum of its own.\n"
        "  Needed: a row whose values are sums, products, squares or the largest of what it reads.\n"
        "  Fix: name the row that it reads."
    )


def test_units_of_lenet_5_with_its_table_of_connections() -> None:
    network = striate.build(striate.load("lenet5")).eval()
    inputs = torch.randn(1, 1, 32, 32)
    values = network.trace(inputs)["C3"].detach()
    taken = see.unit(network, inputs, "C3", 7, (1, 2))
    assert taken.value == pytest.approx(float(values[0, 7, 1, 2]), abs=2e-6)
    assert taken.weights is not None
    is_read = [bool(channel.any()) for channel in taken.weights]
    assert is_read == [False, True, True, True, True, False]  # column 7 of the paper's Table I


def test_fields_are_where_the_slope_is_not_zero() -> None:
    network = network_of(
        Row("in", Input.image(1, 21, 21)),
        Row("c1", Convolution(3, 5, stride=2, padding=1), "tanh"),
        Row("c2", Convolution(4, 3), "tanh"),
        Row("p", AveragePooling(2)),
        Row("out", FullyConnected(2)),
    )
    inputs = torch.randn(1, 1, 21, 21)
    for row, place in (("c1", (0, 3)), ("c2", (2, 5)), ("p", (1, 2)), ("p", (3, 3))):
        field = see.receptive_field(network, row, place)
        down, across = np.nonzero(see.effective_field(network, inputs, row, 1, place))
        assert (down.min(), down.max()) == (max(field.top, 0), min(field.bottom, 20))
        assert (across.min(), across.max()) == (max(field.left, 0), min(field.right, 20))


def test_kernels_of_groups_lie_where_they_read() -> None:
    network = odd_network()
    found = see.filters(network, "grouped")
    assert found.weights.shape == (6, 4, 3, 3)
    assert found.is_connected[:3, :2].all()
    assert found.is_connected[3:, 2:].all()
    assert not found.is_connected[:3, 2:].any()
    assert not found.weights[:3, 2:].any()
    maps = torch.randn(1, 4, 6, 6)
    full = functional.conv2d(maps, torch.from_numpy(found.weights), padding=1)
    grouped = functional.conv2d(maps, weight_of(network, "grouped"), padding=1, groups=2)
    assert torch.allclose(full, grouped, atol=1e-6)


def test_a_kernel_of_a_depthwise_convolution_reads_one_map() -> None:
    network = network_of(
        Row("in", Input.image(3, 7, 7)),
        Row("depthwise", DepthwiseConvolution(3, multiplier=2), "ReLU"),
        Row("out", FullyConnected(2)),
    )
    found = see.filters(network, "depthwise")
    maps = torch.randn(1, 3, 7, 7)
    full = functional.conv2d(maps, torch.from_numpy(found.weights))
    grouped = functional.conv2d(maps, weight_of(network, "depthwise"), groups=3)
    assert torch.allclose(full, grouped, atol=1e-6)
    assert found.is_connected.sum(axis=1).tolist() == [1] * 6
    with torch.no_grad():
        values = network.trace(maps)["depthwise"]
    taken = see.unit(network, maps, "depthwise", 5, (2, 3))
    assert taken.value == pytest.approx(float(values[0, 5, 2, 3]), abs=2e-6)


def test_windows_that_stick_out_are_counted_as_torch_counts_them() -> None:
    network = network_of(
        Row("in", Input.image(1, 6, 6)),
        Row("mean", AveragePooling(3, stride=2, rounding="ceil")),
        Row("largest", MaxPooling(2, stride=2, rounding="ceil")),
        Row("length", LpPooling(2, stride=1, rounding="ceil", padding=Sides(1, 0, 0, 1), p=4)),
        Row("partial", LpPooling(3, stride=2, rounding="ceil", p=2)),
        Row("out", FullyConnected(2)),
    )
    inputs = torch.randn(1, 1, 6, 6)
    with torch.no_grad():
        outputs = network.trace(inputs)
    for row in ("mean", "largest", "length", "partial"):
        _, height, width = outputs[row].shape[1:]
        for place in ((0, 0), (height - 1, width - 1), (0, width - 1)):
            taken = see.unit(network, inputs, row, 0, place)
            assert taken.value == pytest.approx(float(outputs[row][(0, 0, *place)]), abs=1e-6)


def test_tuning_is_what_gratings_measure() -> None:
    """Move gratings past the filters, as Hubel and Wiesel moved bars, and take the largest answers."""
    network = network_of(
        Row("in", Input.image(1, 40, 40)),
        Row("c", Convolution(5, 7)),
        Row("out", FullyConnected(2)),
    )
    found = see.tuning(network)
    weight = weight_of(network, "c")
    down, across = np.mgrid[:40, :40]
    for number in range(5):
        for angle in (0, 5, 17):
            radians = np.deg2rad(found.angles[angle])
            wave = 2 * np.pi * found.frequencies[number]
            place = across * np.sin(radians) + down * np.cos(radians)
            phases = np.linspace(0, 2 * np.pi, 720, endpoint=False)
            gratings = np.cos(wave * place[:7, :7] + phases[:, None, None])
            answers = (
                torch.from_numpy(gratings[:, None]).float().flatten(1) @ weight[number].flatten()
            )
            measured = float(answers.abs().max())
            assert found.responses[number, angle] == pytest.approx(measured, rel=1e-3)


def test_an_edge_prefers_its_own_angle() -> None:
    network = network_of(
        Row("in", Input.image(1, 9, 9)), Row("c", Convolution(2, 5)), Row("out", FullyConnected(2))
    )
    rows = torch.tensor([-1.0, -1, 0, 1, 1]).view(5, 1).expand(5, 5)
    with torch.no_grad():
        weight_of(network, "c").copy_(torch.stack([rows, rows.t()]).unsqueeze(1))
    found = see.tuning(network)
    assert found.preferred.tolist() == [0.0, 90.0]  # bars that run level, and upright
    assert (found.selectivity > 0.5).all()


def test_integrated_gradients_add_up_to_the_difference_of_scores() -> None:
    network = odd_network()
    inputs = torch.randn(1, 2, 13, 11)
    baseline = torch.zeros_like(inputs)
    parts = see.integrated_gradients(network, inputs, 1, baseline, steps=512)
    scores = network(torch.cat((baseline, inputs)))[:, 1].detach()
    assert parts.sum() == pytest.approx(float(scores[1] - scores[0]), abs=2e-3)


def test_integrated_gradients_are_the_mean_slope_at_the_middles_of_equal_parts() -> None:
    """Beside plain autograd; Gauss-Legendre's points, captum's default, differ at few steps, where functions have corners."""
    network = network_of(
        Row("in", Input.image(1, 12, 12)),
        Row("c", Convolution(8, 5), "ReLU"),
        Row("p", MaxPooling(2)),
        Row("f", FullyConnected(30), "ReLU"),
        Row("out", FullyConnected(3), "softmax"),
    )
    inputs, steps = torch.randn(1, 1, 12, 12), 16
    start = torch.full_like(inputs, float(inputs.min()))

    def along(points: Sequence[float], weights: Sequence[float]) -> NDArray[np.float32]:
        total = torch.zeros_like(inputs)
        for point, weight in zip(points, weights, strict=True):
            there = (start + point * (inputs - start)).requires_grad_()
            network(there)[0, 2].backward()
            assert there.grad is not None
            total += weight * there.grad
        found: NDArray[np.float32] = ((inputs - start) * total)[0].detach().numpy()
        return found

    found = see.integrated_gradients(network, inputs, 2, steps=steps)
    middles = [(number + 0.5) / steps for number in range(steps)]
    assert found == pytest.approx(along(middles, [1 / steps] * steps), abs=1e-6)
    points, weights = np.polynomial.legendre.leggauss(steps)
    other = along(((points + 1) / 2).tolist(), (weights / 2).tolist())
    apart = np.abs(found - other).max() / np.abs(other).max()
    assert 1e-4 < apart < 0.1
    # Both come to the same with more steps.
    fine, exact = (see.integrated_gradients(network, inputs, 2, steps=n) for n in (1000, 4000))
    assert np.abs(fine - exact).max() / np.abs(exact).max() < 2e-3


def test_grad_cam_by_hand() -> None:
    network = network_of(
        Row("in", Input.image(1, 8, 8)),
        Row("c", Convolution(3, 3), "ReLU"),
        Row("out", FullyConnected(4)),
    )
    inputs = torch.randn(1, 1, 8, 8)
    maps = network.trace(inputs)["c"][0].detach()
    weight = weight_of(network, "out")[2].view(3, 6, 6)
    heat = torch.relu((weight.mean((1, 2), keepdim=True) * maps).sum(0))
    heat = functional.interpolate(heat[None, None], (8, 8), mode="bilinear")[0, 0]
    expected = heat / heat.max()
    assert torch.allclose(torch.from_numpy(see.grad_cam(network, inputs, 2)), expected, atol=1e-5)


def test_reasons_change_with_the_weights() -> None:
    """A map that stays the same for a network of other weights would show the picture, and no reasons."""
    torch.manual_seed(0)  # a Grad-CAM of zeros, which some weights have, is like nothing
    network, inputs = striate.build(striate.load("lenet5")).eval(), torch.randn(1, 1, 32, 32)

    def reasons() -> dict[str, NDArray[np.float32]]:
        return {
            "Grad-CAM": see.grad_cam(network, inputs, 3),
            "occlusion": see.occlusion(network, inputs, 3),
            "integrated gradients": see.integrated_gradients(network, inputs, 3),
        }

    before = reasons()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * parameter.std())
    for method, new in reasons().items():
        assert abs(np.corrcoef(before[method].ravel(), new.ravel())[0, 1]) < 0.8, method


def test_a_network_is_left_as_it_was() -> None:
    network = striate.build(striate.load("fashion-cnn")).train()
    network.get_submodule("Conv1").eval()
    modes = [module.training for module in network.modules()]
    state = {name: values.clone() for name, values in network.state_dict().items()}
    inputs = torch.randn(1, 1, 28, 28)
    see.maps(network, inputs)
    see.grad_cam(network, inputs, 1)
    assert modes == [module.training for module in network.modules()]
    assert all(torch.equal(values, state[name]) for name, values in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_units_that_are_not_there() -> None:
    network = odd_network()
    inputs = torch.randn(1, 2, 13, 11)
    with pytest.raises(SeeingError) as caught:
        see.unit(network, inputs, "conv", 4, (0, 0))
    assert str(caught.value) == (
        "conv: it has no unit at map 4, row 0, column 0.\n"
        "  Needed: a map from 0 to 3, a row from 0 to 5, a column from 0 to 5.\n"
        "  Fix: count from 0."
    )
    with pytest.raises(SeeingError) as caught:
        see.grad_cam(network, inputs, 3)
    assert str(caught.value) == (
        "class: the network tells no class of number 3.\n"
        "  Needed: a number from 0 to 2.\n"
        "  Fix: count from 0."
    )
    with pytest.raises(SeeingError) as caught:
        see.grad_cam(network, inputs, 0, "full")
    assert str(caught.value) == (
        "full: its units lie in no maps, so that they have no places in the picture.\n"
        "  Needed: a row of maps, such as mean.\n"
        "  Fix: name one of them."
    )
    with pytest.raises(SeeingError, match="the network has no row of this name"):
        see.unit(network, inputs, "C9", 0)
    with pytest.raises(SeeingError, match="it holds no kernels"):
        see.filters(network, "pool")


def test_the_verb_writes_and_names_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = Path(__file__).parents[2] / "examples" / "digits" / "two-16-bit.png"
    command = ["see", "lenet5", str(picture), "-o", str(tmp_path), "--unit", "C3:7,1,2"]
    assert main(command) == 0
    said = capsys.readouterr().out
    names = {file.name for file in tmp_path.iterdir()}
    kernels = {"filters-01-C1.png", "filters-02-C3.png", "filters-03-C5.png"}
    assert kernels | {"tuning.png", "field.png", "unit.txt"} <= names
    assert {f"maps-{at:02}-{row}.png" for at, row in enumerate(("C1", "S2", "C3"), 1)} <= names
    assert all(name in said for name in names)
    unit = (tmp_path / "unit.txt").read_text()
    assert "C3: map 7, row 1, column 2" in unit
    lines = said.splitlines()
    files = [at for at, line in enumerate(lines) if line.startswith(str(tmp_path))]
    assert files == list(range(files[0], files[0] + len(names)))
    assert said.endswith(f"\n\n{unit}")  # asked for, it is told behind the files
    assert main(command[:-2]) == 0
    assert len(capsys.readouterr().out.splitlines()) == files[-1] + 1


def test_a_picture_of_some_units_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []

    def heard(width: int, height: int, title: str, said: Sequence[str] = ()) -> Page:
        notes.extend(said)
        return Page(width, height, title, said)

    monkeypatch.setattr(seen, "Page", heard)
    values = np.arange(256, dtype=np.float32)
    seen.draw_maps(values[:64], "all")
    assert notes == ["64 units, the strongest first"]
    seen.draw_maps(values, "some")
    assert notes[1:] == ["256 units, the strongest first", "64 of them are drawn"]


def test_where_there_is_nothing_to_see(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = "| Layer | Type | Size | Activation |\n| --- | --- | --- | --- |\n| Input | Input | 3 | - |\n"
    (tmp_path / "flat.md").write_text(f"{rows}| Out | Fully connected | 2 | softmax |\n", "utf-8")
    assert main(["see", str(tmp_path / "flat.md"), "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        "error: flat: it has no kernels to draw, and no picture is given.\n"
        "  Needed: a network with convolutions, or a picture for a network of images.\n"
        "  Fix: give a picture, or take `striate explain --step` for a network of full layers.\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--unit", "C3"], "--unit: it is 'C3'."),
        (["--unit", "C3:1,2"], "--unit: it is 'C3:1,2'."),
        (["--class", "cat"], "--class: the network tells no class 'cat'."),
    ],
)
def test_flags_that_name_nothing(
    flags: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["see", "lenet5", "-o", str(tmp_path / "out"), *flags]) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}\n")
    assert not (tmp_path / "out").exists()


SMALL = """# Small

| Layer | Type            | Maps | Size  | Kernel | Activation |
| ----- | --------------- | ---- | ----- | ------ | ---------- |
| In    | Input           | 1    | 12x12 | -      | -          |
| C1    | Convolution     | 2    | 10x10 | 3x3    | tanh       |
| Out   | Fully connected | -    | 2     | -      | softmax    |
"""


@pytest.mark.parametrize(("color", "is_said"), [((200, 40, 40), True), ((90, 90, 90), False)])
def test_colors_that_a_network_of_grey_pictures_leaves_out_are_named(
    color: tuple[int, int, int],
    is_said: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pixels = np.full((40, 30, 3), 255, np.uint8)
    pixels[5:20, 5:20] = color
    picture = tmp_path / "shirt.png"
    PIL.Image.fromarray(pixels).save(picture)
    table = tmp_path / "small.md"
    table.write_text(SMALL, "utf-8")
    assert main(["see", str(table), str(picture), "-o", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    remark = "The picture is in color and the network reads grey: its colors are left out."
    assert (f"{picture}: {remark}" in said) == is_said


def test_the_surface_of_two_numbers_is_the_score_at_each_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = network_of(
        Row("Input", Input.features(2)), Row("Output", FullyConnected(1), "sigmoid")
    )
    with torch.no_grad():
        weight_of(network, "Output").copy_(torch.tensor([[3.0, -1.0]]))
        network.get_submodule("Output").get_parameter("bias").fill_(0.25)
    found = see.surface(network, 1, low=0.0, high=1.0, side=3)
    places = np.array([0, 0.5, 1])
    expected = 1 / (1 + np.exp(-(3 * places[None, :] - places[:, None] + 0.25)))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(
        see.surface(network, 0, low=0.0, high=1.0, side=3), 1 - expected, rtol=1e-4
    )
    assert main(["see", "mlp", "-o", str(tmp_path)]) == 0
    assert "the score of 1 over the plane" in capsys.readouterr().out
    assert (tmp_path / "surface.png").read_bytes()[:4] == b"\x89PNG"
    lenet5 = striate.build("lenet5")
    with pytest.raises(SeeingError) as caught:
        see.surface(lenet5, 1)
    assert str(caught.value) == (
        "surface: the network reads 1x32x32.\n"
        "  Needed: a network that reads two numbers, which are a point of a plane.\n"
        "  Fix: take `maps` for a network of images."
    )


@pytest.mark.parametrize("flags", [["--unit", "C9:0"], ["--unit", "C1:7,0,0"], ["--row", "C9"]])
def test_nothing_is_written_where_a_unit_or_a_row_is_not_there(
    flags: list[str], tmp_path: Path
) -> None:
    table, picture = tmp_path / "small.md", tmp_path / "grey.png"
    table.write_text(SMALL, "utf-8")
    PIL.Image.fromarray(np.full((12, 12), 90, np.uint8)).save(picture)
    assert main(["see", str(table), str(picture), "-o", str(tmp_path / "out"), *flags]) == 2
    assert not (tmp_path / "out").exists()


def test_all_pictures_that_cannot_be_read_are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, picture = tmp_path / "small.md", tmp_path / "grey.png"
    table.write_text(SMALL, "utf-8")
    PIL.Image.fromarray(np.full((12, 12), 90, np.uint8)).save(picture)
    (tmp_path / "text.png").write_text("no picture", "utf-8")
    given = [str(picture), str(tmp_path / "text.png"), str(tmp_path / "gone.png")]
    assert main(["see", str(table), *given, "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {given[1]}: ")
    assert f"\n{given[2]}: " in said
    assert not (tmp_path / "out").exists()


def test_a_picture_is_looked_at_by_a_network_without_places(tmp_path: Path) -> None:
    """Its maps, reasons, and the largest value of its first full layer, which sees all of the picture."""
    document = tmp_path / "full.md"
    document.write_text(
        "| Layer | Type | Size | Activation |\n| --- | --- | --- | --- |\n| Input | Input | 8x8 | - |\n"
        "| H1 | Fully connected | 5 | ReLU |\n| Out | Fully connected | 3 | softmax |\n"
    )
    picture = tmp_path / "p.png"
    PIL.Image.new("L", (8, 8), 90).save(picture)
    assert main(["see", str(document), str(picture), "-o", str(tmp_path / "o")]) == 0
    names = sorted(file.name for file in (tmp_path / "o").iterdir())
    assert names[:4] == ["field.png", "maps-01-H1.png", "maps-02-Out.png", names[3]]
    assert names[3].startswith("reasons-")
    lines = (tmp_path / "o" / "unit.txt").read_text().splitlines()
    assert lines[1] == "value = f(sum of x w + b)"
    assert lines[2] == "sees 8x8 pixels of the input: rows 0 to 7, columns 0 to 7"


@given(
    edges=st.tuples(*[st.integers(-400, 400)] * 4),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
)
@settings(max_examples=40, deadline=None)
def test_a_field_is_drawn_wherever_it_lies(
    edges: tuple[int, int, int, int], height: int, width: int
) -> None:
    (top, bottom), (left, right) = sorted(edges[:2]), sorted(edges[2:])
    beside = [
        seen.Frame(top + move, bottom + move, left, right) for move in (-300, -height, height, 300)
    ]
    drawn = seen.draw_field(
        np.zeros((1, height, width), np.float32),
        seen.Frame(top, bottom, left, right),
        beside,
        np.zeros((height, width), np.float32),
        "a field",
        [],
        low=0,
        high=1,
    )
    assert drawn.startswith(b"\x89PNG")


def test_the_fields_of_a_real_network_are_drawn_at_its_corners() -> None:
    # Fields of deep rows reach far beyond a small picture, and those of neighbours still further.
    network = network_of(
        Row("in", Input.image(1, 12, 12)),
        *(
            row
            for number in range(3)
            for row in (
                Row(f"c{number}", Convolution(2, 3, padding="same"), "ReLU"),
                Row(f"p{number}", MaxPooling(2, stride=1, padding="same")),
            )
        ),
        Row("out", FullyConnected(2)),
    )
    for place in ((0, 0), (0, 11), (11, 0), (11, 11)):
        look = Look("picture", torch.rand(1, 1, 12, 12), 0, 1)
        files = show_picture(network, look, ("a", "b"), (0,), chosen=("p2", 0, place))
        assert "field.png" in {file.name for file in files}


def test_what_is_no_network_is_refused_by_every_function() -> None:
    for name in see.__all__:
        function = getattr(see, name)
        if not inspect.isfunction(function):
            continue
        needed = [
            one.name
            for one in inspect.signature(function).parameters.values()
            if one.default is one.empty
        ]
        with pytest.raises(UsageError) as caught:
            function(**dict.fromkeys(needed, object()))
        assert f"{name}, {needed[0]}: it is " in str(caught.value)
    with pytest.raises(UsageError) as told:
        see.tuning(5)  # type: ignore[arg-type]
    assert str(told.value) == (
        "tuning, network: it is 5.\n"
        "  Needed: a Network.\n"
        "  Fix: see help(tuning) for what network means."
    )
    with pytest.raises(UsageError, match="it has no argument 'rows'"):
        see.tuning(network_of(Row("in", Input.image(1, 8, 8))), rows="C1")  # type: ignore[call-arg]


def test_a_picture_s_files_are_told_from_those_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(Path(__file__).parents[2] / "examples" / "digits" / "two-16-bit.png")
    out = tmp_path / "out"
    assert main(["see", "lenet5", picture, "-o", str(out), "--class", "7"]) == 0
    assert capsys.readouterr().err == ""
    (out / "reasons-07-7.png").rename(out / "reasons-11-another.png")
    assert main(["see", "lenet5", picture, "-o", str(out)]) == 0
    told = f"In {out}, and not of this look: reasons-11-another.png."
    assert capsys.readouterr().err == f"note: {told}\n"
    assert main(["see", "lenet5", picture, "-o", str(out), "--json"]) == 0
    assert told in json.loads(capsys.readouterr().out)["remarks"]
    names = [f"{number}.png" for number in range(7)]
    assert others_in_folder("o", names) == (
        "In o, and not of this look: 0.png, 1.png, 2.png, 3.png, 4.png and 2 more."
    )


def test_the_name_of_a_file_is_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "see.png"
    assert main(["see", "lenet5", "-o", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"error: -o: {out} is the name of a file (image/png), and several files are written.\n"
        "  Needed: the name of a folder.\n"
        f"  Fix: write -o {tmp_path / 'see'}.\n"
    )
    assert not out.exists()


def test_a_folder_is_no_name_of_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(Path(__file__).parents[2] / "examples" / "digits" / "two-16-bit.png")
    for command in (
        ["see", "lenet5", picture, "--page", "/"],
        ["convert", "lenet5", "--to", "keras", "-o", "/"],
    ):
        assert main(command) == 2
        assert capsys.readouterr().err == (
            "error: /: Is a directory.\n"
            "  Needed: a file or folder that can be opened, and room for what is written.\n"
            "  Fix: correct the path or its permissions, or make room on the disk.\n"
        )
