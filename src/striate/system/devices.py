"""Where a network is: on the processor, or on a graphics card."""

import os

import torch

from striate.errors import DeviceError
from striate.errors.devices import no_such_device


PROCESSOR = "cpu"
"""As torch names it."""


def check_device(device: str, where: str) -> None:
    """Make sure that torch finds a device.

    Args:
        device: As torch names it: `cpu`, `cuda` or `cuda:1`.
        where: What asks for it, for the message.

    Raises:
        DeviceError: It does not.
    """
    cards = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    if device not in (PROCESSOR, *cards, *(["cuda"] if cards else [])):
        raise DeviceError(no_such_device(where, device))


def available_cores() -> int:
    """Count the processor's cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
