"""The form of a network that reads: weights laid out once, rows merged, little between them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Literal, final

import torch
from torch import Tensor

from striate.errors import UsageError
from striate.errors.arguments import need
from striate.errors.recipes import field_not_a_choice
from striate.kernels import Kernel, bf16_network, compile_kernels, is_switched_off, small_network
from striate.kernels.processor import multiplies_bf16_pairs
from striate.layers import Embedding
from striate.modules import Network
from striate.recipe import Precision
from striate.runtime.bf16_network import Bf16Network
from striate.runtime.bf16_rows import rows_of
from striate.runtime.engine import (
    FEW,
    ByCount,
    Engine,
    EngineChoice,
    EngineError,
    EngineNetwork,
    choose_engine,
)
from striate.runtime.guard import Guard, Saying, SlowerWarning, is_transformed
from striate.runtime.large_network import LargeNetwork
from striate.runtime.precision import Width, width_of
from striate.runtime.program import UnknownRowError, program_of
from striate.runtime.small_network import SmallNetwork
from striate.shapes import Words


_MOST_PRODUCTS = 2_000_000
"""Products of an example up to which one core does all rows while torch is still calling them."""

_EARNED = 200_000_000_000
"""Products that are read with the same weights before another engine is made ready again: it takes a second."""


_OWN = EngineChoice()


@final
class PlainNetwork:
    """A network as torch alone runs it, as if it were not in training mode.

    Args:
        network: It stays as it is.
    """

    _switching = Lock()

    def __init__(self, network: Network) -> None:
        self.network = network

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch, whose numbers become those of the network."""
        number = next((values.dtype for values in self.network.parameters()), torch.float32)
        if examples.is_floating_point() and number.is_floating_point:
            examples = examples.to(number)
        with self._reading(), torch.no_grad():
            outputs: Tensor = self.network(examples)
        return outputs.to(torch.promote_types(outputs.dtype, torch.float32))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Take training mode from all modules that are in it, and give it back."""
        if not any(module.training for module in self.network.modules()):
            yield
            return
        with self._switching:
            training = [module for module in self.network.modules() if module.training]
            for module in training:
                module.training = False
            try:
                yield
            finally:
                for module in training:
                    module.training = True


Form = SmallNetwork | Bf16Network | LargeNetwork | EngineNetwork | ByCount | PlainNetwork


@final
class InferenceForm:
    """A network for inference: the same outputs up to rounding, in a fraction of the time.

    It reads as if its network were not in training mode, changes nothing of it, and gives no gradients.
    Every call looks whether the network is still what the form was made from: after a step of any optimizer,
    with another state, or on another device it is made anew. A network with hooks, replaced modules,
    parametrizations, or numbers of another width is run by torch alone, and a `SlowerWarning` says why. What is
    written to `parameter.data` in place can be seen by nobody: call `refresh` after it.

    Args:
        network: The network; it stays as it is.
        precision: Of products. `auto` takes bf16 for large networks of images, on devices that multiply
            it faster; weights stay fp32 in the network, and so do here sums of response normalisation,
            distances, products of sentences, and the scores of the last row.
        choice: What reads a large network of images: a form of Striate's own, or OpenVINO, as `choose_engine`
            decides it.
    """

    def __init__(
        self,
        network: Network,
        precision: Precision = "auto",
        choice: EngineChoice = _OWN,
    ) -> None:
        self.network, self.asked, self.ending = network, precision, network.ending
        self.choice = choice
        self._to_earn = 0  # products to be read before the engine is made ready
        self._guard: Guard | None = None
        self._run: Form = PlainNetwork(network)
        self._say = Saying()
        self._is_on_processor = True

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies are made anew from a copy of the network: this one holds addresses."""
        return InferenceForm, (self.network, self.asked, self.choice)

    @property
    def width(self) -> Width:
        """The width of the numbers that are multiplied: `fp32` or `bf16`."""
        return width_of(self.asked, self.network.walk, self.device)

    @property
    def device(self) -> torch.device:
        """The device that holds the network."""
        tensors = (*self.network.parameters(), *self.network.buffers())
        return tensors[0].device if tensors else torch.device("cpu")

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x classes, or batch x 1 for one score; at least fp32
        """
        guard = self._guard
        if guard is None or not guard.holds():
            self._make()
        run = self._run
        # Small networks come first: what is asked here is a part of what they take.
        if type(run) is SmallNetwork:
            is_fit = type(examples) is Tensor and examples.is_cpu
        else:
            if self._to_earn:
                run = self._earn(len(examples))
            is_fit = type(run) is PlainNetwork or (
                type(examples) is Tensor
                and examples.is_cpu is self._is_on_processor
                and _is_finite(examples)  # a ReLU of oneDNN hides what is not a number
            )
        return run(examples) if is_fit else PlainNetwork(self.network)(examples)

    def refresh(self) -> None:
        """Make the form anew at its next use, whatever has changed."""
        self._guard = None

    def choose_engine(self) -> tuple[str, ...]:
        """Have OpenVINO read the network if it is installed, gives the same, and is faster on this machine.

        It is asked for large networks of images on the processor. Both are timed once, for some seconds, and the
        outcome is remembered in the cache. Where weights change later, Striate's own form reads until so much was
        read that making the engine ready again pays.

        Returns:
            What the user should know, in at most one line.
        """
        run = self.now()
        if not isinstance(run, LargeNetwork | Bf16Network) or not self._may_have_engine():
            return ()
        self.choice = choose_engine(self.network, self.width, run)
        if not self.choice.is_own:
            self._run = self._by_engine(run)
        return (self.choice.remark,) if self.choice.remark else ()

    def engine(self, examples: int) -> Engine:
        """Return what reads batches of so many examples."""
        return self.choice.few if examples <= FEW else self.choice.many

    def _may_have_engine(self) -> bool:
        reads_words = isinstance(self.network.walk.input, Words)
        return self._is_on_processor and not reads_words and not is_switched_off()

    def _by_engine(self, own: Form) -> Form:
        try:
            form: Form = self.choice.form(own, EngineNetwork(self.network, self.width))
        except EngineError as error:
            warnings.warn(str(error), SlowerWarning, stacklevel=2)
            self.choice = _OWN
            return own
        return form

    def _earn(self, examples: int) -> Form:
        """Count what is read with these weights, and make the engine ready once that pays."""
        self._to_earn -= examples * self.network.walk.total.multiply_adds
        if self._to_earn <= 0:
            self._to_earn = 0
            self._run = self._by_engine(self._run)
        return self._run

    def now(self) -> Form:
        """Return what runs the network, made anew if the network has changed."""
        guard = self._guard
        if guard is None or not guard.holds():
            self._make()
        return self._run

    def _make(self) -> None:
        # What was there before it is made: a change meanwhile is seen by the next call.
        guard = Guard(self.network, follows_values=True)
        self._to_earn = 0
        if guard.reason is not None:
            if not is_transformed():
                self._say(guard.reason)
            self._run = PlainNetwork(self.network)
        elif self.device.type == "meta" or not _all_are_finite(self.network):
            self._run = PlainNetwork(self.network)
        else:
            with torch.no_grad():
                self._run = self._made()
            is_large = isinstance(self._run, LargeNetwork | Bf16Network)
            if not self.choice.is_own and is_large and self._may_have_engine():
                self._to_earn = _EARNED
        self._guard = guard

    def _made(self) -> Form:
        network, width = self.network, self.width
        is_here = self._is_on_processor = self.device.type == "cpu"
        try:
            if width == "fp32" and is_here and small_network.KERNEL.is_ready and _is_small(network):
                walk = network.walk
                program, words = program_of(network), _words(network)
                return SmallNetwork(program, walk.input.axes, words, walk.total.multiply_adds)
            if width == "bf16" and is_here and bf16_network.KERNEL.is_ready:
                return Bf16Network(network)
        except UnknownRowError:
            pass
        return LargeNetwork(network, torch.bfloat16 if width == "bf16" else torch.float32)


def _is_finite(values: Tensor) -> bool:
    """Whether all numbers are finite: one sum of all is not, if one is not."""
    return not values.is_floating_point() or bool(values.detach().sum().isfinite())


def _all_are_finite(network: Network) -> bool:
    tensors = (*network.parameters(), *network.buffers())
    return all(map(_is_finite, tensors))


def kernels_for(network: Network, precision: Precision = "auto") -> tuple[Kernel, ...]:
    """Return the kernels in C++ that a network is read with.

    Args:
        network: The network.
        precision: Of products, as `InferenceForm` takes it.
    """
    is_bf16 = width_of(precision, network.walk, torch.device("cpu")) == "bf16"
    try:
        with torch.no_grad():
            if is_bf16 and multiplies_bf16_pairs():
                rows_of(network)
                return (bf16_network.KERNEL,)
            if not is_bf16 and _is_small(network):
                program_of(network)
                return (small_network.KERNEL,)
    except UnknownRowError:
        pass
    return ()


def for_inference(
    network: Network, precision: Precision = "auto", engine: Literal["auto", "own"] = "auto"
) -> InferenceForm:
    """Make a network ready to be read as fast as the machine can.

    Small networks are compiled into one call, which takes a second once a machine; where there is no
    compiler, torch runs their rows. Large networks of images are read by OpenVINO where it is installed (extra
    `fast`), gives the same and is faster on this machine, which is measured once, for some seconds.

    Args:
        network: The network; where its numbers change, the next call uses the new ones.
        precision: Of products: `fp32`, `bf16`, or `auto`, which takes bf16 for large networks of images
            on devices that multiply it faster.
        engine: `own` for Striate's own forms alone, whatever is installed.

    Returns:
        What is called like the network itself.
    """
    need("network", network, Network, "what striate.build returns")
    if engine not in {"auto", "own"}:
        raise UsageError(field_not_a_choice("engine", engine, ("auto", "own")))
    compile_kernels(kernels_for(network, precision))
    form = InferenceForm(network, precision)
    for remark in form.choose_engine() if engine == "auto" else ():
        warnings.warn(remark, SlowerWarning, stacklevel=2)
    return form


def _is_small(network: Network) -> bool:
    """Whether one core does an example at once: most products of a sentence are left out."""
    walk = network.walk
    return walk.total.multiply_adds <= _MOST_PRODUCTS or isinstance(walk.input, Words)


def _words(network: Network) -> int | None:
    if not isinstance(network.walk.input, Words):
        return None
    counts = [
        row.layer.words for row in network.walk.table.rows if isinstance(row.layer, Embedding)
    ]
    return min(counts, default=0)
