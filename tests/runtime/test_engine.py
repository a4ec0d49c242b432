"""Another engine that reads large networks: used where it agrees and is faster, and nowhere else."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import striate
from striate.documents import read_networks
from striate.errors import UsageError
from striate.runtime import InferenceForm, engine, inference
from striate.runtime.engine import EngineError, EngineNetwork, choose_engine
from striate.runtime.guard import SlowerWarning
from striate.runtime.large_network import LargeNetwork


TABLE = """
| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| In | Input | 3 | 32x32 | | |
| C1 | Convolution | 32 | 32x32 | 5x5, padding 2 | ReLU |
| B1 | BatchNormalization | 32 | 32x32 | | |
| P1 | MaxPooling | 32 | 16x16 | 2x2, stride 2 | |
| Out | FullyConnected | | 4 | | |
"""

CANNOT = EngineError("it cannot")

openvino = pytest.mark.skipif(find_spec("openvino") is None, reason="openvino is not installed")


def network() -> Any:
    """Return a network of 2.5 million products, whose statistics are those of some batches."""
    torch.manual_seed(3)
    made = striate.build(read_networks(TABLE, "net.md")[0])
    for _ in range(3):
        made.train()(torch.randn(8, 3, 32, 32) * 2 + 1)
    return made.eval()


def kind(form: InferenceForm) -> type[Any]:
    """Return the class of what runs the network now."""
    return type(form.now())


class Stand:
    """Stands for an engine: torch's own outputs, off by something, as often as it is asked."""

    made = 0

    def __init__(self, network: Any, _: str) -> None:
        self.plain, self.off = network, 0.0
        type(self).made += 1

    def __call__(self, examples: Tensor) -> Tensor:
        with torch.no_grad():
            return self.plain(examples) + self.off


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Stand]:
    """Put an engine that is always said to be twice as fast in the place of OpenVINO."""
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path))
    monkeypatch.delenv("STRIATE_KERNELS", raising=False)
    monkeypatch.setattr(engine, "installed_version", lambda: "1")
    monkeypatch.setattr(engine, "_ratio", lambda *_: 2.0)
    monkeypatch.setattr(engine, "EngineNetwork", Stand)
    monkeypatch.setattr(inference, "EngineNetwork", Stand)
    Stand.made = 0
    return Stand


def test_the_faster_one_reads_and_is_measured_once(stand: type[Stand]) -> None:
    net, examples = network(), torch.randn(5, 3, 32, 32)
    form = InferenceForm(net, "fp32")
    assert kind(form) is LargeNetwork
    assert form.choose_engine() == ()
    assert (form.engine(1), kind(form)) == ("openvino", stand)
    torch.testing.assert_close(form(examples), net(examples).detach())
    made = stand.made  # one to be measured, one to read
    assert InferenceForm(net, "fp32").choose_engine() == ()
    assert stand.made == made + 1


@pytest.mark.parametrize("gains", [(2.0, 0.9), (0.9, 2.0)])
def test_each_size_of_batch_is_read_by_what_reads_it_faster(
    stand: type[Stand], monkeypatch: pytest.MonkeyPatch, gains: tuple[float, float]
) -> None:
    monkeypatch.setattr(
        engine, "_ratio", lambda _own, _other, given: gains[0] if len(given) == 1 else gains[1]
    )
    net = network()
    form = InferenceForm(net, "fp32")
    form.choose_engine()
    chosen = ["openvino" if gain > 1 else "own" for gain in gains]
    assert [form.engine(1), form.engine(100)] == chosen
    asked: list[int] = []
    plain = stand.__call__

    def noted(self: Stand, given: Tensor) -> Tensor:
        asked.append(len(given))
        return plain(self, given)

    monkeypatch.setattr(stand, "__call__", noted)
    for count in (1, 4, 5, 16):
        examples = torch.randn(count, 3, 32, 32)
        torch.testing.assert_close(form(examples), net(examples).detach(), rtol=1e-4, atol=1e-4)
    assert asked == ([1, 4] if chosen[0] == "openvino" else [5, 16])


@pytest.mark.usefixtures("stand")
def test_a_slower_one_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_ratio", lambda *_: 1.02)
    form = InferenceForm(network(), "fp32")
    assert form.choose_engine() == ()
    assert (form.engine(1), kind(form)) == ("own", LargeNetwork)


def test_one_that_gives_something_else_is_named(
    stand: type[Stand], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand, "__call__", lambda self, given: self.plain(given).detach() + 0.25)
    form = InferenceForm(network(), "fp32")
    assert form.choose_engine() == (
        "OpenVINO's outputs differ from torch's by up to 0.25; Striate's own form reads the network.",
    )
    assert (form.engine(1), kind(form)) == ("own", LargeNetwork)


def test_one_that_gives_no_number_is_named(
    stand: type[Stand], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        stand, "__call__", lambda self, given: self.plain(given).detach() * torch.nan
    )
    (remark,) = InferenceForm(network(), "fp32").choose_engine()
    assert remark.startswith("OpenVINO's outputs differ from torch's by up to nan;")


def test_other_weights_are_read_by_the_own_form_until_the_engine_pays(
    stand: type[Stand], monkeypatch: pytest.MonkeyPatch
) -> None:
    net, examples = network(), torch.randn(2, 3, 32, 32)
    monkeypatch.setattr(inference, "_EARNED", 3 * net.walk.total.multiply_adds)
    form = InferenceForm(net, "fp32")
    form.choose_engine()
    with torch.no_grad():
        net.Out.weight.mul_(3)
    right = net(examples).detach()
    torch.testing.assert_close(form(examples), right)
    assert kind(form) is LargeNetwork
    torch.testing.assert_close(form(examples), right)
    assert kind(form) is stand


@pytest.mark.usefixtures("stand")
def test_kernels_off_leaves_all_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_KERNELS", "off")
    form = InferenceForm(network(), "fp32")
    assert form.choose_engine() == ()
    assert kind(form) is LargeNetwork


def test_only_own_forms_are_used_where_that_is_asked(stand: type[Stand]) -> None:
    assert kind(striate.for_inference(network(), "fp32", "own")) is LargeNetwork
    assert kind(striate.for_inference(network(), "fp32")) is stand
    with pytest.raises(UsageError, match="engine is 'fastest'"):
        striate.for_inference(network(), "fp32", "fastest")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{}",
        '{"gains": "xy"}',
        '{"gains": [-1, 2]}',
        "[1]",
        '{"gains": [NaN, 2]}',
        '{"gains": [2]}',
    ],
)
def test_a_broken_memory_is_measured_anew(stand: type[Stand], kept: str, tmp_path: Path) -> None:
    net = network()
    own = InferenceForm(net, "fp32").now()
    assert choose_engine(net, "fp32", own).gains == (2, 2)
    (file,) = (tmp_path / "engines").iterdir()
    file.write_text(kept)
    made = stand.made
    assert choose_engine(net, "fp32", own).gains == (2, 2)
    assert stand.made == made + 1


def test_without_openvino_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "installed_version", lambda: None)
    form = InferenceForm(network(), "fp32")
    assert form.choose_engine() == ()
    assert kind(form) is LargeNetwork


def test_what_cannot_be_loaded_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        message = f"Check failed\nno {name}.so"
        raise ImportError(message)

    monkeypatch.setattr(engine, "import_module", missing)
    with pytest.raises(EngineError) as caught:
        EngineNetwork(network(), "fp32")
    assert str(caught.value) == (
        "OpenVINO cannot read the network (no openvino.so); Striate's own form does."
    )


@pytest.mark.usefixtures("stand")
def test_a_network_that_openvino_cannot_read_again_keeps_its_own_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = InferenceForm(network(), "fp32")
    own = form.now()

    def refuses(*_: object) -> None:
        raise CANNOT

    monkeypatch.setattr(inference, "EngineNetwork", refuses)
    with pytest.warns(SlowerWarning, match="it cannot"):
        form.choose_engine()
    assert form.now() is own


@openvino
def test_openvino_itself_gives_what_torch_gives() -> None:
    net = network()
    form = EngineNetwork(net, "fp32")
    for batch in (1, 7, 2):
        examples = torch.randn(batch, 3, 32, 32)
        torch.testing.assert_close(form(examples), net(examples).detach(), rtol=1e-4, atol=1e-4)
    first = form(torch.zeros(1, 3, 32, 32))
    before = first.clone()
    form(torch.ones(1, 3, 32, 32))
    assert torch.equal(first, before)
