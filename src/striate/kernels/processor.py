"""What the processor can do, as torch tells it."""

import torch


def has_any(*names: str) -> bool:
    """Tell whether the processor has one of some extensions, as `torch.cpu.get_capabilities` names them.

    Older releases of torch cannot tell; then it has none.
    """
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(able.get(name) for name in names)


def multiplies_bf16_pairs() -> bool:
    """Tell whether it has the instructions that the kernels in bf16 are written with."""
    return has_any("avx512_bf16")
