"""What torchrun tells a process that it starts, in variables of the environment."""

import os
from collections.abc import Mapping


_NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""Variables of the environment that `torchrun` sets for each process that it starts."""
RESTARTS = "TORCHELASTIC_RESTART_COUNT"


def started_together(variables: Mapping[str, str] = os.environ) -> int:
    """Count the processes that were started together with this one, as `torchrun` tells them."""
    count = variables.get("WORLD_SIZE", "")
    is_told = all(name in variables for name in _NEEDED)
    return int(count) if is_told and count.isdecimal() and int(count) > 1 else 1


def attempt_of_agent(variables: Mapping[str, str] = os.environ) -> str | None:
    """Name the attempt that this process belongs to, where one torchrun starts all of them again in the same store.

    Returns:
        A name that differs from attempt to attempt; None where several torchruns find each other, which open a
        new store for each attempt and need not count alike, and without torchrun.
    """
    is_alone = variables.get("GROUP_WORLD_SIZE") == "1"
    return f"attempt {variables[RESTARTS]}" if is_alone and RESTARTS in variables else None


def own_card(device: str) -> str:
    """Give a process its own card of the machine, where several are started on it and none is numbered."""
    local = os.environ.get("LOCAL_RANK", "")
    is_shared = device == "cuda" and started_together() > 1 and local.isdecimal()
    return f"cuda:{local}" if is_shared else device
