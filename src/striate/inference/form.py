"""A trained network made ready to be read, and made anew when its weights have changed."""

from collections.abc import Callable, Mapping
from typing import final

import torch
from torch import Tensor, UntypedStorage

from striate.inference.bf16_network import Bf16Network
from striate.inference.bf16_rows import rows_of
from striate.inference.large import LargeNetwork
from striate.inference.program import UnknownRowError, program_of
from striate.inference.small import SmallNetwork
from striate.kernels import Kernel, bf16_network, compile_kernels
from striate.kernels.processor import multiplies_bf16_pairs
from striate.kernels.small_network import KERNEL
from striate.layers import Embedding
from striate.modules import Network, Width, width_of
from striate.recipe import Precision
from striate.shapes import Words


Form = SmallNetwork | Bf16Network | LargeNetwork

_MOST_PRODUCTS = 2_000_000
"""Products of an example up to which one core does all rows while torch is still calling them."""


_Slots = Mapping[str, Tensor | None]
_Seen = tuple[_Slots, str, Tensor, int, int, UntypedStorage]
"""Where a tensor is kept, under which name; itself, its version, its address, and what lies there, which is
held so that nothing else can come to that address."""


@final
class InferenceForm:
    """A network for inference: the same outputs up to rounding, in a fraction of the time.

    It is not in training mode, whatever its network is, and gives no gradients. Every call looks whether
    the network's numbers are still those that it was made from: after a step of training, with another
    state, or on another device it is made anew.

    Args:
        network: The network; it stays as it is.
        precision: Of products. `auto` takes bf16 for large networks of images, on devices that multiply
            it faster; weights stay fp32 in the network, and so do here sums of response normalisation,
            distances, products of sentences, and the scores of the last row.
    """

    def __init__(self, network: Network, precision: Precision = "auto") -> None:
        self.network, self.asked, self.ending = network, precision, network.ending
        self._slots: list[tuple[_Slots, str]] = [
            (kept, name)
            for module in network.modules()
            for kept in (module._parameters, module._buffers)
            for name, tensor in kept.items()
            if tensor is not None
        ]
        # What is made in inference mode has no version.
        self._cannot_follow = any(kept[name].is_inference() for kept, name in self._slots)  # type: ignore[union-attr]
        self._made_from: list[_Seen] = []
        self._run: Form | None = None

    @property
    def width(self) -> Width:
        """Of the numbers whose products are taken."""
        return width_of(self.asked, self.network.walk, self.device)

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x classes, or batch x 1 for one score; at least fp32
        """
        return self.now()(examples)

    def now(self) -> Form:
        """Give what runs the network, made anew if its numbers have changed."""
        run = self._run
        if run is None or self._cannot_follow:
            return self._made_anew()
        # A changed tensor has another version, one of other data another address.
        for kept, name, tensor, version, address, _ in self._made_from:
            if (
                kept[name] is not tensor
                or tensor._version != version
                or tensor.data_ptr() != address
            ):
                return self._made_anew()
        return run

    def _made_anew(self) -> Form:
        # What was there before it is made: a change meanwhile is seen by the next call.
        made_from = [] if self._cannot_follow else [_seen(kept, name) for kept, name in self._slots]
        run = self._run = self._made()
        self._made_from = made_from
        return run

    @property
    def device(self) -> torch.device:
        """Where its network is."""
        return next((kept[name].device for kept, name in self._slots), torch.device("cpu"))  # type: ignore[union-attr]

    def _made(self) -> Form:
        network = self.network
        number = next((one.dtype for one in network.parameters()), torch.float32)
        was_training = network.training
        network.eval()
        try:
            with torch.no_grad():
                if number == torch.float32 and self.width == "fp32":
                    small = self._small()
                    if small is not None:
                        return small
                if self.width == "bf16":
                    fast = self._in_bf16()
                    if fast is not None:
                        return fast
                    number = torch.bfloat16
                return LargeNetwork(network, number)
        finally:
            network.train(was_training)

    def _small(self) -> SmallNetwork | None:
        network = self.network
        if self.device.type != "cpu" or not KERNEL.is_ready or not _is_small(network):
            return None
        try:
            program = program_of(network)
        except UnknownRowError:
            return None
        walk = network.walk
        return SmallNetwork(program, walk.input.axes, _words(network), walk.total.multiply_adds)

    def _in_bf16(self) -> Bf16Network | None:
        if self.device.type != "cpu" or not bf16_network.KERNEL.is_ready:
            return None
        try:
            return Bf16Network(self.network)
        except UnknownRowError:
            return None


def _seen(kept: _Slots, name: str) -> _Seen:
    tensor = kept[name]
    if tensor is None:
        message = f"{name} was taken out of its module"
        raise ValueError(message)
    return kept, name, tensor, tensor._version, tensor.data_ptr(), tensor.untyped_storage()


def kernels_for(network: Network, precision: Precision = "auto") -> tuple[Kernel, ...]:
    """Give what a network's inference has in C++ beside the kernels of its rows.

    Args:
        network: The network.
        precision: Of products, as `InferenceForm` takes it.
    """
    if width_of(precision, network.walk, torch.device("cpu")) == "bf16":
        if not multiplies_bf16_pairs():
            return ()
        kernel = bf16_network.KERNEL
        write: Callable[[Network], object] = rows_of
    elif _is_small(network):
        kernel, write = KERNEL, program_of
    else:
        return ()
    try:
        with torch.no_grad():
            write(network)
    except UnknownRowError:
        return ()
    return (kernel,)


def for_inference(network: Network, precision: Precision = "auto") -> InferenceForm:
    """Make a network ready to be read as fast as the machine can.

    Small networks are compiled into one call, which takes a second once a machine; where there is no
    compiler, torch runs their rows.

    Args:
        network: The network; where its numbers change, the next call uses the new ones.
        precision: Of products: `fp32`, `bf16`, or `auto`, which takes bf16 for large networks of images
            on devices that multiply it faster.

    Returns:
        What is called like the network itself.
    """
    compile_kernels((*network.kernels, *kernels_for(network, precision)))
    return InferenceForm(network, precision)


def _is_small(network: Network) -> bool:
    """Tell whether one core does an example at once: most products of a sentence are left out."""
    walk = network.walk
    return walk.total.multiply_adds <= _MOST_PRODUCTS or isinstance(walk.input, Words)


def _words(network: Network) -> int | None:
    if not isinstance(network.walk.input, Words):
        return None
    counts = [
        row.layer.words for row in network.walk.table.rows if isinstance(row.layer, Embedding)
    ]
    return min(counts, default=0)
