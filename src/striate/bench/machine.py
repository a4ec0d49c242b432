"""Which machine the numbers come from."""

import os
import platform
from pathlib import Path

import torch

from striate.system.devices import available_cores
from striate.version import __version__


def describe_machine(device: str) -> dict[str, object]:
    """Tell processor, cores, memory, system and versions, and the name of the accelerator.

    Args:
        device: `cpu` or `cuda`.
    """
    told: dict[str, object] = {
        "processor": _processor(),
        "cores": available_cores(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "memory_bytes": _memory(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "striate": __version__,
    }
    if device == "cuda":
        told["accelerator"] = torch.cuda.get_device_name()
        told["cuda"] = torch.version.cuda
    return told


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> int | None:
    names = ("SC_PAGE_SIZE", "SC_PHYS_PAGES")
    if not all(name in getattr(os, "sysconf_names", {}) for name in names):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
