"""OpenVINO as another way to read a large network: where it is installed, agrees, and is faster on this machine."""

import copy
import hashlib
import json
import math
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from threading import local
from typing import Any, Literal, final

import torch
from torch import Tensor

from striate.errors import CacheError
from striate.errors.runtime import engine_disagrees, engine_refuses
from striate.kernels.compiler import processor
from striate.modules import Network
from striate.runtime.precision import Width
from striate.system.files import cache_folder, write_durably


Engine = Literal["own", "openvino"]
"""What reads a network: forms of Striate's own, or OpenVINO."""

_BATCHES = (1, 16)
"""Examples read at once while both are timed."""

_ROUNDS, _SECONDS = 3, 2.0
"""Turns that each has at least, and seconds after which no further round begins."""

_GAIN = 1.03
"""How much faster OpenVINO must be to be taken: less is noise."""

FEW = 4
"""Examples up to which a batch is read as one alone is."""

_TOLERANCE: dict[Width, float] = {"fp32": 1e-4, "bf16": 5e-2}
"""Largest difference from the plain network's outputs, as a share of the largest of them."""


class EngineError(Exception):
    """OpenVINO cannot read a network, or gives something else; the text says what."""


def installed_version() -> str | None:
    """Return the version of OpenVINO, None where it is not installed."""
    try:
        return version("openvino")
    except PackageNotFoundError:
        return None


@final
class EngineNetwork:
    """A network that OpenVINO reads, with the weights that it has now.

    The model is made from torch's own trace of the network, in this process; nothing is sent or written.

    Args:
        network: As it was built; it stays as it is, and lies on the processor.
        width: Of the numbers that are multiplied.

    Raises:
        EngineError: OpenVINO does not know an operation, or cannot be loaded.
    """

    def __init__(self, network: Network, width: Width) -> None:
        axes = network.walk.input.axes
        plain = copy.deepcopy(network).eval()
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")  # of the tracer, about sizes that a table fixes
                openvino = import_module("openvino")
                traced = torch.jit.trace(  # type: ignore[no-untyped-call]
                    plain, (torch.zeros(2, *axes),), check_trace=False
                )
                decoders = import_module("openvino.frontend.pytorch.ts_decoder")
                reader = import_module("openvino.frontend").FrontEndManager()
                reader = reader.load_by_framework("pytorch")
                # Held until the model is converted: the reader calls back into it.
                decoder = decoders.TorchScriptPythonDecoder(traced)
                model = reader.convert(reader.load(decoder))
                model.reshape([-1, *axes])
                self._model = openvino.Core().compile_model(model, "CPU", _settings(width))
        except (RuntimeError, ImportError, AttributeError, OSError, ValueError) as error:
            raise EngineError(engine_refuses(_reason(error))) from error
        self._kept = local()  # a request reads one batch at a time

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, or batch x values
            out: batch x values, float32
        """
        if not hasattr(self._kept, "request"):
            self._kept.request = self._model.create_infer_request()
        request: Any = self._kept.request
        request.infer([examples.detach().float().numpy()], share_inputs=True)
        # The next batch is written to the same place.
        return torch.from_numpy(request.get_output_tensor(0).data.copy())


def _settings(width: Width) -> dict[str, object]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[width],
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
    }


@final
class ByCount:
    """Two forms of a network, of which each reads the batches that it reads faster.

    Args:
        few: Reads batches of few examples.
        many: Reads the others.
    """

    def __init__(self, few: Any, many: Any) -> None:
        self.few, self.many = few, many

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch, as `EngineNetwork` does."""
        outputs: Tensor = (self.few if len(examples) <= FEW else self.many)(examples)
        return outputs


@final
@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What reads a network faster on this machine, and how that is known.

    Args:
        few: What is taken for batches of few examples.
        many: What is taken for the others.
        gains: How much faster OpenVINO is for either, 1 for as fast; empty where it was not measured.
        remark: What the user should know of it, in one line; empty if nothing.
    """

    few: Engine = "own"
    many: Engine = "own"
    gains: tuple[float, ...] = ()
    remark: str = ""

    @property
    def is_own(self) -> bool:
        """Whether Striate's own form reads all."""
        return self.few == self.many == "own"

    def form(self, own: Any, other: EngineNetwork) -> Any:
        """Return what reads each batch by its choice."""
        if self.few == self.many:
            return own if self.is_own else other
        return ByCount(other, own) if self.many == "own" else ByCount(own, other)


def choose_engine(network: Network, width: Width, own: Any) -> EngineChoice:
    """Decide what reads a network, by both at work in turns; the outcome is remembered for this machine.

    Args:
        network: As it was built, of finite numbers, on the processor.
        width: Of the numbers that are multiplied.
        own: The form that reads it otherwise; it is called with a batch.
    """
    installed = installed_version()
    if installed is None:
        return EngineChoice()
    key = _key(network, width, installed)
    gains = _remembered(key)
    if gains is None:
        try:
            gains = _measured_gains(network, width, own)
        except EngineError as error:
            return EngineChoice(remark=str(error))
        _remember(key, gains)
    few, many = map(_faster, gains)
    return EngineChoice(few, many, gains)


def _faster(gain: float) -> Engine:
    return "openvino" if gain >= _GAIN else "own"


def _measured_gains(network: Network, width: Width, own: Any) -> tuple[float, ...]:
    """Return how much faster OpenVINO reads one example, and many.

    Raises:
        EngineError: It cannot read the network, or does not give what the plain network gives.
    """
    form = EngineNetwork(network, width)
    plain = copy.deepcopy(network).eval()
    draw = torch.Generator().manual_seed(0)
    gains = []
    for batch in _BATCHES:
        examples = torch.randn(batch, *network.walk.input.axes, generator=draw)
        with torch.no_grad():
            right = plain(examples)
        outputs = form(examples)
        # What is not a number is no smaller than anything.
        if not (outputs - right).abs().max() <= _TOLERANCE[width] * right.abs().max():
            raise EngineError(engine_disagrees(float((outputs - right).abs().max())))
        gains.append(_ratio(own, form, examples))
    return tuple(gains)


def _ratio(own: Any, other: Any, examples: Tensor) -> float:
    """Return how many times the seconds of another form the form's own are, both at their quickest."""
    own(examples)
    seconds: tuple[list[float], list[float]] = ([], [])
    began = time.perf_counter()
    for done in count(1):
        for form, taken in zip((own, other), seconds, strict=True):
            start = time.perf_counter()
            form(examples)
            taken.append(time.perf_counter() - start)
        if done >= _ROUNDS and time.perf_counter() - began > _SECONDS / len(_BATCHES):
            break
    return min(seconds[0]) / min(seconds[1])


def _key(network: Network, width: Width, installed: str) -> str:
    """Name all that a measured gain depends on, but for the weights."""
    facts = (
        *(str(network), str(network.walk.input), width, installed, torch.__version__),
        *(str(torch.get_num_threads()), processor()),
    )
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


def _remembered(key: str) -> tuple[float, ...] | None:
    with suppress(CacheError, OSError, ValueError, TypeError, KeyError):
        kept = json.loads((cache_folder() / "engines" / f"{key}.json").read_text(encoding="utf-8"))
        gains = tuple(map(float, kept["gains"]))
        is_sound = len(gains) == len(_BATCHES) and all(0 < gain < math.inf for gain in gains)
        return gains if is_sound else None
    return None


def _remember(key: str, gains: tuple[float, ...]) -> None:
    """Keep gains where they can be kept; they are measured again where they cannot."""
    with suppress(CacheError, OSError):
        folder = cache_folder() / "engines"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(
            folder / f"{key}.json", json.dumps({"gains": [round(gain, 3) for gain in gains]}) + "\n"
        )


def _reason(error: BaseException) -> str:
    """Return the last line of what went wrong: those of OpenVINO begin with places in its own source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")
