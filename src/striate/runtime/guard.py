"""Whether a network is still what a form was made from: asked before each use, in a few microseconds."""

import warnings
from collections.abc import Callable, Mapping
from operator import call, itemgetter
from typing import Any, final

import torch
from torch import Tensor, UntypedStorage, nn
from torch.autograd import forward_ad
from torch.nn.modules import module as torch_module
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.overrides import _get_current_function_mode_stack
from torch.utils._device import DeviceContext
from torch.utils.hooks import RemovableHandle

from striate.errors.runtime import runs_plainly
from striate.modules import Network, description_of, options_of


class SlowerWarning(UserWarning):
    """A network runs as torch alone runs it, because something was changed that a form does not know."""


@final
class _Steps:
    """Counts the steps of all optimizers of torch: fused ones change tensors without a new version."""

    count = 0
    is_registered = False

    @classmethod
    def register(cls) -> None:
        if not cls.is_registered:
            cls.is_registered = True
            register_optimizer_step_post_hook(lambda *_: note_step())


def note_step() -> None:
    """Tell all forms that weights have changed in a way that torch does not count."""
    _Steps.count += 1


_tracing_state = torch._C._get_tracing_state
_dispatch_modes = torch._C._len_torch_dispatch_stack
_function_modes = torch._C._len_torch_function_stack
_interpreters = torch._C._functorch.peek_interpreter_stack

_Kept = Mapping[str, Tensor | None]
_Looked = tuple[_Kept, str, Tensor, int, Callable[[], int], int, bool]
"""Where a tensor is kept, and its name there; it, its version, what gives its address, that address, and
whether it is trained."""

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_GLOBAL_HOOKS = tuple(getattr(torch_module, f"_global{name}") for name in _HOOKS)


@final
class Guard:
    """What a network was when a form was made from it.

    What is written to `parameter.data` in place cannot be seen: torch counts it nowhere. A changed option, such
    as the `eps` of a normalisation or the stride of a pooling, and another class of a module are seen as a changed
    weight is.

    Args:
        network: The network; it is looked at and stays as it is.
        follows_values: Whether another value of a number counts as a change, too: a form that keeps copies
            needs that, and one that reads the network's own numbers does not.
    """

    def __init__(self, network: Network, *, follows_values: bool) -> None:
        _Steps.register()
        modules = tuple(network.modules())
        self._follows_values = follows_values
        hooks = (getattr(module, name) for module in modules for name in _HOOKS)
        self._hooks = (*_GLOBAL_HOOKS, *hooks)
        self._children = [
            (module._modules, tuple(module._modules.values()))
            for module in modules
            if module._modules
        ]
        # A method put in the place of a class's own is one attribute more.
        self._modules = [
            (module, type(module), vars(module), len(vars(module))) for module in modules
        ]
        optional = [module for module in modules[1:] if options_of(module)]
        self._option_places = [*map(vars, optional)]
        self._options = [itemgetter(*options_of(module)) for module in optional]
        self._chosen = [*map(call, self._options, self._option_places)]
        self.reason = _foreign(network)
        found: list[tuple[_Kept, str, Tensor]] = [
            (kept, name, values)
            for module in modules
            for kept in (module._parameters, module._buffers)
            for name, values in kept.items()
            if values is not None and self.reason is None  # others may have no address
        ]
        self._tensors: list[_Looked] = [
            (
                kept,
                name,
                values,
                _version(values),
                values.data_ptr,
                values.data_ptr(),
                values.requires_grad,
            )
            for kept, name, values in found
        ]
        # Held, so that nothing else can come to the same address.
        self._storages: list[UntypedStorage] = [values.untyped_storage() for *_, values in found]
        is_uncounted = follows_values and any(values.is_inference() for *_, values in found)
        self.holds: Callable[[], bool] = (
            (lambda: False) if self.reason is not None or is_uncounted else self._question()
        )
        """Whether the network is what it was, and is not being traced, faked or transformed. One that is foreign
        to forms, or whose changes are not counted, never is: it is looked at anew for each use."""

    def _question(self) -> Callable[[], bool]:
        """Return the function that answers `holds`.

        An answer of a small network takes a few microseconds, of which this is a third. So it is one function
        that calls few others, and finds all names in its own cells.
        """
        handles, hooks, steps = RemovableHandle.next_id, self._hooks, _Steps.count
        tensors, children, modules = self._tensors, self._children, self._modules
        follows_values = self._follows_values
        option_places, options, chosen = self._option_places, self._options, self._chosen

        def holds() -> bool:
            nonlocal handles
            if RemovableHandle.next_id != handles:  # torch gave out handles for hooks, anywhere
                if any(hooks):
                    return False
                handles = RemovableHandle.next_id
            # As `is_transformed`, without a call for it.
            if (
                _tracing_state() is not None
                or _dispatch_modes()
                or (_function_modes() and _is_watched())
                or _interpreters() is not None
                or forward_ad._current_level >= 0
            ):
                return False
            try:
                if follows_values:
                    if _Steps.count != steps:
                        return False
                    for kept, name, values, version, address_of, address, _ in tensors:
                        if (
                            kept[name] is not values
                            or values._version != version
                            or address_of() != address
                        ):
                            return False
                else:
                    for kept, name, values, _, address_of, address, is_trained in tensors:
                        if (
                            kept[name] is not values
                            or values.requires_grad is not is_trained
                            or address_of() != address
                        ):
                            return False
                if chosen and [*map(call, options, option_places)] != chosen:
                    return False
            except KeyError:  # a tensor or an option was taken out
                return False
            for named, those in children:
                if tuple(named.values()) != those:
                    return False
            for module, kind, attributes, count in modules:
                if type(module) is not kind or len(attributes) != count:
                    return False
            return True

        return holds


def _version(values: Tensor) -> int:
    return (
        0 if values.is_inference() else values._version
    )  # what is made in inference mode has none


def is_transformed() -> bool:
    """Whether torch is tracing, exporting, faking tensors, or transforming functions."""
    return bool(
        _tracing_state() is not None
        or _dispatch_modes()  # FakeTensorMode, and what exports and compiles
        or (_function_modes() and _is_watched())
        or _interpreters() is not None
        or forward_ad._current_level >= 0
    )


def _is_watched() -> bool:
    """Whether a mode looks at torch's functions, and does more than `torch.set_default_device` does."""
    modes: list[object] = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return not all(isinstance(mode, DeviceContext) for mode in modes)


def _foreign(network: Network) -> str | None:
    """Say what about a network no form knows; None if it is as it was built."""
    if is_transformed():
        return "it is being traced or transformed"
    if any(_GLOBAL_HOOKS):
        return "torch has hooks for all modules"
    for name, module in network.named_modules():
        where = name or "the network"
        if any(getattr(module, hooks) for hooks in _HOOKS):
            return f"{where} has hooks"
        if "forward" in vars(module):
            return f"{where} has another forward"
    was, types, shapes, options = network.built_as
    now, classes, found, chosen = description_of(network)
    if classes[0] is not Network:
        return f"it is a {classes[0].__name__}, which may run its rows in a way of its own"
    if now != was:
        return _other_line(was, now)
    for (name, _), kind, known in zip(network.named_modules(), classes, types, strict=True):
        if kind is not known:
            return f"{name} is of another class that is called {known.__name__}, too"
    if found != shapes:
        return _other_shape(shapes, found)
    for option, before in options.items():  # torch shows some of them nowhere
        if chosen.get(option) != before:
            return f"{option} was {before!r} and is {chosen.get(option)!r}"
    return _foreign_tensor(network)


def _other_line(was: str, now: str) -> str:
    lines = zip(was.splitlines(), now.splitlines(), strict=False)
    before, after = next(((old, new) for old, new in lines if old != new), ("", ""))
    return f"it was built with {before.strip()} and has {after.strip()}"


def _other_shape(was: Any, now: Any) -> str:
    names = [name for name, shape in now if (name, shape) not in was]
    return f"{names[0]} has another shape" if names else "a tensor was taken out of it"


def _foreign_tensor(network: Network) -> str | None:
    device = None
    for name, values in (*network.named_parameters(), *network.named_buffers()):
        device = device or values.device
        if type(values) not in {nn.Parameter, Tensor}:
            return f"{name} is a {type(values).__name__}"
        if values.is_floating_point() and values.dtype != torch.float32:
            return f"{name} is {values.dtype}"
        if values.device != device:
            return f"{name} is on {values.device}, and others on {device}"
        if values.layout != torch.strided:
            return f"{name} holds no numbers that lie side by side"
    return None


@final
class Saying:
    """Says once for each reason why a network runs more slowly than it could."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, reason: str) -> None:
        """Warn, unless the reason was told before."""
        if reason not in self._said:
            self._said.add(reason)
            warnings.warn(runs_plainly(reason), SlowerWarning, stacklevel=4)
