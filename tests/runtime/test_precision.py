"""Products of bf16: where they are taken, what stays fp32, and how near the results are."""

from types import MappingProxyType

import pytest
import torch
from torch import Tensor

import striate
from one_row import example
from striate.data import load_source, standardize
from striate.layers import Convolution, Input, Layer, RadialBasis, ResponseNormalization
from striate.modules import build
from striate.recipe import Precision, Recipe
from striate.runtime import TrainingForm
from striate.runtime.precision import lower_precision, multiplies_bf16
from striate.runtime.rows import FasterResponseNorm
from striate.shapes import Features, Image, Shape
from striate.table import Row, Table


CPU = torch.device("cpu")


def with_bf16(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    able = MappingProxyType(dict.fromkeys(names, True))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("avx512_bf16", "avx512_f"), True),
        (("amx_bf16",), True),
        (("neon", "bf16"), True),
        (("avx512_f", "avx512_vnni"), False),
        ((), False),
    ],
)
def test_bf16_needs_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], *, expected: bool
) -> None:
    with_bf16(monkeypatch, *names)
    assert multiplies_bf16(CPU) is expected


@pytest.mark.parametrize(
    ("network", "able", "precision", "expected"),
    [
        ("fashion-cnn", True, "auto", True),
        ("alexnet", True, "auto", True),
        ("lenet5", True, "auto", False),  # too small to gain
        ("text-cnn", True, "auto", False),  # its products leave out zeros instead
        ("fashion-cnn", False, "auto", False),
        ("fashion-cnn", False, "bf16", True),
        ("lenet5", True, "bf16", True),
        ("fashion-cnn", True, "fp32", False),
    ],
)
def test_auto_takes_bf16_where_it_pays(
    monkeypatch: pytest.MonkeyPatch,
    network: str,
    precision: Precision,
    *,
    able: bool,
    expected: bool,
) -> None:
    with_bf16(monkeypatch, *(["avx512_bf16"] if able else []))
    walk = striate.load(network).sound_walk()
    with lower_precision(precision, walk, CPU):
        assert torch.is_autocast_enabled("cpu") is expected
    assert not torch.is_autocast_enabled("cpu")


def gradients(precision: Precision, *, double: bool = False) -> tuple[Tensor, Tensor]:
    """The scores of LeNet-5 with a softmax for some digits, and the slopes of their loss."""
    document = striate.load("lenet5-softmax")
    network = build(document)
    train = load_source("mnist").train
    inputs = standardize(
        torch.nn.functional.pad(train.images[:64], (2, 2, 2, 2)), document.preparation, None
    )
    if double:
        network, inputs = network.double(), inputs.double()
    with lower_precision(precision, network.walk, CPU):
        scores = network(inputs)
    wide = torch.promote_types(scores.dtype, torch.float32)
    torch.nn.functional.cross_entropy(scores.to(wide), train.labels[:64]).backward()  # type: ignore[no-untyped-call]
    found = [one.grad for one in network.parameters()]
    assert all(one is not None and one.dtype != torch.bfloat16 for one in found)
    return scores.to(wide), torch.cat([one.flatten() for one in found if one is not None])


def test_steps_of_bf16_point_where_those_of_double_precision_do() -> None:
    exact_scores, exact = gradients("fp32", double=True)
    scores, lower = gradients("bf16")
    # A bf16 number holds 8 bits: one part in 256.
    assert torch.allclose(scores.double(), exact_scores, atol=0.05)
    cosine = torch.nn.functional.cosine_similarity(lower.double(), exact, dim=0)
    assert 0.999 < float(cosine) < 1 - 1e-9  # 1 would mean that bf16 was not used
    assert abs(float(lower.norm() / exact.norm()) - 1) < 0.02


def test_sums_of_response_normalisation_stay_wide() -> None:
    """Many equal squares: bf16 would stop adding as soon as the sum is 256 times a term."""
    layer = ResponseNormalization(5, 1.0, 0.75, 1.0, is_divided=False)
    module = FasterResponseNorm(layer)
    values = torch.tensor([16.0, 1.0, 1.0, 1.0, 1.0], dtype=torch.bfloat16).view(1, 5, 1, 1)
    values.requires_grad_()
    out = module(values)
    assert out.dtype == torch.bfloat16
    # The third map sees all five: 1 + 256 + 4 = 261, which bf16 would round to 260 or 262.
    expected = torch.tensor(261.0**-0.75).bfloat16()
    assert float(out[0, 2, 0, 0].detach()) == float(expected)
    out.sum().backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    assert values.grad.dtype == torch.bfloat16
    wide = values.detach().double().requires_grad_()
    module(wide).sum().backward()  # type: ignore[no-untyped-call]
    assert wide.grad is not None
    assert torch.allclose(values.grad.double(), wide.grad, rtol=0.01, atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (RadialBasis(10), Features(84)),
        (Convolution(4, (3, 6)), Image(1, 9, 6)),
    ],
    ids=["distances", "sentences"],
)
def test_distances_and_sentences_are_the_same_in_both(layer: Layer, shape: Shape) -> None:
    network = build(Table((Row("in", Input(shape)), Row("row", layer))))
    values = torch.from_numpy(example(shape)).float().unsqueeze(0)
    lower, wide = (TrainingForm(network, Recipe(precision=one))(values) for one in ("bf16", "fp32"))
    assert lower.dtype == torch.float32
    assert torch.equal(lower, wide)
