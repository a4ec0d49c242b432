"""Messages about devices."""

from striate.errors.fault import Fault


def no_such_device(where: str, device: str) -> Fault:
    """Report a device that torch does not find."""
    return Fault(
        where=where,
        came=f"torch finds no device {device} here.",
        needed="a graphics card of NVIDIA, its driver, and a torch that was built for it.",
        fix="leave it out, or say `--device cpu`, to use the processor.",
    )
